//! Step one: due feeds are asked (`ask`), each in a task of its own. Who is due, whether the network is there, what sleep and steps of the clock
//! change.

use super::ask::{Polled, Unreached, poll, write};
use super::offline::{Network, Verdict};
use super::progress::Loop;
use super::record::{failed, left};
use super::{InForce, Parts, STUMBLE, after, blocking, latest};
use crate::article::FeedId;
use crate::clock::{Jump, Pulse};
use crate::store::{self, PollSummary, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, error, info, info_span, warn};

/// Feeds under way or waiting for a turn at their host.
const MAX_UNDER_WAY: usize = 1_000;
/// The loop looks again after this, even if nothing wakes it.
const LOOK: Duration = Duration::from_secs(60);
/// What is due after an absence is spread: so much for each feed, so much for all.
const SPREAD_EACH: Duration = Duration::from_millis(500);
const SPREAD_MOST: Duration = Duration::from_secs(5 * 60);
/// Less sleep, and smaller steps of the clock, are not worth a thought.
const WORTH_A_THOUGHT: Duration = Duration::from_secs(60);
/// While the database takes nothing it is tried again after pauses that grow from [`STUMBLE`] to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);
/// The note that is written to see whether it takes something.
const TRIED: &str = "poll.tried";
/// Stories that burst are looked for this often.
const BURST_LOOK: SignedDuration = SignedDuration::from_secs(60);
/// Feeds that nobody asks soon are looked after this often.
const HEALTH_LOOK: SignedDuration = SignedDuration::from_mins(10);

/// Polls due feeds, each in a task of its own.
pub struct Poller {
    parts: Arc<Parts>,
    tasks: JoinSet<(FeedId, store::Result<Polled>)>,
    busy: HashSet<FeedId>,
    /// Polls under way at a time.
    most: usize,
    /// More was due than the last look at the store showed.
    more: bool,
    network: Network,
    /// Feeds whose host could not be reached, until it is known who is to blame.
    held: Vec<Unreached>,
    bursts_seen: Option<Timestamp>,
    health_seen: Option<Timestamp>,
}

impl Poller {
    pub fn new(parts: Arc<Parts>) -> Poller {
        let (tasks, network) = (JoinSet::new(), Network::default());
        Poller {
            parts,
            tasks,
            busy: HashSet::new(),
            most: MAX_UNDER_WAY,
            more: false,
            network,
            held: Vec::new(),
            bursts_seen: None,
            health_seen: None,
        }
    }

    /// One feed after the other, in the order in which they are due: who does the same again gets the same.
    pub fn one_by_one(parts: Arc<Parts>) -> Poller {
        Poller { most: 1, ..Poller::new(parts) }
    }

    /// Polls everything that is due at the moment, and waits for all of it. While the network is away, one feed is asked from time to time.
    pub async fn step(&mut self) -> store::Result<PollSummary> {
        let mut sum = PollSummary::default();
        self.start().await?;
        while !self.tasks.is_empty() {
            let one = self.finish_one().await?;
            sum.new += one.new;
            sum.known += one.known;
            sum.told += one.told;
            sum.edited += one.edited;
            if self.has_room_for_more() {
                self.start().await?;
            }
        }
        self.look_at_suspects().await?;
        Ok(sum)
    }

    /// Feeds under way are due still, so that every look reads them again: it is worth it only for many at a time.
    fn has_room_for_more(&self) -> bool {
        self.more && self.busy.len() <= self.most / 2
    }

    /// Starts polls of due feeds, as far as there is room.
    async fn start(&mut self) -> store::Result<()> {
        let now = self.parts.clock.now();
        self.look_at_suspects().await?;
        self.hurry(now).await?;
        self.look_after(now).await?;
        let limit = match self.network.probe_at() {
            Some(probe) if probe > now || !self.tasks.is_empty() => return Ok(()),
            Some(_) => 1,
            None => self.most,
        };
        self.network.probed(now);
        let due = blocking(&self.parts, move |p| {
            p.leave_alone()?;
            p.store.due_feeds(now, limit as u32)
        })
        .await?;
        self.more = due.len() == self.most;
        for row in due {
            if self.busy.len() < self.most && self.busy.insert(row.id) {
                let (parts, id) = (self.parts.clone(), row.id);
                let span = info_span!("feed", name = %row.subscription.name, id = row.id.0);
                self.tasks.spawn(async move { (id, poll(parts, row).await) }.instrument(span));
            }
        }
        Ok(())
    }

    /// Who could not be reached, and was cleared by nobody for long enough: the network, or the host.
    async fn look_at_suspects(&mut self) -> store::Result<()> {
        let now = self.parts.clock.now();
        let verdict = self.network.verdict(now);
        if verdict == Verdict::Network && !self.held.is_empty() {
            self.leave(now).await?;
        }
        self.judge(verdict).await
    }

