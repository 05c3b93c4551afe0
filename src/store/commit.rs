//! One commit of what a batch of articles gave: texts, mentions, claims, lines of the ledger, alerts and their deliveries.

use super::alerts::insert_alert;
use super::articles::TextFrom;
use super::stories::{StoryWork, write_stories};
use super::value::{Json, Ms};
use super::{Result, Store, StoreError, identity, pages, versions};
use crate::alert::{Alert, AlertId, Held};
use crate::article::{Article, ArticleId, SameBy, StoryId};
use crate::feed::Validators;
use crate::ledger::{Decision, Known, LedgerId};
use crate::rule::Channel;
use crate::text::Annotation;
use crate::text::claim::Claim;
use crate::text::fold::searchable;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use url::Url;

/// A read article, ready to be stored.
#[derive(Clone, Debug)]
pub struct Done {
    pub article: Article,
    pub text_from: TextFrom,
    /// Why the page was not used, where it was wanted.
    pub note: Option<String>,
    pub story: StoryId,
    pub annotation: Annotation,
    pub decisions: Vec<Decision>,
    /// Which edition this is: as many changes of its words were seen before it.
    pub edits: u32,
    /// When that edition was first seen; none for an article that is read for the first time.
    pub edited: Option<Timestamp>,
    /// The validators of the page, where the text is the page's.
    pub page: Option<Validators>,
    /// When the page is asked for again: it could not be had for the moment.
    pub again: Option<Timestamp>,
    /// A mark that was learnt from the page: the address behind a link that only led there.
    pub also: Option<(SameBy, String)>,
}

/// What one commit holds. Lines made in the batch have negative ids here; the store numbers them and the alerts that name them (see
/// [`Numbers::resolve`] for how a fingerprint names them).
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub done: Vec<Done>,
    pub lines: Vec<Known>,
    /// Alerts, each with the receivers that it goes to (none: shown on request only). One whose fingerprint is known is dropped.
    pub alerts: Vec<(Alert, Vec<String>)>,
    /// What the articles did to stories.
    pub stories: StoryWork,
    /// When this was; without it, when each article was first seen.
    pub at: Option<Timestamp>,
}

/// What came of a commit.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// Those that were new.
    pub alerts: Vec<(AlertId, Alert)>,
    pub numbers: Numbers,
}

/// The numbers that the store gave to the lines that a batch made.
#[derive(Clone, Debug, Default)]
pub struct Numbers(pub HashMap<LedgerId, LedgerId>);

impl Numbers {
    /// A fingerprint with its real number. Within a batch it names a line as `line#-3`, by its negative id: `troops|line#-3|0` becomes
    /// `troops|line#812|0`. Positive numbers and unknown ones stay as they are.
    pub fn resolve(&self, fingerprint: &str) -> String {
        replace(fingerprint, "line#", |n| self.0.get(&LedgerId(n)).map(|id| id.0))
    }

    /// The real number of a line.
    pub(super) fn line(&self, id: LedgerId) -> Result<LedgerId> {
        if id.0 >= 0 {
            return Ok(id);
        }
        self.0.get(&id).copied().ok_or_else(|| StoreError::Unresolved(format!("line {id}")))
    }
}

/// Puts another number behind each `mark` that has a number for it.
fn replace(text: &str, mark: &str, number: impl Fn(i64) -> Option<i64>) -> String {
    let mut parts = text.split(mark);
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let end = part.char_indices().find(|&(i, c)| !(c.is_ascii_digit() || i == 0 && c == '-')).map_or(part.len(), |(i, _)| i);
        let (written, rest) = part.split_at(end);
        out.push_str(mark);
        match written.parse().ok().and_then(&number) {
            Some(n) => out.push_str(&n.to_string()),
            None => out.push_str(written),
        }
        out.push_str(rest);
    }
    out
}

impl Store {
    /// Articles, mentions, claims, ledger lines, alerts and deliveries: one commit.
    ///
    /// An article that does not wait any more stays as it is.
    pub fn commit(&self, batch: Batch) -> Result<Committed> {
        // Folding is the one costly thing that needs no database: it is done by the caller's thread.
        let words: Vec<_> = batch.done.iter().map(|d| (searchable(&d.article.title), searchable(&d.article.body))).collect();
        self.write(move |db| commit(db, batch, &words))
    }
}

