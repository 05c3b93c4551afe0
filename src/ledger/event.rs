//! Two counts of dead, or a handful sent, are easily two events: a place as written, the date or the story must agree.

use super::same::Tie;
use super::{Known, Teller, name};
use crate::ledger::region::{is_region, is_state};
use crate::text::claim::Claim;
use jiff::SignedDuration;

/// Casualties from here on are the toll of a war, not of an event.
const TOLL: u64 = 1000;
/// Two small counts of one force may be one event without further sign only where they are told within this time.
const SAME_EVENT: SignedDuration = SignedDuration::from_hours(24);
/// An event of which nobody names the date is told on at least as often.
const TOLD_ON: SignedDuration = SignedDuration::from_hours(36);

pub(super) fn tie(line: &Known, teller: Teller, claim: &Claim, force: Option<bool>, places: Option<bool>) -> Tie {
    let story = line.story == teller.story;
    let written = &teller.occasion.places;
    let unsaid = written.is_empty() || line.marks.places.is_empty();
    let dates = line.marks.date.zip(teller.occasion.date);
    let shared = written.iter().any(|place| line.marks.places.iter().any(|other| name::same(place, other)));
    if let Some((a, b)) = dates.filter(|(a, b)| a != b) {
        // Outlets in other time zones name the day beside it.
        let beside = a.duration_until(b).abs() <= SignedDuration::from_hours(24);
        return if beside && shared { Tie::Doubtful } else { Tie::None };
    }
    let now = teller.article.first_seen;
    if shared && (dates.is_some() || story || now.duration_since(line.last_seen).abs() < TOLD_ON) || story && unsaid {
        return Tie::Sure;
    }
    let soon = claim.amount.reach() >= TOLL || now.duration_since(line.first_seen) < SAME_EVENT;
    match (force, places) {
        _ if story => Tie::Likely,
        _ if shared => Tie::Doubtful,
        (Some(_), _) if unsaid && (soon || dates.is_some()) => Tie::Likely,
        (Some(_), Some(_)) if dates.is_some() => Tie::Likely,
        (Some(_), _) if soon => Tie::Doubtful,
        (Some(_), _) if unsaid && now.duration_since(line.last_seen).abs() < TOLD_ON => Tie::Doubtful,
        _ => Tie::None,
    }
}

/// A sea borders on many states, so that it says neither that a place in one of them is the same nor that it is another.
pub(super) fn is_sea(code: &str) -> bool {
    !is_state(code) && !is_region(code)
}
