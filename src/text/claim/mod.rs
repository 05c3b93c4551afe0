//! What one sentence says about troops: the types of a claim.
//!
//! The meaning of every field and its borderline cases are those of the annotation guidelines
//! (see ARCHITECTURE.md, "What a claim means").

mod action;
mod context;
mod force;
mod memory;
mod places;
mod read;
mod repeat;
mod speaker;

pub use read::claims;

use super::span::Span;
use serde::{Deserialize, Serialize};

/// Makes a closed set of words an enum that reads and writes them.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in the order of the guidelines.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word that stands for it in JSON, TOML, SQL and on the command line.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(s: &str) -> ::std::result::Result<Self, String> {
                match s {
                    $($word => Ok($name::$variant),)+
                    _ => Err(format!("`{s}` is none of {}", [$($word),+].join(", "))),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What the personnel does, or what befalls it.
    Action {
        Present = "present", Deploy = "deploy", Withdraw = "withdraw", Ready = "ready", Raise = "raise",
        Train = "train", Killed = "killed", Wounded = "wounded", Captured = "captured", Missing = "missing",
        Losses = "losses", Freed = "freed", Other = "other",
    }
}

impl Action {
    /// Dead, wounded, captured or missing: counts that are one claim only for one event.
    pub fn is_casualty(self) -> bool {
        matches!(self, Action::Killed | Action::Wounded | Action::Captured | Action::Missing | Action::Losses)
    }
}

words! {
    /// How real it is.
    Status { Fact = "fact", Planned = "planned", Possible = "possible", Denied = "denied" }
}

words! {
    /// Is the number all there are, what came on top, or a part of another number?
    Measure { Total = "total", Change = "change", Part = "part" }
}

words! {
    /// What the sentence is about, apart from the news of the day.
    Context {
        Current = "current", History = "history", Exercise = "exercise", Rotation = "rotation",
        Relief = "relief", Domestic = "domestic",
    }
}

words! {
    /// Which of the three place lists of a claim a place stands in.
    Role { From = "from", To = "to", At = "at" }
}

words! {
    /// How the personnel lies to the place: inside, close by, or at its border.
    Relation { In = "in", Near = "near", Border = "border" }
}

/// How many, as the words bound it. `None` is unbounded; exact is `low == high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    pub low: Option<u64>,
    pub high: Option<u64>,
    #[serde(rename = "approx")]
    pub approximate: bool,
}

impl Amount {
    pub fn exactly(n: u64) -> Amount {
        Amount { low: Some(n), high: Some(n), approximate: false }
    }

    /// The bound that thresholds are held against: the upper, else the lower.
    pub fn reach(self) -> u64 {
        self.high.or(self.low).unwrap_or(0)
    }
}

/// A place as the text writes it, with the country or region that it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub role: Role,
    /// ISO 3166-1 alpha-2, or a slug such as `black-sea`.
    pub code: String,
    pub text: String,
    pub span: Span,
    pub relation: Relation,
}

/// What one sentence says: a figure with all that it is joined to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// The number expression, without "about" and without the noun.
    pub span: Span,
    pub text: String,
    #[serde(flatten)]
    pub amount: Amount,
    /// ISO 3166-1 alpha-2 or a slug; `None` where the text does not say.
    pub force: Option<String>,
    pub action: Action,
    pub status: Status,
    pub from: Vec<String>,
    pub to: Vec<String>,
    pub at: Vec<String>,
    /// Who is credited with the number, as written.
    #[serde(rename = "source")]
    pub speaker: Option<String>,
    pub sentence: Span,
    /// 0..1: how sure it is that the number was read right. Never the reliability of the news.
    pub certainty: f32,
    pub places: Vec<Place>,
    pub context: Context,
    /// "reportedly", "zouden": told without being vouched for.
    pub hedged: bool,
    pub measure: Option<Measure>,
    /// The time that the count sums over, as written: "over the past day".
    pub period: Option<String>,
    /// When it happens, as written: "this week".
    pub when: Option<String>,
    /// The formation, as written: "82nd Airborne".
    pub unit: Option<String>,
}

/// The words that a claim was read from; those of its places stand in [`Claim::places`]. None where nothing says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Because {
    /// What made the number a figure.
    pub noun: Option<Span>,
    pub force: Option<Span>,
    pub action: Option<Span>,
    pub status: Option<Span>,
}

impl Claim {
    /// The three place lists with their roles.
    pub fn lists(&self) -> [(Role, &[String]); 3] {
        [(Role::From, &self.from), (Role::To, &self.to), (Role::At, &self.at)]
    }
}
