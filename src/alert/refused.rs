//! The alert about a configuration that was changed and has problems.

use super::phrases::Phrases;
use super::summary::blank;
use super::{Alert, AlertKind};
use crate::text::language::Language;
use jiff::Timestamp;

/// Problems that are shown; `orbat check` shows all.
const MAX_SHOWN: usize = 3;

/// Says what is wrong with the new configuration, and that the old one stays in force.
pub fn refused(problems: &[String], language: Language, now: Timestamp) -> Alert {
    let p = Phrases::of(language);
    let headline = p.fill("health.config", &[("n", &p.number(problems.len() as u64))]);
    let shown = problems.iter().take(MAX_SHOWN).cloned();
    let lines = shown.chain([p.get("health.config_kept").to_owned()]).collect();
    let fingerprint = format!("health|config|{}", now.as_millisecond());
    Alert { fingerprint, headline, lines, ..blank("health", AlertKind::Health, now) }
}
