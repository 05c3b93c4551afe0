//! What each reader of a format gives: entries as written, made into [`Entry`] here.

use super::Entry;
use crate::html;
use crate::text::language::Language;
use crate::url::{Redirector, Url, redirector, resolve};
use jiff::Timestamp;

/// Bytes kept of one title, one text and one id. Longer ones are cut at a character.
const MAX_TITLE: usize = 2 * 1024;
const MAX_TEXT: usize = 512 * 1024;
const MAX_ID: usize = 2 * 1024;
/// Bytes of an address; a longer one would lead elsewhere if it were cut, and counts as none.
const MAX_LINK: usize = 8 * 1024;

/// Every two-letter code of a language.
const ISO_639_1: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu \
    fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky \
    la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw \
    sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// A feed as a reader found it. Texts are HTML or plain, as they stood.
#[derive(Debug, Default)]
pub(super) struct DraftFeed {
    pub title: String,
    pub language: Option<String>,
    pub entries: Vec<Draft>,
    /// How many more there are, which were not read.
    pub beyond: usize,
}

/// An entry as a reader found it.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub id: Option<String>,
    pub link: Option<String>,
    pub title: String,
    /// Content, summary, description: the longest is kept.
    pub bodies: Vec<String>,
    pub published: Option<Timestamp>,
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub language: Option<String>,
}

impl Draft {
    /// Texts are made plain, the link absolute.
    pub fn finish(self, base: &Url) -> Entry {
        let id = self.id.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
        let address = |link: &str| resolve(base, &unescaped(link)).filter(|url| url.as_str().len() <= MAX_LINK);
        let link = self.link.as_deref().filter(|link| link.len() <= MAX_LINK).and_then(address);
        // An id that is an address stands for a missing link.
        let is_address = |id: &&str| id.len() <= MAX_LINK && (id.starts_with("http") || id.starts_with('/'));
        let from_id = || id.as_deref().filter(is_address).and_then(address);
        let texts = self.bodies.iter().map(|body| html::text(body));
        Entry {
            link: link.or_else(from_id).map(direct),
            title: cut(html::line(&self.title), MAX_TITLE),
            text: cut(texts.reduce(|a, b| if b.len() > a.len() { b } else { a }).unwrap_or_default(), MAX_TEXT),
            published: self.published.or(self.created).or(self.updated),
            language: self.language.as_deref().and_then(language),
            id: id.map(|id| cut(id, MAX_ID)),
        }
    }
}

/// The article's own address, where an aggregator's link carries it.
fn direct(link: Url) -> Url {
    match redirector(&link) {
        Some(Redirector::To(article)) => article,
        Some(Redirector::Closed) | None => link,
    }
}

/// The language that a tag names; countries that some feeds give instead (`US`) are none.
pub(super) fn language(tag: &str) -> Option<Language> {
    Language::parse(tag.trim()).filter(|l| ISO_639_1.split(' ').any(|code| code == l.code()))
}

/// Addresses are often escaped twice.
pub(super) fn unescaped(link: &str) -> std::borrow::Cow<'_, str> {
    if link.contains("&amp;") { link.replace("&amp;", "&").into() } else { link.into() }
}

fn cut(mut text: String, bytes: usize) -> String {
    text.truncate(html::head(&text, bytes).len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_too_long_is_none() {
        let base = Url::parse("https://example.org/").unwrap();
        for (length, kept) in [(100, true), (MAX_LINK, false), (400_000, false)] {
            let draft = Draft { link: Some(format!("/{}", "x".repeat(length))), ..Draft::default() };
            assert_eq!(draft.finish(&base).link.is_some(), kept, "{length}");
        }
    }
}
