//! What a poll changes in the health of its feed, told in the commit of the poll; and entries that may have been missed between two polls.

use super::alerts::insert_alert;
use super::feeds::Health;
use super::polls::{PollOutcome, PollRecord, PollSummary};
use super::value::{Json, Ms, Span, Text};
use super::{Result, Store};
use crate::alert::{self, HealthEvent, HealthPolicy, HealthState};
use crate::article::{ArticleId, FeedId};
use crate::text::language::Language;
use crate::url::Url;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use std::time::Duration;

/// A feed is silent when nothing new has come for this many times its rhythm …
const SILENT_TIMES: u32 = 8;
/// … but not before this …
const SILENT_AT_LEAST: Duration = Duration::from_secs(48 * 3600);
/// … and where so many polls have brought something that there is a rhythm.
const MIN_NEWS: u32 = 5;
/// A feed that shows a single entry at a time is replaced as a whole by every new one: only of more can it be said that entries were missed.
const MIN_WINDOW: usize = 2;
/// Who is asked within this speaks for himself: his health is judged by that poll.
const ASKED_SOON: SignedDuration = SignedDuration::from_mins(10);
/// Gaps within this of the last one are told as one.
const ONE_SERIES: SignedDuration = SignedDuration::from_hours(24);

/// Whom to tell of the health of feeds.
#[derive(Clone, Debug)]
pub struct Tell {
    pub policy: HealthPolicy,
    /// Those that an alert goes to at once; one that waits for the digest or the list goes to none.
    pub receivers: Vec<String>,
}

/// A feed as it was before a poll.
pub(super) struct Before {
    name: String,
    address: Url,
    health: Health,
    failing_since: Option<Timestamp>,
    error: Option<String>,
    last_success: Option<Timestamp>,
    last_new: Option<Timestamp>,
    rhythm: Option<Duration>,
    news: u32,
    window: Vec<i64>,
    gap_from: Option<Timestamp>,
    gap_at: Option<Timestamp>,
}

/// The feed before this poll; `None` where it is removed.
pub(super) fn before(db: &Connection, feed: FeedId) -> Result<Option<Before>> {
    let sql =
        "SELECT name, address, health, failing_since, last_success, last_new, rhythm, news, last_window, gap_from, gap_at, error
        FROM feed WHERE id = ?1 AND NOT removed";
    let mut find = db.prepare_cached(sql)?;
    let found = find.query_row([feed], |r| {
        let time = |column| r.get::<_, Option<Ms>>(column).map(|t| t.map(|Ms(t)| t));
        Ok(Before {
            name: r.get(0)?,
            address: r.get::<_, Text<_>>(1)?.0,
            health: r.get::<_, Text<_>>(2)?.0,
            failing_since: time(3)?,
            last_success: time(4)?,
            last_new: time(5)?,
            rhythm: r.get::<_, Option<Span>>(6)?.map(|Span(s)| s),
            news: r.get(7)?,
            window: r.get::<_, Json<_>>(8)?.0,
            gap_from: time(9)?,
            gap_at: time(10)?,
            error: r.get(11)?,
        })
    });
    Ok(found.optional()?)
}

/// What a 200 leaves to be known of the next one.
pub(super) struct Left {
    pub window: Vec<i64>,
    pub rhythm: Option<Duration>,
    /// The time since the poll of which nothing is left.
    pub outrun: Option<Duration>,
    /// When that poll was; of gaps in a series, the first.
    pub gap_from: Option<Timestamp>,
}

impl Before {
    /// What is left of the last poll now that the feed holds these articles, `new` of them new.
    pub(super) fn left(&self, at: Timestamp, articles: &[ArticleId], new: u32) -> Left {
        let mut window: Vec<i64> = articles.iter().map(|article| article.0).collect();
        window.sort_unstable();
        window.dedup();
        let none_left =
            self.window.len() >= MIN_WINDOW && !window.is_empty() && !self.window.iter().any(|a| window.binary_search(a).is_ok());
        let outrun = self.last_success.filter(|_| none_left).map(|then| span(then, at));
        let in_series = self.gap_at.is_some_and(|gap| at.duration_since(gap) <= ONE_SERIES);
        let gap_from = outrun.and(if in_series { self.gap_from } else { self.last_success });
        let pause = self.last_new.filter(|_| new > 0).map(|then| span(then, at));
        let rhythm = match (self.rhythm, pause) {
            (Some(rhythm), Some(pause)) => Some((rhythm * 3 + pause) / 4),
            (rhythm, pause) => rhythm.or(pause),
        };
        // An empty answer tells nothing of what was missed since the last one that was not.
        let window = if window.is_empty() { self.window.clone() } else { window };
        Left { window, rhythm, outrun, gap_from }
    }

    /// When it fell silent, where nothing new has come for much longer than its rhythm.
    fn silent_since(&self, at: Timestamp) -> Option<(Timestamp, Duration)> {
        let (since, rhythm) = self.last_new.zip(self.rhythm.filter(|_| self.news >= MIN_NEWS))?;
        (span(since, at) > SILENT_AT_LEAST.max(rhythm.saturating_mul(SILENT_TIMES))).then_some((since, rhythm))
    }

