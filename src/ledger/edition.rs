//! An article that was edited: which of its claims it says still, and which it took back.

use super::{LedgerId, Verdict};
use crate::text::claim::Claim;

/// A claim of an earlier edition, with what was decided about it.
pub type Said = (Claim, Verdict, LedgerId);

/// The claim of the earlier edition that says the same.
pub fn said_before<'s>(claim: &Claim, said: &'s [Said]) -> Option<&'s Said> {
    said.iter().find(|(old, ..)| says_the_same(old, claim))
}

/// The lines that only claims told that the article does not make any more.
pub(super) fn taken_back(claims: &[Claim], said: &[Said]) -> Vec<LedgerId> {
    let kept: Vec<LedgerId> = claims.iter().filter_map(|claim| said_before(claim, said)).map(|(_, _, line)| *line).collect();
    said.iter().map(|(_, _, line)| *line).filter(|line| !kept.contains(line)).collect()
}

/// In everything that a reader is told, whatever the words around it.
fn says_the_same(a: &Claim, b: &Claim) -> bool {
    (a.amount, a.action, a.status, a.context, a.measure) == (b.amount, b.action, b.status, b.context, b.measure)
        && (&a.force, &a.period) == (&b.force, &b.period)
        && (&a.from, &a.to, &a.at) == (&b.from, &b.to, &b.at)
}
