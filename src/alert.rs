//! How what is new is told: one alert per rule and claim or story, its channel, its words.

use crate::article::{Article, ArticleId, StoryId, ids};
use crate::ledger::{Decision, Known, Ledger, LedgerId};
use crate::rule::{Channel, Rule};
use crate::text::Annotation;
use crate::text::claim::{Claim, Status};
use crate::text::gazetteer::Mention;
use crate::text::language::Language;
use crate::text::span::Span;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

ids! {
    /// An alert in the store.
    AlertId,
    /// A delivery in the store: what a receiver knows an alert by.
    DeliveryId
}

crate::text::claim::words! {
    /// What an alert tells.
    AlertKind {
        New = "new", Change = "change", Correction = "correction", Disputed = "disputed", Entity = "entity",
        Summary = "summary", Health = "health", Test = "test",
    }
}

/// One firing of a rule. Keeps a copy of its evidence, so that it outlives the article.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// rule + claim + revision (figures), rule + story (entities), feed + state + since (health): unique in the store.
    pub fingerprint: String,
    pub rule: String,
    pub kind: AlertKind,
    pub channel: Channel,
    pub created: Timestamp,
    pub article: Option<ArticleId>,
    pub story: Option<StoryId>,
    pub line: Option<LedgerId>,
    /// Every line that it tells, with the revision told.
    #[serde(default)]
    pub lines_told: Vec<(LedgerId, u32)>,
    pub url: Option<url::Url>,
    pub outlet: String,
    pub language: Option<Language>,
    /// When the article was published, else first seen.
    pub time: Option<Timestamp>,
    /// The headline of the article.
    pub headline: String,
    /// The sentence as written, and the number or name in it.
    pub sentence: String,
    pub mark: Option<Span>,
    /// The claims told, the leading one first.
    pub claims: Vec<Claim>,
    /// The amount and status before a change or correction.
    pub before: Option<(crate::text::claim::Amount, Status)>,
    pub mentions: Vec<Mention>,
    pub words: Vec<String>,
    /// Articles and outlets that say so.
    pub reports: u32,
    pub independent: u32,
    /// For a summary: its lines.
    pub lines: Vec<String>,
    /// Names of receivers; empty: all.
    pub notify: Vec<String>,
}

/// What alerting needs to know beside the article.
#[derive(Clone, Debug)]
pub struct Policy {
    pub rules: Vec<Rule>,
    /// Whose casualties matter: countries or alliances.
    pub home: Vec<String>,
    pub language: Language,
}

/// The alerts that an article gives rise to: at most one popup, none for a baseline article. `told` says whether this rule has told this line
/// at this revision already.
pub fn raise(
    _policy: &Policy,
    _article: &Article,
    _story: StoryId,
    _annotation: &Annotation,
    _decisions: &[Decision],
    _ledger: &Ledger,
    _told: &dyn Fn(&str, LedgerId) -> Option<u32>,
    _now: Timestamp,
) -> Vec<Alert> {
    todo!()
}

/// What a repeat changes in an alert that is still shown: more reports.
pub fn recount(_alert: &mut Alert, _line: &Known) {
    todo!()
}

/// The words of an alert: `title` at most 60 characters, `body` lines, plain text. `mark` is where the number stands in the sentence line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub title: String,
    /// What else the article says, or the lines of a summary.
    pub lines: Vec<String>,
    /// The evidence in its own language, and the number in it.
    pub sentence: Option<(String, Option<Span>)>,
    /// Outlet, language, time, "first report" or "9 reports, 4 independent".
    pub footer: String,
}

/// Renders an alert in the language of messages.
pub fn words(_alert: &Alert, _language: Language) -> Words {
    todo!()
}
