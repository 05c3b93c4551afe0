//! The service: poll, process and deliver as step functions over the store, and the one owner of all tasks.
//!
//! [`run`] starts a loop per step and ends them in order. A loop is woken by the step before it, by a command that
//! wrote to the database, or by the clock; the queue itself is the database, so that a start is the same as a restart. The
//! steps can be driven one by one as well ([`Poller::step`], [`Processor::step`], [`Deliverer::step`]), which is how a replay runs a week in a minute.

mod answers;
mod deliver;
mod digest;
mod housekeeping;
mod offline;
mod outage;
mod outbox;
mod page;
mod poll;
mod process;
mod reprocess;
mod session;
mod stories;
mod watch;
mod watched;

pub use deliver::Deliverer;
pub use housekeeping::keep_house;
pub use poll::{Poller, first_poll};
pub use process::Processor;
pub use reprocess::reprocess;

use crate::alert::HealthPolicy;
use crate::clock::Clock;
use crate::config::{Care, Config};
use crate::feed::Bounds;
use crate::fetch::Fetcher;
use crate::notify::{Answer, Notifier};
use crate::rule::Channel;
use crate::store::{self, Store};
use crate::text::language::Language;
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use watched::Watch;

/// How long tasks get to finish what they are at when the daemon is told to stop.
const FAREWELL: Duration = Duration::from_secs(6);
/// Pause after a step that the database refused.
const STUMBLE: Duration = Duration::from_secs(5);
/// What people do with popups waits in a queue of this length.
const ANSWERS: usize = 64;

/// Everything that the steps work with. Made once from a configuration.
pub struct Parts {
    pub store: Store,
    pub fetcher: Fetcher,
    pub notifier: Notifier,
    pub watch: Watch,
    /// Of messages.
    pub language: Language,
    pub bounds: Bounds,
    pub digest_at: Vec<Time>,
    pub health: HealthPolicy,
    pub care: Care,
    pub clock: Clock,
    presence: Mutex<session::Presence>,
    wake: Wake,
}

/// A knock at the door of each loop.
#[derive(Default)]
struct Wake {
    poll: Notify,
    process: Notify,
    deliver: Notify,
}

impl Wake {
    fn all(&self) {
        self.poll.notify_one();
        self.process.notify_one();
        self.deliver.notify_one();
    }
}

impl Parts {
    /// Joins a configuration with its store. The channel brings what people do with popups: give it to [`run`].
    pub fn new(config: &Config, store: Store, clock: Clock) -> Result<(Arc<Parts>, mpsc::Receiver<Answer>), String> {
        let fetcher = Fetcher::new(config.poll.fetch.clone(), clock.clone())?;
        Parts::with(config, store, clock, fetcher)
    }

    /// As [`Parts::new`], with a fetcher that is there already: that of a simulation.
    pub fn with(
        config: &Config,
        store: Store,
        clock: Clock,
        fetcher: Fetcher,
    ) -> Result<(Arc<Parts>, mpsc::Receiver<Answer>), String> {
        let (answer, answers) = mpsc::channel(ANSWERS);
        let notifier = Notifier::new(config.receivers.clone(), config.language, answer);
        Ok((Arc::new(Parts::joined(config, store, clock, fetcher, notifier)?), answers))
    }

    /// The same with the bus at `address` in the place of the session's and the system's, for tests.
    pub fn on_bus(
        config: &Config,
        store: Store,
        clock: Clock,
        address: &str,
    ) -> Result<(Arc<Parts>, mpsc::Receiver<Answer>), String> {
        let (answer, answers) = mpsc::channel(ANSWERS);
        let fetcher = Fetcher::new(config.poll.fetch.clone(), clock.clone())?;
        let notifier = Notifier::on_bus(config.receivers.clone(), config.language, answer, address);
        Ok((Arc::new(Parts::joined(config, store, clock, fetcher, notifier)?), answers))
    }

    fn joined(config: &Config, store: Store, clock: Clock, fetcher: Fetcher, notifier: Notifier) -> Result<Parts, String> {
        Ok(Parts {
            watch: Watch::new(config, &store)?,
            store,
            fetcher,
            notifier,
            language: config.language,
            bounds: Bounds { every: config.poll.every, min: config.poll.min, max: config.poll.max },
            digest_at: config.digest_at.clone(),
            health: config.health.clone(),
            care: config.care.clone(),
            clock,
            presence: Mutex::default(),
            wake: Wake::default(),
        })
    }

