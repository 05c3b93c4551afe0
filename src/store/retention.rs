//! What is kept for how long, and the giving back of room.
//!
//! An article that is removed leaves a tombstone, so that it is no news when it returns, and its claims, each with its sentence; these go
//! later, with the lines of the ledger that nobody tells any more. Alerts stay. All of it happens in small writes, between those of others.

use super::value::{Json, Ms};
use super::versions::forget;
use super::{Result, Store};
use crate::article::{ArticleId, FeedId};
use crate::ledger::LedgerId;
use crate::text::claim::Claim;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use std::time::Duration;

/// The newest article stays: its number would be given again.
const PURGEABLE: &str = "FROM article WHERE first_seen < ?1 AND id NOT IN (SELECT article FROM pending)
    AND id < (SELECT max(id) FROM article)";
/// Articles, versions or tombstones of one write: others get their turn.
const AT_ONCE: u32 = 100;
/// Of a feed, at most so many of its oldest articles are looked at for one write.
const LOOKED_AT: u32 = 1_000;
/// Pages of 4 KiB that are given back in one write.
const PAGES: u32 = 256;
/// Room is given back when more than a part in so many of the file is free: the rest is used again anyway.
const FREE_PART: u64 = 10;

/// The note that says since when the database is too large.
const OUTGROWN: &str = "outgrown";

/// How long things are kept, counted from when they were first seen; `None`: for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    pub articles: Option<Duration>,
    /// For articles of feeds with one of these tags, in place of `articles`; of several the longest counts.
    pub tags: Vec<(String, Option<Duration>)>,
    /// What edited articles said before.
    pub versions: Option<Duration>,
    /// Claims outlive their articles until then.
    pub claims: Option<Duration>,
}

impl Default for Retention {
    fn default() -> Retention {
        const DAY: u64 = 86_400;
        Retention {
            articles: Some(Duration::from_secs(365 * DAY)),
            tags: Vec::new(),
            versions: Some(Duration::from_secs(180 * DAY)),
            claims: Some(Duration::from_secs(1_825 * DAY)),
        }
    }
}

impl Retention {
    /// For articles of a feed with these tags.
    fn of(&self, tags: &[String]) -> Option<Duration> {
        let own: Vec<_> = self.tags.iter().filter(|(tag, _)| tags.contains(tag)).map(|(_, keep)| *keep).collect();
        if own.is_empty() { self.articles } else { own.into_iter().map(|keep| keep.unwrap_or(Duration::MAX)).max() }
    }
}

/// What [`Store::retire`] removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retired {
    pub articles: u64,
    pub versions: u64,
    pub claims: u64,
}

impl Store {
    /// Removes what is older than it is to be kept, in small writes, as long as `go_on` says so.
    pub fn retire(&self, keep: &Retention, now: Timestamp, mut go_on: impl FnMut() -> bool) -> Result<Retired> {
        let mut retired = Retired::default();
        for (feed, before) in self.outworn(keep, now)? {
            retired.articles += in_turns(&mut go_on, || self.write(move |db| purge_feed(db, feed, before)))?;
        }
        if let Some(before) = before(now, keep.versions) {
            retired.versions = in_turns(&mut go_on, || self.write(move |db| purge_versions(db, before)))?;
        }
        if let Some(before) = before(now, keep.claims) {
            retired.claims = in_turns(&mut go_on, || self.write(move |db| purge_claims(db, before)))?;
        }
        Ok(retired)
    }

    /// Removes articles first seen before `before`, of all feeds; says how many. What they were known by stays, so that none comes back as new,
    /// and so do their claims, the ledger and the alerts. What waits to be read is left alone.
    pub fn purge_articles(&self, before: Timestamp) -> Result<u64> {
        let find = format!("SELECT id {PURGEABLE} ORDER BY id LIMIT ?2");
        in_turns(&mut || true, || {
            let find = find.clone();
            self.write(move |db| bury_all(db, &find, params![Ms(before), AT_ONCE]))
        })
    }

    /// How many articles [`Store::purge_articles`] would remove.
    pub fn purgeable_articles(&self, before: Timestamp) -> Result<u64> {
        let sql = format!("SELECT count(*) {PURGEABLE}");
        self.read(|db| Ok(db.prepare_cached(&sql)?.query_row([Ms(before)], |r| r.get::<_, i64>(0))?.unsigned_abs()))
    }

