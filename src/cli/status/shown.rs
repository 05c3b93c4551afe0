//! The status as it is written: for people, and for programs.

use super::{Disk, Kept, Status, time};
use crate::cli::Globals;
use crate::cli::lock::Holder;
use crate::cli::output::{self, grouped};
use crate::cli::screen::clean;
use crate::store::Counts;
use crate::text::language::Language;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;

/// Errors of feeds that are shown.
const ERRORS: usize = 5;

impl Status {
    pub(super) fn value(&self) -> Value {
        let errors = self
            .errors()
            .into_iter()
            .map(|(feed, error)| json!({"feed": feed.subscription.name, "at": feed.last_attempt, "error": error}));
        let holder = self.holder.as_ref();
        let kept = self.kept.as_ref();
        json!({
            "state": self.word(),
            "running": holder.is_some(),
            "pid": holder.and_then(|h| h.pid),
            "version": holder.and_then(|h| h.version.as_deref()),
            "started": holder.and_then(|h| h.started),
            "uptime_seconds": self.uptime().map(|up| up.as_secs()),
            "memory_bytes": self.memory,
            "disk_bytes": self.disk,
            "sign_of_life": kept.and_then(|kept| kept.beat).map(|beat| beat.at),
            "reload": kept.and_then(|kept| kept.reload.as_ref()),
            "troubles": self.troubles(),
            "errors": errors.collect::<Vec<_>>(),
            "absence": kept.and_then(|kept| kept.absence.as_ref()),
            "feeds_outrun": self.outrun_lately(),
            "kept": kept.map(value),
        })
    }

    pub(super) fn print(&self, now: &Zoned, globals: &Globals, out: &mut dyn Write) -> std::io::Result<()> {
        writeln!(out, "orbat is {}", globals.screen().bold(self.word()))?;
        self.troubles().iter().try_for_each(|trouble| writeln!(out, "  {}", clean(trouble)))?;
        let mut facts = vec![
            ("process", self.holder.as_ref().map(|holder| process(holder, now))),
            ("up", self.uptime().and_then(|up| SignedDuration::try_from(up).ok()).map(time::length)),
            ("memory", self.memory.map(bytes)),
        ];
        if let Some(Kept { counts, .. }) = &self.kept {
            facts.extend(facts_of(counts, now));
        }
        facts.push(("disk", self.disk.map(|Disk { free, total }| format!("{} free of {}", bytes(free), bytes(total)))));
        output::fields(out, &globals.screen(), &facts)?;
        let Some(Kept { counts, .. }) = &self.kept else {
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

/// What is kept, for programs.
fn value(Kept { counts, outages, .. }: &Kept) -> Value {
    let waiting = counts.waiting.iter().map(|(receiver, n, why)| json!({"receiver": receiver, "deliveries": n, "why": why}));
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
        "receivers_failing": outages,
        "database_bytes": counts.bytes,
    })
}

fn process(holder: &Holder, now: &Zoned) -> String {
    let pid = holder.pid.map_or("unknown".to_owned(), |pid| pid.to_string());
    let version = holder.version.as_ref().map_or(String::new(), |v| format!(", version {v}"));
    let started = holder.started.map_or(String::new(), |at| format!(", since {}", time::short(at, now)));
    format!("{pid}{version}{started}")
}

fn facts_of(counts: &Counts, now: &Zoned) -> [(&'static str, Option<String>); 7] {
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

/// `640 kB`, `12.3 MB`, `4.1 GB`.
pub(super) fn bytes(n: u64) -> String {
    match n {
        0..=999_999 => format!("{} kB", n.div_ceil(1000)),
        1_000_000..=999_999_999 => format!("{:.1} MB", n as f64 / 1e6),
        _ => format!("{:.1} GB", n as f64 / 1e9),
    }
}
