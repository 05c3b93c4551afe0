//! What a poll brought: one write. Entries that are known are merged, the others become articles that wait to be read.

use super::value::{Ms, Span, Text, digest};
use super::{Result, Store};
use crate::article::{ArticleId, FeedId, SameBy};
use crate::feed::{Class, Entry, Validators};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashSet;
use std::time::Duration;
use url::Url;

/// What one poll of a feed brought. One write.
#[derive(Clone, Debug)]
pub struct PollRecord {
    pub feed: FeedId,
    pub at: Timestamp,
    pub outcome: PollOutcome,
    pub next_check: Timestamp,
    pub interval: Duration,
    pub reason: String,
}

#[derive(Clone, Debug)]
pub enum PollOutcome {
    NotModified,
    /// The entries with their keys (see [`crate::article::keys`]): those with a known one are merged, the others become pending articles.
    /// `baseline` says of each, in the same order, whether it is of the first poll and so never told.
    Read {
        title: String,
        validators: Validators,
        entries: Vec<(Entry, Vec<(SameBy, String)>)>,
        baseline: Vec<bool>,
        moved_to: Option<Url>,
    },
    Failed {
        class: Class,
        message: String,
        gone: bool,
    },
    RateLimited,
}

/// What became of the entries of a poll.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PollSummary {
    pub new: u32,
    pub known: u32,
}

/// A permanent redirect is followed for good when it was seen in this many polls …
const MOVED_POLLS: u32 = 3;
/// … over this long.
const MOVED_FOR: SignedDuration = SignedDuration::from_hours(72);

impl Store {
    /// Writes what a poll brought. A feed that was removed meanwhile gets nothing.
    ///
    /// A 200 sets or clears the validators; a failure and a request for patience leave them as they are.
    pub fn record_poll(&self, record: PollRecord) -> Result<PollSummary> {
        self.write(move |db| poll(db, &record))
    }

