//! Numbers without a noun of their own that count personnel all the same.

use super::phrase::{Noun, noun};
use super::{ACT_REACH, Figure, Known, bare, counted, counts_others, small};
use crate::text::claim::{Action, Role};
use crate::text::lexicon::{Cue, NounKind};
use crate::text::numeral::Numeral;
use crate::text::reading::{Hit, Reading};

/// Tokens between "500-strong" and the force.
const STRONG: usize = 4;
/// Tokens between a figure and its part: "five soldiers died on Monday, four from …".
const LISTED: usize = 10;
/// Tokens between a small number without a noun and what befell them.
const FATE_REACH: usize = 4;
/// Words between a body and what says how strong it is: "Армия Таиланда численностью".
const OWNER: usize = 3;
/// Tokens between "the number of soldiers" and the number at the end of its clause.
const SUBJECT: usize = 14;

/// "an army of 40,000"; "the force numbers 3,000".
pub fn body_of(reading: &Reading, numeral: Numeral, end: usize) -> Option<Figure> {
    let of = reading.before(numeral.outer).find(|h| *h.cue == Cue::Of)?;
    let named = |h: &&Hit| h.cue.is_army();
    let from = if reading.lexicon.postposed { of.at.saturating_sub(OWNER) } else { of.at }.max(reading.sentence.first);
    let owned = || reading.within(from.saturating_sub(1), of.at).rev().find(named);
    let body = reading.before(of.at).find(named).or_else(owned)?;
    let noun = Some(reading.span(body));
    (!small(&numeral)).then(|| Figure { noun, ..bare(numeral, body.at, end.max(numeral.outer_end), 0.7) })
}

/// "a 500-strong Kenyan force".
pub fn body_behind(reading: &Reading, numeral: Numeral) -> Option<Figure> {
    let named = |h: &&Hit| h.cue.is_army();
    let body = reading.within(numeral.outer_end, numeral.outer_end + STRONG).find(named)?;
    let noun = Some(reading.span(body));
    Some(Figure { elliptic: false, noun, ..bare(numeral, numeral.outer, body.end, 0.8) })
}

/// "from 600 to 100 soldiers": the first has the noun of the second, and says what was.
pub fn until(reading: &Reading, numerals: &[Numeral], numeral: &Numeral, end: usize, known: Known) -> Option<Figure> {
    let next = numerals.iter().find(|m| m.first > numeral.first && m.outer <= end + 2)?;
    let joined = next.down_to && next.outer == end || numeral.apart && reading.is(end, |c| *c == Cue::Prep(Role::To));
    joined.then_some(())?;
    match noun(reading, numerals, next) {
        Noun::Is(hit, unknown) => {
            let second = counted(reading, numerals, *next, hit, unknown, known)?;
            Some(Figure { action: Some(Action::Present), elliptic: false, numeral: *numeral, first: numeral.outer, ..second })
        }
        _ => None,
    }
}

/// "from 100 troops to 1,100".
pub fn grown(reading: &Reading, numeral: Numeral, last: Option<&Figure>) -> Option<Figure> {
    let last = last?;
    let to = reading.before(numeral.outer).any(|h| *h.cue == Cue::Prep(Role::To) && h.at == last.end);
    let cut = reading.acts().any(|a| a.action == Action::Withdraw && a.hit.end <= numeral.outer);
    to.then(|| Figure { action: (!cut).then_some(Action::Raise), ..bare(numeral, numeral.outer, numeral.outer_end, 0.7) })
}

/// A number without a noun where troops are spoken of.
pub fn elliptic(reading: &Reading, numeral: Numeral, end: usize, last: Option<&Figure>, known: Known) -> Option<Figure> {
    let sure = |h: &Hit| matches!(h.cue, Cue::Noun { kind: NounKind::Sure | NounKind::Single, .. });
    if !known.before && !reading.within(reading.sentence.first, numeral.first).any(sure) {
        return None;
    }
    let follows = |want: fn(&Cue) -> bool| reading.is(end, want);
    let before = |want: fn(&Cue) -> bool| reading.before(numeral.outer).any(|h| want(h.cue));
    let part = known.figure && (before(|c| *c == Cue::Part) || follows(|c| *c == Cue::Part));
    let verb = follows(|c| matches!(c, Cue::Verb | Cue::Act { .. } | Cue::Split { .. }));
    let relative = follows(|c| *c == Cue::Relative) && before(|c| *c == Cue::Article);
    let from = follows(|c| matches!(c, Cue::Prep(Role::From)));
    let more = known.figure && before(|c| *c == Cue::More) && follows(|c| *c == Cue::Prep(Role::At));
    let goal = follows(|c| *c == Cue::Prep(Role::To)) && (end + 1..end + 4).any(|i| reading.is(i, Cue::is_land));
    let comma = reading.tokens.raw(numeral.outer.saturating_sub(1)) == ",";
    let listed = known.figure && comma && last.is_some_and(|l| numeral.outer <= l.end + LISTED);
    let counts = !small(&numeral) && !numeral.vague && !other_counted(reading, &numeral);
    let befallen = known.figure && !numeral.vague && (befalls(reading, end) || befell(reading, &numeral, end));
    let echo = known.figure && last.is_some() && !numeral.vague && elsewhere(reading, &numeral, end);
    let certainty = match () {
        () if part || befallen || echo => 0.65,
        () if verb && counts && acts_on(reading, end) => 0.75,
        () if (relative || from || goal || more) && counts => 0.65,
        () if from && listed => 0.6,
        () => return None,
    };
    Some(Figure { echo, ..bare(numeral, numeral.outer, end, certainty) })
}

