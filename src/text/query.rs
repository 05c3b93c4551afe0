//! The language of searches and rules: words, phrases, `prefix*`, AND OR NOT, NEAR, `title:`.
//!
//! Parsed once, here. [`Query::matches`] evaluates it over folded tokens; the store renders the same tree
//! for its full-text index.

/// A parsed query. Words are folded; a phrase is several words in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    Phrase {
        words: Vec<String>,
        prefix: bool,
        title: bool,
    },
    And(Box<Query>, Box<Query>),
    Or(Box<Query>, Box<Query>),
    /// The first holds and the second does not.
    Not(Box<Query>, Box<Query>),
    /// All phrases within `distance` words of each other.
    Near {
        phrases: Vec<Vec<String>>,
        distance: u32,
        title: bool,
    },
}

/// What is wrong with a query, and at which byte of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    pub at: usize,
    pub message: String,
}

impl Query {
    pub fn parse(_query: &str) -> Result<Query, QueryError> {
        todo!()
    }

    /// Does it hold for an article of these folded words (see [`super::fold::Tokens::words`])?
    pub fn matches(&self, _title: &[&str], _body: &[&str]) -> bool {
        todo!()
    }
}
