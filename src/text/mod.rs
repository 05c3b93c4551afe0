//! Text in, annotations out. Never fails, does no I/O, knows neither date nor clock.
//!
//! [`Annotator::annotate`] reads a text into [`fold::Tokens`] once; numerals, figures and claims of the
//! text's language and mentions of the tracked entities are found over those. A text in a language
//! without a lexicon gets mentions only.

pub mod claim;
pub mod fold;
pub mod gazetteer;
pub mod language;
pub mod query;
pub mod span;

use claim::Claim;
use gazetteer::{Gazetteer, Mention};
use language::Language;
use std::sync::Arc;

/// What was found in one text.
#[derive(Clone, Debug, Default)]
pub struct Annotation {
    pub language: Option<Language>,
    /// In the order of the text.
    pub claims: Vec<Claim>,
    /// In the order of the text, none overlapping another.
    pub mentions: Vec<Mention>,
}

/// Everything that annotation needs: the shipped lexicons and the user's names. Made once, shared by threads.
#[derive(Clone)]
pub struct Annotator {
    #[allow(dead_code)]
    gazetteer: Arc<Gazetteer>,
}

impl Annotator {
    pub fn new(gazetteer: Gazetteer) -> Annotator {
        Annotator { gazetteer: Arc::new(gazetteer) }
    }

    /// Languages whose figures and claims can be read.
    pub fn languages(&self) -> &[Language] {
        todo!()
    }

    /// Annotates a text, whose first `title` bytes are its title (0: none; the title ends in an empty line).
    /// A given `language` is obeyed.
    pub fn annotate(&self, _tokens: &fold::Tokens, _title: usize, _language: Option<Language>) -> Annotation {
        todo!()
    }

    /// The language of a text: `declared` (by the feed or the page) unless the letters say otherwise.
    pub fn language(&self, _text: &str, _declared: Option<Language>) -> Option<Language> {
        todo!()
    }
}
