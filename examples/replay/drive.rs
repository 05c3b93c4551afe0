//! The loop: the site of a moment, the daemon's steps, and on to the next moment at which a feed is due.

use crate::stage::Stage;
use crate::{Input, Result};
use jiff::Timestamp;
use orbat::clock::Clock;
use orbat::config::Config;
use orbat::daemon::{self, Parts, Poller, Processor};
use orbat::store::Store;
use rustix::time::{ClockId, clock_gettime};
use std::path::Path;
use std::time::{Duration, Instant};

/// A moment's work that takes longer than this (in real time) hangs.
const PATIENCE: Duration = Duration::from_secs(600);

/// What a replay leaves behind.
pub struct Played {
    pub store: Store,
    pub moments: u64,
    pub entries_new: u64,
    pub entries_known: u64,
    pub span: (Timestamp, Timestamp),
    pub wall: Duration,
    /// Of the whole process: daemon and server.
    pub cpu: Duration,
}

pub async fn run(input: &mut Input, mut config: Config, database: &Path) -> Result<Played> {
    if database.exists() {
        return Err(format!("{} exists already: name another --work", database.display()).into());
    }
    let started = Instant::now();
    let stage = Stage::set_up(&input.hosts(), &mut config.poll.fetch).await?;
    // Whoever comes first goes first: what depends on the speed of this machine would differ from run to run.
    config.poll.fetch.in_all = 1;
    let start = input.start();
    let clock = Clock::simulated(start);
    let store = Store::open(database)?;
    daemon::sync(&config, &store, &clock)?;
    let (parts, _answers) = Parts::new(&config, store.clone(), clock.clone())?;
    let (mut poller, mut processor) = (Poller::one_by_one(parts.clone()), Processor::new(parts.clone()));
    let mut played = Played {
        store,
        moments: 0,
        entries_new: 0,
        entries_known: 0,
        span: (start, start),
        wall: Duration::ZERO,
        cpu: Duration::ZERO,
    };
    loop {
        let now = clock.now();
        input.set(&stage.site, now)?;
        let moment = async {
            let polled = poller.step().await?;
            processor.step().await?;
            daemon::tick(&parts).await?;
            Ok::<_, orbat::store::StoreError>(polled)
        };
        let polled = tokio::time::timeout(PATIENCE, moment).await.map_err(|_| format!("hangs at {now}"))??;
        played.moments += 1;
        played.entries_new += u64::from(polled.new);
        played.entries_known += u64::from(polled.known);
        let store = &played.store;
        let due = [store.next_due()?, store.next_pending()?].into_iter().flatten().min().unwrap_or(Timestamp::MAX);
        let Some(next) = input.next(now, due) else { break };
        say_day(now, next);
        clock.sleep_until(next).await;
    }
    let cpu = clock_gettime(ClockId::ProcessCPUTime);
    played.span.1 = clock.now();
    played.wall = started.elapsed();
    played.cpu = Duration::new(cpu.tv_sec as u64, cpu.tv_nsec as u32);
    Ok(played)
}

/// A sign of life for every simulated day.
fn say_day(now: Timestamp, next: Timestamp) {
    let day = |t: Timestamp| t.to_zoned(jiff::tz::TimeZone::UTC).date();
    if day(next) != day(now) {
        eprintln!("{}", day(next));
    }
}