    /// Brings feeds of a story that bursts forward, once in a while.
    async fn hurry(&mut self, now: Timestamp) -> store::Result<()> {
        if self.bursts_seen.is_some_and(|then| now.duration_since(then).abs() < BURST_LOOK) {
            return Ok(());
        }
        self.bursts_seen = Some(now);
        let hurried = blocking(&self.parts, move |p| p.store.hurry_bursting(now, p.bounds.min)).await?;
        if hurried > 0 {
            debug!(feeds = hurried, "brought forward while a story bursts");
        }
        Ok(())
    }

    /// Tells of feeds that have failed or been silent for long by now, once in a while; not while the network is away.
    async fn look_after(&mut self, now: Timestamp) -> store::Result<()> {
        let lately = self.health_seen.is_some_and(|then| now.duration_since(then).abs() < HEALTH_LOOK);
        if lately || self.network.probe_at().is_some() {
            return Ok(());
        }
        self.health_seen = Some(now);
        if blocking(&self.parts, move |p| p.store.tell_overdue(now, p.health_tell())).await? > 0 {
            self.parts.wake.deliver.notify_one();
        }
        Ok(())
    }

    /// Waits for one poll to end. At once where none is under way.
    async fn finish_one(&mut self) -> store::Result<PollSummary> {
        match self.tasks.join_next().await {
            Some(Ok((id, Ok(Polled::Stored { summary, answered })))) => {
                self.busy.remove(&id);
                if answered {
                    self.answered().await?;
                }
                Ok(summary)
            }
            Some(Ok((id, Ok(Polled::Unreached(unreached))))) if self.is_no_news(&unreached) => {
                self.busy.remove(&id);
                let Unreached { row, failure, at, .. } = *unreached;
                write(&self.parts, move |_| failed(&row, at, failure)).await
            }
            Some(Ok((_, Ok(Polled::Unreached(unreached))))) => {
                let host = unreached.row.address.host_str().unwrap_or_default();
                let verdict = self.network.unreached(host, unreached.failure.class, unreached.at, unreached.routed);
                let since = unreached.at;
                self.held.push(*unreached);
                if verdict == Verdict::Network {
                    self.leave(since).await?;
                }
                self.judge(verdict).await?;
                Ok(PollSummary::default())
            }
            Some(Ok((id, Err(e)))) => {
                self.busy.remove(&id);
                Err(e)
            }
            Some(Err(e)) => {
                // A panic in a poll is a fault of ours; the feed is due still and is tried again.
                error!("a poll broke off: {e}");
                self.busy.clear();
                self.held.clear();
                self.tasks.shutdown().await;
                Ok(PollSummary::default())
            }
            None => Ok(PollSummary::default()),
        }
    }

    /// Was this one failing before, while the network was there? Then it says nothing of the network.
    fn is_no_news(&self, unreached: &Unreached) -> bool {
        unreached.row.failures > 0 && unreached.routed && self.network.probe_at().is_none()
    }

    /// Somebody was heard: who was not is to blame himself. After an absence what is due is spread out.
    async fn answered(&mut self) -> store::Result<()> {
        if self.network.answered(self.parts.clock.now()) {
            info!("the network is back");
            self.judge(Verdict::Network).await?;
            let now = self.parts.clock.now();
            blocking(&self.parts, move |p| {
                p.store.end_absences(now)?;
                p.store.spread_due(now, SPREAD_EACH, SPREAD_MOST)
            })
            .await?;
            self.parts.wake.poll.notify_one();
        }
        self.judge(Verdict::Hosts).await
    }

    /// The network is away: written down once.
    async fn leave(&mut self, at: Timestamp) -> store::Result<()> {
        let since = self.held.iter().map(|unreached| unreached.at).min().unwrap_or(at);
        let begun = blocking(&self.parts, move |p| {
            let lasting = p.store.absences(since)?.iter().any(|absence| absence.until.is_none());
            if !lasting {
                p.store.begin_absence(since, "offline")?;
            }
            Ok(!lasting)
        })
        .await?;
        if begun {
            warn!("offline: many hosts cannot be reached; no feed is blamed, and polling goes on when the network is back");
        }
        Ok(())
    }

    /// Writes what was held: as failures of the hosts, or as nobody's fault.
    async fn judge(&mut self, verdict: Verdict) -> store::Result<()> {
        if verdict == Verdict::Open || self.held.is_empty() {
            return Ok(());
        }
        if verdict == Verdict::Hosts {
            self.network.settle();
        }
        for Unreached { row, failure, at, .. } in std::mem::take(&mut self.held) {
            self.busy.remove(&row.id);
            let record = match verdict {
                Verdict::Network => left(&row, at),
                _ => failed(&row, at, failure),
            };
            write(&self.parts, move |_| record).await?;
        }
        Ok(())
    }

