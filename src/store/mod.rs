//! The database: everything orbat knows, and the queue of what it has still to do.
//!
//! A [`Store`] is a cheap handle. Writes go to one writer thread, which puts what is waiting into one transaction; reads use
//! read-only connections. Every verb blocks: an async caller uses a blocking task. SQL stands in one file per noun.

use crate::alert::{Alert, AlertId, DeliveryId};
use crate::article::{Article, ArticleId, FeedId, SameBy, StoryId};
use crate::feed::{Class, Entry, FullText, Subscription, Validators};
use crate::ledger::{Decision, Known, LedgerId, Verdict};
use crate::rule::Channel;
use crate::text::Annotation;
use crate::text::claim::{Action, Claim};
use crate::text::gazetteer::Mention;
use crate::text::language::Language;
use crate::text::query::Query;
use jiff::Timestamp;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

/// What the store cannot do, in words for the user.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{path}: {source}")]
    Open { path: PathBuf, source: rusqlite::Error },
    #[error("{path} was written by a newer orbat (schema {found}, this one knows {known}): use that version")]
    Newer { path: PathBuf, found: u32, known: u32 },
    #[error("the disk is full: free some space, orbat goes on by itself")]
    Full,
    #[error("the database cannot be written: {0}")]
    ReadOnly(String),
    #[error("the database is damaged: {0}; restore a backup, or move the file away to start anew")]
    Damaged(String),
    #[error("database: {0}")]
    Sql(rusqlite::Error),
    #[error("the writer has stopped")]
    Stopped,
}

pub type Result<T> = std::result::Result<T, StoreError>;

/// The handle. Clones share the writer; when the last is gone the writer ends what waits and closes the database.
#[derive(Clone)]
pub struct Store {}

crate::text::claim::words! {
    /// Where a feed was born: in a file of the user's, or by a command.
    Born { File = "file", Cli = "cli" }
}

crate::text::claim::words! {
    /// How a feed is.
    Health { Waiting = "waiting", Well = "well", Failing = "failing", Gone = "gone", Paused = "paused" }
}

/// A feed with its state.
#[derive(Clone, Debug)]
pub struct FeedRow {
    pub id: FeedId,
    pub subscription: Subscription,
    pub born: Born,
    pub health: Health,
    pub title: Option<String>,
    /// Where requests go: the subscription's address, or where a permanent redirect led.
    pub address: Url,
    pub validators: Validators,
    pub interval: Duration,
    pub next_check: Timestamp,
    pub last_attempt: Option<Timestamp>,
    pub last_success: Option<Timestamp>,
    pub last_new: Option<Timestamp>,
    pub failing_since: Option<Timestamp>,
    pub failures: u32,
    pub error: Option<(Class, String)>,
    /// Why `next_check` is when it is, in words.
    pub reason: String,
    pub articles: u64,
    pub added: Timestamp,
    /// The first poll has been read.
    pub baselined: bool,
    /// Permanent redirect: where to, and since when it is seen.
    pub moved: Option<(Url, Timestamp)>,
}

/// What one poll of a feed brought. One write.
#[derive(Clone, Debug)]
pub struct PollRecord {
    pub feed: FeedId,
    pub at: Timestamp,
    pub outcome: PollOutcome,
    pub next_check: Timestamp,
    pub interval: Duration,
    pub reason: String,
}

#[derive(Clone, Debug)]
pub enum PollOutcome {
    NotModified,
    /// The entries with their keys (see [`crate::article::keys`]): those with a known one are merged, the others become pending articles.
    /// `baseline` says of each, in the same order, whether it is of the first poll and so never told.
    Read {
        title: String,
        validators: Validators,
        entries: Vec<(Entry, Vec<(SameBy, String)>)>,
        baseline: Vec<bool>,
        moved_to: Option<Url>,
    },
    Failed {
        class: Class,
        message: String,
        gone: bool,
    },
    RateLimited,
}

/// What became of the entries of a poll.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PollSummary {
    pub new: u32,
    pub known: u32,
}

