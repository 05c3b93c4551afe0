//! Pages that could not be had for the moment, and are asked for again.

use super::value::Ms;
use super::{Result, Store};
use crate::article::ArticleId;
use jiff::Timestamp;
use rusqlite::{Connection, params};

/// Articles that go back into the queue in one write.
const REQUEUED_AT_ONCE: u32 = 200;

impl Store {
    /// Puts articles whose page is to be asked for again back into the queue, as far as their time has come; how many.
    pub fn requeue_pages(&self, now: Timestamp) -> Result<u32> {
        if self.first_time("SELECT min(due) FROM page_retry WHERE due IS NOT NULL")?.is_none_or(|due| due > now) {
            return Ok(0);
        }
        self.write(move |db| requeue(db, now))
    }
}

fn requeue(db: &Connection, now: Timestamp) -> Result<u32> {
    let mut find = db.prepare_cached("SELECT article FROM page_retry WHERE due <= ?1 ORDER BY due, article LIMIT ?2")?;
    let due: Vec<ArticleId> =
        find.query_map(params![Ms(now), REQUEUED_AT_ONCE], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    for &article in &due {
        // One that was edited meanwhile waits already.
        let sql = "INSERT OR IGNORE INTO pending (article, feed, due, language, later)
            SELECT a.id, a.feed, ?2, r.language, a.baseline FROM article a JOIN reading r ON r.article = a.id WHERE a.id = ?1";
        db.prepare_cached(sql)?.execute(params![article, Ms(now)])?;
        db.prepare_cached("UPDATE page_retry SET due = NULL WHERE article = ?1")?.execute([article])?;
    }
    Ok(u32::try_from(due.len()).unwrap_or(u32::MAX))
}

/// Writes down when the page of an article is asked for again, in the commit of what was read without it; or that it is not.
pub(super) fn ask_again(db: &Connection, article: ArticleId, again: Option<Timestamp>) -> Result<()> {
    match again {
        Some(due) => {
            let sql = "INSERT INTO page_retry (article, due, tries) VALUES (?1, ?2, 1)
                ON CONFLICT (article) DO UPDATE SET due = ?2, tries = tries + 1";
            db.prepare_cached(sql)?.execute(params![article, Ms(due)])?;
        }
        None => {
            db.prepare_cached("DELETE FROM page_retry WHERE article = ?1")?.execute([article])?;
        }
    }
    Ok(())
}
