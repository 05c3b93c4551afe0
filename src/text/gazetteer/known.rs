//! What ships with the program: people, organisations, countries, places and given names, each with what the ten languages call it.

use super::folded_words;
use super::naming::{Langs, is_cyrillic};
use super::spelling::{Class, Spelling, Written};
use crate::text::language::Language;
use crate::text::lexicon::is_state;
use crate::text::lexicon::sources::{SOURCES, shipped};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

/// The files of things.
pub(super) static FILES: [(&str, &str); 4] = [
    ("countries.toml", shipped!("known/countries")),
    ("organisations.toml", shipped!("known/organisations")),
    ("people.toml", shipped!("known/people")),
    ("places.toml", shipped!("known/places")),
];

/// Places in [`FILES`] that are asked for by themselves.
const ORGANISATIONS: usize = 1;
pub(super) const PLACES: usize = 3;

/// Places whose names are much the same in every language, and of which no more is known than where they lie: code to names.
static MINOR: &str = shipped!("known/minor");

/// Given names, in groups that are one name.
static GIVEN: &str = shipped!("known/given");

/// Behind it a name that is exactly that: an irregular case.
pub const EXACT: char = '=';

/// Something that the program knows by its names.
#[derive(Debug, Deserialize)]
pub struct Thing {
    pub kind: Sort,
    /// Where it lies: ISO 3166-1 alpha-2, or the slug of a region.
    #[serde(rename = "in")]
    pub lies_in: Option<String>,
    /// Whose personnel it has, as claims name it.
    pub force: Option<String>,
    #[serde(default)]
    pub surname: Vec<String>,
    /// The surname alone is enough.
    #[serde(default = "yes")]
    pub alone: bool,
    #[serde(default)]
    pub near: Vec<String>,
    #[serde(default)]
    pub not_near: Vec<String>,
    /// Names as each language has them, the usual first; behind [`EXACT`] a form that is not inflected.
    #[serde(flatten)]
    pub names: BTreeMap<Language, Vec<String>>,
}

fn yes() -> bool {
    true
}

/// What sort of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    Person,
    Organisation,
    Country,
    Region,
    City,
    Base,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    groups: Vec<Vec<String>>,
    /// Those of women: one name of each such group.
    #[serde(default)]
    women: Vec<String>,
    /// Surnames that so many bear that one alone names nobody.
    #[serde(default)]
    frequent: Vec<String>,
}

/// All of it. What only some ask for is read when it is first asked for.
#[derive(Debug, Default)]
pub struct World {
    /// How each language writes names, in the order of [`SOURCES`].
    pub spellings: Vec<Spelling>,
    /// One list per file of [`FILES`].
    things: [OnceLock<Vec<Thing>>; FILES.len()],
    /// Things by each of their names, its folded words joined by spaces: file and place in it.
    by_name: OnceLock<FxHashMap<String, Vec<(u8, u32)>>>,
    minor: OnceLock<BTreeMap<String, Vec<String>>>,
    given: OnceLock<GivenNames>,
}

/// Given names in groups, each of which is one name.
#[derive(Debug)]
pub struct GivenNames {
    pub groups: Vec<Vec<String>>,
    group_of: FxHashMap<String, u32>,
    /// Groups of women's names.
    women: FxHashSet<u32>,
    frequent: FxHashSet<String>,
}

