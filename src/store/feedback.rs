//! What the user calls wrong: it leaves the ledger, and the passage is kept as a case for the lexicon.

use super::alerts::{find, lines_of};
use super::value::{Json, Ms, rows};
use super::{Result, Store};
use crate::alert::{Alert, AlertId, FeedbackId, Passage, passages};
use crate::article::ArticleId;
use crate::ledger::LedgerId;
use crate::text::claim::Claim;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeSet;

/// A passage that the user has called wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Feedback {
    pub id: FeedbackId,
    pub alert: AlertId,
    pub at: Timestamp,
    /// What the user says about it.
    pub note: Option<String>,
    pub passage: Passage,
}

impl Store {
    /// The user says that this alert is wrong: its lines leave the ledger, the alert is marked, its passages are kept.
    pub fn wrong(&self, alert: AlertId, now: Timestamp) -> Result<()> {
        self.call_wrong(alert, &[], None, now).map(|_| ())
    }

    /// Likewise, with what the user says about it, and only these of its lines where some are given. False: there is no such alert, or it tells none of these lines.
    pub fn call_wrong(&self, alert: AlertId, only: &[LedgerId], note: Option<&str>, now: Timestamp) -> Result<bool> {
        let (only, note) = (only.to_vec(), note.map(str::to_owned));
        self.write(move |db| {
            let Some(Json(found)) = find(db, alert)? else { return Ok(false) };
            let lines: Vec<LedgerId> = lines_of(&found).filter(|line| only.is_empty() || only.contains(line)).collect();
            if lines.is_empty() && !only.is_empty() {
                return Ok(false);
            }
            db.prepare_cached("UPDATE alert SET wrong = coalesce(wrong, ?2) WHERE id = ?1")?.execute(params![alert, Ms(now)])?;
            let mut leave = db.prepare_cached("UPDATE line SET wrong = coalesce(wrong, ?2) WHERE id = ?1")?;
            for line in &lines {
                leave.execute(params![line, Ms(now)])?;
            }
            keep(db, alert, &passages_of(db, &found, &lines)?, note.as_deref(), now)?;
            Ok(true)
        })
    }

    /// Takes it back that an alert is wrong: its lines are in the ledger again. False: nobody called it wrong.
    pub fn call_right(&self, alert: AlertId) -> Result<bool> {
        self.write(move |db| {
            let Some(Json(found)) = find(db, alert)? else { return Ok(false) };
            let marked =
                db.prepare_cached("UPDATE alert SET wrong = NULL WHERE id = ?1 AND wrong IS NOT NULL")?.execute([alert])?;
            let mut back = db.prepare_cached("UPDATE line SET wrong = NULL WHERE id = ?1")?;
            for line in lines_of(&found).filter(|_| marked > 0) {
                back.execute([line])?;
            }
            db.prepare_cached("DELETE FROM feedback WHERE alert = ?1")?.execute([alert])?;
            Ok(marked > 0)
        })
    }

    /// Oldest first.
    pub fn feedback(&self, since: Option<Timestamp>) -> Result<Vec<Feedback>> {
        self.read(|db| {
            let sql = "SELECT id, alert, at, note, passage FROM feedback WHERE ?1 IS NULL OR at >= ?1 ORDER BY id LIMIT ?2";
            let mut all = db.prepare_cached(sql)?;
            let found = all.query_map(params![since.map(Ms), rows(0)], feedback)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// Writes passages; those that are kept for this alert already stay as they are.
fn keep(db: &Connection, alert: AlertId, passages: &[Passage], note: Option<&str>, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO feedback (alert, at, note, passage)
        SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (SELECT 1 FROM feedback WHERE alert = ?1 AND passage = ?4)";
    let mut insert = db.prepare_cached(sql)?;
    for passage in passages {
        insert.execute(params![alert, Ms(now), note, Json(passage)])?;
    }
    Ok(())
}

/// Where the article says what was called wrong; the evidence of the alert where that text is not there any more.
fn passages_of(db: &Connection, alert: &Alert, lines: &[LedgerId]) -> Result<Vec<Passage>> {
    if let Some(article) = alert.article {
        let claims = claims_of(db, article)?;
        let (told, claims): (Vec<LedgerId>, Vec<Claim>) = claims.into_iter().unzip();
        let found = passages(&text_of(db, article)?, alert.language, &claims, |i| lines.contains(&told[i]));
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let text = alert.sentence.clone();
    let entities: BTreeSet<String> = alert.mentions.iter().map(|mention| mention.entity.clone()).collect();
    let entities = entities.into_iter().collect();
    let passage = Passage { text, language: alert.language, wrong: Vec::new(), others: Vec::new(), entities };
    Ok(Some(passage).filter(|passage| !passage.text.is_empty()).into_iter().collect())
}

/// The text of an article; empty where it is not stored.
fn text_of(db: &Connection, article: ArticleId) -> Result<String> {
    let mut find = db.prepare_cached("SELECT title, body FROM article WHERE id = ?1")?;
    let text = |r: &Row| Ok(format!("{}\n\n{}", r.get::<_, String>(0)?, r.get::<_, String>(1)?));
    Ok(find.query_row([article], text).optional()?.unwrap_or_default())
}

/// The claims of an article, each with its line.
fn claims_of(db: &Connection, article: ArticleId) -> Result<Vec<(LedgerId, Claim)>> {
    let mut all = db.prepare_cached("SELECT line, claim FROM claim WHERE article = ?1 ORDER BY n")?;
    let claims = all.query_map([article], |r| Ok((r.get(0)?, r.get::<_, Json<_>>(1)?.0)))?;
    Ok(claims.collect::<rusqlite::Result<_>>()?)
}

fn feedback(r: &Row) -> rusqlite::Result<Feedback> {
    Ok(Feedback {
        id: r.get(0)?,
        alert: r.get(1)?,
        at: r.get::<_, Ms>(2)?.0,
        note: r.get(3)?,
        passage: r.get::<_, Json<_>>(4)?.0,
    })
}
