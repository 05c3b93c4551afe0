//! The stories of the articles that one commit holds.

use super::Parts;
use crate::article::{Article, StoryId};
use crate::store;
use crate::story;
use std::collections::HashMap;

/// The stories of a batch: those that the store knows, and those that the batch makes, with negative numbers.
pub(super) struct Stories {
    pub(super) keys: Vec<Vec<String>>,
    known: Vec<Vec<StoryId>>,
    made: HashMap<String, StoryId>,
    count: i64,
}

impl Stories {
    pub(super) fn look_up<'a>(parts: &Parts, articles: impl Iterator<Item = &'a Article>) -> store::Result<Stories> {
        let keys: Vec<_> = articles.map(story::keys).collect();
        let known = parts.store.stories(&keys)?;
        Ok(Stories { keys, known, made: HashMap::new(), count: 0 })
    }

    /// The story of the batch's `n`-th article.
    pub(super) fn assign(&mut self, n: usize, article: &Article) -> StoryId {
        let mut candidates = self.known[n].clone();
        candidates.extend(self.keys[n].iter().filter_map(|key| self.made.get(key)));
        let story = story::decide(article, &candidates).unwrap_or_else(|| {
            self.count += 1;
            StoryId(-self.count)
        });
        for key in &self.keys[n] {
            self.made.entry(key.clone()).or_insert(story);
        }
        story
    }
}
