//! Whose personnel it is.

use super::action::Deed;
use super::{Action, Relation, Role, Status, places};
use crate::text::figure::Figure;
use crate::text::fold::Kind;
use crate::text::lexicon::{ActSort, Cue, NounKind, is_group, is_state};
use crate::text::reading::{Act, Hit, Reading};
use crate::text::sentence::Sentence;
use crate::text::span::Span;

/// Words between a noun and the "of the Iraqi army" behind it.
const BEHIND: usize = 4;
/// Tokens between "mercenaries" and the name of their group.
const FAR: usize = 10;
/// Words between "the Dutch contingent" and its number.
const AHEAD: usize = 6;
/// Words between a verb and those whom it befell: "mataron a 40".
const OBJECT: usize = 2;
/// Figures beside one that are looked at.
const BESIDE: usize = 8;
/// The code of fighters of whom nothing more is said.
pub const ANY_GROUP: &str = "militants";
/// The code of several states together.
const COALITION: &str = "coalition";

/// A force and the words that name it.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    pub code: String,
    pub said: Span,
}

impl Named {
    fn by(reading: &Reading, hit: &Hit) -> Option<Named> {
        Some(Named { code: code(hit.cue)?.to_owned(), said: reading.span(hit) })
    }

    /// Of a compound ("Russian-Belarusian"), both.
    fn whole(reading: &Reading, hit: &Hit) -> Option<Named> {
        let named = Named::by(reading, hit)?;
        let several = hyphened(reading, hit.at, &named.code) || hyphened(reading, hit.end + 1, &named.code);
        Some(if several { Named { code: COALITION.to_owned(), ..named } } else { named })
    }
}

/// The force that the figure's own noun phrase names.
pub fn own(reading: &Reading, figure: &Figure, next: usize, action: Action) -> Option<Named> {
    let inside = forces(reading.within(figure.numeral.outer_end, figure.end.min(next).max(figure.numeral.outer_end)));
    one(reading, &inside)
        .map(|own| {
            if !action.is_casualty() && has_fellows(reading, figure, &own.code) {
                Named { code: COALITION.to_owned(), ..own }
            } else {
                own
            }
        })
        .or_else(|| senders(reading, figure))
        .or_else(|| behind(reading, figure, action))
        .or_else(|| ahead(reading, figure, action))
        .or_else(|| strong(reading, figure))
}

/// "30,000 Iraqi troops, Kurdish fighters and militiamen": one number for the troops of several.
fn has_fellows(reading: &Reading, figure: &Figure, own: &str) -> bool {
    let listed = |i: &usize| {
        reading.tokens.raw(*i) == ","
            || reading.is(*i, |c| matches!(c, Cue::And | Cue::Noun { .. } | Cue::Body | Cue::Force { .. }))
            || reading.at(*i).next().is_none() && reading.tokens.list[*i].kind == Kind::Word
    };
    let end = (figure.end..reading.sentence.end.min(figure.end + FAR)).take_while(listed).last().map_or(figure.end, |i| i + 1);
    let opens = reading.tokens.raw(figure.end) == "," || reading.is(figure.end, |c| *c == Cue::And);
    let troops = |i: usize| reading.is(i, |c| matches!(c, Cue::Noun { .. } | Cue::Body));
    let fellow = |h: &Hit| match h.cue {
        Cue::Noun { force: Some(code), .. } => code != own,
        Cue::Force { code, .. } => code != own && troops(h.end),
        _ => false,
    };
    opens && reading.within(figure.end, end).any(|h| *h.cue == Cue::And) && reading.within(figure.end, end).any(fellow)
}

/// The last armed group that a stretch of a sentence names.
pub fn group(reading: &Reading, end: usize) -> Option<Named> {
    let mut named = reading.within(reading.sentence.first, end).rev();
    named.find(|h| code(h.cue).is_some_and(is_group)).and_then(|h| Named::by(reading, h))
}

