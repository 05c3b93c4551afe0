//! The service's own state: its signs of life, what waits in short, and receivers that take nothing.

use super::value::Ms;
use super::{Result, Store};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The note that holds the last sign of life.
const BEAT: &str = "service.beat";

/// A sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    pub at: Timestamp,
    /// What the machine's clock that stands still in sleep showed ([`crate::clock::Pulse`]).
    pub awake: Duration,
}

/// What `systemctl status` says in one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Brief {
    pub feeds: u64,
    pub failing: u64,
    pub pending: u64,
    pub oldest_pending: Option<Timestamp>,
    /// Deliveries that wait for anything.
    pub due: u64,
    /// When the one whose time came first should have gone out.
    pub oldest_due: Option<Timestamp>,
}

/// A receiver that takes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outage {
    pub receiver: String,
    pub since: Timestamp,
    pub failures: u32,
    pub error: String,
}

impl Store {
    /// Where the database lies.
    pub fn directory(&self) -> Option<PathBuf> {
        self.readers.path().parent().map(Path::to_owned)
    }

    /// Writes a sign of life.
    pub fn set_beat(&self, beat: Beat) -> Result<()> {
        // Two numbers can always be written as JSON.
        self.set_note(BEAT, &serde_json::to_string(&beat).unwrap_or_default())
    }

    /// The last sign of life; `None` where there was none.
    pub fn beat(&self) -> Result<Option<Beat>> {
        Ok(self.note(BEAT)?.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// What waits, in a handful of index look-ups.
    pub fn brief(&self, now: Timestamp) -> Result<Brief> {
        const SQL: &str = "SELECT
            (SELECT count(*) FROM feed WHERE NOT removed AND NOT paused),
            (SELECT count(*) FROM feed WHERE NOT removed AND NOT paused AND health = 'failing'),
            (SELECT count(*) FROM pending),
            (SELECT coalesce(e.at, a.first_seen) FROM article a LEFT JOIN edit e ON e.article = a.id
                WHERE a.id = (SELECT min(article) FROM pending)),
            (SELECT count(*) FROM delivery WHERE state = 'due'),
            (SELECT min(next_at) FROM delivery WHERE state = 'due' AND next_at <= ?1)";
        self.read(|db| Ok(db.prepare_cached(SQL)?.query_row([Ms(now)], brief).optional()?.unwrap_or_default()))
    }

    /// Receivers that have refused or failed since they last took something.
    pub fn outages(&self) -> Result<Vec<Outage>> {
        self.read(|db| {
            let mut all = db.prepare_cached("SELECT receiver, since, failures, error FROM outage ORDER BY since, receiver")?;
            let found = all.query_map([], |r| {
                Ok(Outage { receiver: r.get(0)?, since: r.get::<_, Ms>(1)?.0, failures: r.get(2)?, error: r.get(3)? })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The outage of a receiver; `None` where it took what it was sent last.
    pub fn outage(&self, receiver: &str) -> Result<Option<Outage>> {
        Ok(self.outages()?.into_iter().find(|outage| outage.receiver == receiver))
    }
}

fn brief(r: &Row) -> rusqlite::Result<Brief> {
    let count = |column| r.get::<_, i64>(column).map(i64::unsigned_abs);
    let time = |column| r.get::<_, Option<Ms>>(column).map(|t| t.map(|Ms(t)| t));
    Ok(Brief {
        feeds: count(0)?,
        failing: count(1)?,
        pending: count(2)?,
        oldest_pending: time(3)?,
        due: count(4)?,
        oldest_due: time(5)?,
    })
}
