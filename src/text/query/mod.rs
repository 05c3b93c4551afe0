//! The language of searches and rules: words, phrases, `prefix*`, AND OR NOT, NEAR, `title:`.
//!
//! Parsed once, in [`parse`]. [`Query::matches`] evaluates the tree over folded words; the store renders the same tree for its full-text
//! index. The meaning is that of SQLite's FTS5 (<https://sqlite.org/fts5.html>, "Full-text Query Syntax").

mod parse;

use super::fold::{Kind, Tokens};
use super::span::Span;
use std::fmt;

/// A parsed query. Words are folded; a phrase is several words in order, and never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    Phrase {
        words: Vec<String>,
        /// The last word stands for all that begin with it.
        prefix: bool,
        /// In the title only; else in title or body, not across both.
        title: bool,
    },
    And(Box<Query>, Box<Query>),
    Or(Box<Query>, Box<Query>),
    /// The first holds and the second does not.
    Not(Box<Query>, Box<Query>),
    /// All phrases stand together: between the end of each and the start of the last are at most `distance` words.
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
    /// Reads a query. Operators are written in capitals; words side by side must all stand in the article, and bind tighter than NOT, NOT
    /// tighter than AND, AND tighter than OR. A word with marks in it ("NAVO-top") is a phrase.
    pub fn parse(query: &str) -> Result<Query, QueryError> {
        parse::parse(query)
    }

    /// Does it hold for an article of these folded words (see [`super::fold::Tokens::words`])?
    pub fn matches(&self, title: &[&str], body: &[&str]) -> bool {
        match self {
            Query::And(a, b) => a.matches(title, body) && b.matches(title, body),
            Query::Or(a, b) => a.matches(title, body) || b.matches(title, body),
            Query::Not(a, b) => a.matches(title, body) && !b.matches(title, body),
            Query::Phrase { words, prefix, title: only } => {
                let stands = |column: &[&str]| starts(column, words, *prefix).next().is_some();
                stands(title) || (!only && stands(body))
            }
            Query::Near { phrases, distance, title: only } => {
                let stands = |column: &[&str]| stand_together(column, phrases, *distance as usize);
                stands(title) || (!only && stands(body))
            }
        }
    }
}

impl Query {
    /// The first place in a text where a word or phrase that the query asks for stands: what is shown as evidence.
    pub fn find(&self, tokens: &Tokens) -> Option<Span> {
        let at: Vec<usize> = (0..tokens.len()).filter(|&i| tokens.list[i].kind != Kind::Mark).collect();
        let words: Vec<&str> = at.iter().map(|&i| tokens.folded(i)).collect();
        let span = |first: usize, len: usize| tokens.list[at[first]].span.to(tokens.list[at[first + len - 1]].span);
        self.asked().iter().filter_map(|(phrase, prefix)| Some(span(starts(&words, phrase, *prefix).next()?, phrase.len()))).min()
    }

    /// The phrases that may stand in what it matches, and whether they are prefixes.
    fn asked(&self) -> Vec<(&[String], bool)> {
        match self {
            Query::And(a, b) | Query::Or(a, b) => [a.asked(), b.asked()].concat(),
            Query::Not(a, _) => a.asked(),
            Query::Phrase { words, prefix, .. } => vec![(words.as_slice(), *prefix)],
            Query::Near { phrases, .. } => phrases.iter().map(|phrase| (phrase.as_slice(), false)).collect(),
        }
    }
}

/// Where in `column` the phrase begins, in order.
fn starts<'a>(column: &'a [&str], phrase: &'a [String], prefix: bool) -> impl Iterator<Item = usize> + 'a {
    let holds = move |window: &&[&str]| {
        let Some((last, before)) = phrase.split_last() else { return false };
        let end = window[before.len()];
        (end == last || prefix && end.starts_with(last.as_str())) && window.iter().zip(before).all(|(a, b)| a == b)
    };
    column.windows(phrase.len().max(1)).enumerate().filter(move |(_, window)| holds(window)).map(|(at, _)| at)
}

/// Is there a place in `column` where all phrases stand within `distance` words before the start of the last of them?
fn stand_together(column: &[&str], phrases: &[Vec<String>], distance: usize) -> bool {
    let places: Vec<Vec<usize>> = phrases.iter().map(|phrase| starts(column, phrase, false).collect()).collect();
    let reaches = |last: usize| {
        places.iter().zip(phrases).all(|(starts, phrase)| {
            let earliest = last.saturating_sub(phrase.len() + distance);
            let next = starts.partition_point(|&start| start < earliest);
            starts.get(next).is_some_and(|&start| start <= last)
        })
    };
    places.iter().flatten().any(|&last| reaches(last))
}

