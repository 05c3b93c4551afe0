//! Which entries of a poll are known, and by what: a known one is merged, or is an edition of its article; the others become articles.
//!
//! Keys outlive what they stand for, so that an article that was purged is still known.

use super::Result;
use super::polls::{PollRecord, PollSummary};
use super::value::{Ms, digest, mark};
use crate::article::{Article, ArticleId, FeedId, SameBy};
use crate::feed::Entry;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashSet;
use url::Url;

/// Editions of one article that are read beside the first: some feeds show another text at every poll.
pub(super) const MAX_EDITS: u32 = 20;

/// A key of an entry, and what it is known to belong to.
struct Key {
    by: SameBy,
    digest: [u8; 16],
    /// The article, and the feed that taught it.
    known: Option<(ArticleId, FeedId)>,
}

/// What became of the entries, and the articles that they are.
pub(super) fn store_entries(
    db: &Connection,
    record: &PollRecord,
    entries: &[(Entry, Vec<(SameBy, String)>)],
    baseline: &[bool],
) -> Result<(PollSummary, Vec<ArticleId>)> {
    let mut summary = PollSummary::default();
    let mut articles = Vec::with_capacity(entries.len());
    let (mut made, mut seen) = (HashSet::new(), HashSet::new());
    for (i, (entry, keys)) in entries.iter().enumerate() {
        let telling = keys.iter().any(|(by, _)| *by == SameBy::Content);
        let keys = look_up(db, record.feed, entry, keys)?;
        match same_article(db, record.feed, &keys, entry, telling, &seen)? {
            Some((article, by)) => {
                if is_edit(db, record.feed, &keys, article, entry, &made)? {
                    edit(db, record, article, entry)?;
                    summary.edited += 1;
                }
                merge(db, record, &keys, article, by)?;
                articles.push(article);
                summary.known += 1;
            }
            None => {
                let baseline = baseline.get(i).copied().unwrap_or(false);
                let article = insert(db, record, entry, baseline)?;
                learn(db, &keys, article, record.feed)?;
                made.insert(article);
                articles.push(article);
                summary.new += 1;
            }
        }
        seen.extend(articles.last());
    }
    Ok((summary, articles))
}

/// The keys of an entry, strongest first. One that has no key of its words gets one of all that it says, by which the same entry is known
/// again even if its other marks were used for another one since.
fn look_up(db: &Connection, feed: FeedId, entry: &Entry, keys: &[(SameBy, String)]) -> Result<Vec<Key>> {
    let mut marks: Vec<_> = keys.iter().map(|(by, key)| (*by, identity(feed, *by, key))).collect();
    if !keys.iter().any(|(by, _)| *by == SameBy::Content) {
        let link = entry.link.as_ref().map_or("", Url::as_str);
        let all = digest(&[entry.id.as_deref().unwrap_or(""), link, &entry.title, &entry.text]);
        marks.push((SameBy::Content, near(digest(&["feed", &feed.to_string()]), all)));
    }
    marks.sort_by_key(|(by, _)| *by);
    let mut find = db.prepare_cached("SELECT article, feed FROM identity WHERE key = ?1")?;
    let look = |(by, digest)| {
        let known = find.query_row([digest], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
        Ok(Key { by, digest, known })
    };
    marks.into_iter().map(look).collect()
}

/// What stands for a key in the index. The guids of one feed and the addresses of one host stand side by side there: a poll touches a few
/// pages instead of one for each key.
pub(super) fn identity(feed: FeedId, by: SameBy, key: &str) -> [u8; 16] {
    let exact = digest(&[by.as_str(), key]);
    match by {
        SameBy::Guid => near(digest(&["feed", &feed.to_string()]), exact),
        SameBy::Url => near(digest(&["host", key.split('/').nth(2).unwrap_or("")]), exact),
        SameBy::Content => exact,
    }
}

/// Four bytes of the place, twelve of the digest.
fn near(place: [u8; 16], mut digest: [u8; 16]) -> [u8; 16] {
    digest[..4].copy_from_slice(&place[..4]);
    digest
}

/// The article that an entry is. Equal words are always the same article; a guid or address may have been used again. `seen` are those that
/// this poll has brought already; `telling` is a text that is long enough to tell an article by.
fn same_article(
    db: &Connection,
    feed: FeedId,
    keys: &[Key],
    entry: &Entry,
    telling: bool,
    seen: &HashSet<ArticleId>,
) -> Result<Option<(ArticleId, SameBy)>> {
    let known = |key: &Key| key.known.map(|(article, _)| (article, key.by));
    if let Some((article, _)) = keys.iter().filter(|key| key.by == SameBy::Content).find_map(known) {
        return Ok(keys.iter().filter_map(known).find(|(of, _)| *of == article));
    }
    let new_guid = keys.iter().any(|key| key.by == SameBy::Guid && key.known.is_none());
    for (article, by) in keys.iter().filter_map(known) {
        let alone = keys.iter().filter_map(known).filter(|(of, _)| *of == article).count() == 1;
        let mark = Mark {
            seen: seen.contains(&article),
            told_apart: (new_guid && by == SameBy::Url).then_some(feed),
            equal_texts_count: telling || !alone,
        };
        if !used_again(db, article, entry, &mark)? {
            return Ok(Some((article, by)));
        }
    }
    Ok(None)
}

/// How a guid or address leads to an article that is known.
struct Mark {
    /// This poll has brought the article already.
    seen: bool,
    /// The feed that gives the entry a guid of its own under a known address.
    told_apart: Option<FeedId>,
    /// An equal text shows that it is the same article: not a short or empty one, where guid or address alone leads there.
    equal_texts_count: bool,
}

/// Another title and another text, and a later date, or both in one poll, or under one address with a guid that the article's own feed
/// gives it anew: the mark of another article was used again.
fn used_again(db: &Connection, article: ArticleId, entry: &Entry, by: &Mark) -> Result<bool> {
    let sql = "SELECT title_mark, text_mark, published, feed FROM article WHERE id = ?1
        UNION ALL SELECT title_mark, text_mark, published, feed FROM tombstone WHERE article = ?1";
    let found = db
        .prepare_cached(sql)?
        .query_row([article], |r| {
            Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?, r.get::<_, Option<Ms>>(2)?, r.get::<_, FeedId>(3)?))
        })
        .optional()?;
    let Some((title, text, published, feed)) = found else { return Ok(false) };
    let later = matches!((entry.published, published), (Some(now), Some(Ms(then))) if now > then);
    let two = by.seen || by.told_apart == Some(feed);
    let other_text = text != mark(&entry.text);
    Ok(title != mark(&entry.title) && (other_text && (later || two) || two && !by.equal_texts_count))
}

