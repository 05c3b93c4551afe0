//! What the personnel does, and how real that is.

use super::{Action, Role, Status};
use crate::text::figure::Figure;
use crate::text::lexicon::{ActSort, Cue};
use crate::text::reading::{Hit, Reading};
use crate::text::span::Span;

/// The act that a figure is joined to.
#[derive(Clone, Copy, Debug)]
pub struct Deed<'r> {
    pub action: Action,
    pub status: Option<Status>,
    pub sort: ActSort,
    /// The word that says so.
    pub hit: Option<Hit<'r>>,
}

/// What an act farther away than this many words has to do with a figure is a guess.
const REACH: usize = 30;

/// The act nearest to the figure, weighed by what lies between.
pub fn deed<'r>(reading: &Reading<'r, '_>, figures: &[Figure], n: usize) -> Deed<'r> {
    let figure = &figures[n];
    let best = reading
        .acts()
        .filter_map(|a| {
            let deed = Deed { action: a.action, status: a.status, sort: a.sort, hit: Some(a.hit) };
            let particle = a.particle.map(|at| Hit { at, end: at + 1, ..a.hit });
            let weights =
                [Some(a.hit), particle].into_iter().flatten().filter_map(|hit| weight(reading, figures, n, &hit, a.action));
            Some((weights.min()?, deed))
        })
        .min_by_key(|(w, deed)| (*w, deed.status.is_none()))
        .map(|(_, deed)| deed);
    if figure.numeral.fraction {
        return Deed { action: Action::Present, status: Some(Status::Fact), sort: ActSort::Still, hit: None };
    }
    let best = best.map(|deed| if remain(reading, figure, &deed) { Deed { action: Action::Present, ..deed } } else { deed });
    match (figure.action, best) {
        (Some(action), Some(deed)) if deed.action != Action::Freed || action != Action::Captured => Deed { action, ..deed },
        (Some(action), None) => Deed { action, status: None, sort: ActSort::Still, hit: None },
        (_, Some(deed)) => deed,
        (None, None) if followed(reading, figure, Role::To) => {
            Deed { action: Action::Deploy, status: Some(Status::Planned), sort: ActSort::Plain, hit: None }
        }
        (None, None) => {
            let had = reading.before(figure.first).any(|h| *h.cue == Cue::Verb);
            let action = if had || followed(reading, figure, Role::At) { Action::Present } else { Action::Other };
            Deed { action, status: None, sort: ActSort::Still, hit: None }
        }
    }
}

/// "cut its garrison to 100 soldiers": those who stay.
fn remain(reading: &Reading, figure: &Figure, deed: &Deed) -> bool {
    let cut =
        deed.action == Action::Withdraw && (figure.numeral.down_to || deed.hit.is_some_and(|h| h.end <= figure.numeral.outer));
    cut && (figure.numeral.down_to || reading.before(figure.numeral.outer).any(|h| *h.cue == Cue::Prep(Role::To)))
}

/// How far an act is from a figure; `None` where it is another's.
fn weight(reading: &Reading, figures: &[Figure], n: usize, hit: &Hit, action: Action) -> Option<usize> {
    let figure = &figures[n];
    let (gap, from, to) = if hit.end <= figure.first {
        (figure.first - hit.end, hit.end, figure.first)
    } else if hit.at >= figure.end {
        (hit.at - figure.end, figure.end, hit.at)
    } else {
        (0, hit.at, hit.at)
    };
    if gap > REACH {
        return None;
    }
    let others = figures.iter().enumerate().filter(|(k, f)| *k != n && from <= f.numeral.first && f.numeral.first < to).count();
    let ands = reading.within(from, to).filter(|h| *h.cue == Cue::And).count();
    let clauses = reading.within(from, to).filter(|h| *h.cue == Cue::Clause).count();
    let says = reading.within(from, to).filter(|h| *h.cue == Cue::Say).count();
    let marks = 3 * reading.marks_between(from, to, ",") + 9 * reading.marks_between(from, to, ";");
    let aside = action == Action::Present && reading.within(from, to).any(|h| *h.cue == Cue::Relative);
    let faint = match action {
        Action::Present => 5,
        Action::Train => 3,
        Action::Other => 2,
        _ => 0,
    };
    Some(gap + 8 * others + 2 * ands + 3 * clauses + 2 * says + marks + faint + 6 * usize::from(aside))
}

/// Does a place follow the figure: "3,000 troops in Iraq", "300 more to Poland"?
fn followed(reading: &Reading, figure: &Figure, role: Role) -> bool {
    let land = |i: usize| reading.is(i, |c| matches!(c, Cue::Place(_) | Cue::Force { .. } | Cue::Border));
    let verb = reading.at(figure.end).find(|h| *h.cue == Cue::Verb && role == Role::At);
    let end = verb.map_or(figure.end, |h| h.end);
    reading.is(end, |c| *c == Cue::Prep(role)) && (role == Role::At || (end + 1..end + 4).any(land))
}

/// How real it is, and the words that say so: those of the clause, else the form of the act.
pub fn status(reading: &Reading, figure: &Figure, deed: &Deed) -> (Status, Option<Span>) {
    if deed.action.is_casualty() || figure.numeral.fraction {
        return (Status::Fact, None);
    }
    if let Some(refute) = reading.within(reading.sentence.first, figure.first).find(|h| *h.cue == Cue::Refute) {
        return (Status::Denied, Some(reading.span(refute)));
    }
    let says = |want: Status| {
        let said = |h: &&Hit| *h.cue == Cue::Status(want) && concerns(reading, figure, deed, h) && !is_hearsay(reading, h);
        reading.hits.iter().find(said)
    };
    let said = [Status::Denied, Status::Possible, Status::Planned].into_iter().find_map(|s| Some((s, says(s)?)));
    match said {
        Some((status, hit)) => (status, Some(reading.span(hit))),
        None => (deed.status.unwrap_or(Status::Fact), None),
    }
}

/// "soll 500 Soldaten entsandt haben": a modal with a perfect at the end of its clause tells what is said to have happened.
fn is_hearsay(reading: &Reading, hit: &Hit) -> bool {
    let ends = |i: &usize| {
        *i == reading.sentence.end
            || reading.tokens.raw(*i).contains(['.', ',', ';', ':', '!', '?'])
            || reading.is(*i, |c| *c == Cue::Clause)
    };
    let end = (hit.end..=reading.sentence.end).find(ends).unwrap_or(hit.end);
    reading.is(hit.at, |c| *c == Cue::Hearsay) && reading.is(end - 1, |c| *c == Cue::Perfect)
}

/// Does a status word stand in the clause of the figure or of its act?
fn concerns(reading: &Reading, figure: &Figure, deed: &Deed, hit: &Hit) -> bool {
    let near = |at: usize, end: usize| {
        let (from, to) = if hit.end <= at { (hit.end, at) } else { (end.min(hit.at), hit.at) };
        to.saturating_sub(from) <= 16
            && !reading.within(from, to).any(|h| matches!(h.cue, Cue::Clause | Cue::Say))
            && reading.marks_between(from, to, ";:,—–") == 0
    };
    near(figure.first, figure.end) || deed.hit.is_some_and(|h| near(h.at, h.end))
}
