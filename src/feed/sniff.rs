//! What a document is, by its first tags: which feed format, a web page, or neither; and what its head asks of readers.

use super::{Hints, MAX_ENTRIES};
use crate::html;
use crate::url::{Url, resolve};
use std::time::Duration;

/// The root must begin within so many bytes: there may be warnings of a server and comments before it.
const ROOT_BYTES: usize = 64 * 1024;
/// So much of one tag is looked at; some declare dozens of namespaces.
const TAG_BYTES: usize = 8 * 1024;
/// The name of a root and its prefix are shorter.
const NAME_BYTES: usize = 64;
/// The head of a feed, before its first item, is looked at so far.
const HEAD_BYTES: usize = 64 * 1024;
/// Links to feeds are looked for in so much of a page, and so many are kept.
const PAGE_BYTES: usize = 512 * 1024;
const MAX_ALTERNATES: usize = 20;

/// What a text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Document {
    Xml(Root),
    Json,
    Page,
    /// Something else; how it begins.
    Other(String),
}

/// The root element of an XML feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Root {
    /// Where its tag begins.
    pub start: usize,
    pub format: String,
    /// A form that feed-rs reads.
    pub standard: bool,
}

pub(super) fn document(text: &str) -> Document {
    if text.trim_start().starts_with('{') {
        return Document::Json;
    }
    let (mut at, mut unclosed) = (0, false);
    let searched = html::head(text, ROOT_BYTES);
    while let Some(start) = searched[at..].find('<').map(|n| at + n) {
        let rest = &text[start..];
        if let Some(comment) = searched[start..].strip_prefix("<!--") {
            // Behind one that is not closed there is no end to be looked for any more.
            let end = (!unclosed).then(|| comment.find("-->")).flatten();
            unclosed |= end.is_none();
            at = start + 4 + end.unwrap_or(0);
            continue;
        }
        match local_name(html::head(rest, NAME_BYTES)).to_ascii_lowercase().as_str() {
            "rss" | "feed" | "rdf" | "channel" | "entry" => return Document::Xml(root(whole_tag(rest), start)),
            "opml" => return Document::Other("<opml>".to_owned()),
            "html" | "head" | "body" => return Document::Page,
            _ => at = start + 1,
        }
    }
    if text.trim_start().get(..14).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype html")) {
        return Document::Page;
    }
    Document::Other(beginning(text))
}

/// The first words; of markup without words its first element.
fn beginning(text: &str) -> String {
    let text = html::head(text, 2000);
    let words: String = html::line(text).chars().take(60).collect();
    let element = || {
        text.match_indices('<').map(|(i, _)| local_name(&text[i..])).find(|n| n.starts_with(|c: char| c.is_ascii_alphabetic()))
    };
    if words.is_empty() { element().map(|name| format!("<{name}>")).unwrap_or_default() } else { words }
}

/// `<atom:feed …` gives `feed`.
fn local_name(tag: &str) -> &str {
    let name = tag[1..].split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next().unwrap_or("");
    name.rsplit(':').next().unwrap_or(name)
}

fn root(tag: &str, start: usize) -> Root {
    let namespace = attribute(tag, "xmlns").unwrap_or_default();
    let version = attribute(tag, "version").unwrap_or_default();
    let name = local_name(tag);
    let (format, standard) = match name {
        "rss" | "RSS" => {
            let known = name == "rss" && matches!(version.as_str(), "2.0" | "0.91" | "0.92") && namespace.is_empty();
            (format!("rss {version}").trim_end().to_owned(), known)
        }
        "feed" | "entry" if version == "0.3" || tag.contains("purl.org/atom/ns#") => ("atom 0.3".to_owned(), false),
        "feed" | "entry" => ("atom 1.0".to_owned(), matches!(namespace.as_str(), "" | "http://www.w3.org/2005/Atom")),
        // Its ids are attributes, which feed-rs does not read.
        "RDF" if tag.contains("http://purl.org/rss/1.0/") => ("rss 1.0".to_owned(), false),
        "RDF" => ("rss 0.90".to_owned(), false),
        "CHANNEL" | "Channel" => ("cdf".to_owned(), false),
        other => (format!("rss ({})", other.to_ascii_lowercase()), false),
    };
    Root { start, format, standard }
}

