//! Taking turns: how many requests run at once, and how long each host is left in peace.

use super::Settings;
use crate::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Hosts remembered; the idle ones are forgotten beyond it.
const MAX_HOSTS: usize = 4096;
/// No host is left alone for longer.
const MAX_REST: SignedDuration = SignedDuration::from_hours(24);

#[derive(Debug)]
pub(super) struct Pacing {
    clock: Clock,
    per_host: usize,
    pause: SignedDuration,
    all: Arc<Semaphore>,
    hosts: Mutex<FxHashMap<String, Host>>,
}

#[derive(Debug)]
struct Host {
    permits: Arc<Semaphore>,
    /// When the next request may start.
    next: Timestamp,
    /// Until when the host asked to be left alone.
    rest: Timestamp,
}

/// The right to ask one host, given back when dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _host: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Pacing {
    pub fn new(settings: &Settings, clock: Clock) -> Pacing {
        Pacing {
            clock,
            per_host: settings.per_host.max(1),
            pause: SignedDuration::try_from(settings.pause).unwrap_or(SignedDuration::MAX),
            all: Arc::new(Semaphore::new(settings.in_all.max(1))),
            hosts: Mutex::default(),
        }
    }

    /// Waits for a turn at the place where a host lies, which it may share with others; `Err` says until when the host rests.
    /// Turns of one place are given in the order they were asked for.
    pub async fn turn(&self, host: &str, place: &str) -> Result<Turn, Timestamp> {
        let permits = self.with(place, |place| place.permits.clone());
        let mine = acquire(permits).await;
        loop {
            let all = acquire(self.all.clone()).await;
            let now = self.clock.now();
            let rest = self.with(host, |host| host.rest);
            // A longer rest than any was set before the clock was put back.
            if rest > now && rest.duration_since(now) <= MAX_REST {
                return Err(rest);
            }
            let Some(wait) = self.with(place, |place| place.start(now, self.pause)) else {
                return Ok(Turn { _host: mine, _all: all });
            };
            drop(all);
            // By a clock that is put back meanwhile, the start would be far off: after a pause it is asked for again.
            let _ = tokio::time::timeout(self.pause.unsigned_abs(), self.clock.sleep_until(wait)).await;
        }
    }

    /// Sends nothing to the host before `until`. Never shortens a rest.
    pub fn leave_alone(&self, host: &str, until: Timestamp) {
        let until = until.min(self.clock.now().saturating_add(MAX_REST).unwrap_or(Timestamp::MAX));
        self.with(host, |host| host.rest = host.rest.max(until));
    }

    /// The rests and pauses that another one has noted hold here as well.
    pub fn take_over(&self, other: &Pacing) {
        let known = other.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, old) in known.iter() {
            self.with(name, |host| {
                host.rest = host.rest.max(old.rest);
                host.next = host.next.max(old.next);
            });
        }
    }

    fn with<T>(&self, name: &str, work: impl FnOnce(&mut Host) -> T) -> T {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if !hosts.contains_key(name) {
            if hosts.len() >= MAX_HOSTS {
                forget(&mut hosts, self.clock.now());
            }
            hosts.insert(name.to_owned(), Host::new(self.per_host));
        }
        work(hosts.entry(name.to_owned()).or_insert_with(|| Host::new(self.per_host)))
    }
}

impl Host {
    fn new(per_host: usize) -> Host {
        Host { permits: Arc::new(Semaphore::new(per_host)), next: Timestamp::MIN, rest: Timestamp::MIN }
    }

    /// Notes a start now, or says when one may be.
    fn start(&mut self, now: Timestamp, pause: SignedDuration) -> Option<Timestamp> {
        let wait = self.next.duration_since(now);
        // A start further off than a pause was set before the clock was put back.
        if wait > SignedDuration::ZERO && wait <= pause {
            return Some(self.next);
        }
        self.next = now.saturating_add(pause).unwrap_or(Timestamp::MAX);
        None
    }
}

/// Drops hosts without a request under way: those at peace first, then the others.
fn forget(hosts: &mut FxHashMap<String, Host>, now: Timestamp) {
    let busy = |host: &Host| Arc::strong_count(&host.permits) > 1;
    hosts.retain(|_, host| busy(host) || host.rest > now || host.next > now);
    if hosts.len() >= MAX_HOSTS {
        hosts.retain(|_, host| busy(host));
    }
}

