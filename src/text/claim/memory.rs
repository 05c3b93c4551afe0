//! What a reader carries from sentence to sentence: whose troops these are, where it happens, what was said of the same number before.

use super::action::Deed;
use super::force::{self, Named};
use super::places;
use super::read::{Reader, at_home, points_back};
use super::{Action, Claim, Context, Place, Relation, Role, Status};
use crate::text::figure::Figure;
use crate::text::lexicon::{ActSort, Cue, is_group, is_state};
use crate::text::reading::{Hit, Reading};
use crate::text::sentence::Sentence;
use crate::text::span::Span;

/// How many sentences back a reader looks for whose troops these are.
const MEMORY: usize = 4;
/// How many sentences back the scene of a fight was set.
const SCENE: usize = 3;
/// Sentences of a text that can speak of one state only.
const SMALL_TEXT: usize = 30;
/// Times that it names that state, where it does not name its people.
const OFTEN: usize = 2;

impl Reader<'_, '_> {
    /// What an earlier claim said of the same: "the two thousand", "the deployment of thousands".
    pub fn again(&self, reading: &Reading, figure: &Figure, deed: &Deed) -> Option<(Action, Status, Span)> {
        let named = |at: usize| reading.before(at).any(|h| *h.cue == Cue::Article);
        let same_count = |c: &&Claim| c.amount == figure.numeral.amount;
        let same_act = |c: &&Claim| c.action == deed.action && !c.action.is_casualty();
        let earlier = || self.claims.iter().rev();
        let found = match deed.hit {
            _ if figure.elliptic && named(figure.first) => earlier().find(same_count),
            Some(hit) if hit.end <= figure.first && named(hit.at) => earlier().find(same_act),
            _ => None,
        };
        found.map(|c| (c.action, c.status, c.span))
    }

    /// Own words, then the subject of the sentence, then what was said before.
    pub fn force(&mut self, s: usize, reading: &Reading, figures: &[Figure], n: usize, deed: &Deed) -> Option<Named> {
        let figure = &figures[n];
        let owned = reading.within(figure.numeral.outer, figure.end).any(|h| *h.cue == Cue::Own);
        let ranks = reading.hits.iter().any(|h| *h.cue == Cue::Ranks);
        let loses = deed.action == Action::Losses || owned || ranks;
        let next = figures.get(n + 1).map_or(usize::MAX, |f| f.numeral.outer);
        let own = force::own(reading, figure, next, deed.action);
        if let Some(kind) = &figure.force {
            let kind = Named { code: kind.clone(), said: figure.noun.unwrap_or(figure.numeral.span) };
            if is_state(&kind.code) {
                return Some(kind);
            }
            let serves = !is_group(&kind.code);
            let behind = || force::group_behind(reading, figure).filter(|_| !serves);
            let group =
                own.filter(|f| is_group(&f.code) || serves).or_else(|| force::group(reading, figure.first).filter(|_| !serves));
            if serves {
                let sent = !deed.action.is_casualty() && deed.action != Action::Other;
                let sender = || force::subject(reading, figures, n, deed.action, false).filter(|f| sent && is_state(&f.code));
                return group.or_else(sender).or(Some(kind));
            }
            let any = kind.code == force::ANY_GROUP;
            let sort = || force::sort(reading, figures, n).filter(|_| any);
            return group.or_else(behind).or_else(|| self.known_group(s, figure)).or_else(sort).or(Some(kind));
        }
        if own.is_some() {
            return own;
        }
        let before = self.claims.len().checked_sub(1).and_then(|k| self.named(k)).filter(|_| figure.elliptic && n > 0);
        if before.is_some() {
            return before;
        }
        if is_anothers(figure, deed) || !loses && force::is_culprit(reading, figure, deed) {
            return None;
        }
        let said = force::shared(reading, figures, n, deed.action)
            .or_else(|| force::accuser(reading, figure).filter(|_| owned && deed.action.is_casualty()))
            .or_else(|| force::subject(reading, figures, n, deed.action, loses));
        if said.is_some() {
            return said;
        }
        if is_ours(reading, figure) {
            return only(force::people(reading, deed.action));
        }
        self.exercise(s, deed.action)
            .or_else(|| self.remembered(s, deed.action, figure.elliptic))
            .or_else(|| self.setting(s, deed.action))
    }

