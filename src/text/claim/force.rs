//! Whose personnel it is.

use super::Action;
use crate::text::figure::Figure;
use crate::text::lexicon::Cue;
use crate::text::reading::{Hit, Reading};

/// Words between a noun and the "of the Iraqi army" behind it.
const BEHIND: usize = 4;
/// Words between "the Dutch contingent" and its number.
const AHEAD: usize = 6;

/// The force that the figure's own noun phrase names.
pub fn own(reading: &Reading, figure: &Figure) -> Option<String> {
    let inside = codes(reading.within(figure.numeral.outer_end, figure.end));
    one(inside).or_else(|| behind(reading, figure)).or_else(|| ahead(reading, figure))
}

/// The force that the sentence makes the subject.
pub fn subject(reading: &Reading, figure: &Figure, action: Action, loses: bool) -> Option<String> {
    if action.is_casualty() && !loses {
        return None;
    }
    let before = reading.within(reading.sentence.first, figure.first);
    before.rev().find(|h| is_subject(reading, h)).and_then(|h| code(h.cue)).map(str::to_owned)
}

/// The first force that a sentence speaks of as troops, else as a subject.
pub fn topic(reading: &Reading) -> Option<String> {
    let troops = reading
        .hits
        .iter()
        .filter(|h| is_adjective(h.cue))
        .find(|h| reading.at(h.end).any(|n| matches!(n.cue, Cue::Noun { .. } | Cue::Body)));
    troops.and_then(|h| code(h.cue)).map(str::to_owned)
}

fn one(codes: Vec<&str>) -> Option<String> {
    match codes.as_slice() {
        [] => None,
        [code] => Some((*code).to_owned()),
        _ => Some("coalition".to_owned()),
    }
}

/// Distinct forces among hits.
fn codes<'h>(hits: impl Iterator<Item = &'h Hit>) -> Vec<&'h str> {
    let mut list: Vec<&str> = Vec::new();
    for code in hits.filter_map(|h| code(h.cue)) {
        if !list.contains(&code) {
            list.push(code);
        }
    }
    list
}

fn code(cue: &'static Cue) -> Option<&'static str> {
    match cue {
        Cue::Force { code, .. } => Some(code),
        _ => None,
    }
}

fn is_adjective(cue: &Cue) -> bool {
    matches!(cue, Cue::Force { .. })
}

/// "soldiers of the Iraqi army", "militairen uit Australië en Nieuw-Zeeland".
fn behind(reading: &Reading, figure: &Figure) -> Option<String> {
    let link = reading.at(figure.end).find(|h| matches!(h.cue, Cue::Of | Cue::Prep(super::Role::From)))?;
    let from = link.end;
    let end = (from + BEHIND).min(reading.sentence.end);
    let mut list: Vec<&str> = Vec::new();
    for i in from..end {
        let stops = reading.is(i, |c| matches!(c, Cue::Verb | Cue::Act { .. } | Cue::Prep(_) | Cue::Noun { .. }))
            || reading.tokens.raw(i) == ",";
        if stops {
            break;
        }
        list.extend(reading.at(i).filter_map(|h| code(h.cue)));
    }
    list.dedup();
    one(list)
}

/// "the Dutch contingent of 200".
fn ahead(reading: &Reading, figure: &Figure) -> Option<String> {
    let from = figure.numeral.outer.saturating_sub(AHEAD).max(reading.sentence.first);
    let body = reading.within(from, figure.numeral.outer.max(from)).rev().find(|h| *h.cue == Cue::Body)?;
    reading.before(body.at).find_map(|h| code(h.cue)).map(str::to_owned)
}

/// Can this force be the subject: not behind a preposition, not "the border with"?
fn is_subject(reading: &Reading, hit: &Hit) -> bool {
    let Cue::Force { adjective, place, .. } = hit.cue else { return false };
    let mut at = hit.at;
    if reading.before(at).any(|h| *h.cue == Cue::Article) {
        at = reading.before(at).find(|h| *h.cue == Cue::Article).map_or(at, |h| h.at);
    }
    let bound = reading.before(at).any(|h| matches!(h.cue, Cue::Prep(_) | Cue::With | Cue::Border | Cue::Near | Cue::Agent));
    let bordering = reading.is(hit.end, |c| matches!(c, Cue::Border | Cue::Locality));
    let _ = (adjective, place);
    !bound && !bordering
}
