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
        None if is_first(claim) => {
            let line = lines.iter().position(|line| is_headline(line, teller, claim));
            Some(Judgement { line, ..Judgement::first(Verdict::Background, Reason::Series) })
        }
        None => None,
    }
}

/// "over the past day", "since the beginning", "in all".
fn is_first(claim: &Claim) -> bool {
    claim.period.is_some() || claim.measure == Some(Measure::Total) && claim.amount.reach() >= WAR
}

/// The article has told this number before it said for what time it counts.
fn is_headline(line: &Known, teller: Teller, claim: &Claim) -> bool {
    teller.heard.contains(&line.id)
        && !line.marks.background
        && line.reports == 1
        && (line.action, line.amount, &line.force) == (claim.action, claim.amount, &claim.force)
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
    // "Up to 1,310" is the next value of "up to 1,300"; "thousands" is none.
    let vague = claim.amount.low.is_some() && claim.amount.high.is_some() && amount::is_vague(claim.amount);
    if rounded || told || part || vague { Verdict::Repeat } else { Verdict::Background }
}
