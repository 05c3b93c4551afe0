//! Deliveries as a user looks at them: which wait, which were given up, and another try.

use super::alerts::DeliveryState;
use super::value::{Json, Ms, Text, rows};
use super::{Result, Store};
use crate::alert::{Alert, AlertId, DeliveryId};
use jiff::Timestamp;
use rusqlite::{Row, params};

/// A delivery with what became of it.
#[derive(Clone, Debug)]
pub struct DeliveryEntry {
    pub id: DeliveryId,
    pub alert_id: AlertId,
    pub alert: Alert,
    pub receiver: String,
    pub state: DeliveryState,
    pub attempts: u32,
    /// When it is tried next, as long as it is due.
    pub next_at: Timestamp,
    pub sent: Option<Timestamp>,
    pub error: Option<String>,
}

/// Which deliveries; what is not set asks nothing, a limit of 0 asks for as many as there may be.
#[derive(Clone, Debug, Default)]
pub struct DeliveryFilter {
    pub state: Option<DeliveryState>,
    pub receiver: Option<String>,
    /// Of alerts made since.
    pub since: Option<Timestamp>,
    pub limit: u32,
}

impl Store {
    /// Newest first.
    pub fn deliveries(&self, filter: &DeliveryFilter) -> Result<Vec<DeliveryEntry>> {
        self.read(|db| {
            let sql = "SELECT d.id, d.alert, a.alert, d.receiver, d.state, d.attempts, d.next_at, d.sent, d.error
                FROM delivery d JOIN alert a ON a.id = d.alert
                WHERE (?1 IS NULL OR d.state = ?1) AND (?2 IS NULL OR d.receiver = ?2) AND (?3 IS NULL OR a.created >= ?3)
                ORDER BY d.id DESC LIMIT ?4";
            let mut all = db.prepare_cached(sql)?;
            let state = filter.state.map(DeliveryState::as_str);
            let found = all.query_map(params![state, filter.receiver, filter.since.map(Ms), rows(filter.limit)], entry)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Makes these deliveries due at once, with all their attempts before them: those that were refused or wait for their next attempt. Gives
    /// those that were.
    pub fn retry(&self, ids: &[DeliveryId], now: Timestamp) -> Result<Vec<DeliveryId>> {
        let ids = ids.to_vec();
        self.write(move |db| {
            let sql = "UPDATE delivery SET state = 'due', next_at = ?2, attempts = 0
                WHERE id IN (SELECT value FROM json_each(?1)) AND state IN ('refused', 'due') RETURNING id";
            let mut update = db.prepare_cached(sql)?;
            let found = update.query_map(params![Json(ids), Ms(now)], |r| r.get(0))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }
}

fn entry(r: &Row) -> rusqlite::Result<DeliveryEntry> {
    Ok(DeliveryEntry {
        id: r.get(0)?,
        alert_id: r.get(1)?,
        alert: r.get::<_, Json<_>>(2)?.0,
        receiver: r.get(3)?,
        state: r.get::<_, Text<_>>(4)?.0,
        attempts: r.get(5)?,
        next_at: r.get::<_, Ms>(6)?.0,
        sent: r.get::<_, Option<Ms>>(7)?.map(|Ms(t)| t),
        error: r.get(8)?,
    })
}
