//! A database of each earlier version, with rows in it, becomes one of today, and is kept as it was.

use orbat::store::{ArticleFilter, ClaimFilter, Store, StoreError, check};
use rusqlite::Connection;
use std::path::Path;

/// The tables of each version, as they were made then.
const SCHEMAS: &[&str] = &[
    include_str!("../../src/store/schema/1.sql"),
    include_str!("../../src/store/schema/2.sql"),
    include_str!("../../src/store/schema/3.sql"),
    include_str!("../../src/store/schema/4.sql"),
    include_str!("../../src/store/schema/5.sql"),
    include_str!("../../src/store/schema/6.sql"),
    include_str!("../../src/store/schema/7.sql"),
    include_str!("../../src/store/schema/8.sql"),
    include_str!("../../src/store/schema/9.sql"),
    include_str!("../../src/store/schema/10.sql"),
    include_str!("../../src/store/schema/11.sql"),
    include_str!("../../src/store/schema/12.sql"),
];

/// What version 1 could hold: a feed, an article that was read and one that waits, a claim with its line, an alert on its way, a mute.
const ROWS: &str = r#"
INSERT INTO feed (id, url, name, born, address, every, next_check, reason, added, subscription)
    VALUES (1, 'https://paper.example/feed', 'paper', 'cli', 'https://paper.example/feed', 900000, 0, 'rhythm', 0,
        '{"url":"https://paper.example/feed","name":"paper"}');
INSERT INTO article VALUES (1, 1, 1780000000000, NULL, 0, 11, 12, 'https://paper.example/1', 'Troops', 'They send 200 soldiers to Poland.');
INSERT INTO article VALUES (2, 1, 1780000060000, NULL, 0, 21, 22, 'https://paper.example/2', 'Weather', 'Dry.');
INSERT INTO reading VALUES (1, 1780000001000, 1, 'en', 'feed', NULL);
INSERT INTO search (rowid, title, body) VALUES (1, 'troops', 'they send 200 soldiers to poland');
INSERT INTO pending VALUES (2, 1, 0, NULL);
INSERT INTO identity VALUES (x'00', 1, 1);
INSERT INTO line (id, action, first_seen, last_seen, known) VALUES (7, 'deploy', 1780000000000, 1780000000000, json_object(
    'id', 7, 'force', 'US', 'action', 'deploy', 'status', 'planned', 'amount', json_object('low', 200, 'high', 200, 'approx', json('false')),
    'from', json('[]'), 'to', json('["PL"]'), 'at', json('[]'), 'story', 1, 'first_article', 1, 'first_seen', '2026-05-28T20:26:40Z',
    'last_seen', '2026-05-28T20:26:40Z', 'revision', 0, 'reports', 1, 'outlets', json('["paper"]'), 'first_outlet', 'paper',
    'speaker', NULL, 'disputed', json('false')));
INSERT INTO claim (article, n, line, verdict, certainty, claim) VALUES (1, 0, 7, 'new', 0.9, json_object(
    'span', json('[18,21]'), 'text', '200', 'low', 200, 'high', 200, 'approx', json('false'), 'force', 'US', 'action', 'deploy',
    'status', 'planned', 'from', json('[]'), 'to', json('["PL"]'), 'at', json('[]'), 'source', NULL, 'sentence', json('[8,41]'),
    'certainty', 0.9, 'places', json('[]'), 'context', 'current', 'hedged', json('false'), 'measure', NULL, 'period', NULL, 'when', NULL,
    'unit', NULL));
INSERT INTO alert (id, fingerprint, channel, rule, created, alert) VALUES (3, 'troops|line#7|0', 'popup', 'troops', 0, json_object(
    'fingerprint', 'troops|line#7|0', 'rule', 'troops', 'kind', 'new', 'channel', 'popup', 'created', '2026-05-28T20:26:40Z', 'article', 1,
    'line', 7, 'outlet', 'paper', 'headline', 'Troops', 'sentence', '', 'claims', json('[]'), 'mentions', json('[]'), 'words', json('[]'),
    'reports', 1, 'independent', 1, 'lines', json('[]'), 'notify', json('[]')));
INSERT INTO delivery (id, alert, receiver, next_at) VALUES (5, 3, 'desktop', 0);
INSERT INTO told VALUES ('troops', 7, 0);
INSERT INTO alert_line VALUES (7, 3);
"#;

/// A database as version `to` left it.
fn old(path: &Path, to: usize) {
    let db = Connection::open(path).unwrap();
    db.execute_batch("PRAGMA journal_mode = WAL").unwrap();
    for (n, sql) in SCHEMAS[..to].iter().enumerate() {
        db.execute_batch(sql).unwrap();
        if n == 0 {
            db.execute_batch(ROWS).unwrap();
            db.execute_batch("INSERT INTO mute VALUES ('line', 7, 99)").unwrap();
        }
    }
    db.pragma_update(None, "user_version", to as i64).unwrap();
}

#[test]
fn rows_of_every_version_come_along() {
    for from in 1..=SCHEMAS.len() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("orbat.db");
        old(&path, from);
        let store = Store::open(&path).unwrap();
        let now = jiff::Timestamp::constant(1_790_000_000, 0);
        assert_eq!(store.pending(now, 9).unwrap().len(), 1, "from {from}");
        let articles = store.articles(&ArticleFilter::default()).unwrap();
        assert_eq!(articles.len(), 2, "from {from}");
        assert_eq!(articles[1].claims.len(), 1, "from {from}");
        assert_eq!(store.ledger(&ClaimFilter::default()).unwrap()[0].amount.low, Some(200));
        let (_, told) = store.line(orbat::ledger::LedgerId(7)).unwrap().unwrap();
        assert_eq!(told[0].sentence, "They send 200 soldiers to Poland.", "from {from}");
        assert_eq!(store.due_deliveries(now, 9).unwrap()[0].alert.headline, "Troops");
        assert_eq!(store.silences(None).unwrap().len(), 1, "from {from}");
        drop(store);
        assert!(check(&path).unwrap().is_well(), "from {from}: {:?}", check(&path));

        let kept = dir.path().join(format!("orbat.db.schema-{from}"));
        let before = Connection::open(&kept).unwrap();
        assert_eq!(before.query_row("PRAGMA user_version", [], |r| r.get::<_, i64>(0)).unwrap(), from as i64);
        assert_eq!(before.query_row("SELECT count(*) FROM article", [], |r| r.get::<_, i64>(0)).unwrap(), 2);
    }
}

#[test]
fn one_copy_of_before_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("orbat.db");
    old(&path, SCHEMAS.len());
    std::fs::write(dir.path().join("orbat.db.schema-1"), "an older copy").unwrap();
    drop(Store::open(&path).unwrap());
    assert_eq!(crate::data::names(dir.path()), ["orbat.db", &format!("orbat.db.schema-{}", SCHEMAS.len())]);
    drop(Store::open(&path).unwrap());
    assert_eq!(crate::data::names(dir.path()).len(), 2, "no copy where nothing is migrated");
}

#[test]
fn what_a_newer_version_wrote_is_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("orbat.db");
    old(&path, 8);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 999).unwrap();
    let refused = Store::open(&path).err().unwrap();
    assert!(matches!(refused, StoreError::Newer { found: 999, .. }), "{refused}");
    assert!(refused.to_string().contains("use that version"), "{refused}");
    assert!(matches!(check(&path), Err(StoreError::Newer { .. })));
    assert!(!crate::data::names(dir.path()).iter().any(|name| name.contains("schema-")));
}
