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
/// What being there weighs less in a clause of its own: "who were on board".
const ASIDE: usize = 14;
/// Words between "liberated" and "three captured soldiers".
const CLOSE: usize = 4;
/// Words between "had" and what was had: "had in 1991 nog 128.000 militairen".
const HAD: usize = 5;
/// Words between a participle behind the noun and the finite verb.
const FINITE: usize = 10;
/// Words between "considers" and the comma before what is considered.
const GOVERNED: usize = 4;

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
    if is_standing(reading, figures, n) {
        return Deed { action: Action::Present, status: Some(Status::Fact), sort: ActSort::Still, hit: None };
    }
    let best = best.map(|deed| freed(reading, figure, deed)).map(|deed| told(reading, figures, n, deed));
    let best = best.map(|deed| if remain(reading, figure, &deed) { Deed { action: Action::Present, ..deed } } else { deed });
    match (figure.action, best) {
        (Some(action), Some(deed)) if action != Action::Captured || !changes(deed.action) => Deed { action, ..deed },
        (Some(action), None) => Deed { action, status: None, sort: ActSort::Still, hit: None },
        (_, Some(deed)) => deed,
        (None, None) if followed(reading, figure, Role::To) => {
            Deed { action: Action::Deploy, status: Some(Status::Planned), sort: ActSort::Plain, hit: None }
        }
        (None, None) => {
            let first = reading.sentence.first.max(figure.first.saturating_sub(HAD));
            let known = reading.before(figure.first).any(|h| *h.cue == Cue::Article);
            let first = if known { figure.first.saturating_sub(1).max(reading.sentence.first) } else { first };
            let had = reading.within(first, figure.first).any(|h| *h.cue == Cue::Verb)
                && reading.marks_between(first, figure.first, ",;:") == 0;
            let action = if had || followed(reading, figure, Role::At) { Action::Present } else { Action::Other };
            Deed { action, status: None, sort: ActSort::Still, hit: None }
        }
    }
}

/// Does the act say what became of prisoners?
fn changes(action: Action) -> bool {
    matches!(action, Action::Freed | Action::Killed | Action::Wounded | Action::Missing)
}

/// "liberó a 11 militares secuestrados": who is freed was captured before.
fn freed<'r>(reading: &Reading<'r, '_>, figure: &Figure, deed: Deed<'r>) -> Deed<'r> {
    let behind = deed.action == Action::Captured && deed.hit.is_some_and(|h| h.at == figure.end);
    let act =
        reading.acts().find(|a| a.action == Action::Freed && a.hit.end <= figure.first && figure.first - a.hit.end <= CLOSE);
    match act.filter(|_| behind) {
        Some(a) => Deed { action: a.action, status: a.status, sort: a.sort, hit: Some(a.hit) },
        None => deed,
    }
}

/// "soldiers based in Italy were sent to Romania": a finite verb says more than the participle behind the noun.
fn told<'r>(reading: &Reading<'r, '_>, figures: &[Figure], n: usize, deed: Deed<'r>) -> Deed<'r> {
    let figure = &figures[n];
    let Some(hit) = deed.hit.filter(|h| h.at == figure.end && deed.action != Action::Killed && deed.status.is_none()) else {
        return deed;
    };
    let next = figures.get(n + 1).map_or(reading.sentence.end, |f| f.first);
    let finite = |at: usize| (at.saturating_sub(2)..at).any(|i| i >= hit.end && reading.is(i, |c| *c == Cue::Verb));
    let verb = reading.acts().find(|a| a.hit.at >= hit.end && a.hit.at < next.min(hit.end + FINITE) && finite(a.hit.at));
    match verb.filter(|a| reading.marks_between(hit.end, a.hit.at, ",;:.") == 0 && !clause(reading, hit.end, a.hit.at)) {
        Some(a) => Deed { action: a.action, status: a.status, sort: a.sort, hit: Some(a.hit) },
        None => deed,
    }
}

