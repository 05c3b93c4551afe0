//! What orbat knows of a language: one TOML file each, compiled in, read once into tables.
//!
//! Nothing else in the program knows a language. A cue is written as the text would write it: `Duits*` begins a
//! word, `*soldaten` ends one, a capital asks for a capital, `US` for capitals throughout, small letters for either.

mod phrases;
mod schema;
mod shelf;
pub mod sources;

pub use phrases::Phrases;
pub use schema::{ActSort, NounKind};
pub use shelf::{Fault, Lexicons, common};

use super::claim::{Action, Context, Measure, Role, Status};
use super::fold::{Tokens, fold};
use super::language::Language;
use rustc_hash::{FxHashMap, FxHashSet};

/// What a word or phrase tells about the figures near it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cue {
    /// Personnel. `force` and `action` where the noun itself says so ("rebels", "prisoners of war").
    Noun {
        kind: NounKind,
        force: Option<String>,
        action: Option<Action>,
        foe: bool,
    },
    /// A body of troops without a number of its own: army, contingent, brigade.
    Body,
    /// Something else that is counted: the number before it is no figure.
    Stop,
    /// A state by adjective ("Russian") or name, a group, an institution. `place` where it can stand for a place.
    Force {
        code: String,
        adjective: bool,
        place: bool,
    },
    /// A place within a state, a region, a sea.
    Place(String),
    /// `status` where the form says it ("sends": planned); `still` for an action that moves nobody ("helps in").
    Act {
        action: Action,
        status: Option<Status>,
        sort: ActSort,
    },
    /// A verb whose other part stands at the end of its clause: "kwamen … om".
    Split {
        particle: String,
        action: Action,
        status: Option<Status>,
    },
    Status(Status),
    /// Denies all that follows in its sentence: "rejected claims that".
    Refute,
    /// Under way, whatever the form of the verb says of it: "has begun to", "currently".
    Begun,
    /// A modal that only tells what is said where its clause ends in [`Cue::Perfect`]: "soll … haben".
    Hearsay,
    Perfect,
    /// Told without being vouched for.
    Hedge,
    /// A preposition before a place.
    Prep(Role),
    /// A preposition of place that means the goal before some forms of a name.
    TwoWay,
    /// A form of a name that is the goal behind such a preposition.
    Goal,
    /// A preposition that means "from" before some forms of a name only.
    FromSome,
    /// A form of a name that is where one comes from behind such a preposition.
    Origin,
    /// Ends in a preposition that gives no place a role: "war with".
    NoPlace,
    /// Between a border and its neighbour: "with", "met".
    With,
    Border,
    /// Before a border: it is the force's own ("its border with").
    Own,
    /// "our": theirs who speak.
    Ours,
    /// "in their own ranks": the dead are those of the subject.
    Ranks,
    /// A word that makes the adjective before it a place: "the Afghan capital".
    Locality,
    /// "the country", behind a preposition: the one spoken of last.
    Country,
    Near,
    /// "of": between a number and its noun, a body and its number.
    Of,
    /// A verb or auxiliary that can follow a number without a noun.
    Verb,
    /// "who", "die": after a number without a noun.
    Relative,
    /// "of whom": a part of the count before it.
    Part,
    /// "more", "others", "extra": between a number and its noun, or instead of one.
    More,
    /// Words that stand inside a noun phrase: articles, possessives.
    Article,
    /// Ends a noun phrase.
    Break,
    /// Joins two of a kind: "and", "or".
    And,
    /// Begins a clause of its own: "while", "because".
    Clause,
    /// Before the one who is credited: "according to".
    Credit,
    /// Verbs and nouns of saying: "said", "reports".
    Say,
    /// Before the one who did it: "by". What follows is not the force of a casualty.
    Agent,
    /// Points back at personnel: "these troops", "they".
    Anaphor,
    Context(Context),
    Measure(Measure),
    When,
    Period,
    Unit,
    /// Sport, stage and the like: here "mercenaries" are players.
    Civil,
    /// Words around which a weak noun ("men") means soldiers.
    Military,
}

impl Cue {
    /// A name that can stand for where something is.
    pub fn is_land(&self) -> bool {
        matches!(self, Cue::Place(_) | Cue::Force { place: true, .. })
    }

    /// Soldiers, or a body of them.
    pub fn is_army(&self) -> bool {
        matches!(self, Cue::Body | Cue::Noun { kind: NounKind::Sure, .. })
    }
}

/// A language, ready to be read with.
#[derive(Debug)]
pub struct Lexicon {
    pub language: Language,
    phrases: Phrases<u16>,
    /// What the numbers of `phrases` stand for.
    cues: Vec<Cue>,
    /// The nouns among the cues once more: a sentence far from all of them is not read.
    pub nouns: Phrases<()>,
    pub numerals: Numerals,
    /// Adjectives and genitives stand behind their noun: "soldats français".
    pub postposed: bool,
    /// Adjectives hardly ever stand before their noun: an unknown word behind a number is what it counts.
    pub nouns_first: bool,
    /// `names` of states are oblique cases, their nominatives are `bodies`: a name that can be a place is no subject.
    pub cases: bool,
    /// A comma stands before every clause that a verb governs: "erwägt, Soldaten zu entsenden".
    pub comma_clauses: bool,
    /// Words that end in a full stop without ending a sentence, folded.
    pub abbreviations: FxHashSet<String>,
}

