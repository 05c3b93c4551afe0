//! Counts that each side publishes day by day: the other's losses of the past day, and since the beginning. Their next value is expected:
//! neither new nor a change.

use super::judge::Judgement;
use super::{Known, Reason, Teller, Verdict, amount, same};
use crate::text::claim::{Claim, Measure};

/// Counts below this are of an event, whatever time they are given for.
const LEAST: u64 = 100;
/// Totals from here on are of a war.
const WAR: u64 = 1000;
/// How much a day, or a day's total, differs from the next.
const NEXT: f64 = 2.0;

/// What a claim of a series is: a value that was told, or the next one. `None` where it belongs to no series.
pub(super) fn judge(lines: &[Known], teller: Teller, claim: &Claim) -> Option<Judgement> {
    if !claim.action.is_casualty() || claim.amount.reach() < LEAST || claim.force.is_none() {
        return None;
    }
    let mut known: Vec<(usize, &Known)> = lines.iter().enumerate().filter(|(_, line)| continues(line, teller, claim)).collect();
    known.sort_by_key(|(_, line)| (amount::ratio(line.amount, claim.amount) * 1e6) as u64);
    match known.first() {
        Some(&(at, line)) => Some(Judgement::of(verdict(line, claim), Reason::Series, at)),
        None if is_first(claim) => Some(Judgement::first(Verdict::Background, Reason::Series)),
        None => None,
    }
}

/// "over the past day", "since the beginning", "in all".
fn is_first(claim: &Claim) -> bool {
    claim.period.is_some() || claim.measure == Some(Measure::Total) && claim.amount.reach() >= WAR
}

fn continues(line: &Known, teller: Teller, claim: &Claim) -> bool {
    line.marks.series
        && line.action == claim.action
        && line.force == claim.force
        && same::in_window(line, teller)
        && amount::ratio(line.amount, claim.amount) < NEXT
}

fn verdict(line: &Known, claim: &Claim) -> Verdict {
    let rounded = claim.amount.approximate && amount::compatible(line.amount, claim.amount);
    let told = claim.amount == line.amount || line.marks.also.contains(&claim.amount);
    let part = claim.measure == Some(Measure::Part);
    if rounded || told || part || amount::is_vague(claim.amount) { Verdict::Repeat } else { Verdict::Background }
}
