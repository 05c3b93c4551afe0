//! The noun phrase of a number: which noun it counts, how far the phrase reaches.

use super::small;
use crate::text::claim::Action;
use crate::text::fold::Kind;
use crate::text::lexicon::{Cue, NounKind};
use crate::text::numeral::Numeral;
use crate::text::reading::{Hit, Reading};

/// Words without a meaning of their own that may stand between a number and its noun.
const MOST_UNKNOWN: usize = 3;
/// Tokens between a number and its noun.
const REACH: usize = 14;
/// Tokens of a bracket inside a noun phrase: "African Union (AU) troops".
const BRACKET: usize = 4;
/// Tokens of a participle with its place between a number and its noun: "7.000 in Ramstein stationierten Soldaten".
const EMBEDDED: usize = 8;

/// "soldiers and civilians": a count that cannot be told apart.
pub fn mixed(reading: &Reading, numerals: &[Numeral], end: usize) -> bool {
    let and = reading.is(end, |c| *c == Cue::And);
    let own_number = |i: usize| numerals.iter().any(|n| n.outer <= i && i < n.outer_end);
    let one = reading.is(end + 1, |c| *c == Cue::Article) && reading.is(end + 2, |c| *c == Cue::Stop);
    and && !one && (end + 1..end + 3).any(|i| reading.is(i, |c| *c == Cue::Stop)) && !(end + 1..end + 3).any(own_number)
}

/// What follows a number.
pub enum Noun<'r> {
    Is(Hit<'r>, usize),
    /// Something else is counted.
    Other,
    /// Nothing is named; the phrase ends before this token.
    Open(usize),
}

/// Looks for the noun of a number, to its right.
pub fn noun<'r>(reading: &Reading<'r, '_>, numerals: &[Numeral], numeral: &Numeral) -> Noun<'r> {
    let tokens = reading.tokens;
    let (mut i, mut unknown, mut linked, mut described) = (numeral.outer_end, 0, false, false);
    let mut act = None;
    let limit = reading.sentence.end.min(numeral.outer_end + REACH);
    while i < limit && !tokens.list[i].paragraph_start {
        if let Some(hit) = reading.at(i).find(|h| matches!(h.cue, Cue::Noun { .. })) {
            let fate = matches!(hit.cue, Cue::Noun { kind: NounKind::Fate, .. });
            let whose = Some(*hit).filter(|_| fate).and_then(|hit| fated(reading, hit));
            if !fate || unknown == 0 {
                let hit = whose.unwrap_or(*hit);
                let other = owns(reading, hit.end) || unknown > 0 && is_adjective(reading, &hit);
                return if other { Noun::Other } else { Noun::Is(hit, unknown) };
            }
        }
        if reading.is(i, |c| *c == Cue::Stop) {
            return Noun::Other;
        }
        if let Some(next) = numerals.iter().find(|m| m.outer <= i && i < m.outer_end && m.first > numeral.first) {
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
            Some(Cue::Act { action, .. }) if act.is_none() && unknown == 0 && adjectival(*action) => act = Some(i),
            Some(Cue::Act { .. }) if act.is_some() => break,
            Some(Cue::Prep(_) | Cue::Act { .. } | Cue::Article) if i == numeral.outer_end || act.is_some() => {
                match embedded(reading, i) {
                    Some(hit) if !small(numeral) || act.is_some() => return Noun::Is(hit, 1),
                    _ => break,
                }
            }
            Some(cue) if ends(cue) => break,
            Some(_) if unknown < MOST_UNKNOWN => unknown += 1,
            Some(_) => return Noun::Other,
            None => match tokens.raw(i) {
                "-" | "‑" | "'" | "’" | "\"" | "“" | "”" | "‘" | "„" | "«" | "»" | "‹" | "›" => {}
                "(" => match (i + 1..i + 1 + BRACKET).find(|&k| tokens.raw(k) == ")") {
                    Some(close) if close < limit && described => {
                        i = close + 1;
                        continue;
                    }
                    _ => break,
                },
                "," if described && !linked => linked = true,
                _ if tokens.list[i].kind == Kind::Mark => break,
                _ if unknown == MOST_UNKNOWN || reading.lexicon.nouns_first && !linked && unquoted(reading, i) => {
                    return Noun::Other;
                }
                _ => unknown += 1,
            },
        }
        i = hit.map_or(i + 1, |h| h.end);
    }
    let people = reading.within(numeral.outer_end, i).any(|h| matches!(h.cue, Cue::Force { .. }));
    match act {
        Some(at) => Noun::Open(at),
        None if unknown > 0 || people => Noun::Other,
        None => Noun::Open(i),
    }
}

