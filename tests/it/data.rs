//! The care of what is kept: retention, backups, checks, repair, export.

mod backup;
mod commands;
mod house;
mod order;
mod retention;

use jiff::{SignedDuration, Timestamp};
use orbat::article::FeedId;
use orbat::feed::Subscription;
use orbat::store::{Retention, Store};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

const DAY: Duration = Duration::from_secs(86_400);

/// Days after one in 2026.
fn day(n: i64) -> Timestamp {
    Timestamp::constant(1_780_000_000, 0) + SignedDuration::from_hours(24 * n)
}

/// A database in a directory of its own.
struct Place {
    dir: TempDir,
    store: Store,
}

impl Place {
    fn new() -> Place {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("orbat.db")).unwrap();
        Place { dir, store }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("orbat.db")
    }

    fn sql(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    fn feed(&self, name: &str, tags: &[&str]) -> FeedId {
        let url = format!("https://{name}.example/feed").parse().unwrap();
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let feed = Subscription { tags, ..Subscription::new(url, name) };
        self.store.add_feed(&feed, Duration::from_secs(900), day(0)).unwrap().unwrap()
    }
}

/// Writes an article as it is after it was read, with a claim of line `line` where that is not 0.
fn article(db: &Connection, id: i64, feed: FeedId, seen: i64, body: &str, line: i64) {
    let at = day(seen).as_millisecond();
    let title = format!("Title {id}");
    db.execute(
        "INSERT INTO article (id, feed, first_seen, baseline, title_mark, text_mark, url, title, body)
        VALUES (?1, ?2, ?3, 0, ?1, ?1, 'https://paper.example/' || ?1, ?4, ?5)",
        (id, feed.0, at, &title, body),
    )
    .unwrap();
    db.execute("INSERT INTO reading VALUES (?1, ?2, ?1, 'en', 'feed', NULL)", (id, at)).unwrap();
    db.execute("INSERT INTO search (rowid, title, body) VALUES (?1, lower(?2), lower(?3))", (id, &title, body)).unwrap();
    db.execute("INSERT INTO version VALUES (?1, 1, ?2, 'Before', 'It said else.', 'feed', '[]')", (id, at)).unwrap();
    if line > 0 {
        let start = title.len() + 2;
        let claim = serde_json::json!({
            "span": [start, start + 3], "text": "200", "low": 200, "high": 200, "approx": false, "force": "US", "action": "deploy",
            "status": "planned", "from": [], "to": ["PL"], "at": [], "source": null, "sentence": [start, start + body.len()],
            "certainty": 0.9, "places": [], "context": "current", "hedged": false, "measure": null, "period": null, "when": null,
            "unit": null,
        });
        let sql = "INSERT INTO claim (article, n, line, verdict, certainty, claim) VALUES (?1, 0, ?2, 'new', 0.9, ?3)";
        db.execute(sql, (id, line, claim.to_string())).unwrap();
        let known = serde_json::json!({
            "id": line, "force": "US", "action": "deploy", "status": "planned", "amount": {"low": 200, "high": 200, "approx": false},
            "from": [], "to": ["PL"], "at": [], "story": id, "first_article": id, "first_seen": day(seen), "last_seen": day(seen),
            "revision": 0, "reports": 1, "outlets": ["paper"], "first_outlet": "paper", "speaker": null, "disputed": false,
        });
        let sql = "INSERT OR IGNORE INTO line (id, action, first_seen, last_seen, known) VALUES (?1, 'deploy', ?2, ?2, ?3)";
        db.execute(sql, (line, at, known.to_string())).unwrap();
    }
}

fn count(db: &Connection, table: &str) -> i64 {
    db.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0)).unwrap()
}

fn keep(articles: u32, tags: &[(&str, Option<u32>)], versions: u32, claims: u32) -> Retention {
    let days = |n: u32| DAY * n;
    let tags = tags.iter().map(|(tag, keep)| ((*tag).to_owned(), keep.map(days))).collect();
    Retention { articles: Some(days(articles)), tags, versions: Some(days(versions)), claims: Some(days(claims)) }
}

pub fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(dir).unwrap().map(|f| f.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