/// An entry that waits to be read.
#[derive(Clone, Debug)]
pub struct Pending {
    pub article: Article,
    pub full_text: FullText,
    /// What the feed declared.
    pub entry_language: Option<Language>,
    /// How often fetching its page was put off.
    pub attempts: u32,
}

crate::text::claim::words! {
    /// Which text was used.
    TextFrom { Feed = "feed", Page = "page" }
}

/// A read article, ready to be stored.
#[derive(Clone, Debug)]
pub struct Done {
    pub article: Article,
    pub text_from: TextFrom,
    /// Why the page was not used, where it was wanted.
    pub note: Option<String>,
    /// Negative: a story made in this batch; the same negative number is the same story.
    pub story: StoryId,
    pub story_keys: Vec<String>,
    pub annotation: Annotation,
    pub decisions: Vec<Decision>,
}

/// What one commit holds. Lines and stories made in the batch have negative ids here; the store numbers them and the alerts that name them.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub done: Vec<Done>,
    pub lines: Vec<Known>,
    /// Alerts, each with the receivers that it goes to (none: shown on request only). One whose fingerprint is known is dropped.
    pub alerts: Vec<(Alert, Vec<String>)>,
    pub at: Option<Timestamp>,
}

/// One alert to one receiver.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub id: DeliveryId,
    pub alert_id: AlertId,
    pub alert: Alert,
    pub receiver: String,
    pub attempts: u32,
}

crate::text::claim::words! {
    DeliveryState { Due = "due", Sent = "sent", Refused = "refused" }
}

/// What is written of an attempt to deliver.
#[derive(Clone, Debug)]
pub enum DeliveryResult {
    Sent,
    Retry { at: Timestamp, counts: bool, reason: String },
    Refused { reason: String },
}

/// A story's claims at rest: what [`Store::ledger`] lists.
#[derive(Clone, Debug, Default)]
pub struct ClaimFilter {
    pub force: Vec<String>,
    pub action: Vec<Action>,
    /// Any of these in from, to or at.
    pub from: Vec<String>,
    pub to: Vec<String>,
    pub at: Vec<String>,
    pub since: Option<Timestamp>,
    pub min_certainty: f32,
    pub limit: u32,
}

/// One telling of a ledger line, in one article.
#[derive(Clone, Debug)]
pub struct Appearance {
    pub article: ArticleId,
    pub outlet: String,
    pub url: Option<Url>,
    pub title: String,
    pub language: Option<Language>,
    pub seen: Timestamp,
    pub claim: Claim,
    pub sentence: String,
    pub verdict: Verdict,
}

/// A stored article with what was found in it.
#[derive(Clone, Debug)]
pub struct ArticleRow {
    pub article: Article,
    pub story: Option<StoryId>,
    pub text_from: TextFrom,
    pub note: Option<String>,
    pub pending: bool,
    /// Counts in lists, contents in `article(id)`.
    pub claims: Vec<(Claim, Verdict, LedgerId)>,
    pub mentions: Vec<Mention>,
}

#[derive(Clone, Debug, Default)]
pub struct ArticleFilter {
    pub feed: Option<String>,
    pub tag: Option<String>,
    pub language: Option<Language>,
    pub since: Option<Timestamp>,
    pub entity: Option<String>,
    /// Only articles with claims.
    pub with_claims: bool,
    pub limit: u32,
}

/// An alert with what became of it.
#[derive(Clone, Debug)]
pub struct AlertRow {
    pub id: AlertId,
    pub alert: Alert,
    /// Receiver, state, attempts, last error, when sent.
    pub deliveries: Vec<(DeliveryId, String, DeliveryState, u32, Option<String>, Option<Timestamp>)>,
}

#[derive(Clone, Debug, Default)]
pub struct AlertFilter {
    pub channel: Option<Channel>,
    pub rule: Option<String>,
    pub since: Option<Timestamp>,
    /// Only those after this one, oldest first: for following.
    pub after: Option<AlertId>,
    pub limit: u32,
}

/// First polls that have not been summed up for the user yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirstPolls {
    pub feeds: Vec<FeedId>,
    pub read: u32,
    pub failing: u32,
    /// Not polled yet, or with entries still to be read.
    pub waiting: u32,
    pub articles: u64,
    /// Claims in articles of the last 48 hours.
    pub recent_claims: u64,
}

