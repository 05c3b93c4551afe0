//! One poll of one feed: conditional GET -> entries, stored as pending articles with the feed's new state in one write.

use super::offline::may_be_the_network;
use super::record::{PATIENCE, failed, record};
use super::{Parts, after, blocking};
use crate::config;
use crate::feed::Class;
use crate::fetch::{self, Failure, Fetched, Request};
use crate::store::{self, FeedRow, PollRecord, PollSummary};
use jiff::Timestamp;
use std::sync::Arc;
use tracing::{info, warn};

/// What became of one poll.
pub(super) enum Polled {
    /// Written; `answered` where somebody was heard.
    Stored {
        summary: PollSummary,
        answered: bool,
    },
    Unreached(Box<Unreached>),
}

/// A poll that reached nobody, not written yet.
pub(super) struct Unreached {
    pub row: FeedRow,
    pub failure: Failure,
    pub at: Timestamp,
    /// There was a way out of this machine.
    pub routed: bool,
}

/// One poll of one feed, from request to write; what reached nobody is not written yet.
pub(super) async fn poll(parts: Arc<Parts>, row: FeedRow) -> store::Result<Polled> {
    let fetched = match config::secret_of(&row.subscription) {
        Ok(auth) => {
            let request = Request::for_feed(&row.subscription, &row.address, auth.as_deref());
            parts.fetcher.get(&Request { validators: Some(&row.validators), ..request }).await
        }
        Err(why) => Fetched::Failed(Failure::new(Class::Other, why)),
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
            let routed = parts.clock.is_simulated() || !failure.is_our_own() && fetch::has_route();
            return Ok(Polled::Unreached(Box::new(Unreached { row, failure, at, routed })));
        }
        Fetched::Failed(Failure { status, .. }) => status.is_some(),
        Fetched::RateLimited { asked, .. } => asked,
        Fetched::NotModified { .. } | Fetched::Body(_) => true,
    };
    heed(parts, &fetched).await?;
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
pub(super) async fn write(
    parts: &Arc<Parts>,
    made: impl FnOnce(&Parts) -> PollRecord + Send + 'static,
) -> store::Result<PollSummary> {
    let summary = blocking(parts, move |p| p.store.record_poll_and_tell(made(p), p.health_tell())).await?;
    if let Some(time) = summary.outrun {
        warn!(hours = time.as_secs() / 3600, "nothing of the last poll was left: entries may have been missed");
    }
    if summary.told > 0 {
        parts.wake.deliver.notify_one();
    }
    Ok(summary)
}

/// A host that asks for patience gets it for all its feeds and pages, also after a restart. A fault of one feed (503 without a word of when) is
/// no request to leave its host alone.
pub(super) async fn heed(parts: &Arc<Parts>, fetched: &Fetched) -> store::Result<()> {
    match fetched {
        Fetched::RateLimited { until, host, asked: true, status, .. } if until.is_some() || *status == 429 => {
            let (host, until) = (host.clone(), until.unwrap_or_else(|| after(parts.clock.now(), PATIENCE)));
            parts.fetcher.leave_alone(&host, until);
            blocking(parts, move |p| p.store.rest_host(&host, until)).await
        }
        _ => Ok(()),
    }
}
