//! Which numbers count military personnel.

mod lone;
mod phrase;

use super::claim::Action;
use super::lexicon::{Cue, NounKind, is_group};
use super::numeral::Numeral;
use super::reading::{Act, Hit, Reading};
use super::span::Span;
use lone::{adjective_alone, at_the_end, body_behind, body_of, elliptic, grown, labelled, until};
use phrase::{Noun, described, mixed, noun};

/// Counts below this stand for anything where no noun is named.
const SMALL: u64 = 20;
/// Tokens between "members of" and the name of the group.
const NAMED: usize = 4;
/// Tokens between a number without a noun and the act that it goes with.
const ACT_REACH: usize = 6;

/// A number that counts personnel.
#[derive(Clone, Debug)]
pub struct Figure {
    pub numeral: Numeral,
    /// Tokens of the noun phrase, number included: `first..end`.
    pub first: usize,
    pub end: usize,
    /// The words that make it personnel.
    pub noun: Option<Span>,
    /// What the noun itself says.
    pub force: Option<String>,
    pub action: Option<Action>,
    /// Without a noun of its own: "a further 1,000 will follow".
    pub elliptic: bool,
    /// Does what the figure before it does, elsewhere: "2,500 soldiers in Iraq and 900 in Syria".
    pub echo: bool,
    /// The enemy's, by the noun itself: never those of the one who speaks or strikes.
    pub foe: bool,
    pub certainty: f32,
}

/// What is known, from the text around, when a number is judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// A personnel noun stands in this or a neighbouring sentence.
    pub personnel: bool,
    /// A personnel noun stands in an earlier sentence, or the next points back.
    pub before: bool,
    /// A military word stands in this or a neighbouring sentence.
    pub military: bool,
    /// This or the last sentence holds a figure already, and nothing else was counted since.
    pub figure: bool,
    /// A personnel noun stands in this very sentence.
    pub beside: bool,
    /// A military word stands in this very sentence.
    pub at_arms: bool,
    /// The number is a part of the figure before it.
    pub parted: bool,
    /// The text is about sport, a film, a game.
    pub civil: bool,
}

/// Something that is not personnel, or need not be.
fn counts_others(cue: &Cue) -> bool {
    matches!(cue, Cue::Stop | Cue::Noun { kind: NounKind::Heads, .. })
}

/// The figures of a sentence that holds `numerals`.
pub fn figures(reading: &Reading, numerals: &[Numeral], known: Known) -> Vec<Figure> {
    let mut list: Vec<Figure> = Vec::new();
    for numeral in numerals {
        let known = Known { figure: continues(reading, numeral, list.last(), known), ..known };
        let found = figure(reading, numerals, numeral, list.last(), known);
        list.extend(found.map(|f| if known.civil { Figure { certainty: f.certainty * 0.5, ..f } } else { f }));
    }
    list
}

/// Is the last thing counted before this number personnel?
/// One soldier, who is no figure, can be the first of a list.
fn continues(reading: &Reading, numeral: &Numeral, last: Option<&Figure>, known: Known) -> bool {
    let single = |h: &&Hit| matches!(h.cue, Cue::Noun { kind: NounKind::Single, .. });
    let one = reading.within(reading.sentence.first, numeral.first).rev().find(single).map(|h| h.end);
    let from = last.map(|f| f.end).max(one).unwrap_or(reading.sentence.first);
    let other = reading.within(from, numeral.first.max(from)).any(|h| counts_others(h.cue));
    !other && (last.is_some() || one.is_some() || known.figure)
}

/// "31 soldiers: 13 Germans, 15 Swedes": is the number one of the parts behind a whole?
fn parted(reading: &Reading, numeral: &Numeral, last: Option<&Figure>) -> bool {
    let Some(last) = last.filter(|l| l.numeral.outer_end < numeral.outer) else { return false };
    let opens = matches!(reading.tokens.raw(numeral.outer - 1), ":" | "(");
    let listed = reading.tokens.raw(numeral.outer - 1) == "," || reading.before(numeral.outer).any(|h| *h.cue == Cue::And);
    let people = reading.is(last.numeral.outer_end, |c| matches!(c, Cue::Noun { kind: NounKind::People, .. }));
    opens || listed && people && numeral.outer <= last.end + 2
}

fn figure(reading: &Reading, numerals: &[Numeral], numeral: &Numeral, last: Option<&Figure>, known: Known) -> Option<Figure> {
    if numeral.strength {
        return body_behind(reading, *numeral);
    }
    let alone = adjective_alone(reading, numeral, last, known).filter(|_| !numeral.year);
    if alone.is_some() {
        return alone;
    }
    match noun(reading, numerals, numeral) {
        Noun::Is(hit, unknown) => {
            let known = Known { parted: known.figure && parted(reading, numeral, last), ..known };
            counted(reading, numerals, *numeral, hit, unknown, known)
        }
        Noun::Other => None,
        Noun::Open(_) if numeral.year => None,
        Noun::Open(end) => until(reading, numerals, numeral, end, known)
            .or_else(|| body_of(reading, *numeral, end))
            .or_else(|| labelled(reading, *numeral, end))
            .or_else(|| grown(reading, *numeral, last))
            .or_else(|| at_the_end(reading, *numeral, end))
            .or_else(|| elliptic(reading, *numeral, end, last, known)),
    }
}

