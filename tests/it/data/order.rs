//! Is it in order, and what becomes of what is not.

use super::{Place, article, count, day, names};
use orbat::store::{Findings, check, repair};
use orbat::text::query::Query;

const SAID: &str = "200 American soldiers will go to Poland.";

fn place(articles: i64) -> Place {
    let place = Place::new();
    let feed = place.feed("paper", &[]);
    let db = place.sql();
    let long = format!("{SAID} {}", "word ".repeat(700));
    (1..=articles).for_each(|id| article(&db, id, feed, 0, &long, id));
    place.store.tidy().unwrap();
    place
}

#[test]
fn each_law_is_looked_after_and_mended() {
    let place = place(5);
    assert!(check(&place.path()).unwrap().is_well());
    let db = place.sql();
    db.execute_batch(
        "PRAGMA foreign_keys = OFF;
        DELETE FROM reading WHERE article = 1;
        DELETE FROM article WHERE id = 2;
        DELETE FROM line WHERE id = 3;
        INSERT INTO delivery (alert, receiver, next_at) VALUES (77, 'a', 0);
        INSERT INTO told (rule, line, revision) VALUES ('troops', 99, 1);
        INSERT INTO alert (id, fingerprint, channel, rule, created, alert, digest) VALUES (4, 'f', 'digest', 'troops', 0, '{}', 88);
        INSERT INTO delivery (alert, receiver, next_at, state) VALUES (4, 'a', 60, 'sent');
        DELETE FROM search WHERE rowid = 5;",
    )
    .unwrap();
    let Findings { damaged, index, broken, .. } = check(&place.path()).unwrap();
    assert_eq!((damaged, index), (vec![], None));
    let broken: Vec<String> = broken.iter().map(|(what, rows)| format!("{rows} {what}")).collect();
    expect_test::expect![[r#"
        1 readings of articles that are not there
        1 articles that neither wait nor were read
        1 older versions of articles that are not there
        1 claims of articles of which nothing is left
        1 claims of lines that are not there
        1 deliveries without their alert
        1 deliveries that were sent, nobody knows when
        1 alerts in digests that are not there
        1 claims told to a rule that are not there
        1 articles that were read and that a search does not find
        1 articles that a search finds and that are not there"#]]
    .assert_eq(&broken.join("\n"));
    drop(db);
    let path = place.path();
    let Place { dir: _dir, store } = place;
    drop(store);
    let done = repair(&path, day(1)).unwrap();
    assert_eq!((done.replaced, done.indexed), (None, 3));
    assert_eq!(check(&path).unwrap().broken, []);
    let store = orbat::store::Store::open(&path).unwrap();
    assert_eq!(store.pending(day(1), 9).unwrap().len(), 1, "it is read again");
    assert_eq!(store.search(&Query::parse("american").unwrap(), 9).unwrap().len(), 3);
}

#[test]
fn of_a_damaged_file_what_can_be_read_is_saved() {
    let place = place(400);
    let path = place.path();
    let Place { dir, store } = place;
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    let page = |n: usize| n * 4096..(n + 1) * 4096;
    let pages = bytes.len() / 4096;
    // Every fortieth page of the later half: leaves, overflowing texts, the index.
    (pages / 2..pages).step_by(40).for_each(|n| bytes[page(n)].fill(0x5a));
    std::fs::write(&path, &bytes).unwrap();
    let found = check(&path).unwrap();
    assert!(!found.damaged.is_empty());

    let done = repair(&path, day(1)).unwrap();
    assert_eq!(std::fs::read(done.replaced.unwrap()).unwrap().len(), bytes.len(), "the damaged file is kept");
    let saved = done.saved.iter().find(|(table, ..)| table == "article").unwrap();
    assert!(saved.1 > 300 && saved.1 + saved.2 >= 400, "{saved:?}");
    assert!(check(&path).unwrap().is_well());
    assert!(count(&rusqlite::Connection::open(&path).unwrap(), "search_docsize") > 300);
    assert!(!names(dir.path()).iter().any(|name| name.contains("salvaged")), "{:?}", names(dir.path()));
}

#[test]
fn an_early_database_learns_to_give_room_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("orbat.db");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch("PRAGMA user_version = 0; VACUUM; PRAGMA journal_mode = WAL").unwrap();
    drop(db);
    drop(orbat::store::Store::open(&path).unwrap());
    assert!(!check(&path).unwrap().gives_back);
    repair(&path, day(1)).unwrap();
    assert!(check(&path).unwrap().gives_back);
}
