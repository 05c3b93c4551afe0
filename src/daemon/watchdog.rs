//! Says that the service is alive, as long as it is: every loop goes round, and the database takes a write.
//!
//! A write that is refused for a reason that a restart would not mend, such as a full disk, is no reason to be killed: the service is degraded,
//! and says so. What hangs says nothing, and systemd ends it.

use super::progress::{Progress, STALL};
use super::{InForce, Parts, blocking, latest, systemd};
use crate::store::{self, Beat, StoreError};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

/// How often a sign of life is written, unless systemd wants it sooner.
const BEAT: Duration = Duration::from_secs(60);

/// How the service is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Life {
    Alive,
    /// It goes on, and cannot write for this reason.
    Degraded(String),
    Dead(String),
}

pub(super) async fn run(in_force: InForce, stop: CancellationToken) {
    // Three words in the time that systemd waits for one.
    let every = systemd::watched().map_or(BEAT, |limit| BEAT.min(limit / 3));
    let mut last = Life::Alive;
    while !stop.is_cancelled() {
        let parts = latest(&in_force);
        let life = look(&parts).await;
        report(&life, &last);
        parts.progress.wrote(if let Life::Degraded(why) = &life { Some(why.clone()) } else { None });
        if !matches!(life, Life::Dead(_)) {
            systemd::tell(&[systemd::ALIVE]);
        }
        systemd::status(&sentence(&parts, &life).await);
        last = life;
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(every) => {}
        }
    }
}

/// Writes a sign of life, then looks at the loops.
async fn look(parts: &Arc<Parts>) -> Life {
    let written = blocking(parts, |p| p.store.set_beat(beat(p))).await;
    judge(&parts.progress, STALL, written)
}

fn beat(parts: &Parts) -> Beat {
    let pulse = parts.clock.pulse();
    Beat { at: pulse.real, awake: pulse.awake }
}

fn judge(progress: &Progress, limit: Duration, written: store::Result<()>) -> Life {
    if let Some(hanging) = progress.hanging(limit) {
        let seconds = progress.at_it(hanging).as_secs();
        return Life::Dead(format!("the loop `{}` has hung for {seconds} s", hanging.as_str()));
    }
    match written {
        Ok(()) => Life::Alive,
        Err(why @ (StoreError::Full | StoreError::ReadOnly(_) | StoreError::Busy | StoreError::Damaged(_))) => {
            Life::Degraded(why.to_string())
        }
        Err(why) => Life::Dead(format!("nothing can be written: {why}")),
    }
}

/// Changes are logged once.
fn report(life: &Life, last: &Life) {
    match life {
        _ if life == last => {}
        Life::Alive => info!("all is well again"),
        Life::Degraded(why) => warn!("degraded: {why}"),
        Life::Dead(why) => error!("{why}: systemd is told nothing more, and starts the service again"),
    }
}

/// What `systemctl status` shows.
async fn sentence(parts: &Arc<Parts>, life: &Life) -> String {
    match life {
        Life::Degraded(why) => return format!("degraded: {why}"),
        Life::Dead(why) => return why.clone(),
        Life::Alive => {}
    }
    match blocking(parts, |p| p.store.brief(p.clock.now())).await {
        Ok(brief) => said(&brief),
        Err(e) => format!("degraded: {e}"),
    }
}

fn said(brief: &store::Brief) -> String {
    let failing = if brief.failing > 0 { format!(", {} failing", brief.failing) } else { String::new() };
    let since = |at: Option<Timestamp>| at.map_or(String::new(), |at| format!(" (oldest {at:.0})"));
    format!(
        "{} feeds{failing}; {} articles to be read{}; {} deliveries wait{}",
        brief.feeds,
        brief.pending,
        since(brief.oldest_pending),
        brief.due,
        since(brief.oldest_due)
    )
}

#[cfg(test)]
mod tests {
    use super::{Life, judge, said};
    use crate::daemon::progress::{Loop, Progress, STALL};
    use crate::store::{Brief, StoreError};
    use std::time::Duration;

    #[test]
    fn a_full_disk_is_life_and_a_loop_that_hangs_is_not() {
        let progress = Progress::default();
        for (written, life) in [
            (Ok(()), Life::Alive),
            (Err(StoreError::Full), Life::Degraded(StoreError::Full.to_string())),
            (Err(StoreError::Busy), Life::Degraded(StoreError::Busy.to_string())),
            (Err(StoreError::Stopped), Life::Dead("nothing can be written: the writer has stopped".to_owned())),
        ] {
            assert_eq!(judge(&progress, STALL, written), life);
        }
        std::thread::sleep(Duration::from_millis(20));
        for which in Loop::ALL.into_iter().filter(|which| *which != Loop::Poll) {
            progress.mark(which);
        }
        let dead = judge(&progress, Duration::from_millis(20), Ok(()));
        assert!(matches!(&dead, Life::Dead(why) if why.contains("`poll`")), "{dead:?}");
    }

    #[test]
    fn the_sentence_leaves_out_what_is_not() {
        assert_eq!(said(&Brief::default()), "0 feeds; 0 articles to be read; 0 deliveries wait");
        let oldest_pending = Some(jiff::Timestamp::UNIX_EPOCH);
        let brief = Brief { feeds: 9, failing: 2, pending: 3, oldest_pending, ..Brief::default() };
        assert_eq!(said(&brief), "9 feeds, 2 failing; 3 articles to be read (oldest 1970-01-01T00:00:00Z); 0 deliveries wait");
    }
}
