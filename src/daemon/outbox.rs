//! What becomes of all that waits for one receiver: the plan of `alert::flow`, carried out in the store.

use super::{Parts, order, outage};
use crate::alert::flow::{self, Plan, Waiting};
use crate::alert::{self, Alert, AlertId, DeliveryId};
use crate::ledger::LedgerId;
use crate::notify::Origin;
use crate::rule::{Group, Manner, Rule};
use crate::store::{self, AlertRow, Delivery, DeliveryState, Held, Store};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

/// Deliveries of one receiver that are planned together.
const BATCH: u32 = 1000;
/// A summary of what was too much is refreshed for this long, then there is a new one.
const SUMMARY: SignedDuration = SignedDuration::from_hours(1);
/// The names of messages that hold several, in the place of a rule's.
const SUMMARY_NAME: &str = "summary";
const DIGEST_NAME: &str = "digest";
const GROUP_NAME: &str = "group";

/// A delivery that goes out now, and how its rule wants it told.
pub(super) struct Outgoing {
    pub delivery: Delivery,
    pub manner: Manner,
}

/// What the keys of this database's deliveries begin with.
pub(super) fn origin(store: &Store) -> store::Result<Origin> {
    let since = store.note("origin.since")?.and_then(|since| since.parse().ok()).unwrap_or_default();
    Ok(Origin { name: store.note("origin.name")?.unwrap_or_default(), since })
}

/// Plans what waits for a receiver, writes down what is held back or joined, and gives what is to be sent, in order.
pub(super) fn plan(parts: &Parts, receiver: &str, away: bool, now: Timestamp) -> store::Result<Vec<Outgoing>> {
    let due = parts.store.due_for(receiver, now, BATCH)?;
    let rules = parts.watch.now();
    let rules = &rules.policy.rules;
    let Some(traits) = parts.notifier.receivers().iter().find(|r| r.name == receiver) else {
        // Who is not in the configuration any more refuses by himself.
        return Ok(due.into_iter().map(|delivery| Outgoing { manner: Manner::default(), delivery }).collect());
    };
    let due = order::keep(parts, receiver, traits.flow.for_people, due, now)?;
    let waiting = waiting(parts, &due, rules, now)?;
    let past = if traits.flow.for_people { past(parts, receiver, rules, now)? } else { flow::Past::default() };
    let plan = flow::plan(&waiting, &past, &traits.flow, away && traits.is_desktop(), now);
    let mut due: HashMap<DeliveryId, Delivery> = due.into_iter().map(|d| (d.id, d)).collect();
    hold(parts, &plan)?;
    join(parts, receiver, &plan, &due, now)?;
    let manner = |d: &Delivery| manner(rules, &d.alert.rule);
    let out = plan.send.iter().filter_map(|id| due.remove(id));
    Ok(out.map(|delivery| Outgoing { manner: manner(&delivery), delivery }).collect())
}

fn waiting(parts: &Parts, due: &[Delivery], rules: &[Rule], now: Timestamp) -> store::Result<Vec<Waiting>> {
    let (lines, stories) = parts.store.muted(now)?;
    let wrong = parts.store.called_wrong(&due.iter().map(|d| d.alert_id).collect::<Vec<_>>())?;
    let one = |delivery: &Delivery| {
        let alert = &delivery.alert;
        let wrong = wrong.contains(&delivery.alert_id);
        let line =
            alert.line.is_some_and(|line| lines.contains(&line)) || alert.lines_told.iter().any(|(l, _)| lines.contains(l));
        Waiting {
            id: delivery.id,
            kind: alert.kind,
            // What was called wrong is not told even where it corrects something.
            takes_back: alert.takes_back() && !wrong,
            manner: manner(rules, &alert.rule),
            group: group(rules, &alert.rule, alert.story.map(|story| story.0)),
            created: alert.created,
            in_place: alert.held == Some(alert::Held::Toll),
            held: matches!(delivery.held, Some(Held::Away | Held::Muted | Held::Unseen)),
            muted: wrong || line || alert.story.is_some_and(|story| stories.contains(&story)),
        }
    };
    Ok(due.iter().map(one).collect())
}

