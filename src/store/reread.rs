//! Articles whose words were read again: claims that give way to others are kept beside them, and lines that nobody tells any more too.

use super::alerts::insert_alert;
use super::commit::{Numbers, number_alert, write_line};
use super::value::{Json, Ms};
use super::{Result, Store, StoreError};
use crate::alert::Alert;
use crate::article::ArticleId;
use crate::ledger::{Decision, Known, LedgerId, Reason};
use crate::text::Annotation;
use crate::text::claim::{Action, Claim};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};

/// The note that says how far a rereading has come.
const PROGRESS: &str = "reprocess";

/// How far a rereading of the archive has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Articles first seen since then.
    pub since: Timestamp,
    /// The last one that is done.
    pub after: ArticleId,
    /// What is new is told.
    pub alert: bool,
}

/// An article in which something else was found than before.
#[derive(Clone, Debug)]
pub struct Reread {
    pub article: ArticleId,
    pub annotation: Annotation,
    /// One for each claim of the annotation; [`Reason::Unedited`] where it was there before.
    pub decisions: Vec<Decision>,
}

/// What one commit of a rereading holds. Lines made here have negative numbers.
#[derive(Clone, Debug)]
pub struct Rereading {
    pub articles: Vec<Reread>,
    pub lines: Vec<Known>,
    /// Each with the receivers that it goes to.
    pub alerts: Vec<(Alert, Vec<String>)>,
    pub at: Timestamp,
    pub progress: Progress,
}

/// What a rereading changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reprocessed {
    /// Articles that were looked at, and those in which something else was found.
    pub read: u64,
    pub changed: u64,
    /// Claims that are new, and those that gave way.
    pub claims: u64,
    pub superseded: u64,
    /// Lines that nobody tells any more.
    pub lines: u64,
    pub alerts: u64,
}

impl Store {
    /// How far a rereading has come that did not end; `None`: there is none.
    pub fn rereading(&self) -> Result<Option<Progress>> {
        Ok(self.note(PROGRESS)?.and_then(|note| serde_json::from_str(&note).ok()))
    }

    /// A rereading has come to its end.
    pub fn end_rereading(&self) -> Result<()> {
        self.set_note(PROGRESS, "")
    }

