//! Whose personnel it is.

use super::{Action, Relation, Role, places};
use crate::text::figure::Figure;
use crate::text::lexicon::{Cue, is_group, is_state};
use crate::text::reading::{Hit, Reading};

/// Words between a noun and the "of the Iraqi army" behind it.
const BEHIND: usize = 4;
/// Words between "the Dutch contingent" and its number.
const AHEAD: usize = 6;

/// The force that the figure's own noun phrase names.
pub fn own(reading: &Reading, figure: &Figure, next: usize, action: Action) -> Option<String> {
    let inside = codes(reading.within(figure.numeral.outer_end, figure.end.min(next).max(figure.numeral.outer_end)));
    one(inside).or_else(|| behind(reading, figure, action)).or_else(|| ahead(reading, figure))
}

/// The last armed group that a stretch of a sentence names.
pub fn group(reading: &Reading, end: usize) -> Option<String> {
    let named = reading.within(reading.sentence.first, end).rev().filter_map(|h| code(h.cue));
    named.into_iter().find(|c| is_group(c)).map(str::to_owned)
}

/// The force that the sentence makes the subject.
pub fn subject(reading: &Reading, figure: &Figure, action: Action, loses: bool) -> Option<String> {
    if action.is_casualty() && !loses {
        return None;
    }
    let subjects = || reading.within(reading.sentence.first, figure.first).rev().filter(|h| is_subject(reading, h));
    let sure =
        |h: &&Hit| !is_adjective(h.cue) || reading.is(h.end, |c| matches!(c, Cue::Body | Cue::Noun { .. } | Cue::Military));
    let subject = subjects().find(sure).or_else(|| subjects().next())?;
    let code = code(subject.cue)?;
    Some(if is_state(code) && joined(reading, subject, code) { "coalition" } else { code }.to_owned())
}

/// Is another state its fellow subject: "Slovenia and Croatia sent"?
fn joined(reading: &Reading, subject: &Hit, own: &str) -> bool {
    let fellow = |h: &Hit| code(h.cue).is_some_and(|c| is_state(c) && c != own) && is_subject(reading, h);
    reading.before(subject.at).filter(|h| *h.cue == Cue::And).any(|and| reading.before(and.at).any(fellow))
}

/// The first force that a sentence speaks of as troops, else as a subject.
pub fn topic(reading: &Reading) -> Option<String> {
    let troops = reading
        .hits
        .iter()
        .filter(|h| code(h.cue).is_some())
        .find(|h| reading.at(h.end).any(|n| matches!(n.cue, Cue::Noun { .. } | Cue::Body)));
    troops.and_then(|h| code(h.cue)).map(str::to_owned)
}

/// The states whose people or institutions a sentence names.
pub fn people(reading: &Reading) -> Vec<String> {
    let own = reading.hits.iter().filter(|h| !reading.is(h.end, |c| matches!(c, Cue::Border | Cue::Locality)));
    let named = own.filter_map(|h| match h.cue {
        Cue::Force { code, place: false, .. } => Some(code),
        _ => None,
    });
    named.filter(|code| is_state(code)).cloned().collect()
}

/// The states on whose ground a sentence takes place.
pub fn grounds(reading: &Reading) -> Vec<String> {
    let spots = places::spots(reading).into_iter().filter(|s| s.place.relation == Relation::In && s.place.role == Role::At);
    spots.map(|s| s.place.code).filter(|code| is_state(code)).collect()
}

/// Of several, an armed group wins over the states beside it ("Russian Wagner fighters"), a state over the alliance that it serves
/// ("Moroccan UN soldiers").
fn one(codes: Vec<&str>) -> Option<String> {
    let only = |wanted: fn(&str) -> bool| match codes.iter().filter(|c| wanted(c)).collect::<Vec<_>>().as_slice() {
        [code] => Some((**code).to_owned()),
        _ => None,
    };
    match codes.as_slice() {
        [] => None,
        [code] => Some((*code).to_owned()),
        all if all.contains(&"coalition") => Some("coalition".to_owned()),
        _ => only(is_group).or_else(|| only(is_state)).or_else(|| Some("coalition".to_owned())),
    }
}

/// Distinct forces among hits.
fn codes<'h, 'r: 'h>(hits: impl Iterator<Item = &'h Hit<'r>>) -> Vec<&'r str> {
    let mut list: Vec<&str> = Vec::new();
    for code in hits.filter_map(|h| code(h.cue)) {
        if !list.contains(&code) {
            list.push(code);
        }
    }
    list
}

fn code(cue: &Cue) -> Option<&str> {
    match cue {
        Cue::Force { code, .. } => Some(code),
        _ => None,
    }
}

fn is_adjective(cue: &Cue) -> bool {
    matches!(cue, Cue::Force { adjective: true, .. })
}

/// "soldiers of the Iraqi army", "militairen uit Australië en Nieuw-Zeeland".
fn behind(reading: &Reading, figure: &Figure, action: Action) -> Option<String> {
    let link =
        reading.at(figure.end).find(|h| *h.cue == Cue::Of || *h.cue == Cue::Prep(Role::From) && action != Action::Withdraw);
    if link.is_none() && !reading.postposed {
        return None;
    }
    let from = link.map_or(figure.end, |l| l.end);
    let leaves =
        link.is_some_and(|l| *l.cue != Cue::Of) && reading.within(from, from + BEHIND + 2).any(|h| *h.cue == Cue::Prep(Role::To));
    if leaves {
        return None;
    }
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
    if code(hit.cue).is_none() {
        return false;
    }
    let mut at = hit.at;
    if reading.before(at).any(|h| *h.cue == Cue::Article) {
        at = reading.before(at).find(|h| *h.cue == Cue::Article).map_or(at, |h| h.at);
    }
    let bound = reading
        .before(at)
        .any(|h| matches!(h.cue, Cue::Prep(_) | Cue::With | Cue::Border | Cue::Near | Cue::Agent | Cue::Credit));
    let bordering = reading.is(hit.end, |c| matches!(c, Cue::Border | Cue::Locality));
    !bound && !bordering
}
