//! From the numbers of a text to its claims, sentence by sentence, with what a reader carries along.

use super::action::{Deed, deed, status};
use super::force::Named;
use super::{Action, Because, Claim, Context, Place, Relation, Role, Status, context, force, places, speaker};
use crate::text::figure::{Figure, Known, figures};
use crate::text::fold::Tokens;
use crate::text::lexicon::{ActSort, Cue, Lexicon, NounKind, is_group, is_state};
use crate::text::numeral::{Numeral, numerals};
use crate::text::reading::Reading;
use crate::text::sentence::{Sentence, sentences};
use crate::text::span::Span;

/// How many sentences back a reader looks for whose troops these are.
const MEMORY: usize = 4;
/// Claims of one text; a longer list is a table, not news.
const MOST_CLAIMS: usize = 500;
/// Words of sport or stage around a number that make "mercenaries" players; one in the sentence itself is enough.
const CIVIL: usize = 2;
/// How many sentences back a noun can stand of which a number gives the count.
const BACK: usize = 2;
/// How many sentences back the scene of a fight was set.
const SCENE: usize = 2;
/// Sentences of a text that can speak of one state only.
const SMALL_TEXT: usize = 30;
/// Times that it names that state, where it does not name its people.
const OFTEN: usize = 2;

/// All claims of a text, in order. Its first `title` bytes, which set the scene for all that follows, are its title.
pub fn claims(tokens: &Tokens, title: usize, lexicon: &Lexicon) -> (Vec<Claim>, Vec<Because>) {
    let numerals = numerals(tokens, &lexicon.numerals);
    if numerals.is_empty() {
        return (Vec::new(), Vec::new());
    }
    Reader {
        tokens,
        lexicon,
        titled: title > 0,
        sentences: sentences(tokens, lexicon),
        numerals,
        claims: Vec::new(),
        reasons: Vec::new(),
        origin: Vec::new(),
        fighters: Vec::new(),
        readings: Vec::new(),
        named: Vec::new(),
        lone: None,
    }
    .read()
}

struct Reader<'r, 't> {
    tokens: &'r Tokens<'t>,
    lexicon: &'r Lexicon,
    /// The first sentence is a title.
    titled: bool,
    sentences: Vec<Sentence>,
    numerals: Vec<Numeral>,
    claims: Vec<Claim>,
    reasons: Vec<Because>,
    /// The sentence of each claim.
    origin: Vec<usize>,
    /// Does the noun of each claim name its sort of force itself ("rebels")?
    fighters: Vec<bool>,
    /// Sentences that were read, by their number.
    readings: Vec<Option<std::rc::Rc<Reading<'r, 't>>>>,
    /// Sentences that hold a personnel noun, as far as known.
    named: Vec<Option<bool>>,
    /// The one state of the text, once looked for.
    lone: Option<Option<Named>>,
}

impl<'r, 't> Reader<'r, 't> {
    fn read(mut self) -> (Vec<Claim>, Vec<Because>) {
        self.readings = vec![None; self.sentences.len()];
        self.named = vec![None; self.sentences.len()];
        let mut next = 0;
        for s in 0..self.sentences.len() {
            let end = self.sentences[s].end;
            let from = next;
            while next < self.numerals.len() && self.numerals[next].first < end {
                next += 1;
            }
            if from < next && self.claims.len() < MOST_CLAIMS && self.near_personnel(s) {
                self.sentence(s, from, next);
            }
        }
        (self.claims, self.reasons)
    }

    /// Does a personnel noun stand in sentence `s` or so near that a number in it can count personnel?
    fn near_personnel(&mut self, s: usize) -> bool {
        let (tokens, nouns) = (self.tokens, &self.lexicon.nouns);
        (s.saturating_sub(BACK)..(s + 2).min(self.sentences.len())).any(|k| {
            let Sentence { first, end, .. } = self.sentences[k];
            *self.named[k].get_or_insert_with(|| (first..end).any(|i| nouns.longest(tokens, i, |()| true).is_some()))
        })
    }

