//! Amounts as intervals: what overlaps, what has moved, what adds up.

use crate::text::claim::{Action, Amount, Claim, Status};

/// How far "about N" reaches to either side, and how large a gap between two counts is no news.
const TENTH: f64 = 0.1;
/// A range wider than this ratio is a vague word ("dozens", "thousands").
const VAGUE_RATIO: u64 = 3;
/// Claims of one article among which sums are looked for.
const MAX_ADDENDS: usize = 10;

/// The interval that an amount stands for: `approximate` widens it by a tenth, no bound is none.
fn interval(amount: Amount) -> (f64, f64) {
    let widen = if amount.approximate { TENTH } else { 0.0 };
    let low = amount.low.map_or(0.0, |n| n as f64 * (1.0 - widen));
    let high = amount.high.map_or(f64::INFINITY, |n| n as f64 * (1.0 + widen));
    (low, high)
}

/// Which way `b` lies from `a`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Same,
    Up,
    Down,
}

/// From `a` to `b`: the same where they overlap or the gap is at most a tenth of the bound before it.
pub(super) fn step(a: Amount, b: Amount) -> Step {
    let ((a_low, a_high), (b_low, b_high)) = (interval(a), interval(b));
    if b_low - a_high > a_high.max(b_low) * TENTH {
        Step::Up
    } else if a_low - b_high > a_low.max(b_high) * TENTH {
        Step::Down
    } else {
        Step::Same
    }
}

pub(super) fn compatible(a: Amount, b: Amount) -> bool {
    step(a, b) == Step::Same
}

/// Is `b` news to one who was told `a`? Dead and wounded are counted to the last; of others a number near by is the same.
pub fn has_moved(action: Action, a: Amount, b: Amount) -> bool {
    if action.is_casualty() { (a.low, a.high) != (b.low, b.high) } else { !compatible(a, b) }
}

/// How far apart two amounts are, as a ratio of at least 1.
pub(super) fn ratio(a: Amount, b: Amount) -> f64 {
    let (a, b) = (middle(a), middle(b));
    a.max(b) / a.min(b).max(1.0)
}

fn middle(amount: Amount) -> f64 {
    let low = amount.low.or(amount.high).unwrap_or(0) as f64;
    let high = amount.high.or(amount.low).unwrap_or(0) as f64;
    (low + high) / 2.0
}

/// One a tenth, hundredth or thousandth of the other: a slip of the pen.
pub(super) fn is_typing_error(a: Amount, b: Amount) -> bool {
    [10.0, 100.0, 1000.0].iter().any(|factor| (ratio(a, b) / factor - 1.0).abs() < 0.05)
}

/// One number, said without "about".
pub(super) fn is_exact(amount: Amount) -> bool {
    amount.low.is_some() && amount.low == amount.high && !amount.approximate
}

/// "dozens", "thousands", "more than 100": says less than a number.
pub(super) fn is_vague(amount: Amount) -> bool {
    match (amount.low, amount.high) {
        (Some(low), Some(high)) => high >= low.saturating_mul(VAGUE_RATIO),
        _ => true,
    }
}

/// For each claim the others of its article that add up to it, or nothing. Only single numbers of one action are added.
pub(super) fn sums(claims: &[Claim]) -> Vec<Vec<usize>> {
    (0..claims.len()).map(|total| addends(claims, total).unwrap_or_default()).collect()
}

fn addends(claims: &[Claim], total: usize) -> Option<Vec<usize>> {
    let sum = single(&claims[total])?;
    let mut parts: Vec<(usize, u64)> = Vec::new();
    for (i, claim) in claims.iter().enumerate().filter(|(_, claim)| may_add(claim, &claims[total])) {
        let Some(n) = single(claim).filter(|&n| n < sum) else { continue };
        // A number that is said twice is added once, unless it counts something else.
        let twice = parts.iter().any(|&(j, m)| m == n && claims[j].to == claim.to && claims[j].at == claim.at);
        if !twice && parts.len() < MAX_ADDENDS {
            parts.push((i, n));
        }
    }
    let chosen = |set: u32| parts.iter().enumerate().filter(move |(bit, _)| set & 1 << bit != 0).map(|(_, part)| *part);
    (1..1u32 << parts.len())
        .find(|&set| set.count_ones() > 1 && chosen(set).map(|(_, n)| n).sum::<u64>() == sum)
        .map(|set| chosen(set).map(|(i, _)| i).collect())
}

fn single(claim: &Claim) -> Option<u64> {
    claim.amount.low.filter(|_| claim.amount.low == claim.amount.high)
}

fn may_add(part: &Claim, total: &Claim) -> bool {
    part.action == total.action
        && part.status != Status::Denied
        && (part.force.is_none() || total.force.is_none() || part.force == total.force)
        && part.period == total.period
}

#[cfg(test)]
mod tests {
    use super::{Step, is_typing_error, is_vague, step};
    use crate::text::claim::Amount;

    fn amount(words: &str) -> Amount {
        let (approximate, words) = words.strip_prefix('~').map_or((false, words), |rest| (true, rest));
        let (low, high) = words.split_once("..").unwrap_or((words, words));
        Amount { low: low.parse().ok(), high: high.parse().ok(), approximate }
    }

    #[test]
    fn steps() {
        for (a, b, expected) in [
            ("2000", "2000", Step::Same),
            ("2000", "2200", Step::Same),
            ("2000", "2300", Step::Up),
            ("2300", "2000", Step::Down),
            ("2000", "~2400", Step::Same),
            ("~2000..9999", "5000", Step::Same),
            ("5000", "~2000..9999", Step::Same),
            ("~2000..9999", "500", Step::Down),
            ("1000..", "100000", Step::Same),
            ("1000..", "500", Step::Down),
            ("..500", "40", Step::Same),
            ("..500", "600", Step::Up),
            ("3", "4", Step::Up),
            ("0", "0", Step::Same),
        ] {
            assert_eq!(step(amount(a), amount(b)), expected, "{a} to {b}");
        }
    }

    #[test]
    fn slips_and_vague_words() {
        assert!(is_typing_error(amount("8000"), amount("800")) && !is_typing_error(amount("8000"), amount("1000")));
        assert!(is_vague(amount("~20..99")) && is_vague(amount("100..")) && !is_vague(amount("2000..3000")));
    }
}