fn clause(reading: &Reading, from: usize, to: usize) -> bool {
    reading.within(from, to).any(|h| matches!(h.cue, Cue::Clause | Cue::Relative | Cue::And))
}

/// "cut its garrison to 100 soldiers": those who stay.
fn remain(reading: &Reading, figure: &Figure, deed: &Deed) -> bool {
    let cut =
        deed.action == Action::Withdraw && (figure.numeral.down_to || deed.hit.is_some_and(|h| h.end <= figure.numeral.outer));
    cut && (figure.numeral.down_to
        || !reading.lexicon.postposed && reading.before(figure.numeral.outer).any(|h| *h.cue == Cue::Prep(Role::To)))
}

/// Is it a strength that something is done to: "half of its 900", "400 of its 900", "from 900 to 400"?
fn is_standing(reading: &Reading, figures: &[Figure], n: usize) -> bool {
    let figure = &figures[n];
    let changed =
        figures.get(n + 1).is_some_and(|next| figure.numeral.apart && next.numeral.outer <= figure.numeral.outer_end + 2);
    let befallen = reading.acts().any(|a| a.hit.at == figure.end && a.action.is_casualty());
    figure.numeral.fraction || changed || !befallen && total(reading, figures, n)
}

/// "400 of its 900 soldiers": is this the whole of which the number before it is a part?
fn total(reading: &Reading, figures: &[Figure], n: usize) -> bool {
    let Some(part) = n.checked_sub(1).map(|k| &figures[k]) else { return false };
    let mut at = figures[n].numeral.outer;
    while let Some(hit) = reading.before(at).find(|h| matches!(h.cue, Cue::Article | Cue::Own | Cue::More)) {
        at = hit.at;
    }
    reading.before(at).any(|h| *h.cue == Cue::Of && h.at == part.numeral.outer_end)
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
    let parted = |h: &Hit| matches!(h.cue, Cue::Clause | Cue::Relative);
    if action == Action::Other && hit.at >= figure.end && reading.within(from, to).filter(|h| parted(h)).count() > 1 {
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
    Some(gap + 8 * others + 2 * ands + 3 * clauses + 2 * says + marks + faint + ASIDE * usize::from(aside))
}

/// Does a place follow the figure: "3,000 troops in Iraq", "300 more to Poland"?
fn followed(reading: &Reading, figure: &Figure, role: Role) -> bool {
    let land = |i: usize| reading.is(i, |c| matches!(c, Cue::Place(_) | Cue::Force { .. } | Cue::Border));
    let verb = reading.at(figure.end).find(|h| *h.cue == Cue::Verb && role == Role::At);
    let end = verb.map_or(figure.end, |h| h.end);
    reading.is(end, |c| *c == Cue::Prep(role)) && (role == Role::At || (end + 1..end + 4).any(land))
}

/// How real it is, and the words that say so: those of the clause, else the form of the act.
pub fn status(reading: &Reading, figures: &[Figure], n: usize, deed: &Deed) -> (Status, Option<Span>) {
    let figure = &figures[n];
    if is_standing(reading, figures, n) {
        return (Status::Fact, None);
    }
    if let Some(refute) = reading.within(reading.sentence.first, figure.first).find(|h| *h.cue == Cue::Refute) {
        return (Status::Denied, Some(reading.span(refute)));
    }
    if deed.action.is_casualty() {
        return (Status::Fact, None);
    }
    let says = |want: Status| {
        let said = |h: &&Hit| {
            *h.cue == Cue::Status(want)
                && !swallowed(reading, figure, h)
                && concerns(reading, figure, deed, h)
                && !is_hearsay(reading, h)
        };
        reading.hits.iter().find(said)
    };
    let said = [Status::Denied, Status::Possible, Status::Planned].into_iter().find_map(|s| Some((s, says(s)?)));
    let begun =
        || reading.hits.iter().find(|h| *h.cue == Cue::Begun && h.end <= figure.first && concerns(reading, figure, deed, h));
    match (said, deed.status) {
        (Some((status, hit)), _) => (status, Some(reading.span(hit))),
        (None, Some(Status::Planned)) => begun().map_or((Status::Planned, None), |h| (Status::Fact, Some(reading.span(h)))),
        (None, form) => (form.unwrap_or(Status::Fact), None),
    }
}

/// Is it inside a longer phrase of its kind ("not rule out"), or inside the bounds of the number ("not more than")?
fn swallowed(reading: &Reading, figure: &Figure, hit: &Hit) -> bool {
    let longer =
        |h: &Hit| matches!(h.cue, Cue::Status(_)) && h.at <= hit.at && hit.end <= h.end && h.end - h.at > hit.end - hit.at;
    let bound = figure.numeral.outer <= hit.at && hit.end <= figure.numeral.outer_end;
    bound || reading.hits.iter().any(longer)
}

/// "soll 500 Soldaten entsandt haben": a modal with a perfect at the end of its clause tells what is said to have happened.
fn is_hearsay(reading: &Reading, hit: &Hit) -> bool {
    let ends = |i: &usize| {
        *i == reading.sentence.end
            || (!glued(reading, *i) && reading.tokens.raw(*i).contains(['.', ',', ';', ':', '!', '?']))
            || reading.is(*i, |c| *c == Cue::Clause)
    };
    let end = (hit.end..=reading.sentence.end).find(ends).unwrap_or(hit.end);
    reading.is(hit.at, |c| *c == Cue::Hearsay) && reading.is(end - 1, |c| *c == Cue::Perfect)
}

/// A comma that does not part: that of a parenthesis ("pourrait, depuis 1945, déployer"), or one that the language must set before what a verb governs.
fn aside(reading: &Reading, hit: &Hit, to: usize, commas: usize) -> bool {
    let governed = reading.lexicon.comma_clauses
        && commas == 1
        && (hit.end..(hit.end + GOVERNED).min(to)).any(|i| reading.tokens.raw(i) == ",");
    governed || commas == 2 && reading.tokens.raw(hit.end) == ","
}

/// A mark inside a number or word: "12.000".
fn glued(reading: &Reading, i: usize) -> bool {
    let tight = |k: usize| reading.tokens.list.get(k).is_some_and(|t| !t.spaced);
    tight(i) && tight(i + 1)
}

/// Does a status word stand in the clause of the figure or of its act?
fn concerns(reading: &Reading, figure: &Figure, deed: &Deed, hit: &Hit) -> bool {
    let commas = |from: usize, to: usize| reading.marks_between(from, to, ",");
    let near = |at: usize, end: usize| {
        let (from, to) = if hit.end <= at { (hit.end, at) } else { (end.min(hit.at), hit.at) };
        to.saturating_sub(from) <= 16
            && !reading.within(from, to).any(|h| matches!(h.cue, Cue::Clause | Cue::Say))
            && reading.marks_between(from, to, ";:—–") == 0
            && (commas(from, to) == 0 || hit.end == from && aside(reading, hit, to, commas(from, to)))
    };
    let opposed = |h: Hit| {
        let other = h.end <= hit.at && hit.end <= figure.first && *hit.cue == Cue::Status(Status::Denied);
        other && reading.within(hit.end, figure.first).any(|h| matches!(h.cue, Cue::And | Cue::Clause))
    };
    // "keeps 900 soldiers there and plans to": behind the act and what it is done to, "and" begins another.
    let told = deed.hit.map(|h| h.end.max(figure.end)).filter(|end| *end <= hit.at);
    let another = told.is_some_and(|end| reading.within(end, hit.at).any(|h| *h.cue == Cue::And));
    if another || deed.hit.is_some_and(opposed) {
        return false;
    }
    near(figure.first, figure.end) || deed.hit.is_some_and(|h| near(h.at, h.end))
}