/// Figures for `orbat status`.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub feeds: HashMap<&'static str, u64>,
    pub articles: u64,
    pub pending: u64,
    pub oldest_pending: Option<Timestamp>,
    pub claims: u64,
    pub lines: u64,
    pub alerts: u64,
    pub deliveries_due: u64,
    pub oldest_due: Option<Timestamp>,
    pub deliveries_refused: u64,
    /// Receiver and the last error of its due deliveries.
    pub waiting: Vec<(String, u64, String)>,
    pub bytes: u64,
}

/// What a reload of the file-born feeds did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Synced {
    pub added: u32,
    pub changed: u32,
    pub removed: u32,
}

#[allow(unused_variables)]
impl Store {
    /// Opens the database for reading and writing; makes it (mode 0600) and migrates it where needed.
    pub fn open(path: &Path) -> Result<Store> {
        todo!()
    }

    // -- feeds

    /// Makes the file-born feeds those of `feeds`; articles of removed ones stay. New ones are due at once, spread over `spread`.
    pub fn sync_feeds(&self, feeds: &[Subscription], every: Duration, spread: Duration, now: Timestamp) -> Result<Synced> {
        todo!()
    }
    /// Adds a feed by command; `Err(id)` inside: known already.
    pub fn add_feed(&self, feed: &Subscription, every: Duration, now: Timestamp) -> Result<std::result::Result<FeedId, FeedId>> {
        todo!()
    }
    pub fn edit_feed(&self, id: FeedId, feed: &Subscription) -> Result<()> {
        todo!()
    }
    pub fn remove_feed(&self, id: FeedId) -> Result<()> {
        todo!()
    }
    pub fn pause_feed(&self, id: FeedId, paused: bool, now: Timestamp) -> Result<()> {
        todo!()
    }
    /// Makes a feed due: a poll asked for by the user.
    pub fn make_due(&self, id: FeedId, now: Timestamp) -> Result<()> {
        todo!()
    }
    pub fn feeds(&self) -> Result<Vec<FeedRow>> {
        todo!()
    }
    /// By number, name or address.
    pub fn feed(&self, which: &str) -> Result<Option<FeedRow>> {
        todo!()
    }
    /// Feeds due at `now`, longest overdue first.
    pub fn due_feeds(&self, now: Timestamp, limit: u32) -> Result<Vec<FeedRow>> {
        todo!()
    }
    pub fn next_due(&self) -> Result<Option<Timestamp>> {
        todo!()
    }
    pub fn record_poll(&self, record: PollRecord) -> Result<PollSummary> {
        todo!()
    }
    /// Hosts that asked to be left alone, until when.
    pub fn resting_hosts(&self, now: Timestamp) -> Result<Vec<(String, Timestamp)>> {
        todo!()
    }
    pub fn rest_host(&self, host: &str, until: Timestamp) -> Result<()> {
        todo!()
    }
    /// First polls that are not summed up; `None` where there are none.
    pub fn first_polls(&self, now: Timestamp) -> Result<Option<FirstPolls>> {
        todo!()
    }
    /// Writes the summary alert and marks these feeds as summed up, in one commit.
    pub fn sum_up(&self, feeds: &[FeedId], alert: Alert, receivers: &[String]) -> Result<()> {
        todo!()
    }

    // -- articles

