//! The health of feeds as news: failing, silent, outrun, moved, gone, recovered. One alert per feed, state and beginning.

use super::phrases::Phrases;
use super::summary::blank;
use super::title::{MAX_TITLE, cut};
use super::words::at;
use super::{Alert, AlertKind};
use crate::article::FeedId;
use crate::rule::Channel;
use crate::text::language::Language;
use crate::url::{Url, without_credentials};
use jiff::Timestamp;
use std::time::Duration;

/// What stands in the place of a rule's name.
pub const HEALTH: &str = "health";

crate::text::claim::words! {
    /// What has become of a feed.
    HealthState {
        /// Not read for long.
        Failing = "failing",
        /// Read, but without anything new for much longer than its rhythm.
        Silent = "silent",
        /// Nothing of the last poll was left: entries may have been missed.
        Outrun = "outrun",
        /// Read at another address from now on.
        Moved = "moved",
        /// Its server says that it is gone for good.
        Gone = "gone",
        /// Read again, or heard again, after one of these was told.
        Recovered = "recovered",
    }
}

/// Who is told of the health of feeds, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthPolicy {
    /// A feed is told of when it has failed for this long.
    pub failing_for: Duration,
    pub channel: Channel,
    /// Names of receivers; empty: all.
    pub notify: Vec<String>,
    pub language: Language,
}

/// A change in the health of a feed.
#[derive(Clone, Debug)]
pub struct HealthEvent<'a> {
    pub feed: FeedId,
    pub name: &'a str,
    pub address: &'a Url,
    pub state: HealthState,
    /// When the state began.
    pub since: Timestamp,
    /// What there is to say beside, in lines.
    pub lines: Vec<String>,
}

/// What an alert about this state of this feed is known by.
pub fn health_fingerprint(feed: FeedId, state: HealthState, since: Timestamp) -> String {
    format!("{HEALTH}|{feed}|{state}|{}", since.as_millisecond())
}

/// The alert about a change in the health of a feed.
pub fn health(event: &HealthEvent, policy: &HealthPolicy, now: Timestamp) -> Alert {
    let p = Phrases::of(policy.language);
    let key = format!("health.{}", event.state);
    let headline = p.fill(&key, &[("feed", event.name), ("since", &at(event.since, p))]);
    Alert {
        fingerprint: health_fingerprint(event.feed, event.state, event.since),
        channel: policy.channel,
        time: Some(event.since),
        headline: cut(&headline, MAX_TITLE),
        url: Some(without_credentials(event.address)),
        lines: event.lines.clone(),
        notify: policy.notify.clone(),
        ..blank(HEALTH, AlertKind::Health, now)
    }
}

/// The line that explains a gap: since when entries may have been missed.
pub fn outrun_line(since: Timestamp, language: Language) -> String {
    let p = Phrases::of(language);
    p.fill("health.outrun_line", &[("since", &at(since, p))])
}

/// The line that says where a feed is read now, and which other feed is read there already.
pub fn moved_lines(to: &Url, other: Option<&str>, language: Language) -> Vec<String> {
    let p = Phrases::of(language);
    let to = p.fill("health.moved_line", &[("to", without_credentials(to).as_str())]);
    std::iter::once(to).chain(other.map(|other| p.fill("health.moved_onto", &[("other", other)]))).collect()
}

/// The line that says how often something new came before a feed fell silent.
pub fn silent_line(rhythm: Duration, language: Language) -> String {
    let hours = rhythm.as_secs().div_ceil(3600).max(1).to_string();
    Phrases::of(language).fill("health.silent_line", &[("hours", &hours)])
}

/// The line that says from when on news may be missing.
pub fn recovered_line(since: Timestamp, language: Language) -> String {
    let p = Phrases::of(language);
    p.fill("health.recovered_line", &[("since", &at(since, p))])
}

#[cfg(test)]
mod tests {
    use super::{HealthEvent, HealthPolicy, HealthState, health, outrun_line};
    use crate::alert::words;
    use crate::article::FeedId;
    use crate::rule::Channel;
    use crate::text::language::Language;
    use std::time::Duration;

    #[test]
    fn each_state_has_words_of_its_own() {
        let address = "https://u:hush@paper.example/feed".parse().unwrap();
        let since = "2026-03-01T07:00:00Z".parse().unwrap();
        let now = "2026-03-02T07:00:00Z".parse().unwrap();
        for code in ["en", "nl"] {
            let language = Language::parse(code).unwrap();
            let policy =
                HealthPolicy { failing_for: Duration::from_secs(3600), channel: Channel::Digest, notify: Vec::new(), language };
            let mut said = Vec::new();
            for &state in HealthState::ALL {
                let lines = vec![outrun_line(since, language)];
                let name = "a name that goes on and on and never seems to come to its end";
                let event = HealthEvent { feed: FeedId(7), name: "nos", address: &address, state, since, lines };
                let alert = health(&event, &policy, now);
                assert_eq!(alert.fingerprint, format!("health|7|{state}|1772348400000"));
                assert!(!alert.url.as_ref().unwrap().as_str().contains("hush"));
                let told = words(&alert, language);
                assert!(told.title.starts_with("nos: ") && !told.title.contains(['{', '}']), "{}", told.title);
                assert!(!told.lines[0].contains(['{', '}']), "{}", told.lines[0]);
                let long = words(&health(&HealthEvent { name, ..event }, &policy, now), language);
                assert!(long.title.chars().count() <= 60);
                said.push(told.title);
            }
            said.sort();
            said.dedup();
            assert_eq!(said.len(), HealthState::ALL.len());
        }
    }
}
