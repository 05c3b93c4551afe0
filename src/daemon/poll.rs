//! Step one: due feeds -> conditional GET -> entries, stored as pending articles with the feed's new state in one write.

use super::offline::{Network, Verdict, may_be_the_network};
use super::progress::Loop;
use super::{InForce, Parts, STUMBLE, after, blocking, latest};
use crate::article::{FeedId, SameBy, keys};
use crate::clock::{Jump, Pulse};
use crate::feed::{self, Class, Entry, Feed, FeedError, Next, Schedule};
use crate::fetch::{self, Body, Failure, Fetched, Request, What};
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
/// What is due after an absence is spread: so much for each feed, so much for all.
const SPREAD_EACH: Duration = Duration::from_millis(500);
const SPREAD_MOST: Duration = Duration::from_secs(5 * 60);
/// What could not be asked because the network was away comes behind the others for this long.
const BEHIND: Duration = Duration::from_secs(60);
/// Less sleep, and smaller steps of the clock, are not worth a thought.
const WORTH_A_THOUGHT: Duration = Duration::from_secs(60);
/// Stories that burst are looked for this often.
const BURST_LOOK: SignedDuration = SignedDuration::from_secs(60);
/// Having been outrun is remembered for this long.
const OUTRUN_MEMORY: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Polls due feeds, each in a task of its own.
pub struct Poller {
    parts: Arc<Parts>,
    tasks: JoinSet<(FeedId, store::Result<Polled>)>,
    busy: HashSet<FeedId>,
    /// More was due than the last look at the store showed.
    more: bool,
    network: Network,
    /// Feeds whose host could not be reached, until it is known who is to blame.
    held: Vec<Unreached>,
    bursts_seen: Option<Timestamp>,
}

/// What became of one poll.
enum Polled {
    /// Written; `answered` where somebody was heard.
    Stored {
        summary: PollSummary,
        answered: bool,
    },
    Unreached(Box<Unreached>),
}

/// A poll that reached nobody, not written yet.
struct Unreached {
    row: FeedRow,
    failure: Failure,
    at: Timestamp,
    /// There was a way out of this machine.
    routed: bool,
}

impl Poller {
    pub fn new(parts: Arc<Parts>) -> Poller {
        let (tasks, network) = (JoinSet::new(), Network::default());
        Poller { parts, tasks, busy: HashSet::new(), more: false, network, held: Vec::new(), bursts_seen: None }
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
        self.more && self.busy.len() <= MAX_UNDER_WAY / 2
    }