/// "separatists … 26 fighters": the sort of force that an earlier noun says, where the own noun says none in particular.
pub fn sort(reading: &Reading, figures: &[Figure], n: usize) -> Option<Named> {
    let nouns = reading.within(reading.sentence.first, figures[n].first).rev();
    let mut free = nouns.filter(|h| !is_counted(figures, n, h));
    free.find_map(|h| match h.cue {
        Cue::Noun { force: Some(code), .. } if is_group(code) && code != ANY_GROUP => {
            Some(Named { code: code.clone(), said: reading.span(h) })
        }
        _ => None,
    })
}

/// The armed group that stands behind the noun, a word or two of its own between: "mercenaries of the private company Wagner".
pub fn group_behind(reading: &Reading, figure: &Figure) -> Option<Named> {
    let ends = |i: &usize| {
        reading.is(*i, |c| {
            matches!(c, Cue::Verb | Cue::Act { .. } | Cue::Clause | Cue::Relative | Cue::Agent | Cue::Stop | Cue::And)
        })
    };
    let end = (figure.end..reading.sentence.end.min(figure.end + FAR)).find(ends).unwrap_or(figure.end + FAR);
    let named = reading.within(figure.end, end).find(|h| code(h.cue).is_some_and(is_group));
    named.and_then(|h| Named::by(reading, h))
}

/// Every state that a sentence names, as a land or by its people.
pub fn states(reading: &Reading) -> Vec<Named> {
    let named = reading.hits.iter().filter_map(|h| match h.cue {
        Cue::Place(code) | Cue::Force { code, .. } if is_state(code) => Some(Named { code: code.clone(), said: reading.span(h) }),
        _ => None,
    });
    named.collect()
}

/// "31 soldiers: 13 Germans and 15 French": a whole whose parts are of several states.
pub fn shared(reading: &Reading, figures: &[Figure], n: usize, action: Action) -> Option<Named> {
    let parts = figures.get(n + 1..)?;
    let opened = parts.first()?.numeral.outer - 1;
    if !matches!(reading.tokens.raw(opened), ":" | "(") {
        return None;
    }
    let mut states: Vec<Named> = parts.iter().take(BESIDE).filter_map(|f| part(reading, f, action)).collect();
    states.retain(|f| is_state(&f.code));
    let (first, last) = (states.first()?, states.last()?);
    let several = states.iter().any(|f| f.code != first.code);
    several.then(|| Named { code: COALITION.to_owned(), said: first.said.to(last.said) })
}

/// Whose a part is, by its noun ("13 Germans") or the words around it.
fn part(reading: &Reading, figure: &Figure, action: Action) -> Option<Named> {
    let noun = figure.force.clone().zip(figure.noun).map(|(code, said)| Named { code, said });
    noun.or_else(|| own(reading, figure, usize::MAX, action))
}

/// The states that a sentence names as lands.
pub fn territories(reading: &Reading) -> Vec<Named> {
    let land = |h: &&Hit| h.cue.is_land();
    let named = reading.hits.iter().filter(land).filter_map(|h| match h.cue {
        Cue::Place(code) | Cue::Force { code, .. } if is_state(code) => Some(Named { code: code.clone(), said: reading.span(h) }),
        _ => None,
    });
    named.collect()
}

/// Several states that a sentence names side by side: "Russian-Belarusian", "Seoul and Washington", "the allies".
pub fn pair(reading: &Reading) -> Option<Named> {
    if let Some(several) = reading.hits.iter().find(|h| code(h.cue) == Some(COALITION)) {
        return Named::by(reading, several);
    }
    let state = |h: &&Hit| code(h.cue).is_some_and(is_state) && !places::is_land(reading, h);
    let second = reading.hits.iter().filter(state).find(|h| {
        let own = code(h.cue).unwrap_or_default();
        hyphened(reading, h.at, own) || beside(reading, h, own, |f| code(f.cue).is_some_and(is_state))
    })?;
    Some(Named { code: COALITION.to_owned(), said: reading.span(second) })
}

