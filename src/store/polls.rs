//! What a poll brought: one write. Entries that are known are merged, the others become articles that wait to be read.

use super::identity::store_entries;
use super::value::{Ms, Span, Text};
use super::{Result, Store};
use crate::article::{ArticleId, FeedId, SameBy};
use crate::feed::{Class, Entry, Next, Schedule, Validators};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, ToSql, params, params_from_iter};
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
            Plan::Rhythm(schedule) => schedule.next(at, summary.new, summary.new + summary.known),
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
    RateLimited,
}

/// What became of the entries of a poll.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PollSummary {
    pub new: u32,
    pub known: u32,
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
    /// A 200 sets or clears the validators; a failure and a request for patience leave them as they are.
    pub fn record_poll(&self, record: PollRecord) -> Result<PollSummary> {
        self.write(move |db| poll(db, &record))
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

fn poll(db: &Connection, record: &PollRecord) -> Result<PollSummary> {
    let live = "SELECT EXISTS (SELECT 1 FROM feed WHERE id = ?1 AND NOT removed)";
    let mut summary = PollSummary::default();
    if !db.prepare_cached(live)?.query_row([record.feed], |r| r.get::<_, bool>(0))? {
        return Ok(summary);
    }
    match &record.outcome {
        PollOutcome::RateLimited => update(db, record, summary, "", params![])?,
        PollOutcome::NotModified => update(db, record, summary, WELL, params![])?,
        PollOutcome::Failed { class, message, gone } => {
            let health = if *gone { "gone" } else { "failing" };
            update(db, record, summary, FAILED, params![health, class.as_str(), message])?;
        }
        PollOutcome::Read { title, validators, entries, baseline, moved_to } => {
            summary = store_entries(db, record, entries, baseline)?;
            let given = params![title, validators.etag, validators.last_modified, summary.new];
            update(db, record, summary, READ, given)?;
            moved(db, record, moved_to.as_ref())?;
        }
    }
    Ok(summary)
}

/// What an answer changes in its feed, and then what a 200 changes beside.
const WELL: &str = ", health = 'well', last_success = ?2, failures = 0, failing_since = NULL, class = NULL, error = NULL";
const READ: &str = ", health = 'well', last_success = ?2, failures = 0, failing_since = NULL, class = NULL, error = NULL,
    title = nullif(?6, ''), etag = ?7, last_modified = ?8, articles = articles + ?9, baselined = 1,
    last_new = CASE WHEN ?9 > 0 THEN ?2 ELSE last_new END";
const FAILED: &str = ", health = ?6, failures = failures + 1, failing_since = coalesce(failing_since, ?2), class = ?7,
    error = ?8";

/// Writes when the feed was asked and when it will be, and what the answer `changes`, whose own parameters begin at 6.
fn update(db: &Connection, record: &PollRecord, summary: PollSummary, changes: &str, own: &[&dyn ToSql]) -> Result<()> {
    let Next { check, interval, reason } = record.plan.next(record.at, summary);
    let sql = format!("UPDATE feed SET last_attempt = ?2, next_check = ?3, every = ?4, reason = ?5{changes} WHERE id = ?1");
    let given: [&dyn ToSql; 5] = [&record.feed, &Ms(record.at), &Ms(check), &Span(interval), &reason];
    db.prepare_cached(&sql)?.execute(params_from_iter(given.iter().chain(own)))?;
    Ok(())
}

/// Follows a permanent redirect for good once it has proved lasting; one that only adds TLS at once.
fn moved(db: &Connection, record: &PollRecord, to: Option<&Url>) -> Result<()> {
    let sql = "SELECT address, moved_to, moved_since, moved_polls FROM feed WHERE id = ?1";
    let (Text(address), before, since, polls): (Text<Url>, Option<String>, Option<Ms>, u32) =
        db.prepare_cached(sql)?.query_row([record.feed], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?;
    let to = to.filter(|to| **to != address);
    if to.is_none() && before.is_none() {
        return Ok(());
    }
    let again = to.is_some_and(|to| before.as_deref() == Some(to.as_str()));
    let since = since.filter(|_| again).map_or(record.at, |Ms(since)| since);
    let polls = if again { polls + 1 } else { 1 };
    let lasting = polls >= MOVED_POLLS && record.at.duration_since(since) >= MOVED_FOR;
    match to {
        Some(to) if lasting || adds_tls(&address, to) => {
            let sql = "UPDATE feed SET address = ?2, moved_to = NULL, moved_since = NULL, moved_polls = 0 WHERE id = ?1";
            db.prepare_cached(sql)?.execute(params![record.feed, to.as_str()])?;
        }
        _ => {
            let sql = "UPDATE feed SET moved_to = ?2, moved_since = ?3, moved_polls = ?4 WHERE id = ?1";
            let given = params![record.feed, to.map(Url::as_str), to.map(|_| Ms(since)), to.map_or(0, |_| polls)];
            db.prepare_cached(sql)?.execute(given)?;
        }
    }
    Ok(())
}

fn adds_tls(from: &Url, to: &Url) -> bool {
    let mut with_tls = from.clone();
    from.scheme() == "http" && with_tls.set_scheme("https").is_ok() && with_tls == *to
}
