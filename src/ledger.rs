//! The claims seen so far, merged across articles: is this claim new, a repeat, a change, a correction, disputed or background?
//!
//! Pure and deterministic: given what is [`Known`] and the claims of one article in the order of its text, [`Ledger::take`] says what each is.

use crate::article::{Article, ArticleId, StoryId, ids};
use crate::text::claim::{Action, Amount, Claim, Status};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

ids! {
    /// A line of the ledger: one claim, however often it is told.
    LedgerId
}

/// Claims further back than this are not compared.
pub const WINDOW_DAYS: i64 = 14;

crate::text::claim::words! {
    /// What a claim is to what was known before.
    Verdict {
        New = "new", Repeat = "repeat", Change = "change", Correction = "correction", Disputed = "disputed",
        Background = "background",
    }
}

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    pub id: LedgerId,
    pub force: Option<String>,
    pub action: Action,
    pub status: Status,
    pub amount: Amount,
    pub from: Vec<String>,
    pub to: Vec<String>,
    pub at: Vec<String>,
    pub story: StoryId,
    pub first_article: ArticleId,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    /// Counts up with each change and correction: part of the fingerprint of an alert.
    pub revision: u32,
    /// Articles that say so, and the owners or outlets they come from, without repetition.
    pub reports: u32,
    pub outlets: Vec<String>,
    /// The feeds' outlet that said it first: its own later word is a correction, anybody else's denial disputes.
    pub first_outlet: String,
    pub speaker: Option<String>,
    pub disputed: bool,
}

/// What was decided about one claim of an article.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Index of the claim in the article's claims.
    pub claim: usize,
    pub verdict: Verdict,
    /// The line as it stands after this claim (see [`Ledger::line`]).
    pub line: LedgerId,
    /// The amount and status before, where they changed.
    pub before: Option<(Amount, Status)>,
    /// A line that may be the same, where that is in doubt.
    pub maybe: Option<LedgerId>,
}

/// What is known, and what this batch adds to it. Lines made here have negative ids until the store numbers them.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    #[allow(dead_code)]
    lines: Vec<Known>,
}

impl Ledger {
    /// A ledger of the lines that the store holds for the forces and actions of a batch.
    pub fn with(_known: Vec<Known>) -> Ledger {
        todo!()
    }

    /// Takes the claims of an article, in the order of its text, and decides each. A figure that repeats or sums another of the same
    /// article is a repeat.
    pub fn take(&mut self, _article: &Article, _story: StoryId, _claims: &[Claim]) -> Vec<Decision> {
        todo!()
    }

    pub fn line(&self, _id: LedgerId) -> Option<&Known> {
        todo!()
    }

    /// The lines that were made or altered since [`Ledger::with`]: what the store has to write.
    pub fn altered(&self) -> Vec<&Known> {
        todo!()
    }
}

/// The part of a claim by which the store finds candidates. A missing force is compatible with any, so it is not part of the key.
pub fn key(claim: &Claim) -> Action {
    claim.action
}
