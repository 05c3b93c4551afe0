//! Which numbers count military personnel.

use super::claim::{Action, Role};
use super::fold::Kind;
use super::lexicon::{Cue, NounKind, is_group};
use super::numeral::Numeral;
use super::reading::{Act, Hit, Reading};
use super::span::Span;

/// Words without a meaning of their own that may stand between a number and its noun.
const MOST_UNKNOWN: usize = 3;
/// Tokens between a number and its noun.
const REACH: usize = 14;
/// Tokens of a bracket inside a noun phrase: "African Union (AU) troops".
const BRACKET: usize = 4;
/// Tokens between "500-strong" and the force.
const STRONG: usize = 4;
/// Tokens between a figure and its part: "five soldiers died on Monday, four from …".
const LISTED: usize = 10;
/// Counts below this stand for anything where no noun is named.
const SMALL: u64 = 20;
/// Tokens between a number without a noun and the act that it goes with.
const ACT_REACH: usize = 6;
/// Tokens between a small number without a noun and what befell them.
const FATE_REACH: usize = 4;

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
fn continues(reading: &Reading, numeral: &Numeral, last: Option<&Figure>, known: Known) -> bool {
    let from = last.map_or(reading.sentence.first, |f| f.end);
    let other = reading.within(from, numeral.first.max(from)).any(|h| counts_others(h.cue));
    !other && (last.is_some() || known.figure)
}

fn figure(reading: &Reading, numerals: &[Numeral], numeral: &Numeral, last: Option<&Figure>, known: Known) -> Option<Figure> {
    if numeral.strength {
        return body_behind(reading, *numeral);
    }
    match noun(reading, numerals, numeral) {
        Noun::Is(hit, unknown) => counted(reading, numerals, *numeral, hit, unknown, known),
        Noun::Other => None,
        Noun::Open(_) if numeral.year => None,
        Noun::Open(end) if until(reading, numerals, numeral, end, known).is_some() => {
            let next = until(reading, numerals, numeral, end, known)?;
            Some(Figure { action: Some(Action::Present), elliptic: false, numeral: *numeral, first: numeral.outer, ..next })
        }
        Noun::Open(end) => body_of(reading, *numeral, end)
            .or_else(|| grown(reading, *numeral, last))
            .or_else(|| elliptic(reading, *numeral, end, last, known)),
    }
}

