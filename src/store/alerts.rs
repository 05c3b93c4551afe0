//! Alerts and their deliveries: the outbox and digests.

use super::value::{Json, Ms, Text, rows};
use super::{Result, Store};
use crate::alert::{Alert, AlertId, DeliveryId, Told};
use crate::ledger::LedgerId;
use crate::rule::Channel;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::HashMap;

/// One alert to one receiver.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub id: DeliveryId,
    pub alert_id: AlertId,
    pub alert: Alert,
    pub receiver: String,
    pub attempts: u32,
    /// Why it has waited.
    pub held: Option<Held>,
}

crate::text::claim::words! {
    /// What keeps a delivery back from a receiver that would take it.
    Held {
        /// Nobody is there: no session, or it is locked or idle.
        Away = "away",
        /// Within a mute time.
        Muted = "muted",
        /// Its popup went away with nobody there.
        Unseen = "unseen",
        /// Waits for others of its group, or until its group may be told again.
        Grouped = "grouped",
    }
}

crate::text::claim::words! {
    DeliveryState {
        Due = "due", Sent = "sent", Refused = "refused",
        /// Told within another delivery: a digest or a summary.
        Joined = "joined",
        /// Muted, or called wrong, before it was sent.
        Silenced = "silenced",
    }
}

/// What is written of an attempt to deliver.
#[derive(Clone, Debug)]
pub enum DeliveryResult {
    Sent,
    Retry { at: Timestamp, counts: bool, reason: String },
    Refused { reason: String },
}

/// A delivery as a list shows it: receiver, state, attempts, last error, when sent.
pub type DeliveryRow = (DeliveryId, String, DeliveryState, u32, Option<String>, Option<Timestamp>);

/// An alert with what became of it.
#[derive(Clone, Debug)]
pub struct AlertRow {
    pub id: AlertId,
    pub alert: Alert,
    pub deliveries: Vec<DeliveryRow>,
    /// The digest that holds it.
    pub digest: Option<AlertId>,
    /// When the user said that it is wrong.
    pub wrong: Option<Timestamp>,
}

/// Which alerts; what is not set asks nothing, a limit of 0 asks for as many as there may be.
#[derive(Clone, Debug, Default)]
pub struct AlertFilter {
    pub channel: Option<Channel>,
    pub rule: Option<String>,
    pub since: Option<Timestamp>,
    /// Only those after this one, oldest first: for following.
    pub after: Option<AlertId>,
    pub limit: u32,
}

pub(super) const ROW: &str = "SELECT id, alert, digest, wrong FROM alert";
pub(super) const DELIVERY: &str =
    "SELECT d.id, d.alert, a.alert, d.receiver, d.attempts, d.held FROM delivery d JOIN alert a ON a.id = d.alert";

/// Writes an alert, what it told and its deliveries; `None` where its fingerprint is known.
pub(super) fn insert_alert(db: &Connection, alert: &Alert, receivers: &[String]) -> Result<Option<AlertId>> {
    let sql = "INSERT INTO alert (fingerprint, channel, rule, created, alert) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (fingerprint) DO NOTHING";
    let given = params![alert.fingerprint, alert.channel.as_str(), alert.rule, Ms(alert.created), Json(alert)];
    if db.prepare_cached(sql)?.execute(given)? == 0 {
        return Ok(None);
    }
    let id = AlertId(db.last_insert_rowid());
    let mut names = db.prepare_cached("INSERT OR IGNORE INTO alert_line (line, alert) VALUES (?1, ?2)")?;
    for line in lines_of(alert) {
        names.execute(params![line, id])?;
    }
    tell(db, alert)?;
    let mut deliver = db.prepare_cached("INSERT OR IGNORE INTO delivery (alert, receiver, next_at) VALUES (?1, ?2, ?3)")?;
    for receiver in receivers {
        deliver.execute(params![id, receiver, Ms(alert.created)])?;
    }
    Ok(Some(id))
}

