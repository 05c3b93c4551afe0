//! The alert about a receiver that takes nothing.

use super::phrases::Phrases;
use super::summary::blank;
use super::{Alert, AlertKind};
use crate::text::language::Language;
use jiff::Timestamp;

/// Says that `receiver` has taken nothing `since` then, and why. One for each outage.
pub fn outage(receiver: &str, reason: &str, since: Timestamp, language: Language, now: Timestamp) -> Alert {
    let p = Phrases::of(language);
    let headline = p.fill("health.receiver", &[("name", receiver)]);
    let since_line = p.fill("health.receiver_since", &[("time", &format!("{since:.0}"))]);
    let fingerprint = format!("health|receiver {receiver}|{}", since.as_millisecond());
    Alert { fingerprint, headline, lines: vec![reason.to_owned(), since_line], ..blank("health", AlertKind::Health, now) }
}
