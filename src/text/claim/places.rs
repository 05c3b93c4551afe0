//! Where the personnel comes from, goes to, or is.

use super::{Action, Place, Relation, Role, Status};
use crate::text::claim::action::Deed;
use crate::text::claim::force::Named;
use crate::text::figure::Figure;
use crate::text::lexicon::{ActSort, Cue, is_state};
use crate::text::reading::{Hit, Reading};

/// Words between a preposition and the place it goes with.
const REACH: usize = 6;
/// Words among them that the lexicon does not know.
const UNKNOWN: usize = 3;

/// Words unknown to the lexicon between a verb and the land that is its object.
const UNKNOWN_OBJECT: usize = 2;

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
        let Some((role, relation)) = role(reading, hit.at)
            .or_else(|| listed(reading, hit.at, list.last()))
            .or_else(|| object(reading, hit.at))
            .or_else(|| deserted(reading, hit.at))
            .or_else(|| headed(reading, hit.at, end))
            .or_else(|| last_object(reading, hit.at, end))
        else {
            continue;
        };
        let span = reading.tokens.list[hit.at].span.to(reading.tokens.list[end - 1].span);
        let text = span.of(reading.tokens.text).to_owned();
        list.push(Spot { at: hit.at, place: Place { role, code: code.to_owned(), text, span, relation } });
    }
    list
}

/// Is the name only the first half of a compound: "Iran-plan"?
fn compound(reading: &Reading, end: usize) -> bool {
    let glued = |i: usize| reading.tokens.list.get(i).is_some_and(|t| !t.spaced);
    glued(end) && matches!(reading.tokens.raw(end), "-" | "‑") && glued(end + 1)
}

/// The code of the land that a hit names, and where its name ends.
fn territory<'r>(reading: &Reading, hit: &Hit<'r>) -> Option<(&'r str, usize)> {
    match hit.cue {
        _ if compound(reading, hit.end) => None,
        Cue::Place(code) => Some((code, hit.end)),
        Cue::Force { code, place: true, .. } => Some((code, hit.end)),
        Cue::Force { code, adjective: true, .. } => {
            let end = described(reading, hit)?;
            // "the American state of North Carolina": the name that follows says it better.
            let named = reading.at(end).any(|h| matches!(h.cue, Cue::Place(place) if place == code));
            (!named).then_some((code, end))
        }
        _ => None,
    }
}

/// Does a word beside it make a place of the name: "the Afghan capital"?
pub fn is_land(reading: &Reading, hit: &Hit) -> bool {
    described(reading, hit).is_some()
}

/// Where the words end that make a place of an adjective: "the Afghan capital", "la capitale afghane".
fn described(reading: &Reading, hit: &Hit) -> Option<usize> {
    let lands = |h: &&Hit| matches!(h.cue, Cue::Border | Cue::Locality);
    let behind = reading.at(hit.end).find(lands).map(|h| h.end);
    behind.or_else(|| (reading.lexicon.postposed && reading.before(hit.at).any(|h| lands(&h))).then_some(hit.end))
}

/// "van Doorn naar Vlissingen": "of" before one place with "to" behind it is "from".
fn left(reading: &Reading, at: usize) -> bool {
    let onward = |h: &Hit| reading.is(h.end, |c| *c == Cue::Prep(Role::To));
    reading.before(at).any(|h| *h.cue == Cue::Of && !reading.is_phrase(h)) && reading.at(at).any(onward)
}

