//! What a rule lacks that does not hold: for those who ask why nothing was told, and what was nearly told.

use super::{Condition, FigureCondition, Reading, Rule, words};
use crate::article::Article;
use crate::text::Annotation;
use crate::text::claim::{Amount, Claim};
use crate::text::fold::Tokens;
use std::fmt;

/// One thing that keeps a rule from holding.
#[derive(Clone, Debug, PartialEq)]
pub enum Lack {
    /// The article says nothing about troops.
    NoFigure,
    /// A field of a claim (its index) is not what is asked.
    Field {
        claim: usize,
        field: &'static str,
        asked: String,
        said: String,
    },
    /// Not sure enough that the number was read right.
    Unsure {
        claim: usize,
        certainty: f32,
        least: f32,
    },
    /// None of these entities is named.
    NotNamed(Vec<String>),
    /// None of these keywords or queries is found.
    NotFound(Vec<String>),
    Language(Option<String>),
    Feed(String),
    Tag(Vec<String>),
    /// Something under `none` holds.
    Excluded,
    /// The figure and the name do not stand together.
    Apart,
}

impl Lack {
    /// The claim that it is about.
    pub fn claim(&self) -> Option<usize> {
        match self {
            Lack::Field { claim, .. } | Lack::Unsure { claim, .. } => Some(*claim),
            _ => None,
        }
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lack::NoFigure => f.write_str("no troop figure"),
            Lack::Field { field, asked, said, .. } => write!(f, "{field} is {said}, asked is {asked}"),
            Lack::Unsure { certainty, least, .. } => write!(f, "certainty is {certainty:.2}, asked is {least:.2}"),
            Lack::NotNamed(ids) => write!(f, "{} is not named", ids.join(" or ")),
            Lack::NotFound(queries) => write!(f, "not found: {}", queries.join(", ")),
            Lack::Language(said) => write!(f, "the language is {}", said.as_deref().unwrap_or("not known")),
            Lack::Feed(outlet) => write!(f, "the feed is {outlet}"),
            Lack::Tag(tags) if tags.is_empty() => f.write_str("the feed has no tags"),
            Lack::Tag(tags) => write!(f, "the tags of the feed are {}", tags.join(", ")),
            Lack::Excluded => f.write_str("something that `none` excludes is there"),
            Lack::Apart => f.write_str("the name stands too far from the figure"),
        }
    }
}

impl Rule {
    /// What keeps the rule from holding for this article, by the shortest way; nothing where it [holds](Rule::holds). Whether it is on is not asked.
    pub fn lacks(&self, article: &Article, annotation: &Annotation, tokens: &Tokens, title: usize) -> Vec<Lack> {
        let (title, body) = words(tokens, title);
        self.lacking(&self.condition, &Reading { article, annotation, tokens, title, body })
    }

    /// Is this lack all that was missing, and was something found that the rule asks for? Then the rule nearly held.
    pub fn is_near(&self, lacks: &[Lack]) -> bool {
        match lacks {
            [Lack::NoFigure] | [] => false,
            [Lack::Field { .. }] => self.condition.figures().iter().any(|figure| figure.asked().len() > 1),
            [Lack::NotNamed(_) | Lack::NotFound(_)] => self.condition.seeks() > 1,
            [_] => true,
            _ => false,
        }
    }

    fn lacking(&self, condition: &Condition, reading: &Reading) -> Vec<Lack> {
        if self.evaluate(condition, reading).is_some() {
            return Vec::new();
        }
        let article = reading.article;
        match condition {
            Condition::All(parts) => match parts.iter().flat_map(|part| self.lacking(part, reading)).collect::<Vec<_>>() {
                lacks if lacks.is_empty() => vec![Lack::Apart],
                lacks => lacks,
            },
            Condition::Any(parts) => {
                parts.iter().map(|part| self.lacking(part, reading)).min_by_key(Vec::len).unwrap_or_else(|| vec![Lack::NoFigure])
            }
            Condition::None(_) => vec![Lack::Excluded],
            Condition::Entities(ids) => vec![Lack::NotNamed(ids.iter().cloned().collect())],
            Condition::Text(queries) => vec![Lack::NotFound(queries.iter().map(ToString::to_string).collect())],
            Condition::Figure(figure) => self.lacking_figure(figure, &reading.annotation.claims),
            Condition::Languages(_) => vec![Lack::Language(article.language.map(|language| language.to_string()))],
            Condition::Feeds(_) => vec![Lack::Feed(article.outlet.clone())],
            Condition::Tags(_) => vec![Lack::Tag(article.tags.clone())],
        }
    }