/// Does a sentence begin with the name of a state: "Mali: …"?
pub fn heads(reading: &Reading) -> bool {
    reading.is(reading.sentence.first, |c| matches!(c, Cue::Force { code, .. } if is_state(code)))
}

/// The force that the sentence makes the subject of what is told of figure `n`.
pub fn subject(reading: &Reading, figures: &[Figure], n: usize, action: Action, loses: bool) -> Option<Named> {
    if action.is_casualty() && !loses {
        return None;
    }
    let figure = &figures[n];
    let moves = matches!(action, Action::Deploy | Action::Withdraw | Action::Ready);
    let captor = |h: &Hit| action == Action::Freed && !loses && code(h.cue).is_some_and(is_group);
    let subjects = || {
        reading
            .within(reading.sentence.first, figure.first)
            .rev()
            .filter(|h| is_subject(reading, h) || moves && is_addressed(reading, figure, h))
            .filter(|h| !(captor(h) || loses && is_counted(figures, n, h)))
    };
    let sure =
        |h: &&Hit| !is_adjective(h.cue) || reading.is(h.end, |c| matches!(c, Cue::Body | Cue::Noun { .. } | Cue::Military));
    let subject = subjects().find(sure).or_else(|| subjects().next())?;
    let named = Named::whole(reading, subject)?;
    let fellow = |h: &Hit| code(h.cue).is_some_and(|c| !is_group(c)) && is_subject(reading, h);
    let several = !is_group(&named.code) && beside(reading, subject, &named.code, fellow);
    Some(if several { Named { code: COALITION.to_owned(), ..named } } else { named })
}

/// "Ukrainian troops killed 40 soldiers": is a state the subject of what befell those right behind the verb? Then they are not its own.
pub fn is_culprit(reading: &Reading, figure: &Figure, deed: &Deed) -> bool {
    let first = figure.numeral.outer;
    let befalls = deed.action.is_casualty() && deed.action != Action::Losses && deed.sort == ActSort::Plain;
    let Some(act) = deed.hit.filter(|h| befalls && h.end <= first && first - h.end <= OBJECT) else { return false };
    let mut at = act.at;
    while let Some(verb) = reading.before(at).find(|h| *h.cue == Cue::Verb) {
        at = verb.at;
    }
    let army = |c: &Cue| matches!(c, Cue::Body | Cue::Noun { kind: NounKind::Sure, force: None, .. });
    let troops = |at: usize| reading.before(at).find(|h| army(h.cue)).map(|h| h.at);
    let state = |at: usize| reading.before(at).find(|h| code(h.cue).is_some_and(is_state)).map(|h| h.at);
    // A state takes prisoners by its troops; who is arrested without them may be its own.
    let alone = |at: usize| Some(at).filter(|_| deed.action != Action::Captured);
    // "Ukrainian troops", "Ukraine", "las fuerzas ucranianas".
    let named = troops(at).and_then(state).or_else(|| state(at).and_then(|at| troops(at).or_else(|| alone(at))));
    let plain = reading.marks_between(act.end, first, ",;:(") == 0;
    named.is_some_and(|at| plain && !is_bound(reading, at))
}

/// "accused by Chad of killing six of its soldiers": behind the one who accuses, "its" is theirs.
pub fn accuser(reading: &Reading, figure: &Figure) -> Option<Named> {
    let mut named = reading.within(reading.sentence.first, figure.first).rev();
    let last = named.find(|h| code(h.cue).is_some() || matches!(h.cue, Cue::Place(c) if is_state(c)))?;
    let by = |i: usize| reading.before(i).any(|h| *h.cue == Cue::Agent);
    let bound = by(last.at) || by(reading.before_article(last.at));
    let act = reading.acts().any(|a| a.action.is_casualty() && last.end <= a.hit.at && a.hit.end <= figure.first);
    let direct = reading.marks_between(last.end, figure.first, ",;:") == 0;
    let code = match last.cue {
        Cue::Force { code, .. } | Cue::Place(code) => code,
        _ => return None,
    };
    (bound && act && direct).then(|| Named { code: code.clone(), said: reading.span(last) })
}