    /// After a refusal: waits until the database takes a write again. Feeds stay due meanwhile, and none is asked for what cannot be kept.
    async fn recover(&mut self, refusal: &StoreError, pause: &mut Duration, stop: &CancellationToken) {
        if !matches!(refusal, StoreError::Busy) {
            // What they bring cannot be kept either.
            self.tasks.shutdown().await;
            self.busy.clear();
            self.held.clear();
        }
        let parts = self.parts.clone();
        while !stop.is_cancelled() {
            let until = after(parts.clock.now(), *pause);
            *pause = (*pause * 2).min(LONGEST_PAUSE);
            while parts.clock.now() < until && !stop.is_cancelled() {
                parts.progress.mark(Loop::Poll);
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = parts.clock.sleep_until(until.min(after(parts.clock.now(), LOOK))) => {}
                }
            }
            if blocking(&parts, |p| p.store.set_note(TRIED, &p.clock.now().to_string())).await.is_ok() {
                return;
            }
        }
    }

    /// After a start, or an absence of this machine: what is due is spread out.
    async fn arrive(&mut self) -> store::Result<()> {
        blocking(&self.parts, |p| p.store.spread_due(p.clock.now(), SPREAD_EACH, SPREAD_MOST)).await.map(|_| ())
    }

    /// What sleep and steps of the clock change: nobody is asked early, or at once with all others.
    async fn jumped(&mut self, Jump { slept, stepped }: Jump, now: Timestamp) -> store::Result<()> {
        if stepped.unsigned_abs() >= WORTH_A_THOUGHT {
            warn!("the clock was set by {stepped:#}: what was to come moves with it");
            blocking(&self.parts, move |p| p.store.move_with_clock(stepped)).await?;
        }
        if slept >= WORTH_A_THOUGHT {
            info!(seconds = slept.as_secs(), "back from sleep");
            let since = now.checked_sub(slept).unwrap_or(now);
            blocking(&self.parts, move |p| {
                p.store.begin_absence(since, "asleep")?;
                p.store.end_absences(now)
            })
            .await?;
            self.network.hasten(now);
            self.arrive().await?;
        }
        Ok(())
    }
}

/// The loop of the daemon.
pub(super) async fn run(in_force: InForce, stop: CancellationToken) {
    let mut parts = latest(&in_force);
    let mut poller = Poller::new(parts.clone());
    let mut pulse = parts.clock.pulse();
    if let Err(e) = begin(&mut poller).await {
        error!("feeds cannot be spread out: {e}");
    }
    let mut look = true;
    let mut pause = STUMBLE;
    while !stop.is_cancelled() {
        parts = latest(&in_force);
        parts.progress.mark(Loop::Poll);
        poller.parts = parts.clone();
        if look && let Err(e) = attend(&mut poller, &mut pulse).await {
            error!("feeds cannot be polled: {e}");
            poller.recover(&e, &mut pause, &stop).await;
            continue;
        }
        let next = next_due(&parts, poller.network.probe_at()).await;
        look = true;
        tokio::select! {
            () = stop.cancelled() => {}
            () = parts.wake.poll.notified() => {}
            () = parts.clock.sleep_until(next) => {}
            result = poller.finish_one(), if !poller.tasks.is_empty() => {
                match result {
                    Ok(_) => {
                        pause = STUMBLE;
                        look = poller.has_room_for_more();
                    }
                    Err(e) => {
                        error!("a poll could not be stored: {e}");
                        poller.recover(&e, &mut pause, &stop).await;
                    }
                }
            }
        }
    }
    // What is under way or held is dropped: the feeds stay due, and the next start asks again.
    poller.tasks.shutdown().await;
}

/// A start is the end of an absence: nobody is asked early, and what is due is spread out.
async fn begin(poller: &mut Poller) -> store::Result<()> {
    blocking(&poller.parts, |p| {
        let now = p.clock.now();
        p.store.end_absences(now)?;
        p.store.mend_times(now)
    })
    .await?;
    poller.arrive().await
}

/// Looks at the clocks, then starts what is due.
async fn attend(poller: &mut Poller, pulse: &mut Pulse) -> store::Result<()> {
    let now = poller.parts.clock.pulse();
    let jump = now.since(std::mem::replace(pulse, now));
    poller.jumped(jump, now.real).await?;
    poller.start().await
}

/// When to look for due feeds next, unless woken: not at once, since feeds under way are due still. While the network is away: at the next
/// `probe`.
async fn next_due(parts: &Arc<Parts>, probe: Option<Timestamp>) -> Timestamp {
    const SOON: Duration = Duration::from_millis(500);
    let now = parts.clock.now();
    let next = match probe {
        Some(probe) => Some(probe),
        None => blocking(parts, |p| p.store.next_due()).await.ok().flatten(),
    };
    next.unwrap_or(Timestamp::MAX).clamp(after(now, SOON), after(now, LOOK))
}