impl World {
    /// What is compiled in.
    pub fn shipped() -> &'static World {
        static WORLD: LazyLock<World> = LazyLock::new(|| World { spellings: spellings(), ..World::default() });
        &WORLD
    }

    /// The things of one file. One that does not load is caught by a test; the program would know less.
    fn file(&self, n: usize) -> &[Thing] {
        let read = || serde_json::from_str::<BTreeMap<String, Thing>>(FILES[n].1).unwrap_or_default().into_values().collect();
        self.things[n].get_or_init(read)
    }

    pub fn things(&self) -> impl Iterator<Item = &Thing> {
        (0..FILES.len()).flat_map(|n| self.file(n))
    }

    fn by_name(&self) -> &FxHashMap<String, Vec<(u8, u32)>> {
        self.by_name.get_or_init(|| {
            let mut by_name: FxHashMap<String, Vec<(u8, u32)>> = FxHashMap::default();
            for n in 0..FILES.len() {
                for (i, thing) in self.file(n).iter().enumerate() {
                    for name in thing.names.values().flatten() {
                        let list = by_name.entry(key(name)).or_default();
                        if list.last() != Some(&(n as u8, i as u32)) {
                            list.push((n as u8, i as u32));
                        }
                    }
                }
            }
            by_name
        })
    }

    /// The things of this name.
    pub fn named<'w>(&'w self, name: &str) -> impl Iterator<Item = &'w Thing> + use<'w> {
        self.named_as(&key(name))
    }

    /// The things that have a name of these folded words, joined by spaces.
    pub fn named_as<'w>(&'w self, folded: &str) -> impl Iterator<Item = &'w Thing> + use<'w> {
        self.by_name().get(folded).into_iter().flatten().map(|&(n, i)| &self.file(n.into())[i as usize])
    }

    /// Are these the words, folded, of the surname of somebody known?
    pub fn has_surname(&self, words: &[String]) -> bool {
        let people = self.things().filter(|thing| thing.kind == Sort::Person);
        people.flat_map(|thing| thing.names.values().flatten()).any(|name| {
            let folded = folded_words(name);
            folded.len() > words.len() && folded.ends_with(words)
        })
    }

    pub fn given(&self) -> &GivenNames {
        self.given.get_or_init(|| {
            let given: Given = serde_json::from_str(GIVEN).unwrap_or_default();
            let mut group_of = FxHashMap::default();
            for (i, group) in given.groups.iter().enumerate() {
                group_of.extend(group.iter().map(|name| (key(name), i as u32)));
            }
            let women = given.women.iter().filter_map(|name| group_of.get(&key(name)).copied()).collect();
            let frequent = given.frequent.iter().map(|name| key(name)).collect();
            GivenNames { groups: given.groups, group_of, women, frequent }
        })
    }

    /// The languages written in the letters of a name: their rules inflect it.
    pub fn inflecting(&self, name: &str) -> Langs {
        self.written_in(is_cyrillic(name))
    }

    /// The languages of Cyrillic letters, or of Latin ones.
    pub fn written_in(&self, cyrillic: bool) -> Langs {
        let same = self.spellings.iter().enumerate().filter(|(_, s)| s.is_cyrillic() == cyrillic);
        same.map(|(i, _)| Langs::one(i)).fold(Langs::NONE, Langs::and)
    }

    /// What a language calls the places that are known, with the state or region that each lies in, in all its cases; names that only other
    /// words tell apart are left out.
    pub fn places(&self, language: Language) -> Vec<(&str, String)> {
        let kinds = |thing: &&Thing| matches!(thing.kind, Sort::Region | Sort::City | Sort::Base);
        let places = self.file(PLACES).iter().filter(kinds).filter_map(|thing| Some((thing, thing.lies_in.as_deref()?)));
        let places = places.filter(|(_, code)| is_state(code));
        let named = |thing: &'_ Thing| thing.names.get(&language).or_else(|| self.in_pivot(thing)).cloned().unwrap_or_default();
        let towns: FxHashSet<String> = self.file(PLACES).iter().flat_map(named).collect();
        let places = places.flat_map(|(thing, code)| {
            // "Region Charkiw" is found by "Charkiw", and the words before that tell where to.
            let inner = |form: &String| thing.kind == Sort::Region && form.split(' ').skip(1).any(|word| towns.contains(word));
            let forms: Vec<String> = self.forms(thing, language).into_iter().filter(|form| !inner(form)).collect();
            forms.into_iter().map(move |form| (code, form))
        });
        let minor = self.minor.get_or_init(|| serde_json::from_str(MINOR).unwrap_or_default());
        let minor = minor.iter().flat_map(|(code, names)| names.iter().map(move |name| (code.as_str(), name.clone())));
        places.chain(minor).collect()
    }

    /// Likewise armed groups and alliances, with the code that claims name them by. What the services of a state are called is made of words
    /// that a lexicon has.
    pub fn forces(&self, language: Language) -> Vec<(&str, String)> {
        let forces = self.file(ORGANISATIONS).iter().filter_map(|thing| Some((thing, thing.force.as_deref()?)));
        let forces = forces.filter(|(_, code)| !is_state(code));
        // A word in small letters ("talibowie") counts its members; a lexicon has it among the nouns.
        let names = |thing| self.forms(thing, language).into_iter().filter(|form| !form.starts_with(char::is_lowercase));
        forces.flat_map(|(thing, code)| names(thing).map(move |form| (code, form))).collect()
    }

    /// What the others call a thing that have no name of their own for it.
    fn in_pivot<'t>(&self, thing: &'t Thing) -> Option<&'t Vec<String>> {
        thing.names.get(&self.spellings.iter().find(|s| s.is_pivot())?.language)
    }

    /// All cases of all names that a language has for a thing.
    pub(super) fn forms(&self, thing: &Thing, language: Language) -> Vec<String> {
        let Some(spelling) = self.spelling(language).filter(|_| thing.near.is_empty() && thing.not_near.is_empty()) else {
            return Vec::new();
        };
        let mut forms = Vec::new();
        for name in thing.names.get(&language).or_else(|| self.in_pivot(thing)).into_iter().flatten() {
            let exact = name.starts_with(EXACT);
            let phrase = super::naming::phrase(name.trim_start_matches(EXACT), Langs::NONE);
            forms.push(phrase.written());
            forms.extend(phrase.inflected(spelling, Class::Thing).into_iter().filter(|_| !exact));
        }
        forms
    }

    pub fn spelling(&self, language: Language) -> Option<&Spelling> {
        self.spellings.iter().find(|s| s.language == language)
    }
}