/// "7.000 in Ramstein stationierten Soldaten": the noun behind a participle that has its place before or behind it.
fn embedded<'r>(reading: &Reading<'r, '_>, first: usize) -> Option<Hit<'r>> {
    let (mut i, mut act) = (first, false);
    while i < reading.sentence.end.min(first + EMBEDDED) {
        let noun = reading.at(i).find(|h| matches!(h.cue, Cue::Noun { kind: NounKind::Sure, .. }));
        if let Some(noun) = noun.filter(|_| act) {
            return Some(*noun);
        }
        let deed = reading
            .at(i)
            .find(|h| matches!(h.cue, Cue::Act { action, .. } if adjectival(*action) || *action == Action::Withdraw));
        let inner = reading.at(i).find(|h| {
            matches!(
                h.cue,
                Cue::Prep(_) | Cue::Article | Cue::Place(_) | Cue::Force { .. } | Cue::When | Cue::Locality | Cue::Military
            )
        });
        let hyphen = matches!(reading.tokens.raw(i), "-" | "‑");
        i = match (deed, inner) {
            (Some(deed), _) => deed.end,
            (None, Some(inner)) => inner.end,
            (None, None) if hyphen => i + 1,
            _ => return None,
        };
        act |= deed.is_some();
    }
    None
}

/// Where a noun phrase ends whose adjectives and genitives stand behind the noun: "soldats français de l'armée de terre".
pub fn described(reading: &Reading, noun: usize) -> usize {
    let mut end = noun;
    while end < noun + REACH {
        let i = match reading.at(end).find(|h| matches!(h.cue, Cue::Of | Cue::And)) {
            Some(link) => reading.past_article(link.end),
            None => end,
        };
        let tells = |h: &&Hit| match h.cue {
            Cue::Force { place, .. } => !place || i == end,
            Cue::Body | Cue::Military => !reading.is(end, |c| *c == Cue::And),
            _ => false,
        };
        match reading.at(i).find(tells) {
            Some(hit) => end = hit.end,
            None => break,
        }
    }
    end
}

/// "wounded Ukrainian soldiers": the noun behind a word that is one itself at other times.
fn fated<'r>(reading: &Reading<'r, '_>, fate: Hit<'r>) -> Option<Hit<'r>> {
    let mut i = fate.end;
    loop {
        if let Some(noun) = reading.at(i).find(|h| matches!(h.cue, Cue::Noun { kind, .. } if *kind != NounKind::Fate)) {
            return Some(*noun);
        }
        i = reading.at(i).find(|h| matches!(h.cue, Cue::Force { .. } | Cue::More | Cue::Military))?.end;
    }
}

/// Can the word stand before a noun: "three wounded soldiers"?
fn adjectival(action: Action) -> bool {
    action.is_casualty() || matches!(action, Action::Freed | Action::Raise | Action::Deploy | Action::Present | Action::Train)
}

/// A word of its own, not a name in quotes before the noun.
fn unquoted(reading: &Reading, i: usize) -> bool {
    !reading.tokens.list[i].capital && !matches!(reading.tokens.raw(i - 1), "\"" | "“" | "«" | "'" | "‘")
}

/// "cento ospedali militari": behind another noun, a word that is noun and adjective is the adjective.
fn is_adjective(reading: &Reading, noun: &Hit) -> bool {
    reading.lexicon.postposed && reading.is(noun.at, |c| *c == Cue::Military)
}

/// "the troops' families": the noun only says whose.
fn owns(reading: &Reading, end: usize) -> bool {
    matches!(reading.tokens.raw(end), "'" | "’") && reading.is(end + 1, |c| *c == Cue::Stop)
}

fn ends(cue: &Cue) -> bool {
    matches!(
        cue,
        Cue::Act { .. }
            | Cue::Split { .. }
            | Cue::Verb
            | Cue::Relative
            | Cue::Part
            | Cue::Article
            | Cue::Break
            | Cue::Prep(_)
            | Cue::And
            | Cue::Of
            | Cue::Clause
            | Cue::Credit
            | Cue::Say
            | Cue::Agent
            | Cue::Anaphor
            | Cue::Status(_)
            | Cue::When
            | Cue::Period
    )
}

/// Which of several cues at one word counts when a noun is looked for.
fn rank(cue: &Cue) -> u8 {
    match cue {
        Cue::Of => 9,
        Cue::Force { .. } | Cue::Place(_) => 8,
        Cue::And | Cue::Relative | Cue::Part => 7,
        Cue::More => 6,
        Cue::Article => 5,
        Cue::Break | Cue::Prep(_) | Cue::Verb | Cue::Clause => 4,
        Cue::Act { .. } | Cue::Split { .. } | Cue::Status(_) => 3,
        Cue::Body => 2,
        Cue::Military => 1,
        _ => 0,
    }
}
