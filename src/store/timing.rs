//! When feeds are due, changed for many at once: spread out after an absence, moved with the clock, brought forward while a story bursts.

use super::value::{Ms, Span};
use super::{Result, Store};
use crate::article::FeedId;
use jiff::{SignedDuration, Timestamp};
use rusqlite::params;
use std::time::Duration;

/// A story bursts when so many feeds have told it …
const BURST_FEEDS: u32 = 4;
/// … within this.
const BURST_WITHIN: SignedDuration = SignedDuration::from_hours(2);
/// What lies further ahead of the clock than this shows that the clock was put back.
const AHEAD: SignedDuration = SignedDuration::from_secs(60);

/// A time in which nobody could be asked.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Absence {
    pub since: Timestamp,
    /// `None`: it lasts.
    pub until: Option<Timestamp>,
    /// `offline`, `asleep`
    pub why: String,
}

impl Store {
    /// Spreads the feeds that are due evenly over the time from `now` on, in the order in which they were due: `each` for every feed, `most`
    /// for all. Feeds never asked before stay due. How many were put off.
    pub fn spread_due(&self, now: Timestamp, each: Duration, most: Duration) -> Result<usize> {
        self.write(move |db| {
            let sql = "SELECT id FROM feed WHERE NOT removed AND NOT paused AND next_check <= ?1 AND last_attempt IS NOT NULL
                ORDER BY next_check, id";
            let mut due = db.prepare_cached(sql)?;
            let due: Vec<FeedId> = due.query_map([Ms(now)], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
            let each = each.min(most / u32::try_from(due.len().max(1)).unwrap_or(u32::MAX));
            let mut put_off = db.prepare_cached("UPDATE feed SET next_check = ?2, reason = 'spread out' WHERE id = ?1")?;
            for (i, id) in (0u32..).zip(&due).skip(1) {
                let wait = SignedDuration::try_from(each.saturating_mul(i)).unwrap_or_default();
                put_off.execute(params![id, Ms(now.saturating_add(wait).unwrap_or(now))])?;
            }
            Ok(due.len().saturating_sub(1))
        })
    }

    /// The clock was set: what was to come in an hour still comes in an hour.
    pub fn move_with_clock(&self, step: SignedDuration) -> Result<()> {
        let step = i64::try_from(step.as_millis()).unwrap_or_default();
        self.write(move |db| {
            let sql = "UPDATE feed SET next_check = next_check + ?1, not_before = not_before + ?1
                WHERE NOT removed AND health <> 'gone'";
            db.prepare_cached(sql)?.execute([step])?;
            db.prepare_cached("UPDATE resting_host SET until = until + ?1")?.execute([step])?;
            db.prepare_cached("UPDATE page_retry SET due = due + ?1 WHERE due IS NOT NULL")?.execute([step])?;
            Ok(())
        })
    }

    /// At a start: a feed that was asked in the future was asked before the clock was put back. It is due after its interval.
    pub fn mend_times(&self, now: Timestamp) -> Result<usize> {
        self.write(move |db| {
            let ahead = now.saturating_add(AHEAD).unwrap_or(now);
            let sql = "UPDATE feed SET next_check = ?1 + every, not_before = NULL, last_attempt = ?1
                WHERE NOT removed AND health <> 'gone' AND last_attempt > ?2";
            Ok(db.prepare_cached(sql)?.execute(params![Ms(now), Ms(ahead)])?)
        })
    }

    /// Brings the feeds that tell a bursting story forward: due `pause` after they were asked last, but not before their server wants it.
    /// Feeds that fail or have a fixed interval stay as they are. How many were brought forward.
    pub fn hurry_bursting(&self, now: Timestamp, pause: Duration) -> Result<usize> {
        self.write(move |db| {
            let since = now.saturating_sub(BURST_WITHIN).unwrap_or(Timestamp::MIN);
            // Articles are numbered in the order in which they were seen: what is older than this is not looked at.
            let sql = "WITH
                old (id) AS (SELECT coalesce((SELECT id FROM article WHERE first_seen < ?2 ORDER BY id DESC LIMIT 1), 0)),
                recent AS (SELECT r.story, a.feed FROM article a JOIN reading r ON r.article = a.id
                    WHERE a.id > (SELECT id FROM old) AND NOT a.baseline),
                hot AS (SELECT story FROM recent GROUP BY story HAVING count(DISTINCT feed) >= ?4)
                UPDATE feed SET next_check = max(?1, last_attempt + ?3, coalesce(not_before, 0)), reason = 'a story bursts'
                WHERE id IN (SELECT feed FROM recent WHERE story IN (SELECT story FROM hot))
                AND NOT removed AND NOT paused AND health = 'well' AND json_extract(subscription, '$.every') IS NULL
                AND next_check > max(?1, last_attempt + ?3, coalesce(not_before, 0))";
            Ok(db.prepare_cached(sql)?.execute(params![Ms(now), Ms(since), Span(pause), BURST_FEEDS])?)
        })
    }

    /// Nobody can be asked from then on, until [`Store::end_absences`].
    pub fn begin_absence(&self, since: Timestamp, why: &'static str) -> Result<()> {
        self.write(move |db| {
            let sql = "INSERT OR IGNORE INTO absence (since, why) VALUES (?1, ?2)";
            db.prepare_cached(sql)?.execute(params![Ms(since), why])?;
            Ok(())
        })
    }

    pub fn end_absences(&self, until: Timestamp) -> Result<()> {
        self.write(move |db| {
            db.prepare_cached("UPDATE absence SET until = max(?1, since) WHERE until IS NULL")?.execute([Ms(until)])?;
            Ok(())
        })
    }

    /// Times in which nobody could be asked, as far as they reach beyond `since`; the oldest first.
    pub fn absences(&self, since: Timestamp) -> Result<Vec<Absence>> {
        self.read(|db| {
            let sql = "SELECT since, until, why FROM absence WHERE until IS NULL OR until > ?1 ORDER BY since DESC LIMIT ?2";
            let mut all = db.prepare_cached(sql)?;
            let rows = all.query_map(params![Ms(since), super::value::rows(0)], |r| {
                let until: Option<Ms> = r.get(1)?;
                Ok(Absence { since: r.get::<_, Ms>(0)?.0, until: until.map(|Ms(t)| t), why: r.get(2)? })
            })?;
            let mut rows: Vec<Absence> = rows.collect::<rusqlite::Result<_>>()?;
            rows.reverse();
            Ok(rows)
        })
    }
}
