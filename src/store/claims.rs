//! Lines of the ledger: what the next articles are compared with, and what a user looks up.

use super::value::{Json, Ms, Text, rows};
use super::{Result, Store};
use crate::alert::{AlertId, Told};
use crate::article::ArticleId;
use crate::ledger::region::{lies_in, within};
use crate::ledger::{Known, LedgerId, Reason, Verdict};
use crate::text::claim::{Action, Claim, Status};
use crate::text::fold::searchable;
use crate::text::language::Language;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::HashMap;
use url::Url;

/// A story's claims at rest: what [`Store::ledger`] lists. An empty list asks nothing; a region holds what lies in it.
#[derive(Clone, Debug, Default)]
pub struct ClaimFilter {
    pub force: Vec<String>,
    pub action: Vec<Action>,
    /// Any of these in from, to or at.
    pub from: Vec<String>,
    pub to: Vec<String>,
    pub at: Vec<String>,
    pub since: Option<Timestamp>,
    pub min_certainty: f32,
    /// Only those of which no telling was read with more certainty.
    pub less_certain: Option<f32>,
    pub status: Vec<Status>,
    /// The speaker has these words in the name, in any case.
    pub speaker: Option<String>,
    /// The upper bound, else the lower, reaches this many.
    pub at_least: Option<u64>,
    /// The lower bound, else the upper, is at most this many.
    pub at_most: Option<u64>,
    /// 0: as many as there may be.
    pub limit: u32,
}

/// Of a region with more members none is looked for before a line is read.
const MOST_WORDS: usize = 8;

impl ClaimFilter {
    /// One word of each of these lists stands in every line that is asked for, as it is written: most lines need not be read.
    fn words(&self) -> Vec<Vec<String>> {
        let asked = [&self.force, &self.from, &self.to, &self.at].into_iter().filter(|regions| !regions.is_empty());
        let words = asked.map(|regions| {
            regions.iter().flat_map(|region| within(region)).map(|code| format!("\"{code}\"")).collect::<Vec<String>>()
        });
        words.filter(|words| words.len() <= MOST_WORDS).collect()
    }

    fn admits(&self, line: &Known) -> bool {
        let force = line.force.as_slice();
        let least = line.amount.low.or(line.amount.high).unwrap_or(0);
        let named = |name: &String| line.speaker.as_ref().is_some_and(|speaker| searchable(speaker).contains(&searchable(name)));
        (self.action.is_empty() || self.action.contains(&line.action))
            && (self.status.is_empty() || self.status.contains(&line.status))
            && self.speaker.as_ref().is_none_or(named)
            && self.at_least.is_none_or(|n| line.amount.reach() >= n)
            && self.at_most.is_none_or(|n| least <= n)
            && [(&self.force, force), (&self.from, &line.from), (&self.to, &line.to), (&self.at, &line.at)].iter().all(
                |(asked, given)| asked.is_empty() || asked.iter().any(|region| given.iter().any(|code| lies_in(code, region))),
            )
    }
}

/// One telling of a ledger line, in one article.
#[derive(Clone, Debug)]
pub struct Appearance {
    pub article: ArticleId,
    pub outlet: String,
    pub url: Option<Url>,
    pub title: String,
    pub language: Option<Language>,
    pub seen: Timestamp,
    pub claim: Claim,
    pub sentence: String,
    pub verdict: Verdict,
    /// Why; `None` for what was decided before reasons were kept.
    pub reason: Option<Reason>,
    /// The line that this one may be the same as.
    pub maybe: Option<LedgerId>,
}

/// What each rule has told of each line.
#[derive(Clone, Debug, Default)]
pub struct AllTold {
    lines: HashMap<LedgerId, HashMap<String, Told>>,
    /// The last alert that is taken into account.
    last: Option<AlertId>,
}

impl AllTold {
    pub fn of(&self, rule: &str, line: LedgerId) -> Option<Told> {
        self.lines.get(&line)?.get(rule).copied()
    }
}

