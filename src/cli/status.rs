//! `orbat status`: is it running, and is it well?

use super::lock::{self, Holder};
use super::output::{self, FormatArg, grouped};
use super::screen::clean;
use super::{Globals, Outcome, time};
use crate::store::{Absence, Counts, FeedRow, Health, Store};
use crate::text::language::Language;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

/// Exit codes beside 0, 1 and 2.
const DEGRADED: u8 = 3;
const NOT_RUNNING: u8 = 4;

/// Past these the service is degraded: the oldest entry waits to be read, a delivery waits, a feed fails.
const READ_WITHIN: SignedDuration = SignedDuration::from_mins(15);
const DELIVER_WITHIN: SignedDuration = SignedDuration::from_mins(5);
const FAILING_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Errors of feeds that are shown.
const ERRORS: usize = 5;

#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 well, 3 degraded (a feed fails for a day or all do, entries wait for 15 minutes,
a receiver for 5), 4 not running.

Examples:
  orbat status
  orbat -q status || systemctl --user restart orbat")]
pub struct Args {
    #[command(flatten)]
    format: FormatArg,
}

/// All that is known about the service.
struct Status {
    now: Timestamp,
    holder: Option<Holder>,
    /// `None`: there is no database yet.
    kept: Option<(Counts, Vec<FeedRow>)>,
    /// Nobody can be asked: since when, and why.
    absence: Option<Absence>,
    /// Since when the database is larger than is wanted.
    outgrown: Option<Timestamp>,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let now = time::now();
    let data = globals.data_dir()?;
    let store = globals.data_dir()?.join(super::DATABASE).exists().then(|| globals.existing_store()).transpose()?;
    let absences = store.as_ref().map(|store| store.absences(now.timestamp())).transpose()?.unwrap_or_default();
    let absence = absences.into_iter().rfind(|absence| absence.until.is_none());
    let outgrown = store.as_ref().map(Store::outgrown).transpose()?.flatten();
    let kept =
        store.map(|store| Ok::<_, crate::store::StoreError>((store.counts(now.timestamp())?, store.feeds()?))).transpose()?;
    let status = Status { now: now.timestamp(), holder: lock::holder(&data), kept, absence, outgrown };
    if args.format.is_json() {
        output::json(out, &status.value())?;
    } else if globals.quiet == 0 {
        status.print(&now, globals, out)?;
    }
    Ok(ExitCode::from(status.code()))
}

impl Status {
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
        let Some((counts, feeds)) = &self.kept else { return Vec::new() };
        let mut troubles: Vec<_> = feeds.iter().filter_map(|feed| self.feed_trouble(feed)).collect();
        let polled = |f: &&FeedRow| matches!(f.health, Health::Well | Health::Failing);
        if feeds.iter().any(|f| f.health == Health::Failing) && feeds.iter().filter(polled).all(|f| f.health == Health::Failing) {
            troubles.push("no feed can be read: is the network there?".to_owned());
        }
        if let (Some(Absence { since, why, .. }), true) = (&self.absence, self.holder.is_some()) {
            let length = time::length(self.now.duration_since(*since));
            troubles.push(format!("{why} for {length}: feeds are asked when the network is back, none is blamed"));
        }
        if self.outgrown.is_some() {
            let size = grouped(counts.bytes);
            troubles.push(format!("the database has {size} bytes, past `warn_at`: shorten what [retention] keeps, or raise it"));
        }
        if let Some(waits) = self.longer_than(counts.oldest_pending, READ_WITHIN) {
            troubles.push(format!("{} entries wait to be read, the oldest for {waits}", grouped(counts.pending)));
        }
        if let Some(waits) = self.longer_than(counts.oldest_due, DELIVER_WITHIN) {
            troubles.push(format!("{} deliveries wait, the oldest for {waits}", grouped(counts.deliveries_due)));
        }
        troubles
    }

    /// Feeds in which everything was replaced between two polls of the last day.
    fn outrun_lately(&self) -> usize {
        let feeds = self.kept.as_ref().map_or(&[][..], |(_, feeds)| feeds);
        let lately = |f: &&FeedRow| f.outrun.is_some_and(|o| self.now.duration_since(o.at) < SignedDuration::from_hours(24));
        feeds.iter().filter(lately).count()
    }

    fn feed_trouble(&self, feed: &FeedRow) -> Option<String> {
        let name = &feed.subscription.name;
        match feed.health {
            Health::Gone => Some(format!("feed {name} is gone: `orbat feed remove {name}` or give it another address")),
            Health::Failing => {
                let since = self.longer_than(feed.failing_since, FAILING_FOR)?;
                Some(format!("feed {name} fails for {since}"))
            }
            Health::Waiting | Health::Well | Health::Paused => None,
        }
    }

    fn longer_than(&self, since: Option<Timestamp>, limit: SignedDuration) -> Option<String> {
        let length = self.now.duration_since(since?);
        (length > limit).then(|| time::length(length))
    }

    /// Feeds that fail, the last first.
    fn errors(&self) -> Vec<(&FeedRow, String)> {
        let feeds = self.kept.as_ref().map_or(&[][..], |(_, feeds)| feeds);
        let mut failing: Vec<_> = feeds.iter().filter_map(|f| Some((f, f.error.as_ref()?))).collect();
        failing.sort_by_key(|(feed, _)| std::cmp::Reverse(feed.last_attempt));
        failing.into_iter().map(|(feed, (class, message))| (feed, format!("{class}: {message}"))).collect()
    }

    fn value(&self) -> Value {
        let errors = self
            .errors()
            .into_iter()
            .map(|(feed, error)| json!({"feed": feed.subscription.name, "at": feed.last_attempt, "error": error}));
        let kept = self.kept.as_ref().map(|(counts, _)| {
            let waiting =
                counts.waiting.iter().map(|(receiver, n, why)| json!({"receiver": receiver, "deliveries": n, "why": why}));
            json!({
                "feeds": counts.feeds,
                "articles": counts.articles,
                "without_lexicon": without_lexicon(counts).map(|(l, n)| (l.to_string(), *n)).collect::<BTreeMap<_, _>>(),
                "pending": counts.pending,
                "oldest_pending": counts.oldest_pending,
                "claims": counts.claims,
                "lines": counts.lines,
                "alerts": counts.alerts,
                "deliveries_due": counts.deliveries_due,
                "oldest_due": counts.oldest_due,
                "deliveries_refused": counts.deliveries_refused,
                "receivers_waiting": waiting.collect::<Vec<_>>(),
                "database_bytes": counts.bytes,
            })
        });
        json!({
            "state": self.word(),
            "running": self.holder.is_some(),
            "pid": self.holder.as_ref().and_then(|h| h.pid),
            "version": self.holder.as_ref().and_then(|h| h.version.as_deref()),
            "started": self.holder.as_ref().and_then(|h| h.started),
            "troubles": self.troubles(),
            "errors": errors.collect::<Vec<_>>(),
            "absence": self.absence,
            "feeds_outrun": self.outrun_lately(),
            "kept": kept,
        })
    }

    fn print(&self, now: &Zoned, globals: &Globals, out: &mut dyn Write) -> std::io::Result<()> {
        writeln!(out, "orbat is {}", globals.screen().bold(self.word()))?;
        self.troubles().iter().try_for_each(|trouble| writeln!(out, "  {}", clean(trouble)))?;
        let mut facts = vec![("process", self.holder.as_ref().map(|holder| process(holder, now)))];
        if let Some((counts, _)) = &self.kept {
            facts.extend(kept(counts, now));
        }
        output::fields(out, &globals.screen(), &facts)?;
        let Some((counts, _)) = &self.kept else {
            return writeln!(out, "There is no database yet: `orbat run` makes it.");
        };
        match self.outrun_lately() {
            0 => {}
            n => writeln!(out, "{n} feeds may have lost entries in the last 24 hours: `orbat feed list` shows which")?,
        }
        for (receiver, n, why) in &counts.waiting {
            let why = if why.is_empty() { "not tried yet" } else { why };
            writeln!(out, "{} has {n} waiting: {}", clean(receiver), clean(why))?;
        }
        for (feed, error) in self.errors().into_iter().take(ERRORS) {
            writeln!(out, "{}  {}: {}", time::short_or(feed.last_attempt, now), clean(&feed.subscription.name), clean(&error))?;
        }
        Ok(())
    }
}

