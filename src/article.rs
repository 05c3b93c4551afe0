//! One piece of news as read, and the marks by which two entries are known to be one article.

use crate::text::fold::Tokens;
use crate::text::language::Language;
use crate::url::{self, Url};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// Row numbers of the store, one type per noun.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}
pub(crate) use ids;

ids! {
    /// A feed in the store.
    FeedId,
    /// An article in the store.
    ArticleId,
    /// A story in the store: articles that tell the same news.
    StoryId
}

/// One piece of news as read.
#[derive(Clone, Debug)]
pub struct Article {
    pub id: ArticleId,
    pub feed: FeedId,
    /// The name of the feed, its tags, owner and whether it is state media.
    pub outlet: String,
    pub tags: Vec<String>,
    pub owner: Option<String>,
    pub state_media: bool,
    pub url: Option<Url>,
    pub title: String,
    pub body: String,
    pub language: Option<Language>,
    pub published: Option<Timestamp>,
    pub first_seen: Timestamp,
    /// Read in the first poll of its feed, and older than what the feed's `alert_backlog` asks for: no alerts.
    pub baseline: bool,
}

impl Article {
    /// The one string that is annotated, and how many bytes of it are the title with its empty line.
    pub fn text(&self) -> (String, usize) {
        (format!("{}\n\n{}", self.title, self.body), self.title.len() + 2)
    }
}

crate::text::claim::words! {
    /// By which of its marks an entry is known already.
    SameBy { Guid = "guid", Url = "url", Content = "content" }
}

/// A text of fewer words may be the same by chance: two short notices, an empty summary under one headline.
const TELLING_WORDS: usize = 40;

/// The marks of an entry: any one known is known. Keys are what the store holds unique. A guid counts within its feed; an address only
/// where it names more than a site; the content only where it is long enough to be telling.
pub fn keys(feed: FeedId, guid: Option<&str>, link: Option<&Url>, title: &str, text: &str) -> Vec<(SameBy, String)> {
    let guid = guid.map(str::trim).filter(|guid| !guid.is_empty()).map(|guid| (SameBy::Guid, format!("{feed} {guid}")));
    let link = link.filter(|link| names_a_page(link)).map(|link| (SameBy::Url, url::canonical(link)));
    let content = fingerprint(title, text).map(|print| (SameBy::Content, print));
    guid.into_iter().chain(link).chain(content).collect()
}

/// Feeds whose entries all lead to the front page tell nothing by their links.
pub(crate) fn names_a_page(link: &Url) -> bool {
    link.path().len() > 1 || link.query().is_some_and(|query| !query.is_empty())
}

/// The hash of all folded words, where there are enough of them.
fn fingerprint(title: &str, text: &str) -> Option<String> {
    let (title, text) = (Tokens::of(title), Tokens::of(text));
    let words: Vec<&str> = title.words().chain(text.words()).collect();
    (words.len() >= TELLING_WORDS).then(|| {
        let mut hash = Sha256::new();
        words.iter().for_each(|word| {
            hash.update(word);
            hash.update(b" ");
        });
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::{FeedId, SameBy, fingerprint, names_a_page};

    #[test]
    fn marks() {
        let keys = |guid| super::keys(FeedId(7), guid, None, "Title", "Too short to tell.");
        assert_eq!(keys(Some(" a1 ")), [(SameBy::Guid, "7 a1".to_owned())]);
        assert_eq!(keys(Some("")), []);
    }

    #[test]
    fn content_is_the_words_alone() {
        let text = "word ".repeat(40);
        let print = fingerprint("A Title", &text);
        assert!(print.as_ref().is_some_and(|p| p.len() == 64));
        assert_eq!(print, fingerprint("a title", &format!("«{}»", text.trim().to_uppercase())));
        assert_ne!(print, fingerprint("a titel", &text));
        assert_eq!(fingerprint("A Title", &"word ".repeat(37)), None);
    }

    #[test]
    fn a_front_page_is_no_mark() {
        for (link, page) in [("https://a.example/", false), ("https://a.example/?p=3", true), ("https://a.example/x", true)] {
            assert_eq!(url::Url::parse(link).map(|link| names_a_page(&link)), Ok(page), "{link}");
        }
    }
}