fn counted(reading: &Reading, numerals: &[Numeral], numeral: Numeral, hit: Hit, unknown: usize, known: Known) -> Option<Figure> {
    let Cue::Noun { kind, force, action, foe } = hit.cue else { return None };
    let base = match kind {
        NounKind::Sure => 0.95,
        NounKind::Weak if known.military => 0.75,
        NounKind::Fate if known.figure && known.personnel => 0.65,
        NounKind::Fate if known.military && *action == Some(Action::Losses) => 0.55,
        NounKind::Member if of_a_group(reading, &numeral, &hit) => 0.9,
        NounKind::Anybody if known.at_arms && !small(&numeral) => 0.75,
        NounKind::Anybody if of_a_group(reading, &numeral, &hit) => 0.7,
        NounKind::People if known.parted => 0.85,
        NounKind::People if known.beside && !small(&numeral) => 0.7,
        NounKind::Heads if of_an_army(reading, &numeral) || labelled(reading, numeral, numeral.outer_end).is_some() => 0.7,
        NounKind::Member if of_a_body(reading, &hit) => 0.75,
        _ => return None,
    };
    if numeral.year && hit.at > numeral.outer_end {
        return None;
    }
    let certainty = if mixed(reading, numerals, hit.end) { 0.4 } else { base - 0.06 * unknown as f32 };
    let fate = |h: &Hit| match h.cue {
        Cue::Noun { kind: NounKind::Fate, action, .. } => *action,
        _ => None,
    };
    let action = action.or_else(|| reading.within(numeral.outer_end, hit.at).find_map(fate));
    let force = force.clone();
    let noun = Some(reading.span(&hit));
    let end = if reading.lexicon.postposed { described(reading, hit.end) } else { hit.end };
    let certainty = if is_year(&numeral) { certainty.min(0.45) } else { certainty };
    Some(Figure {
        numeral,
        first: numeral.outer,
        end,
        noun,
        force,
        action,
        elliptic: *kind == NounKind::Fate,
        echo: false,
        foe: *foe,
        certainty,
    })
}

/// "the army of 200,000 persons"; "the army lost 300 persons".
fn of_an_army(reading: &Reading, numeral: &Numeral) -> bool {
    let army = |h: &Hit| h.cue.is_army();
    let strength = reading.before(numeral.outer).filter(|h| *h.cue == Cue::Of).any(|of| reading.before(of.at).any(army));
    let near = |a: &&Act| a.hit.at.abs_diff(numeral.first) <= ACT_REACH;
    let act = reading.acts().filter(near).min_by_key(|a| a.hit.at.abs_diff(numeral.first));
    let moved = |a: &Act| matches!(a.action, Action::Raise | Action::Losses | Action::Ready);
    strength || act.is_some_and(moved) && reading.hits.iter().any(army)
}

/// "Hamas members", "members of the Taliban".
fn of_a_group(reading: &Reading, numeral: &Numeral, noun: &Hit) -> bool {
    let group = |h: &Hit| matches!(h.cue, Cue::Force { code, .. } if is_group(code));
    reading.within(numeral.outer_end, noun.end).any(group) || named_behind(reading, noun).iter().any(group)
}

/// "members of the presidential guard".
fn of_a_body(reading: &Reading, noun: &Hit) -> bool {
    named_behind(reading, noun).iter().any(|h| matches!(h.cue, Cue::Body | Cue::Military))
}

/// What begins within a few words behind "members of", or behind "members" where genitives need no "of".
fn named_behind<'r>(reading: &Reading<'r, '_>, noun: &Hit) -> Vec<Hit<'r>> {
    let of = reading.at(noun.end).find(|h| *h.cue == Cue::Of).map(|h| h.end);
    let from = of.or(Some(noun.end).filter(|_| reading.lexicon.postposed));
    from.into_iter().flat_map(|from| (from..from + NAMED).flat_map(|i| reading.at(i))).copied().collect()
}

/// Digits that would be a year if they did not stand before a noun: "hat 2014 Soldaten geschickt".
fn is_year(numeral: &Numeral) -> bool {
    let n = numeral.amount.reach();
    numeral.year_like && (1950..=2035).contains(&n) && !n.is_multiple_of(50)
}

fn bare(numeral: Numeral, first: usize, end: usize, certainty: f32) -> Figure {
    Figure { numeral, first, end, noun: None, force: None, action: None, elliptic: true, echo: false, foe: false, certainty }
}

fn small(numeral: &Numeral) -> bool {
    numeral.amount.reach() < SMALL
}
