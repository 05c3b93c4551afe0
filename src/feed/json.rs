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
}

/// Reads a JSON feed. Of one that breaks off the whole items are kept.
pub(super) fn read(text: &str) -> Result<Found, Refusal> {
    let (document, repair) = match parsed(text) {
        Ok(document) => (document, None),
        Err(error) => {
            let whole = whole_items(text).and_then(|head| parsed(&format!("{head}]}}")).ok());
            let reason = error.to_string();
            (whole.ok_or(Refusal::Broken(reason.clone()))?, Some(format!("only its beginning was read: {reason}")))
        }
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
    Ok(Found { drafts, format, repair })
}

fn parsed(text: &str) -> serde_json::Result<Document> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&text.replace(|c: char| c.is_ascii_control(), " ")))
}

/// A text that breaks off, up to the end of the last object that is whole in a list of the outermost object.
fn whole_items(text: &str) -> Option<&str> {
    let (mut depth, mut quoted, mut escaped, mut end) = (0usize, false, false, None);
    for (i, b) in text.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if b == b'}' && depth == 2 {
                    end = Some(i + 1);
                }
            }
            _ => {}
        }
    }
    text.get(..end?)
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
