//! Step one: due feeds -> conditional GET -> entries, stored as pending articles with the feed's new state in one write.

use super::{Parts, STUMBLE, after, blocking};
use crate::article::{FeedId, SameBy, keys};
use crate::feed::{self, Class, Entry, Feed, FeedError, Next, Schedule};
use crate::fetch::{Body, Failure, Fetched, Request, What};
use crate::store::{self, FeedRow, Plan, PollOutcome, PollRecord, PollSummary};
use crate::text::language::Language;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, error, info, info_span, warn};

/// Feeds under way or waiting for a turn at their host.
const MAX_UNDER_WAY: usize = 1_000;
/// The loop looks again after this, even if nothing wakes it.
const LOOK: Duration = Duration::from_secs(60);
/// Checks are put off by up to this share of their interval, so that they spread out.
const JITTER: f64 = 0.1;
/// A host that asks for patience without saying how long is left alone for this, doubling with each failure of the feed.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Polls due feeds, each in a task of its own.
pub struct Poller {
    parts: Arc<Parts>,
    tasks: JoinSet<(FeedId, store::Result<PollSummary>)>,
    busy: HashSet<FeedId>,
    /// More was due than the last look at the store showed.
    more: bool,
}

impl Poller {
    pub fn new(parts: Arc<Parts>) -> Poller {
        Poller { parts, tasks: JoinSet::new(), busy: HashSet::new(), more: false }
    }

    /// Polls everything that is due at the moment, and waits for all of it.
    pub async fn step(&mut self) -> store::Result<PollSummary> {
        let mut sum = PollSummary::default();
        self.start().await?;
        while !self.tasks.is_empty() {
            let one = self.finish_one().await?;
            sum.new += one.new;
            sum.known += one.known;
            sum.edited += one.edited;
            if self.has_room_for_more() {
                self.start().await?;
            }
        }
        Ok(sum)
    }

    /// Feeds under way are due still, so that every look reads them again: it is worth it only for many at a time.
    fn has_room_for_more(&self) -> bool {
        self.more && self.busy.len() <= MAX_UNDER_WAY / 2
    }

    /// Starts polls of due feeds, as far as there is room.
    async fn start(&mut self) -> store::Result<()> {
        let due = blocking(&self.parts, |p| p.store.due_feeds(p.clock.now(), MAX_UNDER_WAY as u32)).await?;
        self.more = due.len() == MAX_UNDER_WAY;
        for row in due {
            if self.busy.len() < MAX_UNDER_WAY && self.busy.insert(row.id) {
                let (parts, id) = (self.parts.clone(), row.id);
                let span = info_span!("feed", name = %row.subscription.name, id = row.id.0);
                self.tasks.spawn(async move { (id, poll(parts, row).await) }.instrument(span));
            }
        }
        Ok(())
    }

    /// Waits for one poll to end. At once where none is under way.
    async fn finish_one(&mut self) -> store::Result<PollSummary> {
        match self.tasks.join_next().await {
            Some(Ok((id, result))) => {
                self.busy.remove(&id);
                result
            }
            Some(Err(e)) => {
                // A panic in a poll is a fault of ours; the feed is due still and is tried again.
                error!("a poll broke off: {e}");
                self.busy.clear();
                self.tasks.shutdown().await;
                Ok(PollSummary::default())
            }
            None => Ok(PollSummary::default()),
        }
    }
}

/// The loop of the daemon.
pub(super) async fn run(parts: Arc<Parts>, stop: CancellationToken) {
    let mut poller = Poller::new(parts.clone());
    let mut look = true;
    while !stop.is_cancelled() {
        if look && let Err(e) = poller.start().await {
            error!("feeds cannot be polled: {e}");
            parts.clock.sleep(STUMBLE).await;
            continue;
        }
        let next = next_due(&parts).await;
        look = true;
        tokio::select! {
            () = stop.cancelled() => {}
            () = parts.wake.poll.notified() => {}
            () = parts.clock.sleep_until(next) => {}
            result = poller.finish_one(), if !poller.tasks.is_empty() => {
                match result {
                    Ok(_) => look = poller.has_room_for_more(),
                    Err(e) => {
                        error!("a poll could not be stored: {e}");
                        parts.clock.sleep(STUMBLE).await;
                    }
                }
            }
        }
    }
    // What is under way is dropped: the feeds stay due, and the next start asks again.
    poller.tasks.shutdown().await;
}