impl GivenNames {
    /// The group of a given name, which is folded.
    pub fn group(&self, given: &str) -> Option<u32> {
        self.group_of.get(given).copied()
    }

    pub fn is_womans(&self, group: u32) -> bool {
        self.women.contains(&group)
    }

    /// Do so many bear this surname that it alone names nobody?
    pub fn is_frequent(&self, surname: &str) -> bool {
        self.frequent.contains(surname)
    }
}

fn key(name: &str) -> String {
    folded_words(name.trim_start_matches(EXACT)).join(" ")
}

fn spellings() -> Vec<Spelling> {
    let read = |(code, _, names): &(&str, &str, &str)| {
        Some(Spelling::new(Language::parse(code)?, serde_json::from_str::<Written>(names).unwrap_or_default()))
    };
    SOURCES.iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::{FILES, GIVEN, Given, MINOR, Thing};
    use crate::text::gazetteer::spelling::Written;
    use crate::text::lexicon::sources::SOURCES;
    use std::collections::BTreeMap;

    #[test]
    fn all_files_load() {
        for (file, source) in FILES {
            let things: Result<BTreeMap<String, Thing>, _> = serde_json::from_str(source);
            let things = things.unwrap_or_else(|e| panic!("help: src/text/gazetteer/known/{file}: {e}"));
            for (slug, thing) in &things {
                assert!(
                    !thing.names.is_empty() && thing.names.values().all(|n| !n.is_empty()),
                    "help: {file}: [{slug}] has no names"
                );
            }
        }
        serde_json::from_str::<BTreeMap<String, Vec<String>>>(MINOR)
            .unwrap_or_else(|e| panic!("help: src/text/gazetteer/known/minor.toml: {e}"));
        serde_json::from_str::<Given>(GIVEN).unwrap_or_else(|e| panic!("help: src/text/gazetteer/known/given.toml: {e}"));
    }

    #[test]
    fn every_language_says_what_it_does_with_names() {
        for (code, _, names) in SOURCES {
            let part: Result<Written, _> = serde_json::from_str(names);
            part.unwrap_or_else(|e| panic!("help: [names] at the end of src/text/lexicon/{code}.toml: {e}"));
        }
    }
}
