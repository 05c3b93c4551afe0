//! Which rules hold for an article: entities, keywords, a query, a figure condition, languages, feeds, tags; all, any, none.
//!
//! [`Rule::holds`] evaluates the tree of conditions; [`figure`] holds one claim against a [`FigureCondition`]; [`troops()`] is the built-in
//! rule, whose channel depends on the claim.

mod figure;
mod manner;
mod tracked;
mod troops;

pub use crate::ledger::region::lies_in;
pub use manner::{Group, Manner, Priority};
pub use tracked::{TRACKED, tracked};
pub use troops::{loudness, troops};

use crate::article::Article;
use crate::text::Annotation;
use crate::text::claim::{Action, Claim, Context, Status};
use crate::text::fold::{Kind, Tokens};
use crate::text::language::Language;
use crate::text::query::Query;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A user's rule, ready to be evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub name: String,
    pub enabled: bool,
    pub condition: Condition,
    /// Entity and figure must stand in one sentence or its neighbours, unless `Article`.
    pub within: Within,
    /// How loud; `None`: popup for figures, digest for entities.
    pub alert: Option<Channel>,
    /// Names of receivers; empty: all.
    pub notify: Vec<String>,
    /// The built-in rule `troops`: channels by kind of claim instead of one for all.
    pub builtin: bool,
    pub min_certainty: f32,
    /// How its popups are handed over.
    pub manner: Manner,
}

/// What must be true of one article.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a handful stand in each rule, and most are figure conditions")]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    None(Vec<Condition>),
    /// One of these entities is mentioned.
    Entities(BTreeSet<String>),
    /// One of these queries holds.
    Text(Vec<Query>),
    Figure(FigureCondition),
    Languages(Vec<Language>),
    Feeds(Vec<String>),
    Tags(Vec<String>),
}

/// What must be true of one claim; an empty list asks nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FigureCondition {
    pub force: Vec<String>,
    pub action: Vec<Action>,
    pub status: Vec<Status>,
    pub from: Vec<String>,
    pub to: Vec<String>,
    pub at: Vec<String>,
    /// `at` includes places near by and at the border.
    pub near: bool,
    pub context: Vec<Context>,
    /// One of these stands in the speaker as written.
    pub by: Vec<String>,
    /// None of these does.
    pub not_by: Vec<String>,
    /// The upper bound, else the lower, reaches this many.
    pub at_least: Option<u64>,
    /// The lower bound, else the upper, is at most this many.
    pub at_most: Option<u64>,
}

/// How far an entity and a figure of one rule may stand apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Within {
    #[default]
    Sentence,
    Article,
}

crate::text::claim::words! {
    /// How loud an alert is.
    Channel { Popup = "popup", Digest = "digest", List = "list" }
}

/// What of an article made a rule hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Match {
    /// Indices of claims, for a figure rule.
    pub claims: Vec<usize>,
    /// Indices of mentions.
    pub mentions: Vec<usize>,
    /// Keywords that were found, as written in the rule.
    pub words: Vec<String>,
}

/// Below this a figure is not told, unless a rule says otherwise.
pub const MIN_CERTAINTY: f32 = 0.5;

/// What the conditions of a rule are held against.
struct Reading<'a> {
    article: &'a Article,
    annotation: &'a Annotation,
    tokens: &'a Tokens<'a>,
    /// The folded words of title and body.
    title: Vec<&'a str>,
    body: Vec<&'a str>,
}

impl Rule {
    /// A rule with a figure condition is a figure rule: its alerts are about claims.
    pub fn is_figure_rule(&self) -> bool {
        !self.condition.figures().is_empty()
    }

    /// What makes the rule hold for this article, or `None`. `tokens` are those of the article's text, of which the first `title` bytes are the title.
    pub fn holds(&self, article: &Article, annotation: &Annotation, tokens: &Tokens, title: usize) -> Option<Match> {
        if !self.enabled {
            return None;
        }
        let (title, body) = words(tokens, title);
        self.evaluate(&self.condition, &Reading { article, annotation, tokens, title, body })
    }

    /// Is it on, and does it name this entity?
    pub fn names(&self, entity: &str) -> bool {
        self.enabled && self.condition.names(entity)
    }

    /// Can it hold only for an article with figures?
    pub fn needs_figures(&self) -> bool {
        self.condition.needs_figures()
    }

    /// Does it name history among the contexts of its figures?
    pub fn asks_for_history(&self) -> bool {
        self.condition.figures().iter().any(|figure| figure.context.contains(&Context::History))
    }

