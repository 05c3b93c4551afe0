//! `orbat status`: is it running, and is it well?

mod shown;

use super::lock::{self, Holder};
use super::output::{self, FormatArg, grouped};
use super::{Globals, Outcome, time};
use crate::clock::{Clock, Pulse};
use crate::daemon::machine::{self, Disk};
use crate::daemon::{Reloaded, UNCOPIED};
use crate::store::{Absence, Beat, Brief, Counts, FeedRow, Health, Outage, Result, Store};
use jiff::{SignedDuration, Timestamp};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Exit codes beside 0, 1 and 2.
pub(super) const DEGRADED: u8 = 3;
pub(super) const NOT_RUNNING: u8 = 4;

/// Past these the service is degraded: the oldest entry waits to be read, a delivery waits or a receiver takes nothing, a feed fails.
const READ_WITHIN: SignedDuration = SignedDuration::from_mins(15);
const DELIVER_WITHIN: SignedDuration = SignedDuration::from_mins(5);
const FAILING_FOR: SignedDuration = SignedDuration::from_hours(24);
/// The service gives a sign of life each minute.
const BEAT_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// Less free room on the disk of the database, in bytes, is a trouble to come.
const ROOM: u64 = 100 << 20;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 well, 3 degraded, 4 not running. Degraded is: a feed is gone, or fails for a day, or all do; entries wait
for 15 minutes; a delivery waits or a receiver takes nothing for 5; no sign of life for 5; the network is away; a changed
configuration was refused; less than 100 MB of disk are free; the database is larger than `warn_at`.

Examples:
  orbat status
  orbat -q status; [ $? -ne 4 ] || systemctl --user restart orbat
  orbat status --format json | jq .memory_bytes"
)]
pub struct Args {
    #[command(flatten)]
    format: FormatArg,
}

/// All that is known about the service.
struct Status {
    now: Pulse,
    holder: Option<Holder>,
    memory: Option<u64>,
    disk: Option<Disk>,
    /// `None`: there is no database yet.
    kept: Option<Kept>,
    /// Where a feed that is gone stands in a file: its address, and `FILE:LINE`.
    written: Vec<(String, String)>,
}

/// What the database says.
struct Kept {
    counts: Counts,
    brief: Brief,
    feeds: Vec<FeedRow>,
    /// Nobody can be asked: since when, and why.
    absence: Option<Absence>,
    beat: Option<Beat>,
    reload: Option<Reloaded>,
    outages: Vec<Outage>,
    /// Since when the database is larger than is wanted.
    outgrown: Option<Timestamp>,
    /// Why the last copy of the database could not be made.
    uncopied: Option<String>,
}

impl Kept {
    fn read(store: &Store, now: Timestamp) -> Result<Kept> {
        Ok(Kept {
            counts: store.counts(now)?,
            brief: store.brief(now)?,
            feeds: store.feeds()?,
            absence: store.absences(now)?.into_iter().rfind(|absence| absence.until.is_none()),
            beat: store.beat()?,
            reload: Reloaded::last(store)?,
            outages: store.outages()?,
            outgrown: store.outgrown()?,
            uncopied: store.note(UNCOPIED)?.filter(|why| !why.is_empty()),
        })
    }
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let now = time::now();
    let status = Status::gather(globals, &globals.data_dir()?)?;
    if args.format.is_json() {
        output::json(out, &status.value())?;
    } else if globals.quiet == 0 {
        status.print(&now, globals, out)?;
    }
    Ok(ExitCode::from(status.code()))
}

