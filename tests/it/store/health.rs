//! Feeds as news: gaps, failures, silence, moves, recovery; each told once, in the commit of the poll.

use super::{EVERY, Item, Place, at, polled, read, subscription, url};
use orbat::alert::{HealthPolicy, HealthState};
use orbat::article::FeedId;
use orbat::feed::{Class, Next, Validators};
use orbat::rule::Channel;
use orbat::store::{AlertFilter, Plan, PollOutcome, PollRecord, PollSummary, Tell};
use orbat::text::language::Language;
use std::time::Duration;

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

fn tell(channel: Channel) -> Tell {
    let language = Language::parse("en").unwrap();
    let policy = HealthPolicy { failing_for: Duration::from_secs(12 * 3600), channel, notify: Vec::new(), language };
    let receivers = if channel == Channel::Popup { vec!["desk".to_owned()] } else { Vec::new() };
    Tell { policy, receivers }
}

impl Place {
    fn hear(&self, feed: FeedId, minute: i64, outcome: PollOutcome) -> PollSummary {
        self.store.record_poll_and_tell(polled(feed, minute, outcome), tell(Channel::Digest)).unwrap()
    }

    /// What was told of the health of feeds, the oldest first: state and minute of its beginning.
    fn told(&self) -> Vec<(String, i64)> {
        let mut rows = self.store.alerts(&AlertFilter::default()).unwrap();
        rows.reverse();
        let health = rows.iter().filter(|row| row.alert.rule == "health");
        let part = |fingerprint: &str, n| fingerprint.split('|').nth(n).unwrap().to_owned();
        let minute = |ms: String| (ms.parse::<i64>().unwrap() - at(0).as_millisecond()) / 60_000;
        health.map(|row| (part(&row.alert.fingerprint, 2), minute(part(&row.alert.fingerprint, 3)))).collect()
    }
}

fn items(numbers: std::ops::Range<usize>) -> Vec<Item<'static>> {
    numbers
        .map(|n| {
            let leak = |text: String| -> &'static str { text.leak() };
            (
                leak(format!("g{n}")),
                leak(format!("{n}")),
                leak(format!("Title {n}")),
                leak(format!("Text of number {n}.")),
                n as i64,
            )
        })
        .collect()
}

fn failed() -> PollOutcome {
    PollOutcome::Failed { class: Class::Timeout, message: "too slow".into(), gone: false }
}

#[test]
fn a_gap_is_where_nothing_of_the_last_poll_is_left() {
    type Poll = (i64, Option<std::ops::Range<usize>>);
    // Minutes and windows of polls (`None`: not modified), and the gaps: from which poll to which.
    type Case<'a> = (&'a str, &'a [Poll], Option<(i64, i64)>, u32);
    let cases: &[Case] = &[
        ("one of them is left", &[(0, Some(0..5)), (15, Some(4..9))], None, 0),
        ("none is left", &[(0, Some(0..5)), (15, Some(5..10))], Some((0, 15)), 1),
        ("none is left, and it stood until the 304", &[(0, Some(0..5)), (15, None), (30, Some(5..10))], Some((15, 30)), 1),
        ("the first poll", &[(0, Some(0..5))], None, 0),
        ("an empty feed before", &[(0, Some(0..0)), (15, Some(0..5))], None, 0),
        ("an empty feed now", &[(0, Some(0..5)), (15, Some(0..0))], None, 0),
        ("an empty feed between", &[(0, Some(0..5)), (15, Some(0..0)), (30, Some(5..10))], Some((15, 30)), 1),
        ("what went comes back", &[(0, Some(0..5)), (15, Some(5..10)), (30, Some(0..5))], Some((0, 30)), 2),
        ("one entry at a time", &[(0, Some(0..1)), (15, Some(1..2)), (30, Some(2..3))], None, 0),
        ("a series", &[(0, Some(0..2)), (15, Some(2..4)), (30, Some(4..6)), (45, Some(6..8))], Some((0, 45)), 3),
    ];
    for (what, polls, gap, count) in cases {
        let place = Place::new();
        let feed = place.feed("paper");
        for (minute, window) in *polls {
            let outcome = window.clone().map_or(PollOutcome::NotModified, |window| read(feed, &items(window)));
            place.hear(feed, *minute, outcome);
        }
        let row = place.store.feed("paper").unwrap().unwrap();
        assert_eq!(row.outrun.map(|o| (o.from, o.at)), gap.map(|(from, to)| (at(from), at(to))), "{what}");
        assert_eq!(row.gaps, *count, "{what}");
        let told: Vec<_> = gap.iter().map(|(from, _)| ("outrun".to_owned(), *from)).collect();
        assert_eq!(place.told(), told, "{what}: a series is told once");
    }
}