impl Store {
    /// Ledger lines seen since, oldest first. Those that the user called wrong are left out.
    pub fn ledger_lines(&self, since: Timestamp) -> Result<Vec<Known>> {
        self.read(|db| {
            let mut all = db.prepare_cached("SELECT known FROM line WHERE last_seen >= ?1 AND wrong IS NULL ORDER BY id")?;
            let found = all.query_map([Ms(since)], |r| Ok(r.get::<_, Json<Known>>(0)?.0))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// How many lines the user has called wrong, and when last. It changes whenever one leaves the ledger or comes back to it.
    pub fn corrections(&self) -> Result<(i64, Option<Timestamp>)> {
        self.read(|db| {
            let mut wrong = db.prepare_cached("SELECT count(*), max(wrong) FROM line WHERE wrong IS NOT NULL")?;
            Ok(wrong.query_row([], |r| Ok((r.get(0)?, r.get::<_, Option<Ms>>(1)?.map(|ms| ms.0))))?)
        })
    }

    /// When the first article was read; `None` before any is stored.
    pub fn first_article(&self) -> Result<Option<Timestamp>> {
        self.read(|db| {
            let mut first = db.prepare_cached("SELECT first_seen FROM article ORDER BY id LIMIT 1")?;
            Ok(first.query_row([], |r| Ok(r.get::<_, Ms>(0)?.0)).optional()?)
        })
    }

    /// Adds to `told` what alerts after its last one have told of lines seen since.
    pub fn hear_of(&self, told: &mut AllTold, since: Timestamp) -> Result<()> {
        self.read(|db| {
            let mut last = db.prepare_cached("SELECT coalesce(max(id), 0) FROM alert")?;
            let last: AlertId = last.query_row([], |r| r.get(0))?;
            if told.last == Some(last) {
                return Ok(());
            }
            let sql = "SELECT rule, line, told FROM told WHERE told IS NOT NULL AND line IN (SELECT line FROM alert_line WHERE alert > ?1)
                AND EXISTS (SELECT 1 FROM line WHERE line.id = told.line AND last_seen >= ?2)";
            let mut fresh = db.prepare_cached(sql)?;
            let mut rows = fresh.query(params![told.last.map_or(0, |id| id.0), Ms(since)])?;
            while let Some(row) = rows.next()? {
                told.lines.entry(row.get(1)?).or_default().insert(row.get(0)?, row.get::<_, Json<Told>>(2)?.0);
            }
            told.last = Some(last);
            Ok(())
        })
    }

    /// Ledger lines, newest first. Those that the user called wrong are left out.
    pub fn ledger(&self, filter: &ClaimFilter) -> Result<Vec<Known>> {
        self.read(|db| {
            // A plus keeps the index away: lines are walked in their own order until there are enough.
            let sql = "SELECT known FROM line l WHERE wrong IS NULL AND (?1 IS NULL OR last_seen >= ?1)
                AND (?4 = '[]' OR +action IN (SELECT value FROM json_each(?4)))
                AND (?2 <= 0.0 OR EXISTS (SELECT 1 FROM claim c WHERE c.line = l.id AND c.certainty >= ?2))
                AND (?3 IS NULL OR NOT EXISTS (SELECT 1 FROM claim c WHERE c.line = l.id AND c.certainty >= ?3)) ORDER BY id DESC";
            let mut all = db.prepare_cached(sql)?;
            let given = params![filter.since.map(Ms), filter.min_certainty, filter.less_certain, Json(&filter.action)];
            let mut found = all.query(given)?;
            let (words, mut lines) = (filter.words(), Vec::new());
            while let Some(r) = found.next()? {
                let written = r.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
                if words.iter().all(|any| any.iter().any(|word| written.contains(word))) {
                    let Json(line) = r.get(0)?;
                    lines.extend(filter.admits(&line).then_some(line));
                }
                if lines.len() >= rows(filter.limit) as usize {
                    break;
                }
            }
            Ok(lines)
        })
    }

    /// A line with all its appearances, oldest first.
    pub fn line(&self, id: LedgerId) -> Result<Option<(Known, Vec<Appearance>)>> {
        self.read(|db| {
            let mut find = db.prepare_cached("SELECT known FROM line WHERE id = ?1")?;
            let known = find.query_row([id], |r| Ok(r.get::<_, Json<Known>>(0)?.0)).optional()?;
            known.map(|known| Ok((known, appearances(db, id)?))).transpose()
        })
    }
}

fn appearances(db: &Connection, line: LedgerId) -> Result<Vec<Appearance>> {
    // An article that is gone has left its tombstone.
    let sql = "SELECT c.article, f.name, coalesce(a.url, t.url), coalesce(a.title, t.title), coalesce(r.language, t.language),
            coalesce(a.first_seen, t.first_seen), c.claim, c.verdict, a.body, c.reason, c.maybe, c.sentence
        FROM claim c LEFT JOIN article a ON a.id = c.article LEFT JOIN tombstone t ON t.article = c.article
        JOIN feed f ON f.id = coalesce(a.feed, t.feed) LEFT JOIN reading r ON r.article = a.id
        WHERE c.line = ?1 ORDER BY c.article, c.n LIMIT ?2";
    let mut all = db.prepare_cached(sql)?;
    let found = all.query_map(params![line, rows(0)], appearance)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn appearance(r: &Row) -> rusqlite::Result<Appearance> {
    let (title, body): (String, Option<String>) = (r.get(3)?, r.get(8)?);
    let Json(claim): Json<Claim> = r.get(6)?;
    let sentence = match body {
        Some(body) => claim.sentence.of(&format!("{title}\n\n{body}")).to_owned(),
        None => r.get::<_, Option<String>>(11)?.unwrap_or_default(),
    };
    Ok(Appearance {
        article: r.get(0)?,
        outlet: r.get(1)?,
        url: r.get::<_, Option<Text<_>>>(2)?.map(|Text(url)| url),
        language: r.get(4)?,
        seen: r.get::<_, Ms>(5)?.0,
        sentence,
        claim,
        verdict: r.get::<_, Text<_>>(7)?.0,
        reason: r.get::<_, Option<Text<_>>>(9)?.map(|Text(reason)| reason),
        maybe: r.get(10)?,
        title,
    })
}
