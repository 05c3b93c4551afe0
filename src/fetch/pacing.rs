//! Taking turns: how many requests run at once, and how long each host is left in peace.

use super::Settings;
use crate::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Hosts remembered; the idle ones are forgotten beyond it.
const MAX_HOSTS: usize = 4096;

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

/// What a host says to the next request.
enum Word {
    Start,
    Wait(Timestamp),
    Rests(Timestamp),
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

    /// Waits for a turn at a host; `Err` says until when it rests. Turns of one host are given in the order they were asked for.
    pub async fn turn(&self, host: &str) -> Result<Turn, Timestamp> {
        let permits = self.with(host, |host| host.permits.clone());
        let mine = acquire(permits).await;
        loop {
            let all = acquire(self.all.clone()).await;
            match self.with(host, |host| host.ask(self.clock.now(), self.pause)) {
                Word::Start => return Ok(Turn { _host: mine, _all: all }),
                Word::Rests(until) => return Err(until),
                Word::Wait(until) => {
                    drop(all);
                    self.clock.sleep_until(until).await;
                }
            }
        }
    }

    /// Sends nothing to the host before `until`. Never shortens a rest.
    pub fn leave_alone(&self, host: &str, until: Timestamp) {
        self.with(host, |host| host.rest = host.rest.max(until));
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

    fn ask(&mut self, now: Timestamp, pause: SignedDuration) -> Word {
        // A start further off than a pause was set before the clock was put back.
        let wait = self.next.duration_since(now);
        if self.rest > now {
            Word::Rests(self.rest)
        } else if wait > SignedDuration::ZERO && wait <= pause {
            Word::Wait(self.next)
        } else {
            self.next = now.saturating_add(pause).unwrap_or(Timestamp::MAX);
            Word::Start
        }
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
            let _turn = pacing.turn(host).await.unwrap();
            starts.push((host, clock.now().duration_since(start()).as_secs()));
        }
        assert_eq!(starts, [("a", 0), ("a", 1), ("b", 1), ("a", 2), ("b", 2)]);
    }

    #[tokio::test]
    async fn a_host_at_rest_is_not_asked() {
        let clock = Clock::simulated(start());
        let pacing = pacing(&clock);
        let until = start() + SignedDuration::from_secs(60);
        pacing.leave_alone("a", until);
        pacing.leave_alone("a", start());
        assert_eq!(pacing.turn("a").await.err(), Some(until));
        assert!(pacing.turn("b").await.is_ok());
        clock.sleep_until(until).await;
        assert!(pacing.turn("a").await.is_ok());
    }

    #[tokio::test]
    async fn the_overall_limit_holds() {
        let clock = Clock::simulated(start());
        let pacing = pacing(&clock);
        let mut turns = Vec::new();
        for host in ["a", "b", "c", "d"] {
            turns.push(pacing.turn(host).await.unwrap());
        }
        let fifth = pacing.turn("e");
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
        let _held = pacing.turn("held").await.unwrap();
        for n in 0..2 * MAX_HOSTS {
            pacing.leave_alone(&format!("host{n}"), start() + SignedDuration::from_hours(1));
        }
        let hosts = pacing.hosts.lock().unwrap();
        assert!(hosts.len() <= MAX_HOSTS && hosts.contains_key("held"));
    }
}
