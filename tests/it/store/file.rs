//! The file: who may read it, what is refused, who else may write.

use super::{Place, at, subscription};
use orbat::store::{Store, StoreError};

#[cfg(unix)]
#[test]
fn only_the_owner_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data/orbat.db");
    let store = Store::open(&path).unwrap();
    store.set_note("a", "b").unwrap();
    let mode = |p: &std::path::Path| std::fs::metadata(p).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
}

#[test]
fn what_is_no_database_of_ours_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("orbat.db");
    std::fs::write(&path, "Something else altogether, for longer than a header of a hundred bytes. ".repeat(99)).unwrap();
    assert!(matches!(Store::open(&path), Err(StoreError::Damaged(_))));

    let theirs = dir.path().join("theirs.db");
    rusqlite::Connection::open(&theirs).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    assert!(matches!(Store::open(&theirs), Err(StoreError::Foreign { .. })));

    let newer = dir.path().join("newer.db");
    drop(Store::open(&newer).unwrap());
    rusqlite::Connection::open(&newer).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(Store::open(&newer), Err(StoreError::Newer { found: 99, .. })));

    let under = theirs.join("orbat.db");
    assert!(matches!(Store::open(&under), Err(StoreError::Create { .. })));
}

#[test]
fn a_damaged_file_is_called_so() {
    let mut place = Place::new();
    let feed = place.feed("paper");
    let long = "word ".repeat(2000);
    place.poll(feed, 0, &[("1", "a", "One", &long, 0), ("2", "b", "Two", &long[5..], 0)]);
    place.store.tidy().unwrap();
    place.store = Place::new().store;
    let mut bytes = std::fs::read(place.path()).unwrap();
    bytes[4096..].fill(0x5a);
    std::fs::write(place.path(), bytes).unwrap();
    let found = Store::open(&place.path()).and_then(|store| store.feeds().map(drop));
    assert!(matches!(found, Err(StoreError::Damaged(_))), "{found:?}");
}

#[test]
fn two_processes_take_turns_at_writing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("orbat.db");
    std::thread::scope(|scope| {
        for who in ["one", "two"] {
            let path = &path;
            scope.spawn(move || {
                let store = Store::open(path).unwrap();
                for n in 0..50 {
                    store.add_feed(&subscription(&format!("{who}{n}")), super::EVERY, at(0)).unwrap().unwrap();
                }
            });
        }
    });
    assert_eq!(Store::open(&path).unwrap().feeds().unwrap().len(), 100);
}

#[test]
fn many_threads_share_a_handle() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = place.store.clone();
            scope.spawn(move || {
                for n in 0..25 {
                    let key = format!("{thread} {n}");
                    store.set_note(&key, "x").unwrap();
                    assert_eq!(store.note(&key).unwrap().as_deref(), Some("x"), "written before it is answered");
                }
            });
        }
    });
}

#[test]
fn the_version_rises_when_somebody_else_writes() {
    let place = Place::new();
    let before = place.store.data_version().unwrap();
    place.store.set_note("a", "mine").unwrap();
    assert_eq!(place.store.data_version().unwrap(), before);
    Store::open(&place.path()).unwrap().set_note("a", "theirs").unwrap();
    assert_ne!(place.store.data_version().unwrap(), before);
}

#[test]
fn tidy_leaves_one_file() {
    let place = Place::new();
    place.feed("paper");
    place.store.tidy().unwrap();
    let log = place.dir.path().join("orbat.db-wal");
    assert_eq!(std::fs::metadata(log).map_or(0, |m| m.len()), 0);
    assert_eq!(place.store.feeds().unwrap().len(), 1);
}
