//! Well-formed RSS and Atom, read by feed-rs.

use super::date;
use super::draft::{Draft, DraftFeed};
use feed_rs::model::{self, MediaObject};
use feed_rs::parser::Builder;
use jiff::Timestamp;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

/// Parses XML that begins at its root; the encoding is UTF-8. The error says why feed-rs could not.
pub(super) fn read(xml: &str, base: &str) -> Result<DraftFeed, String> {
    let parser = Builder::new()
        // Addresses are made absolute later; only `xml:base` needs the parser's help.
        .base_uri(xml.contains("xml:base").then_some(base))
        .sanitize_content(false)
        // A missing id stays missing: one made of link and title would change with the headline.
        .id_generator(|_, _, _| String::new())
        .timestamp_parser(|text| date::read(text).map(|t| SystemTime::from(t).into()))
        .build();
    match catch_unwind(AssertUnwindSafe(|| parser.parse(xml.as_bytes()))) {
        Ok(Ok(feed)) => Ok(drafts(feed)),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the parser failed".to_owned()),
    }
}

fn drafts(feed: model::Feed) -> DraftFeed {
    DraftFeed {
        title: feed.title.map(|t| t.content).unwrap_or_default(),
        language: feed.language,
        entries: feed.entries.into_iter().map(draft).collect(),
        beyond: 0,
    }
}

fn draft(entry: model::Entry) -> Draft {
    // Anything else is in base64, or not a text.
    let readable = |c: &model::Content| ["text", "html", "xml"].iter().any(|t| c.content_type.to_string().contains(t));
    let content = entry.content.filter(readable).and_then(|c| c.body);
    let mut bodies: Vec<String> = content.into_iter().chain(entry.summary.map(|s| s.content)).collect();
    if bodies.is_empty() {
        bodies.extend(entry.media.into_iter().find_map(caption));
    }
    Draft {
        id: Some(entry.id),
        link: link(entry.links),
        title: entry.title.map(|t| t.content).unwrap_or_default(),
        bodies,
        published: entry.published.and_then(|t| Timestamp::from_second(t.timestamp()).ok()),
        created: None,
        updated: entry.updated.and_then(|t| Timestamp::from_second(t.timestamp()).ok()),
        language: entry.language,
    }
}

/// Videos have their text here.
fn caption(media: MediaObject) -> Option<String> {
    media.description.map(|d| d.content)
}

/// The page of the entry: not itself as a feed, its comments or its enclosure.
fn link(links: Vec<model::Link>) -> Option<String> {
    let alternate = |l: &&model::Link| l.target.is_none() && l.rel.as_deref().is_none_or(|rel| rel == "alternate");
    let html = |l: &&model::Link| l.media_type.as_deref().is_none_or(|t| t.contains("html"));
    let pages = || links.iter().filter(alternate);
    pages().find(html).or_else(|| pages().next()).map(|l| l.href.clone())
}