#[test]
fn failing_is_told_once_after_a_while_and_so_is_its_end() {
    let mut place = Place::new();
    let feed = place.feed("paper");
    place.hear(feed, 0, read(feed, &items(0..2)));
    for hour in [1, 2, 4, 8, 12, 13] {
        place.hear(feed, hour * HOUR, failed());
        let told = if hour < 13 { vec![] } else { vec![("failing".to_owned(), HOUR)] };
        assert_eq!(place.told(), told, "after {hour} hours");
    }
    place.reopen();
    place.hear(feed, 20 * HOUR, failed());
    place.hear(feed, 21 * HOUR, PollOutcome::NotModified);
    place.hear(feed, 22 * HOUR, PollOutcome::NotModified);
    let first = vec![("failing".to_owned(), HOUR), ("recovered".to_owned(), 21 * HOUR)];
    assert_eq!(place.told(), first);
    // A short failure is not worth a word, nor is its end.
    place.hear(feed, 23 * HOUR, failed());
    place.hear(feed, 24 * HOUR, PollOutcome::NotModified);
    assert_eq!(place.told(), first);
    // And what nobody is blamed for is none.
    place.hear(feed, 2 * DAY, PollOutcome::Postponed { tried: false });
    assert_eq!(place.told(), first);
}

/// A back-off may last a day: what has become of a feed in the meantime is told by the clock.
#[test]
fn failing_and_silence_are_told_between_polls() {
    let place = Place::new();
    let look = |minute: i64| place.store.tell_overdue(at(minute), tell(Channel::Digest)).unwrap();
    let next = |feed, minute: i64, outcome, check: i64| {
        let plan = Plan::At(Next { check: at(check), interval: EVERY, reason: "test".into() });
        place.store.record_poll_and_tell(PollRecord { plan, ..polled(feed, minute, outcome) }, tell(Channel::Digest)).unwrap();
    };
    let failing = place.feed("failing");
    next(failing, 0, read(failing, &items(0..2)), 60);
    next(failing, HOUR, failed(), 26 * HOUR);
    assert_eq!((look(12 * HOUR), look(13 * HOUR), look(14 * HOUR)), (0, 1, 0));
    assert_eq!(place.told(), [("failing".to_owned(), HOUR)]);
    next(failing, 26 * HOUR, failed(), 50 * HOUR);
    assert_eq!(place.told().len(), 1, "once, whoever tells it");
    // One that is asked in a moment speaks for itself.
    let soon = place.feed("soon");
    next(soon, HOUR, failed(), 30 * HOUR);
    assert_eq!((look(30 * HOUR - 5), look(31 * HOUR)), (0, 0));

    let place = Place::new();
    let look = |minute: i64| place.store.tell_overdue(at(minute), tell(Channel::Digest)).unwrap();
    let silent = place.feed("silent");
    for n in 0..6 {
        place.hear(silent, n * 12 * HOUR, read(silent, &items(n as usize..n as usize + 5)));
    }
    let last = 5 * 12 * HOUR;
    let plan = Plan::At(Next { check: at(last + 10 * DAY), interval: EVERY, reason: "test".into() });
    let quiet = PollRecord { plan, ..polled(silent, last + 3 * DAY, PollOutcome::NotModified) };
    place.store.record_poll_and_tell(quiet, tell(Channel::Digest)).unwrap();
    assert_eq!((look(last + 4 * DAY), look(last + 4 * DAY + 1), look(last + 5 * DAY)), (0, 1, 0));
    assert_eq!(place.told(), [("silent".to_owned(), last)]);
}

