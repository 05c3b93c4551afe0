//! Where the personnel comes from, goes to, or is.

use super::{Action, Place, Relation, Role, Status};
use crate::text::claim::action::Deed;
use crate::text::figure::Figure;
use crate::text::lexicon::Cue;
use crate::text::reading::{Hit, Reading};

/// Words between a preposition and the place it goes with.
const REACH: usize = 6;

/// A place that a sentence names behind a preposition.
#[derive(Clone, Debug)]
pub struct Spot {
    pub at: usize,
    pub place: Place,
}

/// All places of a sentence, with the role of their preposition.
pub fn spots(reading: &Reading) -> Vec<Spot> {
    let mut list: Vec<Spot> = Vec::new();
    for hit in &reading.hits {
        let Some((code, end)) = territory(reading, hit) else { continue };
        if list.last().is_some_and(|last| last.at == hit.at) {
            continue;
        }
        let Some((role, relation)) = role(reading, hit.at).or_else(|| listed(reading, hit.at, list.last())) else { continue };
        let span = reading.tokens.list[hit.at].span.to(reading.tokens.list[end - 1].span);
        let text = span.of(reading.tokens.text).to_owned();
        list.push(Spot { at: hit.at, place: Place { role, code: code.to_owned(), text, span, relation } });
    }
    list.extend(nameless_border(reading, &list));
    list
}

/// The code of the land that a hit names, and where its name ends.
fn territory<'h>(reading: &Reading, hit: &'h Hit) -> Option<(&'static str, usize)> {
    match hit.cue {
        Cue::Place(code) => Some((code, hit.end)),
        Cue::Force { code, place: true, .. } => Some((code, hit.end)),
        Cue::Force { code, adjective: true, .. } => {
            let end = reading.at(hit.end).find(|h| matches!(h.cue, Cue::Border | Cue::Locality))?.end;
            Some((code, end))
        }
        _ => None,
    }
}

/// The role that the preposition before token `at` gives.
fn role(reading: &Reading, at: usize) -> Option<(Role, Relation)> {
    let first = reading.sentence.first.max(at.saturating_sub(REACH));
    let mut relation = if reading.is(at, |_| true) && border_follows(reading, at) { Relation::Border } else { Relation::In };
    let mut i = at;
    while i > first {
        let hits: Vec<&Hit> = reading.before(i).collect();
        let prep = hits.iter().find_map(|h| match h.cue {
            Cue::Prep(role) => Some((*role, h.at)),
            _ => None,
        });
        if hits.iter().any(|h| *h.cue == Cue::Border) {
            relation = Relation::Border;
        }
        if hits.iter().any(|h| *h.cue == Cue::Near) && relation == Relation::In {
            relation = Relation::Near;
        }
        let through =
            hits.iter().any(|h| matches!(h.cue, Cue::With | Cue::Of | Cue::Border | Cue::Article | Cue::Locality | Cue::Near));
        if let Some((role, _)) =
            prep.filter(|_| !hits.iter().any(|h| matches!(h.cue, Cue::With) && before_is_border(reading, h.at)))
        {
            return Some((role, relation));
        }
        let stops = hits.iter().any(|h| {
            matches!(
                h.cue,
                Cue::Verb | Cue::Act { .. } | Cue::Noun { .. } | Cue::Clause | Cue::Say | Cue::Break | Cue::And | Cue::Agent
            )
        });
        if stops && !through || is_mark(reading, i - 1) {
            return None;
        }
        i = hits.iter().map(|h| h.at).min().unwrap_or(i - 1);
    }
    None
}

fn is_mark(reading: &Reading, i: usize) -> bool {
    reading.tokens.list[i].kind == crate::text::fold::Kind::Mark && !matches!(reading.tokens.raw(i), "'" | "’" | "-" | "\"" | "“")
}

fn before_is_border(reading: &Reading, at: usize) -> bool {
    reading.before(at).any(|h| *h.cue == Cue::Border)
}

fn border_follows(reading: &Reading, at: usize) -> bool {
    reading.at(at).any(|h| (h.end..h.end + 3).any(|k| reading.is(k, |c| *c == Cue::Border)))
}

/// "Germany and Poland": the second of a list has the role of the first.
fn listed(reading: &Reading, at: usize, last: Option<&Spot>) -> Option<(Role, Relation)> {
    let last = last?;
    let close = at - last.at <= REACH;
    let joined = reading.before(at).any(|h| *h.cue == Cue::And) || reading.tokens.raw(at - 1) == ",";
    let between =
        reading.within(last.at, at).all(|h| !matches!(h.cue, Cue::Verb | Cue::Act { .. } | Cue::Noun { .. } | Cue::Clause));
    (close && joined && between).then_some((last.place.role, last.place.relation))
}

/// "at the border", whose neighbour the sentence named before.
fn nameless_border(reading: &Reading, named: &[Spot]) -> Option<Spot> {
    let border = reading.hits.iter().find(|h| *h.cue == Cue::Border)?;
    let (role, _) = role(reading, border.at)?;
    if named.iter().any(|s| s.place.relation == Relation::Border) {
        return None;
    }
    let neighbour = reading.within(reading.sentence.first, border.at).rev().find_map(|h| match h.cue {
        Cue::Force { code, place: true, .. } => Some(code),
        _ => None,
    })?;
    let span = reading.tokens.list[border.at].span.to(reading.tokens.list[border.end - 1].span);
    let text = span.of(reading.tokens.text).to_owned();
    Some(Spot { at: border.at, place: Place { role, code: neighbour.clone(), text, span, relation: Relation::Border } })
}

/// The places of a figure: those nearer to it than to another, in the roles that its act gives them.
pub fn of(reading: &Reading, figures: &[Figure], n: usize, deed: &Deed, status: Status) -> Vec<Place> {
    let spots = spots(reading);
    spots
        .into_iter()
        .filter(|s| owner(reading, figures, s.at).contains(&n))
        .filter_map(|s| Some(Place { role: turned(s.place.role, deed, status)?, ..s.place }))
        .collect()
}

/// Which figures a place at token `at` belongs to.
fn owner(reading: &Reading, figures: &[Figure], at: usize) -> std::ops::Range<usize> {
    let next = figures.iter().position(|f| f.numeral.first > at).unwrap_or(figures.len());
    if next == 0 {
        return 0..figures.len();
    }
    let joined = (1..next).rev().take_while(|&k| coordinated(reading, &figures[k - 1], &figures[k])).count();
    next - 1 - joined..next
}

/// "50 French and 50 German soldiers".
fn coordinated(reading: &Reading, a: &Figure, b: &Figure) -> bool {
    let gap = a.end.min(b.first)..b.first;
    a.end > b.first || gap.len() <= 2 && gap.clone().all(|i| reading.is(i, |c| *c == Cue::And) || reading.tokens.raw(i) == ",")
}

/// The role that a place has with an act: "in" with a withdrawal is where they leave.
fn turned(role: Role, deed: &Deed, status: Status) -> Option<Role> {
    match (deed.action, role) {
        (Action::Deploy, Role::At) if deed.still && status == Status::Fact => Some(Role::At),
        (Action::Deploy, Role::At) => Some(Role::To),
        (Action::Deploy | Action::Freed, role) => Some(role),
        (Action::Withdraw, Role::At) => Some(Role::From),
        (Action::Withdraw, role) => Some(role),
        (Action::Ready, Role::To) => Some(Role::To),
        (_, Role::At) => Some(Role::At),
        (_, Role::From | Role::To) => None,
    }
}
