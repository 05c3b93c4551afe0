//! The whole: figures for the user, notes of the daemon, and the care of the file.

use super::value::Ms;
use super::{Result, Store};
use crate::text::language::Language;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;

/// Figures for `orbat status`.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// By the words of [`super::Health`].
    pub feeds: HashMap<&'static str, u64>,
    /// Read or waiting.
    pub articles: u64,
    pub pending: u64,
    /// When the entry that waits longest was first seen.
    pub oldest_pending: Option<Timestamp>,
    /// Read articles by their language; most first.
    pub languages: Vec<(Language, u64)>,
    pub claims: u64,
    pub lines: u64,
    pub alerts: u64,
    /// Not sent and not refused, whether their time has come or not.
    pub deliveries_due: u64,
    /// When the oldest alert with such a delivery was made.
    pub oldest_due: Option<Timestamp>,
    pub deliveries_refused: u64,
    /// Receiver, its due deliveries, and the last error of those.
    pub waiting: Vec<(String, u64, String)>,
    /// Size of the database file.
    pub bytes: u64,
}

impl Store {
    pub fn counts(&self, _now: Timestamp) -> Result<Counts> {
        let feeds = self.feeds()?;
        let mut counts = self.read(counts)?;
        for feed in feeds {
            *counts.feeds.entry(feed.health.as_str()).or_default() += 1;
        }
        Ok(counts)
    }

    /// Rises whenever another process, or another handle that was opened in this one, has written; what this handle and its clones
    /// write does not count.
    pub fn data_version(&self) -> Result<i64> {
        // Asked on the writer's connection, which does not see its own commits as news.
        self.alone(|db| Ok(db.query_row("PRAGMA data_version", [], |r| r.get(0))?))
    }

    /// A value that somebody wants to remember.
    pub fn note(&self, key: &str) -> Result<Option<String>> {
        self.read(|db| {
            let mut find = db.prepare_cached("SELECT value FROM note WHERE key = ?1")?;
            Ok(find.query_row([key], |r| r.get(0)).optional()?)
        })
    }

    pub fn set_note(&self, key: &str, value: &str) -> Result<()> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.write(move |db| {
            db.prepare_cached("INSERT OR REPLACE INTO note (key, value) VALUES (?1, ?2)")?.execute([key, value])?;
            Ok(())
        })
    }

    /// Checkpoints and optimises: at the end of a run.
    pub fn tidy(&self) -> Result<()> {
        self.alone(|db| {
            db.execute_batch("PRAGMA optimize")?;
            // A reader that is still looking keeps the log from being cut: that is no failure.
            db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            Ok(())
        })
    }
}

fn counts(db: &Connection) -> Result<Counts> {
    let count = |sql: &str| Ok::<u64, super::StoreError>(one::<i64>(db, sql)?.unsigned_abs());
    Ok(Counts {
        feeds: HashMap::new(),
        articles: count("SELECT count(*) FROM article")?,
        pending: count("SELECT count(*) FROM pending")?,
        oldest_pending: time(
            db,
            "SELECT coalesce(e.at, a.first_seen) FROM article a LEFT JOIN edit e ON e.article = a.id
                WHERE a.id = (SELECT min(article) FROM pending)",
        )?,
        languages: languages(db)?,
        claims: count("SELECT count(*) FROM claim")?,
        lines: count("SELECT count(*) FROM line WHERE wrong IS NULL")?,
        alerts: count("SELECT count(*) FROM alert")?,
        deliveries_due: count("SELECT count(*) FROM delivery WHERE state = 'due'")?,
        oldest_due: time(db, "SELECT created FROM alert WHERE id = (SELECT min(alert) FROM delivery WHERE state = 'due')")?,
        deliveries_refused: count("SELECT count(*) FROM delivery WHERE state = 'refused'")?,
        waiting: waiting(db)?,
        bytes: count("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")?,
    })
}

fn one<T: rusqlite::types::FromSql>(db: &Connection, sql: &str) -> Result<T> {
    Ok(db.prepare_cached(sql)?.query_row([], |r| r.get(0))?)
}

fn time(db: &Connection, sql: &str) -> Result<Option<Timestamp>> {
    let found: Option<Ms> = db.prepare_cached(sql)?.query_row([], |r| r.get(0)).optional()?;
    Ok(found.map(|Ms(t)| t))
}

fn languages(db: &Connection) -> Result<Vec<(Language, u64)>> {
    let sql = "SELECT language, count(*) FROM reading WHERE language IS NOT NULL GROUP BY language ORDER BY count(*) DESC";
    let mut all = db.prepare_cached(sql)?;
    let found = all.query_map([], |r| Ok((r.get(0)?, r.get::<_, i64>(1)?.unsigned_abs())))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn waiting(db: &Connection) -> Result<Vec<(String, u64, String)>> {
    // With a bare column beside max(), SQLite takes it from the row that has the maximum.
    let sql = "SELECT receiver, count(*), coalesce(error, ''), max(CASE WHEN error IS NULL THEN -1 ELSE next_at END)
        FROM delivery WHERE state = 'due' GROUP BY receiver ORDER BY receiver";
    let mut all = db.prepare_cached(sql)?;
    let found = all.query_map(params![], |r| Ok((r.get(0)?, r.get::<_, i64>(1)?.unsigned_abs(), r.get(2)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
