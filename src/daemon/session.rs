//! Whether anybody sits at the desktop. Who leaves is told nothing until he is back; then what waited, and what went away unseen.

use super::{InForce, Parts, after, blocking, digest, latest};
use crate::store;
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

/// Who was away for this long gets a digest of everything, as at its times.
const LONG: SignedDuration = SignedDuration::from_hours(1);
/// A desktop without anybody is looked at this often.
pub(super) const ABSENT: Duration = Duration::from_secs(5);
/// How long the desktop may take to say that it is there: other receivers wait for it.
const ANSWER: Duration = Duration::from_secs(1);
/// How often it is written down that somebody is there.
const WRITE: SignedDuration = SignedDuration::from_mins(5);
/// The notes in the store: since when nobody is there, and when somebody was there last.
const AWAY: &str = "desktop.away";
const THERE: &str = "desktop.there";

/// What is known of the desktop.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Presence {
    looked: bool,
    away: Option<Timestamp>,
    written: Option<Timestamp>,
}

/// Looks after the session until the daemon stops, and wakes the deliveries when somebody leaves or comes.
pub(super) async fn run(mut in_force: InForce, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let parts = latest(&in_force);
        let changes = async {
            loop {
                parts.notifier.presence_changed().await;
                parts.wake.deliver.notify_one();
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = parts.notifier.watch_session(|| parts.clock.now()) => {}
            () = changes => {}
            () = other_desktop(&mut in_force, &parts) => {}
        }
    }
}

/// The signals of the desktop's notification server, until the daemon stops.
pub(super) async fn listen(mut in_force: InForce, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let parts = latest(&in_force);
        tokio::select! {
            () = stop.cancelled() => {}
            () = parts.notifier.listen() => stop.cancelled().await,
            () = other_desktop(&mut in_force, &parts) => {}
        }
    }
}

/// Ends when a reload has changed the way of popups.
async fn other_desktop(in_force: &mut InForce, parts: &Parts) {
    let had = parts.notifier.desk();
    // Fails only when the daemon ends.
    if in_force.wait_for(|now| now.notifier.desk() != had).await.is_err() {
        std::future::pending().await
    }
}

/// Is nobody there? Whoever comes back finds released what waited for him.
pub(super) async fn look(parts: &Arc<Parts>) -> store::Result<bool> {
    if !parts.notifier.has_desktop() {
        return Ok(false);
    }
    let now = parts.clock.now();
    let away = match parts.notifier.away_since() {
        Some(since) => Some(since.min(now)),
        None => match tokio::time::timeout(ANSWER, parts.notifier.desktop()).await {
            Ok(Some(Err(reason))) => {
                debug!("nobody can be told: {reason}");
                Some(now)
            }
            // A bus that does not answer is found out by who tries to show something.
            _ => None,
        },
    };
    let known = *parts.presence.lock().unwrap_or_else(PoisonError::into_inner);
    let new = blocking(parts, move |p| step(p, known, away, now)).await?;
    *parts.presence.lock().unwrap_or_else(PoisonError::into_inner) = new;
    Ok(new.away.is_some())
}

/// Is nobody there, as far as was seen at the last look?
pub(super) fn is_away(parts: &Parts) -> bool {
    parts.presence.lock().unwrap_or_else(PoisonError::into_inner).away.is_some()
}

/// When to look again.
pub(super) fn next(parts: &Parts, now: Timestamp) -> Timestamp {
    if is_away(parts) { after(now, ABSENT) } else { Timestamp::MAX }
}

/// Writes down who has left or come, and sees to what he is owed.
fn step(parts: &Parts, mut known: Presence, away: Option<Timestamp>, now: Timestamp) -> store::Result<Presence> {
    let note = |key| Ok::<_, store::StoreError>(parts.store.note(key)?.and_then(|t| t.parse::<Timestamp>().ok()));
    if !known.looked {
        // Of the time before this process: it ended with nobody there, or was not there itself.
        known.away = note(AWAY)?.or(note(THERE)?.filter(|there| away.is_none() && now.duration_since(*there) >= LONG));
        known.looked = true;
    }
    match (known.away, away) {
        (None, Some(since)) => {
            parts.store.set_note(AWAY, &since.to_string())?;
            debug!(%since, "nobody is there: popups wait");
        }
        (Some(since), None) => {
            back(parts, since, now)?;
            parts.store.set_note(AWAY, "")?;
        }
        _ => {}
    }
    let written = known.written.filter(|at| away.is_some() || (now.duration_since(*at)).abs() < WRITE);
    if away.is_none() && written.is_none() {
        parts.store.set_note(THERE, &now.to_string())?;
    }
    // The first moment of an absence counts.
    let away = away.map(|since| known.away.unwrap_or(since));
    Ok(Presence { looked: true, away, written: written.or(Some(now)) })
}

fn back(parts: &Parts, since: Timestamp, now: Timestamp) -> store::Result<()> {
    let mut waited = 0;
    for receiver in parts.notifier.receivers().iter().filter(|r| r.is_desktop()) {
        waited += parts.store.release(&receiver.name, since, now)?;
    }
    if now.duration_since(since) >= LONG {
        digest::make(parts, now)?;
    }
    info!(waited, "somebody is there again");
    Ok(())
}
