//! Which rules hold for an article: entities, keywords, a query, a figure condition, languages, feeds, tags; all, any, none.

use crate::article::Article;
use crate::text::Annotation;
use crate::text::claim::{Action, Claim, Context, Status};
use crate::text::fold::Tokens;
use crate::text::language::Language;
use crate::text::query::Query;
use serde::{Deserialize, Serialize};

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
}

/// What must be true of one article.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    None(Vec<Condition>),
    /// One of these entities is mentioned.
    Entities(Vec<String>),
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
    pub by: Vec<String>,
    pub not_by: Vec<String>,
    pub at_least: Option<u64>,
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

impl Rule {
    /// A rule with a figure condition is a figure rule: its alerts are about claims.
    pub fn is_figure_rule(&self) -> bool {
        todo!()
    }

    /// What makes the rule hold for this article, or `None`. `tokens` are those of the article's text, of which the first `title` bytes are the title.
    pub fn holds(&self, _article: &Article, _annotation: &Annotation, _tokens: &Tokens, _title: usize) -> Option<Match> {
        todo!()
    }
}

impl FigureCondition {
    pub fn holds(&self, _claim: &Claim) -> bool {
        todo!()
    }
}

/// Does the place or force `code` lie in `region`? `PL` in `eastern-europe`, `EE` in `baltics`, any in itself; alliances hold their members.
pub fn lies_in(_code: &str, _region: &str) -> bool {
    todo!()
}

/// The built-in rule `troops`.
pub fn troops() -> Rule {
    todo!()
}
