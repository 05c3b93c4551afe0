//! What a text says twice: where one sentence gives a number alone, another that tells the same says where and whose.

use super::{Because, Claim};

/// How many sentences off the same is told again: a title, its article.
const REACH: usize = 6;

/// Fills the places and the force that a claim lacks from the nearest claim of the same number and act.
pub fn complete(claims: &mut [Claim], reasons: &mut [Because], origin: &[usize]) {
    for k in 0..claims.len() {
        let bare = claims[k].places.is_empty();
        if !bare && claims[k].force.is_some() {
            continue;
        }
        let twin = (0..claims.len())
            .filter(|j| *j != k && origin[*j] != origin[k] && origin[*j].abs_diff(origin[k]) <= REACH)
            .filter(|j| same(&claims[*j], &claims[k]) && (!bare || !claims[*j].places.is_empty()))
            .min_by_key(|j| origin[*j].abs_diff(origin[k]));
        if let Some(j) = twin {
            fill(claims, reasons, k, j);
        }
    }
}

/// As many, in the same act, and not those of two forces.
fn same(a: &Claim, b: &Claim) -> bool {
    let forces = a.force == b.force || a.force.is_none() || b.force.is_none();
    forces && a.action == b.action && (a.amount.low, a.amount.high) == (b.amount.low, b.amount.high)
}

fn fill(claims: &mut [Claim], reasons: &mut [Because], k: usize, j: usize) {
    let twin = claims[j].clone();
    let claim = &mut claims[k];
    if claim.places.is_empty() {
        (claim.places, claim.from, claim.to, claim.at) = (twin.places, twin.from, twin.to, twin.at);
    }
    if claim.force.is_none() {
        claim.force = twin.force;
        reasons[k].force = reasons[j].force;
    }
}
