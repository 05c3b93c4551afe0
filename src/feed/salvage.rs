//! The lenient reader: what a strict parser refuses, overlooks or does not know.
//!
//! It follows no nesting. Between the beginning of an item and its end, or the beginning of the next, it takes the elements that it knows
//! (`element`). Tags may cross, `&` may stand alone, the file may end anywhere: only an item that is not whole is left out, since it would be
//! stored without its end. Every byte is looked at a bounded number of times.

use super::date;
use super::draft::{Draft, DraftFeed};
use super::element::{self, Element, Field, lower, names, value};
use crate::url::{Url, resolve};
use quick_xml::Reader;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;
use std::collections::HashMap;

/// After an error the reader goes on at the next item; so many times.
const MAX_RESTARTS: usize = 1000;
/// Each thing that is not closed costs a look at the whole rest: so many of those errors are borne.
const MAX_UNCLOSED: usize = 20;
/// Entities declared by the document itself, and bytes of one: what they stand for is never looked into again.
const MAX_ENTITIES: usize = 100;
const MAX_ENTITY: usize = 1024;
/// Bytes that the entities of one document stand for altogether; references beyond are passed over.
const MAX_EXPANDED: usize = 10 << 20;

/// Texts that stand for others, by name.
pub(super) type Entities = HashMap<String, String>;

/// Reads what can be read of XML that begins at its root. `base` is the address of the document.
pub(super) fn read(xml: &str, entities: Entities, base: &Url) -> DraftFeed {
    let xml = tidied(xml);
    let mut salvage = Salvage::new(entities, base);
    let (mut at, mut unclosed) = (0, 0);
    for _ in 0..MAX_RESTARTS {
        let Some(stop) = salvage.run(&xml[at..]) else { break };
        unclosed += usize::from(stop.unclosed);
        let from = crate::html::head(&xml, at + stop.at + 1).len();
        match next_item(&xml[from..]).filter(|_| unclosed < MAX_UNCLOSED) {
            Some(next) => at = from + next,
            None => break,
        }
        salvage.forget();
    }
    salvage.feed
}

fn next_item(xml: &str) -> Option<usize> {
    xml.match_indices('<').map(|(i, _)| i).find(|i| ["<item", "<entry"].iter().any(|tag| xml[*i..].starts_with(tag)))
}

/// Without control characters, and with `<` escaped where it opens nothing: it stands for "less than".
fn tidied(xml: &str) -> Cow<'_, str> {
    let is_control = |c: char| c.is_ascii_control() && !c.is_ascii_whitespace();
    let xml = if xml.contains(is_control) { Cow::Owned(xml.replace(is_control, "")) } else { Cow::Borrowed(xml) };
    let opens = |after: &str| after.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '/' | '!' | '?'));
    if xml.split('<').skip(1).all(opens) {
        return xml;
    }
    let mut out = String::with_capacity(xml.len() + 64);
    for (i, part) in xml.split('<').enumerate() {
        out.push_str(if i == 0 {
            ""
        } else if opens(part) {
            "<"
        } else {
            "&lt;"
        });
        out.push_str(part);
    }
    out.into()
}

/// Where the reader gave up.
struct Stop {
    at: usize,
    /// Something was not closed: it read on to the end to find that out.
    unclosed: bool,
}

struct Salvage {
    feed: DraftFeed,
    /// What links of the feed are relative to.
    base: Url,
    entry: Option<Item>,
    text: Option<Text>,
    /// The foreign element that is open.
    foreign: Option<String>,
    entities: Entities,
    /// Bytes that entities stood for so far.
    expanded: usize,
}

/// An entry that is being read.
#[derive(Default)]
struct Item {
    draft: Draft,
    /// The prefix of its tag.
    prefix: String,
    /// Its `xml:base`.
    base: Option<Url>,
    /// Where it has none of its own.
    other_title: String,
    other_link: Option<String>,
    captions: Vec<String>,
}

/// The element that is open.
struct Text {
    field: Field,
    name: String,
    base: Option<Url>,
    /// Elements of the same name inside.
    depth: usize,
    base64: bool,
    /// Its text, read as far as XML goes.
    plain: String,
    /// The same as markup, where there are elements inside.
    markup: String,
    has_elements: bool,
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
    fn new(entities: Entities, base: &Url) -> Salvage {
        Salvage { feed: DraftFeed::default(), base: base.clone(), entry: None, text: None, foreign: None, entities, expanded: 0 }
    }

    /// What was open where the reader gave up is lost.
    fn forget(&mut self) {
        (self.entry, self.text, self.foreign) = (None, None, None);
    }

