//! A lexicon file as written, and how it becomes tables.

use super::{Cue, Fault, Lexicon, Mark, Numerals, Phrases, Word, folded, head, is_state};
use crate::text::claim::{Action, Context, Measure, Role, Status};
use crate::text::fold::{Tokens, fold};
use crate::text::gazetteer::known::World;
use crate::text::gazetteer::spelling::Written;
use crate::text::language::Language;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::collections::BTreeMap;

type Words = Vec<String>;

/// How surely a noun means military personnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NounKind {
    /// Soldiers, whatever stands around.
    Sure,
    /// Soldiers where other words are military ("men", "officers").
    Weak,
    /// Anybody ("men", "personnel"): soldiers in numbers, in a sentence about soldiers.
    Anybody,
    /// Of an armed group, where the group is named beside it.
    Member,
    /// People of a country ("Americans"): soldiers only beside soldiers.
    People,
    /// Dead, prisoners: people of a figure already named.
    Fate,
    /// One of them ("a soldier"): no figure, but "three others" can follow.
    Single,
    /// Heads ("persons"): of an army that is named, where it is built up, moved or loses them; else anybody.
    Heads,
}

/// What an act does with places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActSort {
    #[default]
    Plain,
    /// Moves nobody, harms nobody: "helps in", "buried".
    Still,
    /// Leaves one place for another: sent where a goal is named.
    Goes,
    /// Its subject is where they are: "hosts".
    Hosts,
    /// Its subject is who did it to them: "eliminated".
    Strikes,
}

/// How a language writes its numbers.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Counting {
    decimal: String,
    ordinal_dot: bool,
    space_groups: bool,
    joined: bool,
    words: BTreeMap<String, u64>,
    scales: BTreeMap<String, u64>,
    /// In halves: `anderhalf` is 3.
    halves: BTreeMap<String, u64>,
    and: Words,
    article: Words,
    collective: Words,
    vague: BTreeMap<String, [u64; 2]>,
    /// One-word adjectives that count: `двухтысячн*` = [2000, 2000].
    adjective: BTreeMap<String, [u64; 2]>,
    /// Before a total of which a part is meant: "half of its".
    fraction: Words,
    /// "to" before a number that is left, in a language that has another word before places.
    down_to: Words,
    about: Words,
    at_least: Words,
    at_most: Words,
    or_more: Words,
    range: Words,
    between: Words,
    range_and: Words,
    not_after: Words,
    not_before: Words,
    months: Words,
    year_prep: Words,
    apart: Words,
    /// What turns a number into an adjective, and what the number is multiplied by: `strong` = 1.
    strength: BTreeMap<String, u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Noun {
    kind: NounKind,
    words: Words,
    force: Option<String>,
    action: Option<Action>,
    /// The enemy's: "occupiers".
    #[serde(default)]
    foe: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    action: Action,
    status: Option<Status>,
    #[serde(default)]
    sort: ActSort,
    words: Words,
}

/// A separable verb.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Split {
    action: Action,
    status: Option<Status>,
    particle: String,
    words: Words,
}

/// Behind a form of a place's name that is the goal after a preposition of two ways: `Польшу>`.
const GOAL: char = '>';
/// Behind a form that is where one comes from: `Украины<`.
const ORIGIN: char = '<';

/// A state: names that stand for its territory, adjectives and people, institutions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    #[serde(default)]
    names: Words,
    #[serde(default)]
    adjectives: Words,
    #[serde(default)]
    bodies: Words,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Grammar {
    of: Words,
    with: Words,
    near: Words,
    border: Words,
    own: Words,
    ours: Words,
    ranks: Words,
    locality: Words,
    country: Words,
    verb: Words,
    relative: Words,
    part: Words,
    more: Words,
    article: Words,
    stop: Words,
    r#break: Words,
    and: Words,
    clause: Words,
    credit: Words,
    say: Words,
    agent: Words,
    anaphor: Words,
    hedge: Words,
    refute: Words,
    begun: Words,
    when: Words,
    period: Words,
    unit: Words,
    military: Words,
    civil: Words,
    body: Words,
}

