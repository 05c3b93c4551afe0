//! What articles said before they were edited.

use super::articles::TextFrom;
use super::commit::Done;
use super::value::{Json, Ms, Text};
use super::{Result, Store};
use crate::article::ArticleId;
use crate::ledger::Said;
use crate::text::fold::searchable;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

/// An older edition of an article. The newest is the article itself.
#[derive(Clone, Debug)]
pub struct Version {
    /// From 1 on.
    pub n: u32,
    /// When the edition after it was first seen.
    pub replaced: Timestamp,
    pub title: String,
    pub body: String,
    pub text_from: TextFrom,
    pub claims: Vec<Said>,
}

impl Store {
    /// What an article said before, oldest first. Editions that differ in no word are one.
    pub fn versions(&self, article: ArticleId) -> Result<Vec<Version>> {
        self.read(|db| {
            let sql = "SELECT n, replaced, title, body, text_from, claims FROM version WHERE article = ?1 ORDER BY n";
            let mut all = db.prepare_cached(sql)?;
            let found = all.query_map([article], |r| {
                Ok(Version {
                    n: r.get(0)?,
                    replaced: r.get::<_, Ms>(1)?.0,
                    title: r.get(2)?,
                    body: r.get(3)?,
                    text_from: r.get::<_, Text<_>>(4)?.0,
                    claims: r.get::<_, Json<_>>(5)?.0,
                })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// Makes room for what was read now: what an earlier reading left is kept as a version, where it has other words, and removed.
pub(super) fn make_room(db: &Connection, done: &Done, words: (&str, &str), at: Option<Timestamp>) -> Result<()> {
    let id = done.article.id;
    let sql = "SELECT a.title, a.body FROM reading r JOIN article a ON a.id = r.article WHERE r.article = ?1";
    let before = db.prepare_cached(sql)?.query_row([id], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
    let Some((title, body)): Option<(String, String)> = before else { return Ok(()) };
    if (searchable(&title).as_str(), searchable(&body).as_str()) != words {
        let sql = "INSERT INTO version (article, n, replaced, title, body, text_from, claims)
            SELECT a.id, (SELECT count(*) + 1 FROM version v WHERE v.article = a.id), ?2, a.title, a.body, r.text_from,
                (SELECT json_group_array(json_array(json(c.claim), c.verdict, c.line) ORDER BY c.n) FROM claim c WHERE c.article = a.id)
            FROM article a JOIN reading r ON r.article = a.id WHERE a.id = ?1";
        let replaced = done.edited.or(at).unwrap_or(done.article.first_seen);
        db.prepare_cached(sql)?.execute(params![id, Ms(replaced)])?;
    }
    forget(db, id)?;
    db.prepare_cached("DELETE FROM claim WHERE article = ?1")?.execute([id])?;
    Ok(())
}

/// Removes what a reading of the article left, but for its claims.
pub(super) fn forget(db: &Connection, id: ArticleId) -> Result<()> {
    for sql in [
        "DELETE FROM reading WHERE article = ?1",
        "DELETE FROM mention WHERE article = ?1",
        "DELETE FROM search WHERE rowid = ?1",
        "DELETE FROM page WHERE article = ?1",
    ] {
        db.prepare_cached(sql)?.execute([id])?;
    }
    Ok(())
}
