//! The alert about a database that has grown past what its user wanted to know of.

use super::health::{HEALTH, HealthPolicy};
use super::phrases::Phrases;
use super::summary::blank;
use super::{Alert, AlertKind};
use jiff::Timestamp;

/// Says that the database takes up `size` since then, which is more than `limit`, both in words. One for each time that it grows past that.
pub fn disk(size: &str, limit: &str, since: Timestamp, policy: &HealthPolicy, now: Timestamp) -> Alert {
    let p = Phrases::of(policy.language);
    Alert {
        fingerprint: format!("{HEALTH}|disk|{}", since.as_millisecond()),
        channel: policy.channel,
        time: Some(since),
        headline: p.fill("health.disk", &[("size", size)]),
        lines: vec![p.fill("health.disk_line", &[("limit", limit)])],
        notify: policy.notify.clone(),
        ..blank(HEALTH, AlertKind::Health, now)
    }
}

#[cfg(test)]
mod tests {
    use super::disk;
    use crate::alert::{HealthPolicy, words};
    use crate::rule::Channel;
    use crate::text::language::Language;
    use std::time::Duration;

    #[test]
    fn it_is_said_in_each_language() {
        let at = "2026-03-01T07:00:00Z".parse().unwrap();
        for code in ["en", "nl"] {
            let language = Language::parse(code).unwrap();
            let policy = HealthPolicy { failing_for: Duration::ZERO, channel: Channel::Digest, notify: Vec::new(), language };
            let told = words(&disk("20.4 GB", "20 GB", at, &policy, at), language);
            assert!(told.title.contains("20.4 GB") && told.title.chars().count() <= 60, "{}", told.title);
            assert!(told.lines[0].contains("20 GB") && !told.lines[0].contains('{'), "{}", told.lines[0]);
        }
    }
}
