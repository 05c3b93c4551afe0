//! Stored articles, read again: nothing changes where nothing changed, what was read wrongly gives way, and a break is made good.

use jiff::{SignedDuration, Timestamp};
use orbat::article::{ArticleId, keys};
use orbat::clock::Clock;
use orbat::config::{self, Config};
use orbat::daemon::{Parts, Processor, reprocess};
use orbat::feed::{Entry, FullText, Next, Subscription, Validators};
use orbat::store::{Plan, PollOutcome, PollRecord, Progress, Reprocessed, Store};
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

const NEWS: [(&str, &str, &str); 6] = [
    (
        "harbour",
        "Canada may send brigade to Latvia",
        "Canada is considering sending 1,900 soldiers to Latvia, two officials said.",
    ),
    ("kade", "Canada denkt aan Letland", "Canada overweegt 1900 militairen naar Letland te sturen, zeggen bronnen in Ottawa."),
    (
        "harbour",
        "Three Latvian sailors killed by mine",
        "Three Latvian navy sailors were killed on Monday when a mine exploded off Ventspils.",
    ),
    (
        "harbour",
        "Canada orders brigade to Latvia",
        "Canada's defence minister on Tuesday ordered the deployment of 1,900 soldiers to Latvia.",
    ),
    ("kade", "Meer Canadezen naar Letland", "Canada stuurt 2600 militairen naar Letland, meldt het ministerie van Defensie."),
    ("harbour", "Rain in Riga", "Zelensky spoke of the weather. Nobody else did, and nothing more is known about it."),
];

struct Archive {
    dir: TempDir,
    store: Store,
}

fn hour(n: i64) -> Timestamp {
    Timestamp::constant(1_780_000_000, 0) + SignedDuration::from_hours(n)
}

fn config(more: &str) -> Config {
    let text = format!("[[receiver]]\nname = \"desktop\"\ntype = \"desktop\"\nenabled = false\n{more}");
    config::parse(Path::new("/nowhere/orbat.toml"), &text).unwrap()
}

fn everything() -> Progress {
    Progress { since: Timestamp::MIN, after: ArticleId(0), alert: false }
}

impl Archive {
    /// The news, an hour apart, read by the service.
    async fn new() -> Archive {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("orbat.db")).unwrap();
        let clock = Clock::simulated(hour(0));
        let (parts, _answers) = Parts::new(&config(""), store.clone(), clock.clone()).unwrap();
        let mut processor = Processor::new(parts);
        for (n, (outlet, title, text)) in (0..).zip(NEWS) {
            let url: url::Url = format!("https://{outlet}.example/feed").parse().unwrap();
            let feed = Subscription { full_text: FullText::Never, ..Subscription::new(url, outlet) };
            let known = store.feeds().unwrap().into_iter().find(|row| row.subscription.name == outlet);
            let id =
                known.map_or_else(|| store.add_feed(&feed, Duration::from_secs(900), hour(0)).unwrap().unwrap(), |row| row.id);
            let link = format!("https://{outlet}.example/{n}").parse().ok();
            let entry = Entry {
                id: Some(n.to_string()),
                link,
                title: title.to_owned(),
                text: text.to_owned(),
                published: Some(hour(n)),
                language: None,
            };
            let keys = keys(id, entry.id.as_deref(), entry.link.as_ref(), title, text);
            let outcome = PollOutcome::Read {
                title: outlet.to_owned(),
                validators: Validators::default(),
                entries: vec![(entry, keys)],
                baseline: vec![false],
                moved_to: None,
            };
            let next = Next { check: hour(n + 1), interval: Duration::from_secs(3600), reason: "rhythm".to_owned() };
            store.record_poll(PollRecord { feed: id, at: hour(n), outcome, plan: Plan::At(next) }).unwrap();
            processor.step().await.unwrap();
            clock.sleep(Duration::from_secs(3600)).await;
        }
        Archive { dir, store }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("orbat.db")
    }

    fn sql(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    fn again(&self, from: Progress, more: &str) -> Reprocessed {
        reprocess(&config(more), &self.store, from, hour(99), |_| ()).unwrap()
    }

    /// All rows of these tables.
    fn rows(&self, tables: &[&str]) -> Vec<String> {
        let db = self.sql();
        let mut all = Vec::new();
        for table in tables {
            let mut find = db.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
            let columns = find.column_count();
            let cell = |r: &rusqlite::Row, i: usize| format!("{:?}|", r.get::<_, rusqlite::types::Value>(i).unwrap());
            let row = |r: &rusqlite::Row| Ok((0..columns).map(|i| cell(r, i)).collect::<String>());
            all.extend(find.query_map([], row).unwrap().map(|row| format!("{table} {}", row.unwrap())));
        }
        all
    }

    fn ledger(&self) -> Vec<String> {
        self.rows(&["line", "claim", "mention", "told", "alert", "delivery", "superseded", "superseded_line"])
    }
}

