//! A receiver that takes nothing: the others are told.

use super::Parts;
use crate::alert;
use crate::store;
use jiff::{SignedDuration, Timestamp};
use tracing::warn;

/// A receiver that has failed for this long, and this often, is out.
const LONG: SignedDuration = SignedDuration::from_mins(10);
const OFTEN: u32 = 3;

/// Notes a failure. Once for each outage the other receivers are told.
pub(super) fn heed(parts: &Parts, receiver: &str, reason: &str, now: Timestamp) -> store::Result<()> {
    let (since, failures) = parts.store.failing(receiver, reason, now)?;
    let out = failures >= OFTEN && now.duration_since(since).abs() >= LONG;
    let others: Vec<String> = parts.notifier.names().into_iter().filter(|name| *name != receiver).map(str::to_owned).collect();
    if !out || others.is_empty() {
        return Ok(());
    }
    let alert = alert::outage(receiver, reason, since, parts.language, now);
    if parts.store.add_alert(alert, &others)?.is_some() {
        warn!(receiver, %since, "takes nothing, which the other receivers are told: {reason}");
        parts.wake.deliver.notify_one();
    }
    Ok(())
}
