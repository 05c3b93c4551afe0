//! What somebody asks who wants to know why: where an address went, what an article gave rise to, how a claim came to be what it is, and the
//! archive from its beginning.

use super::alerts::{self, AlertRow, alert_rows};
use super::articles::{self, ArticleRow, article_rows};
use super::identity::identity;
use super::value::{Json, Ms, Text, rows};
use super::{Result, Store};
use crate::article::{ArticleId, FeedId, SameBy, StoryId};
use crate::ledger::{LedgerId, Verdict};
use crate::rule::Channel;
use crate::text::claim::{Amount, Claim, Place, Status};
use crate::url::canonical;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use url::Url;

/// An entry that was known already as this article.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    pub outlet: String,
    pub by: SameBy,
    pub at: Timestamp,
}

/// A telling that made a line what it is: the first, and each that was no repeat.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    pub at: Timestamp,
    pub article: ArticleId,
    pub outlet: String,
    pub verdict: Verdict,
    pub amount: Amount,
    pub status: Status,
    pub speaker: Option<String>,
    pub places: Vec<Place>,
}

/// A claim of an article with what the ledger made of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    pub claim: Claim,
    pub verdict: Verdict,
    pub line: LedgerId,
    /// Why, in a word; `None` where that was not kept.
    pub reason: Option<String>,
    /// The line that it may be the same as.
    pub maybe: Option<LedgerId>,
    /// When the user called the line wrong.
    pub wrong: Option<Timestamp>,
}

