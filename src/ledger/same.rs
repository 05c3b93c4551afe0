//! May a claim be the same as a line? Force, act and places agree or are not said; casualties and small counts need more ([`super::event`]).

use super::event::{self, is_sea};
use super::region::meet;
use super::{Known, Teller, WINDOW_DAYS, amount, weekday};
use crate::article::Article;
use crate::text::claim::{Action, Claim};
use crate::text::fold::searchable;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// Counts below this are one claim only where the place as written or the story agree.
pub(super) const SMALL: u64 = 100;
/// Two counts for a period ("over the past day") are one only where they are told within this time.
const SAME_PERIOD: SignedDuration = SignedDuration::from_hours(20);

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

/// How the act of a claim is that of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Same,
    /// It says less: those sent there "are" there.
    Weaker,
    /// It says more, or the way back.
    Further,
    Other,
}

pub(super) fn act(line: Action, claim: Action) -> Act {
    use Action::{Deploy, Killed, Losses, Other, Present, Raise, Ready, Train, Withdraw};
    match (line, claim) {
        _ if line == claim => Act::Same,
        (Deploy | Ready | Withdraw | Train, Present | Raise | Other) | (Deploy, Ready) | (Killed, Losses) => Act::Weaker,
        (Present | Train | Ready | Raise, Deploy) | (Withdraw, Deploy) | (Deploy, Withdraw) | (Present, Withdraw) => Act::Further,
        _ => Act::Other,
    }
}

pub(super) fn tie(line: &Known, teller: Teller, claim: &Claim) -> Tie {
    let force = line.force.as_ref().zip(claim.force.as_ref()).map(|(a, b)| a == b);
    if force == Some(false) || line.marks.background || line.marks.series || line.marks.merged.is_some() {
        return Tie::None;
    }
    let places = places_agree(line, claim);
    if places == Some(false) || !in_time(line, teller, claim) {
        return Tie::None;
    }
    match (line.story == teller.story, force, places) {
        _ if is_event(claim) => event::tie(line, teller, claim, force, places),
        (true, ..) | (_, Some(_), Some(_)) => Tie::Sure,
        (_, None, None) => Tie::Doubtful,
        _ => Tie::Likely,
    }
}

/// Is the claim about the movement of many that the line tells of, however few it counts itself?
pub(super) fn is_same_movement(line: &Known, teller: Teller, claim: &Claim) -> bool {
    let many = !claim.action.is_casualty() && line.amount.reach() >= SMALL;
    let said = || line.force.is_some() && line.force == claim.force && places_agree(line, claim) == Some(true);
    many && (line.story == teller.story || said())
}

/// The claim names as its force where the line's goes, and no place that the line does not: "reinforced Romania by 2,800".
pub(super) fn roles_are_swapped(line: &Known, teller: Teller, claim: &Claim) -> bool {
    let (Some(mine), Some(theirs)) = (&line.force, &claim.force) else { return false };
    let mut places = claim.from.iter().chain(&claim.to).chain(&claim.at);
    mine != theirs
        && !is_event(claim)
        && !line.marks.background
        && line.marks.merged.is_none()
        && in_window(line, teller)
        && line.from.iter().chain(&line.to).chain(&line.at).any(|place| place == theirs)
        && places.all(|place| line.cast().any(|code| meet(code, place)))
}

/// When and where it happened what a claim counts, as far as its article says so.
#[derive(Debug)]
pub(super) struct Occasion {
    pub date: Option<Date>,
    /// As written, folded.
    pub places: Vec<String>,
}

impl Occasion {
    pub fn of(article: &Article, claims: &[Claim], claim: &Claim) -> Occasion {
        Occasion { date: date(article, claims, claim), places: written_of_event(claims, claim) }
    }
}

/// The date that the sentence of a casualty names; where it says neither date nor place, that of the article's next sentence with its number.
fn date(article: &Article, claims: &[Claim], claim: &Claim) -> Option<Date> {
    let (text, _) = is_event(claim).then(|| article.text())?;
    let named = |claim: &Claim| weekday::date(claim.sentence.of(&text), written_at(article));
    named(claim).or_else(|| fuller(claims, claim).and_then(named))
}

/// The places where it happened, as [`written`]: of a headline that names none those of the article's next sentence with its number.
fn written_of_event(claims: &[Claim], claim: &Claim) -> Vec<String> {
    let own = written(claim);
    if own.is_empty() { fuller(claims, claim).map(written).unwrap_or_default() } else { own }
}

/// The first claim of the article with this number that names a place, where this one names none.
fn fuller<'a>(claims: &'a [Claim], claim: &Claim) -> Option<&'a Claim> {
    let same = |other: &&Claim| {
        other.action == claim.action
            && other.amount == claim.amount
            && (other.force == claim.force || other.force.is_none() || claim.force.is_none())
            && !other.places.is_empty()
    };
    if is_event(claim) && claim.places.is_empty() { claims.iter().find(same) } else { None }
}

/// When the article was written: an implausible date is none.
fn written_at(article: &Article) -> Timestamp {
    let near = |date: &Timestamp| article.first_seen.duration_since(*date).abs() < SignedDuration::from_hours(24 * WINDOW_DAYS);
    article.published.filter(near).unwrap_or(article.first_seen)
}

pub(super) fn is_event(claim: &Claim) -> bool {
    claim.action.is_casualty() || claim.amount.reach() < SMALL
}

pub(super) fn in_window(line: &Known, teller: Teller) -> bool {
    let window = SignedDuration::from_hours(24 * WINDOW_DAYS);
    teller.article.first_seen.duration_since(line.last_seen).abs() <= window
}

fn in_time(line: &Known, teller: Teller, claim: &Claim) -> bool {
    let period = line.marks.period.is_some() == claim.period.is_some();
    let same_period = claim.period.is_none() || teller.article.first_seen.duration_since(line.first_seen).abs() <= SAME_PERIOD;
    (!is_summed_up(claim.action) || period && same_period) && in_window(line, teller)
}

/// Counts that a time is given for: so many dead in a day. Of a movement the time says when, not how many.
fn is_summed_up(action: Action) -> bool {
    action.is_casualty() || matches!(action, Action::Freed | Action::Raise)
}

/// Do the places overlap: where it goes or is, else where it comes from? `None` where they have nothing to compare.
pub(super) fn places_agree(line: &Known, claim: &Claim) -> Option<bool> {
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
    if a.is_empty() || b.is_empty() {
        return None;
    }
    if a.iter().any(|a| b.iter().any(|b| meet(a, b))) {
        return Some(true);
    }
    let at_sea = |places: &[&String]| places.iter().any(|place| is_sea(place));
    (!at_sea(a) && !at_sea(b) || a.iter().all(|a| is_sea(a)) && b.iter().all(|b| is_sea(b))).then_some(false)
}

/// The places of a claim as written, folded, and its seas.
pub(super) fn written(claim: &Claim) -> Vec<String> {
    let named = claim.places.iter().map(|place| searchable(&place.text));
    let seas = claim.from.iter().chain(&claim.to).chain(&claim.at).filter(|code| is_sea(code)).cloned();
    let mut places: Vec<String> = named.chain(seas).filter(|place| !place.is_empty()).collect();
    places.sort();
    places.dedup();
    places
}

/// How well a line fits a claim: what is surer, then nearer in amount, then told later.
pub(super) fn fit(line: &Known, tie: Tie, claim: &Claim) -> (Tie, std::cmp::Reverse<u64>, Timestamp) {
    let apart = (amount::ratio(line.amount, claim.amount).min(1e6) * 1000.0) as u64;
    (tie, std::cmp::Reverse(apart), line.last_seen)
}
