//! Feeds: bytes in, entries out, and when to look again.
//!
//! [`read`] decodes and repairs the bytes, has feed-rs parse them, and salvages what it can with a lenient reader where
//! that fails. Pure: the bytes come from `fetch`, the time is an argument.

pub mod opml;

use crate::text::language::Language;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use url::Url;

/// A feed as its user wrote it down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    pub url: Url,
    /// Short, unique, given by the user or made from the host.
    pub name: String,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default)]
    pub language: Option<Language>,
    /// A fixed interval instead of the adaptive one.
    #[serde(default)]
    pub every: Option<Duration>,
    #[serde(default)]
    pub full_text: FullText,
    /// Who owns the outlet: independent sources are counted by owner.
    #[serde(default)]
    pub owner: Option<String>,
    #[serde(default)]
    pub state_media: bool,
    /// Alerts of the first poll reach back this far; none without it.
    #[serde(default)]
    pub alert_backlog: Option<Duration>,
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    #[serde(default)]
    pub user_agent: Option<String>,
    /// A file with `user:password` or `Bearer token`.
    #[serde(default)]
    pub auth_file: Option<std::path::PathBuf>,
    #[serde(default)]
    pub proxy: Option<Url>,
    #[serde(default)]
    pub encoding: Option<String>,
    #[serde(default)]
    pub http1: bool,
}

impl Subscription {
    /// A feed with everything else at its default.
    pub fn new(url: Url, name: impl Into<String>) -> Subscription {
        Subscription {
            url,
            name: name.into(),
            tags: Vec::new(),
            language: None,
            every: None,
            full_text: FullText::Auto,
            owner: None,
            state_media: false,
            alert_backlog: None,
            headers: Vec::new(),
            user_agent: None,
            auth_file: None,
            proxy: None,
            encoding: None,
            http1: false,
        }
    }
}

/// Whether the article page is fetched: where the feed gives only a summary, for every entry, or not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FullText {
    #[default]
    Auto,
    Always,
    Never,
}

/// What the bytes of a feed say.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    /// `rss 2.0`, `atom 1.0`, `json feed 1.1` …
    pub format: String,
    pub title: String,
    pub language: Option<Language>,
    /// The encoding it was read in.
    pub encoding: String,
    pub entries: Vec<Entry>,
    pub hints: Hints,
    /// What had to be repaired, in words.
    pub repairs: Vec<String>,
}

/// What a feed says about one item. Texts are plain: HTML and entities are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// `guid` or `id`, raw; `None` where the feed gives none.
    pub id: Option<String>,
    /// Absolute.
    pub link: Option<Url>,
    pub title: String,
    /// The longest clean text of content and summary, paragraphs parted by an empty line.
    pub text: String,
    /// As stated; `None` where missing or unreadable. May lie in the future: it is never trusted for order.
    pub published: Option<Timestamp>,
    pub language: Option<Language>,
}

/// What a feed asks of its readers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// `ttl` or `sy:updatePeriod / updateFrequency`.
    pub ttl: Option<Duration>,
    /// Hours of the day (UTC) in which not to look.
    pub skip_hours: Vec<u8>,
    /// Days of the week in which not to look, Monday is 1.
    pub skip_days: Vec<u8>,
}

/// Why bytes are no feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    #[error("this is a web page, not a feed{}", .feeds.first().map_or(String::new(), |u| format!("; it names the feed {u}")))]
    WebPage {
        /// `<link rel=alternate>` of the page.
        feeds: Vec<Url>,
    },
    #[error("not a feed: {0}")]
    NotAFeed(String),
    #[error("the feed holds items that cannot be read: {0}")]
    Unreadable(String),
}

/// Is the article page to be fetched for this entry? With `Auto`: where the feed gives only a summary.
pub fn wants_page(_mode: FullText, _entry: &Entry) -> bool {
    todo!()
}

/// An opaque pair that a server gave with a 200 and gets back as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

crate::text::claim::words! {
    /// Why a poll failed: the request, or the reading of what it brought.
    Class {
        Dns = "dns", Connect = "connect", Tls = "tls", Timeout = "timeout", Http = "http", Gone = "gone", TooLarge = "too-large",
        Blocked = "blocked", Redirects = "redirects", Guarded = "guarded", NotAFeed = "not-a-feed", Parse = "parse", Other = "other",
    }
}

/// What is known about the bytes beside themselves.
#[derive(Clone, Debug)]
pub struct Origin<'a> {
    /// Where they came from, after redirects: the base of relative links.
    pub url: &'a Url,
    pub content_type: Option<&'a str>,
    /// The user's override.
    pub encoding: Option<&'a str>,
}

/// Reads a feed in any of the formats RSS 0.9x/1.0/2.0, Atom 0.3/1.0, JSON Feed 1.0/1.1. Never panics.
pub fn read(_bytes: &[u8], _origin: &Origin) -> Result<Feed, FeedError> {
    todo!()
}

/// How a poll of a feed went, as far as its next check is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// Entries new in this poll, and entries in it.
    pub fresh: u32,
    pub seen: u32,
    /// The interval that led to this poll.
    pub interval: Duration,
    /// How long ago the last new entry came.
    pub quiet: Duration,
}

/// The bounds of the adaptive interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub every: Duration,
    pub min: Duration,
    pub max: Duration,
}

/// The next interval after a poll that went well: shorter while much is new, longer while nothing is.
pub fn next_interval(_rhythm: &Rhythm, _bounds: Bounds) -> Duration {
    todo!()
}

/// When to look again: the interval from `now`, put off to the server's hint of at most 24 h and past skipped hours and days.
pub fn next_check(_now: Timestamp, _interval: Duration, _server: Option<Duration>, _hints: &Hints) -> Timestamp {
    todo!()
}

/// The wait after the `failures`-th failure in a row (from 1): doubling from the interval, up to a day.
pub fn back_off(_interval: Duration, _failures: u32) -> Duration {
    todo!()
}
