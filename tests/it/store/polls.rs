//! Polls: which entries are new, which are known and by what.

use super::{EVERY, Item, Place, SHORT, at, polled, read, url};
use jiff::Timestamp;
use orbat::article::SameBy;
use orbat::feed::{Class, Next, Validators};
use orbat::store::{Health, Plan, PollOutcome, PollRecord, PollSummary};

/// Polls of one feed, one minute apart, and how many entries of each are new.
#[test]
fn entries_are_stored_once() {
    let first: Item = ("g1", "a", "Troops move", "Two thousand go.", 0);
    type Poll<'a> = (&'a [Item<'a>], u32);
    let cases: &[(&str, &[Poll])] = &[
        ("the same again", &[(&[first], 1), (&[first], 0)]),
        ("twice in one poll", &[(&[first, first], 1)]),
        ("the guid changed", &[(&[first], 1), (&[("g2", "a", "Troops move", "Two thousand go.", 0)], 0)]),
        ("the address changed", &[(&[first], 1), (&[("g1", "b", "Troops move", "Two thousand go.", 0)], 0)]),
        ("the words changed", &[(&[first], 1), (&[("g1", "a", "Troops moved", "Three thousand went.", 0)], 0)]),
        ("the title changed, later", &[(&[first], 1), (&[("g1", "a", "Troops moved", "Two thousand go.", 9)], 0)]),
        ("the text changed, later", &[(&[first], 1), (&[("g1", "a", "Troops move", "Three thousand go.", 9)], 0)]),
        ("guid used again", &[(&[first], 1), (&[("g1", "b", "Elections", "Nobody won.", 9)], 1)]),
        ("address shared, own guid", &[(&[first], 1), (&[("g2", "a", "Elections", "Nobody won.", -1)], 1)]),
        ("address shared, no guid", &[(&[first], 1), (&[("", "a", "Elections", "Nobody won.", -1)], 0)]),
        ("address shared, later", &[(&[first], 1), (&[("g2", "a", "Elections", "Nobody won.", 9)], 1)]),
        ("guid used again, earlier", &[(&[first], 1), (&[("g1", "b", "Elections", "Nobody won.", -1)], 0)]),
        ("guid used twice in one poll", &[(&[first, ("g1", "b", "Elections", "Nobody won.", -1)], 2)]),
        (
            "guid used twice in one poll, and again",
            &[
                (&[first, ("g1", "b", "Elections", "Nobody won.", -1)], 2),
                (&[first, ("g1", "b", "Elections", "Nobody won.", -1)], 0),
                (&[("g1", "b", "Elections", "Somebody won.", -1), first], 0),
            ],
        ),
        (
            "short, and their guid used twice in one poll",
            &[
                (&[("g", "a", "One", SHORT, 1), ("g", "b", "Two", "Sun.", 0)], 2),
                (&[("g", "a", "One", SHORT, 1), ("g", "b", "Two", "Sun.", 0)], 0),
            ],
        ),
        (
            "short, one address for all, guids of their own",
            &[
                (&[("g1", "a", "One", SHORT, -1), ("g2", "a", "Two", SHORT, -1), ("g3", "a", "Three", SHORT, -1)], 3),
                (&[("g2", "a", "Two", SHORT, -1), ("g3", "a", "Three", SHORT, -1), ("g4", "a", "Four", SHORT, -1)], 1),
            ],
        ),
        (
            "short, one guid for all",
            &[
                (&[("g", "a", "One", SHORT, 0), ("g", "b", "Two", SHORT, 1), ("g", "c", "Three", SHORT, 2)], 3),
                (&[("g", "b", "Two", SHORT, 1), ("g", "c", "Three", SHORT, 2), ("g", "d", "Four", SHORT, 3)], 1),
            ],
        ),
        ("short, one address for all", &[(&[("", "a", "One", SHORT, -1), ("", "a", "Two", SHORT, -1)], 2)]),
        ("short, the title edited", &[(&[("g", "a", "One", SHORT, 0)], 1), (&[("g", "a", "Two", SHORT, 5)], 0)]),
        ("short, twice in one poll with two titles", &[(&[("g", "a", "One", SHORT, 0), ("g", "a", "Two", SHORT, 0)], 1)]),
        ("nothing but words", &[(&[("", "", "Troops move", "", -1)], 1), (&[("", "", "Troops move", "", -1)], 0)]),
        (
            "learnt keys are known",
            &[
                (&[first], 1),
                (&[("g2", "a", "Troops move", "Two thousand go.", 0)], 0),
                (&[("g2", "c", "Troops moved", "Two thousand go.", 0)], 0),
                (&[("", "c", "Elsewhere", "Something.", 0)], 0),
            ],
        ),
    ];
    for (what, polls) in cases {
        let mut place = Place::new();
        let feed = place.feed("paper");
        for (minute, (entries, new)) in (0..).zip(*polls) {
            let summary = place.poll(feed, minute, entries);
            assert_eq!(summary.new, *new, "{what}, poll {minute}");
            assert_eq!(summary.new + summary.known, entries.len() as u32, "{what}");
            place.reopen();
        }
        let stored: u32 = polls.iter().map(|(_, new)| new).sum();
        assert_eq!(place.store.pending(at(99), 99).unwrap().len(), stored as usize, "{what}");
        assert_eq!(place.store.feed("paper").unwrap().unwrap().articles, u64::from(stored));
    }
}

/// Polls of one feed, one minute apart, each with how many edits it shows; then the texts that the article had.
#[test]
fn edits_are_seen_once() {
    type Poll<'a> = (&'a [Item<'a>], u32);
    let first: Item = ("g", "a", "Troops move", "Two thousand go.", 0);
    let second: Item = ("g", "a", "Troops move", "Three thousand go.", 0);
    let third: Item = ("g", "a", "More troops move", "Three thousand go.", 0);
    let cases: &[(&str, &[Poll], &[&str])] = &[
        ("none", &[(&[first], 0), (&[first], 0)], &["Two thousand go."]),
        ("text", &[(&[first], 0), (&[second], 1), (&[second], 0)], &["Two thousand go.", "Three thousand go."]),
        ("title", &[(&[second], 0), (&[third], 1)], &["Three thousand go.", "Three thousand go."]),
        (
            "an old copy comes from a cache",
            &[(&[first], 0), (&[second], 1), (&[first], 0)],
            &["Two thousand go.", "Three thousand go."],
        ),
        ("one article twice in a poll", &[(&[first, second], 0), (&[second, first], 0)], &["Two thousand go."]),
        (
            "short",
            &[(&[("g", "a", "Troops move", SHORT, 0)], 0), (&[("g", "b", "Troops move", SHORT, 0)], 0), (&[first], 1)],
            &[SHORT, "Two thousand go."],
        ),
    ];
    for (what, polls, texts) in cases {
        let mut place = Place::new();
        let feed = place.feed("paper");
        for (minute, (entries, edited)) in (0..).zip(*polls) {
            assert_eq!(place.poll(feed, minute, entries).edited, *edited, "{what}, poll {minute}");
            assert_eq!(place.read_all(minute), usize::from(minute == 0 || *edited > 0), "{what}, poll {minute}");
            place.reopen();
        }
        let row = place.store.articles(&Default::default()).unwrap().remove(0);
        let mut said: Vec<_> = place.store.versions(row.article.id).unwrap().into_iter().map(|v| v.body).collect();
        assert_eq!(row.versions as usize, said.len(), "{what}");
        said.push(row.article.body);
        assert_eq!(said, *texts, "{what}");
    }
}

#[test]
fn an_edit_is_of_the_feed_that_brought_the_article() {
    let place = Place::new();
    let (one, two) = (place.feed("one"), place.feed("two"));
    place.poll(one, 0, &[("g", "a", "Troops move", "Two thousand go.", 0)]);
    place.read_all(0);
    assert_eq!(place.poll(two, 1, &[("h", "a", "Troops move", "In the words of another desk.", 0)]).edited, 0);
    assert_eq!(place.poll(one, 2, &[("g", "a", "Troops move", "Three thousand go.", 0)]).edited, 1);
    // Not read yet: the newest words count.
    assert_eq!(place.poll(one, 3, &[("g", "a", "Troops move", "Four thousand go.", 0)]).edited, 1);
    let waiting = place.store.pending(at(3), 9).unwrap();
    assert_eq!((waiting.len(), waiting[0].article.body.as_str()), (1, "Four thousand go."));
    assert_eq!(waiting[0].before.as_ref().map(|b| (b.body.as_str(), b.edited)), Some(("Two thousand go.", at(3))));
    let row = place.store.article(waiting[0].article.id).unwrap().unwrap();
    assert_eq!((row.article.body.as_str(), row.pending), ("Two thousand go.", true), "what was read stands until then");
}

#[test]
fn an_edition_that_comes_while_another_is_read_waits() {
    let place = Place::new();
    let feed = place.feed("paper");
    place.poll(feed, 0, &[("g", "a", "Troops move", "Two thousand go.", 0)]);
    let under_way = super::batch(&place.store, 0);
    place.poll(feed, 1, &[("g", "a", "Troops move", "Three thousand go.", 0)]);
    place.store.commit(under_way).unwrap();
    let row = place.store.articles(&Default::default()).unwrap().remove(0);
    assert_eq!((row.article.body.as_str(), row.pending), ("Two thousand go.", true));
    assert_eq!(place.read_all(2), 1);
    let row = place.store.articles(&Default::default()).unwrap().remove(0);
    assert_eq!((row.article.body.as_str(), row.pending, row.versions), ("Three thousand go.", false, 1));
    let version = place.store.versions(row.article.id).unwrap().remove(0);
    assert_eq!((version.n, version.replaced, version.body.as_str()), (1, at(1), "Two thousand go."));
}

#[test]
fn what_was_purged_is_still_known() {
    let mut place = Place::new();
    let feed = place.feed("paper");
    let all: [Item; 2] = [("g1", "a", "Troops move", "Two thousand go.", 0), ("g2", "b", "Elections", "Nobody won.", 0)];
    place.poll(feed, 0, &all);
    place.read_all(1);
    place.poll(feed, 5, &[("g2", "b", "Elections", "Somebody won.", 0), ("g3", "c", "Weather", "Dry.", 5)]);
    assert_eq!((place.store.purgeable_articles(at(5)).unwrap(), place.store.purge_articles(at(5)).unwrap()), (1, 1));
    place.reopen();
    let left: Vec<_> = place.store.articles(&Default::default()).unwrap().into_iter().map(|row| row.article.title).collect();
    assert_eq!(left, ["Weather", "Elections"], "what waits is left alone");
    let summary = place.poll(feed, 6, &[all[0], ("g1", "a", "Troops move", "Three thousand go.", 0)]);
    assert_eq!((summary.new, summary.edited), (0, 0));
    assert_eq!(place.poll(feed, 9, &[("g1", "d", "Harvest", "Good.", 9)]).new, 1, "its guid may be used again");
}

#[test]
fn the_address_behind_a_link_is_a_mark() {
    let place = Place::new();
    let (one, two) = (place.feed("one"), place.feed("two"));
    place.poll(one, 0, &[("g", "short", "Troops move", "Two thousand go.", 0)]);
    let mut batch = super::batch(&place.store, 0);
    batch.done[0].also = Some((SameBy::Url, "https://paper.example/long".to_owned()));
    place.store.commit(batch).unwrap();
    assert_eq!(place.poll(two, 1, &[("h", "long", "Troops on the move", "Two thousand go north.", 0)]).known, 1);
}

#[test]
fn a_feed_that_never_rests_is_not_read_for_ever() {
    let place = Place::new();
    let feed = place.feed("paper");
    let edited = (0..40).map(|n| place.poll(feed, n, &[("g", "a", "Live", &format!("Seen {n} times."), 0)]).edited);
    assert_eq!(edited.sum::<u32>(), 20);
    assert_eq!(place.store.pending(at(99), 99).unwrap().len(), 1);
}

#[test]
fn entries_without_any_key_are_known_by_their_words() {
    let place = Place::new();
    let feed = place.feed("paper");
    let bare = |title: &str| {
        let PollOutcome::Read { mut entries, title: of, validators, baseline, moved_to } = read(feed, &[("", "", title, "", -1)])
        else {
            unreachable!()
        };
        entries[0].1.clear();
        PollOutcome::Read { title: of, validators, entries, baseline, moved_to }
    };
    let new = ["One", "One", "Two"].map(|t| place.store.record_poll(polled(feed, 0, bare(t))).unwrap().new);
    assert_eq!(new, [1, 0, 1]);
}

#[test]
fn a_merge_is_written_down_once() {
    let place = Place::new();
    let (one, two) = (place.feed("one"), place.feed("two"));
    place.poll(one, 0, &[("g", "a", "Troops move", "Two thousand.", 0)]);
    for minute in 1..4 {
        // Its own entry again, changed: no merge.
        place.poll(one, minute, &[("g", "a", "Troops move on", "Two thousand.", 0)]);
        // Another feed has it by address, and its guid is learnt …
        place.poll(two, minute, &[("h", "a", "Other words", "Of another desk.", 0)]);
    }
    let merges = place.store.merges(at(0), 0).unwrap();
    assert_eq!(merges.len(), 1);
    assert_eq!((merges[0].0, merges[0].2, merges[0].3), (two, SameBy::Url, at(1)));
    // … also where there is no guid.
    let three = place.feed("three");
    for minute in 5..8 {
        place.poll(three, minute, &[("", "", "Other words", "Of another desk.", -1)]);
    }
    let merges = place.store.merges(at(0), 0).unwrap();
    assert_eq!((merges.len(), merges[0].0, merges[0].2, merges[0].3), (2, three, SameBy::Content, at(5)));
    // A changed guid in its own feed is another entry.
    place.poll(one, 9, &[("g2", "a", "Troops move", "Two thousand.", 0)]);
    assert_eq!(place.store.merges(at(9), 0).unwrap().len(), 1);
}

#[test]
fn the_same_article_in_two_feeds_is_one() {
    let place = Place::new();
    let (one, two) = (place.feed("one"), place.feed("two"));
    place.poll(one, 0, &[("1", "a", "Troops move", "Two thousand.", 0)]);
    assert_eq!(
        place.poll(two, 0, &[("1", "b", "Troops move", "Two thousand.", 0)]),
        PollSummary { known: 1, ..PollSummary::default() }
    );
    // A guid counts within its feed.
    assert_eq!(place.poll(two, 0, &[("2", "c", "News", "Of today.", 0)]).new, 1);
    assert_eq!(place.poll(one, 0, &[("2", "d", "Sports", "Of today.", 0)]).new, 1);
}

#[test]
fn the_state_of_a_feed_follows_its_polls() {
    let place = Place::new();
    let feed = place.feed("paper");
    let row = || place.store.feed("paper").unwrap().unwrap();
    let poll = |minute, outcome| place.store.record_poll(polled(feed, minute, outcome)).unwrap();
    let well = |etag: Option<&str>| PollOutcome::Read {
        title: "The Paper".into(),
        validators: Validators { etag: etag.map(str::to_owned), last_modified: None },
        entries: Vec::new(),
        baseline: Vec::new(),
        moved_to: None,
    };
    let failed = |gone| PollOutcome::Failed { class: Class::Timeout, message: "too slow".into(), gone };
    assert_eq!((row().health, row().baselined, row().last_attempt), (Health::Waiting, false, None));

    poll(1, well(Some("\"v1\"")));
    assert_eq!((row().health, row().baselined, row().title.as_deref()), (Health::Well, true, Some("The Paper")));
    poll(2, failed(false));
    poll(3, failed(false));
    assert_eq!((row().health, row().failures, row().failing_since), (Health::Failing, 2, Some(at(2))));
    assert_eq!(row().error, Some((Class::Timeout, "too slow".into())));
    poll(4, PollOutcome::Postponed { tried: true });
    assert_eq!((row().health, row().failures, row().last_attempt), (Health::Failing, 2, Some(at(4))));
    poll(4, PollOutcome::Postponed { tried: false });
    assert_eq!((row().health, row().failures, row().next_check), (Health::Failing, 2, at(19)));
    assert_eq!(row().validators.etag.as_deref(), Some("\"v1\""), "errors leave the validators");
    let never = Plan::At(Next { check: Timestamp::MAX, interval: EVERY, reason: "gone".into() });
    place.store.record_poll(PollRecord { plan: never, ..polled(feed, 5, failed(true)) }).unwrap();
    assert_eq!((row().health, row().next_check), (Health::Gone, Timestamp::MAX), "never is read as it was written");
    poll(6, PollOutcome::NotModified);
    assert_eq!((row().health, row().failures, row().failing_since, row().error), (Health::Well, 0, None, None));
    assert_eq!(row().validators.etag.as_deref(), Some("\"v1\""));
    poll(7, well(None));
    assert_eq!(row().validators, Validators::default(), "a 200 without validators clears them");
    assert_eq!((row().next_check, row().interval, row().reason.as_str()), (at(22), EVERY, "rhythm"));
    assert_eq!((row().last_success, row().last_new), (Some(at(7)), None));
}

#[test]
fn a_lasting_redirect_is_followed_for_good() {
    const DAY: i64 = 24 * 60;
    type Poll = (i64, &'static str);
    let cases: &[(&str, &[Poll], bool)] = &[
        ("three polls in three days", &[(0, "new"), (DAY, "new"), (3 * DAY, "new")], true),
        ("too few", &[(0, "new"), (3 * DAY, "new")], false),
        ("too soon", &[(0, "new"), (DAY, "new"), (2 * DAY, "new")], false),
        ("taken back", &[(0, "new"), (DAY, "new"), (2 * DAY, ""), (3 * DAY, "new"), (4 * DAY, "new")], false),
        ("another", &[(0, "new"), (DAY, "new"), (3 * DAY, "newer")], false),
    ];
    for (what, polls, adopted) in cases {
        let place = Place::new();
        let feed = place.feed("paper");
        for (minute, to) in *polls {
            let PollOutcome::Read { title, validators, entries, baseline, .. } = read(feed, &[]) else { unreachable!() };
            let moved_to = (!to.is_empty()).then(|| url(&format!("https://{to}.example/")));
            let outcome = PollOutcome::Read { title, validators, entries, baseline, moved_to };
            place.store.record_poll(polled(feed, *minute, outcome)).unwrap();
        }
        let row = place.store.feed("paper").unwrap().unwrap();
        assert_eq!(row.address == url("https://new.example/"), *adopted, "{what}");
        assert_eq!(row.moved.is_none(), *adopted, "{what}");
        assert_eq!(row.subscription.url, url("https://paper.example/feed"), "{what}");
    }
}

#[test]
fn tls_is_taken_at_once() {
    let place = Place::new();
    let plain = orbat::feed::Subscription::new(url("http://paper.example/feed?x=1"), "paper");
    let feed = place.store.add_feed(&plain, EVERY, at(0)).unwrap().unwrap();
    let PollOutcome::Read { title, validators, entries, baseline, .. } = read(feed, &[]) else { unreachable!() };
    let moved_to = Some(url("https://paper.example/feed?x=1"));
    place.store.record_poll(polled(feed, 0, PollOutcome::Read { title, validators, entries, baseline, moved_to })).unwrap();
    assert_eq!(place.store.feed("paper").unwrap().unwrap().address, url("https://paper.example/feed?x=1"));
}