#[test]
fn gone_is_told_at_once() {
    let place = Place::new();
    let feed = place.feed("paper");
    let gone = || PollOutcome::Failed { class: Class::Gone, message: "410".into(), gone: true };
    place.hear(feed, 5, gone());
    place.hear(feed, 6, gone());
    assert_eq!(place.told(), [("gone".to_owned(), 5)]);
    place.hear(feed, 7, read(feed, &items(0..1)));
    assert_eq!(place.told().last(), Some(&("recovered".to_owned(), 7)));
}

#[test]
fn silence_far_beyond_the_rhythm_is_told() {
    let place = Place::new();
    let feed = place.feed("paper");
    // Something new every twelve hours: silent after eight times that.
    for n in 0..6 {
        place.hear(feed, n * 12 * HOUR, read(feed, &items(n as usize..n as usize + 5)));
    }
    let last = 5 * 12 * HOUR;
    place.hear(feed, last + 4 * DAY, PollOutcome::NotModified);
    assert_eq!(place.told(), []);
    place.hear(feed, last + 4 * DAY + 1, PollOutcome::NotModified);
    place.hear(feed, last + 5 * DAY, PollOutcome::NotModified);
    assert_eq!(place.told(), [("silent".to_owned(), last)]);
    place.hear(feed, last + 6 * DAY, read(feed, &items(7..12)));
    let states: Vec<_> = place.told().into_iter().map(|(state, _)| state).collect();
    assert_eq!(states, ["silent", "recovered"]);
}

#[test]
fn a_move_is_told_and_so_is_whom_it_meets() {
    let place = Place::new();
    let feed = place.feed("paper");
    place.feed("other");
    let moved = |to: &str| PollOutcome::Read {
        title: "The Paper".into(),
        validators: Validators::default(),
        entries: Vec::new(),
        baseline: Vec::new(),
        moved_to: Some(url(to)),
    };
    for day in [0, 2, 3] {
        place.hear(feed, day * DAY, moved("https://other.example/feed"));
    }
    assert_eq!(place.told(), [("moved".to_owned(), 3 * DAY)]);
    let alerts = place.store.alerts(&AlertFilter::default()).unwrap();
    assert!(alerts[0].alert.lines.iter().any(|line| line.contains("The feed other is read there already")), "{alerts:?}");
    // TLS alone is nothing to tell.
    let plain = orbat::feed::Subscription { url: url("http://plain.example/"), ..subscription("plain") };
    let plain = place.store.add_feed(&plain, EVERY, at(0)).unwrap().unwrap();
    place.hear(plain, 4 * DAY, moved("https://plain.example/"));
    assert_eq!(place.told().len(), 1);
}

#[test]
fn health_goes_where_it_is_wanted() {
    for (channel, digest, due) in [(Channel::Digest, 1, 0), (Channel::Popup, 0, 1), (Channel::List, 0, 0)] {
        let place = Place::new();
        let feed = place.feed("paper");
        let gone = PollOutcome::Failed { class: Class::Gone, message: "410".into(), gone: true };
        let summary = place.store.record_poll_and_tell(polled(feed, 5, gone), tell(channel)).unwrap();
        assert_eq!(summary.told, 1);
        assert_eq!(place.store.undigested().unwrap().len(), digest, "{channel}");
        assert_eq!(place.store.due_deliveries(at(9), 9).unwrap().len(), due, "{channel}");
    }
    assert_eq!(HealthState::ALL.len(), 6);
}
