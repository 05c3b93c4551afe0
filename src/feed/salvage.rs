//! The lenient reader: what a strict parser refuses or overlooks.
//!
//! It knows neither namespaces nor nesting. Between the beginning of an item and its end, or the beginning of the next, it takes the
//! elements whose local names it knows. Tags may cross, `&` may stand alone, the file may end anywhere: only an item that
//! is not whole is left out, since it would be stored without its end.

use super::date;
use super::draft::{Draft, DraftFeed};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;

/// After an error the reader goes on at the next item; so many times.
const MAX_RESTARTS: usize = 50;
/// Elements with titles, links and texts of their own.
const FOREIGN: &[&str] = &["source", "author", "contributor", "image", "textinput", "comments"];
/// Extensions whose names collide with those of feeds.
const FOREIGN_PREFIXES: &[&str] =
    &["media", "itunes", "podcast", "thr", "gd", "geo", "georss", "slash", "trackback", "wfw", "feedburner"];
/// These never stand inside a text: where one begins, an unclosed text ends.
const NEVER_INLINE: &[&str] =
    &["guid", "pubdate", "published", "updated", "description", "encoded", "link", "date", "id", "category", "author"];

/// Reads what can be read.
pub(super) fn read(xml: &str) -> DraftFeed {
    let xml = tidied(xml);
    let mut salvage = Salvage::default();
    let mut at = 0;
    for _ in 0..MAX_RESTARTS {
        let Some(stopped) = salvage.run(&xml[at..]) else { break };
        salvage.entry = None;
        salvage.field = None;
        salvage.foreign = None;
        let from = crate::html::head(&xml, at + stopped + 1).len();
        match ["<item", "<entry"].iter().filter_map(|tag| xml[from..].find(tag)).min() {
            Some(next) => at = from + next,
            None => break,
        }
    }
    salvage.feed
}

/// Without control characters, and with `<` as a sign escaped.
fn tidied(xml: &str) -> Cow<'_, str> {
    let is_control = |c: char| c.is_ascii_control() && !c.is_ascii_whitespace();
    let xml = if xml.contains(is_control) { Cow::Owned(xml.replace(is_control, "")) } else { Cow::Borrowed(xml) };
    if xml.contains("< ") { xml.replace("< ", "&lt; ").into() } else { xml }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Title,
    Link,
    Id,
    Body,
    Published,
    Updated,
    Language,
}

impl Field {
    fn of(name: &str) -> Option<Field> {
        Some(match name {
            "title" => Field::Title,
            "link" => Field::Link,
            "guid" | "id" => Field::Id,
            "description" | "summary" | "content" | "encoded" | "fulltext" | "fullitem" | "body" => Field::Body,
            "pubdate" | "published" | "issued" | "date" | "created" => Field::Published,
            "updated" | "modified" | "lastbuilddate" => Field::Updated,
            "language" | "lang" => Field::Language,
            _ => return None,
        })
    }
}

#[derive(Default)]
struct Salvage {
    feed: DraftFeed,
    entry: Option<Draft>,
    /// The field that is open, the name of its element, its text so far.
    field: Option<(Field, String, String)>,
    /// The foreign element that is open.
    foreign: Option<String>,
}

/// A reader that goes on over crossed tags, ends without a beginning and bare ampersands.
pub(super) fn lenient(xml: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(xml);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    reader
}

impl Salvage {
    /// Reads to the end, or to where the reader gives up: then says where.
    fn run(&mut self, xml: &str) -> Option<usize> {
        let mut reader = lenient(xml);
        loop {
            match reader.read_event() {
                Ok(Event::Start(tag)) => self.open(&tag, false),
                Ok(Event::Empty(tag)) => self.open(&tag, true),
                Ok(Event::End(tag)) => self.close(&lower(tag.local_name().as_ref())),
                Ok(Event::Text(text)) => self.text(&text),
                Ok(Event::CData(text)) => self.text(&text),
                Ok(Event::GeneralRef(name)) => match name.resolve_char_ref() {
                    Ok(Some(c)) => self.text(c.encode_utf8(&mut [0; 4])),
                    _ => self.reference(&name),
                },
                Ok(Event::Eof) => return None,
                Ok(_) => {}
                Err(_) => return Some(usize::try_from(reader.error_position()).unwrap_or(usize::MAX).min(xml.len() - 1)),
            }
        }
    }