    /// Gives free room back to the file system, in small writes, as long as `go_on` says so; how many bytes. A database that was made before
    /// this was possible gives none back: `orbat db repair` makes it anew.
    pub fn give_back(&self, mut go_on: impl FnMut() -> bool) -> Result<u64> {
        let [page, pages, free, vacuum] = self.read(|db| {
            let one = |name| db.pragma_query_value(None, name, |r| r.get::<_, i64>(0)).map(i64::unsigned_abs);
            Ok([one("page_size")?, one("page_count")?, one("freelist_count")?, one("auto_vacuum")?])
        })?;
        if vacuum == 0 || free * FREE_PART <= pages {
            return Ok(0);
        }
        let mut left = free;
        while left > 0 && go_on() {
            self.write(|db| {
                // Each row that is asked for is a page.
                let mut pages = db.prepare_cached(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
                let mut rows = pages.query([])?;
                while rows.next()?.is_some() {}
                Ok(())
            })?;
            left = left.saturating_sub(u64::from(PAGES));
        }
        Ok((free - left) * page)
    }

    /// Bytes of the file.
    pub fn size(&self) -> Result<u64> {
        let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
        self.read(|db| Ok(db.query_row(sql, [], |r| r.get::<_, i64>(0))?.unsigned_abs()))
    }

    /// Since when the database is larger than its user wants; `None`: it is not.
    pub fn outgrown(&self) -> Result<Option<Timestamp>> {
        Ok(self.note(OUTGROWN)?.and_then(|since| since.parse().ok()))
    }

    /// Remembers that.
    pub fn set_outgrown(&self, since: Option<Timestamp>) -> Result<()> {
        self.set_note(OUTGROWN, &since.map(|since| since.to_string()).unwrap_or_default())
    }

    /// The feeds with an article that is older than it is to be kept, and before when.
    fn outworn(&self, keep: &Retention, now: Timestamp) -> Result<Vec<(FeedId, Timestamp)>> {
        self.read(|db| {
            let sql = "SELECT f.id, coalesce(json_extract(f.subscription, '$.tags'), '[]'),
                (SELECT first_seen FROM article a WHERE a.feed = f.id ORDER BY a.id LIMIT 1) AS oldest
                FROM feed f WHERE oldest IS NOT NULL";
            let mut all = db.prepare_cached(sql)?;
            let rows = all.query_map([], |r| Ok((r.get(0)?, r.get::<_, Json<Vec<String>>>(1)?.0, r.get::<_, Ms>(2)?.0)))?;
            let mut found = Vec::new();
            for row in rows {
                let (feed, tags, oldest) = row?;
                let limit = before(now, keep.of(&tags)).filter(|limit| oldest < *limit);
                found.extend(limit.map(|limit| (feed, limit)));
            }
            Ok(found)
        })
    }
}

/// The moment before which all is to go.
fn before(now: Timestamp, keep: Option<Duration>) -> Option<Timestamp> {
    now.checked_sub(keep?).ok()
}

/// Repeats a write that handles up to [`AT_ONCE`] until it finds no more, or is to stop.
fn in_turns(go_on: &mut impl FnMut() -> bool, mut some: impl FnMut() -> Result<u64>) -> Result<u64> {
    let mut sum = 0;
    while go_on() {
        let done = some()?;
        sum += done;
        if done < u64::from(AT_ONCE) {
            break;
        }
    }
    Ok(sum)
}

/// Some of the oldest articles of a feed.
fn purge_feed(db: &Connection, feed: FeedId, before: Timestamp) -> Result<u64> {
    let find = "SELECT id FROM (SELECT id, first_seen FROM article WHERE feed = ?2 ORDER BY id LIMIT ?3)
        WHERE first_seen < ?1 AND id NOT IN (SELECT article FROM pending) AND id < (SELECT max(id) FROM article) LIMIT ?4";
    bury_all(db, find, params![Ms(before), feed, LOOKED_AT, AT_ONCE])
}

fn bury_all(db: &Connection, find: &str, given: impl rusqlite::Params) -> Result<u64> {
    let ids: Vec<ArticleId> = db.prepare_cached(find)?.query_map(given, |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    ids.iter().try_for_each(|id| bury(db, *id))?;
    Ok(ids.len() as u64)
}

/// Removes an article. Its claims take their sentences with them, and the tombstone says where they stood.
fn bury(db: &Connection, id: ArticleId) -> Result<()> {
    let claimed = quote(db, id)?;
    let sql =
        "INSERT OR REPLACE INTO tombstone (article, feed, published, title_mark, text_mark, first_seen, url, title, language)
        SELECT a.id, a.feed, a.published, a.title_mark, a.text_mark, iif(?2, a.first_seen, NULL), iif(?2, a.url, NULL),
            iif(?2, a.title, NULL), iif(?2, r.language, NULL)
        FROM article a LEFT JOIN reading r ON r.article = a.id WHERE a.id = ?1";
    db.prepare_cached(sql)?.execute(params![id, claimed])?;
    forget(db, id)?;
    for sql in [
        "DELETE FROM version WHERE article = ?1",
        "DELETE FROM story_link WHERE article = ?1",
        "DELETE FROM merge WHERE article = ?1",
        "DELETE FROM article WHERE id = ?1",
    ] {
        db.prepare_cached(sql)?.execute([id])?;
    }
    Ok(())
}

/// Puts beside each claim of an article the sentence that it stands in; false where it has none.
fn quote(db: &Connection, id: ArticleId) -> Result<bool> {
    let mut find = db.prepare_cached(
        "SELECT c.n, c.claim, a.title, a.body FROM claim c JOIN article a ON a.id = c.article WHERE c.article = ?1",
    )?;
    let found = find.query_map([id], |r| {
        let Json(claim): Json<Claim> = r.get(1)?;
        let text = format!("{}\n\n{}", r.get::<_, String>(2)?, r.get::<_, String>(3)?);
        Ok((r.get::<_, i64>(0)?, claim.sentence.of(&text).to_owned()))
    })?;
    let sentences: Vec<(i64, String)> = found.collect::<rusqlite::Result<_>>()?;
    let mut keep = db.prepare_cached("UPDATE claim SET sentence = ?3 WHERE article = ?1 AND n = ?2")?;
    for (n, sentence) in &sentences {
        keep.execute(params![id, n, sentence])?;
    }
    Ok(!sentences.is_empty())
}

fn purge_versions(db: &Connection, before: Timestamp) -> Result<u64> {
    let sql = "DELETE FROM version WHERE rowid IN (SELECT rowid FROM version WHERE replaced < ?1 ORDER BY replaced LIMIT ?2)";
    Ok(db.prepare_cached(sql)?.execute(params![Ms(before), AT_ONCE])? as u64)
}

/// Removes the claims of articles that went long ago, and the lines that they alone told; of how many articles.
fn purge_claims(db: &Connection, before: Timestamp) -> Result<u64> {
    let sql = "SELECT article FROM tombstone WHERE title IS NOT NULL AND first_seen < ?1 ORDER BY first_seen LIMIT ?2";
    let mut find = db.prepare_cached(sql)?;
    let gone: Vec<ArticleId> = find.query_map(params![Ms(before), AT_ONCE], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    for id in &gone {
        let mut claims = db.prepare_cached("DELETE FROM claim WHERE article = ?1 RETURNING line")?;
        let lines: Vec<LedgerId> = claims.query_map([id], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
        db.prepare_cached("DELETE FROM superseded WHERE article = ?1")?.execute([id])?;
        let sql = "UPDATE tombstone SET first_seen = NULL, url = NULL, title = NULL, language = NULL WHERE article = ?1";
        db.prepare_cached(sql)?.execute([id])?;
        for line in lines {
            let sql = "DELETE FROM line WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM claim WHERE line = ?1)";
            if db.prepare_cached(sql)?.execute([line])? > 0 {
                db.prepare_cached("DELETE FROM told WHERE line = ?1")?.execute([line])?;
            }
        }
    }
    Ok(gone.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::Retention;
    use std::time::Duration;

    #[test]
    fn of_several_tags_the_longest_counts() {
        let days = |n: u64| Some(Duration::from_secs(n * 86_400));
        let tags = vec![("wire".to_owned(), days(30)), ("nl".to_owned(), days(90)), ("law".to_owned(), None)];
        let keep = Retention { articles: days(365), tags, ..Retention::default() };
        for (tags, kept) in [
            (&[][..], days(365)),
            (&["other"], days(365)),
            (&["wire"], days(30)),
            (&["wire", "nl"], days(90)),
            (&["wire", "law"], Some(Duration::MAX)),
        ] {
            let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
            assert_eq!(keep.of(&tags), kept, "{tags:?}");
        }
    }
}
