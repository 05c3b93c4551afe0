//! Step three: due deliveries -> receiver -> outcome or next attempt. A receiver that is not there is waited for.

use super::order::shares_line;
use super::outbox::{self, Outgoing};
use super::progress::Loop;
use super::session::{self, ABSENT};
use super::{InForce, Parts, STUMBLE, after, blocking, latest};
use crate::feed;
use crate::notify::Outcome;
use crate::store::{self, Delivery, DeliveryResult};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, error, info_span, warn};

/// First wait after a failed attempt; doubles up to a day.
const RETRY: Duration = Duration::from_secs(30);
/// The share of a wait by which it is made longer or shorter, so that deliveries that failed together do not come back together.
const JITTER: f64 = 0.2;
/// What has been tried for this long, and this often, is given up; it can be sent again by hand. Who slept for a week has not tried.
const GIVE_UP: SignedDuration = SignedDuration::from_hours(7 * 24);
const TRIES: u32 = 15;
/// The loop looks again after this, even if nothing wakes it.
const LOOK: Duration = Duration::from_secs(30);
/// A clock that goes back by more than this was set.
const SET_BACK: SignedDuration = SignedDuration::from_mins(1);

/// Delivers, one at a time to each receiver, the receivers side by side.
pub struct Deliverer {
    parts: Arc<Parts>,
    tasks: JoinSet<(String, store::Result<Option<Timestamp>>)>,
    /// `None`: a task is at it; else the receiver was not there and is looked for at that time.
    receivers: HashMap<String, Option<Timestamp>>,
    /// When it was looked last.
    looked: Timestamp,
}

impl Deliverer {
    pub fn new(parts: Arc<Parts>) -> Deliverer {
        Deliverer { parts, tasks: JoinSet::new(), receivers: HashMap::new(), looked: Timestamp::MIN }
    }

    /// Works with these parts from now on. Where they are others, what waits for a mute time or a group is planned anew.
    fn serve(&mut self, parts: Arc<Parts>) {
        if !Arc::ptr_eq(&self.parts, &parts) {
            (self.parts, self.looked) = (parts, Timestamp::MIN);
        }
    }

    /// Delivers what is due at the moment, as far as the receivers are there.
    pub async fn step(&mut self) -> store::Result<()> {
        while self.start().await? > 0 {
            while !self.tasks.is_empty() {
                self.finish_one().await?;
            }
        }
        Ok(())
    }

    /// Starts a task for each receiver with due deliveries that is not busy or absent; says how many.
    async fn start(&mut self) -> store::Result<usize> {
        let now = self.parts.clock.now();
        self.mind_the_clock(now).await?;
        let away = session::look(&self.parts).await?;
        self.receivers.retain(|_, absent| absent.is_none_or(|until| until > now));
        let mut due = blocking(&self.parts, move |p| p.store.receivers_due(now)).await?;
        due.retain(|receiver| !self.receivers.contains_key(receiver));
        for receiver in &due {
            self.receivers.insert(receiver.clone(), None);
            let (parts, receiver) = (self.parts.clone(), receiver.clone());
            let span = info_span!("receiver", name = %receiver);
            self.tasks.spawn(async move { (receiver.clone(), deliver(&parts, receiver, away).await) }.instrument(span));
        }
        Ok(due.len())
    }

    /// What waits for a time that was reckoned by a clock which was wrong is tried now.
    async fn mind_the_clock(&mut self, now: Timestamp) -> store::Result<()> {
        let last = std::mem::replace(&mut self.looked, now);
        if last == Timestamp::MIN {
            blocking(&self.parts, move |p| p.store.reconsider(now)).await?;
        } else if last.duration_since(now) > SET_BACK {
            self.receivers.retain(|_, absent| absent.is_none());
            let waited = blocking(&self.parts, move |p| p.store.hurry(now)).await?;
            warn!(waited, "the clock was set back from {last:.0} to {now:.0}: what waited for its next attempt is tried now");
        }
        Ok(())
    }