    /// Reads to the end, or to where the reader gives up.
    fn run(&mut self, xml: &str) -> Option<Stop> {
        let mut reader = lenient(xml);
        loop {
            match reader.read_event() {
                Ok(Event::Start(tag)) => self.open(&tag, false),
                Ok(Event::Empty(tag)) => self.open(&tag, true),
                Ok(Event::End(tag)) => self.close(&lower(tag.local_name().as_ref())),
                Ok(Event::Text(text)) => self.push(&text),
                Ok(Event::CData(text)) => self.push(&text),
                Ok(Event::GeneralRef(name)) => match name.resolve_char_ref() {
                    Ok(Some(c)) => self.push(c.encode_utf8(&mut [0; 4])),
                    _ => self.reference(&name),
                },
                Ok(Event::Eof) => return None,
                Ok(_) => {}
                Err(error) => {
                    let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX).min(xml.len().saturating_sub(1));
                    return Some(Stop { at, unclosed: matches!(error, Error::Syntax(e) if e != SyntaxError::InvalidBangMarkup) });
                }
            }
        }
    }

    /// Those of XML and of the document are read; those of HTML are left for the reader of HTML.
    fn reference(&mut self, name: &str) {
        match quick_xml::escape::resolve_predefined_entity(name) {
            Some(text) => self.push(text),
            None => match self.entities.get(name).cloned() {
                Some(text) => {
                    self.expanded = self.expanded.saturating_add(text.len());
                    if self.expanded <= MAX_EXPANDED {
                        self.push(&text);
                    }
                }
                None => self.push(&format!("&{name};")),
            },
        }
    }

    fn push(&mut self, text: &str) {
        if let Some(open) = &mut self.text {
            open.plain.push_str(text);
            html_escape::encode_text_to_string(text, &mut open.markup);
        }
    }

    fn tag_inside(&mut self, tag: &str) {
        if let Some(open) = &mut self.text {
            open.has_elements = true;
            open.markup.push_str(tag);
        }
    }

    fn open(&mut self, tag: &BytesStart, empty: bool) {
        let (prefix, name) = names(tag);
        let own = self.entry.as_ref().map_or("", |item| item.prefix.as_str());
        let element = Element::of(&prefix, &name, own);
        if element == Element::Entry {
            return self.open_entry(tag, prefix, empty);
        }
        if self.foreign.is_some() {
            return;
        }
        if let Some(open) = &mut self.text {
            if !open.field.ends_at(&name) || open.name == name {
                open.depth += usize::from(open.name == name && !empty);
                return self.tag_inside(&format!("<{name}>"));
            }
            self.finish_text();
        }
        match element {
            Element::Foreign => self.foreign = (!empty).then_some(name),
            Element::Feed if self.entry.is_none() => self.open_feed(tag),
            Element::Field(Field::Link) if value(tag, "href").is_some() => self.link(tag),
            Element::Field(field) if !empty => {
                let base = self.base_of(tag);
                if let Some(item) = self.entry.as_mut().filter(|_| name == "content") {
                    item.draft.language = value(tag, "xml:lang").or(item.draft.language.take());
                }
                self.text = Some(Text::of(field, name, tag, base));
            }
            _ => {}
        }
    }

    fn open_entry(&mut self, tag: &BytesStart, prefix: String, empty: bool) {
        self.finish_entry();
        self.foreign = None;
        let mut item = Item { prefix, base: value(tag, "xml:base").and_then(|b| resolve(&self.base, &b)), ..Item::default() };
        let about = value(tag, "rdf:about");
        // RSS 1.0, section 5.5: the address stands for the item. CDF has its link and date in attributes.
        let link = about.clone().or_else(|| value(tag, "href"));
        item.draft = Draft { id: about, language: value(tag, "xml:lang"), ..Draft::default() };
        item.draft.updated = value(tag, "lastmod").as_deref().and_then(date::read);
        item.other_link = link.map(|link| absolute(item.base.as_ref().unwrap_or(&self.base), &link));
        self.entry = Some(item);
        if empty {
            self.finish_entry();
        }
    }

    fn open_feed(&mut self, tag: &BytesStart) {
        self.feed.language = value(tag, "xml:lang").or(self.feed.language.take());
        let base = value(tag, "xml:base").or_else(|| value(tag, "base"));
        self.base = base.and_then(|base| resolve(&self.base, &base)).unwrap_or(self.base.clone());
    }

    /// The nearest `xml:base`.
    fn base_of(&self, tag: &BytesStart) -> Option<Url> {
        let outer = self.entry.as_ref().and_then(|item| item.base.as_ref()).unwrap_or(&self.base);
        value(tag, "xml:base").and_then(|base| resolve(outer, &base))
    }

    fn absolute(&self, own: Option<&Url>, link: &str) -> String {
        let outer = self.entry.as_ref().and_then(|item| item.base.as_ref()).unwrap_or(&self.base);
        absolute(own.unwrap_or(outer), link)
    }

    /// Atom's link: the page of the entry, not itself as a feed, its replies or its enclosure; HTML before other kinds.
    fn link(&mut self, tag: &BytesStart) {
        let is_page = value(tag, "rel").is_none_or(|rel| rel.is_empty() || rel == "alternate");
        let is_html = value(tag, "type").is_none_or(|kind| kind.contains("html"));
        let Some(href) = value(tag, "href").filter(|_| is_page) else { return };
        let href = self.absolute(self.base_of(tag).as_ref(), &href);
        let Some(item) = &mut self.entry else { return };
        let place = if is_html { &mut item.draft.link } else { &mut item.other_link };
        if place.is_none() {
            *place = Some(href);
        }
    }

    fn close(&mut self, name: &str) {
        if matches!(name, "item" | "entry") {
            self.finish_entry();
        } else if self.foreign.as_deref() == Some(name) {
            self.foreign = None;
        } else if let Some(open) = self.text.as_mut().filter(|open| open.name == name) {
            match open.depth {
                0 => self.finish_text(),
                _ => {
                    open.depth -= 1;
                    self.tag_inside(&format!("</{name}>"));
                }
            }
        } else {
            self.tag_inside(&format!("</{name}>"));
        }
    }

    fn finish_text(&mut self) {
        let Some(open) = self.text.take() else { return };
        let base = open.base.clone();
        let Some((field, text)) = open.read() else { return };
        let link = if field == Field::Link { self.absolute(base.as_ref(), &text) } else { String::new() };
        match &mut self.entry {
            Some(item) => item.set(field, text, link),
            None => match field {
                Field::Title if self.feed.title.is_empty() => self.feed.title = text,
                Field::OtherTitle if self.feed.title.is_empty() => self.feed.title = text,
                Field::Language => self.feed.language = Some(text),
                _ => {}
            },
        }
    }

    fn finish_entry(&mut self) {
        self.finish_text();
        self.foreign = None;
        self.feed.entries.extend(self.entry.take().map(Item::finish));
    }
}

