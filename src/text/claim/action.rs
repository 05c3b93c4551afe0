//! What the personnel does, and how real that is.

use super::{Action, Status};
use crate::text::figure::Figure;
use crate::text::lexicon::Cue;
use crate::text::reading::{Hit, Reading};

/// The act that a figure is joined to.
#[derive(Clone, Copy, Debug)]
pub struct Deed {
    pub action: Action,
    pub status: Option<Status>,
    /// Moves nobody: a place with it is where they are.
    pub still: bool,
    /// The word that says so.
    pub hit: Option<Hit>,
}

/// What an act farther away than this many words has to do with a figure is a guess.
const REACH: usize = 30;

/// The act nearest to the figure, weighed by what lies between.
pub fn deed(reading: &Reading, figures: &[Figure], n: usize) -> Deed {
    let figure = &figures[n];
    let best = reading
        .acts()
        .filter(|(h, ..)| !reading.acts().any(|(o, ..)| o.at <= h.at && h.end <= o.end && o.end - o.at > h.end - h.at))
        .filter_map(|(hit, action, status, still)| {
            Some((weight(reading, figures, n, hit, action)?, Deed { action, status, still, hit: Some(*hit) }))
        })
        .min_by_key(|(w, _)| *w)
        .map(|(_, deed)| deed);
    match (figure.action, best) {
        (Some(action), Some(deed)) if deed.action != Action::Freed || action != Action::Captured => Deed { action, ..deed },
        (Some(action), None) => Deed { action, status: None, still: true, hit: None },
        (_, Some(deed)) => deed,
        (None, None) => Deed {
            action: if placed(reading, figure) { Action::Present } else { Action::Other },
            status: None,
            still: true,
            hit: None,
        },
    }
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
    let faint = match action {
        Action::Present => 3,
        Action::Other => 2,
        _ => 0,
    };
    Some(gap + 8 * others + 2 * ands + 3 * clauses + 2 * says + marks + faint)
}

/// Is the figure followed by a place: "3,000 troops in Iraq"?
fn placed(reading: &Reading, figure: &Figure) -> bool {
    reading.is(figure.end, |c| *c == Cue::Prep(super::Role::At))
}

/// How real it is: the words of the clause, else the form of the act.
pub fn status(reading: &Reading, figure: &Figure, deed: &Deed) -> Status {
    if deed.action.is_casualty() {
        return Status::Fact;
    }
    let found = |want: Status| reading.hits.iter().any(|h| *h.cue == Cue::Status(want) && concerns(reading, figure, deed, h));
    [Status::Denied, Status::Possible, Status::Planned].into_iter().find(|s| found(*s)).or(deed.status).unwrap_or(Status::Fact)
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
