//! Copies: whole or not there, for their owner alone, and put back with what the outside knows.

use super::{Place, article, count, day, names};
use orbat::store::{Store, StoreError, restore, verify};
use std::path::Path;

const SAID: &str = "200 American soldiers will go to Poland.";

/// A place with some articles, and an alert that waits for one receiver and is with another.
fn place() -> Place {
    let place = Place::new();
    let feed = place.feed("paper", &[]);
    let db = place.sql();
    (1..=20).for_each(|id| article(&db, id, feed, 0, SAID, id));
    db.execute_batch(
        "INSERT INTO alert (id, fingerprint, channel, rule, created, alert) VALUES (1, 'f', 'popup', 'troops', 0, '{}');
        INSERT INTO delivery (id, alert, receiver, state, next_at, sent) VALUES (1, 1, 'a', 'sent', 0, 5), (2, 1, 'b', 'due', 0, NULL);",
    )
    .unwrap();
    place
}

#[test]
fn a_copy_is_whole_and_private() {
    let place = place();
    let file = place.dir.path().join("copy.db");
    let made = place.store.backup(&file).unwrap();
    assert_eq!((made.articles, made.alerts), (20, 1));
    assert_eq!(verify(&file).unwrap(), made);
    assert_eq!(count(&rusqlite::Connection::open(&file).unwrap(), "search_docsize"), 20);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(matches!(place.store.backup(&file), Err(StoreError::Exists(_))));
    assert!(matches!(place.store.backup(&file.join("copy.db")), Err(StoreError::File { .. })), "under a file");
    assert!(!names(place.dir.path()).iter().any(|name| name.ends_with("part")), "{:?}", names(place.dir.path()));
}

#[test]
fn copies_are_made_while_others_write() {
    let place = place();
    std::thread::scope(|scope| {
        let store = place.store.clone();
        let writer = scope.spawn(move || (0..300).for_each(|n| store.set_note(&n.to_string(), "x").unwrap()));
        let mut n = 0;
        while !writer.is_finished() || n == 0 {
            place.store.backup(&place.dir.path().join(format!("{n}.db"))).unwrap();
            n += 1;
        }
    });
}

#[test]
fn what_is_no_sound_copy_is_refused() {
    let place = place();
    let file = place.dir.path().join("copy.db");
    place.store.backup(&file).unwrap();
    let whole = std::fs::read(&file).unwrap();
    let here = place.path();
    let before = count(&place.sql(), "article");
    let refused = |bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        restore(&file, &here, day(9)).unwrap_err()
    };
    assert!(matches!(refused(&whole[..whole.len() / 2]), StoreError::Unsound(..) | StoreError::Damaged(_)));
    let mut hole = whole.clone();
    hole[8192..12288].fill(0x5a);
    assert!(matches!(refused(&hole), StoreError::Unsound(..) | StoreError::Damaged(_)));
    assert!(matches!(refused(b"text"), StoreError::Unsound(..)));
    assert!(matches!(restore(place.dir.path(), &here, day(9)), Err(StoreError::Unsound(..))), "a folder");
    assert!(matches!(restore(&here, &here, day(9)), Err(StoreError::Unsound(..))), "itself");
    assert!(matches!(restore(Path::new("/nowhere"), &here, day(9)), Err(StoreError::File { .. })));
    assert_eq!(count(&place.sql(), "article"), before);
}

#[test]
fn what_was_delivered_since_is_not_delivered_again() {
    let place = place();
    let (path, file) = (place.path(), place.dir.path().join("copy.db"));
    place.store.backup(&file).unwrap();
    place
        .sql()
        .execute_batch(
            "UPDATE delivery SET state = 'sent', sent = 7 WHERE id = 2;
            INSERT INTO alert (id, fingerprint, channel, rule, created, alert) VALUES (9, 'g', 'popup', 'troops', 0, '{}');",
        )
        .unwrap();
    let Place { dir, store } = place;
    drop(store);
    let done = restore(&file, &path, day(9)).unwrap();
    let replaced = done.replaced.unwrap();
    assert_eq!(done.delivered, 1);
    assert!(replaced.file_name().unwrap().to_str().unwrap().starts_with("orbat.db.replaced-20260606T"), "{replaced:?}");
    assert_eq!(count(&rusqlite::Connection::open(&replaced).unwrap(), "alert"), 2);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.next_delivery().unwrap(), None);
    let db = rusqlite::Connection::open(&path).unwrap();
    assert_eq!(db.query_row("SELECT seq FROM sqlite_sequence WHERE name = 'alert'", [], |r| r.get::<_, i64>(0)).unwrap(), 9);
    assert_eq!(names(dir.path()).iter().filter(|name| name.ends_with("part")).count(), 0);
}

#[test]
fn what_stands_in_the_log_of_a_backup_comes_along() {
    let (place, there) = (place(), place());
    let open = there.sql();
    open.execute_batch("PRAGMA wal_autocheckpoint = 0; UPDATE article SET title = 'in the log'").unwrap();
    article(&open, 21, orbat::article::FeedId(1), 0, SAID, 21);
    let done = restore(&there.path(), &place.path(), day(9)).unwrap();
    assert_eq!((done.backup.articles, count(&place.sql(), "article")), (21, 21));
}

#[test]
fn each_restore_keeps_what_was_there() {
    let place = place();
    let file = place.dir.path().join("copy.db");
    place.store.backup(&file).unwrap();
    let path = place.path();
    place.sql().execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM delivery WHERE id = 2").unwrap();
    let Place { dir, store } = place;
    drop(store);
    let kept: Vec<_> = (0..3).map(|_| restore(&file, &path, day(9)).unwrap().replaced.unwrap()).collect();
    let deliveries = |path: &Path| count(&rusqlite::Connection::open(path).unwrap(), "delivery");
    assert_eq!(kept.iter().map(|path| deliveries(path)).collect::<Vec<_>>(), [1, 2, 2], "{:?}", names(dir.path()));
}

#[test]
fn what_is_left_of_a_database_is_not_hidden_by_a_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("orbat.db");
    drop(Store::open(&path).unwrap());
    for end in ["replaced-20260606T000000Z", "damaged-20260606T000000Z", "7.part"] {
        let left = dir.path().join(format!("orbat.db.{end}"));
        std::fs::rename(&path, &left).unwrap();
        let refused = Store::open(&path).map(drop).unwrap_err().to_string();
        assert!(refused.contains(end), "{refused}");
        restore(&left, &path, day(9)).unwrap();
        std::fs::remove_file(&left).unwrap();
        drop(Store::open(&path).unwrap());
    }
}
