//! Feeds: those of files, those of commands, and the summing-up of first polls.

use super::{EVERY, Place, alert, at, polled, subscription, url};
use orbat::feed::{Class, Subscription};
use orbat::rule::Channel;
use orbat::store::{Born, FirstPolls, Health, PollOutcome, Store, Synced};
use std::time::Duration;

const SPREAD: Duration = Duration::from_secs(600);

fn sync(store: &Store, feeds: &[Subscription]) -> (u32, u32, u32) {
    let Synced { added, changed, removed } = store.sync_feeds(feeds, EVERY, SPREAD, at(0)).unwrap();
    (added, changed, removed)
}

fn names(store: &Store) -> Vec<String> {
    store.feeds().unwrap().into_iter().map(|f| f.subscription.name).collect()
}

#[test]
fn a_reload_makes_the_feeds_those_of_the_file() {
    let mut place = Place::new();
    let mine = place.feed("mine");
    let [a, b, c] = ["a", "b", "c"].map(subscription);
    let tagged = Subscription { tags: vec!["nl".into()], ..b.clone() };
    let moved = Subscription { url: url("https://elsewhere.example/"), ..a.clone() };
    let taken = subscription("mine");
    /// What the file holds, what that adds, changes and removes, and which feeds there are then.
    type Step<'a> = (&'a [&'a Subscription], (u32, u32, u32), &'a [&'a str]);
    let steps: &[Step] = &[
        (&[&a, &b], (2, 0, 0), &["a", "b", "mine"]),
        (&[&a, &b], (0, 0, 0), &["a", "b", "mine"]),
        (&[&b, &a, &a], (0, 0, 0), &["a", "b", "mine"]),
        (&[&a, &tagged, &c], (1, 1, 0), &["a", "b", "c", "mine"]),
        (&[&moved, &tagged], (0, 1, 1), &["a", "b", "mine"]),
        (&[&a, &tagged], (0, 1, 0), &["a", "b", "mine"]),
        (&[&taken], (0, 1, 2), &["mine"]),
        (&[], (0, 0, 1), &[]),
        (&[&a, &b, &c], (3, 0, 0), &["a", "b", "c"]),
    ];
    for (n, (feeds, synced, after)) in steps.iter().enumerate() {
        let feeds: Vec<_> = feeds.iter().map(|f| (*f).clone()).collect();
        assert_eq!(sync(&place.store, &feeds), *synced, "step {n}");
        assert_eq!(names(&place.store), *after, "step {n}");
        place.reopen();
        for row in place.store.feeds().unwrap().iter().filter(|row| row.born == Born::File) {
            assert!(feeds.contains(&row.subscription), "step {n}");
            assert_eq!(row.address, row.subscription.url, "step {n}");
        }
    }
    assert_ne!(place.store.feed("a").unwrap().unwrap().id, mine);
}

#[test]
fn names_may_be_swapped_in_a_file() {
    let place = Place::new();
    let [a, b] = ["a", "b"].map(subscription);
    sync(&place.store, &[a.clone(), b.clone()]);
    let id = place.store.feed("a").unwrap().unwrap().id;
    let swapped = [Subscription { name: "b".into(), ..a }, Subscription { name: "a".into(), ..b }];
    assert_eq!(sync(&place.store, &swapped), (0, 2, 0));
    assert_eq!(place.store.feed("b").unwrap().unwrap().id, id, "a feed is known by its address");
}

#[test]
fn new_feeds_are_spread() {
    let place = Place::new();
    sync(&place.store, &["a", "b", "c", "d"].map(subscription));
    let due: Vec<_> = place.store.due_feeds(at(9), 9).unwrap().iter().map(|f| f.next_check).collect();
    let expected = [0, 150, 300, 450].map(|s| at(0) + jiff::SignedDuration::from_secs(s));
    assert_eq!(due, expected);
    assert_eq!(place.store.next_due().unwrap(), Some(at(0)));
    assert_eq!(place.store.due_feeds(at(4), 9).unwrap().len(), 2);
    assert_eq!(place.store.due_feeds(at(9), 3).unwrap().len(), 3);
}

#[test]
fn feeds_of_commands() {
    let place = Place::new();
    let id = place.feed("nos");
    assert_eq!(place.store.add_feed(&subscription("nos"), EVERY, at(0)).unwrap(), Err(id));
    let other = Subscription { url: url("https://other.example/"), ..subscription("nos") };
    let second = place.store.add_feed(&other, EVERY, at(1)).unwrap().unwrap();
    assert_eq!(names(&place.store), ["nos", "nos-2"]);
    for (which, found) in [
        ("nos", Some(id)),
        ("nos-2", Some(second)),
        ("https://nos.example/feed", Some(id)),
        ("https://OTHER.example", Some(second)),
        (&id.to_string(), Some(id)),
        ("7", None),
        ("", None),
        ("none", None),
    ] {
        assert_eq!(place.store.feed(which).unwrap().map(|f| f.id), found, "{which}");
    }
    place.store.pause_feed(id, true, at(2)).unwrap();
    assert_eq!(place.store.feed("nos").unwrap().unwrap().health, Health::Paused);
    assert_eq!(place.store.due_feeds(at(9), 9).unwrap().len(), 1);
    place.store.pause_feed(id, false, at(3)).unwrap();
    assert_eq!(place.store.due_feeds(at(9), 9).unwrap().len(), 2);
    place.store.record_poll(polled(id, 5, PollOutcome::NotModified)).unwrap();
    place.store.make_due(id, at(6)).unwrap();
    assert_eq!(place.store.feed("nos").unwrap().unwrap().next_check, at(6));
    place.store.edit_feed(id, &Subscription { owner: Some("NPO".into()), ..subscription("news") }).unwrap();
    let row = place.store.feed("news").unwrap().unwrap();
    assert_eq!((row.id, row.subscription.owner.as_deref()), (id, Some("NPO")));
    assert_eq!(row.address, url("https://news.example/feed"));
}

#[test]
fn what_a_removed_feed_said_stays_known() {
    let mut place = Place::new();
    let feed = place.feed("paper");
    place.poll(feed, 0, &[("1", "a", "One", "Text one.", 0)]);
    place.read_all(1);
    place.store.remove_feed(feed).unwrap();
    place.reopen();
    assert!(place.store.feeds().unwrap().is_empty() && place.store.next_due().unwrap().is_none());
    assert_eq!(place.store.articles(&Default::default()).unwrap()[0].article.outlet, "paper");
    // A poll that was under way brings nothing.
    assert_eq!(place.poll(feed, 1, &[("2", "b", "Two", "Text two.", 0)]).new, 0);
    assert_eq!(place.feed("paper"), feed);
    assert_eq!(place.poll(feed, 2, &[("1", "a", "One", "Text one.", 0)]).known, 1);
}

#[test]
fn first_polls_are_summed_up_once() {
    let place = Place::new();
    let [one, two, three] = ["one", "two", "three"].map(|name| place.feed(name));
    let first = || place.store.first_polls(at(10)).unwrap();
    assert_eq!(first(), None);
    place.poll(one, 1, &[("1", "a", "One", "Text one.", 0), ("2", "b", "Two", "Text two.", 0)]);
    assert_eq!(first(), None, "its entries wait");
    let failed = PollOutcome::Failed { class: Class::Dns, message: "no such host".into(), gone: false };
    place.store.record_poll(polled(two, 2, failed)).unwrap();
    let polls = FirstPolls { feeds: vec![two], failing: 1, waiting: 2, ..FirstPolls::default() };
    assert_eq!(first(), Some(polls));
    place.read_all(3);
    let polls = FirstPolls { feeds: vec![one, two], read: 1, failing: 1, waiting: 1, articles: 2, recent_claims: 0 };
    assert_eq!(first(), Some(polls));
    place.store.sum_up(&[one, two], alert("summary", Channel::Popup), &["desktop".into()]).unwrap();
    assert_eq!(first(), None);
    assert_eq!(place.store.due_deliveries(at(9), 9).unwrap().len(), 1);
    place.store.record_poll(polled(three, 3, PollOutcome::Postponed { tried: true })).unwrap();
    assert_eq!(first().map(|f| (f.waiting, f.failing)), Some((0, 1)), "a host that asks for patience holds nothing up");
    place.poll(three, 4, &[]);
    assert_eq!(first().unwrap().feeds, [three]);
}

#[test]
fn hosts_rest() {
    let place = Place::new();
    place.store.rest_host("a.example", at(5)).unwrap();
    place.store.rest_host("b.example", at(6)).unwrap();
    place.store.rest_host("a.example", at(7)).unwrap();
    assert_eq!(place.store.resting_hosts(at(6)).unwrap(), [("a.example".to_owned(), at(7))]);
}