impl Status {
    fn gather(globals: &Globals, data: &Path) -> std::result::Result<Status, super::Failure> {
        let now = Clock::System.pulse();
        let store = globals.has_database()?.then(|| globals.existing_store()).transpose()?;
        let kept = store.map(|store| Kept::read(&store, now.real)).transpose()?;
        let holder = lock::holder(data);
        let gone = kept.iter().any(|kept| kept.feeds.iter().any(|feed| feed.health == Health::Gone));
        let config = gone.then(|| globals.config_if_well()).flatten();
        let place = |feed: &crate::config::Written<crate::feed::Subscription>| {
            (feed.value.url.to_string(), format!("{}:{}", feed.file.display(), feed.line))
        };
        Ok(Status {
            now,
            memory: holder.as_ref().and_then(|holder| machine::memory(holder.pid?)),
            disk: machine::disk(data),
            holder,
            kept,
            written: config.iter().flat_map(|config| config.feeds.iter().map(place)).collect(),
        })
    }

    fn code(&self) -> u8 {
        match (&self.holder, self.troubles().is_empty()) {
            (None, _) => NOT_RUNNING,
            (Some(_), false) => DEGRADED,
            (Some(_), true) => 0,
        }
    }

    fn word(&self) -> &'static str {
        match self.code() {
            NOT_RUNNING => "not running",
            DEGRADED => "degraded",
            _ => "well",
        }
    }

    /// What somebody should look after, in sentences.
    fn troubles(&self) -> Vec<String> {
        let mut troubles: Vec<_> = self.no_room().into_iter().collect();
        let Some(kept) = &self.kept else { return troubles };
        let Kept { counts, brief, feeds, .. } = kept;
        if kept.outgrown.is_some() {
            let size = grouped(counts.bytes);
            troubles.push(format!("the database has {size} bytes, past `warn_at`: shorten what [retention] keeps, or raise it"));
        }
        if let Some(why) = &kept.uncopied {
            troubles.push(format!("no copy of the database could be made: {why}"));
        }
        troubles.extend(feeds.iter().filter_map(|feed| self.feed_trouble(feed)));
        let polled = |f: &&FeedRow| matches!(f.health, Health::Well | Health::Failing);
        if feeds.iter().any(|f| f.health == Health::Failing) && feeds.iter().filter(polled).all(|f| f.health == Health::Failing) {
            troubles.push("no feed can be read: is the network there?".to_owned());
        }
        if let Some(waits) = self.longer_than(counts.oldest_pending, READ_WITHIN) {
            troubles.push(format!("{} entries wait to be read, the oldest for {waits}", grouped(counts.pending)));
        }
        if let Some(waits) = self.longer_than(brief.oldest_due, DELIVER_WITHIN) {
            troubles.push(format!("{} deliveries wait, the oldest for {waits}", grouped(counts.deliveries_due)));
        }
        for outage in &kept.outages {
            if let Some(length) = self.longer_than(Some(outage.since), DELIVER_WITHIN) {
                troubles.push(format!("receiver {} takes nothing for {length}: {}", outage.receiver, outage.error));
            }
        }
        if self.holder.is_some() {
            troubles.extend(self.running_troubles(kept));
        }
        troubles
    }

    /// What can be said only of a service that runs.
    fn running_troubles(&self, kept: &Kept) -> Vec<String> {
        let mut troubles = Vec::new();
        if let Some(silence) = self.silence(kept.beat).filter(|silence| *silence > BEAT_WITHIN) {
            let length = time::length(silence);
            troubles.push(format!("no sign of life for {length}: it hangs, or cannot write to the database; see its log"));
        }
        if let Some(Absence { since, why, .. }) = &kept.absence {
            let length = time::length(self.now.real.duration_since(*since));
            troubles.push(format!("{why} for {length}: feeds are asked when the network is back, none is blamed"));
        }
        if let Some((reload, first)) = kept.reload.as_ref().and_then(|reload| Some((reload, reload.problems.first()?))) {
            let n = reload.problems.len();
            troubles.push(format!("the changed configuration has {n} problem(s), the one from before is in force: {first}"));
        }
        troubles
    }

    /// Since when the service that runs has given no sign of life, without the time that the machine was asleep.
    fn silence(&self, beat: Option<Beat>) -> Option<SignedDuration> {
        let started = self.holder.as_ref()?.started?;
        match beat.filter(|beat| beat.at >= started && beat.awake <= self.now.awake) {
            Some(beat) => SignedDuration::try_from(self.now.awake.saturating_sub(beat.awake)).ok(),
            None => Some(self.now.real.duration_since(started)),
        }
    }

    fn no_room(&self) -> Option<String> {
        let disk = self.disk.filter(|disk| disk.free < ROOM)?;
        Some(format!("{} are left on the disk of the database: free some space", shown::bytes(disk.free)))
    }

    fn uptime(&self) -> Option<Duration> {
        Duration::try_from(self.now.real.duration_since(self.holder.as_ref()?.started?)).ok()
    }

    /// Feeds in which everything was replaced between two polls of the last day.
    fn outrun_lately(&self) -> usize {
        let lately = |f: &&FeedRow| f.outrun.is_some_and(|o| self.now.real.duration_since(o.at) < SignedDuration::from_hours(24));
        self.feeds().iter().filter(lately).count()
    }

    fn feeds(&self) -> &[FeedRow] {
        self.kept.as_ref().map_or(&[], |kept| &kept.feeds)
    }

    fn feed_trouble(&self, feed: &FeedRow) -> Option<String> {
        let name = &feed.subscription.name;
        match feed.health {
            Health::Gone => Some(match self.written.iter().find(|(url, _)| *url == feed.subscription.url.as_str()) {
                Some((_, place)) => format!("feed {name} is gone: take it out of {place}, or give it another address there"),
                None => format!("feed {name} is gone: `orbat feed remove {name}` or give it another address"),
            }),
            Health::Failing => {
                let since = self.longer_than(feed.failing_since, FAILING_FOR)?;
                Some(format!("feed {name} fails for {since}"))
            }
            Health::Waiting | Health::Well | Health::Paused => None,
        }
    }

    fn longer_than(&self, since: Option<Timestamp>, limit: SignedDuration) -> Option<String> {
        let length = self.now.real.duration_since(since?);
        (length > limit).then(|| time::length(length))
    }

    /// Feeds that fail, the last first.
    fn errors(&self) -> Vec<(&FeedRow, String)> {
        let mut failing: Vec<_> = self.feeds().iter().filter_map(|f| Some((f, f.error.as_ref()?))).collect();
        failing.sort_by_key(|(feed, _)| std::cmp::Reverse(feed.last_attempt));
        failing.into_iter().map(|(feed, (class, message))| (feed, format!("{class}: {message}"))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Disk, Holder, Status};
    use crate::clock::Pulse;
    use crate::store::Beat;
    use jiff::{SignedDuration, Timestamp};
    use std::time::Duration;

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
    }

    fn status(free: u64) -> Status {
        let second = Duration::from_secs;
        let holder = Holder { started: Some(at(1_000)), ..Holder::default() };
        Status {
            now: Pulse { real: at(9_000), boot: second(8_000), awake: second(2_000) },
            holder: Some(holder),
            memory: None,
            disk: Some(Disk { free, total: 1 << 40 }),
            kept: None,
            written: Vec::new(),
        }
    }

    #[test]
    fn silence_does_not_count_sleep_and_knows_a_restart() {
        for (what, beat, silence) in [
            ("asleep for long", Some((2_000, 1_940)), 60),
            ("none yet", None, 8_000),
            ("of the process before", Some((900, 1_990)), 8_000),
            ("before the machine was started anew", Some((2_000, 7_000)), 8_000),
        ] {
            let beat = beat.map(|(real, awake)| Beat { at: at(real), awake: Duration::from_secs(awake) });
            assert_eq!(status(0).silence(beat), Some(SignedDuration::from_secs(silence)), "{what}");
        }
    }

    #[test]
    fn a_disk_that_fills_is_told_before_it_is_full() {
        assert_eq!((status(1 << 30).code(), status(5 << 20).code()), (0, super::DEGRADED));
        assert!(status(5 << 20).troubles()[0].starts_with("5.2 MB are left"));
    }
}
