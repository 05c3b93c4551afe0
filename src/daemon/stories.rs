//! The stories of the articles that one commit holds.

use super::Parts;
use crate::article::{Article, StoryId};
use crate::store::{self, StoryWork};
use crate::story::{Agency, Byline, Desk, Print};
use jiff::Timestamp;

/// The stories of a batch: those that the store found for it, and those that the batch makes, with negative numbers.
pub(super) struct Stories {
    desk: Desk,
    work: StoryWork,
}

impl Stories {
    pub(super) fn look_up<'a>(parts: &Parts, prints: impl Iterator<Item = &'a Print>, now: Timestamp) -> store::Result<Stories> {
        let prints: Vec<&Print> = prints.collect();
        Ok(Stories { desk: parts.store.desk(&prints, now)?, work: StoryWork::default() })
    }

    /// The story of the next article, and the independent source of its text.
    pub(super) fn assign(&mut self, article: &Article, print: &Print, agency: Option<&Agency>) -> (StoryId, String) {
        let owner = article.owner.as_ref().unwrap_or(&article.outlet);
        let decision = self.desk.take(print, &Byline { owner, state: article.state_media, agency });
        let told = (decision.story, decision.origin.clone());
        self.work.decisions.push((article.id, decision));
        told
    }

    /// What is to be stored of them.
    pub(super) fn work(self) -> StoryWork {
        let (stories, counted) = self.desk.clear();
        StoryWork { stories, counted, ..self.work }
    }
}