/// "2,500 soldiers in Iraq and 900 in Syria": joined to a figure, with a place of its own.
fn elsewhere(reading: &Reading, numeral: &Numeral, end: usize) -> bool {
    let joined =
        reading.before(numeral.outer).any(|h| *h.cue == Cue::And) || reading.tokens.raw(numeral.outer.saturating_sub(1)) == ",";
    let placed = reading.is(end, |c| matches!(c, Cue::Prep(_))) && (end + 1..end + 4).any(|i| reading.is(i, Cue::is_land));
    joined && placed && end == numeral.outer_end
}

/// "ранены 12, пленены 4": their fate stands right before them, and nothing behind.
fn befell(reading: &Reading, numeral: &Numeral, end: usize) -> bool {
    let mut from = numeral.outer;
    while let Some(hit) = reading.before(from).find(|h| matches!(h.cue, Cue::More | Cue::Article | Cue::Prep(Role::To))) {
        from = hit.at;
    }
    let act = reading.acts().any(|a| a.hit.end == from && (a.action.is_casualty() || a.action == Action::Freed));
    act && (closed(reading, end) || reading.is(end, |c| *c == Cue::Prep(Role::At)))
}

/// Does the clause end before token `i`?
fn closed(reading: &Reading, i: usize) -> bool {
    i >= reading.sentence.end
        || matches!(reading.tokens.raw(i), "." | "," | ";" | ":" | ")" | "!" | "—" | "–")
        || reading.is(i, |c| matches!(c, Cue::And | Cue::Clause | Cue::When))
}

/// "losses: personnel – 1,100 (persons)": the noun labels the number behind it.
pub fn labelled(reading: &Reading, numeral: Numeral, end: usize) -> Option<Figure> {
    let mark = numeral.outer.checked_sub(1).filter(|i| matches!(reading.tokens.raw(*i), "-" | "–" | "—" | "‒" | ":"))?;
    let noun = reading.before(mark).find(|h| matches!(h.cue, Cue::Noun { kind: NounKind::Sure, .. }))?;
    let heads = reading.at(end).find(|h| matches!(h.cue, Cue::Noun { kind: NounKind::Heads, .. })).map_or(end, |h| h.end);
    let noun = Some(reading.span(noun));
    (closed(reading, heads) && !small(&numeral)).then(|| Figure { noun, ..bare(numeral, numeral.outer, heads, 0.7) })
}

/// "The number of soldiers in Iraq will be cut to 2,500": the noun is the subject, the number ends the clause.
pub fn at_the_end(reading: &Reading, numeral: Numeral, end: usize) -> Option<Figure> {
    let first = reading.sentence.first.max(numeral.outer.saturating_sub(SUBJECT));
    let leads = numeral.down_to
        || numeral.apart
        || reading.before(numeral.outer).any(|h| matches!(h.cue, Cue::Prep(Role::To) | Cue::Verb))
        || reading
            .acts()
            .any(|a| a.hit.end == numeral.outer && matches!(a.action, Action::Present | Action::Raise | Action::Withdraw));
    let counted = |h: &&Hit| matches!(h.cue, Cue::Stop | Cue::Noun { .. } | Cue::Body | Cue::Relative | Cue::Say);
    let noun = reading.within(first, numeral.outer).rev().find(counted)?;
    let free = (noun.end..numeral.outer).all(|i| !matches!(reading.tokens.raw(i), "," | ";" | ":"));
    let changes = reading.acts().any(|a| {
        a.hit.at >= first
            && a.hit.end <= numeral.outer + 6
            && matches!(a.action, Action::Present | Action::Raise | Action::Withdraw)
    });
    let ends = closed(reading, end) || numeral.apart;
    (leads && noun.cue.is_army() && free && changes && ends && !small(&numeral))
        .then(|| Figure { noun: Some(reading.span(noun)), ..bare(numeral, numeral.outer, end, 0.6) })
}

/// "50 soldados franceses y 50 alemanes": an adjective for a noun, behind a figure.
pub fn adjective_alone(reading: &Reading, numeral: &Numeral, last: Option<&Figure>, known: Known) -> Option<Figure> {
    last.filter(|_| known.figure)?;
    let adjective = reading.at(numeral.outer_end).find(|h| matches!(h.cue, Cue::Force { adjective: true, .. }))?;
    let verb = reading.is(adjective.end, |c| matches!(c, Cue::Verb | Cue::Act { .. } | Cue::Prep(_)));
    let people = reading.is(numeral.outer_end, |c| matches!(c, Cue::Noun { .. }));
    let ends = closed(reading, adjective.end) || verb;
    (ends && !people).then(|| Figure { echo: !verb, ..bare(*numeral, numeral.outer, adjective.end, 0.65) })
}

/// "eight soldiers died and three are missing": does a fate of soldiers follow at once?
fn befalls(reading: &Reading, end: usize) -> bool {
    let act = reading.acts().find(|a| a.hit.at >= end && a.hit.at <= end + FATE_REACH);
    let verb = reading.is(end, |c| matches!(c, Cue::Verb | Cue::Act { .. } | Cue::Split { .. } | Cue::More));
    verb && act.is_some_and(|a| a.action.is_casualty() || a.action == Action::Freed)
}

/// Does an act that befalls or moves troops follow soon?
fn acts_on(reading: &Reading, end: usize) -> bool {
    let next = reading.acts().find(|a| a.hit.at >= end && a.hit.at <= end + ACT_REACH);
    next.is_some_and(|a| a.action != Action::Other)
}

/// Was something else counted or named just before in the sentence?
fn other_counted(reading: &Reading, numeral: &Numeral) -> bool {
    let named = |h: &&Hit| matches!(h.cue, Cue::Stop | Cue::Noun { .. });
    reading.within(reading.sentence.first, numeral.first).rev().find(named).is_some_and(|h| counts_others(h.cue))
}
