//! One claim against one figure condition.

use super::FigureCondition;
use crate::ledger::region::{lies_in, meet};
use crate::text::claim::{Claim, Relation, Role};
use crate::text::fold::Tokens;

impl FigureCondition {
    /// Every list that asks something has its answer in the claim. A place is met by its regions as well: `PL` by `eastern-europe`.
    pub fn holds(&self, claim: &Claim) -> bool {
        asks(&self.action, |action| *action == claim.action)
            && asks(&self.status, |status| *status == claim.status)
            && asks(&self.context, |context| *context == claim.context)
            && asks(&self.force, |force| claim.force.as_ref().is_some_and(|code| lies_in(code, force)))
            && asks(&self.from, |place| claim.from.iter().any(|code| meet(code, place)))
            && asks(&self.to, |place| claim.to.iter().any(|code| meet(code, place)))
            && asks(&self.at, |place| claim.at.iter().any(|code| meet(code, place) && (self.near || is_in(claim, code))))
            && self.fits_speaker(claim.speaker.as_deref())
            && self.fits_amount(claim)
    }

    /// A place asked for that the claim meets only by a region around it, and that region.
    pub fn by_region<'a>(&'a self, claim: &'a Claim) -> Option<(&'a str, &'a str)> {
        let lists = [(&self.from, &claim.from), (&self.to, &claim.to), (&self.at, &claim.at)];
        lists.into_iter().find_map(|(asked, said)| {
            let inside = said.iter().any(|code| asked.iter().any(|place| lies_in(code, place)));
            let around =
                || asked.iter().find_map(|place| said.iter().find(|code| lies_in(place, code)).map(|code| (&**place, &**code)));
            if inside { None } else { around() }
        })
    }

    fn fits_amount(&self, claim: &Claim) -> bool {
        let least = claim.amount.low.or(claim.amount.high).unwrap_or(0);
        self.at_least.is_none_or(|n| claim.amount.reach() >= n) && self.at_most.is_none_or(|n| least <= n)
    }

    fn fits_speaker(&self, speaker: Option<&str>) -> bool {
        let tokens = Tokens::of(speaker.unwrap_or(""));
        let words: Vec<&str> = tokens.words().collect();
        asks(&self.by, |name| names(&words, name)) && !self.not_by.iter().any(|name| names(&words, name))
    }
}

fn asks<T>(list: &[T], answered: impl Fn(&T) -> bool) -> bool {
    list.is_empty() || list.iter().any(answered)
}

/// Does the claim lie inside the place, not merely near it or at its border?
fn is_in(claim: &Claim, code: &str) -> bool {
    let mut written = claim.places.iter().filter(|place| place.role == Role::At && place.code == code).peekable();
    written.peek().is_none() || written.any(|place| place.relation == Relation::In)
}

fn names(speaker: &[&str], name: &str) -> bool {
    let tokens = Tokens::of(name);
    let name: Vec<&str> = tokens.words().collect();
    !name.is_empty() && speaker.windows(name.len()).any(|window| window == name)
}
