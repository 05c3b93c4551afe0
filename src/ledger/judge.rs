//! What a claim is to the lines of the ledger.

use super::amount::{Step, compatible, is_exact, is_typing_error, ratio, step};
use super::known::wording;
use super::same::{Act, SMALL, Tie, act, fit, is_event, is_same_movement, roles_are_swapped, tie};
use super::{Known, LedgerId, Reason, Teller, Verdict, name, series, toll};
use crate::text::claim::{Action, Amount, Claim, Context, Measure, Status};
use crate::text::fold::Tokens;

/// A number that is so many times the one before is another more often than its successor.
const LEAP: f64 = 5.0;

/// What was decided, and about which line (an index); none: a new one.
pub(super) struct Judgement {
    pub verdict: Verdict,
    pub reason: Reason,
    pub line: Option<usize>,
    pub maybe: Option<LedgerId>,
    pub context: Option<Context>,
}

impl Judgement {
    pub(super) fn of(verdict: Verdict, reason: Reason, line: usize) -> Judgement {
        Judgement { line: Some(line), ..Judgement::first(verdict, reason) }
    }

    /// Begins a line.
    pub(super) fn first(verdict: Verdict, reason: Reason) -> Judgement {
        Judgement { verdict, reason, line: None, maybe: None, context: None }
    }

    /// Begins a line that may be the same as another.
    fn maybe(line: &Known) -> Judgement {
        Judgement { maybe: Some(line.id), ..Judgement::first(Verdict::New, Reason::Doubt) }
    }

    fn repeat(reason: Reason, line: usize) -> Judgement {
        Judgement::of(Verdict::Repeat, reason, line)
    }
}

/// A line that may be the same as the claim.
struct Candidate<'l> {
    at: usize,
    line: &'l Known,
    tie: Tie,
    act: Act,
}

/// Judges a claim. `sum` is a line told earlier in the same article, of which the claim is a sum or a part.
pub(super) fn judge(lines: &[Known], teller: Teller, claim: &Claim, sum: Option<LedgerId>) -> Judgement {
    if claim.context == Context::History {
        let line = lines.iter().position(|line| line.marks.background && is_same_background(line, claim));
        return Judgement { line, ..Judgement::first(Verdict::Background, Reason::History) };
    }
    if let Some(next) = series::judge(lines, teller, claim) {
        return next;
    }
    let mut candidates: Vec<Candidate> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| act(line.action, claim.action) != Act::Other)
        .map(|(at, line)| Candidate { at, line, tie: tie(line, teller, claim), act: act(line.action, claim.action) })
        .filter(|c| c.tie > Tie::None)
        .collect();
    candidates.sort_by_key(|c| std::cmp::Reverse(fit(c.line, c.tie, claim)));
    let (same, related): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|c| c.act == Act::Same);
    let judgement = known(&same, teller, claim)
        .or_else(|| sum_of_article(lines, sum))
        .or_else(|| sum_of_lines(lines, &same, teller, claim))
        .or_else(|| like(lines, &related, teller, claim))
        .unwrap_or_else(|| another(lines, &same, teller, claim));
    Judgement { context: context(&same, &related, teller, claim), ..judgement }
}

fn is_same_background(line: &Known, claim: &Claim) -> bool {
    line.action == claim.action && line.force == claim.force && line.says(claim.amount)
}

/// An article never changes or disputes what it says itself; read again it may only correct it ([`is_edit`]).
fn told_here(line: &Known, teller: Teller) -> bool {
    let before = line.marks.last_article == Some(teller.article.id) && !teller.taken_back.contains(&line.id);
    before || teller.heard.contains(&line.id)
}

/// What was said before counts as said, except for an edit that goes back to it.
fn says(line: &Known, teller: Teller, claim: &Claim) -> bool {
    if teller.taken_back.contains(&line.id) { compatible(line.amount, claim.amount) } else { line.says(claim.amount) }
}

