//! What else a claim keeps: context, measure, period, when, unit, hedging.

use super::{Action, Context, Measure};
use crate::text::figure::Figure;
use crate::text::fold::Kind;
use crate::text::lexicon::Cue;
use crate::text::reading::{Hit, Reading};

/// Words between a number and what says that it comes on top.
const REACH: usize = 3;
/// A year before this one less than the year that a text speaks of now is history.
const RECENT: u64 = 2000;

/// What the sentence is about.
pub fn context(reading: &Reading, action: Action) -> Context {
    let named = |want: Context| reading.hits.iter().any(|h| *h.cue == Cue::Context(want));
    match () {
        () if named(Context::History) || old_year(reading) => Context::History,
        () if action == Action::Train || named(Context::Exercise) => Context::Exercise,
        () => [Context::Rotation, Context::Relief, Context::Domestic].into_iter().find(|c| named(*c)).unwrap_or(Context::Current),
    }
}

fn old_year(reading: &Reading) -> bool {
    (reading.sentence.first..reading.sentence.end).any(|i| {
        let word = reading.tokens.folded(i);
        word.len() == 4 && word.parse::<u64>().is_ok_and(|y| (1500..RECENT).contains(&y)) && !decimal(reading, i)
    })
}

/// "1944.5": no year.
fn decimal(reading: &Reading, i: usize) -> bool {
    let digits = reading.tokens.list.get(i + 2).is_some_and(|t| t.kind == Kind::Digits && !t.spaced);
    reading.tokens.raw(i + 1) == "." && digits
}

pub fn hedged(reading: &Reading) -> bool {
    reading.hits.iter().any(|h| *h.cue == Cue::Hedge)
}

/// Is the number a total, a part, or what came on top?
pub fn measure(reading: &Reading, figure: &Figure) -> Option<Measure> {
    let from = figure.numeral.outer.saturating_sub(REACH).max(reading.sentence.first);
    let near: Vec<&Hit> = reading.within(from, (figure.end + 2).min(reading.sentence.end)).collect();
    [Measure::Part, Measure::Total, Measure::Change]
        .into_iter()
        .find(|m| near.iter().any(|h| *h.cue == Cue::Measure(*m) && (*m != Measure::Part || h.end <= figure.numeral.outer)))
}

/// The first phrase of a kind, as written.
pub fn phrase(reading: &Reading, want: &Cue) -> Option<String> {
    let hit = reading.hits.iter().find(|h| h.cue == want)?;
    written(reading, hit.at, hit.end)
}

/// The formation: "82nd Airborne".
pub fn unit(reading: &Reading) -> Option<String> {
    let hit = reading.hits.iter().find(|h| *h.cue == Cue::Unit)?;
    let mut first = hit.at;
    while first > reading.sentence.first && named(reading, first - 1) {
        first -= 1;
    }
    if ordinal(reading, first) {
        first -= 2;
    }
    (hit.end - first > 1).then(|| written(reading, first, hit.end)).flatten()
}

/// "93. Brigade": digits and a full stop before token `i`.
fn ordinal(reading: &Reading, i: usize) -> bool {
    let digits = i.checked_sub(2).filter(|k| *k >= reading.sentence.first && reading.tokens.list[*k].kind == Kind::Digits);
    digits.is_some_and(|k| reading.tokens.raw(k + 1) == "." && !reading.tokens.list[k + 1].spaced)
}

/// A capitalised word or an ordinal before a formation.
fn named(reading: &Reading, i: usize) -> bool {
    let token = &reading.tokens.list[i];
    let ordinal = token.kind == Kind::Mixed && reading.tokens.raw(i).starts_with(|c: char| c.is_ascii_digit());
    ordinal || token.capital && !reading.is(i, |c| matches!(c, Cue::Article | Cue::Force { .. }))
}

fn written(reading: &Reading, first: usize, end: usize) -> Option<String> {
    let span = reading.tokens.list[first].span.to(reading.tokens.list[end - 1].span);
    Some(span.of(reading.tokens.text).to_owned())
}
