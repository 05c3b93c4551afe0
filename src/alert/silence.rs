//! Silences: what the user does not want to be told loudly for a while. It is listed only; its correction comes with the digest.

use super::{Alert, SilenceId};
use crate::article::StoryId;
use crate::ledger::LedgerId;
use jiff::Timestamp;
use std::fmt;

/// What a silence holds back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matcher {
    Claim(LedgerId),
    Story(StoryId),
    /// All that is told because this entity is named.
    Entity(String),
    Rule(String),
    /// All that this feed is the first to tell.
    Feed(String),
}

/// A matcher with its time, and who wanted it and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    pub id: SilenceId,
    pub matcher: Matcher,
    pub owner: Option<String>,
    pub reason: Option<String>,
    pub since: Timestamp,
    pub until: Timestamp,
    /// Ended by the user before its time.
    pub ended: Option<Timestamp>,
}

impl Matcher {
    /// Out of its two words; `None` where the first is none of `claim story entity rule feed`, or a number is none.
    pub fn new(what: &str, name: &str) -> Option<Matcher> {
        let number = || name.parse().ok();
        match what {
            "claim" => number().map(|n| Matcher::Claim(LedgerId(n))),
            "story" => number().map(|n| Matcher::Story(StoryId(n))),
            "entity" => Some(Matcher::Entity(name.to_owned())),
            "rule" => Some(Matcher::Rule(name.to_owned())),
            "feed" => Some(Matcher::Feed(name.to_owned())),
            _ => None,
        }
    }

    /// The first of its two words.
    pub fn what(&self) -> &'static str {
        match self {
            Matcher::Claim(_) => "claim",
            Matcher::Story(_) => "story",
            Matcher::Entity(_) => "entity",
            Matcher::Rule(_) => "rule",
            Matcher::Feed(_) => "feed",
        }
    }

    /// The second.
    pub fn name(&self) -> String {
        match self {
            Matcher::Claim(id) => id.to_string(),
            Matcher::Story(id) => id.to_string(),
            Matcher::Entity(name) | Matcher::Rule(name) | Matcher::Feed(name) => name.clone(),
        }
    }

    /// Is this alert to be held back?
    pub fn covers(&self, alert: &Alert) -> bool {
        match self {
            Matcher::Claim(id) => alert.line == Some(*id) || alert.lines_told.iter().any(|(line, _)| line == id),
            Matcher::Story(id) => alert.story == Some(*id),
            Matcher::Entity(id) => alert.mentions.iter().any(|mention| mention.entity == *id),
            Matcher::Rule(name) => alert.rule == *name,
            Matcher::Feed(name) => alert.outlet == *name,
        }
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what(), self.name())
    }
}

impl Silence {
    pub fn is_on(&self, at: Timestamp) -> bool {
        self.since <= at && at < self.until && self.ended.is_none_or(|ended| at < ended)
    }
}

#[cfg(test)]
mod tests {
    use super::{Alert, Matcher, Silence, SilenceId};
    use crate::alert::sample;
    use crate::article::StoryId;
    use crate::ledger::LedgerId;
    use crate::text::gazetteer::Mention;
    use crate::text::language::Language;
    use crate::text::span::Span;
    use jiff::Timestamp;

    fn alert() -> Alert {
        let mention = Mention { entity: "nato".to_owned(), span: Span::new(0, 4), text: "NATO".to_owned() };
        Alert {
            rule: "flank".to_owned(),
            outlet: "nos".to_owned(),
            line: Some(LedgerId(3)),
            lines_told: vec![(LedgerId(3), 0), (LedgerId(4), 1)],
            story: Some(StoryId(9)),
            mentions: vec![mention],
            ..sample(Language::parse("en").unwrap(), Timestamp::UNIX_EPOCH)
        }
    }

    #[test]
    fn each_matcher_asks_one_thing() {
        for (what, name, covers) in [
            ("claim", "3", true),
            ("claim", "4", true),
            ("claim", "9", false),
            ("story", "9", true),
            ("story", "3", false),
            ("entity", "nato", true),
            ("entity", "eu", false),
            ("rule", "flank", true),
            ("rule", "flan", false),
            ("feed", "nos", true),
            ("feed", "nos2", false),
        ] {
            let matcher = Matcher::new(what, name).unwrap();
            assert_eq!(matcher.covers(&alert()), covers, "{matcher}");
            assert_eq!(matcher.to_string(), format!("{what} {name}"));
        }
        assert_eq!(Matcher::new("claim", "x"), None);
        assert_eq!(Matcher::new("outlet", "nos"), None);
    }

    #[test]
    fn a_silence_has_its_time() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let matcher = Matcher::Rule("flank".to_owned());
        let whole = Silence { id: SilenceId(1), matcher, owner: None, reason: None, since: at(2), until: at(8), ended: None };
        let ended = Silence { ended: Some(at(5)), ..whole.clone() };
        assert_eq!([1, 2, 5, 7, 8].map(|t| whole.is_on(at(t))), [false, true, true, true, false]);
        assert_eq!([1, 2, 4, 5, 7].map(|t| ended.is_on(at(t))), [false, true, true, false, false]);
    }
}
