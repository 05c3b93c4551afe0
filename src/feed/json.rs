//! JSON Feed 1.0 and 1.1, by hand: feed-rs refuses numeric ids, absent titles and one bad attachment, and drops languages.
//!
//! Items are read one by one into drafts: no tree of the document is made, which would take a hundred times its room.

use super::MAX_ENTRIES;
use super::date;
use super::draft::{Draft, DraftFeed};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Why a JSON text gives no feed.
pub(super) enum Refusal {
    /// Broken JSON of something that may be a feed.
    Broken(String),
    /// JSON of something else.
    Other,
}

/// A feed that was read.
pub(super) struct Found {
    pub drafts: DraftFeed,
    pub format: String,
    pub repair: Option<String>,
    /// Items that could not be read.
    pub left_out: usize,
}

/// Reads a JSON feed. Of one that breaks off, or holds items that are no JSON, the whole items are kept.
pub(super) fn read(text: &str) -> Result<Found, Refusal> {
    let (document, repair, left_out) = match parsed(text) {
        Ok(document) => (document, None, 0),
        Err(error) => in_pieces(text, &error.to_string()).ok_or_else(|| Refusal::Broken(error.to_string()))?,
    };
    let version = document.version.unwrap_or_default();
    let (entries, beyond) = match document.items {
        Items::List(entries, beyond) => (entries, beyond),
        Items::Absent if version.contains("jsonfeed.org") => (Vec::new(), 0),
        Items::Absent | Items::Other => return Err(Refusal::Other),
    };
    let number = version.rsplit('/').next().unwrap_or_default();
    let drafts = DraftFeed { title: document.title.unwrap_or_default(), language: document.language, entries, beyond };
    let format = format!("json feed {}", if number == "1" { "1.0" } else { number }).trim_end().to_owned();
    Ok(Found { drafts, format, repair, left_out })
}

fn parsed<T: for<'de> Deserialize<'de>>(text: &str) -> serde_json::Result<T> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&text.replace(|c: char| c.is_ascii_control(), " ")))
}

/// Each item read on its own: what came of it, what is told of it, and how many are left out.
fn in_pieces(text: &str, reason: &str) -> Option<(Document, Option<String>, usize)> {
    let pieces = pieces(text)?;
    let rest = pieces.end.map_or("]}", |end| &text[end..]);
    let head: Document = parsed(&format!("{}{rest}", &text[..pieces.start])).unwrap_or_default();
    let beyond = pieces.items.len().saturating_sub(MAX_ENTRIES);
    let (mut drafts, mut left_out) = (Vec::new(), 0);
    for item in pieces.items.iter().take(MAX_ENTRIES) {
        match parsed(item).or_else(|_| parsed(&lossily(item))) {
            Ok(Item(draft)) => drafts.extend(draft),
            Err(_) => left_out += 1,
        }
    }
    let repair = match (pieces.end, left_out) {
        _ if drafts.is_empty() => return None,
        (None, _) => format!("only its beginning was read: {reason}"),
        (_, 0) => format!("its items were read one by one: {reason}"),
        (_, n) => format!("{n} of {} items could not be read and were left out: {reason}", pieces.items.len()),
    };
    Some((Document { items: Items::List(drafts, beyond), ..head }, Some(repair), left_out))
}

/// Where the items of a text stand that is no JSON as a whole.
struct Pieces<'a> {
    /// Behind the opening bracket of their list, and at the closing one.
    start: usize,
    end: Option<usize>,
    /// The objects of the list, as they are written.
    items: Vec<&'a str>,
}

fn pieces(text: &str) -> Option<Pieces<'_>> {
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    let (mut begins, mut name) = (0, "");
    let mut found: Option<Pieces> = None;
    for (i, b) in text.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if quoted => {
                quoted = false;
                name = if depth == 1 { &text[begins + 1..i] } else { name };
            }
            b'"' => {
                quoted = true;
                begins = if depth == 1 { i } else { begins };
            }
            _ if quoted => {}
            b'{' | b'[' => {
                if depth == 1 && b == b'[' && name == "items" && found.is_none() {
                    found = Some(Pieces { start: i + 1, end: None, items: Vec::new() });
                } else if depth == 2 {
                    begins = i;
                }
                depth += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                let Some(pieces) = found.as_mut().filter(|pieces| pieces.end.is_none()) else { continue };
                match depth {
                    1 => pieces.end = Some(i),
                    2 if b == b'}' => pieces.items.extend(text.get(begins..=i)),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    found
}

/// With the escapes that JSON does not know taken for their sign, and a half of a surrogate pair for the sign of what is lost.
fn lossily(item: &str) -> String {
    let mut out = String::with_capacity(item.len());
    let mut rest = item;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = &rest[at..];
        let length = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                out.push('\u{fffd}');
                rest = &escape[6..];
                continue;
            }
            (Some(_), _) => 6,
            (None, _) if escape[1..].starts_with(['"', '\\', '/', 'b', 'f', 'n', 'r', 't']) => 2,
            (None, _) => {
                rest = &escape[1..];
                continue;
            }
        };
        out.push_str(&escape[..length]);
        rest = &escape[length..];
    }
    out + rest
}