impl fmt::Display for Query {
    /// The canonical form: what [`Query::parse`] reads as this same tree.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Query::Phrase { words, prefix, title } => {
                let star = if *prefix { "*" } else { "" };
                write!(f, "{}{}{star}", column(*title), quoted(words))
            }
            Query::Near { phrases, distance, title } => {
                let phrases: Vec<String> = phrases.iter().map(|p| quoted(p)).collect();
                write!(f, "{}NEAR({}, {distance})", column(*title), phrases.join(" "))
            }
            Query::And(a, b) => write!(f, "{} AND {}", Operand(a), Operand(b)),
            Query::Or(a, b) => write!(f, "{} OR {}", Operand(a), Operand(b)),
            Query::Not(a, b) => write!(f, "{} NOT {}", Operand(a), Operand(b)),
        }
    }
}

fn column(title: bool) -> &'static str {
    if title { "title:" } else { "" }
}

fn quoted(words: &[String]) -> String {
    match words {
        [word] => word.clone(),
        _ => format!("\"{}\"", words.join(" ")),
    }
}

/// A part of a larger query, in parentheses where it is itself made of parts.
struct Operand<'q>(&'q Query);

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Query::Phrase { .. } | Query::Near { .. } => self.0.fmt(f),
            _ => write!(f, "({})", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Query;
    use crate::text::fold::Tokens;
    use proptest::prelude::*;

    const TITLE: &str = "US sends 2,000 troops to Poland";
    const BODY: &str = "The NAVO-top meets in Kyiv. Mobilisation of conscripts goes on in Kyiv and Lviv; Zelensky speaks.";

    #[test]
    fn holds() {
        let (title, body) = (Tokens::of(TITLE), Tokens::of(BODY));
        let (title, body): (Vec<_>, Vec<_>) = (title.words().collect(), body.words().collect());
        for (query, holds) in [
            ("poland", true),
            ("Polánd kyiv", true),
            ("mobilis*", true),
            ("mobilis", false),
            ("\"kyiv and lv\"*", true),
            ("\"and kyiv\"", false),
            ("navo-top", true),
            ("2,000", true),
            ("2.000 troops", true),
            ("title:kyiv", false),
            ("title:\"troops to\" kyiv", true),
            ("\"poland the\"", false),
            ("poland NOT lviv", false),
            ("poland NOT germany", true),
            ("germany OR poland NOT lviv", false),
            ("(germany OR poland) NOT sumy", true),
            ("germany AND us OR lviv", true),
            ("NEAR(kyiv mobilisation, 0)", true),
            ("NEAR(mobilisation zelensky, 7)", false),
            ("NEAR(mobilisation zelensky, 8)", true),
            ("NEAR(zelensky \"mobilisation of\", 7)", true),
            ("NEAR(poland kyiv)", false),
            ("title:NEAR(us poland, 5)", true),
            ("title:NEAR(us poland, 4)", false),
            ("NEAR(kyiv kyiv, 0)", true),
        ] {
            let parsed = Query::parse(query).unwrap_or_else(|e| panic!("{query}: {e} at {}", e.at));
            assert_eq!(parsed.matches(&title, &body), holds, "{query} = {parsed}");
        }
    }

    #[test]
    fn finds_its_evidence() {
        for (query, found) in [("lviv OR mobilis*", Some("Mobilisation")), ("navo-top NOT us", Some("NAVO-top")), ("sumy", None)]
        {
            let span = Query::parse(query).ok().and_then(|q| q.find(&Tokens::of(BODY)));
            assert_eq!(span.map(|s| s.of(BODY)), found, "{query}");
        }
    }

    fn word() -> impl Strategy<Value = Vec<String>> {
        proptest::collection::vec("[abcéж]{1,2}|near|and".prop_map(|w| crate::text::fold::fold(&w)), 1..3)
    }

    fn query() -> impl Strategy<Value = Query> {
        let leaf = prop_oneof![
            (word(), any::<bool>(), any::<bool>()).prop_map(|(words, prefix, title)| Query::Phrase { words, prefix, title }),
            (proptest::collection::vec(word(), 1..4), 0u32..9, any::<bool>())
                .prop_map(|(phrases, distance, title)| Query::Near { phrases, distance, title }),
        ];
        leaf.prop_recursive(4, 16, 2, |inner| {
            (inner.clone(), inner, 0..3).prop_map(|(a, b, op)| match op {
                0 => Query::And(Box::new(a), Box::new(b)),
                1 => Query::Or(Box::new(a), Box::new(b)),
                _ => Query::Not(Box::new(a), Box::new(b)),
            })
        })
    }

    proptest! {
        #[test]
        fn the_canonical_form_reads_back(query in query()) {
            prop_assert_eq!(Query::parse(&query.to_string()), Ok(query));
        }

        #[test]
        fn anything_parses_or_says_where_it_fails(text in "(a|bé|\\(|\\)|\"|\\*|:|title:|AND|OR|NOT|NEAR|NEAR\\(|,|5| ){0,20}|\\PC{0,20}") {
            match Query::parse(&text) {
                Ok(query) => prop_assert_eq!(Query::parse(&query.to_string()), Ok(query)),
                Err(e) => prop_assert!(text.is_char_boundary(e.at), "{} of {:?}", e.at, text),
            }
        }
    }
}
