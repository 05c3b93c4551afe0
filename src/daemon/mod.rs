//! The service: poll, process and deliver as step functions over the store, and the one owner of all tasks.
//!
//! [`run`] starts a loop per step and ends them in order. A loop is woken by the step before it, by a command that
//! wrote to the database, or by the clock; the queue itself is the database, so that a start is the same as a restart. The
//! steps can be driven one by one as well ([`Poller::step`], [`Processor::step`], [`Deliverer::step`]), which is how a replay runs a week in a minute.

mod answers;
mod ask;
mod deliver;
mod digest;
mod health;
mod housekeeping;
pub mod machine;
mod memory;
mod metrics;
mod offline;
mod order;
mod outage;
mod outbox;
mod page;
mod poll;
mod process;
mod progress;
mod record;
mod reload;
mod reprocess;
mod session;
mod systemd;
mod watch;
mod watchdog;
mod watched;

pub use ask::first_poll;
pub use deliver::Deliverer;
pub use housekeeping::{UNCOPIED, keep_house};
pub use poll::Poller;
pub use process::Processor;
pub use reload::{ASKED, OUTCOME, Reloaded, Source};
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
use progress::Progress;
use std::future::Future;
use std::net::SocketAddr;
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
    /// Where health and metrics are served.
    web: Option<SocketAddr>,
    pub care: Care,
    pub clock: Clock,
    /// A reload keeps these: they are of the process, not of a configuration.
    presence: Arc<Mutex<session::Presence>>,
    wake: Arc<Wake>,
    progress: Arc<Progress>,
}

/// The parts in force: a reload puts others in their place between two steps. What is under way goes on with those that it began with.
type InForce = tokio::sync::watch::Receiver<Arc<Parts>>;

/// A knock at the door of each loop.
#[derive(Default)]
struct Wake {
    poll: Notify,
    process: Notify,
    deliver: Notify,
    reload: Notify,
}

impl Wake {
    fn all(&self) {
        self.poll.notify_one();
        self.process.notify_one();
        self.deliver.notify_one();
        self.reload.notify_one();
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
        let notifier = notifier.of(outbox::origin(&store).map_err(|e| e.to_string())?);
        Ok(Parts {
            watch: Watch::new(config, &store)?,
            store,
            fetcher,
            notifier,
            language: config.language,
            bounds: Bounds { every: config.poll.every, min: config.poll.min, max: config.poll.max },
            digest_at: config.digest_at.clone(),
            health: config.health.clone(),
            web: config.web,
            care: config.care.clone(),
            clock,
            presence: Arc::default(),
            wake: Arc::default(),
            progress: Arc::default(),
        })
    }

    /// The parts that another configuration makes of these.
    fn reloaded(&self, config: &Config) -> Result<Parts, String> {
        Ok(Parts {
            watch: Watch::new(config, &self.store)?,
            store: self.store.clone(),
            fetcher: self.fetcher.with_settings(config.poll.fetch.clone())?,
            notifier: self.notifier.with_receivers(config.receivers.clone(), config.language),
            language: config.language,
            bounds: Bounds { every: config.poll.every, min: config.poll.min, max: config.poll.max },
            digest_at: config.digest_at.clone(),
            health: config.health.clone(),
            web: config.web,
            care: config.care.clone(),
            clock: self.clock.clone(),
            presence: self.presence.clone(),
            wake: self.wake.clone(),
            progress: self.progress.clone(),
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
    /// Hosts that asked for patience are not asked: before a stop, or when a command asked them.
    pub fn leave_alone(&self) -> store::Result<()> {
        let resting = self.store.resting_hosts(self.clock.now())?;
        resting.iter().for_each(|(host, until)| self.fetcher.leave_alone(host, *until));
        Ok(())
    }

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

/// Runs until `shutdown` ends; then within ten seconds, with nothing lost. The configuration stays as it is.
pub async fn run(parts: Arc<Parts>, answers: mpsc::Receiver<Answer>, shutdown: impl Future<Output = ()>) -> store::Result<()> {
    serve(parts, answers, None, shutdown).await
}

/// [`run`], which looks after the files of its configuration: what changes there is taken over.
pub async fn serve(
    parts: Arc<Parts>,
    answers: mpsc::Receiver<Answer>,
    source: Option<Source>,
    shutdown: impl Future<Output = ()>,
) -> store::Result<()> {
    blocking(&parts, Parts::leave_alone).await?;
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    let (install, in_force) = tokio::sync::watch::channel(parts.clone());
    tasks.spawn(poll::run(in_force.clone(), stop.clone()));
    tasks.spawn(process::run(in_force.clone(), stop.clone()));
    tasks.spawn(deliver::run(in_force.clone(), stop.clone()));
    tasks.spawn(digest::run(in_force.clone(), stop.clone()));
    tasks.spawn(housekeeping::run(in_force.clone(), stop.clone()));
    tasks.spawn(watch::run(in_force.clone(), stop.clone()));
    tasks.spawn(answers::run(in_force.clone(), answers, stop.clone()));
    tasks.spawn(session::listen(in_force.clone(), stop.clone()));
    tasks.spawn(session::run(in_force.clone(), stop.clone()));
    tasks.spawn(watchdog::run(in_force.clone(), stop.clone()));
    tasks.spawn(health::run(in_force.clone(), stop.clone()));
    tasks.spawn(reload::run(source, install, stop.clone()));
    systemd::tell(&[systemd::READY]);
    info!(version = env!("CARGO_PKG_VERSION"), "orbat is running");

    tokio::select! {
        () = shutdown => info!("stopping"),
        Some(ended) = tasks.join_next() => error!(?ended, "a loop has ended by itself: stopping"),
    }
    systemd::tell(&[systemd::STOPPING]);
    stop.cancel();
    if tokio::time::timeout(FAREWELL, async { while tasks.join_next().await.is_some() {} }).await.is_err() {
        warn!("some tasks did not finish in time: what they were at is done again at the next start");
        tasks.shutdown().await;
    }
    blocking(&parts, |p| p.store.tidy()).await
}

/// The parts in force now.
fn latest(in_force: &InForce) -> Arc<Parts> {
    in_force.borrow().clone()
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
