//! What processing keeps in mind between commits, so that it need not be read anew for each: the stories that run, the ledger, and
//! which rule has told what. The database is the truth: what could not be committed is forgotten, and read from there again.

use super::Parts;
use crate::alert::Told;
use crate::ledger::{Ledger, LedgerId, WINDOW_DAYS};
use crate::store::{self, AllTold, StoryWork};
use crate::story::Desk;
use jiff::{SignedDuration, Timestamp};

pub(super) struct Memory {
    pub desk: Desk,
    pub ledger: Ledger,
    told: AllTold,
    /// How often the user had taken lines out of the ledger, or put them back, when it was read.
    corrections: (i64, Option<Timestamp>),
}

impl Memory {
    /// What is remembered, with what others have written since; all of it read where nothing is.
    pub fn refresh(memory: Option<Memory>, parts: &Parts, now: Timestamp) -> store::Result<Memory> {
        let store = &parts.store;
        let since = now.saturating_sub(SignedDuration::from_hours(24 * WINDOW_DAYS)).unwrap_or(Timestamp::MIN);
        let corrections = store.corrections()?;
        let mut memory = match memory {
            Some(memory) if memory.corrections == corrections => memory,
            other => Memory {
                desk: other.map_or_else(|| store.desk(now), |memory| Ok(memory.desk))?,
                ledger: Ledger::with(store.ledger_lines(since)?),
                told: AllTold::default(),
                corrections,
            },
        };
        store.hear_of(&mut memory.told, since)?;
        memory.ledger = memory.ledger.since(store.first_article()?);
        memory.desk.counts.grow_old(store::fortnight(now));
        Ok(memory)
    }

    /// What a rule has told of a line, in committed alerts.
    pub fn told(&self, rule: &str, line: LedgerId) -> Option<Told> {
        self.told.of(rule, line)
    }

    /// What became of stories, to be stored.
    pub fn story_work(&mut self) -> StoryWork {
        StoryWork { stories: self.desk.altered(), counted: self.desk.counts.take_added(), decisions: Vec::new() }
    }
}