    /// The lacks of the claim that comes nearest.
    fn lacking_figure(&self, figure: &FigureCondition, claims: &[Claim]) -> Vec<Lack> {
        let of = |(i, claim): (usize, &Claim)| {
            let unsure = Lack::Unsure { claim: i, certainty: claim.certainty, least: self.min_certainty };
            let mut lacks = figure.lacks(i, claim);
            lacks.extend((claim.certainty < self.min_certainty).then_some(unsure));
            lacks
        };
        claims.iter().enumerate().map(of).min_by_key(Vec::len).unwrap_or_else(|| vec![Lack::NoFigure])
    }
}

impl Condition {
    /// How many things it looks for in a text.
    fn seeks(&self) -> usize {
        match self {
            Condition::All(parts) => parts.iter().map(Condition::seeks).sum(),
            Condition::Any(parts) => parts.iter().map(Condition::seeks).max().unwrap_or(0),
            Condition::Entities(_) | Condition::Text(_) | Condition::Figure(_) => 1,
            Condition::None(_) | Condition::Languages(_) | Condition::Feeds(_) | Condition::Tags(_) => 0,
        }
    }
}

impl FigureCondition {
    /// The fields that it asks for, each with what it asks.
    fn asked(&self) -> Vec<(&'static str, String)> {
        let words = |list: &[&str]| list.join(" or ");
        let list = |list: &[String]| list.join(" or ");
        let fields = [
            ("action", words(&self.action.iter().map(|a| a.as_str()).collect::<Vec<_>>())),
            ("status", words(&self.status.iter().map(|s| s.as_str()).collect::<Vec<_>>())),
            ("context", words(&self.context.iter().map(|c| c.as_str()).collect::<Vec<_>>())),
            ("force", list(&self.force)),
            ("from", list(&self.from)),
            ("to", list(&self.to)),
            ("at", list(&self.at)),
            ("speaker", speaker(&self.by, &self.not_by)),
            ("amount", amount(self.at_least, self.at_most)),
        ];
        fields.into_iter().filter(|(_, asked)| !asked.is_empty()).collect()
    }

    /// The fields of a claim that are not what is asked.
    fn lacks(&self, index: usize, claim: &Claim) -> Vec<Lack> {
        let not_said = || "not said".to_owned();
        let list = |list: &[String]| if list.is_empty() { not_said() } else { list.join(", ") };
        let lack = |(field, asked): (&'static str, String)| {
            let said = match field {
                "action" => claim.action.to_string(),
                "status" => claim.status.to_string(),
                "context" => claim.context.to_string(),
                "force" => claim.force.clone().unwrap_or_else(not_said),
                "from" => list(&claim.from),
                "to" => list(&claim.to),
                "at" => list(&claim.at),
                "speaker" => claim.speaker.clone().unwrap_or_else(not_said),
                _ => said_amount(claim.amount),
            };
            (!self.alone(field).holds(claim)).then_some(Lack::Field { claim: index, field, asked, said })
        };
        self.asked().into_iter().filter_map(lack).collect()
    }

    /// The condition with this field alone.
    fn alone(&self, field: &str) -> FigureCondition {
        let all = self.clone();
        let none = FigureCondition::default();
        match field {
            "action" => FigureCondition { action: all.action, ..none },
            "status" => FigureCondition { status: all.status, ..none },
            "context" => FigureCondition { context: all.context, ..none },
            "force" => FigureCondition { force: all.force, ..none },
            "from" => FigureCondition { from: all.from, ..none },
            "to" => FigureCondition { to: all.to, ..none },
            "at" => FigureCondition { at: all.at, near: all.near, ..none },
            "speaker" => FigureCondition { by: all.by, not_by: all.not_by, ..none },
            _ => FigureCondition { at_least: all.at_least, at_most: all.at_most, ..none },
        }
    }
}

fn speaker(by: &[String], not_by: &[String]) -> String {
    match (by, not_by) {
        (by, []) => by.join(" or "),
        ([], not_by) => format!("not {}", not_by.join(" or ")),
        (by, not_by) => format!("{}, not {}", by.join(" or "), not_by.join(" or ")),
    }
}

fn said_amount(amount: Amount) -> String {
    match (amount.low, amount.high) {
        (Some(low), Some(high)) if low == high => low.to_string(),
        (low, high) => self::amount(low, high),
    }
}

fn amount(at_least: Option<u64>, at_most: Option<u64>) -> String {
    match (at_least, at_most) {
        (None, None) => String::new(),
        (Some(n), None) => format!("at least {n}"),
        (None, Some(n)) => format!("at most {n}"),
        (Some(least), Some(most)) => format!("{least} to {most}"),
    }
}