fn commit(db: &Connection, batch: Batch, words: &[(String, String)]) -> Result<Committed> {
    let mut numbers = Numbers::default();
    let mut merged = Vec::new();
    for line in batch.lines {
        let line = write_line(db, line, &mut numbers)?;
        merged.extend(line.marks.merged.map(|into| (line.id, into)));
    }
    for (done, words) in batch.done.iter().zip(words) {
        write_article(db, done, words, batch.at, &numbers)?;
    }
    if let Some(now) = batch.at.or(batch.done.last().map(|done| done.article.first_seen)) {
        write_stories(db, &batch.stories, now)?;
    }
    let mut fresh = Vec::new();
    for (mut alert, receivers) in batch.alerts {
        number_alert(&mut alert, &numbers)?;
        if let Some(id) = insert_alert(db, &alert, &receivers)? {
            supersede(db, &alert, &merged)?;
            fresh.push((id, alert));
        }
    }
    Ok(Committed { alerts: fresh, numbers })
}

/// What a popup tells need not wait for the digest any more: alerts of its rule that are held for want of a second report, or because their
/// line may be the same as one that it tells and has turned out to be. They stay in the list.
fn supersede(db: &Connection, popup: &Alert, merged: &[(LedgerId, LedgerId)]) -> Result<()> {
    if popup.channel != Channel::Popup {
        return Ok(());
    }
    let told: Vec<LedgerId> = popup.lines_told.iter().map(|(line, _)| *line).collect();
    let merged: Vec<LedgerId> = merged.iter().filter(|(_, into)| told.contains(into)).map(|(line, _)| *line).collect();
    let all = [&told[..], &merged].concat();
    let sql = "UPDATE alert SET channel = 'list', alert = json_set(alert, '$.channel', 'list')
        WHERE rule = ?1 AND channel = 'digest' AND digest IS NULL
        AND id IN (SELECT alert FROM alert_line WHERE line IN (SELECT value FROM json_each(?4)))
        AND NOT EXISTS (SELECT 1 FROM alert_line other WHERE other.alert = alert.id AND other.line NOT IN
            (SELECT value FROM json_each(iif(json_extract(alert.alert, '$.held') IN (?2, ?3), ?4, ?5))))";
    let held = [Held::OneReport.as_str(), Held::Doubt.as_str()];
    db.prepare_cached(sql)?.execute(params![popup.rule, held[0], held[1], Json(&all), Json(&merged)])?;
    Ok(())
}

/// Writes a line of the ledger: a new one gets its number, an old one its new state.
pub(super) fn write_line(db: &Connection, mut line: Known, numbers: &mut Numbers) -> Result<Known> {
    if line.id.0 < 0 {
        let made = line.id;
        line.id = next_line(db)?;
        numbers.0.insert(made, line.id);
    }
    line.marks.maybe = line.marks.maybe.map(|id| numbers.line(id)).transpose()?;
    line.marks.merged = line.marks.merged.map(|id| numbers.line(id)).transpose()?;
    let sql = "INSERT INTO line (id, action, first_seen, last_seen, known) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (id) DO UPDATE SET action = ?2, first_seen = ?3, last_seen = ?4, known = ?5";
    let given = params![line.id, line.action.as_str(), Ms(line.first_seen), Ms(line.last_seen), Json(&line)];
    db.prepare_cached(sql)?.execute(given)?;
    Ok(line)
}

/// The number that the next line gets: none is used twice.
fn next_line(db: &Connection) -> Result<LedgerId> {
    let mut last = db.prepare_cached("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'line'")?;
    Ok(LedgerId(last.query_row([], |r| r.get::<_, i64>(0))? + 1))
}

