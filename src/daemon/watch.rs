//! Notices that a command has written to the database, and wakes the loops.

use super::{Parts, blocking};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// How often the database's version is looked at: a command takes effect within a second.
const LOOK: Duration = Duration::from_millis(500);

pub(super) async fn run(parts: Arc<Parts>, stop: CancellationToken) {
    let mut seen = None;
    while !stop.is_cancelled() {
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