/// A line that has said this, or says it in other words.
fn known(same: &[Candidate], teller: Teller, claim: &Claim) -> Option<Judgement> {
    if let Some(slip) = same.iter().find(|c| corrects_a_slip(c, teller, claim)) {
        return Some(Judgement::of(Verdict::Correction, Reason::Slip, slip.at));
    }
    if let Some(edited) = same.iter().find(|c| is_edit(c, teller, claim)) {
        return Some(Judgement::of(Verdict::Correction, Reason::Edited, edited.at));
    }
    if let Some(restored) = same.iter().find(|c| goes_back(c, teller, claim)) {
        return Some(Judgement::of(Verdict::Correction, Reason::Corrected, restored.at));
    }
    let sure = || same.iter().filter(|c| c.tie > Tie::Doubtful);
    let risen = |c: &&Candidate| c.tie == Tie::Sure && !told_here(c.line, teller);
    let seen = teller.article.first_seen;
    if let Some((line, reason)) = sure().filter(risen).find_map(|c| Some((c, toll::rises(c.line, claim, seen)?)))
        && !sure().any(|c| is_nearer(c, line, claim))
    {
        let sum = sum_of_pair(same, claim).map(|at| Judgement::repeat(Reason::Sum, at));
        return Some(sum.unwrap_or_else(|| Judgement::of(Verdict::Change, reason, line.at)));
    }
    if let Some(said) = sure().find(|c| says(c.line, teller, claim)) {
        if let Some(moved) = resolves(said, same, teller, claim) {
            return Some(moved);
        }
        let (verdict, reason) = of_the_same(said, teller, claim);
        return Some(Judgement::of(verdict, reason, said.at));
    }
    sure().find(|c| is_its_growth(c.line, claim)).map(|grown| Judgement::repeat(Reason::Increase, grown.at))
}

/// A line was in doubt because it may be another, and now a claim says plainly that the other has become this one.
fn resolves(doubted: &Candidate, same: &[Candidate], teller: Teller, claim: &Claim) -> Option<Judgement> {
    let maybe = doubted.line.marks.maybe?;
    let other = same.iter().find(|c| c.line.id == maybe && c.tie == Tie::Sure && !told_here(c.line, teller))?;
    let judgement = of_another_amount(other, teller, claim);
    (!other.line.says(claim.amount) && judgement.verdict == Verdict::Change).then_some(judgement)
}

/// Another line that says exactly this number is the one meant.
fn is_nearer(candidate: &Candidate, line: &Candidate, claim: &Claim) -> bool {
    candidate.at != line.at && candidate.line.amount == claim.amount
}

/// The amount is that of the line: has the status moved on, is it denied?
fn of_the_same(same: &Candidate, teller: Teller, claim: &Claim) -> (Verdict, Reason) {
    let line = same.line;
    let repeat = (Verdict::Repeat, Reason::SameAmount);
    match claim.status {
        _ if told_here(line, teller) => repeat,
        Status::Denied if line.status == Status::Denied => repeat,
        Status::Denied if takes_back(line, teller, claim) => (Verdict::Correction, Reason::Cancelled),
        Status::Denied if by_another(line, claim) => {
            if line.disputed {
                repeat
            } else {
                (Verdict::Disputed, Reason::DeniedByOther)
            }
        }
        Status::Denied if is_of_the_speaker(line, claim) => (Verdict::Change, Reason::Cancelled),
        Status::Denied => confirmed(line, teller, claim, Reason::Cancelled),
        status if same.tie == Tie::Sure && !claim.hedged && moves_on(line.status, status) => {
            confirmed(line, teller, claim, Reason::Status)
        }
        _ => repeat,
    }
}

/// A claim that is read this surely tells the status of what its own outlet told before.
const SURE: f32 = 0.8;

/// A status is easily misread: one report alone is told in the digest, and aloud when another in its own words says so too, or at once where
/// it comes from those who were the first to know: the speaker, or the outlet.
fn confirmed(line: &Known, teller: Teller, claim: &Claim, reason: Reason) -> (Verdict, Reason) {
    let twice = teller.claims.iter().filter(|c| c.status == claim.status && c.amount == claim.amount && c.action == claim.action);
    match &line.marks.rumour {
        _ if twice.count() > 1 || comes_first_hand(line, teller, claim) => (Verdict::Change, reason),
        Some((status, _)) if *status != claim.status => (Verdict::Change, Reason::OneReport),
        Some((_, wording_then)) if *wording_then != wording(teller, claim) => (Verdict::Change, reason),
        Some(_) => (Verdict::Repeat, Reason::SameAmount),
        None => (Verdict::Change, Reason::OneReport),
    }
}

