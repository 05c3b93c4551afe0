//! What the doctor tells a person: each step on a line, then the entries.

use crate::cli::screen::{Screen, clean};
use crate::cli::table::{Column, Table};
use crate::cli::{output, time};
use crate::feed::{Entry, Feed, Given, Hints, Origin, Subscription};
use crate::fetch::Body;
use crate::url::{Redirector, redirector, without_credentials};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;
use std::io::{self, Write};
use std::time::Duration;

/// Entries shown one by one.
const SHOWN: usize = 20;

/// What was found, in the order in which it happens.
#[derive(Default)]
pub struct Steps {
    lines: Vec<(&'static str, String)>,
    entries: Vec<Entry>,
    left_out: usize,
}

impl Steps {
    fn say(&mut self, label: &'static str, what: impl Into<String>) {
        self.lines.push((label, what.into()));
    }

    pub fn request(&mut self, feed: &Subscription, contact: Option<&str>) {
        self.say("request", format!("GET {}", without_credentials(&feed.url)));
        if !feed.name.is_empty() {
            self.say("", format!("with the settings of the feed `{}`", feed.name));
        }
        if contact.is_none() && feed.user_agent.is_none() {
            self.say("", "the User-Agent names nobody to write to: set `contact` in [poll]");
        }
        self.say("robots.txt", "not asked for feeds, which are made for programs; asked for article pages");
    }

    pub fn answer(&mut self, body: &Body) {
        self.say("answer", format!("{} bytes from {}", output::grouped(body.bytes.len() as u64), without_credentials(&body.url)));
        if let Some(to) = &body.moved_to {
            self.say("", format!("moved for good to {}", without_credentials(to)));
        }
        self.say("type", body.content_type.as_deref().unwrap_or("not stated"));
        let validators = [("ETag", &body.validators.etag), ("Last-Modified", &body.validators.last_modified)];
        let given: Vec<_> = validators.iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?))).collect();
        match given.is_empty() {
            true => self.say("validators", "none: every poll brings the whole feed, changed or not"),
            false => self.say("validators", format!("{}: an unchanged feed costs an empty answer", given.join(", "))),
        }
        if let Some(fresh) = body.fresh_for {
            self.say("freshness", format!("the server asks not to look again for {}", length(fresh)));
        }
    }

    /// An answer that is none, with what it says of itself.
    pub fn refusal(&mut self, status: Option<u16>, headers: &[(String, String)], until: Option<Timestamp>) {
        self.say("answer", status.map_or("none".to_owned(), |status| format!("status {status}")));
        for (name, value) in headers {
            self.say("", format!("{name}: {value}"));
        }
        if let Some(until) = until {
            self.say("patience", format!("asked for until {}", time::long(until, &time::now())));
        }
    }

    /// A host that is not asked.
    pub fn left_alone(&mut self, host: &str, until: Option<Timestamp>) {
        let until = until.map_or(String::new(), |at| format!(" until {}", time::long(at, &time::now())));
        self.say("answer", format!("not asked for: {host} told the service to leave it alone{until}"));
    }

    pub fn encoding(&mut self, bytes: usize, encoding: &str, origin: &Origin) {
        let why = match (origin.encoding, origin.charset()) {
            (Some(_), _) => "as told by the user".to_owned(),
            (None, Some(charset)) => format!("the header says {charset}"),
            (None, None) => "the header says nothing".to_owned(),
        };
        self.say("encoding", format!("{encoding} ({why}), {} bytes", output::grouped(bytes as u64)));
    }

    pub fn feed(&mut self, feed: &Feed, now: Timestamp) {
        self.say("format", &feed.format);
        self.say("title", &feed.title);
        self.say("language", feed.language.map_or("not stated: each text is looked at".to_owned(), |l| l.to_string()));
        self.say("repairs", if feed.repairs.is_empty() { "none needed" } else { "" });
        for repair in &feed.repairs {
            self.say("", format!("- {repair}"));
        }
        if let Some(hints) = hints(&feed.hints) {
            self.say("asks", hints);
        }
        if feed.entries.is_empty() {
            return self.say("entries", "none: the feed is empty at the moment");
        }
        self.say("entries", counted(&feed.entries));
        self.say("dates", dates(&feed.entries, now));
        self.say("texts", texts(&feed.entries));
        self.entries = feed.entries.iter().take(SHOWN).cloned().collect();
        self.left_out = feed.entries.len() - self.entries.len();
    }

    pub fn print(&self, out: &mut dyn Write, screen: &Screen) -> io::Result<()> {
        for (label, what) in &self.lines {
            writeln!(out, "{}  {}", screen.faint(&format!("{label:10}")), clean(what))?;
        }
        if self.entries.is_empty() {
            return Ok(());
        }
        let mut table = Table::new(&[
            Column::Left("PUBLISHED"),
            Column::Left("TEXT"),
            Column::Right("LETTERS"),
            Column::Wide("TITLE"),
            Column::Wide("LINK"),
        ]);
        let now = time::now();
        for entry in &self.entries {
            let link = entry.link.as_ref().map_or("-".to_owned(), super::shown);
            let letters = output::grouped(entry.text.chars().count() as u64);
            let given = word(entry.given());
            table.row([&time::short_or(entry.published, &now), given, letters.as_str(), entry.title.as_str(), link.as_str()]);
        }
        writeln!(out)?;
        table.print(out, screen)?;
        if self.left_out > 0 {
            writeln!(out, "and {} more", self.left_out)?;
        }
        Ok(())
    }
}

