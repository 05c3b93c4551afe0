//! What each reader of a format gives: entries as written, made into [`Entry`] here.

use super::Entry;
use crate::text::language::Language;
use crate::url::{Url, resolve};
use crate::{html, url};
use jiff::Timestamp;

/// Bytes kept of one title, one text and one id. Longer ones are cut at a character.
const MAX_TITLE: usize = 2 * 1024;
const MAX_TEXT: usize = 512 * 1024;
const MAX_ID: usize = 2 * 1024;

/// A feed as a reader found it. Texts are HTML or plain, as they stood.
#[derive(Debug, Default)]
pub(super) struct DraftFeed {
    pub title: String,
    pub language: Option<String>,
    pub entries: Vec<Draft>,
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
    pub updated: Option<Timestamp>,
    pub language: Option<String>,
}

impl Draft {
    /// Texts are made plain, the link absolute.
    pub fn finish(self, base: &Url) -> Entry {
        let id = self.id.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
        let link = self.link.as_deref().and_then(|l| resolve(base, &unescaped(l)));
        // An id that is an address stands for a missing link.
        let from_id = || id.as_deref().filter(|id| id.starts_with("http")).and_then(|id| url::Url::parse(id).ok());
        let texts = self.bodies.iter().map(|body| html::text(body));
        Entry {
            link: link.or_else(from_id),
            title: cut(html::line(&self.title), MAX_TITLE),
            text: cut(texts.reduce(|a, b| if b.len() > a.len() { b } else { a }).unwrap_or_default(), MAX_TEXT),
            published: self.published.or(self.updated),
            language: self.language.as_deref().and_then(|tag| Language::parse(tag.trim())),
            id: id.map(|id| cut(id, MAX_ID)),
        }
    }
}

/// Addresses are often escaped twice.
fn unescaped(link: &str) -> std::borrow::Cow<'_, str> {
    if link.contains("&amp;") { link.replace("&amp;", "&").into() } else { link.into() }
}

fn cut(mut text: String, bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes));
    text
}
