//! May a claim be the same as a line? Force, action and places agree or are not said; casualties and small counts need more.

use super::region::meet;
use super::{Known, Teller, WINDOW_DAYS, amount, weekday};
use crate::text::claim::{Action, Claim};
use crate::text::fold::searchable;
use jiff::SignedDuration;

/// Counts below this are one claim only where the place as written or the story agree.
const SMALL: u64 = 100;
/// Two counts for a period ("over the past day") are one only where they are told within this time.
const SAME_PERIOD: SignedDuration = SignedDuration::from_hours(20);
/// Casualties from here on are the toll of a war, not of an event.
const TOLL: u64 = 1000;
/// Two small counts of one force may be one event without further sign only where they are told within this time.
const SAME_EVENT: SignedDuration = SignedDuration::from_hours(24);

/// How sure it is that a claim and a line are about one thing. The amount is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tie {
    /// They cannot be the same.
    None,
    /// Nothing speaks against it, too little for it.
    Doubtful,
    /// The same as far as both say.
    Likely,
    /// Force and places are said by both and agree, or it is the same story.
    Sure,
}

pub(super) fn tie(line: &Known, teller: Teller, claim: &Claim) -> Tie {
    if line.action != claim.action || line.marks.background || !in_time(line, teller, claim) {
        return Tie::None;
    }
    let story = line.story == teller.story;
    let force = line.force.as_ref().zip(claim.force.as_ref()).map(|(a, b)| a == b);
    let places = places_agree(line, claim);
    if force == Some(false) || places == Some(false) {
        return Tie::None;
    }
    match (story, force, places) {
        _ if is_event(claim) => event(line, teller, claim, story, force, places),
        (true, ..) | (_, Some(_), Some(_)) => Tie::Sure,
        (_, None, None) => Tie::Doubtful,
        _ => Tie::Likely,
    }
}

/// Two counts of dead, or a handful sent, are easily two events: the place as written, the day or the story must agree.
fn event(line: &Known, teller: Teller, claim: &Claim, story: bool, force: Option<bool>, places: Option<bool>) -> Tie {
    let written = written(claim);
    let unsaid = written.is_empty() || line.marks.places.is_empty();
    let day = line.marks.day.zip(day(teller, claim)).map(|(a, b)| a == b);
    if day == Some(false) {
        return Tie::None;
    }
    if written.iter().any(|place| line.marks.places.contains(place)) || story && unsaid {
        return Tie::Sure;
    }
    let soon = claim.amount.reach() >= TOLL || teller.article.first_seen.duration_since(line.first_seen) < SAME_EVENT;
    match (force, places) {
        _ if story => Tie::Likely,
        (Some(_), _) if unsaid && (soon || day == Some(true)) => Tie::Likely,
        (Some(_), Some(_)) if day == Some(true) => Tie::Likely,
        (Some(_), Some(_)) if soon => Tie::Doubtful,
        (Some(_), _) if unsaid => Tie::Doubtful,
        _ => Tie::None,
    }
}

/// The day of the week that the sentence of a casualty names.
pub(super) fn day(teller: Teller, claim: &Claim) -> Option<u8> {
    let (text, _) = is_event(claim).then(|| teller.article.text())?;
    weekday::named(claim.sentence.of(&text))
}

pub(super) fn is_event(claim: &Claim) -> bool {
    claim.action.is_casualty() || claim.amount.reach() < SMALL
}

fn in_time(line: &Known, teller: Teller, claim: &Claim) -> bool {
    let now = teller.article.first_seen;
    let window = SignedDuration::from_hours(24 * WINDOW_DAYS);
    let period = line.marks.period.is_some() == claim.period.is_some();
    let same_period = claim.period.is_none() || now.duration_since(line.first_seen).abs() <= SAME_PERIOD;
    (!is_summed_up(claim.action) || period && same_period) && now.duration_since(line.last_seen).abs() <= window
}

/// Counts that a time is given for: so many dead in a day. Of a movement the time says when, not how many.
fn is_summed_up(action: Action) -> bool {
    action.is_casualty() || matches!(action, Action::Freed | Action::Raise)
}

/// Do the places overlap: where it goes or is, else where it comes from? `None` where they have nothing to compare.
fn places_agree(line: &Known, claim: &Claim) -> Option<bool> {
    let (from_a, there_a) = ends(line.action, &line.from, &line.to, &line.at);
    let (from_b, there_b) = ends(claim.action, &claim.from, &claim.to, &claim.at);
    overlap(&there_a, &there_b).or_else(|| overlap(&from_a, &from_b))
}

/// Where a claim begins and where it ends. Those who withdraw from a place were at it.
fn ends<'a>(action: Action, from: &'a [String], to: &'a [String], at: &'a [String]) -> (Vec<&'a String>, Vec<&'a String>) {
    match action {
        Action::Withdraw => (to.iter().collect(), from.iter().chain(at).collect()),
        _ => (from.iter().collect(), to.iter().chain(at).collect()),
    }
}

fn overlap(a: &[&String], b: &[&String]) -> Option<bool> {
    (!a.is_empty() && !b.is_empty()).then(|| a.iter().any(|a| b.iter().any(|b| meet(a, b))))
}

/// The places of a claim as written, folded.
pub(super) fn written(claim: &Claim) -> Vec<String> {
    let mut places: Vec<String> = claim.places.iter().map(|place| searchable(&place.text)).filter(|p| !p.is_empty()).collect();
    places.sort();
    places.dedup();
    places
}

/// How well a line fits a claim: what is surer, then nearer in amount, then told later.
pub(super) fn fit(line: &Known, tie: Tie, claim: &Claim) -> (Tie, std::cmp::Reverse<u64>, jiff::Timestamp) {
    let apart = (amount::ratio(line.amount, claim.amount).min(1e6) * 1000.0) as u64;
    (tie, std::cmp::Reverse(apart), line.last_seen)
}