/// The value of an attribute of a tag, entities read.
pub(super) fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let mut at = 0;
    while let Some(found) = lower[at..].find(name).map(|n| at + n) {
        at = found + name.len();
        let begins = found.checked_sub(1).is_some_and(|b| lower.as_bytes()[b].is_ascii_whitespace());
        let Some(value) = tag[at..].trim_start().strip_prefix('=').filter(|_| begins) else { continue };
        let value = value.trim_start();
        let raw = match value.chars().next()? {
            quote @ ('"' | '\'') => value[1..].split(quote).next()?,
            _ => value.split(|c: char| c.is_whitespace() || c == '>').next()?,
        };
        return Some(html_escape::decode_html_entities(raw).trim().to_owned());
    }
    None
}

/// What a structural look over an XML feed tells before it is parsed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
    /// Opening tags of items and entries.
    pub items: usize,
    /// Where the first of them begins.
    pub head: usize,
    /// Where the first of those begins that are too many.
    pub end: usize,
    /// What is wrong, where feed-rs would read it wrongly without an error.
    pub fault: Option<&'static str>,
    /// There are elements or types that feed-rs leaves out or refuses, and nothing is wrong with them.
    pub uncommon: bool,
}

/// Elements that carry an entry's title, text, date or base in feeds that feed-rs accepts, and that it leaves out.
const UNCOMMON: &[&[u8]] = &[
    b"dc:title",
    b"dc:description",
    b"dcterms:issued",
    b"dcterms:created",
    b"dcterms:modified",
    b"fullitem",
    b"body",
    b"xhtml:body",
    b"media:title",
    // Names in other letters than the format's, which feed-rs passes over.
    b"pubdate",
    b"PubDate",
    b"PUBDATE",
    b"Title",
    b"TITLE",
    b"Link",
    b"LINK",
    b"Description",
    b"DESCRIPTION",
];

/// One pass over the tags outside of CDATA and comments.
pub(super) fn survey(text: &str, rss: bool) -> Survey {
    let bytes = text.as_bytes();
    let mut survey = Survey { head: text.len(), end: text.len(), ..Survey::default() };
    // The same of items under a prefix, which count where there are no others.
    let (mut prefixed, mut prefixed_head) = (0, text.len());
    let mut in_text = false;
    let mut unclosed = false;
    let mut at = 0;
    while let Some(start) = text[at..].find('<').map(|n| at + n) {
        let rest = &bytes[start + 1..];
        at = start + 1;
        if rest.starts_with(b"![CDATA[") {
            // Behind one that is not closed the lenient reader goes on at the next item. There is no end to be looked for any more.
            match (!unclosed).then(|| text[at..].find("]]>")).flatten() {
                Some(length) => at += length,
                None => (unclosed, survey.fault) = (true, Some("a text (CDATA) is not closed")),
            }
        } else if rest.starts_with(b"!--") {
            at = text[at..].find("-->").map_or(text.len(), |n| at + n);
        } else if opens_item(rest) {
            survey.head = survey.head.min(start);
            survey.items += 1;
            if survey.items == MAX_ENTRIES + 1 {
                survey.end = start;
            }
            in_text = false;
        } else if opens_prefixed_item(rest) {
            (prefixed, prefixed_head) = (prefixed + 1, prefixed_head.min(start));
        } else {
            if in_text && rest.first() != Some(&b'/') {
                survey.fault = Some("bare markup in a title or description");
            }
            survey.uncommon |=
                UNCOMMON.iter().any(|name| opens(rest, name)) || (rss && opens(rest, b"id")) || odd_type(&text[start..]);
            survey.uncommon |= rss && opens(rest, b"link") && inner_tag(&text[start..]).contains("href");
            in_text = rss && (opens(rest, b"title") || opens(rest, b"description")) && !empty_tag(&text[start..]);
        }
    }
    if survey.items == 0 {
        (survey.items, survey.head) = (prefixed, prefixed_head);
    }
    survey
}