/// A plan is off by the word of those who announced it, or by the plain word of the news; anybody else disputes. What has happened can only
/// be disputed.
fn by_another(line: &Known, claim: &Claim) -> bool {
    match (&line.speaker, &claim.speaker) {
        _ if line.status == Status::Fact => true,
        _ if matches!(line.marks.rumour, Some((Status::Denied, _))) => false,
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(first), Some(later)) => !share_a_name(first, later),
    }
}

/// Those who said that it has happened say that it has not: the speaker, or the outlet that corrects itself.
fn takes_back(line: &Known, teller: Teller, claim: &Claim) -> bool {
    line.status == Status::Fact && (is_of_the_speaker(line, claim) || is_own(line, teller) && says_corrected(teller))
}

/// Those who announced it say this themselves.
fn is_of_the_speaker(line: &Known, claim: &Claim) -> bool {
    line.speaker.as_ref().zip(claim.speaker.as_ref()).is_some_and(|(first, later)| share_a_name(first, later))
}

/// Those who announced it say so, or the outlet that told it first.
fn comes_first_hand(line: &Known, teller: Teller, claim: &Claim) -> bool {
    is_of_the_speaker(line, claim) || line.first_outlet == teller.article.outlet && claim.certainty >= SURE
}

/// "the Pentagon" and "Pentagon spokeswoman Laura Keene".
fn share_a_name(a: &str, b: &str) -> bool {
    let (a, b) = (Tokens::of(a), Tokens::of(b));
    a.words().any(|a| b.words().any(|b| a == b && a.len() > 2 || name::same(a, b)))
}

/// Late copies of an earlier stage are no news.
pub(super) fn moves_on(from: Status, to: Status) -> bool {
    let stage = |status| match status {
        Status::Possible => 0,
        Status::Planned => 1,
        Status::Denied => 2,
        Status::Fact => 3,
    };
    stage(to) > stage(from)
}

/// The same number of another act, or with the roles the other way round: no news where the line says more, in doubt where it says less.
fn like(lines: &[Known], related: &[Candidate], teller: Teller, claim: &Claim) -> Option<Judgement> {
    let fits = |c: &&Candidate| c.tie > Tie::Doubtful && c.act == Act::Weaker && c.line.says(claim.amount);
    if let Some(stronger) = related.iter().find(fits) {
        return Some(Judgement::repeat(Reason::OtherAct, stronger.at));
    }
    let swapped = |line: &&Known| {
        roles_are_swapped(line, teller, claim) && act(line.action, claim.action) != Act::Other && line.says(claim.amount)
    };
    lines.iter().position(|line| swapped(&line)).map(|at| Judgement::repeat(Reason::Roles, at))
}

/// No line says this amount: a change of one, another claim, or in doubt.
fn another(lines: &[Known], same: &[Candidate], teller: Teller, claim: &Claim) -> Judgement {
    let swapped = |line: &&Known| line.action == claim.action && roles_are_swapped(line, teller, claim);
    let doubted = || lines.iter().find(|line| is_anniversary(line, claim)).or_else(|| lines.iter().find(swapped));
    match same.iter().find(|c| !told_here(c.line, teller) && is_of_one_context(c.line, claim)) {
        Some(other) if other.tie == Tie::Sure || doubted().is_none() => of_another_amount(other, teller, claim),
        _ => doubted().map_or_else(|| Judgement::first(Verdict::New, Reason::First), Judgement::maybe),
    }
}

/// Those who fight a flood at home are not fewer because others are sent abroad.
fn is_of_one_context(line: &Known, claim: &Claim) -> bool {
    let lesser = |context: Context| if is_lesser(context) { Some(context) } else { None };
    line.marks.context.and_then(lesser) == lesser(claim.context)
}

/// A fact of today that has the very number of a fact of history.
fn is_anniversary(line: &Known, claim: &Claim) -> bool {
    line.marks.background
        && claim.status == Status::Fact
        && claim.amount == line.amount
        && claim.amount.reach() >= SMALL
        && line.action == claim.action
        && line.force == claim.force
}