/// "killed 751 Taliban fighters and lost 29 soldiers": does the name belong to a figure before this one?
fn is_counted(figures: &[Figure], n: usize, hit: &Hit) -> bool {
    figures[..n].iter().rev().take(BESIDE).any(|f| f.first <= hit.at && hit.at <= f.end && !f.elliptic)
}

/// Does "and" join a name to another before it: "Slovenia and Croatia sent", "the American and the NATO troops"?
fn beside(reading: &Reading, name: &Hit, own: &str, fellow: impl Fn(&Hit) -> bool) -> bool {
    let first = reading.before_article(name.at);
    let ands = reading.before(first).filter(|h| *h.cue == Cue::And);
    ands.flat_map(|and| reading.before(and.at)).any(|h| code(h.cue).is_some_and(|c| c != own) && fellow(h))
}

/// Does a hyphen join the state at token `at` to another before it: "Russian-Belarusian"?
fn hyphened(reading: &Reading, at: usize, own: &str) -> bool {
    let other = |h: &Hit| code(h.cue).is_some_and(is_state);
    let Some(hyphen) = at.checked_sub(1).filter(|i| *i > reading.sentence.first && reading.tokens.raw(*i) == "-") else {
        return false;
    };
    let (first, second) = (reading.before(hyphen).find(|h| other(h)), reading.at(at).find(|h| other(h)));
    let differs = first.zip(second).is_some_and(|(a, b)| code(a.cue) != code(b.cue));
    differs && [first, second].into_iter().flatten().any(|h| code(h.cue) == Some(own))
}

/// The first force that a sentence speaks of as troops, else as a subject.
pub fn topic(reading: &Reading) -> Option<Named> {
    let troops = reading
        .hits
        .iter()
        .filter(|h| code(h.cue).is_some())
        .find(|h| reading.at(h.end).any(|n| matches!(n.cue, Cue::Noun { .. } | Cue::Body)));
    troops.and_then(|h| Named::by(reading, h))
}

/// The states whose people or institutions a sentence names.
pub fn people(reading: &Reading, action: Action) -> Vec<Named> {
    // "a Russian drone killed …": its owner is not theirs.
    let thing = |h: &Hit| action.is_casualty() && is_adjective(h.cue) && reading.is(h.end, |c| *c == Cue::Stop);
    let agent = |h: &Hit| action.is_casualty() && reading.within(h.at.saturating_sub(AHEAD), h.at).any(|a| *a.cue == Cue::Agent);
    let own = reading.hits.iter().filter(|h| !places::is_land(reading, h) && !thing(h) && !agent(h));
    let people =
        own.filter(|h| matches!(h.cue, Cue::Force { code, place: false, .. } if is_state(code)) && !is_scene(reading, h));
    people.filter_map(|h| Named::by(reading, h)).collect()
}

/// Of these, institutions, and adjectives before troops or authorities: what another sentence may inherit.
pub fn troops(reading: &Reading, action: Action) -> Vec<Named> {
    let armed = |h: &&Hit| {
        let body = |i: usize| reading.is(i, |c| matches!(c, Cue::Body | Cue::Noun { .. } | Cue::Military | Cue::Stop));
        !is_adjective(h.cue) || (h.end..h.end + 2).any(body) || reading.lexicon.postposed && h.at > 0 && body(h.at - 1)
    };
    let spans: Vec<Span> = reading.hits.iter().filter(armed).map(|h| reading.span(h)).collect();
    let mut troops: Vec<Named> = people(reading, action).into_iter().filter(|n| spans.contains(&n.said)).collect();
    troops.extend(leading(reading));
    troops
}