    /// The event that it has failed for long, where it has.
    fn failing(&self, feed: FeedId, at: Timestamp, message: &str, tell: &Tell) -> Option<HealthEvent<'_>> {
        let since = self.failing_since.unwrap_or(at);
        let long = self.health != Health::Gone && span(since, at) >= tell.policy.failing_for;
        long.then(|| self.event(feed, HealthState::Failing, since, vec![message.to_owned()]))
    }

    fn silent(&self, feed: FeedId, at: Timestamp, language: Language) -> Option<HealthEvent<'_>> {
        let (since, rhythm) = self.silent_since(at)?;
        Some(self.event(feed, HealthState::Silent, since, vec![alert::silent_line(rhythm, language)]))
    }

    fn event(&self, feed: FeedId, state: HealthState, since: Timestamp, lines: Vec<String>) -> HealthEvent<'_> {
        HealthEvent { feed, name: &self.name, address: &self.address, state, since, lines }
    }
}

fn span(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

/// A move for good, and the other feed that is read at the new address already.
pub(super) struct Moved {
    pub to: Url,
    pub other: Option<String>,
}

/// Writes the alerts that a poll gives rise to; how many. Each state is told once.
pub(super) fn tell(
    db: &Connection,
    record: &PollRecord,
    before: &Before,
    summary: PollSummary,
    gap_from: Option<Timestamp>,
    moved: Option<&Moved>,
    tell: &Tell,
) -> Result<u32> {
    let (feed, at, language) = (record.feed, record.at, tell.policy.language);
    let mut events = Vec::new();
    match &record.outcome {
        PollOutcome::Postponed { .. } => {}
        PollOutcome::Failed { gone: true, message, .. } if before.health != Health::Gone => {
            events.push(before.event(feed, HealthState::Gone, at, vec![message.clone()]));
        }
        PollOutcome::Failed { message, .. } => events.extend(before.failing(feed, at, message, tell)),
        PollOutcome::NotModified | PollOutcome::Read { .. } => {
            if let Some(since) = recovered(db, feed, before, summary)? {
                let lines = vec![alert::recovered_line(since, language)];
                events.push(before.event(feed, HealthState::Recovered, at, lines));
            }
            events.extend(before.silent(feed, at, language).filter(|_| summary.new == 0));
            if let Some(since) = gap_from {
                let lines = vec![alert::outrun_line(since, language)];
                events.push(before.event(feed, HealthState::Outrun, since, lines));
            }
            if let Some(Moved { to, other }) = moved {
                let lines = alert::moved_lines(to, other.as_deref(), language);
                events.push(before.event(feed, HealthState::Moved, at, lines));
            }
        }
    }
    tell_once(db, &events, at, tell)
}

/// Writes the alerts that are not written yet; how many.
fn tell_once(db: &Connection, events: &[HealthEvent], at: Timestamp, tell: &Tell) -> Result<u32> {
    let mut told = 0;
    for event in events {
        if !is_told(db, event.feed, event.state, event.since)? {
            told += u32::from(insert_alert(db, &alert::health(event, &tell.policy, at), &tell.receivers)?.is_some());
        }
    }
    Ok(told)
}

impl Store {
    /// Tells of feeds that have failed or been silent for long enough by now, though nobody asks them soon: a back-off may last a day. How many.
    pub fn tell_overdue(&self, now: Timestamp, tell: Tell) -> Result<u32> {
        let soon = now.saturating_add(ASKED_SOON).unwrap_or(now);
        let feeds: Vec<FeedId> = self.read(|db| {
            let sql = "SELECT id FROM feed WHERE NOT removed AND NOT paused AND next_check > ?2
                AND (health = 'failing' AND failing_since <= ?3
                    OR health = 'well' AND news >= ?4 AND last_new + max(?5, rhythm * ?6) < ?1)";
            let failing = now.checked_sub(tell.policy.failing_for).unwrap_or(Timestamp::MIN);
            let given = params![Ms(now), Ms(soon), Ms(failing), MIN_NEWS, Span(SILENT_AT_LEAST), SILENT_TIMES];
            let mut all = db.prepare_cached(sql)?;
            Ok(all.query_map(given, |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
        })?;
        if feeds.is_empty() { Ok(0) } else { self.write(move |db| overdue(db, &feeds, now, &tell)) }
    }
}

fn overdue(db: &Connection, feeds: &[FeedId], now: Timestamp, tell: &Tell) -> Result<u32> {
    let mut told = 0;
    for &feed in feeds {
        let Some(feed_now) = before(db, feed)? else { continue };
        let event = match feed_now.health {
            Health::Failing => feed_now.failing(feed, now, feed_now.error.as_deref().unwrap_or_default(), tell),
            _ => feed_now.silent(feed, now, tell.policy.language),
        };
        told += tell_once(db, event.as_slice(), now, tell)?;
    }
    Ok(told)
}

/// Since when a feed that is well now was in a state that was told.
fn recovered(db: &Connection, feed: FeedId, before: &Before, summary: PollSummary) -> Result<Option<Timestamp>> {
    if let Some(since) = before.failing_since {
        let told = before.health == Health::Gone || is_told(db, feed, HealthState::Failing, since)?;
        return Ok(told.then_some(since));
    }
    match before.last_new.filter(|_| summary.new > 0 && before.news >= MIN_NEWS) {
        Some(since) => Ok(is_told(db, feed, HealthState::Silent, since)?.then_some(since)),
        None => Ok(None),
    }
}

fn is_told(db: &Connection, feed: FeedId, state: HealthState, since: Timestamp) -> Result<bool> {
    let mut find = db.prepare_cached("SELECT EXISTS (SELECT 1 FROM alert WHERE fingerprint = ?1)")?;
    Ok(find.query_row([alert::health_fingerprint(feed, state, since)], |r| r.get(0))?)
}
