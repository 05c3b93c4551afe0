//! The digest: at the configured times, what was held for it becomes one alert.

use super::progress::Loop;
use super::{InForce, Parts, blocking, latest, process, session};
use crate::alert;
use crate::notify::Receiver;
use crate::store;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::error;

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_secs(20);
/// The note in the store that says when the last digest was made.
const LAST: &str = "digest.last";

/// The loop of the daemon. It looks after the summary of first polls as well: a feed that fails brings no article that would.
pub(super) async fn run(in_force: InForce, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let parts = latest(&in_force);
        parts.progress.mark(Loop::Digest);
        if let Err(e) = step(&parts).await {
            error!("the digest could not be made: {e}");
        }
        if let Err(e) = process::sum_up(&parts).await {
            error!("the first polls could not be summed up: {e}");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = parts.clock.sleep(LOOK) => {}
        }
    }
}

/// Makes the digest if one of its times has passed since the last one.
pub(super) async fn step(parts: &Arc<Parts>) -> store::Result<()> {
    let made = blocking(parts, |p| {
        let now = p.clock.now();
        // A mark that lies ahead was made before the clock was set back.
        let last = p.store.note(LAST)?.and_then(|t| t.parse::<Timestamp>().ok()).map(|last| last.min(now));
        let due = last_time(&p.digest_at, now, &TimeZone::system());
        let Some(due) = due.filter(|due| last.is_none_or(|last| last < *due)) else { return Ok(false) };
        // Who is away gets one digest when he is back, not one for each morning.
        if session::is_away(p) && p.notifier.receivers().iter().all(Receiver::is_desktop) {
            return Ok(false);
        }
        // The very first look only sets the mark: there is no digest of the time before the service was there.
        let made = last.is_some() && make(p, now)?;
        p.store.set_note(LAST, &due.to_string())?;
        Ok(made)
    })
    .await?;
    if made {
        parts.wake.deliver.notify_one();
    }
    Ok(())
}

/// Makes a digest of all that is held for it; false where there is nothing.
pub(super) fn make(parts: &Parts, now: Timestamp) -> store::Result<bool> {
    let (ids, alerts): (Vec<_>, Vec<_>) = parts.store.undigested()?.into_iter().unzip();
    let Some(digest) = alert::digest(&alerts, parts.language, now) else { return Ok(false) };
    parts.store.close_digest(&ids, digest, &parts.receivers(&[]))?;
    Ok(true)
}

/// The latest of the local times of day `at` that is not after `now`.
fn last_time(at: &[Time], now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let today = now.to_zoned(zone.clone()).date();
    let days = [today, today.checked_sub(1.day()).ok()?];
    let times = days.iter().flat_map(|day| at.iter().filter_map(|time| day.to_datetime(*time).to_zoned(zone.clone()).ok()));
    times.map(|zoned| zoned.timestamp()).filter(|then| *then <= now).max()
}

#[cfg(test)]
mod tests {
    use super::last_time;
    use jiff::civil::time;
    use jiff::tz::TimeZone;

    #[test]
    fn the_last_time_of_the_day_or_of_the_day_before() {
        let at = [time(7, 30, 0, 0), time(18, 0, 0, 0)];
        for (now, last) in [
            ("2026-03-02T07:29:59Z", "2026-03-01T18:00:00Z"),
            ("2026-03-02T07:30:00Z", "2026-03-02T07:30:00Z"),
            ("2026-03-02T23:00:00Z", "2026-03-02T18:00:00Z"),
        ] {
            assert_eq!(last_time(&at, now.parse().unwrap(), &TimeZone::UTC).unwrap().to_string(), last, "{now}");
        }
        assert_eq!(last_time(&[], "2026-03-02T07:29:59Z".parse().unwrap(), &TimeZone::UTC), None);
    }
}
