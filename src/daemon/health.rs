//! Answers to programs that look after the service, on loopback where the configuration wants it.

use super::metrics::{self, Sample};
use super::progress::STALL;
use super::{InForce, Parts, latest, machine};
use crate::store;
use crate::web::health::{self, Answer, Question};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// An address that is taken is tried again after this.
const RETRY: Duration = Duration::from_secs(30);

pub(super) async fn run(mut in_force: InForce, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let address = in_force.borrow_and_update().web;
        let mut other = in_force.clone();
        let changed = async move {
            // Fails only when the daemon ends.
            let _ = other.wait_for(|parts| parts.web != address).await;
        };
        let end = {
            let stop = stop.clone();
            async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = changed => {}
                }
            }
        };
        let Some(address) = address else {
            end.await;
            continue;
        };
        match TcpListener::bind(address).await {
            Ok(listener) => {
                info!(%address, "health and metrics are to be had");
                let asked = in_force.clone();
                let answerer = Arc::new(move |question| answer(&latest(&asked), question));
                if let Err(e) = health::serve(listener, answerer, end).await {
                    warn!(%address, "health and metrics have ended: {e}");
                }
            }
            Err(e) => {
                warn!(%address, "health and metrics cannot be served: {e}; choose another port in [web]");
                let _ = tokio::time::timeout(RETRY, end).await;
            }
        }
    }
}

fn answer(parts: &Parts, question: Question) -> Answer {
    let hanging = parts.progress.hanging(STALL).map(|which| format!("the loop `{}` hangs", which.as_str()));
    let refusal = parts.progress.refusal();
    match question {
        Question::Metrics => match sample(parts) {
            Ok(sample) => Answer { well: true, text: metrics::render(&sample) },
            Err(e) => Answer { well: false, text: format!("# {e}\n") },
        },
        Question::Alive => said(hanging, refusal.map_or("alive".to_owned(), |why| format!("alive, degraded: {why}"))),
        Question::Ready => said(hanging.or(refusal), "ready".to_owned()),
    }
}

fn said(trouble: Option<String>, otherwise: String) -> Answer {
    Answer { well: trouble.is_none(), text: trouble.unwrap_or(otherwise) + "\n" }
}

fn sample(parts: &Parts) -> store::Result<Sample> {
    let now = parts.clock.now();
    Ok(Sample {
        now,
        copied: parts.store.note(super::housekeeping::COPIED)?.and_then(|at| at.parse().ok()),
        up: parts.progress.age(),
        memory: machine::memory(std::process::id()),
        disk: parts.store.directory().and_then(|directory| machine::disk(&directory)),
        writable: parts.progress.refusal().is_none(),
        loops: super::progress::Loop::ALL.map(|which| (which.as_str(), parts.progress.at_it(which))),
        counts: parts.store.counts(now)?,
        brief: parts.store.brief(now)?,
        outages: parts.store.outages()?,
        feeds: parts.store.feeds()?,
    })
}
