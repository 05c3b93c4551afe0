//! Text in, annotations out. Never fails, does no I/O, knows neither date nor clock.
//!
//! [`Annotator::annotate`] reads a text into [`fold::Tokens`] once; numerals, figures and claims of the
//! text's language and mentions of the tracked entities are found over those. A text in a language
//! without a lexicon gets mentions only.

pub mod claim;
mod figure;
pub mod fold;
pub mod gazetteer;
pub mod language;
mod lexicon;
mod numeral;
pub mod query;
mod reading;
mod sentence;
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
    /// None where nothing is tracked.
    gazetteer: Option<Arc<Gazetteer>>,
    languages: Vec<Language>,
}

impl Annotator {
    pub fn new(gazetteer: Gazetteer) -> Annotator {
        Annotator { gazetteer: Some(Arc::new(gazetteer)), ..Annotator::without_names() }
    }

    /// Reads figures and claims only.
    pub fn without_names() -> Annotator {
        Annotator { gazetteer: None, languages: lexicon::all().iter().map(|l| l.language).collect() }
    }

    /// Languages whose figures and claims can be read.
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// Annotates a text, whose first `title` bytes are its title (0: none; the title ends in an empty line).
    /// A given `language` is obeyed.
    pub fn annotate(&self, tokens: &fold::Tokens, _title: usize, language: Option<Language>) -> Annotation {
        let language = language.or_else(|| self.language(tokens.text, None));
        Annotation {
            language,
            claims: language.and_then(lexicon::of).map(|l| claim::claims(tokens, l)).unwrap_or_default(),
            mentions: self.gazetteer.as_ref().map(|g| g.mentions(tokens)).unwrap_or_default(),
        }
    }

    /// The language of a text: `declared` (by the feed or the page) unless the letters say otherwise.
    pub fn language(&self, text: &str, declared: Option<Language>) -> Option<Language> {
        language::detect(text, declared)
    }
}