fn counted(reading: &Reading, numerals: &[Numeral], numeral: Numeral, hit: Hit, unknown: usize, known: Known) -> Option<Figure> {
    let Cue::Noun { kind, force, action } = hit.cue else { return None };
    let base = match kind {
        NounKind::Sure => 0.95,
        NounKind::Weak if known.military => 0.75,
        NounKind::Fate if known.figure && known.personnel => 0.65,
        NounKind::Fate if known.military && *action == Some(Action::Losses) => 0.55,
        NounKind::Member if of_a_group(reading, &numeral, &hit) => 0.9,
        NounKind::Anybody if known.at_arms && !small(&numeral) => 0.75,
        NounKind::Anybody if of_a_group(reading, &numeral, &hit) => 0.7,
        NounKind::People if known.beside && !small(&numeral) => 0.7,
        NounKind::Heads if of_an_army(reading, &numeral) => 0.7,
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
    let end = if reading.postposed { described(reading, hit.end) } else { hit.end };
    Some(Figure { numeral, first: numeral.outer, end, noun, force, action, elliptic: false, certainty })
}

/// "the army of 200,000 persons"; "the army lost 300 persons".
fn of_an_army(reading: &Reading, numeral: &Numeral) -> bool {
    let army = |h: &Hit| matches!(h.cue, Cue::Body | Cue::Noun { kind: NounKind::Sure, .. });
    let strength = reading.before(numeral.outer).filter(|h| *h.cue == Cue::Of).any(|of| reading.before(of.at).any(army));
    let near = |a: &&Act| a.hit.at.abs_diff(numeral.first) <= ACT_REACH;
    let act = reading.acts().filter(near).min_by_key(|a| a.hit.at.abs_diff(numeral.first));
    let moved = |a: &Act| matches!(a.action, Action::Raise | Action::Losses | Action::Ready | Action::Deploy | Action::Withdraw);
    strength || act.is_some_and(moved) && reading.hits.iter().any(army)
}

/// "Hamas members", "members of the Taliban".
fn of_a_group(reading: &Reading, numeral: &Numeral, noun: &Hit) -> bool {
    let behind = if reading.is(noun.end, |c| *c == Cue::Of) { noun.end + 3 } else { noun.end };
    let group = |h: &Hit| matches!(h.cue, Cue::Force { code, .. } if is_group(code));
    reading.within(numeral.outer_end, behind).any(group)
}

/// "soldiers and civilians": a count that cannot be told apart.
fn mixed(reading: &Reading, numerals: &[Numeral], end: usize) -> bool {
    let and = reading.is(end, |c| *c == Cue::And);
    let own_number = |i: usize| numerals.iter().any(|n| n.outer <= i && i < n.outer_end);
    and && (end + 1..end + 3).any(|i| reading.is(i, |c| *c == Cue::Stop)) && !(end + 1..end + 3).any(own_number)
}

/// What follows a number.
enum Noun<'r> {
    Is(Hit<'r>, usize),
    /// Something else is counted.
    Other,
    /// Nothing is named; the phrase ends before this token.
    Open(usize),
}

/// Looks for the noun of a number, to its right.
fn noun<'r>(reading: &Reading<'r, '_>, numerals: &[Numeral], numeral: &Numeral) -> Noun<'r> {
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
            Some(cue) if ends(cue) => break,
            Some(_) if unknown < MOST_UNKNOWN => unknown += 1,
            Some(_) => return Noun::Other,
            None => match tokens.raw(i) {
                "-" | "‑" | "'" | "’" | "\"" | "“" | "”" | "‘" | "„" => {}
                "(" => match (i + 1..i + 1 + BRACKET).find(|&k| tokens.raw(k) == ")") {
                    Some(close) if close < limit && described => {
                        i = close + 1;
                        continue;
                    }
                    _ => break,
                },
                "," if described && !linked => linked = true,
                _ if tokens.list[i].kind == Kind::Mark => break,
                _ if unknown == MOST_UNKNOWN || reading.nouns_first && !linked && unquoted(reading, i) => return Noun::Other,
                _ => unknown += 1,
            },
        }
        i = hit.map_or(i + 1, |h| h.end);
    }
    let people = reading.within(numeral.outer_end, i).any(|h| matches!(h.cue, Cue::Force { .. }));
    if unknown > 0 || people { Noun::Other } else { Noun::Open(act.unwrap_or(i)) }
}

