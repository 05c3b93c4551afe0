//! Which articles tell the same news.
//!
//! For now: the same canonical URL or the same folded title. [`keys`] names what may tie an article to earlier ones; the store
//! looks them up; [`decide`] chooses among what it found and what the batch holds.

use crate::article::{Article, StoryId, names_a_page};
use crate::text::fold::searchable;
use crate::url::canonical;

/// A title of fewer words ("Live", "In brief") is that of many stories.
const TELLING_WORDS: usize = 3;

/// The keys under which this article's story may be found.
pub fn keys(article: &Article) -> Vec<String> {
    let title = searchable(&article.title);
    let title = (title.split(' ').count() >= TELLING_WORDS).then(|| format!("title {title}"));
    let url = article.url.as_ref().filter(|url| names_a_page(url)).map(|url| format!("url {}", canonical(url)));
    url.into_iter().chain(title).collect()
}

/// The story that the article belongs to, of the candidates in order of age; `None`: a new one. The oldest wins, so that the order in
/// which keys were found makes no difference.
pub fn decide(_article: &Article, candidates: &[StoryId]) -> Option<StoryId> {
    candidates.first().copied()
}
