//! What is written of a poll: its outcome, the entries with their marks, and when the feed is looked at again.

use super::{Parts, after};
use crate::article::{FeedId, SameBy, keys};
use crate::feed::{self, Class, Entry, Feed, Next, Schedule, Validators};
use crate::fetch::{Body, Failure, Fetched};
use crate::store::{FeedRow, Plan, PollOutcome, PollRecord};
use crate::text::language::Language;
use jiff::{SignedDuration, Timestamp};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;
use tracing::{debug, warn};

/// Checks are put off by up to this share of their interval, so that they spread out.
const JITTER: f64 = 0.1;
/// A host that asks for patience without saying how long is left alone for this, doubling with each failure of the feed.
pub(super) const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// What could not be asked because the network was away comes behind the others for this long.
const BEHIND: Duration = Duration::from_secs(60);
/// Having been outrun is remembered for this long.
const OUTRUN_MEMORY: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What is written of a poll.
pub(super) fn record(parts: &Parts, row: &FeedRow, fetched: Fetched) -> PollRecord {
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
        Err(e) => return failed(row, at, Failure::new(e.class(), e.to_string())),
    };
    if !parsed.repairs.is_empty() {
        debug!(repairs = ?parsed.repairs, "repaired");
    }
    if parsed.left_out > 0 {
        warn!(items = parsed.left_out, "items could not be read and were left out: {}", parsed.repairs.join("; "));
    }
    let Feed { title, entries, hints, language, cut, .. } = parsed;
    // What is missing comes only with a whole answer.
    let validators = if cut { Validators::default() } else { body.validators };
    let entries = oldest_first(entries.into_iter().filter(Entry::says_something).collect());
    let baseline = entries.iter().map(|e| is_baseline(row, at, e)).collect();
    let entries = entries.into_iter().map(|e| prepared(row.id, e, language)).collect();
    let outcome = PollOutcome::Read { title, validators, entries, baseline, moved_to: body.moved_to };
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

/// Nobody's fault: the network is away.
pub(super) fn left(row: &FeedRow, at: Timestamp) -> PollRecord {
    let reason = "offline: asked when the network is back".to_owned();
    let plan = Plan::At(Next { check: after(at, BEHIND), interval: row.interval, reason });
    PollRecord { feed: row.id, at, outcome: PollOutcome::Postponed { tried: false }, plan }
}

/// A failure of the feed or its host: backed off from as its kind asks for.
pub(super) fn failed(row: &FeedRow, at: Timestamp, Failure { class, status, message, .. }: Failure) -> PollRecord {
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
