//! What a claim is to the lines of the ledger.

use super::amount::{Step, compatible, is_typing_error, step};
use super::same::{Tie, fit, is_event, tie};
use super::{Known, LedgerId, Teller, Verdict};
use crate::text::claim::{Action, Amount, Claim, Context, Measure, Status};
use crate::text::fold::{Tokens, fold};

/// What was decided, and about which line (an index); none: a new one.
pub(super) struct Judgement {
    pub verdict: Verdict,
    pub line: Option<usize>,
    pub maybe: Option<LedgerId>,
}

impl Judgement {
    fn of(verdict: Verdict, line: usize) -> Judgement {
        Judgement { verdict, line: Some(line), maybe: None }
    }
}

/// A line that may be the same as the claim.
struct Candidate<'l> {
    at: usize,
    line: &'l Known,
    tie: Tie,
}

/// Judges a claim. `sum` is a line told earlier in the same article, of which the claim is a sum or a part.
pub(super) fn judge(lines: &[Known], teller: Teller, claim: &Claim, sum: Option<LedgerId>) -> Judgement {
    if claim.context == Context::History {
        let line = lines.iter().position(|line| line.marks.background && is_same_background(line, claim));
        return Judgement { verdict: Verdict::Background, line, maybe: None };
    }
    let mut candidates: Vec<Candidate> =
        lines.iter().enumerate().map(|(at, line)| Candidate { at, line, tie: tie(line, teller, claim) }).collect();
    candidates.retain(|c| c.tie > Tie::None);
    candidates.sort_by_key(|c| std::cmp::Reverse(fit(c.line, c.tie, claim)));
    if let Some(slip) = candidates.iter().find(|c| corrects_a_slip(c, teller, claim)) {
        return Judgement::of(Verdict::Correction, slip.at);
    }
    if let Some(same) = candidates.iter().find(|c| c.tie > Tie::Doubtful && says(c.line, teller, claim)) {
        return Judgement::of(of_the_same(same, teller, claim), same.at);
    }
    if let Some(grown) = candidates.iter().find(|c| c.tie > Tie::Doubtful && is_its_growth(c.line, claim)) {
        return Judgement::of(Verdict::Repeat, grown.at);
    }
    if let Some(at) = sum.and_then(|id| lines.iter().position(|line| line.id == id)) {
        return Judgement::of(Verdict::Repeat, at);
    }
    if let Some(at) = sum_of_lines(&candidates, claim) {
        return Judgement::of(Verdict::Repeat, at);
    }
    match candidates.iter().find(|c| !told_here(c.line, teller)) {
        Some(other) => of_another_amount(other, teller, claim),
        None => Judgement { verdict: Verdict::New, line: None, maybe: None },
    }
}

fn is_same_background(line: &Known, claim: &Claim) -> bool {
    line.action == claim.action && line.force == claim.force && line.says(claim.amount)
}

/// An article never changes or disputes what it has said itself, unless an edit took that back.
fn told_here(line: &Known, teller: Teller) -> bool {
    !teller.taken_back.contains(&line.id) && told_by(line, teller)
}

/// What was said before counts as said, except for an edit that goes back to it.
fn says(line: &Known, teller: Teller, claim: &Claim) -> bool {
    if teller.taken_back.contains(&line.id) { compatible(line.amount, claim.amount) } else { line.says(claim.amount) }
}

fn told_by(line: &Known, teller: Teller) -> bool {
    line.marks.last_article == Some(teller.article.id) || line.first_article == teller.article.id
}

/// The amount is that of the line: has the status moved on, is it denied?
fn of_the_same(same: &Candidate, teller: Teller, claim: &Claim) -> Verdict {
    let line = same.line;
    match claim.status {
        _ if told_here(line, teller) => Verdict::Repeat,
        Status::Denied if line.status == Status::Denied => Verdict::Repeat,
        Status::Denied if by_another(line, claim) => {
            if line.disputed {
                Verdict::Repeat
            } else {
                Verdict::Disputed
            }
        }
        Status::Denied => Verdict::Change,
        status if same.tie == Tie::Sure && moves_on(line.status, status) => Verdict::Change,
        _ => Verdict::Repeat,
    }
}