fn process(holder: &Holder, now: &Zoned) -> String {
    let pid = holder.pid.map_or("unknown".to_owned(), |pid| pid.to_string());
    let version = holder.version.as_ref().map_or(String::new(), |v| format!(", version {v}"));
    let started = holder.started.map_or(String::new(), |at| format!(", since {}", time::short(at, now)));
    format!("{pid}{version}{started}")
}

fn kept(counts: &Counts, now: &Zoned) -> [(&'static str, Option<String>); 7] {
    let mut feeds: Vec<_> = counts.feeds.iter().filter(|(_, n)| **n > 0).map(|(state, n)| format!("{n} {state}")).collect();
    feeds.sort();
    let oldest = |at: Option<Timestamp>| at.map_or(String::new(), |at| format!(", the oldest since {}", time::short(at, now)));
    let refused =
        if counts.deliveries_refused > 0 { format!(", {} refused", grouped(counts.deliveries_refused)) } else { String::new() };
    [
        ("feeds", Some(if feeds.is_empty() { "none".to_owned() } else { feeds.join(", ") })),
        (
            "articles",
            Some(format!(
                "{}, {} to be read{}",
                grouped(counts.articles),
                grouped(counts.pending),
                oldest(counts.oldest_pending)
            )),
        ),
        ("no lexicon", no_lexicon(counts)),
        ("claims", Some(format!("{}, said {} times", grouped(counts.lines), grouped(counts.claims)))),
        ("alerts", Some(grouped(counts.alerts))),
        ("deliveries", Some(format!("{} wait{}{refused}", grouped(counts.deliveries_due), oldest(counts.oldest_due)))),
        ("database", Some(bytes(counts.bytes))),
    ]
}

/// Articles in languages in which no figures are read: `412 in sv, 7 in fi: only names and keywords work there`.
fn no_lexicon(counts: &Counts) -> Option<String> {
    let list: Vec<_> = without_lexicon(counts).map(|(language, n)| format!("{} in {language}", grouped(*n))).collect();
    (!list.is_empty()).then(|| format!("{}: only names and keywords work there", list.join(", ")))
}

fn without_lexicon(counts: &Counts) -> impl Iterator<Item = &(Language, u64)> {
    counts.languages.iter().filter(|(language, _)| !crate::text::reads_figures(*language))
}

/// `640 kB`, `12.3 MB`.
fn bytes(n: u64) -> String {
    match n {
        0..=999_999 => format!("{} kB", n.div_ceil(1000)),
        _ => format!("{:.1} MB", n as f64 / 1e6),
    }
}
