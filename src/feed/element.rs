//! What the elements of feeds mean, in any of the formats: which hold an entry's title, link, text and dates, and how their text is packed.

use quick_xml::events::BytesStart;

/// Elements with titles, links and texts of their own.
const FOREIGN: &[&str] = &["source", "author", "contributor", "image", "textinput", "comments"];
/// Prefixes under which the elements of feeds stand. The same names under another prefix are somebody else's.
const PREFIXES: &[&str] = &["", "atom", "atom03", "atom10", "a10", "dc", "dcterms", "content", "rss", "rdf", "xhtml", "html"];
/// These never stand inside a text: where one begins, an unclosed text ends.
const NEVER_INLINE: &[&str] =
    &["guid", "pubdate", "published", "updated", "description", "encoded", "date", "id", "category", "author"];

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Title,
    /// Of a library or a picture: for entries that have no title.
    OtherTitle,
    Link,
    Id,
    Body,
    /// Of a film or a broadcast: for entries that have no text.
    Caption,
    Published,
    Created,
    Updated,
    Language,
}

impl Field {
    /// By prefix and local name, in lower case. `own` is the prefix of the entry itself.
    fn of(prefix: &str, name: &str, own: &str) -> Option<Field> {
        Some(match (prefix, name) {
            ("dc" | "dcterms" | "media" | "itunes", "title") => Field::OtherTitle,
            ("media", "description") | ("itunes", "summary" | "subtitle") => Field::Caption,
            _ if prefix != own && !PREFIXES.contains(&prefix) => return None,
            (_, "title") => Field::Title,
            (_, "link") => Field::Link,
            (_, "guid" | "id") => Field::Id,
            (
                _,
                "description" | "summary" | "content" | "encoded" | "fulltext" | "fullitem" | "body" | "abstract" | "tagline",
            ) => Field::Body,
            ("dc", "date") => Field::Created,
            (_, "pubdate" | "published" | "issued" | "date") => Field::Published,
            (_, "created") => Field::Created,
            (_, "updated" | "modified" | "lastbuilddate") => Field::Updated,
            (_, "language" | "lang") => Field::Language,
            _ => return None,
        })
    }
}

/// What an opening tag begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Entry,
    Feed,
    Field(Field),
    /// Something with texts of its own, which are not the entry's.
    Foreign,
    Other,
}

impl Element {
    /// By the name of a tag, in lower case.
    pub fn of(prefix: &str, name: &str, own: &str) -> Element {
        match name {
            "item" | "entry" if prefix != "rdf" => Element::Entry,
            "feed" | "rss" | "rdf" | "channel" => Element::Feed,
            name if FOREIGN.contains(&name) => Element::Foreign,
            name => match Field::of(prefix, name, own) {
                Some(field) => Element::Field(field),
                None if Field::of("", name, "").is_some() => Element::Foreign,
                None => Element::Other,
            },
        }
    }
}

impl Field {
    /// Does an element of this name end a text of this kind, though that was not closed?
    pub fn ends_at(self, name: &str) -> bool {
        // HTML has links as well.
        NEVER_INLINE.contains(&name) || (name == "link" && self != Field::Body)
    }
}

/// Prefix and local name of a tag, in lower case.
pub(super) fn names(tag: &BytesStart) -> (String, String) {
    let prefix = tag.name().prefix().map(|p| lower(p.as_ref())).unwrap_or_default();
    (prefix, lower(tag.local_name().as_ref()))
}

pub(super) fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// The value of an attribute, entities read; its name in any case.
pub(super) fn value(tag: &BytesStart, name: &str) -> Option<String> {
    let mut attributes = tag.html_attributes();
    let found = attributes.with_checks(false).flatten().find(|a| a.key.as_ref().eq_ignore_ascii_case(name))?;
    Some(html_escape::decode_html_entities(&found.value).trim().to_owned())
}

/// Is the text of this element in base64? Said by Atom 0.3's `mode`, and by a type that is neither text nor XML (RFC 4287, section 4.1.3.3).
pub(super) fn in_base64(tag: &BytesStart) -> bool {
    match value(tag, "mode") {
        Some(mode) => mode.eq_ignore_ascii_case("base64"),
        None => value(tag, "type").is_some_and(|kind| is_binary(&kind)),
    }
}

pub(super) fn is_binary(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    kind.contains('/') && !["text", "xml", "html"].iter().any(|readable| kind.contains(readable))
}

/// What base64 holds, in either alphabet; `None` for what is none.
pub(super) fn base64(packed: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut held) = (Vec::with_capacity(packed.len() / 4 * 3), 0u32, 0);
    for sign in packed.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=') {
        let value = match sign {
            b'A'..=b'Z' => sign - b'A',
            b'a'..=b'z' => sign - b'a' + 26,
            b'0'..=b'9' => sign - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    Some(bytes)
}

/// The text that base64 holds.
pub(super) fn unpacked(packed: &str) -> Option<String> {
    String::from_utf8(base64(packed)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_what_their_prefix_says() {
        for (prefix, name, own, element) in [
            ("", "title", "", Element::Field(Field::Title)),
            ("atom", "title", "", Element::Field(Field::Title)),
            ("x", "title", "x", Element::Field(Field::Title)),
            ("x", "title", "", Element::Foreign),
            ("dc", "title", "", Element::Field(Field::OtherTitle)),
            ("media", "group", "", Element::Other),
            ("rdf", "item", "", Element::Other),
            ("", "source", "", Element::Foreign),
            ("dcterms", "issued", "", Element::Field(Field::Published)),
        ] {
            assert_eq!(Element::of(prefix, name, own), element, "{prefix}:{name}");
        }
    }

    #[test]
    fn packed_texts() {
        for (packed, text) in [
            ("\n RXhhbXBsZSA8Yj5BdG9tPC9iPg==\n", Some("Example <b>Atom</b>")),
            ("", Some("")),
            ("YQ", Some("a")),
            ("/9j/", None),
            ("a text!", None),
        ] {
            assert_eq!(unpacked(packed).as_deref(), text, "{packed}");
        }
        for (kind, binary) in [("", false), ("html", false), ("text/plain", false), ("image/svg+xml", false), ("image/png", true)]
        {
            assert_eq!(is_binary(kind), binary, "{kind}");
        }
    }
}