fn word(given: Given) -> &'static str {
    match given {
        Given::Full => "full",
        Given::Summary => "summary",
        Given::Nothing => "none",
    }
}

/// `20, 20 with an id, 19 with a link`; ids that stand twice.
fn counted(entries: &[Entry]) -> String {
    let ids: Vec<_> = entries.iter().filter_map(|e| e.id.as_deref()).collect();
    let different: HashSet<_> = ids.iter().collect();
    let links = entries.iter().filter(|e| e.link.is_some()).count();
    let mut told = format!("{}: {} with an id, {links} with a link", entries.len(), ids.len());
    let hidden = entries.iter().filter_map(|e| redirector(e.link.as_ref()?)).filter(|to| *to == Redirector::Closed).count();
    if hidden > 0 {
        told += &format!("; {hidden} links lead to an aggregator's page that hides the article: nothing is fetched there");
    }
    let empty = entries.iter().filter(|e| !e.says_something()).count();
    if empty > 0 {
        told += &format!("; {empty} say nothing and are passed over");
    }
    if different.len() < ids.len() {
        told += &format!("; {} share an id with another", ids.len() - different.len());
    }
    told
}

/// From when to when, how many have none, how many lie in the future.
fn dates(entries: &[Entry], now: Timestamp) -> String {
    let dates: Vec<Timestamp> = entries.iter().filter_map(|e| e.published).collect();
    let (Some(first), Some(last)) = (dates.iter().min(), dates.iter().max()) else {
        return "none: each counts as published when it is first seen".to_owned();
    };
    let mut told = format!("{first} to {last}");
    let missing = entries.len() - dates.len();
    if missing > 0 {
        told += &format!("; {missing} without a date count as published when first seen");
    }
    let future = dates.iter().filter(|at| **at > now).count();
    if future > 0 {
        told += &format!("; {future} in the future");
    }
    told
}

/// How many give the article, and what is done for the others.
fn texts(entries: &[Entry]) -> String {
    let count = |given| entries.iter().filter(|e| e.given() == given).count();
    let (full, summary, nothing) = (count(Given::Full), count(Given::Summary), count(Given::Nothing));
    let pages = if summary + nothing > 0 { ": their pages are fetched, unless `full_text` says never" } else { "" };
    format!("{full} in full, {summary} summaries, {nothing} with a title only{pages}")
}

fn hints(hints: &Hints) -> Option<String> {
    let ttl = hints.ttl.map(|ttl| format!("to look every {}", length(ttl)));
    let list = |numbers: &[u8]| numbers.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    let hours = (!hints.skip_hours.is_empty()).then(|| format!("not to look in the hours {} (UTC)", list(&hints.skip_hours)));
    let days =
        (!hints.skip_days.is_empty()).then(|| format!("not to look on the weekdays {} (Monday is 1)", list(&hints.skip_days)));
    let all: Vec<String> = [ttl, hours, days].into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.join("; "))
}

fn length(time: Duration) -> String {
    time::length(SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX))
}
