//! How what is new is told: one alert per rule and claim or story, its channel, its words.
//!
//! [`raise()`] makes the alerts of an article, [`words()`] says one in the language of messages, whose phrases and names are data;
//! [`digest`], [`first_polls`], [`sample`] and [`health()`] make those that no article gives rise to.

mod disk;
mod evidence;
pub mod flow;
mod health;
mod line;
mod outage;
mod passage;
mod phrases;
mod raise;
mod refused;
mod rehearse;
mod silence;
mod sum;
mod summary;
mod title;
mod told;
mod words;

pub use disk::disk;
pub use health::{
    HEALTH, HealthEvent, HealthPolicy, HealthState, health, health_fingerprint, moved_lines, outrun_line, recovered_line,
    silent_line,
};
pub use line::subject;
pub use outage::outage;
pub use passage::{Passage, passages};
pub use raise::{News, OLD, raise};
pub use refused::refused;
pub use rehearse::{Heard, Rehearsal};
pub use silence::{Matcher, Silence};
pub use summary::{digest, first_polls, sample, together};
pub use told::{Moved, State, Told};
pub use words::words;

use crate::article::{ArticleId, StoryId, ids};
use crate::ledger::{Known, LedgerId};
use crate::rule::{Channel, Rule};
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
    DeliveryId,
    /// A silence in the store.
    SilenceId,
    /// A passage that the user has called wrong.
    FeedbackId
}

crate::text::claim::words! {
    /// What an alert tells.
    AlertKind {
        New = "new", Change = "change", Correction = "correction", Disputed = "disputed", Entity = "entity",
        Summary = "summary", Health = "health", Test = "test",
        /// The next value of a count that is published day by day.
        Series = "series",
    }
}

crate::text::claim::words! {
    /// Why an alert that its rule would have popped up waits for the digest.
    Held {
        /// The article is older than two days.
        Old = "old",
        /// It may be the same as what was told before.
        Doubt = "doubt",
        /// A strength of those in place, in the first days of the ledger: as likely an old number as a new one.
        Strength = "strength",
        /// Only one report says so yet.
        OneReport = "one-report",
        /// A toll that has grown, not doubled: what is shown of it is brought up to date silently.
        Toll = "toll",
        /// A count that is published day by day.
        Series = "series",
        /// A part of a larger number.
        Part = "part",
        /// The user has muted it: it counts as never told.
        Muted = "muted",
        /// Another popup of the same article.
        SecondPopup = "second-popup",
    }
}

/// One firing of a rule. Keeps a copy of its evidence, so that it outlives the article.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Unique in the store: `RULE|line#LINE|REVISION` (figures), `RULE|story#STORY` (entities, keywords, queries), feed + state + since (health).
    /// Lines and stories of this batch stand in it by their negative ids until the store numbers them.
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
    /// What the leading claim may be the same as, in words.
    #[serde(default)]
    pub maybe: Option<String>,
    /// The amount and status that its rule had told before a change or correction.
    pub before: Option<(crate::text::claim::Amount, Status)>,
    /// What of the other claims changes or corrects what was told.
    #[serde(default)]
    pub moved: Vec<Moved>,
    pub mentions: Vec<Mention>,
    pub words: Vec<String>,
    /// Articles and outlets that say so.
    pub reports: u32,
    pub independent: u32,
    /// For a summary: its lines.
    pub lines: Vec<String>,
    /// Names of receivers; empty: all.
    pub notify: Vec<String>,
    /// Of these receivers those that another alert of the article tells the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// Why it is no popup, where its rule asks for one.
    #[serde(default)]
    pub held: Option<Held>,
    /// Of a cumulative rule: what its claims add up to.
    #[serde(default)]
    pub sum: Option<Tally>,
}

/// What the claims of an alert add up to: those that come, less those that go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub total: u64,
    /// Of how many of those that come it is not said whether they come on top of others.
    pub unsaid: u64,
    pub days: u64,
}

/// What alerting needs to know beside the article.
#[derive(Clone, Debug)]
pub struct Policy {
    pub rules: Vec<Rule>,
    /// Whose casualties matter: countries or alliances.
    pub home: Vec<String>,
    pub language: Language,
}

/// What a repeat changes in an alert that is still shown: more reports, and of a rising toll the number.
pub fn recount(alert: &mut Alert, line: &Known) {
    alert.reports = line.reports;
    alert.independent = line.outlets.len() as u32;
    if let Some(claim) = alert.claims.first_mut().filter(|claim| claim.action.is_casualty() && claim.action == line.action) {
        claim.amount = line.amount;
    }
}

/// The words of an alert: `title` at most 60 characters, `body` lines, plain text. `mark` is where the number stands in the sentence line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    pub title: String,
    /// What else the article says, or the lines of a summary.
    pub lines: Vec<String>,
    /// The evidence in its own language, and the number in it.
    pub sentence: Option<(String, Option<Span>)>,
    /// Outlet, language, time, "first report" or "9 reports, 4 independent".
    pub footer: String,
}