/// Writes what the rule has told now of the lines of its alert.
fn tell(db: &Connection, alert: &Alert) -> Result<()> {
    let mut find = db.prepare_cached("SELECT told FROM told WHERE rule = ?1 AND line = ?2")?;
    let mut before = HashMap::new();
    for (line, _) in &alert.lines_told {
        let told = find.query_row(params![alert.rule, line], |r| r.get::<_, Option<Json<Told>>>(0)).optional()?.flatten();
        before.extend(told.map(|Json(told)| (*line, told)));
    }
    let sql = "INSERT INTO told (rule, line, revision, told) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (line, rule) DO UPDATE SET revision = ?3, told = ?4";
    for (line, told) in alert.told(|line| before.get(&line).copied()) {
        db.prepare_cached(sql)?.execute(params![alert.rule, line, told.revision, Json(&told)])?;
    }
    Ok(())
}

/// The lines that an alert is about.
pub(super) fn lines_of(alert: &Alert) -> impl Iterator<Item = LedgerId> {
    alert.line.into_iter().chain(alert.lines_told.iter().map(|(line, _)| *line))
}

impl Store {
    /// One alert with its deliveries; `None` where its fingerprint is known.
    pub fn add_alert(&self, alert: Alert, receivers: &[String]) -> Result<Option<AlertId>> {
        let receivers = receivers.to_vec();
        self.write(move |db| insert_alert(db, &alert, &receivers))
    }

    /// Newest first, unless only those after one are asked for.
    pub fn alerts(&self, filter: &AlertFilter) -> Result<Vec<AlertRow>> {
        let order = if filter.after.is_some() { "id" } else { "id DESC" };
        let sql = format!(
            "{ROW} WHERE (?1 IS NULL OR channel = ?1) AND (?2 IS NULL OR rule = ?2) AND (?3 IS NULL OR created >= ?3)
            AND (?4 IS NULL OR id > ?4) ORDER BY {order} LIMIT ?5"
        );
        let channel = filter.channel.map(Channel::as_str);
        let given = params![channel, filter.rule, filter.since.map(Ms), filter.after, rows(filter.limit)];
        self.read(|db| alert_rows(db, &sql, given))
    }

    pub fn alert(&self, id: AlertId) -> Result<Option<AlertRow>> {
        self.read(|db| Ok(alert_rows(db, &format!("{ROW} WHERE id = ?1"), params![id])?.pop()))
    }

    /// Sent alerts about these lines: those whose popup may be brought up to date. Oldest first.
    pub fn alerts_of(&self, lines: &[LedgerId]) -> Result<Vec<AlertRow>> {
        let sql = format!(
            "{ROW} WHERE id IN (SELECT alert FROM alert_line WHERE line IN (SELECT value FROM json_each(?1)))
            AND EXISTS (SELECT 1 FROM delivery d WHERE d.alert = alert.id AND d.state = 'sent') ORDER BY id LIMIT ?2"
        );
        self.read(|db| alert_rows(db, &sql, params![Json(lines), rows(0)]))
    }