    /// Sentence `s`, read once.
    fn reading(&mut self, s: usize) -> std::rc::Rc<Reading<'r, 't>> {
        let (tokens, lexicon, sentence) = (self.tokens, self.lexicon, self.sentences[s]);
        self.readings[s].get_or_insert_with(|| std::rc::Rc::new(Reading::of(tokens, lexicon, sentence))).clone()
    }

    fn sentence(&mut self, s: usize, from: usize, to: usize) {
        let reading = self.reading(s);
        let known = self.known(s);
        let figures = figures(&reading, &self.numerals[from..to], known);
        for n in 0..figures.len() {
            let (claim, because) = self.claim(s, &reading, &figures, n);
            self.claims.push(claim);
            self.reasons.push(because);
            self.origin.push(s);
            self.fighters.push(figures[n].force.is_some());
        }
    }

    /// What is known of troops around sentence `s`.
    fn known(&mut self, s: usize) -> Known {
        let figure = self.origin.last().is_some_and(|k| s - k <= 1);
        let mut known = Known { figure, ..Known::default() };
        let mut civil = 0;
        for k in s.saturating_sub(BACK)..(s + 2).min(self.sentences.len()) {
            let reading = self.reading(k);
            let sure = |c: &Cue| matches!(c, Cue::Noun { kind: NounKind::Sure, .. });
            known.beside |= k == s && reading.hits.iter().any(|h| sure(h.cue));
            known.at_arms |= k == s && reading.hits.iter().any(|h| sure(h.cue) || *h.cue == Cue::Military);
            known.personnel |= (k <= s || points_back(&reading)) && reading.hits.iter().any(|h| sure(h.cue));
            known.before |= (k < s || k > s && points_back(&reading)) && reading.hits.iter().any(|h| sure(h.cue));
            let weight = [CIVIL, 1, 0][k.abs_diff(s).min(2)];
            civil += weight * reading.hits.iter().filter(|h| *h.cue == Cue::Civil).count();
            known.military |= k.abs_diff(s) <= 1 && reading.hits.iter().any(|h| sure(h.cue) || matches!(h.cue, Cue::Military));
        }
        Known { civil: civil >= CIVIL, ..known }
    }

    fn claim(&mut self, s: usize, reading: &Reading, figures: &[Figure], n: usize) -> (Claim, Because) {
        let figure = &figures[n];
        let deed = deed(reading, figures, n);
        let before = self.claims.last().filter(|_| figure.echo).map(|c| (c.action, c.status, c.span));
        let (deed, (status, shown)) = match before.or_else(|| self.again(reading, figure, &deed)) {
            Some((action, status, as_said)) => (Deed { action, ..deed }, (status, Some(as_said))),
            None => (deed, status(reading, figures, n, &deed)),
        };
        let (deed, status) = self.sorted(s, reading, figures, n, deed, status);
        let mut force = self.force(s, reading, figures, n, &deed);
        let host =
            force::subject(reading, figure, deed.action, false).filter(|f| deed.sort == ActSort::Hosts && is_state(&f.code));
        let mut places = places::of(reading, figures, n, &deed, status, force.as_ref().map(|f| f.code.as_str()));
        places.extend(host.filter(|_| places.is_empty()).map(|host| places::hosting(host, self.tokens.text)));
        force = force.or_else(|| places::within_one(&places));
        let home = deed.action.is_casualty() || deed.action == Action::Other || at_home(reading, deed.action);
        let abroad = |code: &str| !home && places.iter().any(|p| p.code == code);
        let named = figure.foe || deed.sort == ActSort::Strikes || deed.sort == ActSort::Hosts;
        force = force.or_else(|| self.lone_state().filter(|f| !named && !abroad(&f.code)));
        if n + 1 == figures.len() {
            self.follow_up(s, &deed, status, &mut places, &mut force);
        }
        if (deed.action.is_casualty() || at_home(reading, deed.action)) && places.is_empty() {
            places.extend(self.scene(s));
        }
        if matches!(deed.action, Action::Other | Action::Present | Action::Ready) && places.is_empty() {
            places.extend(self.stage(s));
        }
        places::keep_inside(&mut places);
        places.dedup_by(|a, b| a.code == b.code && a.role == b.role);
        let codes = |role: Role| {
            let mut list: Vec<String> = Vec::new();
            for place in places.iter().filter(|p| p.role == role) {
                if !list.contains(&place.code) {
                    list.push(place.code.clone());
                }
            }
            list
        };
        let because = Because {
            noun: figure.noun,
            force: force.as_ref().map(|f| f.said),
            action: deed.hit.map(|h| reading.span(&h)).or(figure.noun.filter(|_| figure.action.is_some())),
            status: shown.or(deed.hit.filter(|_| deed.status.is_some()).map(|h| reading.span(&h))),
        };
        let claim = Claim {
            span: figure.numeral.span,
            text: figure.numeral.span.of(self.tokens.text).to_owned(),
            amount: figure.numeral.amount,
            force: force.map(|f| f.code),
            action: deed.action,
            status,
            from: codes(Role::From),
            to: codes(Role::To),
            at: codes(Role::At),
            speaker: speaker::speaker(reading),
            sentence: self.sentences[s].span(self.tokens),
            certainty: figure.certainty,
            context: context::context(reading, deed.action),
            hedged: context::hedged(reading),
            measure: context::measure(reading, figure),
            period: context::phrase(reading, &Cue::Period),
            when: context::phrase(reading, &Cue::When),
            unit: context::unit(reading),
            places,
        };
        (claim, because)
    }