#[tokio::test]
async fn the_same_words_give_the_same_ledger() {
    let archive = Archive::new().await;
    let before = archive.ledger();
    assert!(before.iter().filter(|row| row.starts_with("claim ")).count() >= 5, "{before:#?}");
    let done = archive.again(everything(), "");
    assert_eq!(done, Reprocessed { read: 6, ..Reprocessed::default() });
    assert_eq!(archive.ledger(), before);
}

#[tokio::test]
async fn an_archive_that_is_read_anew_in_order_gives_the_same_ledger() {
    let archive = Archive::new().await;
    let lines = archive.rows(&["line"]);
    let claims = archive.rows(&["claim"]);
    archive
        .sql()
        .execute_batch("DELETE FROM claim; DELETE FROM line; DELETE FROM told; DELETE FROM sqlite_sequence WHERE name = 'line'")
        .unwrap();
    archive.again(Progress { alert: true, ..everything() }, "");
    assert_eq!(archive.rows(&["line"]), lines);
    assert_eq!(archive.rows(&["claim"]), claims);
}

#[tokio::test]
async fn what_was_read_wrongly_gives_way_and_what_was_overlooked_is_found() {
    let archive = Archive::new().await;
    let right = archive.rows(&["claim"]);
    // An earlier lexicon overlooked the sailors, and took the Canadians for Danes who are in Peru.
    archive
        .sql()
        .execute_batch(
            "DELETE FROM claim WHERE article = 3; DELETE FROM line WHERE id NOT IN (SELECT line FROM claim);
            UPDATE claim SET line = 900, claim = json_set(claim, '$.force', 'DK', '$.to', json('[\"PE\"]')) WHERE article = 5;
            INSERT INTO line (id, action, first_seen, last_seen, known)
                SELECT 900, action, first_seen, last_seen, json_set(known, '$.id', 900) FROM line ORDER BY id LIMIT 1;",
        )
        .unwrap();
    let alerts = archive.rows(&["alert", "delivery"]);
    let more = "[[entity]]\nid = \"zelensky\"\nname = \"Volodymyr Zelensky\"\nkind = \"person\"\n";
    let done = archive.again(everything(), more);
    assert_eq!((done.read, done.changed, done.claims, done.superseded, done.lines, done.alerts), (6, 3, 3, 1, 1, 0));
    assert_eq!(archive.rows(&["alert", "delivery"]), alerts, "nothing is told");
    assert!(archive.rows(&["superseded"])[0].contains("DK"));
    assert_eq!(archive.rows(&["superseded_line"]).len(), 1);
    assert!(archive.rows(&["mention"])[0].contains("zelensky"));
    assert_eq!(archive.rows(&["claim"]).len(), right.len());

    let after = archive.ledger();
    assert_eq!(archive.again(everything(), more).changed, 0);
    assert_eq!(archive.ledger(), after, "a second time changes nothing");
}

#[tokio::test]
async fn what_is_found_late_is_told_where_that_is_asked_for() {
    let archive = Archive::new().await;
    let told = |alert: bool| {
        let db = archive.sql();
        db.execute_batch(
            "DELETE FROM delivery; DELETE FROM alert_line; DELETE FROM feedback; DELETE FROM alert; DELETE FROM told",
        )
        .unwrap();
        db.execute_batch("DELETE FROM claim; DELETE FROM line").unwrap();
        archive.again(Progress { alert, ..everything() }, "").alerts
    };
    assert_eq!(told(false), 0);
    assert!(told(true) >= 3);
}

#[tokio::test]
async fn what_is_broken_off_goes_on() {
    // More articles than one commit takes: copies, in which an earlier lexicon found nothing.
    let many = |archive: &Archive| {
        archive
            .sql()
            .execute_batch(
                "WITH RECURSIVE n (n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM n WHERE n < 700)
                INSERT INTO article (id, feed, first_seen, published, baseline, title_mark, text_mark, url, title, body)
                SELECT n, feed, first_seen + n * 60000, published, 0, n, n, NULL, title, body FROM n, article WHERE id = 1 + n % 6;
                INSERT INTO reading SELECT a.id, a.first_seen, a.id, 'en', 'feed', NULL FROM article a WHERE id >= 10;
                UPDATE reading SET language = 'nl' WHERE article >= 10 AND article % 6 IN (1, 4);",
            )
            .unwrap();
    };
    let (whole, broken) = (Archive::new().await, Archive::new().await);
    many(&whole);
    many(&broken);
    let all = whole.again(everything(), "");
    assert!(all.changed > 500, "{all:?}");
    let off = catch_unwind(AssertUnwindSafe(|| {
        drop(reprocess(&config(""), &broken.store, everything(), hour(99), |_| panic!("broken off")));
    }));
    assert!(off.is_err());
    let from = broken.store.rereading().unwrap().unwrap();
    assert!(from.after > ArticleId(400) && from.after < ArticleId(700), "{from:?}");
    broken.again(from, "");
    assert_eq!(broken.store.rereading().unwrap(), None);
    assert_eq!(broken.ledger(), whole.ledger());
}
