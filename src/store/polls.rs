//! What a poll brought: one write. Entries that are known are merged, the others become articles that wait to be read.

use super::health::{self, Moved, Tell};
use super::identity::store_entries;
use super::value::{Json, Ms, Span, Text};
use super::{Result, Store};
use crate::article::{ArticleId, FeedId, SameBy};
use crate::feed::{Brought, Class, Entry, Next, Schedule, Validators};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, ToSql, params, params_from_iter};
use std::time::Duration;
use url::Url;

/// What one poll of a feed brought. One write.
#[derive(Clone, Debug)]
pub struct PollRecord {
    pub feed: FeedId,
    pub at: Timestamp,
    pub outcome: PollOutcome,
    pub plan: Plan,
}

/// When the feed is looked at again.
#[derive(Clone, Debug)]
pub enum Plan {
    At(Next),
    /// It depends on how much of the poll was new.
    Rhythm(Box<Schedule>),
}

impl Plan {
    fn next(&self, at: Timestamp, summary: PollSummary) -> Next {
        match self {
            Plan::At(next) => next.clone(),
            Plan::Rhythm(schedule) => {
                let PollSummary { new, known, outrun, .. } = summary;
                schedule.next(at, Brought { fresh: new, seen: new + known, outrun })
            }
        }
    }
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
    /// Not asked: the network is away, or the host rests. Nobody is blamed, and nothing but the next check changes.
    Postponed {
        /// It counts as an attempt, so that the summary of first polls does not wait for it.
        tried: bool,
    },
}

/// What became of the entries of a poll.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PollSummary {
    pub new: u32,
    pub known: u32,
    /// Nothing of the last poll was left: entries may have been missed in this time.
    pub outrun: Option<Duration>,
    /// Alerts about the health of the feed.
    pub told: u32,
    /// Of those known: shown with other words than ever before.
    pub edited: u32,
}

/// A permanent redirect is followed for good when it was seen in this many polls …
const MOVED_POLLS: u32 = 3;
/// … over this long.
const MOVED_FOR: SignedDuration = SignedDuration::from_hours(72);

impl Store {
    /// Writes what a poll brought. A feed that was removed meanwhile gets nothing.
    ///
    /// A 200 sets or clears the validators; a failure leaves them as they are.
    pub fn record_poll(&self, record: PollRecord) -> Result<PollSummary> {
        self.write(move |db| poll(db, &record, None))
    }

