//! Section `[health]`: who is told of feeds that fail, fall silent, move, or may have lost entries.

use super::names::Known;
use super::read::{Table, choice};
use crate::alert::HealthPolicy;
use crate::rule::Channel;
use crate::text::language::Language;
use std::time::Duration;

/// A feed is told of when it has failed for this long, unless the user says otherwise.
const FAILING_FOR: Duration = Duration::from_secs(12 * 3600);

/// What stands where nothing is written.
pub(super) fn standard(language: Language) -> HealthPolicy {
    HealthPolicy { failing_for: FAILING_FOR, channel: Channel::Digest, notify: Vec::new(), language }
}

/// Receivers must be known by now.
pub(super) fn read(mut table: Table, known: &Known, language: Language) -> HealthPolicy {
    let mut policy = standard(language);
    policy.failing_for = table.duration("failing_for", "1m", "30d").unwrap_or(policy.failing_for);
    policy.channel = table.read("alert", choice(Channel::ALL, Channel::as_str)).unwrap_or(policy.channel);
    policy.notify = known.all(&mut table, "notify", "receiver", &known.receivers).unwrap_or_default();
    table.finish();
    policy
}
