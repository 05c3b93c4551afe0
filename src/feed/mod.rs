//! Feeds: bytes in, entries out, and when to look again.
//!
//! [`read`] decodes the bytes, has feed-rs parse what it can (`standard`), and reads with a lenient reader what it cannot (`salvage`);
//! `sniff` says which, `element` what the elements mean, `draft` makes entries of what they found. Pure: the bytes come from `fetch`, the time is an argument.

mod date;
mod draft;
mod element;
mod json;
pub mod opml;
mod salvage;
mod schedule;
mod sniff;
mod standard;

pub use schedule::{Bounds, Brought, INTERVALS, Next, Rhythm, Schedule, back_off, back_off_from, next_check, next_interval};

use crate::decode::{self, Decoded};
use crate::text::language::Language;
use draft::DraftFeed;
use jiff::Timestamp;
use json::Refusal;
use serde::{Deserialize, Serialize};
use sniff::{Document, Root};
use std::time::Duration;
use url::Url;

/// Entries read of one feed, from its beginning; whole archives in one file are rare and below this.
pub const MAX_ENTRIES: usize = 10_000;
/// A text below this many characters is a summary: the lead of a news article has 100 to 500, a whole one seldom under 1500.
const SUMMARY_CHARS: usize = 1200;

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
    /// It comes from somebody else's list: its address may not lead into the local network, as one that the user typed may.
    #[serde(default)]
    pub foreign: bool,
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
            foreign: false,
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
    /// Items that are not read: not whole, or after the first [`MAX_ENTRIES`].
    pub left_out: usize,
    /// It breaks off, or holds items that are not whole: the rest may come with the next answer.
    pub cut: bool,
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

impl FeedError {
    /// How the failure is filed.
    pub fn class(&self) -> Class {
        match self {
            FeedError::WebPage { .. } | FeedError::NotAFeed(_) => Class::NotAFeed,
            FeedError::Unreadable(_) => Class::Parse,
        }
    }
}

/// How much of its article an entry gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    Full,
    /// A lead or a text that breaks off.
    Summary,
    Nothing,
}

impl Entry {
    /// False for `<item/>` and for a date alone: there is nothing to know it again by, and nothing to tell.
    pub fn says_something(&self) -> bool {
        self.id.is_some() || self.link.is_some() || !self.title.is_empty() || !self.text.is_empty()
    }

    /// How much of the article the feed itself gives, by length and by how it ends.
    pub fn given(&self) -> Given {
        let breaks_off = || self.text.ends_with(['…', ']']) || self.text.ends_with("...");
        match self.text.chars().count() {
            0 => Given::Nothing,
            1..SUMMARY_CHARS => Given::Summary,
            _ if breaks_off() => Given::Summary,
            _ => Given::Full,
        }
    }
}

/// Is the article page to be fetched for this entry? With `Auto`: where the feed gives less than the article.
pub fn wants_page(mode: FullText, entry: &Entry) -> bool {
    entry.link.is_some()
        && match mode {
            FullText::Always => true,
            FullText::Never => false,
            FullText::Auto => entry.given() != Given::Full,
        }
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
        Blocked = "blocked", Redirects = "redirects", Guarded = "guarded", Redirector = "redirector", NotAFeed = "not-a-feed", Parse = "parse",
        RateLimited = "rate-limited", Other = "other",
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

impl Origin<'_> {
    /// The encoding that the header names.
    pub fn charset(&self) -> Option<&str> {
        self.content_type.and_then(decode::charset)
    }
}

/// The bytes of a feed as text.
pub fn decoded(bytes: &[u8], origin: &Origin) -> Decoded {
    let tld = origin.url.domain().and_then(|d| d.rsplit('.').next());
    decode::decode(bytes, origin.encoding, origin.charset(), tld)
}

/// Reads a feed in any of the formats RSS 0.9x/1.0/2.0, Atom 0.3/1.0, JSON Feed 1.0/1.1. Never panics.
pub fn read(bytes: &[u8], origin: &Origin) -> Result<Feed, FeedError> {
    let Decoded { text, encoding, twice } = decoded(bytes, origin);
    let mut feed = match sniff::document(&text) {
        Document::Xml(root) => {
            let mut feed = xml(&text, &root, origin.url)?;
            let prolog = &text[..root.start];
            if !prolog.contains("<!DOCTYPE") && !crate::html::line(prolog).is_empty() {
                feed.repairs.push(format!("{} bytes before the feed were passed over", root.start));
            }
            feed
        }
        Document::Json => json(&text, origin.url)?,
        Document::Page => return Err(FeedError::WebPage { feeds: sniff::alternates(&text, origin.url) }),
        Document::Other(start) if start == "<opml>" => {
            return Err(FeedError::NotAFeed("it is an OPML list of feeds; read it with `orbat feed import`".to_owned()));
        }
        Document::Other(start) if start.is_empty() => return Err(FeedError::NotAFeed("the answer is empty".to_owned())),
        Document::Other(start) => return Err(FeedError::NotAFeed(format!("the answer begins with \"{start}\""))),
    };
    if twice {
        feed.repairs.push("the text was encoded twice, and is taken back".to_owned());
    }
    feed.encoding = encoding.to_owned();
    Ok(feed)
}