/// `<item>`, `<item/>`, and the same of Atom.
fn opens_item(rest: &[u8]) -> bool {
    let name = [&b"item"[..], b"entry"].into_iter().find(|name| rest.starts_with(name));
    name.and_then(|name| rest.get(name.len())).is_some_and(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'))
}

/// `<x:item>`; `rdf:item` stands in a list of addresses.
fn opens_prefixed_item(rest: &[u8]) -> bool {
    let Some(length) = rest.iter().take(NAME_BYTES).position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/')) else {
        return false;
    };
    let Some(colon) = rest[..length].iter().position(|b| *b == b':').filter(|colon| *colon > 0) else { return false };
    let (prefix, name) = (&rest[..colon], &rest[colon + 1..length]);
    !prefix.eq_ignore_ascii_case(b"rdf") && [&b"item"[..], b"entry"].iter().any(|item| name.eq_ignore_ascii_case(item))
}

fn opens(rest: &[u8], name: &[u8]) -> bool {
    rest.starts_with(name) && rest.get(name.len()).is_some_and(|b| b.is_ascii_whitespace() || *b == b'>')
}

/// Atom's texts of a type that is neither text nor markup are in base64.
fn odd_type(rest: &str) -> bool {
    let named = |name: &str| rest.as_bytes().get(1..).is_some_and(|rest| rest.starts_with(name.as_bytes()));
    if !["title", "content", "summary", "subtitle", "rights"].iter().any(|name| named(name)) {
        return false;
    }
    attribute(inner_tag(rest), "type").is_some_and(|kind| kind.is_empty() || super::element::is_binary(&kind))
}

fn empty_tag(rest: &str) -> bool {
    inner_tag(rest).ends_with('/')
}

/// A tag with its brackets.
fn whole_tag(rest: &str) -> &str {
    let tag = html::head(rest, TAG_BYTES);
    &tag[..tag.find('>').map_or(tag.len(), |n| n + 1)]
}

/// A tag without its brackets.
fn inner_tag(rest: &str) -> &str {
    html::head(&rest[1..], TAG_BYTES).split(['<', '>']).next().unwrap_or_default()
}

/// `ttl`, `sy:updatePeriod`, `skipHours` and `skipDays`, from the head of a feed.
pub(super) fn hints(head: &str) -> Hints {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let head = html::head(head, HEAD_BYTES);
    let ttl = inner(head, "ttl>").and_then(|m| m.parse::<u32>().ok()).filter(|m| *m > 0);
    let hours = section(head, "skipHours").split("<hour>").skip(1);
    let days = section(head, "skipDays").split("<day>").skip(1);
    let number = |text: &str| text.split('<').next().and_then(|n| n.trim().parse::<u8>().ok());
    let day = |text: &str| DAYS.iter().position(|d| text.trim_start().to_ascii_lowercase().starts_with(d));
    Hints {
        ttl: ttl.map(|m| Duration::from_secs(u64::from(m) * 60)).or_else(|| syndication(head)),
        // RSS 0.91 counts from 1 to 24.
        skip_hours: hours.filter_map(number).filter(|h| *h <= 24).map(|h| h % 24).take(24).collect(),
        skip_days: days.filter_map(day).filter_map(|d| u8::try_from(d + 1).ok()).take(7).collect(),
    }
}

/// The period of the RSS 1.0 syndication module, divided by its frequency.
fn syndication(head: &str) -> Option<Duration> {
    const HOUR: u32 = 3600;
    let period = match inner(head, "updatePeriod>")?.to_ascii_lowercase().as_str() {
        "hourly" => HOUR,
        "daily" => 24 * HOUR,
        "weekly" => 7 * 24 * HOUR,
        "monthly" => 30 * 24 * HOUR,
        "yearly" => 365 * 24 * HOUR,
        _ => return None,
    };
    let frequency = inner(head, "updateFrequency>").and_then(|f| f.parse::<u32>().ok()).unwrap_or(1);
    Some(Duration::from_secs(u64::from(period / frequency.clamp(1, period))))
}

/// The language that the head declares beside its root.
pub(super) fn language(head: &str) -> Option<String> {
    inner(html::head(head, HEAD_BYTES), "language>")
}

fn inner(head: &str, opening: &str) -> Option<String> {
    let value = head.split_once(opening)?.1.split("</").next()?.trim();
    let value = value.strip_prefix("<![CDATA[").map_or(value, |v| v.trim_end_matches("]]>")).trim();
    (!value.is_empty() && value.len() < 40).then(|| value.to_owned())
}

fn section<'a>(head: &'a str, name: &str) -> &'a str {
    head.split_once(name).and_then(|(_, rest)| rest.split(name).next()).unwrap_or("")
}

