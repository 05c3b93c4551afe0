//! When feeds are due: spread out after an absence, moved with the clock, brought forward in a burst.

use super::{EVERY, Place, at, polled, read, subscription};
use jiff::{SignedDuration, Timestamp};
use orbat::feed::{Class, Subscription};
use orbat::store::{Absence, Done, PollOutcome, TextFrom};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn checks(place: &Place) -> Vec<i64> {
    let feeds = place.store.feeds().unwrap();
    feeds.iter().map(|row| row.next_check.duration_since(at(0)).as_secs()).collect()
}

#[test]
fn what_is_due_is_spread_out() {
    let place = Place::new();
    let feeds = ["a", "b", "c", "d"].map(|name| place.feed(name));
    for (minute, feed) in (0..).zip(feeds) {
        place.store.record_poll(polled(feed, minute, PollOutcome::NotModified)).unwrap();
    }
    place.feed("new");
    assert_eq!(checks(&place), [900, 960, 1020, 1080, 0]);
    assert_eq!(place.store.spread_due(at(17), 10 * SECOND, 300 * SECOND).unwrap(), 2);
    assert_eq!(checks(&place), [900, 1030, 1040, 1080, 0], "first come first served; who is not due or new stays");
    assert_eq!(place.store.spread_due(at(60), 10 * SECOND, 20 * SECOND).unwrap(), 3);
    assert_eq!(checks(&place), [900, 3605, 3610, 3615, 0]);
    assert_eq!(place.store.spread_due(at(0), SECOND, SECOND).unwrap(), 0);
}

#[test]
fn checks_move_with_the_clock() {
    let place = Place::new();
    let [a, gone] = ["a", "gone"].map(|name| place.feed(name));
    place.store.record_poll(polled(a, 0, PollOutcome::NotModified)).unwrap();
    let outcome = PollOutcome::Failed { class: Class::Gone, message: "410".into(), gone: true };
    place.store.record_poll(polled(gone, 0, outcome)).unwrap();
    place.store.rest_host("a.example", at(5)).unwrap();
    place.store.move_with_clock(SignedDuration::from_mins(-10)).unwrap();
    assert_eq!(checks(&place), [300, 900]);
    assert_eq!(place.store.resting_hosts(at(-9)).unwrap(), [("a.example".to_owned(), at(-5))]);

    // The clock was put back by a year while orbat was not there.
    let year = SignedDuration::from_hours(365 * 24);
    let now = at(0) - year;
    assert_eq!(place.store.mend_times(now).unwrap(), 1);
    assert_eq!(place.store.feed("a").unwrap().unwrap().next_check, now + SignedDuration::try_from(EVERY).unwrap());
    assert_eq!(place.store.mend_times(now).unwrap(), 0);
}

/// Each feed has told one article; those of one story together.
fn tell_stories(place: &Place, stories: &[(&str, i64)]) {
    for (n, (name, _)) in stories.iter().enumerate() {
        let feed = place.store.feed(name).unwrap().unwrap().id;
        let text: &'static str = format!("Text of number {n}.").leak();
        place.store.record_poll(polled(feed, 0, read(feed, &[("g", name, "Troops move", text, 0)]))).unwrap();
    }
    let mut batch = super::batch(&place.store, 1);
    for (done, (_, story)) in batch.done.iter_mut().zip(stories) {
        *done = Done { story: orbat::article::StoryId(*story), text_from: TextFrom::Feed, ..done.clone() };
    }
    place.store.commit(batch).unwrap();
}

#[test]
fn a_burst_brings_its_feeds_forward() {
    let place = Place::new();
    for name in ["a", "b", "c", "d", "e"] {
        place.feed(name);
    }
    let fixed = Subscription { every: Some(Duration::from_secs(900)), ..subscription("fixed") };
    place.store.add_feed(&fixed, EVERY, at(0)).unwrap().unwrap();
    tell_stories(&place, &[("a", -1), ("b", -1), ("c", -1), ("fixed", -1), ("d", -1), ("e", -5)]);
    assert_eq!(place.store.hurry_bursting(at(1), Duration::from_secs(300)).unwrap(), 4);
    assert_eq!(checks(&place), [300, 300, 300, 300, 900, 900], "five minutes after they were asked, not at once");
    assert_eq!(place.store.feed("a").unwrap().unwrap().reason, "a story bursts");
    assert_eq!(place.store.hurry_bursting(at(1), Duration::from_secs(300)).unwrap(), 0);
}

#[test]
fn three_feeds_are_no_burst_and_old_news_is_none() {
    let place = Place::new();
    for name in ["a", "b", "c", "d"] {
        place.feed(name);
    }
    tell_stories(&place, &[("a", -1), ("b", -1), ("c", -1), ("d", -4)]);
    assert_eq!(place.store.hurry_bursting(at(1), SECOND).unwrap(), 0);
    let place = Place::new();
    for name in ["a", "b", "c", "d"] {
        place.feed(name);
    }
    tell_stories(&place, &[("a", -1), ("b", -1), ("c", -1), ("d", -1)]);
    assert_eq!(place.store.hurry_bursting(at(-1000), SECOND).unwrap(), 4, "it is news while it is");
    assert_eq!(place.store.hurry_bursting(at(200), SECOND).unwrap(), 0, "two hours are over");
}

#[test]
fn absences_are_kept() {
    let place = Place::new();
    let absence = |since, until: Option<i64>, why: &str| Absence { since: at(since), until: until.map(at), why: why.to_owned() };
    place.store.begin_absence(at(10), "offline").unwrap();
    assert_eq!(place.store.absences(at(99)).unwrap(), [absence(10, None, "offline")]);
    place.store.end_absences(at(20)).unwrap();
    place.store.begin_absence(at(30), "asleep").unwrap();
    assert_eq!(place.store.absences(at(15)).unwrap(), [absence(10, Some(20), "offline"), absence(30, None, "asleep")]);
    assert_eq!(place.store.absences(at(25)).unwrap().len(), 1);
    assert_eq!(place.store.absences(Timestamp::MIN).unwrap().len(), 2);
}
