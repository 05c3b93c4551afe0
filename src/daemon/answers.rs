//! What people do with a popup: open the article, mute its story for a day, say that it is wrong.

use super::{InForce, Parts, blocking, latest};
use crate::notify::{Answer, link};
use crate::store::{self, Delivery};
use jiff::SignedDuration;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How long "Mute" lasts.
const MUTE: SignedDuration = SignedDuration::from_hours(24);

pub(super) async fn run(in_force: InForce, mut answers: mpsc::Receiver<Answer>, stop: CancellationToken) {
    loop {
        let answer = tokio::select! {
            () = stop.cancelled() => return,
            answer = answers.recv() => answer,
        };
        let Some(answer) = answer else { return stop.cancelled().await };
        if let Err(e) = act(&latest(&in_force), &answer).await {
            warn!(?answer, "could not be carried out: {e}");
        }
    }
}

async fn act(parts: &Arc<Parts>, answer: &Answer) -> store::Result<()> {
    let (Answer::Open(id) | Answer::Mute(id) | Answer::Wrong(id) | Answer::Expired(id)) = *answer;
    let Some(Delivery { alert_id, alert, .. }) = blocking(parts, move |p| p.store.delivery(id)).await? else { return Ok(()) };
    match answer {
        Answer::Open(_) => match &alert.url {
            Some(url) => open(url.clone(), parts.notifier.activation_token(id).await),
            None => info!(alert = alert_id.0, "has no address to open"),
        },
        Answer::Mute(_) => {
            let now = parts.clock.now();
            let until = now.saturating_add(MUTE).unwrap_or(jiff::Timestamp::MAX);
            blocking(parts, move |p| p.store.mute(alert_id, until, now)).await?;
            info!(alert = alert_id.0, "muted for a day");
        }
        Answer::Wrong(_) => {
            blocking(parts, move |p| p.store.wrong(alert_id, p.clock.now())).await?;
            info!(alert = alert_id.0, "marked as wrong");
        }
        Answer::Expired(_) => blocking(parts, move |p| p.store.expired(id, p.clock.now())).await?,
    }
    Ok(())
}

/// Hands an address to the browser, which may be in no hurry: a thread waits for it.
fn open(url: url::Url, token: Option<String>) {
    tokio::task::spawn_blocking(move || match link::open(&url, token.as_deref()) {
        Ok(true) => {}
        Ok(false) => info!("there is no browser to open {url}"),
        Err(e) => warn!("{e}"),
    });
}