/// The file, or words that are added to one: then most of it is missing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Raw {
    pub language: Language,
    #[serde(default)]
    postposed: bool,
    #[serde(default)]
    nouns_first: bool,
    #[serde(default)]
    comma_clauses: bool,
    #[serde(default)]
    cases: bool,
    #[serde(default)]
    abbreviations: Words,
    #[serde(default)]
    numeral: Counting,
    #[serde(default)]
    grammar: Grammar,
    #[serde(default)]
    noun: Vec<Noun>,
    #[serde(default)]
    act: Vec<Act>,
    #[serde(default)]
    split: Vec<Split>,
    #[serde(default)]
    status: BTreeMap<Status, Words>,
    #[serde(default)]
    prep: BTreeMap<Role, Words>,
    /// Prepositions of `prep.at` that are `to` before a form marked `>`.
    #[serde(default)]
    two_way: Words,
    /// Prepositions of `prep.from` that are that only before a form marked `<`.
    #[serde(default)]
    from_some: Words,
    /// Phrases that end in a preposition and give no place a role: "war with".
    #[serde(default)]
    no_place: Words,
    /// Modals that only report where their clause ends in a word of `perfect`.
    #[serde(default)]
    hearsay: Words,
    #[serde(default)]
    perfect: Words,
    #[serde(default)]
    context: BTreeMap<Context, Words>,
    #[serde(default)]
    measure: BTreeMap<Measure, Words>,
    #[serde(default)]
    states: BTreeMap<String, State>,
    #[serde(default)]
    groups: BTreeMap<String, Words>,
    #[serde(default)]
    places: BTreeMap<String, Words>,
    /// Checked here, used where names are looked for.
    #[serde(default, rename = "names")]
    _names: Written,
}

impl Raw {
    /// The tables of the file, with the names of the world that its language has for places and forces.
    pub fn build(self, world: Option<&World>) -> Result<Lexicon, Fault> {
        let abbreviations = folded(&self.abbreviations).collect();
        let (language, postposed, nouns_first) = (self.language, self.postposed, self.nouns_first);
        let (comma_clauses, cases) = (self.comma_clauses, self.cases);
        self.check()?;
        let cues = self.cues(world);
        let nouns = cues.iter().filter(|(_, c)| matches!(c, Cue::Noun { .. } | Cue::Body));
        let nouns = Phrases::of(nouns.map(|(word, _)| (word, ())));
        let (phrases, cues) = numbered(cues);
        Ok(Lexicon {
            language,
            phrases,
            cues,
            nouns,
            numerals: self.numeral.build()?,
            postposed,
            nouns_first,
            comma_clauses,
            cases,
            abbreviations,
        })
    }

    /// Codes and marks that nothing could be done with.
    fn check(&self) -> Result<(), Fault> {
        let slug =
            |code: &str| !code.is_empty() && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if let Some(code) = self.states.keys().find(|code| !is_state(code)) {
            return Err(format!("states: `{code}` is no code of a state: two capital letters").into());
        }
        let codes = self.groups.keys().chain(self.places.keys()).chain(self.noun.iter().filter_map(|n| n.force.as_ref()));
        if let Some(code) = codes.into_iter().find(|code| !is_state(code) && !slug(code)) {
            return Err(format!("`{code}` is neither two capital letters nor small letters with hyphens").into());
        }
        if !matches!(self.numeral.decimal.as_str(), "" | "." | ",") {
            return Err(format!("numeral.decimal: `{}` is neither a full stop nor a comma", self.numeral.decimal).into());
        }
        let empty =
            |word: &&String| !word.chars().any(|c| c.is_alphanumeric() || c.is_ascii_punctuation() && !"*=<>".contains(c));
        let words = self.noun.iter().flat_map(|n| &n.words).chain(self.act.iter().flat_map(|a| &a.words));
        match words.chain(&self.grammar.stop).find(empty) {
            Some(word) => Err(format!("`{word}` is no word: it would be found everywhere").into()),
            None => Ok(()),
        }
    }