/// These semaphores are never closed; were one, waiting for ever is what no permit means.
async fn acquire(semaphore: Arc<Semaphore>) -> OwnedSemaphorePermit {
    match semaphore.acquire_owned().await {
        Ok(permit) => permit,
        Err(_) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_HOSTS, Pacing};
    use crate::clock::Clock;
    use crate::fetch::testing::settings;
    use jiff::{SignedDuration, Timestamp};

    fn start() -> Timestamp {
        "2026-03-01T07:00:00Z".parse().unwrap()
    }

    fn pacing(clock: &Clock) -> Pacing {
        Pacing::new(&settings(), clock.clone())
    }

    #[tokio::test]
    async fn starts_at_one_host_are_a_pause_apart() {
        let clock = Clock::simulated(start());
        let pacing = pacing(&clock);
        let mut starts = Vec::new();
        for host in ["a", "a", "b", "a", "b"] {
            let _turn = pacing.turn(host, host).await.unwrap();
            starts.push((host, clock.now().duration_since(start()).as_secs()));
        }
        assert_eq!(starts, [("a", 0), ("a", 1), ("b", 1), ("a", 2), ("b", 2)]);
    }

    #[tokio::test]
    async fn a_reload_forgets_no_rest_and_no_pause() {
        let clock = Clock::simulated(start());
        let old = pacing(&clock);
        old.turn("a", "a").await.unwrap();
        old.leave_alone("b", start() + SignedDuration::from_secs(60));
        let new = pacing(&clock);
        new.take_over(&old);
        assert_eq!(new.turn("b", "b").await.err(), Some(start() + SignedDuration::from_secs(60)));
        new.turn("a", "a").await.unwrap();
        assert_eq!(clock.now().duration_since(start()).as_secs(), 1);
    }

    #[tokio::test]
    async fn hosts_at_one_place_take_turns_and_rest_alone() {
        let clock = Clock::simulated(start());
        let pacing = pacing(&clock);
        pacing.leave_alone("c", start() + SignedDuration::from_secs(60));
        for (host, seconds) in [("a", Some(0)), ("b", Some(1)), ("c", None), ("a", Some(2))] {
            let turn = pacing.turn(host, "1.1.1.1").await;
            let at = clock.now().duration_since(start()).as_secs();
            assert_eq!(turn.ok().map(|_| at), seconds, "{host}");
        }
    }

    #[tokio::test]
    async fn a_host_at_rest_is_not_asked() {
        let clock = Clock::simulated(start());
        let pacing = pacing(&clock);
        let until = start() + SignedDuration::from_secs(60);
        pacing.leave_alone("a", until);
        pacing.leave_alone("a", start());
        assert_eq!(pacing.turn("a", "a").await.err(), Some(until));
        assert!(pacing.turn("b", "b").await.is_ok());
        clock.sleep_until(until).await;
        assert!(pacing.turn("a", "a").await.is_ok());
    }

    #[tokio::test]
    async fn the_overall_limit_holds() {
        let clock = Clock::simulated(start());
        let pacing = pacing(&clock);
        let mut turns = Vec::new();
        for host in ["a", "b", "c", "d"] {
            turns.push(pacing.turn(host, host).await.unwrap());
        }
        let fifth = pacing.turn("e", "e");
        tokio::pin!(fifth);
        tokio::select! {
            biased;
            _ = &mut fifth => panic!("a fifth request under way"),
            () = std::future::ready(()) => turns.clear(),
        }
        assert!(fifth.await.is_ok());
    }

    #[tokio::test]
    async fn hosts_are_forgotten() {
        let clock = Clock::simulated(start());
        let pacing = pacing(&clock);
        let _held = pacing.turn("held", "held").await.unwrap();
        for n in 0..2 * MAX_HOSTS {
            pacing.leave_alone(&format!("host{n}"), start() + SignedDuration::from_hours(1));
        }
        let hosts = pacing.hosts.lock().unwrap();
        assert!(hosts.len() <= MAX_HOSTS && hosts.contains_key("held"));
    }
}
