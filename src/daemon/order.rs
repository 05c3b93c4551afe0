//! The order of what a receiver hears about one claim: what was said last is heard last, whatever had to be tried again.

use super::Parts;
use crate::alert::flow::is_urgent;
use crate::alert::{Alert, DeliveryId};
use crate::store::{self, Delivery};
use jiff::Timestamp;
use std::collections::HashMap;

/// Deliveries that wait for their next attempt and are looked at, at most.
const LIMIT: u32 = 1000;

/// Of what is due that which may go out now. What comes after one that waits for its next attempt waits with it; for people, what something
/// newer takes the place of is told within that.
pub(super) fn keep(
    parts: &Parts,
    receiver: &str,
    people: bool,
    due: Vec<Delivery>,
    now: Timestamp,
) -> store::Result<Vec<Delivery>> {
    let due = if people { without_outdated(parts, receiver, due)? } else { due };
    let waiting = parts.store.waiting_of(receiver, now, LIMIT)?;
    let mut held: HashMap<DeliveryId, Timestamp> = HashMap::new();
    for delivery in &due {
        let before = waiting.iter().filter(|(older, _)| older.id < delivery.id && is_before(older, delivery, people));
        let before = before.map(|(_, until)| *until);
        // What is held holds what comes after it.
        let chain = due.iter().filter(|d| d.id < delivery.id && shares_line(&d.alert, &delivery.alert));
        let until = before.chain(chain.filter_map(|d| held.get(&d.id).copied())).max();
        held.extend(until.map(|until| (delivery.id, until)));
    }
    for (id, until) in &held {
        parts.store.put_off(*id, *until)?;
    }
    Ok(due.into_iter().filter(|delivery| !held.contains_key(&delivery.id)).collect())
}

/// Must the older one be heard first? People need not hear at all what the later one takes the place of.
fn is_before(older: &Delivery, later: &Delivery, people: bool) -> bool {
    shares_line(&older.alert, &later.alert) && !(people && takes_place(&later.alert, &older.alert))
}

/// Joins what something newer of its rule, told or about to be, takes the place of into that.
fn without_outdated(parts: &Parts, receiver: &str, due: Vec<Delivery>) -> store::Result<Vec<Delivery>> {
    let lines: Vec<_> = due.iter().flat_map(|delivery| delivery.alert.lines_told.iter().map(|(line, _)| *line)).collect();
    if lines.is_empty() {
        return Ok(due);
    }
    let mut newer: Vec<(DeliveryId, Alert)> = due.iter().map(|delivery| (delivery.id, delivery.alert.clone())).collect();
    for row in parts.store.alerts_of(&lines)? {
        let sent = row.deliveries.iter().filter(|(_, name, state, ..)| name == receiver && *state == store::DeliveryState::Sent);
        newer.extend(sent.map(|(id, ..)| (*id, row.alert.clone())));
    }
    let mut left = Vec::new();
    for delivery in due {
        let over =
            newer.iter().filter(|(id, alert)| *id > delivery.id && takes_place(alert, &delivery.alert)).map(|(id, _)| *id).max();
        match over {
            Some(into) => parts.store.overtake(delivery.id, into)?,
            None => left.push(delivery),
        }
    }
    Ok(left)
}

/// Do these tell of one line?
pub(super) fn shares_line(a: &Alert, b: &Alert) -> bool {
    a.lines_told.iter().any(|(line, _)| b.lines_told.iter().any(|(other, _)| line == other))
}

/// Does it say anew, as moved on, all that the older one of its rule tells?
fn takes_place(newer: &Alert, older: &Alert) -> bool {
    let again = |line| newer.lines_told.iter().any(|(told, _)| *told == line);
    is_urgent(newer.kind)
        && newer.rule == older.rule
        && !older.lines_told.is_empty()
        && older.lines_told.iter().all(|(line, _)| again(*line))
}