/// The number words and marks of a language.
#[derive(Debug)]
pub struct Numerals {
    pub decimal: String,
    /// A full stop behind one or two digits makes an ordinal: "24. Februar".
    pub ordinal_dot: bool,
    /// Years stand without a word for "year".
    pub bare_years: bool,
    /// Groups of thousands may be parted by a plain space.
    pub space_groups: bool,
    /// Number words are written together: `vijfentwintighonderd`.
    pub joined: bool,
    pub words: FxHashMap<String, Word>,
    /// Number words written in several: `quatre-vingts`, `п'ять`, `тыс.`.
    pub compounds: Phrases<Word>,
    /// The first three letters of every number word: a quick no for all other words.
    pub heads: FxHashSet<[u8; 3]>,
    /// Endings that make a number word a rough one: `-tal`.
    pub collective: Vec<String>,
    /// Everything of more than one word, and what stands around numbers.
    pub phrases: Phrases<Mark>,
}

/// What a number word adds to the number it stands in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Word {
    /// Added: 1..=19, 20, 30 …, 200 …
    Add(u64),
    /// Multiplies what stands before it and is added to the rest: 100, 1,000, a dozen.
    Scale(u64),
    /// One and a half: halves, to be multiplied by a scale.
    Halves(u64),
    /// "and" inside a number.
    And,
    /// "a" before a scale.
    Article,
}

/// What stands around a number, or for one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mark {
    About,
    AtLeast,
    AtMost,
    /// After the number: "or more".
    OrMore,
    /// Between two numbers.
    Range,
    /// Before what is left of a number: "reduced to", where the word for "to" means another thing before a place.
    DownTo,
    /// Before a range whose numbers are joined by [`Mark::RangeAnd`].
    Between,
    RangeAnd,
    /// A number that is only bounded: dozens.
    Vague(u64, u64),
    /// A number that is an adjective of a body: "двухтысячный".
    Adjective(u64, u64),
    /// Before a total of which a part is spoken of: "half of its".
    Fraction,
    /// Makes the number beside it something else: a unit of measure, money, a month, "page".
    NotAfter,
    NotBefore,
    Month,
    /// Before a year: "in", "since".
    YearPrep,
    /// Before a number that is no lower end of a range: "grew from".
    Apart,
    /// After a hyphen: "a 500-strong force"; the number is multiplied ("20-тысячный").
    Strength(u64),
}

impl Lexicon {
    /// Every phrase that begins at token `i`: the token after its end, how exactly it is written, its cue.
    pub fn at<'l>(&'l self, tokens: &Tokens, i: usize, mut found: impl FnMut(usize, usize, &'l Cue)) {
        self.phrases.at(tokens, i, |end, exactness, cue| found(end, exactness, &self.cues[cue as usize]));
    }

    /// Is token `i` a word that needs no capital, with such a cue? At the begin of a sentence a capital tells nothing of it.
    pub fn has_word(&self, tokens: &Tokens, i: usize, want: impl Fn(&Cue) -> bool) -> bool {
        let mut found = false;
        self.at(tokens, i, |end, exactness, cue| found |= end == i + 1 && exactness == phrases::WHOLE_PLAIN && want(cue));
        found
    }

    /// The token after the longest phrase at token `i` whose cue `want` accepts.
    pub fn longest(&self, tokens: &Tokens, i: usize, want: impl Fn(&Cue) -> bool) -> Option<usize> {
        self.phrases.longest(tokens, i, |cue| want(&self.cues[cue as usize])).map(|(end, _)| end)
    }
}

/// Forces of more than one state.
const ALLIANCES: &[&str] = &["coalition", "nato", "eu", "un", "african-union", "ecowas", "csto", "sadc"];

/// Is the code that of a state (ISO 3166-1 alpha-2, or a historic one)?
pub fn is_state(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase())
}

/// Does the code name an armed group, not a state or an alliance?
pub fn is_group(code: &str) -> bool {
    !is_state(code) && !ALLIANCES.contains(&code)
}

/// The first three bytes of a folded word, filled up with zeros.
pub fn head(word: &str) -> Option<[u8; 3]> {
    let mut head = [0; 3];
    let bytes = word.as_bytes();
    head[..bytes.len().min(3)].copy_from_slice(bytes.get(..3).unwrap_or(bytes));
    (!bytes.is_empty()).then_some(head)
}

pub(crate) fn folded(words: &[String]) -> impl Iterator<Item = String> + '_ {
    words.iter().map(|w| fold(w))
}
