//! Notices that a command has written to the database, and wakes the loops.

use super::progress::Loop;
use super::{InForce, blocking};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// How often the database's version is looked at: a command takes effect within a second.
const LOOK: Duration = Duration::from_millis(500);

pub(super) async fn run(mut in_force: InForce, stop: CancellationToken) {
    let mut seen = None;
    while !stop.is_cancelled() {
        // After a reload, too, there may be something that was added meanwhile.
        seen = seen.filter(|_| !in_force.has_changed().unwrap_or(false));
        let parts = in_force.borrow_and_update().clone();
        parts.progress.mark(Loop::Watch);
        let version = blocking(&parts, |p| p.store.data_version()).await.ok();
        if version != seen {
            seen = version;
            if let Err(e) = blocking(&parts, |p| p.watch.look(&p.store)).await {
                warn!("what commands have added could not be read: {e}");
            }
            parts.wake.all();
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