    /// Leaving for a named goal is being sent; taking part, where an exercise is spoken of, is training.
    fn sorted<'d>(
        &mut self,
        s: usize,
        reading: &Reading,
        figures: &[Figure],
        n: usize,
        deed: Deed<'d>,
        status: Status,
    ) -> (Deed<'d>, Status) {
        let exercise = Cue::Context(Context::Exercise);
        if matches!(deed.sort, ActSort::Still | ActSort::Goes) && places::goal(reading, figures, n) {
            let status = if deed.sort == ActSort::Still && status == Status::Fact { Status::Planned } else { status };
            return (Deed { action: Action::Deploy, sort: ActSort::Plain, ..deed }, status);
        }
        let drill = deed.action == Action::Other
            && (s.saturating_sub(1)..=s).any(|k| self.reading(k).hits.iter().any(|h| *h.cue == exercise));
        if drill { (Deed { action: Action::Train, ..deed }, status) } else { (deed, status) }
    }

    /// What an earlier claim said of the same: "the two thousand", "the deployment of thousands".
    fn again(&self, reading: &Reading, figure: &Figure, deed: &Deed) -> Option<(Action, Status, Span)> {
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
    fn force(&mut self, s: usize, reading: &Reading, figures: &[Figure], n: usize, deed: &Deed) -> Option<Named> {
        let figure = &figures[n];
        let owned = reading.within(figure.numeral.outer, figure.end).any(|h| *h.cue == Cue::Own);
        let loses = deed.action == Action::Losses || owned;
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
                let sender = || force::subject(reading, figure, deed.action, false).filter(|f| sent && is_state(&f.code));
                return group.or_else(sender).or(Some(kind));
            }
            return group.or_else(behind).or_else(|| self.known_group(s)).or(Some(kind));
        }
        if own.is_some() {
            return own;
        }
        let before = self.claims.len().checked_sub(1).and_then(|k| self.named(k)).filter(|_| figure.elliptic && n > 0);
        if before.is_some() {
            return before;
        }
        if deed.sort == ActSort::Hosts {
            return None;
        }
        if figure.foe || deed.sort == ActSort::Strikes {
            return None;
        }
        force::subject(reading, figure, deed.action, loses)
            .or_else(|| self.remembered(s, deed.action, figure.elliptic))
            .or_else(|| self.setting(s, deed.action))
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
        let moves = abroad && !at_home(&reading, action);
        let here = only(force::people(&reading, action))
            .or_else(|| only(force::grounds(&reading)).filter(|_| !moves && action != Action::Losses));
        if here.is_some() {
            return here;
        }
        let around = (s.saturating_sub(MEMORY)..s).rev().chain(s + 1..(s + 2).min(self.sentences.len()));
        for k in around {
            let reading = self.reading(k);
            let mut states = force::troops(&reading, action);
            if k < s && !moves && (action.is_casualty() || action == Action::Other || at_home(&reading, action)) {
                states.extend(force::grounds(&reading));
            }
            if !states.is_empty() {
                return only(states);
            }
        }
        None
    }

    /// The one state that the whole text names.
    fn lone_state(&mut self) -> Option<Named> {
        if self.lone.is_none() {
            let (mut found, mut people) = (Vec::new(), false);
            for s in 0..self.sentences.len().min(SMALL_TEXT) {
                let reading = self.reading(s);
                found.extend(force::states(&reading));
                people |= !force::people(&reading, Action::Other).is_empty();
            }
            let often = (people || found.len() >= OFTEN) && self.sentences.len() <= SMALL_TEXT;
            self.lone = Some(only(found).filter(|_| often));
        }
        self.lone.clone().flatten()
    }

    /// The armed group that earlier sentences speak of.
    fn known_group(&mut self, s: usize) -> Option<Named> {
        (s.saturating_sub(MEMORY)..s).rev().find_map(|k| {
            let reading = self.reading(k);
            force::group(&reading, reading.sentence.end)
        })
    }

    /// The force of the last claim of this kind, else of any, else the troops that earlier sentences speak of.
    fn remembered(&mut self, s: usize, action: Action, elliptic: bool) -> Option<Named> {
        let recent = |k: &usize| s - *k <= MEMORY;
        let earlier = || (0..self.claims.len()).rev().filter(|k| self.claims[*k].force.is_some());
        // "48 jihadists …; seven soldiers": a group of fighters is not that of plain soldiers.
        let fighters = |k: &usize| self.fighters[*k] && self.claims[*k].force.as_deref().is_some_and(is_group);
        let earlier = || earlier().filter(|k| elliptic || !fighters(k));
        let same = earlier().find(|k| self.claims[*k].action == action);
        if let Some(k) = same.or_else(|| earlier().find(|k| recent(&self.origin[*k]))) {
            return self.named(k);
        }
        let title = (self.titled && s > MEMORY).then_some(0);
        (s.saturating_sub(MEMORY)..s).rev().chain(title).find_map(|k| force::topic(&self.reading(k)))
    }

    /// "These troops will leave from North Carolina": what the next sentence adds to the last figure of this one.
    fn follow_up(&mut self, s: usize, deed: &Deed, status: Status, places: &mut Vec<Place>, force: &mut Option<Named>) {
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

    /// The one place that the sentences before this one happen in.
    fn stage(&mut self, s: usize) -> Option<Place> {
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
    fn scene(&mut self, s: usize) -> Vec<Place> {
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

/// The code, where it is the only one.
fn only(mut forces: Vec<Named>) -> Option<Named> {
    forces.dedup_by(|a, b| a.code == b.code);
    (forces.len() == 1).then(|| forces.remove(0))
}

/// Does the sentence begin with "these troops" and the like?
fn points_back(reading: &Reading) -> bool {
    let Sentence { first, end, .. } = reading.sentence;
    reading.within(first, (first + 3).min(end)).any(|h| *h.cue == Cue::Anaphor)
}

/// Is it help against floods, fires, riots? Soldiers do that in their own country, unless another is named.
fn at_home(reading: &Reading, action: Action) -> bool {
    let helps = matches!(context::context(reading, action), Context::Relief | Context::Domestic);
    let goal = || places::spots(reading).iter().any(|s| s.place.role == Role::To);
    helps && !goal()
}
