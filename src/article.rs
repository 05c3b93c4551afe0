//! One piece of news as read, and the marks by which two entries are known to be one article.

use crate::text::language::Language;
use jiff::Timestamp;

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
    pub url: Option<url::Url>,
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

/// The marks of an entry: any one known is known. Keys are what the store holds unique. A guid counts within its feed.
pub fn keys(_feed: FeedId, _guid: Option<&str>, _link: Option<&url::Url>, _title: &str, _text: &str) -> Vec<(SameBy, String)> {
    todo!()
}