    /// Lines of these actions that were told between these times, oldest first. Those that the user called wrong are left out.
    pub fn ledger_between(&self, actions: &[Action], from: Timestamp, to: Timestamp) -> Result<Vec<Known>> {
        self.read(|db| {
            let sql = "SELECT known FROM line WHERE action IN (SELECT value FROM json_each(?1)) AND last_seen >= ?2
                AND first_seen <= ?3 AND wrong IS NULL ORDER BY id";
            let mut all = db.prepare_cached(sql)?;
            let found = all.query_map(params![Json(actions), Ms(from), Ms(to)], |r| Ok(r.get::<_, Json<Known>>(0)?.0))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The independent source of an article's text, where that is known.
    pub fn origin(&self, article: ArticleId) -> Result<Option<String>> {
        self.read(|db| {
            let mut find = db.prepare_cached("SELECT origin FROM story_link WHERE article = ?1")?;
            Ok(find.query_row([article], |r| r.get(0)).optional()?)
        })
    }

    /// Writes what a part of a rereading found, and how far it has come: one commit.
    pub fn reread(&self, part: Rereading) -> Result<Reprocessed> {
        self.write(move |db| write(db, part))
    }
}

fn write(db: &Connection, part: Rereading) -> Result<Reprocessed> {
    let mut numbers = Numbers::default();
    let mut done = Reprocessed { changed: part.articles.len() as u64, ..Reprocessed::default() };
    for line in part.lines {
        let line = write_line(db, line, &mut numbers)?;
        if part.alerts.is_empty() {
            // Whoever was told it is not told anew when it is repeated.
            let sql = "UPDATE told SET revision = max(revision, ?2), told = json_set(told, '$.revision', max(revision, ?2)) WHERE line = ?1";
            db.prepare_cached(sql)?.execute(params![line.id, line.revision])?;
        }
    }
    for article in &part.articles {
        let (new, old) = replace(db, article, &numbers, part.at)?;
        done.claims += new;
        done.superseded += old.len() as u64;
        for line in old.into_iter().collect::<BTreeSet<_>>() {
            done.lines += u64::from(recount(db, line, article.article, part.at)?);
        }
    }
    for (mut alert, receivers) in part.alerts {
        number_alert(&mut alert, &numbers)?;
        done.alerts += u64::from(insert_alert(db, &alert, &receivers)?.is_some());
    }
    db.prepare_cached("INSERT OR REPLACE INTO note (key, value) VALUES (?1, ?2)")?
        .execute(params![PROGRESS, Json(part.progress)])?;
    Ok(done)
}

/// A claim as it stands in its table.
struct Row {
    n: i64,
    line: LedgerId,
    claim: String,
    reason: Option<String>,
    maybe: Option<LedgerId>,
}

/// Puts what was found now in the place of what was found before; how many claims are new, and of which lines those are that gave way.
fn replace(db: &Connection, reread: &Reread, numbers: &Numbers, at: Timestamp) -> Result<(u64, Vec<LedgerId>)> {
    let (id, annotation) = (reread.article, &reread.annotation);
    db.prepare_cached("UPDATE reading SET language = ?2 WHERE article = ?1")?.execute(params![id, annotation.language])?;
    db.prepare_cached("DELETE FROM mention WHERE article = ?1")?.execute([id])?;
    let mut insert = db.prepare_cached("INSERT INTO mention (article, n, entity, mention) VALUES (?1, ?2, ?3, ?4)")?;
    for (n, mention) in annotation.mentions.iter().enumerate() {
        insert.execute(params![id, n as i64, mention.entity, Json(mention)])?;
    }
    let before = rows(db, id)?;
    let now: Vec<String> = annotation.claims.iter().map(|claim| serde_json::to_string(claim).unwrap_or_default()).collect();
    let gone: Vec<&Row> = before.iter().filter(|row| !now.contains(&row.claim)).collect();
    let sql = "INSERT OR REPLACE INTO superseded (article, at, n, line, verdict, certainty, claim, reason, maybe)
        SELECT article, ?3, n, line, verdict, certainty, claim, reason, maybe FROM claim WHERE article = ?1 AND n = ?2";
    let mut keep = db.prepare_cached(sql)?;
    for row in &gone {
        keep.execute(params![id, row.n, Ms(at)])?;
    }
    db.prepare_cached("DELETE FROM claim WHERE article = ?1")?.execute([id])?;
    let mut used = HashSet::new();
    for decision in &reread.decisions {
        let missing = || StoreError::Unresolved(format!("claim {} of article {id}", decision.claim));
        let claim: &Claim = annotation.claims.get(decision.claim).ok_or_else(missing)?;
        let line = numbers.line(decision.line)?;
        // What was decided before stays as it was decided, with its reason.
        let old = before.iter().find(|row| decision.reason == Reason::Unedited && row.line == line && used.insert(row.n));
        let (reason, maybe) = match old {
            Some(row) => (row.reason.clone(), row.maybe),
            None => (Some(decision.reason.to_string()), decision.maybe.map(|id| numbers.line(id)).transpose()?),
        };
        let sql = "INSERT INTO claim (article, n, line, verdict, certainty, claim, reason, maybe)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let verdict = decision.verdict.as_str();
        let given = params![id, decision.claim as i64, line, verdict, claim.certainty, Json(claim), reason, maybe];
        db.prepare_cached(sql)?.execute(given)?;
    }
    let new = now.iter().filter(|claim| !before.iter().any(|row| row.claim == **claim)).count() as u64;
    Ok((new, gone.iter().map(|row| row.line).collect()))
}

/// The claims of an article, each as it would be written today.
fn rows(db: &Connection, id: ArticleId) -> Result<Vec<Row>> {
    let mut all = db.prepare_cached("SELECT n, line, claim, reason, maybe FROM claim WHERE article = ?1 ORDER BY n")?;
    let found = all.query_map([id], |r| {
        let claim: Json<Claim> = r.get(2)?;
        let claim = serde_json::to_string(&claim.0).unwrap_or_default();
        Ok(Row { n: r.get(0)?, line: r.get(1)?, claim, reason: r.get(3)?, maybe: r.get(4)? })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Counts anew who tells a line that `article` may not tell any more. One that nobody tells is put aside: true.
fn recount(db: &Connection, line: LedgerId, article: ArticleId, at: Timestamp) -> Result<bool> {
    let mut count =
        db.prepare_cached("SELECT count(DISTINCT article), coalesce(max(article = ?2), 0) FROM claim WHERE line = ?1")?;
    let (reports, still): (u32, bool) = count.query_row(params![line, article], |r| Ok((r.get(0)?, r.get(1)?)))?;
    if still {
        return Ok(false);
    }
    if reports == 0 {
        let sql =
            "INSERT OR REPLACE INTO superseded_line (id, at, wrong, known) SELECT id, ?2, wrong, known FROM line WHERE id = ?1";
        db.prepare_cached(sql)?.execute(params![line, Ms(at)])?;
        db.prepare_cached("DELETE FROM told WHERE line = ?1")?.execute([line])?;
        return Ok(db.prepare_cached("DELETE FROM line WHERE id = ?1")?.execute([line])? > 0);
    }
    let mut find = db.prepare_cached("SELECT known FROM line WHERE id = ?1")?;
    let Some(Json(mut known)) = find.query_row([line], |r| r.get::<_, Json<Known>>(0)).optional()? else { return Ok(false) };
    known.reports = reports;
    let gone: Option<String> =
        db.prepare_cached("SELECT origin FROM story_link WHERE article = ?1")?.query_row([article], |r| r.get(0)).optional()?;
    // Where it is not known of every other report whose it is, the source may tell it still.
    let sql = "SELECT count(*) FROM claim c LEFT JOIN story_link l ON l.article = c.article
        WHERE c.line = ?1 AND (l.origin IS NULL OR l.origin = ?2)";
    if let Some(origin) = gone
        && db.prepare_cached(sql)?.query_row(params![line, origin], |r| r.get::<_, i64>(0))? == 0
    {
        known.outlets.retain(|outlet| *outlet != origin);
    }
    db.prepare_cached("UPDATE line SET known = ?2 WHERE id = ?1")?.execute(params![line, Json(&known)])?;
    Ok(false)
}