    /// Deliveries whose time has come, longest due first.
    pub fn due_deliveries(&self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>> {
        let sql = format!("{DELIVERY} WHERE d.state = 'due' AND d.next_at <= ?1 ORDER BY d.next_at, d.id LIMIT ?2");
        self.read(|db| deliveries(db, &sql, params![Ms(now), limit]))
    }

    /// When the next delivery is due; `None` where nothing is to be delivered.
    pub fn next_delivery(&self) -> Result<Option<Timestamp>> {
        self.first_time("SELECT min(next_at) FROM delivery WHERE state = 'due'")
    }

    /// Writes how an attempt ended. What is sent or refused stays so.
    pub fn record_delivery(&self, id: DeliveryId, result: &DeliveryResult, now: Timestamp) -> Result<()> {
        let result = result.clone();
        self.write(move |db| {
            let (state, next, counts, reason) = match &result {
                DeliveryResult::Sent => (DeliveryState::Sent, None, true, None),
                DeliveryResult::Retry { at, counts, reason } => (DeliveryState::Due, Some(*at), *counts, Some(reason)),
                DeliveryResult::Refused { reason } => (DeliveryState::Refused, None, true, Some(reason)),
            };
            let sent = matches!(result, DeliveryResult::Sent).then_some(Ms(now));
            let sql = "UPDATE delivery SET state = ?2, next_at = coalesce(?3, next_at), attempts = attempts + ?4, error = ?5,
                sent = ?6 WHERE id = ?1 AND state = 'due'";
            db.prepare_cached(sql)?.execute(params![id, state.as_str(), next.map(Ms), counts, reason, sent])?;
            Ok(())
        })
    }

    /// A delivery with the alert that it carries, whatever became of it.
    pub fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>> {
        self.read(|db| Ok(deliveries(db, &format!("{DELIVERY} WHERE d.id = ?1"), params![id])?.pop()))
    }

    /// Digest alerts that no digest holds yet, oldest first. Those that the user called wrong are left out.
    pub fn undigested(&self) -> Result<Vec<(AlertId, Alert)>> {
        self.read(|db| {
            let sql = "SELECT id, alert FROM alert WHERE channel = 'digest' AND digest IS NULL AND wrong IS NULL
                ORDER BY id LIMIT ?1";
            let mut all = db.prepare_cached(sql)?;
            let found = all.query_map([rows(0)], |r| Ok((r.get(0)?, r.get::<_, Json<_>>(1)?.0)))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Writes a digest and marks what it holds, in one commit. What another digest holds already stays there.
    pub fn close_digest(&self, held: &[AlertId], digest: Alert, receivers: &[String]) -> Result<()> {
        let (held, receivers) = (held.to_vec(), receivers.to_vec());
        self.write(move |db| {
            let Some(id) = insert_alert(db, &digest, &receivers)? else { return Ok(()) };
            let mut mark = db.prepare_cached("UPDATE alert SET digest = ?2 WHERE id = ?1 AND digest IS NULL")?;
            // A digest is in no other digest: it holds itself.
            for alert in held.into_iter().chain([id]) {
                mark.execute([alert, id])?;
            }
            Ok(())
        })
    }
}

pub(super) fn find(db: &Connection, id: AlertId) -> Result<Option<Json<Alert>>> {
    Ok(db.prepare_cached("SELECT alert FROM alert WHERE id = ?1")?.query_row([id], |r| r.get(0)).optional()?)
}

pub(super) fn deliveries(db: &Connection, sql: &str, given: impl rusqlite::Params) -> Result<Vec<Delivery>> {
    let mut all = db.prepare_cached(sql)?;
    let found = all.query_map(given, |r| {
        Ok(Delivery {
            id: r.get(0)?,
            alert_id: r.get(1)?,
            alert: r.get::<_, Json<_>>(2)?.0,
            receiver: r.get(3)?,
            attempts: r.get(4)?,
            held: r.get::<_, Option<Text<_>>>(5)?.map(|Text(held)| held),
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn alert_rows(db: &Connection, sql: &str, given: impl rusqlite::Params) -> Result<Vec<AlertRow>> {
    let mut all = db.prepare_cached(sql)?;
    let found = all.query_map(given, |r| alert_row(db, r))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn alert_row(db: &Connection, r: &Row) -> rusqlite::Result<AlertRow> {
    let id = r.get(0)?;
    let sql = "SELECT id, receiver, state, attempts, error, sent FROM delivery WHERE alert = ?1 ORDER BY id";
    let mut all = db.prepare_cached(sql)?;
    let deliveries = all.query_map([id], |r| {
        let sent: Option<Ms> = r.get(5)?;
        Ok((r.get(0)?, r.get(1)?, r.get::<_, Text<_>>(2)?.0, r.get(3)?, r.get(4)?, sent.map(|Ms(t)| t)))
    })?;
    Ok(AlertRow {
        id,
        alert: r.get::<_, Json<_>>(1)?.0,
        deliveries: deliveries.collect::<rusqlite::Result<_>>()?,
        digest: r.get(2)?,
        wrong: r.get::<_, Option<Ms>>(3)?.map(|Ms(t)| t),
    })
}