/// The feeds that a web page names.
pub(super) fn alternates(page: &str, base: &Url) -> Vec<Url> {
    let page = html::head(page, PAGE_BYTES);
    let tags = page.split('<').skip(1).filter(|t| t.get(..4).is_some_and(|n| n.eq_ignore_ascii_case("link")));
    let feeds = tags.filter_map(|t| {
        let tag = t.split('>').next()?;
        let (rel, kind) = (attribute(tag, "rel")?.to_ascii_lowercase(), attribute(tag, "type")?.to_ascii_lowercase());
        let is_feed = ["rss", "atom", "rdf", "feed+json", "application/json"].iter().any(|k| kind.contains(k));
        (rel.contains("alternate") && is_feed).then(|| resolve(base, &attribute(tag, "href")?)).flatten()
    });
    feeds.take(MAX_ALTERNATES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents() {
        for (text, format, standard) in [
            ("<?xml version='1.0'?><rss version=\"2.0\" xmlns:dc=\"x\">", "rss 2.0", true),
            ("<br />\n<b>Warning</b>: x in y.php <rss version='0.91'>", "rss 0.91", true),
            ("<!-- <html> --><!DOCTYPE rss PUBLIC 'x' 'y'><rss>", "rss", false),
            ("<rss version='2.0' xmlns='http://backend.userland.com/rss2'>", "rss 2.0", false),
            ("<rss version=\"0.93\">", "rss 0.93", false),
            ("<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='nl'>", "atom 1.0", true),
            ("<a:feed xmlns:a='http://www.w3.org/2005/Atom'>", "atom 1.0", true),
            ("<feed version='0.3' xmlns='http://purl.org/atom/ns#'>", "atom 0.3", false),
            ("<rdf:RDF xmlns:rdf='r' xmlns='http://purl.org/rss/1.0/'>", "rss 1.0", false),
            ("<rdf:RDF xmlns='http://my.netscape.com/rdf/simple/0.9/'>", "rss 0.90", false),
        ] {
            let Document::Xml(root) = document(text) else { panic!("{text}") };
            assert_eq!((root.format.as_str(), root.standard), (format, standard), "{text}");
        }
        assert_eq!(document("\n {\"version\": 1}"), Document::Json);
        assert_eq!(document("<!DOCTYPE html><p>"), Document::Page);
        assert!(matches!(document("<!DOCTYPE html PUBLIC 'x'><rss>"), Document::Xml(_)));
        assert_eq!(document("<!-- x --><HTML lang=nl>"), Document::Page);
        assert_eq!(document("404 not found"), Document::Other("404 not found".into()));
        assert_eq!(document(""), Document::Other(String::new()));
    }

    #[test]
    fn hints_are_read() {
        let head = "<ttl>15</ttl><skipHours><hour>0</hour><hour> 23 </hour><hour>24</hour><hour>99</hour></skipHours><skipDays><day>Saturday</day></skipDays>";
        let hints = hints(head);
        assert_eq!(hints.ttl, Some(Duration::from_secs(900)));
        assert_eq!((hints.skip_hours, hints.skip_days), (vec![0, 23, 0], vec![6]));
        let sy = "<sy:updatePeriod> hourly </sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>";
        assert_eq!(super::hints(sy).ttl, Some(Duration::from_secs(1800)));
        assert_eq!(super::hints("<ttl>0</ttl><ttl>x"), Hints::default());
    }

    #[test]
    fn pages_name_their_feeds() {
        let page = "<html><LINK rel='alternate' type=application/rss+xml href=/rss.xml><link rel=stylesheet href=a>\
                    <link title=\"a\" href=\"https://example.org/atom?a=1&amp;b=2\" type=\"application/atom+xml\" rel=\"alternate\">";
        let base = Url::parse("https://example.org/").unwrap();
        let feeds: Vec<String> = alternates(page, &base).into_iter().map(String::from).collect();
        assert_eq!(feeds, ["https://example.org/rss.xml", "https://example.org/atom?a=1&b=2"]);
    }

    proptest::proptest! {
        #[test]
        fn never_fails(text in "(<|>|/|!--|-->|rss|feed|link|rel=|href=|'|\"|alternate|xmlns|ttl>|[ -~é]){0,30}") {
            document(&text);
            survey(&text, true);
            hints(&text);
            alternates(&text, &Url::parse("https://example.org/").unwrap());
        }
    }
}