/// Words that were never seen, in the feed that brought the article: it was edited. Words that were seen before come from a cache, or from a
/// second entry of the same article.
fn is_edit(
    db: &Connection,
    feed: FeedId,
    keys: &[Key],
    article: ArticleId,
    entry: &Entry,
    made: &HashSet<ArticleId>,
) -> Result<bool> {
    let seen = keys.iter().any(|key| key.by == SameBy::Content && key.known.is_some());
    if seen || made.contains(&article) {
        return Ok(false);
    }
    let sql = "SELECT EXISTS (SELECT 1 FROM article WHERE id = ?1 AND feed = ?2 AND edits < ?3
        AND (title_mark <> ?4 OR text_mark <> ?5))";
    let given = params![article, feed, MAX_EDITS, mark(&entry.title), mark(&entry.text)];
    Ok(db.prepare_cached(sql)?.query_row(given, |r| r.get(0))?)
}

/// The article waits to be read again; what it said stands until then.
fn edit(db: &Connection, record: &PollRecord, article: ArticleId, entry: &Entry) -> Result<()> {
    let sql = "UPDATE article SET edits = edits + 1, title_mark = ?2, text_mark = ?3 WHERE id = ?1";
    db.prepare_cached(sql)?.execute(params![article, mark(&entry.title), mark(&entry.text)])?;
    let sql = "INSERT OR REPLACE INTO edit (article, at, url, title, body) VALUES (?1, ?2, ?3, ?4, ?5)";
    let link = entry.link.as_ref().map(Url::as_str);
    db.prepare_cached(sql)?.execute(params![article, Ms(record.at), link, entry.title, entry.text])?;
    let sql = "INSERT INTO pending (article, feed, due, language) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (article) DO UPDATE SET language = coalesce(excluded.language, language), later = 0";
    db.prepare_cached(sql)?.execute(params![article, record.feed, Ms(record.at), entry.language])?;
    Ok(())
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

/// A key that was learnt when the article was read; one that belongs to an article already stays with it.
pub(super) fn learn_also(db: &Connection, article: &Article, by: SameBy, key: &str) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO identity (key, article, feed) VALUES (?1, ?2, ?3)";
    db.prepare_cached(sql)?.execute(params![identity(article.feed, by, key), article.id, article.feed])?;
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
    let sql = "INSERT INTO pending (article, feed, due, language, later) VALUES (?1, ?2, ?3, ?4, ?5)";
    db.prepare_cached(sql)?.execute(params![article, record.feed, Ms(record.at), entry.language, baseline])?;
    Ok(article)
}