/// When to look for due feeds next, unless woken: not at once, since feeds under way are due still.
async fn next_due(parts: &Arc<Parts>) -> Timestamp {
    const SOON: Duration = Duration::from_millis(500);
    let now = parts.clock.now();
    let next = blocking(parts, |p| p.store.next_due()).await.ok().flatten();
    next.unwrap_or(Timestamp::MAX).clamp(after(now, SOON), after(now, LOOK))
}

/// One poll of one feed, from request to write.
async fn poll(parts: Arc<Parts>, row: FeedRow) -> store::Result<PollSummary> {
    let fetched = match auth(&row) {
        Ok(auth) => parts.fetcher.get(&request(&row, auth.as_deref())).await,
        Err(failure) => Fetched::Failed(failure),
    };
    answered(&parts, row, fetched).await
}

/// Writes the answer that came when a feed was added as its first poll: nothing is asked for twice.
pub async fn first_poll(parts: &Arc<Parts>, row: FeedRow, fetched: Fetched) -> store::Result<PollSummary> {
    answered(parts, row, fetched).await
}

async fn answered(parts: &Arc<Parts>, row: FeedRow, fetched: Fetched) -> store::Result<PollSummary> {
    if let Fetched::RateLimited { until, .. } = &fetched {
        rest_host(parts, &row, *until).await?;
    }
    let summary = blocking(parts, move |p| p.store.record_poll(record(p, &row, fetched))).await?;
    if summary.new + summary.edited > 0 {
        info!(new = summary.new, known = summary.known, edited = summary.edited, "read");
        parts.wake.process.notify_one();
    }
    Ok(summary)
}

fn request<'a>(row: &'a FeedRow, auth: Option<&'a str>) -> Request<'a> {
    let s = &row.subscription;
    Request {
        validators: Some(&row.validators),
        headers: &s.headers,
        user_agent: s.user_agent.as_deref(),
        auth,
        proxy: s.proxy.as_ref(),
        http1: s.http1,
        ..Request::new(&row.address, What::Feed)
    }
}

/// The feed's secret, read anew each time: it may have been changed.
fn auth(row: &FeedRow) -> Result<Option<String>, Failure> {
    let Some(file) = &row.subscription.auth_file else { return Ok(None) };
    match std::fs::read_to_string(file) {
        Ok(secret) => Ok(Some(secret.trim().to_owned())),
        Err(e) => {
            let message = format!("{}: {e}; the feed's auth_file must be readable", file.display());
            Err(Failure { class: Class::Other, status: None, message })
        }
    }
}

/// A host that asks for patience gets it for all its feeds, also after a restart.
async fn rest_host(parts: &Arc<Parts>, row: &FeedRow, until: Option<Timestamp>) -> store::Result<()> {
    let Some(host) = row.address.host_str().map(str::to_owned) else { return Ok(()) };
    let until = until.unwrap_or_else(|| after(parts.clock.now(), feed::back_off(PATIENCE, row.failures + 1)));
    parts.fetcher.leave_alone(&host, until);
    blocking(parts, move |p| p.store.rest_host(&host, until)).await
}

/// What is written of a poll.
fn record(parts: &Parts, row: &FeedRow, fetched: Fetched) -> PollRecord {
    let at = parts.clock.now();
    match fetched {
        Fetched::NotModified { fresh_for } => {
            let plan = rhythm(parts, row, at, fresh_for, feed::Hints::default());
            PollRecord { feed: row.id, at, outcome: PollOutcome::NotModified, plan }
        }
        Fetched::Body(body) => read(parts, row, at, *body),
        Fetched::RateLimited { until, status } => {
            debug!(status, "the host asks for patience");
            let check = until.unwrap_or_else(|| after(at, feed::back_off(row.interval, row.failures + 1)));
            let reason = format!("the server asks for patience (HTTP {status})");
            let plan = Plan::At(Next { check, interval: row.interval, reason });
            PollRecord { feed: row.id, at, outcome: PollOutcome::RateLimited, plan }
        }
        Fetched::Failed(f) => failed(row, at, f.class, f.message),
    }
}

