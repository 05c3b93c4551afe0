//! From the numbers of a text to its claims, sentence by sentence, with what a reader carries along.

use super::action::{Deed, deed, status};
use super::{Action, Claim, Place, Relation, Role, Status, context, force, places, speaker};
use crate::text::figure::{Figure, Known, figure};
use crate::text::fold::Tokens;
use crate::text::lexicon::{Cue, Lexicon, NounKind};
use crate::text::numeral::{Numeral, numerals};
use crate::text::reading::Reading;
use crate::text::sentence::{Sentence, sentences};

/// How many sentences back a reader looks for whose troops these are.
const MEMORY: usize = 4;
/// Claims of one text; a longer list is a table, not news.
const MOST_CLAIMS: usize = 500;
/// How many sentences back the scene of a fight was set.
const SCENE: usize = 2;

/// All claims of a text, in order.
pub fn claims(tokens: &Tokens, lexicon: &'static Lexicon) -> Vec<Claim> {
    let numerals = numerals(tokens, &lexicon.numerals);
    if numerals.is_empty() {
        return Vec::new();
    }
    Reader {
        tokens,
        lexicon,
        sentences: sentences(tokens, lexicon),
        numerals,
        claims: Vec::new(),
        origin: Vec::new(),
        readings: Vec::new(),
    }
    .read()
}

struct Reader<'r, 't> {
    tokens: &'r Tokens<'t>,
    lexicon: &'static Lexicon,
    sentences: Vec<Sentence>,
    numerals: Vec<Numeral>,
    claims: Vec<Claim>,
    /// The sentence of each claim.
    origin: Vec<usize>,
    /// Sentences that were read, by their number.
    readings: Vec<Option<std::rc::Rc<Reading<'r, 't>>>>,
}

impl<'r, 't> Reader<'r, 't> {
    fn read(mut self) -> Vec<Claim> {
        self.readings = vec![None; self.sentences.len()];
        let mut next = 0;
        for s in 0..self.sentences.len() {
            let end = self.sentences[s].end;
            let from = next;
            while next < self.numerals.len() && self.numerals[next].first < end {
                next += 1;
            }
            if from < next && self.claims.len() < MOST_CLAIMS {
                self.sentence(s, from, next);
            }
        }
        self.claims
    }

    /// Sentence `s`, read once.
    fn reading(&mut self, s: usize) -> std::rc::Rc<Reading<'r, 't>> {
        let (tokens, lexicon, sentence) = (self.tokens, self.lexicon, self.sentences[s]);
        self.readings[s].get_or_insert_with(|| std::rc::Rc::new(Reading::of(tokens, lexicon, sentence))).clone()
    }

    fn sentence(&mut self, s: usize, from: usize, to: usize) {
        let reading = self.reading(s);
        let known = self.known(s);
        let list: Vec<Numeral> = self.numerals[from..to].to_vec();
        let mut figures: Vec<Figure> = (0..list.len()).filter_map(|n| figure(&reading, &list, n, known)).collect();
        figures.dedup_by_key(|f| f.numeral.first);
        for n in 0..figures.len() {
            let claim = self.claim(s, &reading, &figures, n);
            self.claims.push(claim);
            self.origin.push(s);
        }
    }

    /// What is known of troops around sentence `s`.
    fn known(&mut self, s: usize) -> Known {
        let mut known = Known::default();
        for k in s.saturating_sub(2)..(s + 2).min(self.sentences.len()) {
            let reading = self.reading(k);
            let sure = |c: &Cue| matches!(c, Cue::Noun { kind: NounKind::Sure, .. });
            known.personnel |= reading.hits.iter().any(|h| sure(h.cue));
            known.military |= k.abs_diff(s) <= 1 && reading.hits.iter().any(|h| sure(h.cue) || matches!(h.cue, Cue::Military));
        }
        known
    }

    fn claim(&mut self, s: usize, reading: &Reading, figures: &[Figure], n: usize) -> Claim {
        let figure = &figures[n];
        let deed = deed(reading, figures, n);
        let status = status(reading, figure, &deed);
        let mut places = places::of(reading, figures, n, &deed, status);
        let mut force = self.force(s, reading, figures, n, &deed);
        if n + 1 == figures.len() {
            self.follow_up(s, &deed, status, &mut places, &mut force);
        }
        if wants_scene(deed.action) && places.is_empty() {
            places.extend(self.scene(s));
        }
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
        Claim {
            span: figure.numeral.span,
            text: figure.numeral.span.of(self.tokens.text).to_owned(),
            amount: figure.numeral.amount,
            force,
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
        }
    }

    /// Own words, then the subject of the sentence, then what was said before.
    fn force(&mut self, s: usize, reading: &Reading, figures: &[Figure], n: usize, deed: &Deed) -> Option<String> {
        let figure = &figures[n];
        let loses = deed.action == Action::Losses;
        if let Some(code) = force::own(reading, figure) {
            return Some(code);
        }
        if let Some(code) = &figure.force {
            return Some(code.clone());
        }
        if figure.elliptic && n > 0 {
            if let Some(code) = self.claims.last().and_then(|c| c.force.clone()) {
                return Some(code);
            }
        }
        force::subject(reading, figure, deed.action, loses).or_else(|| self.remembered(s, deed.action))
    }

    /// The force of the last claim of this kind, else of any, else the troops that earlier sentences speak of.
    fn remembered(&mut self, s: usize, action: Action) -> Option<String> {
        let recent = |k: &usize| s - *k <= MEMORY;
        let same = self.claims.iter().zip(&self.origin).rev().find(|(c, _)| c.action == action && c.force.is_some());
        let last = self.claims.iter().zip(&self.origin).rev().find(|(c, k)| c.force.is_some() && recent(k));
        if let Some((claim, _)) = same.or(last) {
            return claim.force.clone();
        }
        (s.saturating_sub(MEMORY)..s).rev().find_map(|k| force::topic(&self.reading(k)))
    }

    /// "These troops will leave from North Carolina": what the next sentence adds to the last figure of this one.
    fn follow_up(&mut self, s: usize, deed: &Deed, status: Status, places: &mut Vec<Place>, force: &mut Option<String>) {
        if s + 1 >= self.sentences.len() {
            return;
        }
        let next = self.reading(s + 1);
        let Sentence { first, end, .. } = next.sentence;
        let points_back = next.within(first, (first + 3).min(end)).any(|h| *h.cue == Cue::Anaphor);
        let counts = self.numerals.iter().any(|n| first <= n.first && n.first < end);
        if !points_back || counts {
            return;
        }
        let spots = places::spots(&next);
        if deed.action == Action::Deploy && status != Status::Denied {
            places.extend(spots.iter().filter(|s| s.place.role == Role::From).map(|s| s.place.clone()));
        }
        if force.is_none() {
            *force = next.hits.iter().find_map(|h| match h.cue {
                Cue::Force { code, adjective: true, .. } => Some(code.clone()),
                _ => None,
            });
        }
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

fn wants_scene(action: Action) -> bool {
    action.is_casualty() || action == Action::Present
}
