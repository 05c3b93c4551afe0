//! What goes, what stays of it, and the room that it leaves.

use super::{Place, article, count, day, keep};
use orbat::ledger::LedgerId;
use orbat::store::Retired;

const SAID: &str = "200 American soldiers will go to Poland.";

#[test]
fn articles_go_by_their_tags_and_claims_later() {
    let place = Place::new();
    let (plain, wire, law) = (place.feed("plain", &[]), place.feed("wire", &["wire"]), place.feed("law", &["wire", "law"]));
    let db = place.sql();
    for (id, feed) in [(1, plain), (2, wire), (3, law)] {
        article(&db, id, feed, 0, SAID, id);
    }
    article(&db, 4, plain, 40, SAID, 1);
    article(&db, 5, plain, 50, SAID, 0);
    let rules = keep(100, &[("wire", Some(30)), ("law", None)], 20, 200);
    let retire = |now: i64| place.store.retire(&rules, day(now), || true).unwrap();

    assert_eq!(retire(31), Retired { articles: 1, versions: 2, claims: 0 }, "the article of the wire");
    assert_eq!(retire(101), Retired { articles: 1, versions: 2, claims: 0 });
    assert_eq!((count(&db, "article"), count(&db, "claim"), count(&db, "tombstone")), (3, 4, 2));
    assert_eq!(count(&db, "search_docsize"), 3);

    // A claim of an article that is gone says what it said, and where.
    let (_, told) = place.store.line(LedgerId(2)).unwrap().unwrap();
    assert_eq!((told[0].sentence.as_str(), told[0].title.as_str(), told[0].outlet.as_str()), (SAID, "Title 2", "wire"));
    assert_eq!((told[0].url.as_ref().unwrap().as_str(), told[0].seen), ("https://paper.example/2", day(0)));
    assert_eq!(place.store.revisions(&[LedgerId(2)]).unwrap()[&LedgerId(2)].len(), 1);

    assert_eq!(retire(201).claims, 2);
    assert!(place.store.line(LedgerId(2)).unwrap().is_none(), "nobody tells it any more");
    let (_, told) = place.store.line(LedgerId(1)).unwrap().unwrap();
    assert_eq!(told.len(), 1, "of line 1 the later telling");
    assert_eq!(count(&db, "tombstone WHERE title IS NOT NULL"), 1, "that of the later telling");
    assert_eq!(retire(201), Retired::default());
}

#[test]
fn it_stops_when_it_is_told_to() {
    let place = Place::new();
    let feed = place.feed("plain", &[]);
    let db = place.sql();
    (1..=350).for_each(|id| article(&db, id, feed, 0, SAID, 0));
    let mut turns = 0;
    let retired = place.store.retire(&keep(1, &[], 1, 1), day(9), || {
        turns += 1;
        turns <= 2
    });
    assert_eq!(retired.unwrap().articles, 200);
    assert_eq!(place.store.retire(&keep(1, &[], 1, 1), day(9), || true).unwrap().articles, 149, "the newest stays");
}

#[test]
fn room_is_given_back() {
    let place = Place::new();
    let feed = place.feed("plain", &[]);
    let db = place.sql();
    let long = format!("{SAID} {}", "word ".repeat(2_000));
    (1..=200).for_each(|id| article(&db, id, feed, 0, &long, 0));
    let size = || place.store.counts(day(0)).unwrap().bytes;
    let before = size();
    assert_eq!(place.store.give_back(|| true).unwrap(), 0, "nothing is free");
    place.store.retire(&keep(1, &[], 1, 1), day(9), || true).unwrap();
    let given = place.store.give_back(|| true).unwrap();
    assert!(given > before / 2, "{given} of {before}");
    assert_eq!(size(), before - given);
}