impl Text {
    fn of(field: Field, name: String, tag: &BytesStart, base: Option<Url>) -> Text {
        let (plain, markup) = (String::new(), String::new());
        Text { field, name, base, depth: 0, base64: element::in_base64(tag), plain, markup, has_elements: false }
    }

    /// What it says, if anything.
    fn read(self) -> Option<(Field, String)> {
        let text = match (self.base64, self.has_elements) {
            (true, _) => element::unpacked(&self.plain)?,
            (false, true) => self.markup,
            (false, false) => self.plain,
        };
        let text = text.trim();
        (!text.is_empty()).then(|| (self.field, text.to_owned()))
    }
}

impl Item {
    fn set(&mut self, field: Field, text: String, link: String) {
        let draft = &mut self.draft;
        match field {
            Field::Title if draft.title.is_empty() => draft.title = text,
            Field::OtherTitle if self.other_title.is_empty() => self.other_title = text,
            Field::Title | Field::OtherTitle => {}
            Field::Link => draft.link = Some(link),
            Field::Id => draft.id = Some(text),
            Field::Body => draft.bodies.push(text),
            Field::Caption => self.captions.push(text),
            Field::Published => draft.published = date::read(&text).or(draft.published),
            Field::Created => draft.created = date::read(&text).or(draft.created),
            Field::Updated => draft.updated = date::read(&text).or(draft.updated),
            Field::Language => draft.language = Some(text),
        }
    }

    fn finish(self) -> Draft {
        let mut draft = self.draft;
        draft.link = draft.link.or(self.other_link);
        if draft.title.is_empty() {
            draft.title = self.other_title;
        }
        if draft.bodies.is_empty() {
            draft.bodies = self.captions;
        }
        draft
    }
}

fn absolute(base: &Url, link: &str) -> String {
    resolve(base, &super::draft::unescaped(link)).map_or_else(|| link.to_owned(), String::from)
}

/// The entities that a document type declares: `<!ENTITY name "text">`.
pub(super) fn entities(doctype: &str) -> Entities {
    let declared = doctype.split("<!ENTITY").skip(1).take(MAX_ENTITIES);
    let read = declared.filter_map(|text| {
        let (name, rest) = text.trim_start().split_once(char::is_whitespace)?;
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let text = rest[1..].split(quote).next().filter(|text| text.len() <= MAX_ENTITY)?;
        Some((name.to_owned(), html_escape::decode_html_entities(text).into_owned()))
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_stand_for_so_much() {
        let entities = Entities::from([("e".to_owned(), "x".repeat(MAX_ENTITY))]);
        let xml = format!("<rss><item><guid>1</guid><description>{}</description></item></rss>", "&e;".repeat(12_000));
        let read = read(&xml, entities, &Url::parse("https://example.org/").unwrap());
        assert_eq!(read.entries[0].bodies[0].len(), MAX_EXPANDED);
    }
}