    /// The states that hold an exercise together.
    fn exercise(&mut self, s: usize, action: Action) -> Option<Named> {
        if action != Action::Train {
            return None;
        }
        let exercise = Cue::Context(Context::Exercise);
        (s.saturating_sub(MEMORY)..=s).rev().find_map(|k| {
            let reading = self.reading(k);
            reading.hits.iter().any(|h| *h.cue == exercise).then(|| force::pair(&reading))?
        })
    }

    /// The force of claim `k`.
    fn named(&self, k: usize) -> Option<Named> {
        let code = self.claims[k].force.clone()?;
        Some(Named { code, said: self.reasons[k].force.unwrap_or(self.claims[k].span) })
    }

    /// The one state that the sentence, else those around it, speak of.
    fn setting(&mut self, s: usize, action: Action) -> Option<Named> {
        let reading = self.reading(s);
        let abroad = matches!(action, Action::Deploy | Action::Withdraw | Action::Ready | Action::Present);
        let home = at_home(&reading, action);
        let moves = abroad && !home;
        let people = force::people(&reading, action);
        let alone = people.is_empty();
        let here = only(people)
            .or_else(|| only(force::alliances(&reading)).filter(|_| alone && action.is_casualty() && tells(&reading)))
            .or_else(|| only(force::grounds(&reading)).filter(|_| !moves && action != Action::Losses));
        if here.is_some() {
            return here;
        }
        let around = (s.saturating_sub(MEMORY)..s).rev().chain(s + 1..(s + 2).min(self.sentences.len()));
        for k in around {
            let reading = self.reading(k);
            let mut states = force::troops(&reading, action);
            let armed = !states.is_empty();
            let before = k < s && !moves && (action.is_casualty() || action == Action::Other || at_home(&reading, action));
            if before || home {
                states.extend(force::grounds(&reading));
            }
            // "Russia attacked the Ukrainian army": who leads the sentence is not whose the dead are.
            let one = only(states).or_else(|| force::leading(&reading).filter(|_| k > s || !action.is_casualty()));
            if armed || one.is_some() {
                return one;
            }
        }
        None
    }

    /// The one state that the whole text names: often, or once where that `sets` the scene.
    pub fn lone_state(&mut self, sets: bool) -> Option<Named> {
        if self.sentences.len() > SMALL_TEXT {
            return None;
        }
        if self.lone.is_none() {
            let (mut found, mut people) = (Vec::new(), false);
            for s in 0..self.sentences.len() {
                let reading = self.reading(s);
                found.extend(force::states(&reading));
                people |= !force::people(&reading, Action::Other).is_empty();
            }
            let often = people || found.len() >= OFTEN;
            self.lone = Some((only(found), often));
        }
        let (state, often) = self.lone.clone()?;
        state.filter(|_| often || sets)
    }

    /// The armed group that earlier sentences speak of, else the next, where it tells of the same number.
    fn known_group(&mut self, s: usize, figure: &Figure) -> Option<Named> {
        let next = (s + 1 < self.sentences.len() && self.counts(s + 1, figure)).then_some(s + 1);
        (s.saturating_sub(MEMORY)..s).rev().chain(next).find_map(|k| {
            let reading = self.reading(k);
            force::group(&reading, reading.sentence.end)
        })
    }

    /// Does sentence `k` tell of as many: a text after its title?
    fn counts(&self, k: usize, figure: &Figure) -> bool {
        let Sentence { first, end, .. } = self.sentences[k];
        let from = self.numerals.partition_point(|n| n.first < first);
        let mut numerals = self.numerals[from..].iter().take_while(|n| n.first < end);
        numerals.any(|n| n.amount.reach() == figure.numeral.amount.reach())
    }