fn write_article(
    db: &Connection,
    done: &Done,
    (title, body): &(String, String),
    at: Option<Timestamp>,
    numbers: &Numbers,
) -> Result<()> {
    let article = &done.article;
    if !take_out(db, article.id, done.edits)? {
        return Ok(());
    }
    versions::make_room(db, done, (title, body), at)?;
    // Rewritten only where the page brought something else than the feed.
    let sql = "UPDATE article SET url = ?2, title = ?3, body = ?4, published = ?5
        WHERE id = ?1 AND (url IS NOT ?2 OR title <> ?3 OR body <> ?4 OR published IS NOT ?5)";
    let url = article.url.as_ref().map(Url::as_str);
    db.prepare_cached(sql)?.execute(params![article.id, url, article.title, article.body, article.published.map(Ms)])?;
    let sql = "INSERT INTO reading (article, at, story, language, text_from, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let at = Ms(at.unwrap_or(article.first_seen));
    let from = done.text_from.as_str();
    db.prepare_cached(sql)?.execute(params![article.id, at, done.story, article.language, from, done.note])?;
    db.prepare_cached("INSERT INTO search (rowid, title, body) VALUES (?1, ?2, ?3)")?
        .execute(params![article.id, title, body])?;
    if let Some((by, key)) = &done.also {
        identity::learn_also(db, article, *by, key)?;
    }
    if let Some(Validators { etag, last_modified }) = done.page.as_ref().filter(|v| **v != Validators::default()) {
        let sql = "INSERT OR REPLACE INTO page (article, etag, last_modified) VALUES (?1, ?2, ?3)";
        db.prepare_cached(sql)?.execute(params![article.id, etag, last_modified])?;
    }
    pages::ask_again(db, article.id, done.again)?;
    write_mentions(db, done)?;
    write_claims(db, done, numbers)
}

/// Takes an article out of the queue; false where it does not wait. An edition that came while this one was read waits on.
fn take_out(db: &Connection, article: ArticleId, edits: u32) -> Result<bool> {
    let sql = "SELECT a.edits FROM pending p JOIN article a ON a.id = p.article WHERE p.article = ?1";
    let Some(newest) = db.prepare_cached(sql)?.query_row([article], |r| r.get::<_, u32>(0)).optional()? else {
        return Ok(false);
    };
    if newest == edits {
        db.prepare_cached("DELETE FROM pending WHERE article = ?1")?.execute([article])?;
        if edits > 0 {
            db.prepare_cached("DELETE FROM edit WHERE article = ?1")?.execute([article])?;
        }
    }
    Ok(true)
}

fn write_mentions(db: &Connection, done: &Done) -> Result<()> {
    let mut insert = db.prepare_cached("INSERT INTO mention (article, n, entity, mention) VALUES (?1, ?2, ?3, ?4)")?;
    for (n, mention) in done.annotation.mentions.iter().enumerate() {
        insert.execute(params![done.article.id, n as i64, mention.entity, Json(mention)])?;
    }
    Ok(())
}

/// Every claim that was decided, at its place among the article's claims.
fn write_claims(db: &Connection, done: &Done, numbers: &Numbers) -> Result<()> {
    let sql =
        "INSERT INTO claim (article, n, line, verdict, certainty, claim, reason, maybe) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let mut insert = db.prepare_cached(sql)?;
    for Decision { claim: n, verdict, reason, line, maybe, .. } in &done.decisions {
        let claim = done.annotation.claims.get(*n);
        let claim: &Claim = claim.ok_or_else(|| StoreError::Unresolved(format!("claim {n} of article {}", done.article.id)))?;
        let (line, maybe) = (numbers.line(*line)?, maybe.map(|id| numbers.line(id)).transpose()?);
        let (verdict, reason) = (verdict.as_str(), reason.as_str());
        let claim = params![done.article.id, *n as i64, line, verdict, claim.certainty, Json(claim), reason, maybe];
        insert.execute(claim)?;
    }
    Ok(())
}

pub(super) fn number_alert(alert: &mut Alert, numbers: &Numbers) -> Result<()> {
    alert.fingerprint = numbers.resolve(&alert.fingerprint);
    alert.line = alert.line.map(|id| numbers.line(id)).transpose()?;
    for (line, _) in &mut alert.lines_told {
        *line = numbers.line(*line)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{LedgerId, Numbers};

    #[test]
    fn fingerprints_get_their_numbers() {
        let numbers = Numbers([(LedgerId(-3), LedgerId(812))].into());
        for (batch, stored) in [
            ("troops|line#-3|0", "troops|line#812|0"),
            ("both|line#-3|story#-3", "both|line#812|story#-3"),
            ("troops|line#-31|0", "troops|line#-31|0"),
            ("troops|line#3|0", "troops|line#3|0"),
            ("a line#", "a line#"),
            ("Łódź line#-3", "Łódź line#812"),
            ("", ""),
        ] {
            assert_eq!(numbers.resolve(batch), stored);
        }
    }
}