    /// As [`Store::record_poll`]; what it changes in the health of the feed is told, in the same commit.
    pub fn record_poll_and_tell(&self, record: PollRecord, tell: Tell) -> Result<PollSummary> {
        self.write(move |db| poll(db, &record, Some(&tell)))
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

fn poll(db: &Connection, record: &PollRecord, tell: Option<&Tell>) -> Result<PollSummary> {
    let mut summary = PollSummary::default();
    let Some(before) = health::before(db, record.feed)? else { return Ok(summary) };
    let (mut gap_from, mut for_good) = (None, None);
    match &record.outcome {
        PollOutcome::Postponed { tried } => postpone(db, record, *tried)?,
        PollOutcome::NotModified => update(db, record, summary, WELL, params![])?,
        PollOutcome::Failed { class, message, gone } => {
            let health = if *gone { "gone" } else { "failing" };
            update(db, record, summary, FAILED, params![health, class.as_str(), message])?;
        }
        PollOutcome::Read { title, validators, entries, baseline, moved_to } => {
            let articles;
            (summary, articles) = store_entries(db, record, entries, baseline)?;
            let left = before.left(record.at, &articles, summary.new);
            (summary.outrun, gap_from) = (left.outrun, left.gap_from);
            let (window, rhythm) = (Json(left.window), left.rhythm.map(Span));
            let Validators { etag, last_modified } = validators;
            let (gap, time) = (gap_from.map(Ms), left.outrun.map(Span));
            let given = params![title, etag, last_modified, summary.new, window, rhythm, gap, time];
            update(db, record, summary, READ, given)?;
            for_good = moved(db, record, moved_to.as_ref())?;
        }
    }
    if let Some(tell) = tell {
        summary.told = health::tell(db, record, &before, summary, gap_from, for_good.as_ref(), tell)?;
    }
    Ok(summary)
}

/// What an answer changes in its feed, and then what a 200 changes beside. Own parameters begin at 8.
const WELL: &str = ", health = 'well', last_success = ?2, failures = 0, failing_since = NULL, class = NULL, error = NULL";
const READ: &str = ", health = 'well', last_success = ?2, failures = 0, failing_since = NULL, class = NULL, error = NULL,
    title = nullif(?8, ''), etag = ?9, last_modified = ?10, articles = articles + ?11, baselined = 1,
    last_new = CASE WHEN ?11 > 0 THEN ?2 ELSE last_new END, news = news + (?11 > 0), last_window = ?12, rhythm = ?13,
    gaps = gaps + (?14 IS NOT NULL), gap_from = coalesce(?14, gap_from),
    gap_at = CASE WHEN ?14 IS NULL THEN gap_at ELSE ?2 END, gap_time = coalesce(?15, gap_time)";
const FAILED: &str = ", health = ?8, failures = failures + 1, failing_since = coalesce(failing_since, ?2), class = ?9,
    error = ?10";

/// Writes when the feed was asked and when it will be, and what the answer `changes`.
fn update(db: &Connection, record: &PollRecord, summary: PollSummary, changes: &str, own: &[&dyn ToSql]) -> Result<()> {
    let Next { check, interval, reason } = record.plan.next(record.at, summary);
    let (not_before, hints) = match &record.plan {
        Plan::At(_) => (None, None),
        Plan::Rhythm(schedule) => (schedule.not_before(record.at).map(Ms), Some(Json(&schedule.hints))),
    };
    let sql = format!(
        "UPDATE feed SET last_attempt = ?2, next_check = ?3, every = ?4, reason = ?5, not_before = ?6,
        hints = coalesce(?7, hints){changes} WHERE id = ?1"
    );
    let given: [&dyn ToSql; 7] = [&record.feed, &Ms(record.at), &Ms(check), &Span(interval), &reason, &not_before, &hints];
    db.prepare_cached(&sql)?.execute(params_from_iter(given.iter().chain(own)))?;
    Ok(())
}

fn postpone(db: &Connection, record: &PollRecord, tried: bool) -> Result<()> {
    let Next { check, reason, .. } = record.plan.next(record.at, PollSummary::default());
    let sql = "UPDATE feed SET next_check = ?2, reason = ?3, last_attempt = CASE WHEN ?4 THEN ?5 ELSE last_attempt END
        WHERE id = ?1";
    db.prepare_cached(sql)?.execute(params![record.feed, Ms(check), reason, tried, Ms(record.at)])?;
    Ok(())
}

/// Follows a permanent redirect for good once it has proved lasting, and says so; one that only adds TLS at once.
fn moved(db: &Connection, record: &PollRecord, to: Option<&Url>) -> Result<Option<Moved>> {
    let sql = "SELECT address, moved_to, moved_since, moved_polls FROM feed WHERE id = ?1";
    let (Text(address), before, since, polls): (Text<Url>, Option<String>, Option<Ms>, u32) =
        db.prepare_cached(sql)?.query_row([record.feed], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?;
    let to = to.filter(|to| **to != address);
    if to.is_none() && before.is_none() {
        return Ok(None);
    }
    let again = to.is_some_and(|to| before.as_deref() == Some(to.as_str()));
    let since = since.filter(|_| again).map_or(record.at, |Ms(since)| since);
    let polls = if again { polls + 1 } else { 1 };
    let lasting = polls >= MOVED_POLLS && record.at.duration_since(since) >= MOVED_FOR;
    match to {
        Some(to) if lasting || adds_tls(&address, to) => {
            let sql = "UPDATE feed SET address = ?2, moved_to = NULL, moved_since = NULL, moved_polls = 0 WHERE id = ?1";
            db.prepare_cached(sql)?.execute(params![record.feed, to.as_str()])?;
            let other = other_at(db, record.feed, to)?;
            Ok((lasting || other.is_some()).then(|| Moved { to: to.clone(), other }))
        }
        _ => {
            let sql = "UPDATE feed SET moved_to = ?2, moved_since = ?3, moved_polls = ?4 WHERE id = ?1";
            let given = params![record.feed, to.map(Url::as_str), to.map(|_| Ms(since)), to.map_or(0, |_| polls)];
            db.prepare_cached(sql)?.execute(given)?;
            Ok(None)
        }
    }
}

/// The name of another feed that is read at this address.
fn other_at(db: &Connection, feed: FeedId, address: &Url) -> Result<Option<String>> {
    let sql = "SELECT name FROM feed WHERE NOT removed AND id <> ?1 AND (url = ?2 OR address = ?2) ORDER BY id LIMIT 1";
    Ok(db.prepare_cached(sql)?.query_row(params![feed, address.as_str()], |r| r.get(0)).optional()?)
}

fn adds_tls(from: &Url, to: &Url) -> bool {
    let mut with_tls = from.clone();
    from.scheme() == "http" && with_tls.set_scheme("https").is_ok() && with_tls == *to
}
