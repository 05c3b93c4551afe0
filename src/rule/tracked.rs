//! The built-in rule for entities that no rule of the user's names: they are told in the digest.

use super::{Channel, Condition, MIN_CERTAINTY, Manner, Rule, Within};
use std::collections::BTreeSet;

/// Its name. A rule of the user's that is called so takes its place.
pub const TRACKED: &str = "tracked";

pub fn tracked(entities: BTreeSet<String>) -> Rule {
    Rule {
        name: TRACKED.to_owned(),
        enabled: true,
        condition: Condition::Entities(entities),
        within: Within::default(),
        alert: Some(Channel::Digest),
        notify: Vec::new(),
        builtin: false,
        min_certainty: MIN_CERTAINTY,
        manner: Manner::default(),
    }
}