/// Where a noun phrase ends whose adjectives and genitives stand behind the noun: "soldats français de l'armée de terre".
fn described(reading: &Reading, noun: usize) -> usize {
    let mut end = noun;
    while end < noun + REACH {
        let i = match reading.at(end).find(|h| matches!(h.cue, Cue::Of | Cue::And)) {
            Some(link) => reading.at(link.end).find(|h| *h.cue == Cue::Article).map_or(link.end, |h| h.end),
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
    reading.postposed && reading.is(noun.at, |c| *c == Cue::Military)
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

/// "an army of 40,000"; "the force numbers 3,000".
fn body_of(reading: &Reading, numeral: Numeral, end: usize) -> Option<Figure> {
    let of = reading.before(numeral.outer).find(|h| *h.cue == Cue::Of)?;
    let named = |h: &&Hit| *h.cue == Cue::Body || matches!(h.cue, Cue::Noun { kind: NounKind::Sure, .. });
    let body = reading.before(of.at).find(named).or_else(|| {
        let adjective = reading.before(of.at).find(|h| reading.postposed && matches!(h.cue, Cue::Force { .. }))?;
        reading.before(adjective.at).find(named)
    })?;
    let noun = Some(reading.span(body));
    (!small(&numeral)).then(|| Figure { noun, ..bare(numeral, body.at, end.max(numeral.outer_end), 0.7) })
}

/// "a 500-strong Kenyan force".
fn body_behind(reading: &Reading, numeral: Numeral) -> Option<Figure> {
    let named = |h: &&Hit| matches!(h.cue, Cue::Body | Cue::Noun { kind: NounKind::Sure, .. });
    let body = reading.within(numeral.outer_end, numeral.outer_end + STRONG).find(named)?;
    let noun = Some(reading.span(body));
    Some(Figure { elliptic: false, noun, ..bare(numeral, numeral.outer, body.end, 0.8) })
}

/// "from 600 to 100 soldiers": the second number has the noun of both.
fn until(reading: &Reading, numerals: &[Numeral], numeral: &Numeral, end: usize, known: Known) -> Option<Figure> {
    let next = numerals.iter().find(|m| m.first > numeral.first && m.outer <= end + 2)?;
    let joined = next.down_to && next.outer == end || numeral.apart && reading.is(end, |c| *c == Cue::Prep(Role::To));
    joined.then_some(())?;
    match noun(reading, numerals, next) {
        Noun::Is(hit, unknown) => counted(reading, numerals, *next, hit, unknown, known),
        _ => None,
    }
}

/// "from 100 troops to 1,100".
fn grown(reading: &Reading, numeral: Numeral, last: Option<&Figure>) -> Option<Figure> {
    let last = last?;
    let to = reading.before(numeral.outer).any(|h| *h.cue == Cue::Prep(Role::To) && h.at == last.end);
    to.then(|| Figure { action: Some(Action::Raise), ..bare(numeral, numeral.outer, numeral.outer_end, 0.7) })
}

/// A number without a noun where troops are spoken of.
fn elliptic(reading: &Reading, numeral: Numeral, end: usize, last: Option<&Figure>, known: Known) -> Option<Figure> {
    let sure = |h: &Hit| matches!(h.cue, Cue::Noun { kind: NounKind::Sure, .. });
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
    let goal = follows(|c| *c == Cue::Prep(Role::To)) && (end + 1..end + 4).any(|i| reading.is(i, lands));
    let comma = reading.tokens.raw(numeral.outer.saturating_sub(1)) == ",";
    let listed = known.figure && comma && last.is_some_and(|l| numeral.outer <= l.end + LISTED);
    let counts = !small(&numeral) && !numeral.vague && !other_counted(reading, &numeral);
    let befallen = known.figure && last.is_some() && !numeral.vague && befalls(reading, end);
    let certainty = match () {
        () if part || befallen => 0.65,
        () if verb && counts && acts_on(reading, end) => 0.75,
        () if (relative || from || goal || more) && counts => 0.65,
        () if from && listed => 0.6,
        () => return None,
    };
    Some(bare(numeral, numeral.outer, end, certainty))
}

/// "eight soldiers died and three are missing": does a fate of soldiers follow at once?
fn befalls(reading: &Reading, end: usize) -> bool {
    let act = reading.acts().find(|a| a.hit.at >= end && a.hit.at <= end + FATE_REACH);
    let verb = reading.is(end, |c| matches!(c, Cue::Verb | Cue::Act { .. } | Cue::Split { .. } | Cue::More));
    verb && act.is_some_and(|a| a.action.is_casualty() || a.action == Action::Freed)
}

fn lands(cue: &Cue) -> bool {
    matches!(cue, Cue::Place(_) | Cue::Force { place: true, .. })
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

fn bare(numeral: Numeral, first: usize, end: usize, certainty: f32) -> Figure {
    Figure { numeral, first, end, noun: None, force: None, action: None, elliptic: true, certainty }
}

fn small(numeral: &Numeral) -> bool {
    numeral.amount.reach() < SMALL
}
