//! From the numbers of a text to its claims, sentence by sentence, with what a reader carries along.

use super::action::{Deed, deed, status};
use super::force::Named;
use super::memory::{is_anothers, is_ours};
use super::{Action, Because, Claim, Context, Place, Role, Status, context, force, places, repeat, speaker};
use crate::text::figure::{Figure, Known, figures};
use crate::text::fold::Tokens;
use crate::text::lexicon::{ActSort, Cue, Lexicon, NounKind, is_state};
use crate::text::numeral::{Numeral, numerals};
use crate::text::reading::Reading;
use crate::text::sentence::{Sentence, sentences};

/// Claims of one text; a longer list is a table, not news.
const MOST_CLAIMS: usize = 500;
/// Words of sport or stage around a number that make "mercenaries" players; one in the sentence itself is enough.
const CIVIL: usize = 2;
/// How many sentences back a noun can stand of which a number gives the count.
const BACK: usize = 2;

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

pub struct Reader<'r, 't> {
    pub tokens: &'r Tokens<'t>,
    pub lexicon: &'r Lexicon,
    /// The first sentence is a title.
    pub titled: bool,
    pub sentences: Vec<Sentence>,
    pub numerals: Vec<Numeral>,
    pub claims: Vec<Claim>,
    pub reasons: Vec<Because>,
    /// The sentence of each claim.
    pub origin: Vec<usize>,
    /// Does the noun of each claim name its sort of force itself ("rebels")?
    pub fighters: Vec<bool>,
    /// Sentences that were read, by their number.
    readings: Vec<Option<std::rc::Rc<Reading<'r, 't>>>>,
    /// Sentences that hold a personnel noun, as far as known.
    named: Vec<Option<bool>>,
    /// The one state of the text, once looked for, and whether the text speaks of it so much that it sets the scene.
    pub lone: Option<(Option<Named>, bool)>,
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
        repeat::complete(&mut self.claims, &mut self.reasons, &self.origin);
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
    pub fn reading(&mut self, s: usize) -> std::rc::Rc<Reading<'r, 't>> {
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
        let (force, places) = self.whose_and_where(s, reading, figures, n, &deed, status);
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
            from: codes(&places, Role::From),
            to: codes(&places, Role::To),
            at: codes(&places, Role::At),
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

    /// The force of a figure and its places; each can tell something of the other.
    fn whose_and_where(
        &mut self,
        s: usize,
        reading: &Reading,
        figures: &[Figure],
        n: usize,
        deed: &Deed,
        status: Status,
    ) -> (Option<Named>, Vec<Place>) {
        let figure = &figures[n];
        let mut force = self.force(s, reading, figures, n, deed);
        let mut places = places::of(reading, figures, n, deed, status, force.as_ref().map(|f| f.code.as_str()));
        if deed.sort == ActSort::Hosts && places.is_empty() {
            let host = force::subject(reading, figures, n, deed.action, false).filter(|f| is_state(&f.code));
            places.extend(host.map(|host| places::hosting(host, self.tokens.text)));
        }
        force = force.or_else(|| places::within_one(&places)).or_else(|| self.home_of(reading, figure, deed, &places));
        if n + 1 == figures.len() {
            self.follow_up(s, deed, status, &mut places, &mut force);
        }
        if places.is_empty() && (deed.action.is_casualty() || at_home(reading, deed.action)) {
            places.extend(self.scene(s));
        }
        if places.is_empty() {
            let there = places::country(reading, figures, n, deed, status);
            let named = there.and_then(|(role, hit)| Some((role, hit, self.country(s, &hit, force.as_ref())?)));
            places.extend(named.map(|(role, hit, land)| Place { role, ..places::named(land, reading, &hit) }));
        }
        if places.is_empty() && matches!(deed.action, Action::Other | Action::Present | Action::Ready | Action::Train) {
            places.extend(self.stage(s));
        }
        places::keep_inside(&mut places);
        places.dedup_by(|a, b| a.code == b.code && a.role == b.role);
        (force, places)
    }

    /// The one state of the text, where these can be its troops: not those of an enemy, nor troops abroad in it.
    fn home_of(&mut self, reading: &Reading, figure: &Figure, deed: &Deed, places: &[Place]) -> Option<Named> {
        if is_anothers(figure, deed) || is_ours(reading, figure) || force::is_culprit(reading, figure, deed) {
            return None;
        }
        let relief = at_home(reading, deed.action);
        let home = deed.action.is_casualty() || deed.action == Action::Other || relief;
        let headed = force::heads(&self.reading(0));
        let abroad = |code: &str| !home && places.iter().any(|p| p.code == code);
        self.lone_state(relief || home && headed).filter(|f| !abroad(&f.code))
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
        let moves = matches!(deed.sort, ActSort::Still | ActSort::Goes) && !deed.action.is_casualty();
        if moves && places::goal(reading, figures, n) {
            // "500 troops to Poland" is announced; "500 troops came to Poland" is not.
            let told =
                deed.hit.is_none() && reading.within(reading.sentence.first, reading.sentence.end).any(|h| *h.cue == Cue::Verb);
            let announced = deed.sort == ActSort::Still && status == Status::Fact && !told;
            let status = if announced { Status::Planned } else { status };
            return (Deed { action: Action::Deploy, sort: ActSort::Plain, ..deed }, status);
        }
        let drill = deed.action == Action::Other
            && (s.saturating_sub(1)..=s).any(|k| self.reading(k).hits.iter().any(|h| *h.cue == exercise));
        if drill { (Deed { action: Action::Train, ..deed }, status) } else { (deed, status) }
    }
}

/// The codes of the places in one role, each once.
fn codes(places: &[Place], role: Role) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for place in places.iter().filter(|p| p.role == role) {
        if !list.contains(&place.code) {
            list.push(place.code.clone());
        }
    }
    list
}

/// Does the sentence begin with "these troops" and the like?
pub fn points_back(reading: &Reading) -> bool {
    let Sentence { first, end, .. } = reading.sentence;
    reading.within(first, (first + 3).min(end)).any(|h| *h.cue == Cue::Anaphor)
}

/// Is it help against floods, fires, riots? Soldiers do that in their own country, unless another is named.
pub fn at_home(reading: &Reading, action: Action) -> bool {
    let helps = matches!(context::context(reading, action), Context::Relief | Context::Domestic);
    let goal = || places::spots(reading).iter().any(|s| s.place.role == Role::To);
    helps && !goal()
}