impl Store {
    /// The claims of an article in the order of its text.
    pub fn decided(&self, article: ArticleId) -> Result<Vec<Decided>> {
        self.read(|db| {
            let sql = "SELECT c.*, l.wrong FROM claim c LEFT JOIN line l ON l.id = c.line WHERE c.article = ?1 ORDER BY c.n";
            let mut all = db.prepare_cached(sql)?;
            let found = all.query_map([article], |r| {
                Ok(Decided {
                    claim: r.get::<_, Json<_>>("claim")?.0,
                    verdict: r.get::<_, Text<_>>("verdict")?.0,
                    line: r.get("line")?,
                    // A ledger of an earlier version has no such columns.
                    reason: r.get("reason").unwrap_or(None),
                    maybe: r.get("maybe").unwrap_or(None),
                    wrong: r.get::<_, Option<Ms>>("wrong")?.map(|Ms(t)| t),
                })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The article that this is the address of, or that its entry was merged into.
    pub fn article_at(&self, url: &Url) -> Result<Option<ArticleId>> {
        self.read(|db| {
            // The addresses of all feeds are kept alike: which feed is asked for makes no difference.
            let key = identity(FeedId(0), SameBy::Url, &canonical(url));
            let mut known = db.prepare_cached("SELECT article FROM identity WHERE key = ?1")?;
            if let Some(id) = known.query_row([key], |r| r.get(0)).optional()? {
                return Ok(Some(id));
            }
            let mut written = db.prepare_cached("SELECT max(id) FROM article WHERE url = ?1")?;
            Ok(written.query_row([url.as_str()], |r| r.get(0))?)
        })
    }

    /// Who else brought this article, as an entry of a feed of theirs. Oldest first.
    pub fn merged_into(&self, article: ArticleId) -> Result<Vec<Merge>> {
        self.read(|db| {
            let sql =
                "SELECT f.name, m.by, m.at FROM merge m JOIN feed f ON f.id = m.feed WHERE m.article = ?1 ORDER BY m.at LIMIT ?2";
            let mut all = db.prepare_cached(sql)?;
            let found = all.query_map(params![article, rows(0)], |r| {
                Ok(Merge { outlet: r.get(0)?, by: r.get::<_, Text<_>>(1)?.0, at: r.get::<_, Ms>(2)?.0 })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The alerts that an article gave rise to, oldest first.
    pub fn alerts_from(&self, article: ArticleId) -> Result<Vec<AlertRow>> {
        let sql = format!("{} WHERE json_extract(alert, '$.article') = ?1 ORDER BY id LIMIT ?2", alerts::ROW);
        self.read(|db| alert_rows(db, &sql, params![article, rows(0)]))
    }

    /// All alerts that tell a line, oldest first.
    pub fn alerts_about(&self, line: LedgerId) -> Result<Vec<AlertRow>> {
        let sql = format!("{} WHERE id IN (SELECT alert FROM alert_line WHERE line = ?1) ORDER BY id LIMIT ?2", alerts::ROW);
        self.read(|db| alert_rows(db, &sql, params![line, rows(0)]))
    }

    /// How these lines came to be what they are, each from its first telling on.
    pub fn revisions(&self, lines: &[LedgerId]) -> Result<HashMap<LedgerId, Vec<Revision>>> {
        self.read(|db| {
            let mut all = HashMap::new();
            for &line in lines {
                all.insert(line, revisions(db, line)?);
            }
            Ok(all)
        })
    }

    /// How sure the surest telling of each of these lines was read.
    pub fn certainties(&self, lines: &[LedgerId]) -> Result<HashMap<LedgerId, f32>> {
        self.read(|db| {
            let sql = "SELECT line, max(certainty) FROM claim WHERE line IN (SELECT value FROM json_each(?1)) GROUP BY line";
            let mut all = db.prepare_cached(sql)?;
            let found = all.query_map([Json(lines)], |r| Ok((r.get(0)?, r.get(1)?)))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Articles that were read, in the order in which they were first seen: those seen since, behind `after`.
    pub fn archive(&self, since: Timestamp, after: ArticleId, limit: u32) -> Result<Vec<ArticleRow>> {
        let sql =
            format!("{} WHERE a.id > ?1 AND a.first_seen >= ?2 AND r.article IS NOT NULL ORDER BY a.id LIMIT ?3", articles::ROW);
        self.read(|db| article_rows(db, &sql, params![after, Ms(since), rows(limit)]))
    }

    /// How many alerts a rule has made since: popups, for the digest, only listed.
    pub fn told_by(&self, rule: &str, since: Timestamp) -> Result<[u64; 3]> {
        self.read(|db| {
            let sql = "SELECT count(*) FROM alert WHERE rule = ?1 AND created >= ?2 AND channel = ?3";
            let mut count = db.prepare_cached(sql)?;
            let mut of = |channel: Channel| {
                let n: i64 = count.query_row(params![rule, Ms(since), channel.as_str()], |r| r.get(0))?;
                Ok::<u64, super::StoreError>(n.unsigned_abs())
            };
            Ok([of(Channel::Popup)?, of(Channel::Digest)?, of(Channel::List)?])
        })
    }

    /// How many articles tell a story.
    pub fn story_size(&self, story: StoryId) -> Result<u64> {
        self.read(|db| {
            let mut count = db.prepare_cached("SELECT count(*) FROM reading WHERE story = ?1")?;
            Ok(count.query_row([story], |r| r.get::<_, i64>(0))?.unsigned_abs())
        })
    }
}

fn revisions(db: &Connection, line: LedgerId) -> Result<Vec<Revision>> {
    let mut all = before_edits(db, line)?;
    let sql = "SELECT coalesce((SELECT max(v.replaced) FROM version v WHERE v.article = a.id), a.first_seen, t.first_seen),
            c.article, f.name, c.verdict, c.claim
        FROM claim c LEFT JOIN article a ON a.id = c.article LEFT JOIN tombstone t ON t.article = c.article
        JOIN feed f ON f.id = coalesce(a.feed, t.feed)
        WHERE c.line = ?1 AND (c.verdict <> 'repeat' OR c.article = (SELECT min(article) FROM claim WHERE line = ?1))
        AND (c.reason IS NOT 'unedited' OR NOT EXISTS (SELECT 1 FROM version v WHERE v.article = a.id))
        ORDER BY c.article, c.n LIMIT ?2";
    all.extend(revisions_of(db, sql, line)?);
    all.sort_by_key(|revision| revision.at);
    // Of the first article its first telling alone, unless a later one changed something.
    let mut n = 0;
    all.retain(|revision| {
        n += 1;
        n == 1 || revision.verdict != Verdict::Repeat
    });
    Ok(all)
}

/// What articles that were edited since then said of a line before.
fn before_edits(db: &Connection, line: LedgerId) -> Result<Vec<Revision>> {
    let sql = "SELECT coalesce((SELECT max(e.replaced) FROM version e WHERE e.article = v.article AND e.n < v.n), a.first_seen),
            a.id, f.name, json_extract(said.value, '$[1]'), json_extract(said.value, '$[0]')
        FROM version v JOIN article a ON a.id = v.article JOIN feed f ON f.id = a.feed, json_each(v.claims) said
        WHERE v.article IN (SELECT article FROM claim WHERE line = ?1
            UNION SELECT json_extract(known, '$.first_article') FROM line WHERE id = ?1)
        AND json_extract(said.value, '$[2]') = ?1 ORDER BY v.article, v.n, said.key LIMIT ?2";
    revisions_of(db, sql, line)
}

fn revisions_of(db: &Connection, sql: &str, line: LedgerId) -> Result<Vec<Revision>> {
    let mut all = db.prepare_cached(sql)?;
    let found = all.query_map(params![line, rows(0)], |r| {
        let Json(claim): Json<Claim> = r.get(4)?;
        Ok(Revision {
            at: r.get::<_, Ms>(0)?.0,
            article: r.get(1)?,
            outlet: r.get(2)?,
            verdict: r.get::<_, Text<_>>(3)?.0,
            amount: claim.amount,
            status: claim.status,
            speaker: claim.speaker,
            places: claim.places,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