/// The role that the preposition before token `at` gives.
fn role(reading: &Reading, at: usize) -> Option<(Role, Relation)> {
    if left(reading, at) {
        return Some((Role::From, Relation::In));
    }
    let first = reading.sentence.first.max(at.saturating_sub(REACH));
    let mut relation = if reading.is(at, |_| true) && border_follows(reading, at) { Relation::Border } else { Relation::In };
    let (mut i, mut unknown) = (at, 0);
    while i > first {
        let hits: Vec<&Hit> = reading.before(i).collect();
        let prep = hits.iter().find_map(|h| match h.cue {
            Cue::Prep(_)
                if hits.iter().any(|h| *h.cue == Cue::TwoWay)
                    && (reading.is(at, |c| *c == Cue::Goal) || left_for(reading, h.at)) =>
            {
                Some((Role::To, h.at))
            }
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
        if hits.iter().any(|h| *h.cue == Cue::NoPlace) {
            return None;
        }
        let some = hits.iter().any(|h| *h.cue == Cue::FromSome) && !reading.is(at, |c| *c == Cue::Origin);
        if some && !hits.iter().any(|h| *h.cue == Cue::With && before_is_border(reading, h.at)) {
            return None;
        }
        if let Some((role, _)) =
            prep.filter(|_| !hits.iter().any(|h| matches!(h.cue, Cue::With) && before_is_border(reading, h.at)))
        {
            return Some((role, relation));
        }
        unknown += usize::from(hits.is_empty());
        let loose = hits.iter().any(|h| *h.cue == Cue::Of && !located(reading, h.at));
        let stops = loose
            || unknown > UNKNOWN
            || hits.iter().any(|h| {
                matches!(
                    h.cue,
                    Cue::Verb | Cue::Act { .. } | Cue::Noun { .. } | Cue::Clause | Cue::Say | Cue::Break | Cue::And | Cue::Agent
                )
            });
        if stops && (!through || loose) || is_mark(reading, i - 1) && !town(reading, i - 1) {
            return None;
        }
        i = hits.iter().map(|h| h.at).max().unwrap_or(i - 1);
    }
    None
}

/// "отбыли в Мали": behind a verb of leaving, a preposition of two ways names the goal.
fn left_for(reading: &Reading, prep: usize) -> bool {
    reading.acts().any(|a| a.hit.end == prep && a.sort == ActSort::Goes)
}

/// "Fort Sill, Oklahoma": a comma between a town and its land.
fn town(reading: &Reading, comma: usize) -> bool {
    let named = comma > reading.sentence.first && reading.tokens.list[comma - 1].capital;
    named && reading.tokens.raw(comma) == "," && !reading.before(comma).any(|h| matches!(h.cue, Cue::Force { .. }))
}

/// "the north of", "the border of": the words before "of" say where.
fn located(reading: &Reading, at: usize) -> bool {
    reading.before(at).any(|h| matches!(h.cue, Cue::Locality | Cue::Border | Cue::Near | Cue::Prep(_)))
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
    let counted = reading.tokens.list.get(at + 1).is_some_and(|t| t.kind == crate::text::fold::Kind::Digits);
    let close = at - last.at <= REACH && !counted;
    let first = reading.before_article(at);
    let joined =
        reading.before(first).any(|h| *h.cue == Cue::And) || reading.tokens.raw(at - 1) == "," && !is_subject(reading, at);
    let between =
        reading.within(last.at, at).all(|h| !matches!(h.cue, Cue::Verb | Cue::Act { .. } | Cue::Noun { .. } | Cue::Clause));
    (close && joined && between).then_some((last.place.role, last.place.relation))
}

/// "In Mali, France withdrew": behind the comma stands the subject of the verb, not a second place.
fn is_subject(reading: &Reading, at: usize) -> bool {
    reading.at(at).any(|h| reading.is(h.end, |c| matches!(c, Cue::Verb | Cue::Act { .. } | Cue::Split { .. } | Cue::Say)))
}

/// "entered Poland", "left Mali": the object of an act that moves.
fn object(reading: &Reading, at: usize) -> Option<(Role, Relation)> {
    let first = at.saturating_sub(REACH);
    let passed = |h: &&Hit| matches!(h.cue, Cue::Article | Cue::Locality | Cue::Of | Cue::Force { adjective: true, .. });
    // "the eastern regions of": a word or two that say which.
    let plain = |i: usize| reading.before(i).next().is_none() && reading.tokens.list[i - 1].kind == crate::text::fold::Kind::Word;
    let (mut from, mut unknown) = (at, 0);
    while from > first {
        match reading.before(from).find(passed) {
            Some(hit) => from = hit.at,
            None if unknown < UNKNOWN_OBJECT && from < at && plain(from) => (from, unknown) = (from - 1, unknown + 1),
            None => break,
        }
    }
    let act = reading.acts().find(|a| a.hit.end == from)?;
    let owner = reading.at(at).any(|h| matches!(reading.tokens.raw(h.end), "'" | "’"));
    match act.action {
        Action::Deploy => Some((Role::To, Relation::In)),
        Action::Withdraw => Some((Role::From, Relation::In)),
        Action::Other | Action::Captured if !owner && !reading.lexicon.postposed => Some((Role::At, Relation::In)),
        _ => None,
    }
}

/// "hebben Niger verlaten": the object of a verb that ends its clause.
fn last_object(reading: &Reading, at: usize, end: usize) -> Option<(Role, Relation)> {
    let act = reading.acts().find(|a| a.hit.at == end && a.hit.end > end)?;
    let first = reading.sentence.first.max(at.saturating_sub(3));
    let subject = reading.within(first, at).any(|h| matches!(h.cue, Cue::Verb | Cue::Anaphor));
    let last = act.hit.end >= reading.sentence.end || reading.tokens.list[act.hit.end].kind == crate::text::fold::Kind::Mark;
    match act.action {
        Action::Withdraw if subject && last && !reading.lexicon.postposed => Some((Role::From, Relation::In)),
        Action::Deploy if subject && last && !reading.lexicon.postposed => Some((Role::To, Relation::In)),
        _ => None,
    }
}

/// "Kenya: 17 soldiers killed": the scene before the colon of a headline.
fn headed(reading: &Reading, at: usize, end: usize) -> Option<(Role, Relation)> {
    let colon =
        reading.tokens.raw(end) == ":" || matches!(reading.tokens.raw(end), "-" | "–" | "—") && reading.tokens.list[end].spaced;
    let speaks = reading.is(at, |c| matches!(c, Cue::Force { place: false, .. }));
    (at == reading.sentence.first && colon && !speaks && end < reading.sentence.end).then_some((Role::At, Relation::In))
}

/// "withdraws 500 soldiers of Mali", in languages that say "from" so: behind an act that leaves and the nouns after it, "of" is "from".
fn deserted(reading: &Reading, at: usize) -> Option<(Role, Relation)> {
    let article = reading.before_article(at);
    let of = reading.before(article).chain(reading.before(at)).find(|h| *h.cue == Cue::Of)?;
    if !reading.lexicon.postposed || located(reading, of.at) {
        return None;
    }
    let act = reading.acts().filter(|a| a.hit.end <= of.at && of.at - a.hit.end <= 2 * REACH).last()?;
    let direct = act.hit.end == of.at
        || reading.before(of.at).any(|h| matches!(h.cue, Cue::Noun { .. } | Cue::Force { adjective: true, .. }));
    (act.action == Action::Withdraw && direct).then_some((Role::From, Relation::In))
}

/// "at the border", whose neighbour the sentence named before.
fn nameless_border(reading: &Reading, named: &[Spot], own: Option<&str>) -> Option<Spot> {
    let border = reading.hits.iter().find(|h| *h.cue == Cue::Border)?;
    let (role, _) = role(reading, border.at)?;
    if let Some(code) = own.filter(|_| reading.before(border.at).any(|h| *h.cue == Cue::Own)) {
        return Some(at_border(reading, border, role, code));
    }
    if named.iter().any(|s| s.place.relation == Relation::Border) {
        return None;
    }
    let neighbour = reading.within(reading.sentence.first, border.at).rev().find_map(|h| match h.cue {
        Cue::Force { code, .. } => Some(code).filter(|c| is_state(c) && own != Some(c.as_str())),
        _ => None,
    })?;
    Some(at_border(reading, border, role, neighbour))
}

fn at_border(reading: &Reading, border: &Hit, role: Role, code: &str) -> Spot {
    let span = reading.span(border);
    let text = span.of(reading.tokens.text).to_owned();
    Spot { at: border.at, place: Place { role, code: code.to_owned(), text, span, relation: Relation::Border } }
}

/// The places of a figure: those nearer to it than to another, in the roles that its act gives them.
pub fn of(reading: &Reading, figures: &[Figure], n: usize, deed: &Deed, status: Status, force: Option<&str>) -> Vec<Place> {
    let mut spots = spots(reading);
    if let Some(border) = nameless_border(reading, &spots, force) {
        spots.retain(|s| s.place.relation != Relation::Border);
        spots.push(border);
    }
    let bound = |s: &Spot| s.place.role == Role::To && owner(reading, figures, s.at).contains(&n);
    let reached = |s: &Spot| {
        let there =
            |t: &Spot| t.place.role == Role::At && (s.at..s.at + REACH).contains(&t.at) && acts_between(reading, s.at, t.at) == 0;
        deed.action == Action::Deploy && s.place.role == Role::From && spots.iter().any(there)
    };
    let leaves = deed.action == Action::Withdraw || spots.iter().any(|s| bound(s) || reached(s));
    let own: Vec<Spot> = spots
        .into_iter()
        .filter(|s| owner(reading, figures, s.at).contains(&n) && !origin(reading, &figures[n], s, leaves, force))
        .filter(|s| !sender(reading, &figures[n], s, force) && !agent(reading, &figures[n], s, force))
        .collect();
    let goal = own.iter().filter(|s| s.place.role == Role::To).map(|s| s.at).min();
    let elsewhere = own.iter().any(|s| !speaks(reading, s));
    let own: Vec<Spot> = own.iter().filter(|s| !apart(&own, s, &figures[n], deed)).cloned().collect();
    own.into_iter()
        .filter(|s| !elsewhere || !speaks(reading, s))
        .filter_map(|s| {
            let role = match (goal, s.place.role) {
                (Some(goal), Role::At) if deed.action == Action::Deploy => passed(s.at, goal, figures[n].end)?,
                (_, role) => turned(role, deed, status)?,
            };
            Some(Place { role, ..s.place })
        })
        .collect()
}

/// "near the Afghan border in Upper Dir": where the side is said, the neighbour is not where they are.
pub fn keep_inside(places: &mut Vec<Place>) {
    let inside =
        places.iter().find(|p| p.role == Role::At && p.relation == Relation::In && is_state(&p.code)).map(|p| p.code.clone());
    if let Some(code) = inside {
        places.retain(|p| p.role != Role::At || p.relation == Relation::In || p.code == code);
    }
}

/// The land that "the country" at a hit stands for.
pub fn named(land: Named, reading: &Reading, hit: &Hit) -> Place {
    let span = reading.span(hit);
    Place { role: Role::At, code: land.code, text: span.of(reading.tokens.text).to_owned(), span, relation: Relation::In }
}

/// The place that a host is.
pub fn hosting(host: Named, text: &str) -> Place {
    let text = host.said.of(text).to_owned();
    Place { role: Role::At, code: host.code, text, span: host.said, relation: Relation::In }
}

fn acts_between(reading: &Reading, a: usize, b: usize) -> usize {
    reading.acts().filter(|act| a <= act.hit.at && act.hit.at < b).count()
}

/// A place before the act, when the goal stands behind the figure, is where something else happened.
fn apart(own: &[Spot], spot: &Spot, figure: &Figure, deed: &Deed) -> bool {
    let moves = matches!(deed.action, Action::Deploy | Action::Withdraw);
    let before = deed.hit.is_some_and(|h| spot.at < h.at && h.at < figure.first);
    let goal = |s: &Spot| s.at >= figure.end && s.place.role != Role::From;
    moves && before && spot.place.role == Role::At && own.iter().any(goal)
}

/// The role of "the country" for a figure, and where it stands.
pub fn country<'r>(
    reading: &Reading<'r, '_>,
    figures: &[Figure],
    n: usize,
    deed: &Deed,
    status: Status,
) -> Option<(Role, Hit<'r>)> {
    let hit = reading.hits.iter().find(|h| *h.cue == Cue::Country && owner(reading, figures, h.at).contains(&n))?;
    reading.before(hit.at).find(|h| matches!(h.cue, Cue::Prep(_)))?;
    let named = reading.is(hit.end, |c| c.is_land() || matches!(c, Cue::Of | Cue::Force { .. }));
    let (led, relation) = role(reading, hit.at).filter(|_| !named && !reading.tokens.raw(hit.end).starts_with(['\'', '’']))?;
    // "returned to the country": home, wherever the text was last.
    let home = deed.action == Action::Withdraw && led == Role::To;
    let role = turned(led, deed, status).filter(|_| relation == Relation::In && !home)?;
    Some((role, *hit))
}

/// Is a place named that the figure goes to?
pub fn goal(reading: &Reading, figures: &[Figure], n: usize) -> bool {
    spots(reading).iter().any(|s| s.place.role == Role::To && owner(reading, figures, s.at).contains(&n))
}

/// The state inside which a move begins and ends: it moves its own.
pub fn within_one(places: &[Place]) -> Option<Named> {
    let place = |role: Role| places.iter().find(|p| p.role == role);
    let from = place(Role::From).filter(|from| is_state(&from.code))?;
    let inside = place(Role::To).is_some_and(|to| to.code == from.code);
    inside.then(|| Named { code: from.code.clone(), said: from.span })
}

/// "in" beside "to": those who are in Germany and go to Romania leave Germany; where it was said is no matter.
fn passed(at: usize, goal: usize, figure_end: usize) -> Option<Role> {
    (figure_end <= at && at < goal).then_some(Role::From)
}

/// "soldiers from Australia": the state behind the noun says whose they are, not where they leave.
fn origin(reading: &Reading, figure: &Figure, spot: &Spot, leaves: bool, force: Option<&str>) -> bool {
    let state = reading.is(spot.at, |c| matches!(c, Cue::Force { place: true, .. }));
    let behind = reading.is(figure.end, |c| *c == Cue::Prep(Role::From)) && spot.at <= figure.end + REACH;
    let whose = !leaves || force == Some(&spot.place.code);
    spot.place.role == Role::From && state && behind && whose && !figure.elliptic
}

/// "In 1950 stuurde China 300.000 soldaten": the state behind the verb and before the number is the verb's subject, not its object.
fn sender(reading: &Reading, figure: &Figure, spot: &Spot, force: Option<&str>) -> bool {
    force == Some(&spot.place.code) && spot.at < figure.first && object(reading, spot.at).is_some()
}

/// "soldiers sent by France": who sends them is not where they leave.
fn agent(reading: &Reading, figure: &Figure, spot: &Spot, force: Option<&str>) -> bool {
    let first = reading.before_article(spot.at);
    let by = reading.at(figure.end).any(|h| *h.cue == Cue::Of && reading.is_phrase(h) && h.end == first);
    by && force == Some(&spot.place.code)
}

/// "…, the ministry in Niamey said": where it was said is not where it happened, if that is named too.
fn speaks(reading: &Reading, spot: &Spot) -> bool {
    reading.at(spot.at).any(|h| reading.is(h.end, |c| *c == Cue::Say))
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
        (Action::Deploy, Role::At) if deed.sort == ActSort::Still && status == Status::Fact => Some(Role::At),
        (Action::Deploy, Role::At) => Some(Role::To),
        (Action::Deploy | Action::Freed, role) => Some(role),
        (Action::Withdraw, Role::At) => Some(Role::From),
        (Action::Withdraw, role) => Some(role),
        (Action::Ready, Role::To) => Some(Role::To),
        (_, Role::At) => Some(Role::At),
        (_, Role::From | Role::To) => None,
    }
}