    /// Entries merged into known articles: feed, article, by what, when. Newest first.
    pub fn merges(&self, since: Timestamp, limit: u32) -> Result<Vec<(FeedId, ArticleId, SameBy, Timestamp)>> {
        self.read(|db| {
            let sql = "SELECT feed, article, by, at FROM merge WHERE at >= ?1 ORDER BY at DESC, article DESC LIMIT ?2";
            let mut all = db.prepare_cached(sql)?;
            let rows = all.query_map(params![Ms(since), super::value::rows(limit)], |r| {
                Ok((r.get(0)?, r.get(1)?, r.get::<_, Text<_>>(2)?.0, r.get::<_, Ms>(3)?.0))
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

fn poll(db: &Connection, record: &PollRecord) -> Result<PollSummary> {
    let sql = "UPDATE feed SET last_attempt = ?2, next_check = ?3, every = ?4, reason = ?5 WHERE id = ?1 AND NOT removed";
    let given = params![record.feed, Ms(record.at), Ms(record.next_check), Span(record.interval), record.reason];
    if db.prepare_cached(sql)?.execute(given)? == 0 {
        return Ok(PollSummary::default());
    }
    match &record.outcome {
        PollOutcome::RateLimited => Ok(PollSummary::default()),
        PollOutcome::NotModified => succeeded(db, record).map(|()| PollSummary::default()),
        PollOutcome::Failed { class, message, gone } => {
            failed(db, record, *class, message, *gone).map(|()| PollSummary::default())
        }
        PollOutcome::Read { title, validators, entries, baseline, moved_to } => {
            succeeded(db, record)?;
            moved(db, record, moved_to.as_ref())?;
            let summary = store_entries(db, record, entries, baseline)?;
            read(db, record, title, validators, summary)?;
            Ok(summary)
        }
    }
}

fn succeeded(db: &Connection, record: &PollRecord) -> Result<()> {
    let sql = "UPDATE feed SET health = 'well', last_success = ?2, failures = 0, failing_since = NULL, class = NULL,
        error = NULL WHERE id = ?1";
    db.prepare_cached(sql)?.execute(params![record.feed, Ms(record.at)])?;
    Ok(())
}

fn failed(db: &Connection, record: &PollRecord, class: Class, message: &str, gone: bool) -> Result<()> {
    let sql = "UPDATE feed SET health = ?3, failures = failures + 1, failing_since = coalesce(failing_since, ?2), class = ?4,
        error = ?5 WHERE id = ?1";
    let health = if gone { "gone" } else { "failing" };
    db.prepare_cached(sql)?.execute(params![record.feed, Ms(record.at), health, class.as_str(), message])?;
    Ok(())
}

fn read(db: &Connection, record: &PollRecord, title: &str, validators: &Validators, summary: PollSummary) -> Result<()> {
    let sql = "UPDATE feed SET title = nullif(?2, ''), etag = ?3, last_modified = ?4, baselined = 1, articles = articles + ?5,
        last_new = CASE WHEN ?5 > 0 THEN ?6 ELSE last_new END WHERE id = ?1";
    let given = params![record.feed, title, validators.etag, validators.last_modified, summary.new, Ms(record.at)];
    db.prepare_cached(sql)?.execute(given)?;
    Ok(())
}

/// Follows a permanent redirect for good once it has proved lasting; one that only adds TLS at once.
fn moved(db: &Connection, record: &PollRecord, to: Option<&Url>) -> Result<()> {
    let sql = "SELECT address, moved_to, moved_since, moved_polls FROM feed WHERE id = ?1";
    let (Text(address), before, since, polls): (Text<Url>, Option<String>, Option<Ms>, u32) =
        db.prepare_cached(sql)?.query_row([record.feed], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?;
    let to = to.filter(|to| **to != address);
    if to.is_none() && before.is_none() {
        return Ok(());
    }
    let again = to.is_some_and(|to| before.as_deref() == Some(to.as_str()));
    let since = since.filter(|_| again).map_or(record.at, |Ms(since)| since);
    let polls = if again { polls + 1 } else { 1 };
    let lasting = polls >= MOVED_POLLS && record.at.duration_since(since) >= MOVED_FOR;
    match to {
        Some(to) if lasting || adds_tls(&address, to) => {
            let sql = "UPDATE feed SET address = ?2, moved_to = NULL, moved_since = NULL, moved_polls = 0 WHERE id = ?1";
            db.prepare_cached(sql)?.execute(params![record.feed, to.as_str()])?;
        }
        _ => {
            let sql = "UPDATE feed SET moved_to = ?2, moved_since = ?3, moved_polls = ?4 WHERE id = ?1";
            let given = params![record.feed, to.map(Url::as_str), to.map(|_| Ms(since)), to.map_or(0, |_| polls)];
            db.prepare_cached(sql)?.execute(given)?;
        }
    }
    Ok(())
}

fn adds_tls(from: &Url, to: &Url) -> bool {
    let mut with_tls = from.clone();
    from.scheme() == "http" && with_tls.set_scheme("https").is_ok() && with_tls == *to
}

/// A key of an entry, and what it is known to belong to.
struct Key {
    by: SameBy,
    digest: [u8; 16],
    /// The article, and the feed that taught it.
    known: Option<(ArticleId, FeedId)>,
}

fn store_entries(
    db: &Connection,
    record: &PollRecord,
    entries: &[(Entry, Vec<(SameBy, String)>)],
    baseline: &[bool],
) -> Result<PollSummary> {
    let mut summary = PollSummary::default();
    let mut made = HashSet::new();
    for (i, (entry, keys)) in entries.iter().enumerate() {
        let keys = look_up(db, entry, keys)?;
        match same_article(db, &keys, entry, &made)? {
            Some((article, by)) => {
                merge(db, record, &keys, article, by)?;
                summary.known += 1;
            }
            None => {
                let baseline = baseline.get(i).copied().unwrap_or(false);
                let article = insert(db, record, entry, baseline)?;
                learn(db, &keys, article, record.feed)?;
                made.insert(article);
                summary.new += 1;
            }
        }
    }
    Ok(summary)
}

/// The keys of an entry, strongest first. An entry without any is known by its words.
fn look_up(db: &Connection, entry: &Entry, keys: &[(SameBy, String)]) -> Result<Vec<Key>> {
    let mut find = db.prepare_cached("SELECT article, feed FROM identity WHERE key = ?1")?;
    let mut look = |by: SameBy, digest: [u8; 16]| -> Result<Key> {
        let known = find.query_row([digest], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
        Ok(Key { by, digest, known })
    };
    if keys.is_empty() {
        return Ok(vec![look(SameBy::Content, digest(&["words", &entry.title, &entry.text]))?]);
    }
    let mut all = keys.iter().map(|(by, key)| look(*by, digest(&[by.as_str(), key]))).collect::<Result<Vec<_>>>()?;
    all.sort_by_key(|key| key.by);
    Ok(all)
}

/// The article that an entry is. Equal words are always the same article; a guid or address may have been used again.
fn same_article(db: &Connection, keys: &[Key], entry: &Entry, made: &HashSet<ArticleId>) -> Result<Option<(ArticleId, SameBy)>> {
    let known = |key: &Key| key.known.map(|(article, _)| (article, key.by));
    if let Some((article, _)) = keys.iter().filter(|key| key.by == SameBy::Content).find_map(known) {
        return Ok(keys.iter().filter_map(known).find(|(of, _)| *of == article));
    }
    for (article, by) in keys.iter().filter_map(known) {
        if !used_again(db, article, entry, made)? {
            return Ok(Some((article, by)));
        }
    }
    Ok(None)
}

/// Another title, another text and a later date, or both in one poll: the mark of another article was used again.
fn used_again(db: &Connection, article: ArticleId, entry: &Entry, made: &HashSet<ArticleId>) -> Result<bool> {
    let sql = "SELECT title_mark, text_mark, published FROM article WHERE id = ?1";
    let found = db
        .prepare_cached(sql)?
        .query_row([article], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?, r.get::<_, Option<Ms>>(2)?)))
        .optional()?;
    let Some((title, text, published)) = found else { return Ok(false) };
    let later = matches!((entry.published, published), (Some(now), Some(Ms(then))) if now > then);
    Ok((later || made.contains(&article)) && title != mark(&entry.title) && text != mark(&entry.text))
}

/// Eight bytes that stand for a title or text as the feed gave it.
fn mark(text: &str) -> i64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest(&[text])[..8]);
    i64::from_le_bytes(bytes)
}

/// Learns the keys that were not known. Where the feed has not taught the strongest key, this is another entry: it is written down, once.
fn merge(db: &Connection, record: &PollRecord, keys: &[Key], article: ArticleId, by: SameBy) -> Result<()> {
    let own = keys.first().and_then(|key| key.known).is_some_and(|(_, feed)| feed == record.feed);
    if !own {
        db.prepare_cached("INSERT OR IGNORE INTO merge (feed, article, by, at) VALUES (?1, ?2, ?3, ?4)")?.execute(params![
            record.feed,
            article,
            by.as_str(),
            Ms(record.at)
        ])?;
    }
    let mut insert = db.prepare_cached("INSERT OR IGNORE INTO identity (key, article, feed) VALUES (?1, ?2, ?3)")?;
    for key in keys.iter().filter(|key| key.known.is_none()) {
        insert.execute(params![key.digest, article, record.feed])?;
    }
    Ok(())
}

/// All keys of a new article are its own from now on, also one that belonged to another.
fn learn(db: &Connection, keys: &[Key], article: ArticleId, feed: FeedId) -> Result<()> {
    let mut insert = db.prepare_cached("INSERT OR REPLACE INTO identity (key, article, feed) VALUES (?1, ?2, ?3)")?;
    for key in keys {
        insert.execute(params![key.digest, article, feed])?;
    }
    Ok(())
}

fn insert(db: &Connection, record: &PollRecord, entry: &Entry, baseline: bool) -> Result<ArticleId> {
    let sql = "INSERT INTO article (feed, first_seen, published, baseline, title_mark, text_mark, url, title, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    db.prepare_cached(sql)?.execute(params![
        record.feed,
        Ms(record.at),
        entry.published.map(Ms),
        baseline,
        mark(&entry.title),
        mark(&entry.text),
        entry.link.as_ref().map(Url::as_str),
        entry.title,
        entry.text,
    ])?;
    let article = ArticleId(db.last_insert_rowid());
    db.prepare_cached("INSERT INTO pending (article, feed, due, language) VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        article,
        record.feed,
        Ms(record.at),
        entry.language
    ])?;
    Ok(article)
}