/// What a receiver was told of a line that this alert moves on: the alert takes its place, if that told of nothing else. The oldest first.
pub(super) fn replaced(parts: &Parts, receiver: &str, id: AlertId, alert: &Alert) -> store::Result<Vec<DeliveryId>> {
    let Some(line) = alert.line.filter(|_| flow::is_urgent(alert.kind)) else { return Ok(Vec::new()) };
    let told = |line: &LedgerId| alert.lines_told.iter().any(|(told, _)| told == line);
    let older = |row: &AlertRow| {
        row.id < id
            && row.alert.rule == alert.rule
            && row.alert.line == Some(line)
            && row.alert.lines_told.iter().all(|(l, _)| told(l))
    };
    let rows = parts.store.alerts_of(&[line])?;
    let sent = rows.iter().filter(|row| older(row)).flat_map(|row| &row.deliveries);
    Ok(sent.filter(|(_, name, state, ..)| name == receiver && *state == DeliveryState::Sent).map(|(id, ..)| *id).collect())
}

/// What the receiver was told of late, as far as limits and groups look back.
fn past(parts: &Parts, receiver: &str, rules: &[Rule], now: Timestamp) -> store::Result<flow::Past> {
    let limits = parts.notifier.receivers().iter().filter(|r| r.name == receiver).flat_map(|r| &r.flow.limits);
    let back = limits.map(|limit| limit.within).chain(rules.iter().map(|rule| rule.manner.repeat)).max().unwrap_or_default();
    let since = SignedDuration::try_from(back).ok().and_then(|back| now.checked_sub(back).ok()).unwrap_or(now);
    let told = parts.store.told_since(receiver, since)?;
    let mut groups = HashMap::new();
    for one in &told {
        groups.insert(group(rules, &one.rule, one.story.map(|story| story.0)), one.sent);
    }
    Ok(flow::Past { popups: told.iter().filter(|one| one.own).map(|one| one.sent).collect(), groups })
}

fn manner(rules: &[Rule], name: &str) -> Manner {
    rules.iter().find(|rule| rule.name == name).map_or_else(Manner::default, |rule| rule.manner)
}

fn group(rules: &[Rule], rule: &str, story: Option<i64>) -> String {
    match (manner(rules, rule).group, story) {
        (Group::Story, Some(story)) => format!("{rule}|{story}"),
        _ => rule.to_owned(),
    }
}

fn hold(parts: &Parts, plan: &Plan) -> store::Result<()> {
    if !plan.away.is_empty() {
        parts.store.hold(&plan.away, Timestamp::MAX, Held::Away)?;
    }
    if let Some(until) = plan.muted_until.filter(|_| !plan.muted.is_empty()) {
        parts.store.hold(&plan.muted, until, Held::Muted)?;
    }
    for (id, until) in &plan.grouped {
        parts.store.hold(&[*id], *until, Held::Grouped)?;
    }
    if !plan.silent.is_empty() {
        parts.store.silence(&plan.silent)?;
    }
    Ok(())
}

fn join(parts: &Parts, receiver: &str, plan: &Plan, due: &HashMap<DeliveryId, Delivery>, now: Timestamp) -> store::Result<()> {
    let since = now.checked_sub(SUMMARY).unwrap_or(now);
    let running = if plan.flood.is_empty() { None } else { parts.store.latest_of(SUMMARY_NAME, receiver, since)? };
    let groups = plan.together.iter().map(|ids| (GROUP_NAME, ids, None));
    for (name, ids, into) in groups.chain([(DIGEST_NAME, &plan.digest, None), (SUMMARY_NAME, &plan.flood, running)]) {
        let mut alerts = into.map_or(Ok(Vec::new()), |into| parts.store.joined(into))?;
        alerts.extend(ids.iter().filter_map(|id| Some(due.get(id)?.alert.clone())));
        if let (false, Some(summary)) = (ids.is_empty(), message(parts, name, receiver, &alerts, ids, now)) {
            parts.store.join(ids, summary, receiver, into)?;
        }
    }
    Ok(())
}

/// One alert that tells these.
fn message(parts: &Parts, name: &str, receiver: &str, alerts: &[Alert], ids: &[DeliveryId], now: Timestamp) -> Option<Alert> {
    let first = ids.first()?;
    let digest = alert::digest(alerts, parts.language, now)?;
    let headline = if name == DIGEST_NAME { digest.headline.clone() } else { alert::together(alerts, parts.language) };
    // One that is sent again by hand may be joined again.
    let fingerprint = format!("{name}|{receiver}|{first}|{}", now.as_millisecond());
    Some(Alert { fingerprint, rule: name.to_owned(), headline, ..digest })
}

/// Notes how a delivery to this receiver ended, and tells others of one that takes nothing.
pub(super) fn heed(parts: &Parts, receiver: &str, failure: Option<&str>, now: Timestamp) -> store::Result<()> {
    match failure {
        None => parts.store.working(receiver),
        Some(reason) => outage::heed(parts, receiver, reason, now),
    }
}