    /// The receivers that an alert goes to: those that its rule names, else all.
    fn receivers(&self, notify: &[String]) -> Vec<String> {
        match notify {
            [] => self.notifier.names().into_iter().map(str::to_owned).collect(),
            some => some.to_vec(),
        }
    }
}

impl Parts {
    /// Whom a poll tells of the health of its feed: what waits for the digest goes to nobody yet.
    fn health_tell(&self) -> store::Tell {
        let policy = self.health.clone();
        let receivers = if policy.channel == Channel::Popup { self.receivers(&policy.notify) } else { Vec::new() };
        store::Tell { policy, receivers }
    }
}

/// Makes the file-born feeds of the store those of the configuration.
pub fn sync(config: &Config, store: &Store, clock: &Clock) -> store::Result<store::Synced> {
    let feeds: Vec<_> = config.feeds.iter().map(|f| f.value.clone()).collect();
    store.sync_feeds(&feeds, config.poll.every, Duration::ZERO, clock.now())
}

/// What the clock brings about beside polls: the digest at its times, and the summary of first polls. For those who drive the steps themselves.
pub async fn tick(parts: &Arc<Parts>) -> store::Result<()> {
    digest::step(parts).await?;
    process::sum_up(parts).await
}

/// Runs until `shutdown` ends; then within ten seconds, with nothing lost.
pub async fn run(parts: Arc<Parts>, answers: mpsc::Receiver<Answer>, shutdown: impl Future<Output = ()>) -> store::Result<()> {
    for (host, until) in blocking(&parts, |p| p.store.resting_hosts(p.clock.now())).await? {
        parts.fetcher.leave_alone(&host, until);
    }
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    tasks.spawn(poll::run(parts.clone(), stop.clone()));
    tasks.spawn(process::run(parts.clone(), stop.clone()));
    tasks.spawn(deliver::run(parts.clone(), stop.clone()));
    tasks.spawn(digest::run(parts.clone(), stop.clone()));
    tasks.spawn(housekeeping::run(parts.clone(), stop.clone()));
    tasks.spawn(watch::run(parts.clone(), stop.clone()));
    tasks.spawn(answers::run(parts.clone(), answers, stop.clone()));
    tasks.spawn(listen(parts.clone(), stop.clone()));
    tasks.spawn(session::run(parts.clone(), stop.clone()));
    tell_systemd(&[sd_notify::NotifyState::Ready]);
    info!(version = env!("CARGO_PKG_VERSION"), "orbat is running");

    tokio::select! {
        () = shutdown => info!("stopping"),
        Some(ended) = tasks.join_next() => error!(?ended, "a loop has ended by itself: stopping"),
    }
    tell_systemd(&[sd_notify::NotifyState::Stopping]);
    stop.cancel();
    if tokio::time::timeout(FAREWELL, async { while tasks.join_next().await.is_some() {} }).await.is_err() {
        warn!("some tasks did not finish in time: what they were at is done again at the next start");
        tasks.shutdown().await;
    }
    blocking(&parts, |p| p.store.tidy()).await
}

/// The signals of the desktop's notification server, until the daemon stops.
async fn listen(parts: Arc<Parts>, stop: CancellationToken) {
    tokio::select! {
        () = parts.notifier.listen() => stop.cancelled().await,
        () = stop.cancelled() => {}
    }
}

fn tell_systemd(states: &[sd_notify::NotifyState]) {
    if let Err(e) = sd_notify::notify(states) {
        warn!("systemd could not be told: {e}");
    }
}

/// The moment `wait` from now; the end of time where there is none.
fn after(now: Timestamp, wait: Duration) -> Timestamp {
    SignedDuration::try_from(wait).ok().and_then(|w| now.checked_add(w).ok()).unwrap_or(Timestamp::MAX)
}

/// Runs a verb of the store, or other work that blocks, on a thread made for that, within the span of who asks.
async fn blocking<T: Send + 'static>(
    parts: &Arc<Parts>,
    work: impl FnOnce(&Parts) -> store::Result<T> + Send + 'static,
) -> store::Result<T> {
    let (parts, span) = (parts.clone(), tracing::Span::current());
    match tokio::task::spawn_blocking(move || span.in_scope(|| work(&parts))).await {
        Ok(result) => result,
        Err(e) => match e.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(store::StoreError::Stopped),
        },
    }
}
