//! All names of what the user tracks, and the mentions of them in a text.
//!
//! A name matches whole words only; of several that begin at one word the longest wins.

use super::fold::Tokens;
use super::span::Span;
use serde::{Deserialize, Serialize};

super::claim::words! {
    /// What sort of thing is tracked.
    Kind { Person = "person", Organisation = "organisation", Country = "country", Region = "region", City = "city" }
}

/// Someone or something that the user tracks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// Stable, lower case, given by the user: `zelensky`.
    pub id: String,
    pub name: String,
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// One of these words must stand in the text for a mention to count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<String>,
    /// None of these words may stand beside a mention.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_near: Vec<String>,
}

/// A stretch of text that names an entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    pub entity: String,
    pub span: Span,
    pub text: String,
}

/// All names, ready to be looked for.
#[derive(Debug, Default)]
pub struct Gazetteer {}

impl Gazetteer {
    pub fn new(_entities: &[Entity]) -> Gazetteer {
        todo!()
    }

    /// The mentions in a text, in order, none overlapping another.
    pub fn mentions(&self, _tokens: &Tokens) -> Vec<Mention> {
        todo!()
    }
}