/// The unit of UTF-16 that an escape names.
fn unit(escape: &str) -> Option<u16> {
    let digits = escape.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

/// The outermost object.
#[derive(Default)]
struct Document {
    version: Option<String>,
    title: Option<String>,
    language: Option<String>,
    items: Items,
}

#[derive(Default)]
enum Items {
    #[default]
    Absent,
    /// Those that are objects, and how many more there are.
    List(Vec<Draft>, usize),
    Other,
}

/// A string or a number, where there is one.
struct Text(Option<String>);

/// An object of the list; none for what is no object.
struct Item(Option<Draft>);

/// Reads any value. What a value of this kind cannot be is passed over.
struct Any<T>(std::marker::PhantomData<T>);

/// What a value makes of itself, by its kind.
trait Read: Sized {
    fn nothing() -> Self;
    fn text(_: Cow<str>) -> Self {
        Self::nothing()
    }
    fn list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::nothing())
    }
    fn object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::nothing())
    }
}

impl<'de, T: Read> Visitor<'de> for Any<T> {
    type Value = T;

    fn expecting(&self, to: &mut fmt::Formatter) -> fmt::Result {
        to.write_str("a value")
    }
    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::text(text.into()))
    }
    fn visit_i64<E>(self, number: i64) -> Result<T, E> {
        Ok(T::text(number.to_string().into()))
    }
    fn visit_u64<E>(self, number: u64) -> Result<T, E> {
        Ok(T::text(number.to_string().into()))
    }
    fn visit_f64<E>(self, number: f64) -> Result<T, E> {
        Ok(serde_json::Number::from_f64(number).map_or_else(T::nothing, |number| T::text(number.to_string().into())))
    }
    fn visit_bool<E>(self, _: bool) -> Result<T, E> {
        Ok(T::nothing())
    }
    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::nothing())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::list(list)
    }
    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        T::object(object)
    }
}

macro_rules! read_as_any {
    ($($kind:ident),+) => {$(
        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<$kind, D::Error> {
                from.deserialize_any(Any(std::marker::PhantomData))
            }
        }
    )+};
}
read_as_any!(Document, Items, Item, Text);

impl Read for Text {
    fn nothing() -> Text {
        Text(None)
    }
    fn text(text: Cow<str>) -> Text {
        Text(Some(text.into_owned()).filter(|text| !text.trim().is_empty()))
    }
}

impl Read for Document {
    fn nothing() -> Document {
        Document { items: Items::Other, ..Document::default() }
    }
    fn object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Document, A::Error> {
        let mut document = Document::default();
        while let Some(key) = object.next_key::<String>()? {
            match key.as_str() {
                "version" => document.version = object.next_value::<Text>()?.0,
                "title" => document.title = object.next_value::<Text>()?.0,
                "language" => document.language = object.next_value::<Text>()?.0,
                "items" => document.items = object.next_value::<Option<Items>>()?.unwrap_or_default(),
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(document)
    }
}

impl Read for Items {
    fn nothing() -> Items {
        Items::Other
    }
    fn list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Items, A::Error> {
        let mut drafts = Vec::new();
        while drafts.len() < MAX_ENTRIES {
            let Some(Item(draft)) = list.next_element()? else { return Ok(Items::List(drafts, 0)) };
            drafts.extend(draft);
        }
        let mut beyond = 0;
        while list.next_element::<IgnoredAny>()?.is_some() {
            beyond += 1;
        }
        Ok(Items::List(drafts, beyond))
    }
}

impl Read for Item {
    fn nothing() -> Item {
        Item(None)
    }
    fn object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Item, A::Error> {
        const KEYS: [&str; 10] = [
            "id",
            "url",
            "external_url",
            "title",
            "content_html",
            "content_text",
            "summary",
            "date_published",
            "date_modified",
            "language",
        ];
        let mut said: [Option<String>; KEYS.len()] = Default::default();
        while let Some(key) = object.next_key::<String>()? {
            match KEYS.iter().position(|known| *known == key) {
                Some(n) => said[n] = object.next_value::<Text>()?.0,
                None => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        let [id, url, elsewhere, title, html, text, summary, published, updated, language] = said;
        let moment = |text: Option<String>| text.as_deref().and_then(date::read);
        let draft = Draft {
            id,
            link: url.or(elsewhere),
            title: title.unwrap_or_default(),
            bodies: [html, text, summary].into_iter().flatten().collect(),
            published: moment(published),
            created: None,
            updated: moment(updated),
            language,
        };
        Ok(Item(Some(draft)))
    }
}
