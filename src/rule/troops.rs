//! The built-in rule: what is worth a popup, a line in the digest, or a place in the list.

use super::{Channel, Condition, FigureCondition, MIN_CERTAINTY, Manner, Rule, Within};
use crate::ledger::region::{is_joint_force, is_state, lies_in};
use crate::text::claim::{Action, Claim, Context, Relation};

/// Movements of fewer are for the digest.
const MANY: u64 = 100;

/// The built-in rule `troops`.
pub fn troops() -> Rule {
    Rule {
        name: "troops".to_owned(),
        enabled: true,
        condition: Condition::Figure(FigureCondition::default()),
        within: Within::default(),
        alert: None,
        notify: Vec::new(),
        builtin: true,
        min_certainty: MIN_CERTAINTY,
        manner: Manner::default(),
    }
}

/// How loud the built-in rule tells a claim. `home`: countries or alliances whose casualties matter.
pub fn loudness(claim: &Claim, home: &[String]) -> Channel {
    match (claim.context, claim.action) {
        (Context::History, _) | (_, Action::Other) => Channel::List,
        (_, Action::Killed | Action::Captured) if is_of(claim, home) => Channel::Popup,
        (Context::Current, Action::Deploy | Action::Withdraw | Action::Ready) if is_many(claim) && crosses_a_border(claim) => {
            Channel::Popup
        }
        (Context::Current, Action::Present | Action::Raise) if is_many(claim) && is_by_a_border(claim) => Channel::Popup,
        _ => Channel::Digest,
    }
}

fn is_many(claim: &Claim) -> bool {
    claim.amount.reach().max(claim.amount.low.unwrap_or(0)) >= MANY
}

fn is_of(claim: &Claim, home: &[String]) -> bool {
    claim.force.as_ref().is_some_and(|force| home.iter().any(|home| lies_in(force, home)))
}

/// Some place is another country than that of the force, or a border. Of a force without a country: it moves between two places.
fn crosses_a_border(claim: &Claim) -> bool {
    let mut places = claim.from.iter().chain(&claim.to).chain(&claim.at);
    let abroad = match claim.force.as_deref() {
        Some(force) if is_joint_force(force) => places.next().is_some(),
        Some(force) if is_state(force) => places.any(|place| place != force && !lies_in(force, place)),
        _ => claim.from.iter().any(|from| claim.to.iter().chain(&claim.at).any(|there| there != from)),
    };
    abroad || is_by_a_border(claim)
}

fn is_by_a_border(claim: &Claim) -> bool {
    claim.places.iter().any(|place| place.relation != Relation::In)
}