/// The alliances that a sentence names and that tell of their own dead; the United Nations tell of anybody's.
pub fn alliances(reading: &Reading) -> Vec<Named> {
    let own = |c: &str| !is_state(c) && !is_group(c) && c != "un";
    let named = reading.hits.iter().filter(|h| code(h.cue).is_some_and(own));
    named.filter_map(|h| Named::by(reading, h)).collect()
}

/// The state that begins the sentence as the subject of its verb.
pub fn leading(reading: &Reading) -> Option<Named> {
    let Sentence { first, end, .. } = reading.sentence;
    let first = (first..end).find(|&i| reading.tokens.list[i].kind != Kind::Mark)?;
    let at = reading.past_article(first);
    let head = |i: usize| reading.is(i, |c| matches!(c, Cue::Body | Cue::Noun { .. } | Cue::Military | Cue::Stop));
    // "US authorities have", "las autoridades israelíes han".
    let before = if head(at) && reading.lexicon.postposed { at + 1 } else { at };
    let state = reading.at(before).find(|h| code(h.cue).is_some_and(is_state) && is_subject(reading, h))?;
    let end = if is_adjective(state.cue) && before == at && head(state.end) { state.end + 1 } else { state.end };
    let verb = reading.is(end, |c| matches!(c, Cue::Verb | Cue::Act { .. } | Cue::Split { .. } | Cue::Say | Cue::Status(_)));
    verb.then(|| Named::by(reading, state))?
}

/// "the embassy in Baghdad": a capital behind a preposition is a town, not a government.
fn is_scene(reading: &Reading, hit: &Hit) -> bool {
    reading.is(hit.at, |c| matches!(c, Cue::Place(_))) && reading.before(hit.at).any(|h| matches!(h.cue, Cue::Prep(_)))
}

/// The states on whose ground a sentence takes place.
pub fn grounds(reading: &Reading) -> Vec<Named> {
    let spots = places::spots(reading).into_iter().filter(|s| s.place.relation == Relation::In && s.place.role == Role::At);
    let grounds = spots.filter(|s| is_state(&s.place.code)).map(|s| Named { code: s.place.code, said: s.place.span });
    grounds.chain(town(reading)).collect()
}

/// "Antwerp was startled by": the town that begins the sentence as the subject of its verb.
fn town(reading: &Reading) -> Option<Named> {
    reading.at(reading.sentence.first).find_map(|h| match h.cue {
        Cue::Place(code) if is_state(code) && reading.is(h.end, |c| *c == Cue::Verb) => {
            Some(Named { code: code.clone(), said: reading.span(h) })
        }
        _ => None,
    })
}

/// Of several, an armed group wins over the states beside it ("Russian Wagner fighters"), a state over the alliance that it serves
/// ("Moroccan UN soldiers").
fn one(reading: &Reading, forces: &[Hit]) -> Option<Named> {
    let (first, last) = (forces.first()?, forces.last()?);
    let only = |wanted: fn(&str) -> bool| {
        let mut some = forces.iter().filter(|h| code(h.cue).is_some_and(wanted));
        some.next().filter(|_| some.next().is_none()).and_then(|h| Named::by(reading, h))
    };
    let several = Named { code: COALITION.to_owned(), said: reading.span(first).to(reading.span(last)) };
    match forces {
        [force] => Named::by(reading, force),
        all if all.iter().any(|h| code(h.cue) == Some(COALITION)) => Some(several),
        _ => only(is_group).or_else(|| only(is_state)).or(Some(several)),
    }
}

