//! Which numbers count military personnel.

use super::claim::Action;
use super::lexicon::{Cue, NounKind};
use super::numeral::Numeral;
use super::reading::{Hit, Reading};

/// Words without a meaning of their own that may stand between a number and its noun.
const MOST_UNKNOWN: usize = 3;
/// Tokens between a number and its noun.
const REACH: usize = 12;

/// A number that counts personnel.
#[derive(Clone, Debug)]
pub struct Figure {
    pub numeral: Numeral,
    /// Tokens of the noun phrase, number included: `first..end`.
    pub first: usize,
    pub end: usize,
    /// What the noun itself says.
    pub force: Option<String>,
    pub action: Option<Action>,
    /// Without a noun of its own: "a further 1,000 will follow".
    pub elliptic: bool,
    pub certainty: f32,
}

/// What follows a number.
enum Noun {
    Is(Hit, usize),
    /// Something else is counted.
    Other,
    /// Nothing is named; the phrase ends before this token.
    Open(usize),
}

/// Is it known, from the text so far, that troops are counted?
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// A personnel noun stands in this or a neighbouring sentence.
    pub personnel: bool,
    /// A military word stands in this or a neighbouring sentence.
    pub military: bool,
}

pub fn figure(reading: &Reading, numerals: &[Numeral], n: usize, known: Known) -> Option<Figure> {
    let numeral = numerals[n];
    match noun(reading, numerals, &numeral) {
        Noun::Is(hit, unknown) => counted(reading, numeral, hit, unknown, known),
        Noun::Other => None,
        Noun::Open(end) if numeral.year => body_of(reading, numeral, end).filter(|_| false),
        Noun::Open(end) => body_of(reading, numeral, end).or_else(|| elliptic(reading, numeral, end, known)),
    }
}

fn counted(reading: &Reading, numeral: Numeral, hit: Hit, unknown: usize, known: Known) -> Option<Figure> {
    let Cue::Noun { kind, force, action } = hit.cue else { return None };
    let base = match kind {
        NounKind::Sure => 0.95,
        NounKind::Weak if known.military => 0.75,
        NounKind::Weak => return None,
        NounKind::Fate if known.personnel => 0.6,
        NounKind::Fate => return None,
    };
    if numeral.year && (unknown > 0 || hit.at > numeral.end + 1) {
        return None;
    }
    let mixed = mixed(reading, hit.end);
    let certainty = if mixed { 0.4 } else { base - 0.06 * unknown as f32 };
    Some(Figure {
        numeral,
        first: numeral.outer,
        end: hit.end,
        force: force.clone(),
        action: *action,
        elliptic: false,
        certainty,
    })
}

/// "soldiers and civilians": a count that cannot be told apart.
fn mixed(reading: &Reading, end: usize) -> bool {
    let and = reading.is(end, |c| *c == Cue::And) || reading.tokens.raw(end) == ",";
    and && (end + 1..end + 3).any(|i| reading.is(i, |c| *c == Cue::Stop)) && !(end + 1..end + 3).any(|i| is_number(reading, i))
}

fn is_number(reading: &Reading, i: usize) -> bool {
    reading.tokens.list.get(i).is_some_and(|t| t.kind == super::fold::Kind::Digits)
}

