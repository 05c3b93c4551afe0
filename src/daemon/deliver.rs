//! Step three: due deliveries -> receiver -> outcome or next attempt. A receiver that is not there is waited for.

use super::{Parts, STUMBLE, after, blocking};
use crate::feed;
use crate::notify::Outcome;
use crate::store::{self, Delivery, DeliveryResult};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, error, info_span, warn};

/// Deliveries looked at in one step.
const BATCH: u32 = 256;
/// First wait after a failed attempt; doubles up to a day.
const RETRY: Duration = Duration::from_secs(30);
/// A receiver that is not there is looked for this often.
const ABSENT: Duration = Duration::from_secs(5);
/// The loop looks again after this, even if nothing wakes it.
const LOOK: Duration = Duration::from_secs(30);

/// Delivers, one at a time to each receiver, the receivers side by side.
pub struct Deliverer {
    parts: Arc<Parts>,
    tasks: JoinSet<(String, store::Result<Option<Timestamp>>)>,
    /// `None`: a task is at it; else the receiver was not there and is looked for at that time.
    receivers: HashMap<String, Option<Timestamp>>,
}

impl Deliverer {
    pub fn new(parts: Arc<Parts>) -> Deliverer {
        Deliverer { parts, tasks: JoinSet::new(), receivers: HashMap::new() }
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
        self.receivers.retain(|_, absent| absent.is_none_or(|until| until > now));
        let due = blocking(&self.parts, move |p| p.store.due_deliveries(now, BATCH)).await?;
        let mut queues: HashMap<String, Vec<Delivery>> = HashMap::new();
        for delivery in due {
            if !self.receivers.contains_key(&delivery.receiver) {
                queues.entry(delivery.receiver.clone()).or_default().push(delivery);
            }
        }
        let started = queues.len();
        for (receiver, queue) in queues {
            self.receivers.insert(receiver.clone(), None);
            let parts = self.parts.clone();
            let span = info_span!("receiver", name = %receiver);
            self.tasks.spawn(async move { (receiver, deliver(&parts, queue).await) }.instrument(span));
        }
        Ok(started)
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
        next.max(absent).clamp(after(now, SOON), after(now, LOOK))
    }
}

/// The loop of the daemon.
pub(super) async fn run(parts: Arc<Parts>, stop: CancellationToken) {
    let mut deliverer = Deliverer::new(parts.clone());
    while !stop.is_cancelled() {
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

/// Delivers a receiver's queue in order. Where the receiver is not there: when to look for it again; the rest stays due.
async fn deliver(parts: &Arc<Parts>, queue: Vec<Delivery>) -> store::Result<Option<Timestamp>> {
    for delivery in queue {
        let outcome = parts.notifier.send(&delivery.receiver, delivery.id, &delivery.alert).await;
        let now = parts.clock.now();
        let absent = matches!(outcome, Outcome::Later { absent: true, .. });
        let result = result(&delivery, outcome, now);
        blocking(parts, move |p| p.store.record_delivery(delivery.id, &result, now)).await?;
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
        Outcome::Later { at, absent: false, reason } => {
            warn!(delivery = delivery.id.0, attempts = delivery.attempts + 1, "not delivered, will be tried again: {reason}");
            let at = at.unwrap_or_else(|| after(now, feed::back_off(RETRY, delivery.attempts + 1)));
            DeliveryResult::Retry { at, counts: true, reason }
        }
        Outcome::Refused(reason) => {
            error!(delivery = delivery.id.0, "refused: {reason}");
            DeliveryResult::Refused { reason }
        }
    }
}
