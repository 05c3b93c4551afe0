//! The outbox as the deliverer works with it: a queue for each receiver, what is held back in it, what is joined into one message, and the
//! receivers that take nothing.

use super::alerts::{DELIVERY, Delivery, DeliveryState, Held, deliveries, insert_alert};
use super::value::{Json, Ms, rows};
use super::{Result, Store};
use crate::alert::{Alert, AlertId, DeliveryId};
use crate::article::StoryId;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

/// Something that a receiver was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    pub sent: Timestamp,
    pub rule: String,
    pub story: Option<StoryId>,
    /// A popup of its own, and no digest.
    pub own: bool,
}

impl Store {
    /// Receivers with something to be delivered, in the order of their oldest.
    pub fn receivers_due(&self, now: Timestamp) -> Result<Vec<String>> {
        self.read(|db| {
            let sql = "SELECT receiver FROM delivery WHERE state = 'due' AND next_at <= ?1 GROUP BY receiver ORDER BY min(id)";
            let mut all = db.prepare_cached(sql)?;
            let found = all.query_map(params![Ms(now)], |r| r.get(0))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// What is to be delivered to one receiver, oldest first: one that takes nothing keeps nobody else waiting.
    pub fn due_for(&self, receiver: &str, now: Timestamp, limit: u32) -> Result<Vec<Delivery>> {
        let sql = format!("{DELIVERY} WHERE d.state = 'due' AND d.receiver = ?1 AND d.next_at <= ?2 ORDER BY d.id LIMIT ?3");
        self.read(|db| deliveries(db, &sql, params![receiver, Ms(now), rows(limit)]))
    }

    /// What waits at a receiver for its next attempt, or for one that does, and until when; oldest first.
    pub fn waiting_of(&self, receiver: &str, now: Timestamp, limit: u32) -> Result<Vec<(Delivery, Timestamp)>> {
        let which = "d.state = 'due' AND d.receiver = ?1 AND d.next_at > ?2 AND d.held IS NULL";
        let sql = format!("{DELIVERY} WHERE {which} ORDER BY d.id LIMIT ?3");
        let times = format!("SELECT d.next_at FROM delivery d WHERE {which} ORDER BY d.id LIMIT ?3");
        self.read(|db| {
            let (now, limit) = (Ms(now), rows(limit));
            let found = deliveries(db, &sql, params![receiver, now, limit])?;
            let mut times = db.prepare_cached(&times)?;
            let times = times.query_map(params![receiver, now, limit], |r| Ok(r.get::<_, Ms>(0)?.0))?;
            Ok(found.into_iter().zip(times.collect::<rusqlite::Result<Vec<_>>>()?).collect())
        })
    }

    /// Lets a delivery wait for another one that comes before it.
    pub fn put_off(&self, id: DeliveryId, until: Timestamp) -> Result<()> {
        self.write(move |db| {
            db.prepare_cached("UPDATE delivery SET next_at = ?2 WHERE id = ?1 AND state = 'due'")?
                .execute(params![id, Ms(until)])?;
            Ok(())
        })
    }

    /// A delivery is told within a newer one, which takes its place.
    pub fn overtake(&self, id: DeliveryId, into: DeliveryId) -> Result<()> {
        self.write(move |db| {
            let sql = "UPDATE delivery SET state = ?3, joined = ?2 WHERE id = ?1 AND state = 'due'";
            db.prepare_cached(sql)?.execute(params![id, into, DeliveryState::Joined.as_str()])?;
            Ok(())
        })
    }

    /// Keeps deliveries back until then, and remembers why.
    pub fn hold(&self, ids: &[DeliveryId], until: Timestamp, held: Held) -> Result<()> {
        let ids = ids.to_vec();
        self.write(move |db| {
            let sql =
                "UPDATE delivery SET next_at = ?2, held = ?3 WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'due'";
            db.prepare_cached(sql)?.execute(params![Json(ids), Ms(until), held.as_str()])?;
            Ok(())
        })
    }

    /// Somebody is there again: what waited for that is due, and so is what went away unseen since `absent`. Says how many.
    pub fn release(&self, receiver: &str, absent: Timestamp, now: Timestamp) -> Result<usize> {
        let receiver = receiver.to_owned();
        self.write(move |db| {
            let waited = "UPDATE delivery SET next_at = ?2 WHERE state = 'due' AND receiver = ?1 AND held = 'away'";
            let waited = db.prepare_cached(waited)?.execute(params![receiver, Ms(now)])?;
            let unseen = "UPDATE delivery SET state = 'due', next_at = ?3, held = 'unseen', expired = NULL
                WHERE state = 'sent' AND receiver = ?1 AND sent >= ?2 AND expired IS NOT NULL";
            Ok(waited + db.prepare_cached(unseen)?.execute(params![receiver, Ms(absent), Ms(now)])?)
        })
    }

    /// A popup went away by itself.
    pub fn expired(&self, id: DeliveryId, now: Timestamp) -> Result<()> {
        self.write(move |db| {
            let sql = "UPDATE delivery SET expired = ?2 WHERE id = ?1 AND state = 'sent'";
            db.prepare_cached(sql)?.execute(params![id, Ms(now)])?;
            Ok(())
        })
    }

    /// Deliveries that are not to be sent any more.
    pub fn silence(&self, ids: &[DeliveryId]) -> Result<()> {
        let ids = ids.to_vec();
        self.write(move |db| {
            let sql = "UPDATE delivery SET state = ?2 WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'due'";
            db.prepare_cached(sql)?.execute(params![Json(ids), DeliveryState::Silenced.as_str()])?;
            Ok(())
        })
    }

    /// Tells deliveries of one receiver in one message: `summary`, which takes the place of the message `into` where that is given. One
    /// commit. Those sent in the meantime stay so.
    pub fn join(&self, ids: &[DeliveryId], summary: Alert, receiver: &str, into: Option<DeliveryId>) -> Result<()> {
        let (ids, receiver) = (ids.to_vec(), receiver.to_owned());
        self.write(move |db| {
            let Some(delivery) = put_summary(db, &summary, &receiver, into)? else { return Ok(()) };
            let sql =
                "UPDATE delivery SET state = ?2, joined = ?3 WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'due'";
            db.prepare_cached(sql)?.execute(params![Json(ids), DeliveryState::Joined.as_str(), delivery])?;
            Ok(())
        })
    }

    /// The alerts that a message has told in their place, oldest first.
    pub fn joined(&self, into: DeliveryId) -> Result<Vec<Alert>> {
        self.read(|db| {
            let sql = "SELECT a.alert FROM delivery d JOIN alert a ON a.id = d.alert WHERE d.joined = ?1 ORDER BY d.id LIMIT ?2";
            let mut all = db.prepare_cached(sql)?;
            let found = all.query_map(params![into, rows(0)], |r| Ok(r.get::<_, Json<_>>(0)?.0))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The message that told a delivery in its place.
    pub fn joined_into(&self, id: DeliveryId) -> Result<Option<DeliveryId>> {
        self.read(|db| {
            let mut find = db.prepare_cached("SELECT joined FROM delivery WHERE id = ?1 AND joined IS NOT NULL")?;
            Ok(find.query_row([id], |r| r.get(0)).optional()?)
        })
    }

    /// The latest message of `rule` to a receiver that was made since then.
    pub fn latest_of(&self, rule: &str, receiver: &str, since: Timestamp) -> Result<Option<DeliveryId>> {
        self.read(|db| {
            let sql = "SELECT d.id FROM delivery d JOIN alert a ON a.id = d.alert
                WHERE a.rule = ?1 AND d.receiver = ?2 AND a.created >= ?3 AND d.state IN ('due', 'sent') ORDER BY d.id DESC LIMIT 1";
            Ok(db.prepare_cached(sql)?.query_row(params![rule, receiver, Ms(since)], |r| r.get(0)).optional()?)
        })
    }

    /// What a receiver was told since then, by itself or within another message.
    pub fn told_since(&self, receiver: &str, since: Timestamp) -> Result<Vec<Past>> {
        self.read(|db| {
            let sql = "SELECT d.sent, a.rule, json_extract(a.alert, '$.story'), a.rule = 'group'
                    OR json_extract(a.alert, '$.kind') NOT IN ('summary', 'health', 'test')
                FROM delivery d JOIN alert a ON a.id = d.alert
                WHERE d.state = 'sent' AND d.receiver = ?1 AND d.sent >= ?2 AND a.channel = 'popup'
                UNION ALL
                SELECT m.sent, a.rule, json_extract(a.alert, '$.story'), 0
                FROM delivery m JOIN delivery d ON d.joined = m.id JOIN alert a ON a.id = d.alert
                WHERE m.state = 'sent' AND m.receiver = ?1 AND m.sent >= ?2
                ORDER BY 1 LIMIT ?3";
            let mut all = db.prepare_cached(sql)?;
            let found = all.query_map(params![receiver, Ms(since), rows(0)], |r| {
                Ok(Past { sent: r.get::<_, Ms>(0)?.0, rule: r.get(1)?, story: r.get(2)?, own: r.get(3)? })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Of these alerts those that the user has called wrong.
    pub fn called_wrong(&self, alerts: &[AlertId]) -> Result<Vec<AlertId>> {
        self.read(|db| {
            let sql = "SELECT id FROM alert WHERE id IN (SELECT value FROM json_each(?1)) AND wrong IS NOT NULL";
            let found = db.prepare_cached(sql)?.query_map([Json(alerts)], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
            Ok(found)
        })
    }

    /// Every delivery that waits for its next attempt is due: after the clock was set, or by the user's wish.
    pub fn hurry(&self, now: Timestamp) -> Result<usize> {
        self.write(move |db| {
            let sql = "UPDATE delivery SET next_at = ?1 WHERE state = 'due' AND held IS NOT 'away' AND next_at > ?1";
            Ok(db.prepare_cached(sql)?.execute([Ms(now)])?)
        })
    }

    /// What waits for the end of a mute time or for its group is planned anew: the configuration may be another one.
    pub fn reconsider(&self, now: Timestamp) -> Result<usize> {
        self.write(move |db| {
            let sql = "UPDATE delivery SET next_at = ?1 WHERE state = 'due' AND held IN ('muted', 'grouped') AND next_at > ?1";
            Ok(db.prepare_cached(sql)?.execute([Ms(now)])?)
        })
    }

    /// A receiver did not take a delivery. Gives the first failure of the row, and how many there were.
    pub fn failing(&self, receiver: &str, error: &str, now: Timestamp) -> Result<(Timestamp, u32)> {
        let (receiver, error) = (receiver.to_owned(), error.to_owned());
        self.write(move |db| {
            let sql = "INSERT INTO outage (receiver, since, failures, error) VALUES (?1, ?2, 1, ?3)
                ON CONFLICT (receiver) DO UPDATE SET failures = failures + 1, error = ?3 RETURNING since, failures";
            let mut note = db.prepare_cached(sql)?;
            Ok(note.query_row(params![receiver, Ms(now), error], |r| Ok((r.get::<_, Ms>(0)?.0, r.get(1)?)))?)
        })
    }

    /// A receiver takes deliveries again.
    pub fn working(&self, receiver: &str) -> Result<()> {
        let known = self.read(|db| Ok(db.prepare_cached("SELECT 1 FROM outage WHERE receiver = ?1")?.exists([receiver])?))?;
        let receiver = receiver.to_owned();
        if !known {
            return Ok(());
        }
        self.write(move |db| {
            db.prepare_cached("DELETE FROM outage WHERE receiver = ?1")?.execute([receiver])?;
            Ok(())
        })
    }
}

/// Writes the message that others are joined into; `None` where it is known already.
fn put_summary(db: &Connection, summary: &Alert, receiver: &str, into: Option<DeliveryId>) -> Result<Option<DeliveryId>> {
    if let Some(id) = into {
        let sql = "UPDATE alert SET alert = json_set(?2, '$.fingerprint', fingerprint) WHERE id = (SELECT alert FROM delivery WHERE id = ?1)";
        db.prepare_cached(sql)?.execute(params![id, Json(summary)])?;
        let sql = "UPDATE delivery SET state = 'due', next_at = ?2, attempts = 0, held = NULL WHERE id = ?1";
        db.prepare_cached(sql)?.execute(params![id, Ms(summary.created)])?;
        return Ok(Some(id));
    }
    let Some(alert) = insert_alert(db, summary, &[receiver.to_owned()])? else { return Ok(None) };
    // It is a digest itself, and in no other one.
    db.prepare_cached("UPDATE alert SET digest = id WHERE id = ?1")?.execute([alert])?;
    let sql = "SELECT id FROM delivery WHERE alert = ?1 AND receiver = ?2";
    Ok(db.prepare_cached(sql)?.query_row(params![alert, receiver], |r| r.get(0)).optional()?)
}