    /// Starts polls of due feeds, as far as there is room.
    async fn start(&mut self) -> store::Result<()> {
        let now = self.parts.clock.now();
        self.look_at_suspects().await?;
        self.hurry(now).await?;
        let limit = match self.network.probe_at() {
            Some(probe) if probe > now || !self.tasks.is_empty() => return Ok(()),
            Some(_) => 1,
            None => MAX_UNDER_WAY,
        };
        self.network.probed(now);
        let due = blocking(&self.parts, move |p| p.store.due_feeds(now, limit as u32)).await?;
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
                Verdict::Network => {
                    let check = after(at, BEHIND);
                    let reason = "offline: asked when the network is back".to_owned();
                    let plan = Plan::At(Next { check, interval: row.interval, reason });
                    PollRecord { feed: row.id, at, outcome: PollOutcome::Postponed { tried: false }, plan }
                }
                _ => failed(&row, at, failure),
            };
            write(&self.parts, move |_| record).await?;
        }
        Ok(())
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
    while !stop.is_cancelled() {
        parts = latest(&in_force);
        parts.progress.mark(Loop::Poll);
        poller.parts = parts.clone();
        if look && let Err(e) = attend(&mut poller, &mut pulse).await {
            error!("feeds cannot be polled: {e}");
            parts.clock.sleep(STUMBLE).await;
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
                    Ok(_) => look = poller.has_room_for_more(),
                    Err(e) => {
                        error!("a poll could not be stored: {e}");
                        parts.clock.sleep(STUMBLE).await;
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

/// One poll of one feed, from request to write; what reached nobody is not written yet.
async fn poll(parts: Arc<Parts>, row: FeedRow) -> store::Result<Polled> {
    let fetched = match auth(&row) {
        Ok(auth) => parts.fetcher.get(&request(&row, auth.as_deref())).await,
        Err(failure) => Fetched::Failed(failure),
    };
    taken_in(&parts, row, fetched).await
}

/// Writes the answer that came when a feed was added as its first poll: nothing is asked for twice.
pub async fn first_poll(parts: &Arc<Parts>, row: FeedRow, fetched: Fetched) -> store::Result<PollSummary> {
    match taken_in(parts, row, fetched).await? {
        Polled::Stored { summary, .. } => Ok(summary),
        Polled::Unreached(unreached) => {
            let Unreached { row, failure, at, .. } = *unreached;
            write(parts, move |_| failed(&row, at, failure)).await
        }
    }
}

async fn taken_in(parts: &Arc<Parts>, row: FeedRow, fetched: Fetched) -> store::Result<Polled> {
    let answered = match fetched {
        Fetched::Failed(failure) if is_suspect(&row, &failure) => {
            let at = parts.clock.now();
            let routed = parts.clock.is_simulated() || fetch::has_route();
            return Ok(Polled::Unreached(Box::new(Unreached { row, failure, at, routed })));
        }
        Fetched::Failed(Failure { status, .. }) => status.is_some(),
        Fetched::RateLimited { asked, .. } => asked,
        Fetched::NotModified { .. } | Fetched::Body(_) => true,
    };
    // A fault of one feed (503 without a word of when) is no request to leave its host alone.
    if let Fetched::RateLimited { until, ref host, asked: true, status } = fetched
        && (until.is_some() || status == 429)
    {
        rest_host(parts, host.clone(), until).await?;
    }
    let summary = write(parts, move |p| record(p, &row, fetched)).await?;
    if summary.new + summary.edited > 0 {
        info!(new = summary.new, known = summary.known, edited = summary.edited, "read");
        parts.wake.process.notify_one();
    }
    Ok(Polled::Stored { summary, answered })
}

/// May it be the network, and not the host? Not for what lies on this machine.
fn is_suspect(row: &FeedRow, failure: &Failure) -> bool {
    let near = match row.address.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    may_be_the_network(failure.class) && !near
}

/// Writes what a poll brought, and what that tells of the health of its feed.
async fn write(parts: &Arc<Parts>, made: impl FnOnce(&Parts) -> PollRecord + Send + 'static) -> store::Result<PollSummary> {
    let summary = blocking(parts, move |p| p.store.record_poll_and_tell(made(p), p.health_tell())).await?;
    if let Some(time) = summary.outrun {
        warn!(hours = time.as_secs() / 3600, "nothing of the last poll was left: entries may have been missed");
    }
    if summary.told > 0 {
        parts.wake.deliver.notify_one();
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
async fn rest_host(parts: &Arc<Parts>, host: String, until: Option<Timestamp>) -> store::Result<()> {
    let until = until.unwrap_or_else(|| after(parts.clock.now(), PATIENCE));
    parts.fetcher.leave_alone(&host, until);
    blocking(parts, move |p| p.store.rest_host(&host, until)).await
}

/// What is written of a poll.
fn record(parts: &Parts, row: &FeedRow, fetched: Fetched) -> PollRecord {
    let at = parts.clock.now();
    match fetched {
        Fetched::NotModified { fresh_for } => {
            let plan = rhythm(parts, row, at, fresh_for, row.hints.clone());
            PollRecord { feed: row.id, at, outcome: PollOutcome::NotModified, plan }
        }
        Fetched::Body(body) => read(parts, row, at, *body),
        Fetched::RateLimited { until, status, asked: true, .. } => limited(row, at, until, status),
        Fetched::RateLimited { until, host, .. } => {
            // Those of one host do not come back at one moment.
            let check = after(until.unwrap_or(at), PATIENCE.mul_f64(jitter(row.id, at)));
            let plan = Plan::At(Next { check, interval: row.interval, reason: format!("{host} asked for patience") });
            PollRecord { feed: row.id, at, outcome: PollOutcome::Postponed { tried: true }, plan }
        }
        Fetched::Failed(failure) => failed(row, at, failure),
    }
}

/// The host asked for patience: until then, or for longer and longer.
fn limited(row: &FeedRow, at: Timestamp, until: Option<Timestamp>, status: u16) -> PollRecord {
    let message = format!("the server asks for patience (HTTP {status})");
    debug!("{message}");
    let patience = feed::back_off(PATIENCE, row.failures + 1);
    let wait = after(at, patience + patience.mul_f64(jitter(row.id, at)));
    let reason = if until.is_some() { "the server says when to come back" } else { "backing off: the server asks for patience" };
    let plan = Plan::At(Next { check: until.unwrap_or(wait), interval: row.interval, reason: reason.to_owned() });
    let outcome = PollOutcome::Failed { class: Class::RateLimited, message, gone: false };
    PollRecord { feed: row.id, at, outcome, plan }
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
            return failed(row, at, Failure { class, status: None, message: e.to_string() });
        }
    };
    if !parsed.repairs.is_empty() {
        debug!(repairs = ?parsed.repairs, "repaired");
    }
    let Feed { title, entries, hints, language, .. } = parsed;
    let entries = oldest_first(entries.into_iter().filter(Entry::says_something).collect());
    let baseline = entries.iter().map(|e| is_baseline(row, at, e)).collect();
    let entries = entries.into_iter().map(|e| prepared(row.id, e, language)).collect();
    let outcome = PollOutcome::Read { title, validators: body.validators, entries, baseline, moved_to: body.moved_to };
    PollRecord { feed: row.id, at, outcome, plan: rhythm(parts, row, at, body.fresh_for, hints) }
}

/// Entries in the order in which they came about: a change of a number must not be read before the number. Feeds begin with the newest, unless
/// their dates say otherwise; an entry without a date keeps its place among the others.
fn oldest_first(mut entries: Vec<Entry>) -> Vec<Entry> {
    let dates: Vec<Timestamp> = entries.iter().filter_map(|e| e.published).collect();
    let rising = dates.windows(2).filter(|pair| pair[0] < pair[1]).count();
    let falling = dates.windows(2).filter(|pair| pair[0] > pair[1]).count();
    if rising <= falling {
        entries.reverse();
    }
    let dated: Vec<usize> = (0..entries.len()).filter(|&i| entries[i].published.is_some()).collect();
    let mut sorted: Vec<Entry> = dated.iter().map(|&i| std::mem::take(&mut entries[i])).collect();
    sorted.sort_by_key(|e| e.published);
    dated.into_iter().zip(sorted).for_each(|(i, entry)| entries[i] = entry);
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
        outrun: row.outrun.filter(|outrun| at.duration_since(outrun.at) < OUTRUN_MEMORY).map(|outrun| outrun.time),
        bounds: parts.bounds,
        server,
        hints,
        jitter: jitter(row.id, at),
    }))
}

/// A failure of the feed or its host: backed off from as its kind asks for.
fn failed(row: &FeedRow, at: Timestamp, Failure { class, status, message }: Failure) -> PollRecord {
    let failures = row.failures + 1;
    warn!(%class, failures, "{message}");
    let (check, reason) = match feed::back_off_from(class, status, row.interval, failures) {
        Some(wait) => {
            let reason = format!("backing off after {failures} failure{}", if failures == 1 { "" } else { "s" });
            (after(at, wait + wait.mul_f64(jitter(row.id, at))), reason)
        }
        None => (Timestamp::MAX, "gone: not asked again".to_owned()),
    };
    let plan = Plan::At(Next { check, interval: row.interval, reason });
    let outcome = PollOutcome::Failed { class, message, gone: class == Class::Gone };
    PollRecord { feed: row.id, at, outcome, plan }
}

/// The share of its interval by which a check is put off: the same for the same feed and moment, so that a replay gives the same week again.
fn jitter(id: FeedId, at: Timestamp) -> f64 {
    let mut hasher = DefaultHasher::new();
    (id, at.as_second()).hash(&mut hasher);
    JITTER * (hasher.finish() % 1_000) as f64 / 1_000.0
}