/// Looks for the noun of a number, to its right.
fn noun(reading: &Reading, numerals: &[Numeral], numeral: &Numeral) -> Noun {
    let tokens = reading.tokens;
    let (mut i, mut unknown, mut linked) = (numeral.outer_end, 0, false);
    let mut described = false;
    let mut act = None;
    let limit = reading.sentence.end.min(numeral.outer_end + REACH);
    while i < limit {
        if tokens.list[i].paragraph_start {
            break;
        }
        let cues = || reading.at(i);
        if let Some(hit) = cues().find(|h| matches!(h.cue, Cue::Noun { .. })) {
            let fate = matches!(hit.cue, Cue::Noun { kind: NounKind::Fate, .. });
            if !fate || unknown == 0 {
                return Noun::Is(*hit, unknown);
            }
        }
        if cues().any(|h| *h.cue == Cue::Stop) {
            return Noun::Other;
        }
        if let Some(next) = numerals.iter().find(|m| m.first == i || m.outer == i) {
            if !linked {
                break;
            }
            i = next.outer_end;
            continue;
        }
        let hit = reading.at(i).max_by_key(|h| rank(h.cue));
        match hit.map(|h| h.cue) {
            Some(Cue::Of) if i == numeral.outer_end => linked = true,
            Some(Cue::Article) if linked => {}
            Some(Cue::Force { .. } | Cue::Place(_) | Cue::Body | Cue::More | Cue::Military | Cue::Hedge) => described = true,
            Some(Cue::And) if described && unknown < 2 => linked = true,
            Some(Cue::Act { .. }) if act.is_none() && unknown == 0 => act = Some(i),
            Some(Cue::With | Cue::Border | Cue::Locality | Cue::Unit | Cue::Measure(_) | Cue::Near) if unknown < MOST_UNKNOWN => {
                unknown += 1;
            }
            Some(_) => break,
            None => match tokens.raw(i) {
                "-" | "‑" | "'" | "’" | "\"" | "“" | "”" | "‘" | "„" => {}
                "," if described && !linked => linked = true,
                _ if tokens.list[i].kind == super::fold::Kind::Mark => break,
                _ if unknown == MOST_UNKNOWN => return Noun::Other,
                _ => unknown += 1,
            },
        }
        i = hit.map_or(i + 1, |h| h.end);
    }
    if unknown > 0 {
        return Noun::Other;
    }
    Noun::Open(act.unwrap_or(i))
}

/// Which of several cues at one word counts when a noun is looked for.
fn rank(cue: &Cue) -> u8 {
    match cue {
        Cue::Of => 9,
        Cue::Force { .. } | Cue::Place(_) => 8,
        Cue::And => 7,
        Cue::Relative | Cue::Part => 7,
        Cue::More => 6,
        Cue::Article => 5,
        Cue::Break | Cue::Prep(_) => 4,
        Cue::Verb => 4,
        Cue::Act { .. } => 3,
        Cue::Body => 2,
        Cue::Military => 1,
        _ => 0,
    }
}

/// "an army of 40,000"; "the force numbers 3,000".
fn body_of(reading: &Reading, numeral: Numeral, end: usize) -> Option<Figure> {
    let of = reading.before(numeral.outer).find(|h| *h.cue == Cue::Of)?;
    let named = |h: &&Hit| *h.cue == Cue::Body || matches!(h.cue, Cue::Noun { kind: NounKind::Sure, .. });
    let body = reading.before(of.at).find(named)?;
    let first = body.at;
    (!small(&numeral)).then(|| Figure {
        numeral,
        first,
        end: end.max(numeral.outer_end),
        force: None,
        action: None,
        elliptic: true,
        certainty: 0.7,
    })
}

/// A number without a noun where troops are spoken of.
fn elliptic(reading: &Reading, numeral: Numeral, end: usize, known: Known) -> Option<Figure> {
    let follows = |want: fn(&Cue) -> bool| reading.is(end, want);
    let verb = follows(|c| matches!(c, Cue::Verb | Cue::Act { .. }));
    let relative = follows(|c| *c == Cue::Relative);
    let from = follows(|c| matches!(c, Cue::Prep(super::claim::Role::From)));
    let act = reading.acts().any(|(h, a, _, _)| a != Action::Other && h.at.abs_diff(numeral.first) < 14);
    let part = reading.before(numeral.outer).any(|h| *h.cue == Cue::Part);
    let certainty = match () {
        () if !known.personnel || numeral.year => return None,
        () if part => 0.6,
        () if verb && act && !small(&numeral) => 0.75,
        () if (relative || from) && !small(&numeral) => 0.65,
        () => return None,
    };
    let (first, elliptic) = (numeral.outer, true);
    Some(Figure { numeral, first, end, force: None, action: None, elliptic, certainty })
}

/// Small counts without a noun count anything.
fn small(numeral: &Numeral) -> bool {
    numeral.amount.reach() < 20
}