/// Distinct forces among hits.
fn forces<'h, 'r: 'h>(hits: impl Iterator<Item = &'h Hit<'r>>) -> Vec<Hit<'r>> {
    let mut list: Vec<Hit> = Vec::new();
    for hit in hits {
        if code(hit.cue).is_some_and(|c| !list.iter().any(|h| code(h.cue) == Some(c))) {
            list.push(*hit);
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
fn behind(reading: &Reading, figure: &Figure, action: Action) -> Option<Named> {
    let link =
        reading.at(figure.end).find(|h| *h.cue == Cue::Of || *h.cue == Cue::Prep(Role::From) && action != Action::Withdraw);
    // "военных наблюдателей от Украины": a word more of the noun.
    let more = || reading.at(figure.end + 1).find(|h| *h.cue == Cue::Prep(Role::From) && reading.at(figure.end).next().is_none());
    let link = link.or_else(|| more().filter(|_| reading.lexicon.postposed && action != Action::Withdraw));
    let left = action == Action::Withdraw && reading.lexicon.postposed;
    // "sent by France to Mali": who sends them is not where they leave.
    let plain = |l: &Hit| !reading.is_phrase(l) && lands(reading, l.end);
    if link.is_none() && !reading.lexicon.postposed || left && link.is_some_and(plain) {
        return None;
    }
    let from = link.map_or(figure.end, |l| l.end);
    let onward = |h: &Hit| *h.cue == Cue::Prep(Role::To) || *h.cue == Cue::TwoWay && lands(reading, h.end);
    let leaves = link.is_some_and(|l| *l.cue != Cue::Of || plain(l)) && reading.within(from, from + BEHIND + 2).any(onward);
    if leaves {
        return None;
    }
    let reach = if reading.lexicon.postposed { 2 * BEHIND } else { BEHIND };
    // "commanders of the rebels": a noun that says whose it is.
    let rebels = link.filter(|l| *l.cue == Cue::Of).and_then(|_| {
        let at = reading.past_article(from);
        reading.at(at).find_map(|h| match h.cue {
            Cue::Noun { force: Some(code), .. } => Some(Named { code: code.clone(), said: reading.span(h) }),
            _ => None,
        })
    });
    if rebels.is_some() {
        return rebels;
    }
    let mut list: Vec<Hit> = Vec::new();
    for i in from..(from + reach).min(reading.sentence.end) {
        if parts(reading, i) || !list.is_empty() && reading.is(i, |c| *c == Cue::Of) {
            break;
        }
        list.extend(reading.at(i).filter(|h| code(h.cue).is_some()));
    }
    one(reading, &forces(list.iter()))
}

/// Does token `i` end the words behind a noun that can say whose they are?
fn parts(reading: &Reading, i: usize) -> bool {
    let people = reading.at(i).any(|h| code(h.cue).is_some());
    let noun = !people && !reading.lexicon.postposed && reading.is(i, |c| matches!(c, Cue::Noun { .. }));
    let mark = matches!(reading.tokens.raw(i), "," | ":" | ";" | "(" | "—" | "–");
    let ends = |c: &Cue| {
        matches!(
            c,
            Cue::Verb
                | Cue::Act { .. }
                | Cue::Prep(_)
                | Cue::Break
                | Cue::Agent
                | Cue::Clause
                | Cue::Say
                | Cue::Relative
                | Cue::Stop
                | Cue::Locality
                | Cue::Border
                | Cue::Near
        )
    };
    let number = reading.tokens.list[i].kind == Kind::Digits && reading.tokens.list[i].span.len() > 2;
    noun || mark || number || !people && reading.is(i, ends)
}

/// "the 300 troops Malawi sent", "soldaten die Rusland stuurde".
fn senders(reading: &Reading, figure: &Figure) -> Option<Named> {
    let from = reading.at(figure.end).find(|h| *h.cue == Cue::Relative).map_or(figure.end, |h| h.end);
    let sender = reading.at(from).find(|h| code(h.cue).is_some() && !is_adjective(h.cue))?;
    let moves = reading.acts().any(|a| a.hit.at == sender.end && !a.action.is_casualty());
    (moves && !reading.lexicon.postposed).then(|| Named::by(reading, sender))?
}

/// Does the name of a land stand at token `i`, an article left out?
fn lands(reading: &Reading, i: usize) -> bool {
    reading.is(reading.past_article(i), Cue::is_land)
}

/// "the Dutch contingent of 200".
fn ahead(reading: &Reading, figure: &Figure, action: Action) -> Option<Named> {
    let from = figure.numeral.outer.saturating_sub(AHEAD).max(reading.sentence.first);
    let body = reading.within(from, figure.numeral.outer.max(from)).rev().find(|h| *h.cue == Cue::Body)?;
    // "the Ukrainian army killed 40": what it did to others; what it lost or buried was its own.
    let done = |a: &Act| a.action == action && a.sort == ActSort::Plain && action != Action::Losses;
    if action.is_casualty() && reading.acts().any(|a| done(a) && body.end <= a.hit.at && a.hit.end <= figure.numeral.outer) {
        return None;
    }
    let behind = || reading.at(body.end).filter(|_| reading.lexicon.postposed).find_map(|h| Named::whole(reading, h));
    let own = reading.before(body.at).filter(|h| !placed(reading, h)).find_map(|h| Named::whole(reading, h));
    if is_bound(reading, body.at) { None } else { own.or_else(behind) }
}

/// "an EU mission of 450 soldiers": the name of a force right before "of" and its number.
fn strong(reading: &Reading, figure: &Figure) -> Option<Named> {
    let of = reading.before(figure.numeral.outer).find(|h| *h.cue == Cue::Of)?;
    let force = |h: &&Hit| matches!(h.cue, Cue::Force { adjective: false, place: false, code } if !is_state(code));
    let hyphen = of.at.checked_sub(2).filter(|i| reading.tokens.raw(*i) == "-");
    let mut named = reading.before(of.at).chain(hyphen.into_iter().flat_map(|i| reading.before(i)));
    named.find(force).and_then(|h| Named::by(reading, h))
}

/// Can this force be the subject: not behind a preposition, not "the border with"?
fn is_subject(reading: &Reading, hit: &Hit) -> bool {
    if code(hit.cue).is_none() {
        return false;
    }
    let oblique = reading.lexicon.cases && matches!(hit.cue, Cue::Force { place: true, .. });
    !oblique && !is_bound(reading, hit.at) && !places::is_land(reading, hit)
}

/// "a demandé à l'Otan de déployer": who is asked to do it would be its subject.
fn is_addressed(reading: &Reading, figure: &Figure, hit: &Hit) -> bool {
    let first = reading.before_article(hit.at);
    let asks = |h: &Hit| *h.cue == Cue::Status(Status::Possible);
    let asked = |prep: &Hit| reading.before(prep.at).chain(reading.before(first)).any(asks);
    let mut prep = reading.before(first).filter(|h| matches!(h.cue, Cue::Prep(_)));
    let acts = || reading.acts().any(|a| hit.end <= a.hit.at && a.hit.end <= figure.first);
    code(hit.cue).is_some() && !is_adjective(hit.cue) && prep.any(asked) && acts()
}

/// Does a preposition, a border or a place before it bind the name at token `at`?
fn is_bound(reading: &Reading, at: usize) -> bool {
    let first = reading.before_article(at);
    let located =
        |h: &Hit| *h.cue == Cue::Of && reading.before(h.at).any(|l| matches!(l.cue, Cue::Locality | Cue::Border | Cue::Near));
    reading.before(at).chain(reading.before(first)).any(|h| {
        matches!(
            h.cue,
            Cue::Prep(_) | Cue::With | Cue::Border | Cue::Near | Cue::Agent | Cue::Credit | Cue::Locality | Cue::Place(_)
        ) || located(h)
    })
}

/// The name of a land behind a preposition: "in Lettland ein Bataillon".
fn placed(reading: &Reading, hit: &Hit) -> bool {
    matches!(hit.cue, Cue::Force { adjective: false, .. }) && is_bound(reading, hit.at)
}