/// A plan is off by the word of those who announced it, or by the plain word of the news; anybody else disputes. What has happened can only
/// be disputed.
fn by_another(line: &Known, claim: &Claim) -> bool {
    match (&line.speaker, &claim.speaker) {
        _ if line.status == Status::Fact => true,
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(first), Some(later)) => fold(first) != fold(later),
    }
}

/// Late copies of an earlier stage are no news.
fn moves_on(from: Status, to: Status) -> bool {
    let stage = |status| match status {
        Status::Possible => 0,
        Status::Planned => 1,
        Status::Denied => 2,
        Status::Fact => 3,
    };
    stage(to) > stage(from)
}

/// The amount is another than that of the line, which is told by other articles alone.
fn of_another_amount(other: &Candidate, teller: Teller, claim: &Claim) -> Judgement {
    let maybe = Judgement { verdict: Verdict::New, line: None, maybe: Some(other.line.id) };
    let new = Judgement { maybe: None, ..maybe };
    let amount = step(other.line.amount, claim.amount);
    match claim.measure {
        // "84 more", "of whom 300": neither is the number that the line holds.
        Some(Measure::Change) => new,
        Some(Measure::Part) if other.tie > Tie::Doubtful => maybe,
        _ if claim.action == Action::Other => new,
        _ if amount == Step::Same => maybe,
        _ if other.tie == Tie::Doubtful => new,
        _ if is_event(claim) && other.tie < Tie::Sure => new,
        _ if other.tie < Tie::Sure || claim.status == Status::Denied => maybe,
        _ if is_own(other.line, teller) && says_corrected(teller) => Judgement::of(Verdict::Correction, other.at),
        // A smaller number is a part of the larger more often than its successor.
        _ if amount == Step::Down && other.line.story != teller.story => maybe,
        _ => Judgement::of(Verdict::Change, other.at),
    }
}

fn corrects_a_slip(candidate: &Candidate, teller: Teller, claim: &Claim) -> bool {
    candidate.tie == Tie::Sure
        && !told_here(candidate.line, teller)
        && is_own(candidate.line, teller)
        && claim.measure.is_none()
        && claim.status != Status::Denied
        && !candidate.line.says(claim.amount)
        && is_typing_error(candidate.line.amount, claim.amount)
}

fn is_own(line: &Known, teller: Teller) -> bool {
    line.first_outlet == teller.article.outlet
}

/// Folded beginnings of the words by which outlets say that they were wrong.
const CORRECTED: &[&str] = &[
    "correct",
    "corrig",
    "correg",
    "correz",
    "correc",
    "rectific",
    "gecorrig",
    "hersteld",
    "rechtgezet",
    "berichtig",
    "korrig",
    "korrektur",
    "sprostow",
    "poprawk",
    "виправлен",
    "уточнен",
    "исправлен",
    "поправк",
];

fn says_corrected(teller: Teller) -> bool {
    let says = |text: &str| Tokens::of(text).words().any(|word| CORRECTED.iter().any(|start| word.starts_with(start)));
    says(&teller.article.title) || says(&teller.article.body)
}

/// "500 more", where the line has grown by as many.
fn is_its_growth(line: &Known, claim: &Claim) -> bool {
    let grown_by = |before: &Amount| single(line.amount)?.checked_sub(single(*before)?);
    claim.measure == Some(Measure::Change)
        && line.marks.also.iter().any(|also| grown_by(also).is_some_and(|n| Some(n) == single(claim.amount)))
}

/// The number, where it is one and no range.
fn single(amount: Amount) -> Option<u64> {
    amount.low.filter(|_| amount.low == amount.high)
}

/// The line of the largest addend, where lines that one article told first add up to the claim.
fn sum_of_lines(candidates: &[Candidate], claim: &Claim) -> Option<usize> {
    let sum = single(claim.amount)?;
    candidates.iter().enumerate().filter(|(_, a)| a.tie > Tie::Doubtful).find_map(|(i, a)| {
        let rest = sum.checked_sub(single(a.line.amount)?).filter(|&rest| rest > 0)?;
        let other = candidates[i + 1..]
            .iter()
            .find(|b| b.line.first_article == a.line.first_article && single(b.line.amount) == Some(rest))?;
        Some(if other.line.amount.reach() > a.line.amount.reach() { other.at } else { a.at })
    })
}
