//! What systemd is told (sd_notify(3)): ready, reloading, stopping, alive, and a sentence for `systemctl status`.
//!
//! Without systemd, nobody is told and nothing fails.

use sd_notify::NotifyState;
use std::time::Duration;
use tracing::warn;

pub(super) use NotifyState::{Ready as READY, Stopping as STOPPING, Watchdog as ALIVE};

/// systemd cuts a status off somewhere beyond this; in characters.
const MAX_STATUS: usize = 200;

pub(super) fn tell(states: &[NotifyState]) {
    if let Err(e) = sd_notify::notify(states) {
        warn!("systemd could not be told: {e}");
    }
}

/// Says that the configuration is being read again. systemd from 253 on wants to know since when.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(since) => tell(&[NotifyState::Reloading, since]),
        Err(e) => warn!("systemd could not be told of the reload: {e}"),
    }
}

/// One line, for people.
pub(super) fn status(line: &str) {
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_STATUS).collect();
    tell(&[NotifyState::Status(&line)]);
}

/// After how long without a word systemd would kill this process; `None` where it does not watch it.
pub(super) fn watched() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}