/// Common forms go to feed-rs; what it does not know, cannot read, or reads in part, to the lenient reader.
fn xml(text: &str, root: &Root, base: &Url) -> Result<Feed, FeedError> {
    let (prolog, xml) = text.split_at(root.start);
    let survey = sniff::survey(xml, root.format.starts_with("rss"));
    let (xml, items) = (&xml[..survey.end], survey.items.min(MAX_ENTRIES));
    let entities = salvage::entities(prolog);
    let mut repairs = Vec::new();
    let strict = match survey.fault {
        _ if !root.standard || survey.uncommon || survey.items > items || !entities.is_empty() => None,
        Some(fault) => Some(Err(fault.to_owned())),
        None => Some(standard::read(xml, base.as_str())),
    };
    let mut leniently = |reason: Option<String>| {
        let salvaged = salvage::read(xml, entities.clone(), base);
        if salvaged.entries.is_empty() && items > 0 {
            return Err(FeedError::Unreadable(reason.unwrap_or_else(|| "none of its items is whole".to_owned())));
        }
        repairs.extend(reason.map(|reason| format!("read leniently: {reason}")));
        Ok(salvaged)
    };
    let mut drafts = match strict {
        None => leniently(None)?,
        Some(Err(reason)) => leniently(Some(reason))?,
        Some(Ok(drafts)) if drafts.entries.len() < items => {
            let reason = format!("only {} of {items} entries were seen otherwise", drafts.entries.len());
            let all = leniently(Some(reason));
            if drafts.entries.is_empty() {
                all?
            } else {
                all.ok().filter(|all| all.entries.len() > drafts.entries.len()).unwrap_or(drafts)
            }
        }
        Some(Ok(drafts)) => drafts,
    };
    let broken = items.saturating_sub(drafts.entries.len());
    if broken > 0 {
        repairs.push(format!("{broken} of {items} items were not whole and were left out"));
    }
    drafts.beyond = survey.items - items;
    let (head, body) = xml.split_at(survey.head);
    if items > 0 && is_blank(body) {
        return Err(FeedError::Unreadable("its items are empty".to_owned()));
    }
    let mut feed = finish(drafts, base, root.format.clone(), repairs);
    feed.language = feed.language.or_else(|| draft::language(&sniff::language(head)?));
    feed.hints = sniff::hints(head);
    feed.left_out += broken;
    feed.cut = !is_closed(text, root.start);
    Ok(feed)
}

/// Is there an end of the root that begins here?
fn is_closed(text: &str, start: usize) -> bool {
    let tag = &text[start + 1..];
    let name = tag.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next().unwrap_or_default();
    tag.contains(&format!("</{name}"))
}

/// Neither a text nor an attribute.
fn is_blank(xml: &str) -> bool {
    !xml.contains('=') && crate::html::line(xml).is_empty()
}

fn json(text: &str, base: &Url) -> Result<Feed, FeedError> {
    match json::read(text) {
        Ok(json::Found { drafts, format, repair, left_out }) => {
            let cut = repair.is_some();
            let mut feed = finish(drafts, base, format, repair.into_iter().collect());
            (feed.left_out, feed.cut) = (feed.left_out + left_out, cut);
            Ok(feed)
        }
        Err(Refusal::Broken(reason)) => Err(FeedError::Unreadable(reason)),
        Err(Refusal::Other) => Err(FeedError::NotAFeed("the answer is JSON, but no JSON Feed".to_owned())),
    }
}

fn finish(mut drafts: DraftFeed, base: &Url, format: String, mut repairs: Vec<String>) -> Feed {
    let beyond = drafts.beyond + drafts.entries.len().saturating_sub(MAX_ENTRIES);
    if beyond > 0 {
        repairs.push(format!("{beyond} entries after the first {MAX_ENTRIES} were left out"));
        drafts.entries.truncate(MAX_ENTRIES);
    }
    Feed {
        format,
        title: crate::html::line(&drafts.title),
        language: drafts.language.as_deref().and_then(draft::language),
        encoding: String::new(),
        entries: drafts.entries.into_iter().map(|d| d.finish(base)).collect(),
        hints: Hints::default(),
        repairs,
        left_out: beyond,
        cut: false,
    }
}