    fn cues(&self, world: Option<&World>) -> Vec<(String, Cue)> {
        let mut cues = self.grammar.cues();
        let mut add = |words: &Words, cue: Cue| {
            for word in words {
                let name = word.trim_end_matches([GOAL, ORIGIN]);
                cues.push((name.to_owned(), cue.clone()));
                let marks = word[name.len()..].chars().map(|mark| if mark == GOAL { Cue::Goal } else { Cue::Origin });
                cues.extend(marks.map(|mark| (name.to_owned(), mark)));
            }
        };
        for n in &self.noun {
            add(&n.words, Cue::Noun { kind: n.kind, force: n.force.clone(), action: n.action, foe: n.foe });
        }
        for a in &self.act {
            add(&a.words, Cue::Act { action: a.action, status: a.status, sort: a.sort });
        }
        for s in &self.split {
            add(&s.words, Cue::Split { particle: fold(&s.particle), action: s.action, status: s.status });
        }
        self.status.iter().for_each(|(status, words)| add(words, Cue::Status(*status)));
        self.prep.iter().for_each(|(role, words)| add(words, Cue::Prep(*role)));
        add(&self.grammar.country, Cue::Country);
        add(&self.two_way, Cue::TwoWay);
        add(&self.from_some, Cue::FromSome);
        add(&self.no_place, Cue::NoPlace);
        add(&self.hearsay, Cue::Hearsay);
        add(&self.perfect, Cue::Perfect);
        self.context.iter().for_each(|(context, words)| add(words, Cue::Context(*context)));
        self.measure.iter().for_each(|(measure, words)| add(words, Cue::Measure(*measure)));
        for (code, state) in &self.states {
            let force = |adjective, place| Cue::Force { code: code.clone(), adjective, place };
            add(&state.names, force(false, true));
            add(&state.adjectives, force(true, false));
            add(&state.bodies, force(false, false));
        }
        for (code, words) in &self.groups {
            add(words, Cue::Force { code: code.clone(), adjective: false, place: false });
        }
        for (code, words) in &self.places {
            add(words, Cue::Place(code.clone()));
        }
        if let Some(world) = world {
            let place = |(code, name): (&str, String)| (name, Cue::Place(code.to_owned()));
            cues.extend(world.places(self.language).into_iter().map(place));
            let force = |code: &str| Cue::Force { code: code.to_owned(), adjective: false, place: false };
            cues.extend(world.forces(self.language).into_iter().map(|(code, name)| (name, force(code))));
        }
        cues
    }
}

/// Each phrase with the number of its cue, and the cues.
fn numbered(list: Vec<(String, Cue)>) -> (Phrases<u16>, Vec<Cue>) {
    let mut numbers: FxHashMap<Cue, u16> = FxHashMap::default();
    let mut phrases = Vec::with_capacity(list.len());
    for (phrase, cue) in list {
        let next = numbers.len() as u16;
        phrases.push((phrase, *numbers.entry(cue).or_insert(next)));
    }
    let mut cues: Vec<(Cue, u16)> = numbers.into_iter().collect();
    cues.sort_unstable_by_key(|(_, n)| *n);
    (Phrases::of(phrases), cues.into_iter().map(|(cue, _)| cue).collect())
}

