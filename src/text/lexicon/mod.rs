//! What orbat knows of a language: one TOML file each, compiled in, read once into tables.
//!
//! Nothing else in the program knows a language. A cue is written as the text would write it: `Duits*` begins a
//! word, `*soldaten` ends one, a capital asks for a capital, `US` for capitals throughout, small letters for either.

mod phrases;
mod schema;

pub use phrases::Phrases;
pub use schema::{ActSort, NounKind};

use super::claim::{Action, Context, Measure, Role, Status};
use super::fold::{Tokens, fold};
use super::language::Language;
use rustc_hash::{FxHashMap, FxHashSet};
use schema::{Gazette, Raw};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

/// The lexicons that are compiled in: one line per language.
const SOURCES: &[(&str, &str)] = &[
    ("nl", include_str!("nl.toml")),
    ("en", include_str!("en.toml")),
    ("de", include_str!("de.toml")),
    ("fr", include_str!("fr.toml")),
    ("es", include_str!("es.toml")),
    ("it", include_str!("it.toml")),
    ("pt", include_str!("pt.toml")),
    ("pl", include_str!("pl.toml")),
    ("uk", include_str!("uk.toml")),
    ("ru", include_str!("ru.toml")),
];

/// The small words of every language.
const COMMON: &str = include_str!("common.toml");

/// Places whose names are much the same in every language.
const PLACES: &str = include_str!("places.toml");

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
    /// A word that makes the adjective before it a place: "the Afghan capital".
    Locality,
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

    /// The token after the longest phrase at token `i` whose cue `want` accepts.
    pub fn longest(&self, tokens: &Tokens, i: usize, want: impl Fn(&Cue) -> bool) -> Option<usize> {
        self.phrases.longest(tokens, i, |cue| want(&self.cues[cue as usize])).map(|(end, _)| end)
    }

    fn read(source: &str, places: &Gazette) -> Result<Lexicon, Fault> {
        toml::from_str::<Raw>(source)?.build(places)
    }

    /// The lexicon of `source` with more words.
    fn extended(source: &str, more: &[String], places: &Gazette) -> Result<Lexicon, Fault> {
        let mut whole: toml::Table = toml::from_str(source)?;
        for words in more {
            merge(&mut whole, toml::from_str(words)?);
        }
        whole.try_into::<Raw>()?.build(places)
    }
}

/// Adds tables to tables and lists to lists; of anything else the newer stands.
fn merge(whole: &mut toml::Table, more: toml::Table) {
    for (key, value) in more {
        match (whole.get_mut(&key), value) {
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) => merge(old, new),
            (Some(toml::Value::Array(old)), toml::Value::Array(new)) => old.extend(new),
            (_, value) => {
                whole.insert(key, value);
            }
        }
    }
}

/// What is wrong with a lexicon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub message: String,
    /// Bytes of the file, where one place can be named.
    pub span: Option<std::ops::Range<usize>>,
}

impl From<toml::de::Error> for Fault {
    fn from(error: toml::de::Error) -> Fault {
        Fault { message: error.message().to_owned(), span: error.span() }
    }
}

impl From<String> for Fault {
    fn from(message: String) -> Fault {
        Fault { message, span: None }
    }
}

/// The lexicons that texts are read with. Each is read when the first text of its language comes.
#[derive(Debug)]
pub struct Lexicons {
    list: Vec<Slot>,
}

#[derive(Debug)]
struct Slot {
    language: Language,
    /// Empty for one that was read at once.
    source: &'static str,
    /// The user's words for it.
    more: Vec<String>,
    lexicon: OnceLock<Option<Arc<Lexicon>>>,
}

impl Slot {
    fn of(lexicon: Lexicon) -> Slot {
        let language = lexicon.language;
        Slot { language, source: "", more: Vec::new(), lexicon: OnceLock::from(Some(Arc::new(lexicon))) }
    }

    /// A shipped source that does not load is caught by a test; the program would read no figures of that language.
    fn get(&self) -> Option<&Lexicon> {
        let read = || match self.more.as_slice() {
            [] => Lexicon::read(self.source, &gazette()),
            more => Lexicon::extended(self.source, more, &gazette()),
        };
        self.lexicon.get_or_init(|| read().ok().map(Arc::new)).as_deref()
    }
}

impl Lexicons {
    /// Those that are compiled in, in the order of [`SOURCES`].
    pub fn shipped() -> Arc<Lexicons> {
        static SHIPPED: LazyLock<Arc<Lexicons>> = LazyLock::new(|| Arc::new(Lexicons { list: unread().collect() }));
        SHIPPED.clone()
    }

