//! Which articles tell the same news.
//!
//! For now: the same canonical URL or the same folded title. [`keys`] names what may tie an article to earlier ones; the store
//! looks them up; [`decide`] chooses among what it found and what the batch holds.

use crate::article::{Article, StoryId};

/// The keys under which this article's story may be found.
pub fn keys(_article: &Article) -> Vec<String> {
    todo!()
}

/// The story that the article belongs to, of the candidates in order of age; `None`: a new one.
pub fn decide(_article: &Article, _candidates: &[StoryId]) -> Option<StoryId> {
    todo!()
}