    /// Those of XML are read; those of HTML are left for the reader of HTML.
    fn reference(&mut self, name: &str) {
        match quick_xml::escape::resolve_predefined_entity(name) {
            Some(text) => self.text(text),
            None => self.text(&format!("&{name};")),
        }
    }

    fn text(&mut self, text: &str) {
        if let Some((_, _, so_far)) = &mut self.field {
            so_far.push_str(text);
        }
    }

    fn open(&mut self, tag: &BytesStart, empty: bool) {
        let name = lower(tag.local_name().as_ref());
        let prefix = tag.name().prefix().map(|p| lower(p.as_ref())).unwrap_or_default();
        if matches!(name.as_str(), "item" | "entry") && prefix != "rdf" {
            self.finish_entry();
            self.foreign = None;
            self.entry = Some(Draft { link: value(tag, "rdf:about"), language: value(tag, "xml:lang"), ..Draft::default() });
            return;
        }
        if self.foreign.is_some() {
            return;
        }
        if self.field.is_some() {
            if !NEVER_INLINE.contains(&name.as_str()) {
                self.text(&format!("<{name}>"));
                return;
            }
            self.finish_field();
        }
        if FOREIGN_PREFIXES.contains(&prefix.as_str()) || FOREIGN.contains(&name.as_str()) {
            self.foreign = (!empty).then_some(name);
        } else if name == "link" && value(tag, "href").is_some() {
            self.link(tag);
        } else if name == "feed" || name == "rss" {
            self.feed.language = value(tag, "xml:lang");
        } else if let Some(field) = Field::of(&name).filter(|_| !empty && value(tag, "mode").as_deref() != Some("base64")) {
            self.field = Some((field, name, String::new()));
        }
    }

    /// Atom's link: the page of the entry, not itself as a feed, its replies or its enclosure.
    fn link(&mut self, tag: &BytesStart) {
        let is_page = value(tag, "rel").is_none_or(|rel| rel == "alternate");
        if let Some(entry) = self.entry.as_mut().filter(|e| is_page && e.link.is_none()) {
            entry.link = value(tag, "href");
        }
    }

    fn close(&mut self, name: &str) {
        if matches!(name, "item" | "entry") {
            self.finish_entry();
        } else if self.foreign.as_deref() == Some(name) {
            self.foreign = None;
        } else if self.field.as_ref().is_some_and(|(_, open, _)| open == name) {
            self.finish_field();
        } else {
            self.text(&format!("</{name}>"));
        }
    }

    fn finish_field(&mut self) {
        let Some((field, _, text)) = self.field.take() else { return };
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let Some(entry) = &mut self.entry else {
            match field {
                Field::Title if self.feed.title.is_empty() => self.feed.title = text.to_owned(),
                Field::Language => self.feed.language = Some(text.to_owned()),
                _ => {}
            }
            return;
        };
        match field {
            Field::Title if entry.title.is_empty() => entry.title = text.to_owned(),
            Field::Link => entry.link = Some(text.to_owned()),
            Field::Id => entry.id = Some(text.to_owned()),
            Field::Body => entry.bodies.push(text.to_owned()),
            Field::Published => entry.published = date::read(text).or(entry.published),
            Field::Updated => entry.updated = date::read(text).or(entry.updated),
            Field::Language => entry.language = Some(text.to_owned()),
            Field::Title => {}
        }
    }

    fn finish_entry(&mut self) {
        self.finish_field();
        self.foreign = None;
        let worth = |e: &Draft| !e.title.is_empty() || !e.bodies.is_empty() || e.link.is_some() || e.id.is_some();
        self.feed.entries.extend(self.entry.take().filter(worth));
    }
}

fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn value(tag: &BytesStart, name: &str) -> Option<String> {
    let mut attributes = tag.html_attributes();
    let found = attributes.with_checks(false).flatten().find(|a| a.key.as_ref().eq_ignore_ascii_case(name))?;
    Some(html_escape::decode_html_entities(&found.value).trim().to_owned())
}