    /// The force of the last claim of this kind, else of any, else the troops that earlier sentences speak of.
    fn remembered(&mut self, s: usize, action: Action, elliptic: bool) -> Option<Named> {
        let recent = |k: &usize| s - *k <= MEMORY;
        // "48 jihadists …; seven soldiers": a group of fighters is not that of plain soldiers.
        let fighters = |k: &usize| self.fighters[*k] && self.claims[*k].force.as_deref().is_some_and(is_group);
        let serves = |k: &usize| self.claims[*k].force.is_some() && (elliptic || !fighters(k));
        let earlier = || (0..self.claims.len()).rev().filter(serves);
        let same = earlier().find(|k| self.claims[*k].action == action);
        if let Some(k) = same.or_else(|| earlier().find(|k| recent(&self.origin[*k]))) {
            return self.named(k);
        }
        let title = (self.titled && s > MEMORY).then_some(0);
        (s.saturating_sub(MEMORY)..s)
            .rev()
            .chain(title)
            .find_map(|k| force::topic(&self.reading(k)).filter(|f| elliptic || !is_group(&f.code)))
    }

    /// "These troops will leave from North Carolina": what the next sentence adds to the last figure of this one.
    pub fn follow_up(&mut self, s: usize, deed: &Deed, status: Status, places: &mut Vec<Place>, force: &mut Option<Named>) {
        if s + 1 >= self.sentences.len() {
            return;
        }
        let next = self.reading(s + 1);
        let Sentence { first, end, .. } = next.sentence;
        let after = self.numerals.partition_point(|n| n.first < first);
        let counts = self.numerals.get(after).is_some_and(|n| n.first < end);
        if !points_back(&next) || counts {
            return;
        }
        let spots = places::spots(&next);
        if deed.action == Action::Deploy && status != Status::Denied {
            places.extend(spots.iter().filter(|s| s.place.role == Role::From).map(|s| s.place.clone()));
        }
        if force.is_none() {
            *force = next.hits.iter().find_map(|h| match h.cue {
                Cue::Force { code, adjective: true, .. } => Some(Named { code: code.clone(), said: next.span(h) }),
                _ => None,
            });
        }
    }

    /// "500 soldiers entered the country": the land that was named last, another than theirs.
    pub fn country(&mut self, s: usize, hit: &Hit, force: Option<&Named>) -> Option<Named> {
        let before = self.tokens.list[hit.at].span.start;
        let foreign = |n: &Named| n.said.start < before && force.is_none_or(|own| own.code != n.code);
        (s.saturating_sub(MEMORY)..=s).rev().find_map(|k| force::territories(&self.reading(k)).into_iter().rev().find(foreign))
    }

    /// The one place that the sentences before this one happen in.
    pub fn stage(&mut self, s: usize) -> Option<Place> {
        let mut found: Vec<Place> = Vec::new();
        for k in s.saturating_sub(MEMORY)..=s {
            let reading = self.reading(k);
            let at = |s: &places::Spot| s.place.role == Role::At && s.place.relation == Relation::In;
            found.extend(places::spots(&reading).into_iter().filter(at).map(|s| s.place));
        }
        let one = found.first().is_some_and(|first| found.iter().all(|p| p.code == first.code));
        found.pop().filter(|_| one)
    }

    /// Where it happened, when the sentence does not say but an earlier one does.
    pub fn scene(&mut self, s: usize) -> Vec<Place> {
        for k in (s.saturating_sub(SCENE)..=s).rev() {
            let reading = self.reading(k);
            let spots = places::spots(&reading);
            let at: Vec<Place> = spots.into_iter().filter(|s| s.place.role == Role::At).map(|s| s.place).take(1).collect();
            if !at.is_empty() {
                return at.into_iter().map(|p| Place { relation: Relation::In, ..p }).collect();
            }
        }
        Vec::new()
    }
}

/// Is the subject of the sentence another than whose they are: their enemy, or their host?
pub fn is_anothers(figure: &Figure, deed: &Deed) -> bool {
    figure.foe || matches!(deed.sort, ActSort::Strikes | ActSort::Hosts)
}

/// Is it what somebody says?
fn tells(reading: &Reading) -> bool {
    reading.hits.iter().any(|h| *h.cue == Cue::Say)
}

/// "our 88 soldiers": those of the one who speaks, whoever the sentences around are about.
pub fn is_ours(reading: &Reading, figure: &Figure) -> bool {
    let first = figure.numeral.outer;
    reading.before(first).chain(reading.within(first, figure.end)).any(|h| *h.cue == Cue::Ours)
}

/// The code, where it is the only one.
fn only(mut forces: Vec<Named>) -> Option<Named> {
    forces.dedup_by(|a, b| a.code == b.code);
    (forces.len() == 1).then(|| forces.remove(0))
}