    /// A place that the rule asks for and the claim meets only by a region around it, and that region.
    pub fn by_region<'a>(&'a self, claim: &'a Claim) -> Option<(&'a str, &'a str)> {
        self.condition.figures().into_iter().filter(|figure| figure.holds(claim)).find_map(|figure| figure.by_region(claim))
    }

    fn evaluate(&self, condition: &Condition, reading: &Reading) -> Option<Match> {
        let holds = |held: bool| held.then(Match::default);
        match condition {
            Condition::All(parts) => self.all(parts, reading),
            Condition::Any(parts) => parts.iter().filter_map(|part| self.evaluate(part, reading)).reduce(Match::and),
            Condition::None(parts) => holds(parts.iter().all(|part| self.evaluate(part, reading).is_none())),
            Condition::Entities(ids) => {
                found(mentions(reading.annotation, ids), |mentions| Match { mentions, ..Match::default() })
            }
            Condition::Text(queries) => found(texts(reading, queries), |words| Match { words, ..Match::default() }),
            Condition::Figure(figure) => found(self.figures(reading, figure), |claims| Match { claims, ..Match::default() }),
            Condition::Languages(list) => holds(reading.article.language.is_some_and(|language| list.contains(&language))),
            Condition::Feeds(names) => holds(names.contains(&reading.article.outlet)),
            Condition::Tags(tags) => holds(tags.iter().any(|tag| reading.article.tags.contains(tag))),
        }
    }

    /// All parts hold, and where some found claims and others mentions, these stand together.
    fn all(&self, parts: &[Condition], reading: &Reading) -> Option<Match> {
        let found: Vec<Match> = parts.iter().map(|part| self.evaluate(part, reading)).collect::<Option<_>>()?;
        let joined = found.iter().any(|m| m.claims.is_empty() && !m.mentions.is_empty());
        let mut all = found.into_iter().fold(Match::default(), Match::and);
        if joined && !all.claims.is_empty() && self.within == Within::Sentence {
            all.claims.retain(|&claim| all.mentions.iter().any(|&mention| stand_together(reading, claim, mention)));
            return (!all.claims.is_empty()).then_some(all);
        }
        Some(all)
    }

    fn figures(&self, reading: &Reading, figure: &FigureCondition) -> Vec<usize> {
        let claims = reading.annotation.claims.iter().enumerate();
        claims.filter(|(_, claim)| claim.certainty >= self.min_certainty && figure.holds(claim)).map(|(i, _)| i).collect()
    }
}

impl Condition {
    /// The figure conditions, one of which holds for any claim that matched.
    fn figures(&self) -> Vec<&FigureCondition> {
        match self {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().flat_map(Condition::figures).collect(),
            Condition::Figure(figure) => vec![figure],
            _ => Vec::new(),
        }
    }

    fn names(&self, entity: &str) -> bool {
        match self {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().any(|part| part.names(entity)),
            Condition::Entities(ids) => ids.contains(entity),
            _ => false,
        }
    }

    fn needs_figures(&self) -> bool {
        match self {
            Condition::All(parts) => parts.iter().any(Condition::needs_figures),
            Condition::Any(parts) => !parts.is_empty() && parts.iter().all(Condition::needs_figures),
            Condition::Figure(_) => true,
            _ => false,
        }
    }
}

impl Match {
    fn and(mut self, other: Match) -> Match {
        self.claims.extend(other.claims);
        self.mentions.extend(other.mentions);
        self.words.extend(other.words);
        for list in [&mut self.claims, &mut self.mentions] {
            list.sort_unstable();
            list.dedup();
        }
        self
    }
}

fn found<T>(list: Vec<T>, matched: impl FnOnce(Vec<T>) -> Match) -> Option<Match> {
    (!list.is_empty()).then(|| matched(list))
}

fn mentions(annotation: &Annotation, ids: &BTreeSet<String>) -> Vec<usize> {
    annotation.mentions.iter().enumerate().filter(|(_, mention)| ids.contains(&mention.entity)).map(|(i, _)| i).collect()
}

fn texts(reading: &Reading, queries: &[Query]) -> Vec<String> {
    queries.iter().filter(|query| query.matches(&reading.title, &reading.body)).map(Query::to_string).collect()
}

/// The folded words of the title, which is the first `title` bytes, and of the body.
fn words<'t>(tokens: &'t Tokens, title: usize) -> (Vec<&'t str>, Vec<&'t str>) {
    let body = tokens.list.partition_point(|token| (token.span.start as usize) < title);
    let words =
        |range: std::ops::Range<usize>| range.filter(|&i| tokens.list[i].kind != Kind::Mark).map(|i| tokens.folded(i)).collect();
    (words(0..body), words(body..tokens.len()))
}

/// Does the mention stand in the sentence of the claim, or in one beside it?
fn stand_together(reading: &Reading, claim: usize, mention: usize) -> bool {
    let (sentence, name) = (reading.annotation.claims[claim].sentence, reading.annotation.mentions[mention].span);
    let (end, start) = if name.start < sentence.start { (name.end, sentence.start) } else { (sentence.end, name.start) };
    end > start || sentence_ends(reading.tokens, end, start) <= 1
}

/// How many sentences end between these bytes: full stops before white space, and paragraphs without one.
fn sentence_ends(tokens: &Tokens, from: u32, to: u32) -> usize {
    let first = tokens.list.partition_point(|token| token.span.end <= from).max(1);
    let between = (first..tokens.len()).take_while(|&i| tokens.list[i].span.start <= to);
    let stop = |i: usize| matches!(tokens.raw(i), "." | "!" | "?" | "…");
    between.filter(|&i| tokens.list[i].paragraph_start || tokens.list[i].spaced && stop(i - 1)).count()
}

#[cfg(test)]
mod tests {
    use super::sentence_ends;
    use crate::text::fold::Tokens;

    #[test]
    fn sentences_between() {
        let text = "One two. Three 3.5 four\n\nFive six! Seven.";
        let at = |word: &str| text.find(word).unwrap_or(0) as u32;
        let tokens = Tokens::of(text);
        for (from, to, ends) in
            [("One", "two", 0), ("two", "Three", 1), ("two", "four", 1), ("two", "Five", 2), ("two", "Seven", 3)]
        {
            assert_eq!(sentence_ends(&tokens, at(from) + 3, at(to)), ends, "{from} to {to}");
        }
    }
}