impl Grammar {
    fn cues(&self) -> Vec<(String, Cue)> {
        let table = [
            (&self.of, Cue::Of),
            (&self.with, Cue::With),
            (&self.near, Cue::Near),
            (&self.border, Cue::Border),
            (&self.own, Cue::Own),
            (&self.ours, Cue::Ours),
            (&self.ranks, Cue::Ranks),
            (&self.locality, Cue::Locality),
            (&self.verb, Cue::Verb),
            (&self.relative, Cue::Relative),
            (&self.part, Cue::Part),
            (&self.more, Cue::More),
            (&self.article, Cue::Article),
            (&self.stop, Cue::Stop),
            (&self.r#break, Cue::Break),
            (&self.and, Cue::And),
            (&self.clause, Cue::Clause),
            (&self.credit, Cue::Credit),
            (&self.say, Cue::Say),
            (&self.agent, Cue::Agent),
            (&self.anaphor, Cue::Anaphor),
            (&self.hedge, Cue::Hedge),
            (&self.refute, Cue::Refute),
            (&self.begun, Cue::Begun),
            (&self.when, Cue::When),
            (&self.period, Cue::Period),
            (&self.unit, Cue::Unit),
            (&self.military, Cue::Military),
            (&self.civil, Cue::Civil),
            (&self.body, Cue::Body),
        ];
        table.into_iter().flat_map(|(words, cue)| words.iter().map(move |w| (w.clone(), cue.clone()))).collect()
    }
}

impl Counting {
    fn build(self) -> Result<Numerals, Fault> {
        let mut marks: Vec<(String, Mark)> = Vec::new();
        for (words, mark) in [
            (&self.about, Mark::About),
            (&self.at_least, Mark::AtLeast),
            (&self.at_most, Mark::AtMost),
            (&self.or_more, Mark::OrMore),
            (&self.range, Mark::Range),
            (&self.between, Mark::Between),
            (&self.range_and, Mark::RangeAnd),
            (&self.not_after, Mark::NotAfter),
            (&self.not_before, Mark::NotBefore),
            (&self.months, Mark::Month),
            (&self.year_prep, Mark::YearPrep),
            (&self.apart, Mark::Apart),
            (&self.fraction, Mark::Fraction),
            (&self.down_to, Mark::DownTo),
        ] {
            marks.extend(words.iter().map(|w| (w.clone(), mark)));
        }
        marks.extend(self.strength.iter().map(|(w, times)| (w.clone(), Mark::Strength(*times))));
        let vague = self.vague.iter().map(|(phrase, [low, high])| (phrase, Mark::Vague(*low, *high), low <= high));
        let adjective = self.adjective.iter().map(|(phrase, [low, high])| (phrase, Mark::Adjective(*low, *high), low <= high));
        for (phrase, mark, sound) in vague.chain(adjective) {
            if !sound {
                return Err(format!("numeral: `{phrase}` has its lower bound above its upper").into());
            }
            marks.push((phrase.clone(), mark));
        }
        let mut words: Vec<(String, Word)> = Vec::new();
        words.extend(self.words.iter().map(|(w, n)| (fold(w), Word::Add(*n))));
        words.extend(self.scales.iter().map(|(w, n)| (fold(w), Word::Scale(*n))));
        words.extend(self.halves.iter().map(|(w, n)| (fold(w), Word::Halves(*n))));
        words.extend(folded(&self.and).map(|w| (w, Word::And)));
        words.extend(folded(&self.article).map(|w| (w, Word::Article)));
        let (words, compounds): (Vec<_>, Vec<_>) = words.into_iter().partition(|(w, _)| Tokens::of(w).len() == 1);
        let phrases = self.vague.keys().chain(self.adjective.keys()).chain(compounds.iter().map(|(w, _)| w));
        let firsts: Vec<String> = phrases.filter_map(|v| Tokens::of(v).words().next().map(str::to_owned)).collect();
        Ok(Numerals {
            decimal: self.decimal,
            ordinal_dot: self.ordinal_dot,
            bare_years: !self.year_prep.is_empty(),
            space_groups: self.space_groups,
            joined: self.joined,
            heads: words.iter().map(|(w, _)| w.as_str()).chain(firsts.iter().map(String::as_str)).filter_map(head).collect(),
            words: words.into_iter().collect(),
            compounds: Phrases::of(compounds),
            collective: self.collective,
            phrases: Phrases::of(marks),
        })
    }
}