/// The amount is another than that of the line, which is told by other articles alone.
fn of_another_amount(other: &Candidate, teller: Teller, claim: &Claim) -> Judgement {
    let new = Judgement::first(Verdict::New, Reason::First);
    let maybe = Judgement::maybe(other.line);
    let amount = step(other.line.amount, claim.amount);
    match claim.measure {
        // "84 more", "of whom 300", "550 in all": none is the number that the line holds.
        Some(Measure::Change) if other.tie == Tie::Doubtful => new,
        // More than the line holds is no growth that it has had.
        Some(Measure::Change) if amount == Step::Up && other.line.amount.reach() >= SMALL => new,
        Some(Measure::Change) => maybe,
        Some(Measure::Part) if other.tie > Tie::Doubtful => maybe,
        Some(Measure::Total) if other.tie > Tie::Doubtful && other.line.marks.measure != Some(Measure::Total) => maybe,
        _ if claim.action == Action::Other => new,
        _ if amount == Step::Same => maybe,
        _ if is_event(claim) && other.tie == Tie::Likely => maybe,
        _ if other.tie == Tie::Doubtful => new,
        _ if other.tie < Tie::Sure || claim.status == Status::Denied => maybe,
        _ if is_own(other.line, teller) && says_corrected(teller) => {
            Judgement::of(Verdict::Correction, Reason::Corrected, other.at)
        }
        _ if ratio(other.line.amount, claim.amount) > LEAP => maybe,
        // A smaller number is a part of the larger more often than its successor.
        _ if amount == Step::Down && other.line.story != teller.story => maybe,
        _ => Judgement::of(Verdict::Change, Reason::Amount, other.at),
    }
}

fn corrects_a_slip(candidate: &Candidate, teller: Teller, claim: &Claim) -> bool {
    (candidate.tie == Tie::Sure || is_same_movement(candidate.line, teller, claim))
        && !told_here(candidate.line, teller)
        && is_own(candidate.line, teller)
        && claim.measure.is_none()
        && claim.status != Status::Denied
        && !candidate.line.says(claim.amount)
        && is_typing_error(candidate.line.amount, claim.amount)
}

/// Those who told the present number say in words that an earlier one was right.
fn goes_back(candidate: &Candidate, teller: Teller, claim: &Claim) -> bool {
    let line = candidate.line;
    candidate.tie == Tie::Sure
        && !told_here(line, teller)
        && claim.measure.is_none()
        && claim.status != Status::Denied
        && !compatible(line.amount, claim.amount)
        && line.has_said(claim.amount)
        && (is_own(line, teller) || is_of_the_speaker(line, claim))
        && says_corrected(teller)
}

/// The article that told the present number, read again, says another in its place.
fn is_edit(candidate: &Candidate, teller: Teller, claim: &Claim) -> bool {
    let line = candidate.line;
    candidate.tie == Tie::Sure
        && line.told_by().1 == teller.article.id
        && !teller.heard.contains(&line.id)
        && !matches!(claim.measure, Some(Measure::Change | Measure::Part))
        && !compatible(line.amount, claim.amount)
        && !teller.claims.iter().any(|other| other.action == line.action && compatible(line.amount, other.amount))
}

fn is_own(line: &Known, teller: Teller) -> bool {
    line.told_by().0 == teller.article.outlet
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
    claim.measure == Some(Measure::Change) && has_grown_by(line, claim.amount)
}

pub(super) fn has_grown_by(line: &Known, more: Amount) -> bool {
    let grown_by = |before: &Amount| single(line.amount)?.checked_sub(single(*before)?);
    line.marks.also.iter().any(|also| grown_by(also).is_some_and(|n| Some(n) == single(more)))
}

/// The number, where it is one and no range.
fn single(amount: Amount) -> Option<u64> {
    amount.low.filter(|_| amount.low == amount.high)
}

fn sum_of_article(lines: &[Known], sum: Option<LedgerId>) -> Option<Judgement> {
    lines.iter().position(|line| Some(line.id) == sum).map(|at| Judgement::repeat(Reason::Sum, at))
}