    /// The shipped ones, with one from a file in place of that of its language, or beside them.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn with(source: &str) -> Result<Lexicons, Fault> {
        let own = Lexicon::read(source, &gazette())?;
        let others = unread().filter(|slot| slot.language != own.language);
        Ok(Lexicons { list: others.collect::<Vec<_>>().into_iter().chain([Slot::of(own)]).collect() })
    }

    /// The shipped ones with words of the user's: texts in the form of a lexicon, each with its language and the tables that it adds to.
    ///
    /// # Errors
    /// What is wrong with which of them: its place in the list, from 0.
    pub fn with_words(words: &[String]) -> Result<Lexicons, (usize, Fault)> {
        let mut list: Vec<Slot> = unread().collect();
        for (n, text) in words.iter().enumerate() {
            let raw: Raw = toml::from_str(text).map_err(|e| (n, e.into()))?;
            let language = raw.language;
            let Some(slot) = list.iter_mut().find(|slot| slot.language == language) else {
                return Err((n, format!("orbat has no lexicon of `{language}` that words could be added to").into()));
            };
            raw.build(&Gazette::default()).map_err(|fault| (n, fault))?;
            slot.more.push(text.clone());
        }
        Ok(Lexicons { list })
    }

    /// The lexicon of a language, if it has one.
    pub fn of(&self, language: Language) -> Option<&Lexicon> {
        self.list.iter().find(|slot| slot.language == language)?.get()
    }

    /// The languages that have one.
    pub fn languages(&self) -> impl Iterator<Item = Language> {
        self.list.iter().map(|slot| slot.language)
    }
}

fn unread() -> impl Iterator<Item = Slot> {
    let slot = |&(code, source): &(&str, &'static str)| {
        Some(Slot { language: Language::parse(code)?, source, more: Vec::new(), lexicon: OnceLock::new() })
    };
    SOURCES.iter().filter_map(slot)
}

/// The small words of each language, folded.
pub fn common() -> &'static [(Language, FxHashSet<String>)] {
    static COMMON_WORDS: LazyLock<Vec<(Language, FxHashSet<String>)>> = LazyLock::new(|| {
        let table: BTreeMap<Language, Vec<String>> = toml::from_str(COMMON).unwrap_or_default();
        table.into_iter().map(|(language, words)| (language, words.into_iter().collect())).collect()
    });
    &COMMON_WORDS
}

fn gazette() -> Gazette {
    toml::from_str(PLACES).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::{Cue, Gazette, Lexicon, Lexicons, PLACES, SOURCES, Tokens};
    use crate::text::language::Language;

    #[test]
    fn all_lexicons_load() {
        let places: Gazette = toml::from_str(PLACES).unwrap_or_else(|e| panic!("help: src/text/lexicon/places.toml: {e}"));
        for (code, source) in SOURCES {
            let read = Lexicon::read(source, &places);
            let read = read.unwrap_or_else(|fault| panic!("help: src/text/lexicon/{code}.toml: {fault:?}"));
            assert_eq!(read.language.code(), *code, "help: src/text/lexicon/mod.rs names {code}.toml for another language");
            assert!(super::common().iter().any(|(l, words)| l.code() == *code && words.len() >= 50), "help: common.toml: {code}");
        }
    }

    #[test]
    fn words_are_added() {
        let words = [
            "language = \"nl\"\n[[noun]]\nkind = \"sure\"\nwords = [\"bosjagers\"]\n[states]\nXK = { names = [\"Amselveld\"] }\n"
                .to_owned(),
        ];
        let lexicons = Lexicons::with_words(&words).expect("good words");
        let dutch = lexicons.of(Language::parse("nl").expect("a code")).expect("Dutch");
        let tokens = Tokens::of("bosjagers militairen Amselveld Kosovo");
        assert!((0..4).all(|i| dutch.longest(&tokens, i, |c| matches!(c, Cue::Noun { .. } | Cue::Force { .. })).is_some()));
        for (bad, says) in [
            ("language = \"nl\"\nnuons = 1\n", "nuons"),
            ("language = \"zz\"\n", "no lexicon"),
            ("language = \"nl\"\nnoun = 1", "sequence"),
        ] {
            let (at, fault) = Lexicons::with_words(&[words[0].clone(), bad.to_owned()]).expect_err("bad words");
            assert!(at == 1 && fault.message.contains(says), "{fault:?}");
        }
    }

    /// All tables and lists of a lexicon; those of English are what every language has.
    #[test]
    fn no_list_is_missing() {
        let tables = |source: &str| -> Vec<String> {
            let whole: toml::Table = toml::from_str(source).expect("a lexicon");
            let inner =
                |name: &str| whole[name].as_table().into_iter().flatten().map(|(k, _)| format!("{name}.{k}")).collect::<Vec<_>>();
            whole
                .keys()
                .cloned()
                .chain(["grammar", "numeral", "prep", "status", "context", "measure"].into_iter().flat_map(inner))
                .collect()
        };
        let english = tables(SOURCES[1].1);
        for (code, source) in SOURCES {
            let own = tables(source);
            let missing: Vec<_> = english.iter().filter(|t| **t != "split" && !own.contains(t)).collect();
            assert!(missing.is_empty(), "help: src/text/lexicon/{code}.toml has no {missing:?}; an empty list will do");
        }
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = Lexicon::read("language = \"xx\"\nnuons = []\n", &Gazette::default()).unwrap_err();
        assert!(error.message.contains("nuons"), "{error:?}");
    }
}