/// Reads a body into entries.
fn read(parts: &Parts, row: &FeedRow, at: Timestamp, body: Body) -> PollRecord {
    let origin = feed::Origin {
        url: &body.url,
        content_type: body.content_type.as_deref(),
        encoding: row.subscription.encoding.as_deref(),
    };
    let parsed = match feed::read(&body.bytes, &origin) {
        Ok(parsed) => parsed,
        Err(e) => {
            let class = if matches!(e, FeedError::Unreadable(_)) { Class::Parse } else { Class::NotAFeed };
            return failed(row, at, class, e.to_string());
        }
    };
    if !parsed.repairs.is_empty() {
        debug!(repairs = ?parsed.repairs, "repaired");
    }
    let Feed { title, entries, hints, language, .. } = parsed;
    let entries = oldest_first(entries);
    let baseline = entries.iter().map(|e| is_baseline(row, at, e)).collect();
    let entries = entries.into_iter().map(|e| prepared(row.id, e, language)).collect();
    let outcome = PollOutcome::Read { title, validators: body.validators, entries, baseline, moved_to: body.moved_to };
    PollRecord { feed: row.id, at, outcome, plan: rhythm(parts, row, at, body.fresh_for, hints) }
}

/// Entries in the order in which they came about: a change of a number must not be read before the number. Feeds begin with the newest.
fn oldest_first(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.reverse();
    if entries.iter().all(|e| e.published.is_some()) {
        entries.sort_by_key(|e| e.published);
    }
    entries
}

/// The entry with the feed's language, where it states none itself, and its marks.
fn prepared(feed: FeedId, mut entry: Entry, language: Option<Language>) -> (Entry, Vec<(SameBy, String)>) {
    entry.language = entry.language.or(language);
    let marks = keys(feed, entry.id.as_deref(), entry.link.as_ref(), &entry.title, &entry.text);
    (entry, marks)
}

/// Is this entry of a first poll, and older than what the feed's `alert_backlog` asks for?
fn is_baseline(row: &FeedRow, at: Timestamp, entry: &Entry) -> bool {
    let reach = row.subscription.alert_backlog.and_then(|b| SignedDuration::try_from(b).ok());
    !row.baselined
        && reach.is_none_or(|reach| entry.published.is_none_or(|p| p < at.saturating_sub(reach).unwrap_or(Timestamp::MIN)))
}

/// The next look after a poll that went well.
fn rhythm(parts: &Parts, row: &FeedRow, at: Timestamp, server: Option<Duration>, hints: feed::Hints) -> Plan {
    let quiet = Duration::try_from(at.duration_since(row.last_new.unwrap_or(row.added))).unwrap_or_default();
    Plan::Rhythm(Box::new(Schedule {
        fixed: row.subscription.every,
        interval: row.interval,
        quiet: row.baselined.then_some(quiet),
        bounds: parts.bounds,
        server,
        hints,
        jitter: jitter(row.id, at),
    }))
}

fn failed(row: &FeedRow, at: Timestamp, class: Class, message: String) -> PollRecord {
    let failures = row.failures + 1;
    warn!(%class, failures, "{message}");
    let gone = class == Class::Gone;
    let reason = if gone { "gone: not asked again".to_owned() } else { format!("backing off after {failures} failures") };
    let wait = feed::back_off(row.interval, failures);
    let check = if gone { Timestamp::MAX } else { after(at, wait + wait.mul_f64(jitter(row.id, at))) };
    let plan = Plan::At(Next { check, interval: row.interval, reason });
    PollRecord { feed: row.id, at, outcome: PollOutcome::Failed { class, message, gone }, plan }
}

/// The share of its interval by which a check is put off: the same for the same feed and moment, so that a replay gives the same week again.
fn jitter(id: FeedId, at: Timestamp) -> f64 {
    let mut hasher = DefaultHasher::new();
    (id, at.as_second()).hash(&mut hasher);
    JITTER * (hasher.finish() % 1_000) as f64 / 1_000.0
}