/// Lines that one article told first, or two events of one force, add up to the claim.
fn sum_of_lines(lines: &[Known], same: &[Candidate], teller: Teller, claim: &Claim) -> Option<Judgement> {
    let told_together = sum_of_told_together(same, claim).or_else(|| sum_of_pair(same, claim));
    told_together.or_else(|| sum_of_events(lines, teller, claim)).map(|at| Judgement::repeat(Reason::Sum, at))
}

/// The line of the largest addend.
fn sum_of_told_together(candidates: &[Candidate], claim: &Claim) -> Option<usize> {
    let sum = single(claim.amount)?;
    candidates.iter().enumerate().filter(|(_, a)| a.tie > Tie::Doubtful).find_map(|(i, a)| {
        let rest = sum.checked_sub(single(a.line.amount)?).filter(|&rest| rest > 0)?;
        let other = candidates[i + 1..]
            .iter()
            .find(|b| b.line.first_article == a.line.first_article && single(b.line.amount) == Some(rest))?;
        Some(if other.line.amount.reach() > a.line.amount.reach() { other.at } else { a.at })
    })
}

/// Two lines that are events, and may both be meant.
fn sum_of_pair(candidates: &[Candidate], claim: &Claim) -> Option<usize> {
    let lines: Vec<(usize, &Known)> = candidates.iter().map(|c| (c.at, c.line)).collect();
    pair(&lines, claim)
}

/// "Six in two days": two events of one force, of other dates or places than the claim's.
fn sum_of_events(lines: &[Known], teller: Teller, claim: &Claim) -> Option<usize> {
    let of_force = |line: &Known| {
        line.action == claim.action
            && line.force == claim.force
            && line.marks.merged.is_none()
            && super::same::in_window(line, teller)
    };
    let lines: Vec<(usize, &Known)> = lines.iter().enumerate().filter(|(_, line)| of_force(line)).collect();
    pair(&lines, claim)
}

fn pair(lines: &[(usize, &Known)], claim: &Claim) -> Option<usize> {
    let sum = single(claim.amount).filter(|_| claim.action.is_casualty() && claim.force.is_some())?;
    lines.iter().enumerate().find_map(|(i, (at, a))| {
        let rest = sum.checked_sub(single(a.amount)?).filter(|&rest| rest > 1 && sum - rest > 1)?;
        lines[i + 1..].iter().find(|(_, b)| single(b.amount) == Some(rest)).map(|_| *at)
    })
}

/// The context that others gave to this number: a rotation told as such by one outlet is one where another only says who leaves.
fn context(same: &[Candidate], related: &[Candidate], teller: Teller, claim: &Claim) -> Option<Context> {
    if claim.context != Context::Current || is_event(claim) && claim.action.is_casualty() {
        return None;
    }
    let fits = |c: &&Candidate| {
        c.tie > Tie::Doubtful
            && is_exact(claim.amount)
            && c.line.says(claim.amount)
            && c.line.marks.context.is_some_and(is_lesser)
    };
    let told = same.iter().chain(related).find(fits).and_then(|c| c.line.marks.context);
    told.or_else(|| nets_to_zero(teller, claim).then_some(Context::Rotation))
}

fn is_lesser(context: Context) -> bool {
    matches!(context, Context::Rotation | Context::Exercise | Context::Relief | Context::Domestic)
}

/// As many come as go, in one article.
fn nets_to_zero(teller: Teller, claim: &Claim) -> bool {
    let back = |other: &&Claim| match (claim.action, other.action) {
        (Action::Deploy, Action::Withdraw) => meets(&claim.to, &other.from) || meets(&claim.to, &other.at),
        (Action::Withdraw, Action::Deploy) => meets(&claim.from, &other.to) || meets(&claim.at, &other.to),
        _ => false,
    };
    let other = teller.claims.iter().find(back);
    is_exact(claim.amount)
        && other.is_some_and(|other| {
            other.amount == claim.amount && (other.force.is_none() || claim.force.is_none() || other.force == claim.force)
        })
}

fn meets(a: &[String], b: &[String]) -> bool {
    a.iter().any(|a| b.iter().any(|b| super::region::meet(a, b)))
}