    /// The oldest pending entries whose time has come.
    pub fn pending(&self, now: Timestamp, limit: u32) -> Result<Vec<Pending>> {
        todo!()
    }
    /// Puts a pending entry off: its host asked for patience.
    pub fn put_off(&self, id: ArticleId, until: Timestamp) -> Result<()> {
        todo!()
    }
    pub fn next_pending(&self) -> Result<Option<Timestamp>> {
        todo!()
    }
    /// Stories that hold any of these keys, per list of keys, oldest first.
    pub fn stories(&self, keys: &[Vec<String>]) -> Result<Vec<Vec<StoryId>>> {
        todo!()
    }
    /// Ledger lines of these actions seen since.
    pub fn ledger_lines(&self, actions: &[Action], since: Timestamp) -> Result<Vec<Known>> {
        todo!()
    }
    /// Which revision of these lines each rule has told.
    pub fn told(&self, lines: &[LedgerId]) -> Result<HashMap<(String, LedgerId), u32>> {
        todo!()
    }
    /// Articles, mentions, claims, ledger lines, alerts and deliveries: one commit. Gives the alerts that were new.
    pub fn commit(&self, batch: Batch) -> Result<Vec<(AlertId, Alert)>> {
        todo!()
    }
    pub fn articles(&self, filter: &ArticleFilter) -> Result<Vec<ArticleRow>> {
        todo!()
    }
    pub fn article(&self, id: ArticleId) -> Result<Option<ArticleRow>> {
        todo!()
    }
    /// Newest first.
    pub fn search(&self, query: &Query, limit: u32) -> Result<Vec<ArticleRow>> {
        todo!()
    }
    /// Entries merged into known articles: feed, article, by what, when.
    pub fn merges(&self, since: Timestamp, limit: u32) -> Result<Vec<(FeedId, ArticleId, SameBy, Timestamp)>> {
        todo!()
    }

    // -- claims

    /// Ledger lines, newest first.
    pub fn ledger(&self, filter: &ClaimFilter) -> Result<Vec<Known>> {
        todo!()
    }
    /// A line with all its appearances, oldest first.
    pub fn line(&self, id: LedgerId) -> Result<Option<(Known, Vec<Appearance>)>> {
        todo!()
    }

    // -- alerts and deliveries

    /// One alert with its deliveries; `None` where its fingerprint is known.
    pub fn add_alert(&self, alert: Alert, receivers: &[String]) -> Result<Option<AlertId>> {
        todo!()
    }
    pub fn alerts(&self, filter: &AlertFilter) -> Result<Vec<AlertRow>> {
        todo!()
    }
    pub fn alert(&self, id: AlertId) -> Result<Option<AlertRow>> {
        todo!()
    }
    /// Sent alerts about this line: those whose popup may be brought up to date.
    pub fn alerts_of(&self, lines: &[LedgerId]) -> Result<Vec<AlertRow>> {
        todo!()
    }
    pub fn due_deliveries(&self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>> {
        todo!()
    }
    pub fn next_delivery(&self) -> Result<Option<Timestamp>> {
        todo!()
    }
    pub fn record_delivery(&self, id: DeliveryId, result: &DeliveryResult, now: Timestamp) -> Result<()> {
        todo!()
    }
    /// The alert that a delivery carries.
    pub fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>> {
        todo!()
    }
    /// Digest alerts that no digest holds yet, oldest first.
    pub fn undigested(&self) -> Result<Vec<(AlertId, Alert)>> {
        todo!()
    }
    /// Writes a digest and marks what it holds, in one commit.
    pub fn close_digest(&self, held: &[AlertId], digest: Alert, receivers: &[String]) -> Result<()> {
        todo!()
    }
    /// Mutes the line and story of an alert until then: what comes goes to the digest.
    pub fn mute(&self, alert: AlertId, until: Timestamp) -> Result<()> {
        todo!()
    }
    /// Lines and stories muted at `now`.
    pub fn muted(&self, now: Timestamp) -> Result<(Vec<LedgerId>, Vec<StoryId>)> {
        todo!()
    }
    /// The user says that this alert is wrong: its lines leave the ledger, the alert is marked.
    pub fn wrong(&self, alert: AlertId, now: Timestamp) -> Result<()> {
        todo!()
    }

    // -- the whole

    pub fn counts(&self, now: Timestamp) -> Result<Counts> {
        todo!()
    }
    /// Rises whenever another process has written.
    pub fn data_version(&self) -> Result<i64> {
        todo!()
    }
    pub fn note(&self, key: &str) -> Result<Option<String>> {
        todo!()
    }
    pub fn set_note(&self, key: &str, value: &str) -> Result<()> {
        todo!()
    }
    /// Checkpoints and optimises: at the end of a run.
    pub fn tidy(&self) -> Result<()> {
        todo!()
    }
}
