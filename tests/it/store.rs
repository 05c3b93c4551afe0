//! The store: what is written is there, once, whatever happens in between.

mod alerts;
mod commit;
mod feeds;
mod file;
mod health;
mod model;
mod polls;
mod search;
mod timing;

use jiff::{SignedDuration, Timestamp};
use orbat::alert::{Alert, AlertKind};
use orbat::article::{FeedId, SameBy};
use orbat::feed::{Entry, Next, Subscription, Validators};
use orbat::rule::Channel;
use orbat::store::{Batch, Done, Plan, PollOutcome, PollRecord, PollSummary, Store, TextFrom};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use url::Url;

/// A text that is too short to know an entry by.
const SHORT: &str = "Rain.";
const EVERY: Duration = Duration::from_secs(900);

/// A store in a directory of its own.
struct Place {
    dir: TempDir,
    store: Store,
}

impl Place {
    fn new() -> Place {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("orbat.db")).unwrap();
        Place { dir, store }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("orbat.db")
    }

    /// Another process opens the same file.
    fn reopen(&mut self) {
        self.store = Store::open(&self.path()).unwrap();
    }

    fn feed(&self, name: &str) -> FeedId {
        self.store.add_feed(&subscription(name), EVERY, at(0)).unwrap().unwrap()
    }

    fn poll(&self, feed: FeedId, minute: i64, entries: &[Item]) -> PollSummary {
        self.store.record_poll(polled(feed, minute, read(feed, entries))).unwrap()
    }

    /// Reads all that is due, as articles without claims, each a story of its own.
    fn read_all(&self, minute: i64) -> usize {
        let batch = batch(&self.store, minute);
        let count = batch.done.len();
        self.store.commit(batch).unwrap();
        count
    }
}

/// Minutes after a day in 2026.
fn at(minute: i64) -> Timestamp {
    Timestamp::constant(1_780_000_000, 0) + SignedDuration::from_mins(minute)
}

fn url(s: &str) -> Url {
    s.parse().unwrap()
}

fn subscription(name: &str) -> Subscription {
    Subscription::new(url(&format!("https://{name}.example/feed")), name)
}

/// guid, address, title, text, minute of publication.
type Item<'a> = (&'a str, &'a str, &'a str, &'a str, i64);

fn entry(&(guid, link, title, text, minute): &Item) -> Entry {
    Entry {
        id: (!guid.is_empty()).then(|| guid.to_owned()),
        link: (!link.is_empty()).then(|| url(&format!("https://paper.example/{link}"))),
        title: title.to_owned(),
        text: text.to_owned(),
        published: (minute >= 0).then(|| at(minute)),
        language: None,
    }
}

/// Keys as `article::keys` makes them, of which the store knows only that equal ones are equal. A short text has none of its words.
fn keys(feed: FeedId, entry: &Entry) -> Vec<(SameBy, String)> {
    let content = (entry.text != SHORT).then(|| (SameBy::Content, format!("{} {}", entry.title, entry.text)));
    let guid = entry.id.iter().map(|id| (SameBy::Guid, format!("{feed} {id}")));
    let link = entry.link.iter().map(|link| (SameBy::Url, link.to_string()));
    content.into_iter().chain(guid).chain(link).collect()
}

fn read(feed: FeedId, entries: &[Item]) -> PollOutcome {
    let entries: Vec<_> = entries.iter().map(entry).map(|e| (e.clone(), keys(feed, &e))).collect();
    PollOutcome::Read {
        title: "The Paper".into(),
        validators: Validators::default(),
        baseline: vec![false; entries.len()],
        entries,
        moved_to: None,
    }
}

fn polled(feed: FeedId, minute: i64, outcome: PollOutcome) -> PollRecord {
    let next = Next { check: at(minute + 15), interval: EVERY, reason: "rhythm".into() };
    PollRecord { feed, at: at(minute), outcome, plan: Plan::At(next) }
}

/// What is due, read.
fn batch(store: &Store, minute: i64) -> Batch {
    let waiting = store.pending(at(minute), 200).unwrap();
    let done = waiting.into_iter().zip(1..).map(|(pending, n)| Done {
        again: None,
        edits: pending.edits,
        edited: pending.before.as_ref().map(|before| before.edited),
        page: None,
        also: None,
        article: pending.article,
        text_from: TextFrom::Feed,
        note: None,
        story: orbat::article::StoryId(n),
        annotation: orbat::text::Annotation::default(),
        decisions: Vec::new(),
    });
    Batch { done: done.collect(), at: Some(at(minute)), ..Batch::default() }
}

fn alert(fingerprint: &str, channel: Channel) -> Alert {
    Alert {
        fingerprint: fingerprint.into(),
        rule: "troops".into(),
        kind: AlertKind::New,
        channel,
        created: at(0),
        article: None,
        story: None,
        line: None,
        lines_told: Vec::new(),
        maybe: None,
        url: None,
        outlet: "nos".into(),
        language: None,
        time: None,
        headline: "Two thousand to Germany".into(),
        sentence: String::new(),
        mark: None,
        claims: Vec::new(),
        before: None,
        mentions: Vec::new(),
        words: Vec::new(),
        reports: 1,
        independent: 1,
        lines: Vec::new(),
        notify: Vec::new(),
        except: vec![],
        held: None,
        moved: Vec::new(),
        sum: None,
    }
}