    async fn finish_one(&mut self) -> store::Result<()> {
        match self.tasks.join_next().await {
            Some(Ok((receiver, result))) => {
                match &result {
                    Ok(Some(until)) => self.receivers.insert(receiver, Some(*until)),
                    _ => self.receivers.remove(&receiver),
                };
                result.map(drop)
            }
            Some(Err(e)) => {
                error!("a delivery broke off: {e}");
                self.receivers.clear();
                self.tasks.shutdown().await;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// When to look again, unless woken.
    async fn next(&self) -> Timestamp {
        const SOON: Duration = Duration::from_millis(250);
        let now = self.parts.clock.now();
        let next = blocking(&self.parts, |p| p.store.next_delivery()).await.ok().flatten().unwrap_or(Timestamp::MAX);
        let absent = self.receivers.values().flatten().min().copied().unwrap_or(Timestamp::MIN);
        next.max(absent).min(session::next(&self.parts, now)).clamp(after(now, SOON), after(now, LOOK))
    }
}

/// The loop of the daemon.
pub(super) async fn run(in_force: InForce, stop: CancellationToken) {
    let mut parts = latest(&in_force);
    let mut deliverer = Deliverer::new(parts.clone());
    while !stop.is_cancelled() {
        parts = latest(&in_force);
        parts.progress.mark(Loop::Deliver);
        deliverer.serve(parts.clone());
        if let Err(e) = deliverer.start().await {
            error!("deliveries cannot be read: {e}");
            parts.clock.sleep(STUMBLE).await;
            continue;
        }
        let next = deliverer.next().await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = parts.wake.deliver.notified() => {}
            () = parts.clock.sleep_until(next) => {}
            result = deliverer.finish_one(), if !deliverer.tasks.is_empty() => {
                if let Err(e) = result {
                    error!("an outcome could not be stored: {e}");
                    parts.clock.sleep(STUMBLE).await;
                }
            }
        }
    }
    // What is being sent may finish, so that it is not sent twice.
    while !deliverer.tasks.is_empty() {
        if let Err(e) = deliverer.finish_one().await {
            error!("an outcome could not be stored: {e}");
        }
    }
}

/// Plans what waits for a receiver and delivers in order what goes out. Where the receiver is not there: when to look for it again; the rest
/// stays due.
async fn deliver(parts: &Arc<Parts>, receiver: String, away: bool) -> store::Result<Option<Timestamp>> {
    let (now, name) = (parts.clock.now(), receiver.clone());
    let mut failed = Vec::new();
    for Outgoing { delivery, manner } in blocking(parts, move |p| outbox::plan(p, &name, away, now)).await? {
        if failed.iter().any(|before| shares_line(before, &delivery.alert)) {
            // The next plan puts it behind.
            continue;
        }
        let (name, id, alert) = (receiver.clone(), delivery.alert_id, delivery.alert.clone());
        let replaces = blocking(parts, move |p| outbox::replaced(p, &name, id, &alert)).await?;
        let alert = &delivery.alert;
        let outcome = parts.notifier.send_in_place_of(&replaces, &receiver, delivery.id, alert, manner.priority).await;
        let now = parts.clock.now();
        let absent = matches!(outcome, Outcome::Later { absent: true, .. });
        let failure = match &outcome {
            Outcome::Later { absent: false, reason, .. } | Outcome::Refused(reason) => Some(reason.clone()),
            _ => None,
        };
        let (result, name) = (result(&delivery, outcome, now), receiver.clone());
        if matches!(result, DeliveryResult::Retry { .. }) {
            failed.push(delivery.alert.clone());
        }
        blocking(parts, move |p| {
            p.store.record_delivery(delivery.id, &result, now)?;
            if absent { Ok(()) } else { outbox::heed(p, &name, failure.as_deref(), now) }
        })
        .await?;
        if absent {
            return Ok(Some(after(now, ABSENT)));
        }
    }
    Ok(None)
}

/// What is written of an outcome.
fn result(delivery: &Delivery, outcome: Outcome, now: Timestamp) -> DeliveryResult {
    match outcome {
        Outcome::Sent => DeliveryResult::Sent,
        Outcome::Later { absent: true, reason, .. } => {
            debug!(delivery = delivery.id.0, "waits: {reason}");
            DeliveryResult::Retry { at: now, counts: false, reason }
        }
        Outcome::Later { reason, .. } if delivery.attempts >= TRIES && now.duration_since(delivery.alert.created) > GIVE_UP => {
            error!(delivery = delivery.id.0, attempts = delivery.attempts + 1, "given up: {reason}");
            DeliveryResult::Refused { reason: format!("given up after a week: {reason}") }
        }
        Outcome::Later { at, absent: false, reason } => {
            warn!(delivery = delivery.id.0, attempts = delivery.attempts + 1, "not delivered, will be tried again: {reason}");
            let wait = feed::back_off(RETRY, delivery.attempts + 1).mul_f64(1.0 + JITTER * (2.0 * fastrand::f64() - 1.0));
            DeliveryResult::Retry { at: at.unwrap_or_else(|| after(now, wait)), counts: true, reason }
        }
        Outcome::Refused(reason) => {
            error!(delivery = delivery.id.0, "refused: {reason}");
            DeliveryResult::Refused { reason }
        }
    }
}
