//! From an entity to its names: those that the user gave, those that are known of it, and both in the letters of every language.

use super::folded_words;
use super::known::{EXACT, Sort, Thing, World};
use super::spelling::{Class, Letters, Spelling};
use super::{Entity, Kind};
use crate::text::fold::{Kind as Token, Tokens, fold};

/// Spellings that a word of several spellings is looked for in, where its letters were worked out from another script.
const SPELLINGS: usize = 4;
/// The same of a name that nothing is known of.
const GUESSES: usize = 3;
/// A surname of fewer letters is not known by itself, unless it is the user's word that it is.
const SHORT_SURNAME: usize = 4;

/// Languages that have a lexicon, as bits in the order of [`World::spellings`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Langs(pub u16);

impl Langs {
    pub const NONE: Langs = Langs(0);
    pub const ALL: Langs = Langs(u16::MAX);

    pub fn one(index: usize) -> Langs {
        Langs(1 << index)
    }

    pub fn has(self, index: usize) -> bool {
        self.0 & 1 << index != 0
    }

    pub fn meets(self, other: Langs) -> bool {
        self.0 & other.0 != 0
    }

    pub fn and(self, other: Langs) -> Langs {
        Langs(self.0 | other.0)
    }

    pub fn without(self, other: Langs) -> Langs {
        Langs(self.0 & !other.0)
    }
}

/// Words that stand one after another, each in any of its cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// As written, in lower case, with accents.
    pub words: Vec<String>,
    /// Languages by whose rules they take endings.
    pub inflect: Langs,
    /// Languages in whose texts the words as they are count.
    pub only: Langs,
    pub look: Look,
}

impl Phrase {
    /// As a name is written: with its capitals.
    pub fn written(&self) -> String {
        written(&self.words, self.look)
    }

    /// Its cases in a language, written: the n-th of each word together; a word that has none stands as it is.
    pub fn inflected(&self, spelling: &Spelling, class: Class) -> Vec<String> {
        let forms: Vec<Vec<String>> = self.words.iter().map(|w| spelling.inflected(w, class).collect()).collect();
        let most = forms.iter().map(Vec::len).max().unwrap_or(0);
        let word = |n: usize, i: usize| forms[i].get(n).unwrap_or(&self.words[i]).clone();
        (0..most).map(|n| written(&(0..self.words.len()).map(|i| word(n, i)).collect::<Vec<_>>(), self.look)).collect()
    }
}

/// Words with the capitals of their name.
fn written(words: &[String], look: Look) -> String {
    let word = |word: &String| match look {
        Look::Small => word.clone(),
        Look::Capitals => word.to_uppercase(),
        Look::Capital => {
            let mut letters = word.chars();
            letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
        }
    };
    words.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// With what capitals a name is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Throughout: `NATO`.
    Capitals,
    /// At the begin: `Kyiv`, `Al-Qaida`.
    Capital,
    Small,
}

/// All that one entity is called.
#[derive(Debug)]
pub struct Naming {
    pub class: Class,
    /// Whole names; of a person the surnames.
    pub phrases: Vec<Phrase>,
    /// A person's given names, a word each.
    pub given: Vec<Phrase>,
    /// A surname is enough.
    pub alone: bool,
    /// Where a place lies, as far as it is known.
    pub lies_in: Option<&'static str>,
    pub near: Vec<String>,
    /// None of these beside a mention.
    pub not_beside: Vec<String>,
    /// None of these in the text.
    pub not_in: Vec<String>,
}

/// All that an entity is called.
pub fn naming(entity: &Entity, world: &'static World) -> Naming {
    let thing = std::iter::once(&entity.name).chain(&entity.aliases).find_map(|name| thing(world, name, entity.kind));
    let surnames: Vec<Vec<String>> =
        entity.surname.iter().chain(thing.iter().flat_map(|t| &t.surname)).map(|s| folded_words(s)).collect();
    let class = if entity.kind == Kind::Person { Class::Person } else { Class::Thing };
    let mut names = Names { world, class, surnames, said: Langs::NONE, phrases: Vec::new(), given: Vec::new() };
    let own = std::iter::once(&entity.name).chain(&entity.aliases).chain(&entity.surname);
    names.all(own, thing);
    let alone = match thing {
        Some(thing) => thing.alone,
        None => entity.surname.is_some() || names.phrases.first().is_some_and(|p| is_telling(world, p)),
    };
    Naming {
        class,
        phrases: names.phrases,
        given: names.given,
        alone,
        lies_in: thing.and_then(|t| t.lies_in.as_deref()),
        near: entity.near.iter().chain(thing.iter().flat_map(|t| &t.near)).cloned().collect(),
        not_beside: entity.not_near.clone(),
        not_in: thing.map(|t| t.not_near.clone()).unwrap_or_default(),
    }
}

/// What is known under this name, the same sort of thing before a similar one.
fn thing<'w>(world: &'w World, name: &str, kind: Kind) -> Option<&'w Thing> {
    let same = |t: &&Thing| {
        matches!(
            (t.kind, kind),
            (Sort::Person, Kind::Person)
                | (Sort::Organisation, Kind::Organisation)
                | (Sort::Country, Kind::Country)
                | (Sort::Region, Kind::Region)
                | (Sort::City | Sort::Base, Kind::City)
        )
    };
    let similar = |t: &&Thing| (t.kind == Sort::Person) == (kind == Kind::Person);
    let folded = folded_words(name).join(" ");
    world.named_as(&folded).find(same).or_else(|| world.named_as(&folded).find(similar))
}

/// Does a surname that nothing is known of tell who it is?
fn is_telling(world: &World, surname: &Phrase) -> bool {
    let word = surname.words.last().map(|w| fold(w)).unwrap_or_default();
    word.chars().count() >= SHORT_SURNAME
        && !world.given().is_frequent(&word)
        && world.given().group(&word).is_none()
        && world.named_as(&word).next().is_none()
        && !world.spellings.iter().any(|s| s.common.contains(&word))
}

/// The names of one entity as they are gathered.
struct Names<'w> {
    world: &'w World,
    class: Class,
    /// Folded.
    surnames: Vec<Vec<String>>,
    /// Languages that have a name of their own for it.
    said: Langs,
    phrases: Vec<Phrase>,
    given: Vec<Phrase>,
}

/// A name as somebody wrote it, cut into words.
struct Written {
    /// In lower case with their accents.
    words: Vec<String>,
    folded: Vec<String>,
    /// Which are glued to the word before by an apostrophe: O'Sullivan, Лук'янов.
    glued: Vec<bool>,
    look: Look,
    cyrillic: bool,
}

impl Written {
    fn of(name: &str) -> Written {
        let tokens = Tokens::of(name);
        let words: Vec<usize> = (0..tokens.len()).filter(|&i| tokens.list[i].kind != Token::Mark).collect();
        Written {
            words: words.iter().map(|&i| tokens.raw(i).to_lowercase()).collect(),
            folded: words.iter().map(|&i| tokens.folded(i).to_owned()).collect(),
            glued: words.iter().map(|&i| i > 0 && is_apostrophe(tokens.raw(i - 1)) && !tokens.list[i].spaced).collect(),
            look: look(name),
            cyrillic: is_cyrillic(name),
        }
    }

    /// The last word: of a name without further knowledge the surname.
    fn last(&self) -> &str {
        self.words.last().map_or("", String::as_str)
    }
}

impl<'w> Names<'w> {
    fn all<'n>(&mut self, own: impl Iterator<Item = &'n String>, thing: Option<&'w Thing>) {
        let own: Vec<Written> = own.map(|name| Written::of(name)).collect();
        let known: Vec<(usize, Vec<(bool, Written)>)> = thing.map(|t| self.known(t)).unwrap_or_default();
        let exonyms = thing.is_some_and(|t| t.kind != Sort::Organisation);
        for name in &own {
            self.add(name, self.world.written_in(name.cyrillic).without(self.said), Langs::ALL);
        }
        for (i, names) in &known {
            let pivot = self.world.spellings[*i].is_pivot();
            let others = if pivot { self.world.written_in(false).without(self.said) } else { Langs::NONE };
            for (exact, name) in names {
                match exact {
                    true => self.add(name, Langs::NONE, Langs::one(*i)),
                    false => {
                        let own = Langs::one(*i);
                        // Papers borrow each other's spellings of people, hardly those of towns.
                        match self.class {
                            Class::Person => self.add(name, own.and(self.world.written_in(name.cyrillic)), Langs::ALL),
                            Class::Thing if exonyms && !pivot => {
                                self.add(name, own, own.and(self.world.written_in(!name.cyrillic)))
                            }
                            Class::Thing => self.add(name, own.and(others), Langs::ALL),
                        }
                    }
                }
            }
        }
        let names = own.into_iter().map(|name| (None, name));
        let plain = known.into_iter().flat_map(|(i, names)| names.into_iter().map(move |(exact, name)| (i, exact, name)));
        let names: Vec<(Option<usize>, Written)> =
            names.chain(plain.filter(|(_, exact, _)| !exact).map(|(i, _, name)| (Some(i), name))).collect();
        self.respell(&names);
    }

    /// What each language calls a thing: with its index, and whether a name stands for one case alone.
    fn known(&mut self, thing: &Thing) -> Vec<(usize, Vec<(bool, Written)>)> {
        let mut known = Vec::new();
        for (i, spelling) in self.world.spellings.iter().enumerate() {
            let Some(names) = thing.names.get(&spelling.language) else { continue };
            let written = |name: &String| (name.starts_with(EXACT), Written::of(name.trim_start_matches(EXACT)));
            let names: Vec<(bool, Written)> = names.iter().map(written).collect();
            if names.iter().any(|(exact, _)| !exact) {
                self.said = self.said.and(Langs::one(i));
            }
            known.push((i, names));
        }
        known
    }

    /// The names in the letters of the languages that have none of their own. Each comes with the language that it is known in.
    fn respell(&mut self, names: &[(Option<usize>, Written)]) {
        let cyrillic: Vec<(usize, &Written)> =
            names.iter().filter(|(_, n)| n.cyrillic).map(|(i, n)| (i.unwrap_or(self.guess(n)), n)).collect();
        let pivot = |i: &Option<usize>| i.is_none_or(|i| self.world.spellings[i].is_pivot());
        let latin: Vec<&Written> = names.iter().filter(|(i, n)| !n.cyrillic && pivot(i)).map(|(_, n)| n).collect();
        let world = self.world;
        for (i, spelling) in world.spellings.iter().enumerate().filter(|(_, s)| s.is_cyrillic()) {
            if self.said.has(i) || cyrillic.iter().any(|(home, _)| *home == i) {
                continue;
            }
            if cyrillic.is_empty() {
                latin.iter().for_each(|name| self.spell(name, &spelling.from_latin, i, GUESSES));
            }
            for (home, name) in &cyrillic {
                self.spell(name, spelling.from(world.spellings[*home].language), i, SPELLINGS);
            }
        }
        if cyrillic.is_empty() {
            self.respell_home(&latin);
        }
        for (home, name) in cyrillic {
            if self.is_at_home(name, home, &latin) {
                self.respell_latin(name, home, SPELLINGS);
            }
        }
    }

    /// The language of a Cyrillic name that the user gave: the first that has all its letters.
    fn guess(&self, name: &Written) -> usize {
        let cyrillic = || self.world.spellings.iter().enumerate().filter(|(_, s)| s.is_cyrillic()).map(|(i, _)| i);
        let has_all = |&i: &usize| {
            let others = cyrillic().filter(|&other| other != i);
            let mut letters = name.words.iter().flat_map(|w| w.chars());
            // Another language says how it writes each letter of this one.
            letters.all(|c| others.clone().any(|o| self.world.spellings[o].from(self.world.spellings[i].language).knows(c)))
        };
        let found = cyrillic().find(has_all).or_else(|| cyrillic().next());
        found.unwrap_or(0)
    }

    /// A Latin name that nothing is known of, but whose surname ends as those of a language of other letters do: as it may be written there, and
    /// from there in the others.
    fn respell_home(&mut self, latin: &[&Written]) {
        let world = self.world;
        for (home, spelling) in world.spellings.iter().enumerate().filter(|(_, s)| s.is_cyrillic()) {
            for name in latin {
                if !spelling.from_latin.write(name.last()).iter().any(|s| spelling.is_typical(s)) {
                    continue;
                }
                let words: Vec<String> =
                    name.words.iter().filter_map(|w| spelling.from_latin.write(w).into_iter().next()).collect();
                if words.len() == name.words.len() {
                    let there = Written {
                        words,
                        folded: name.folded.clone(),
                        glued: name.glued.clone(),
                        look: Look::Capital,
                        cyrillic: true,
                    };
                    self.respell_latin(&there, home, GUESSES);
                }
            }
        }
    }

    /// A name at home in the language `home` as the languages of Latin letters write it.
    fn respell_latin(&mut self, name: &Written, home: usize, most: usize) {
        let world = self.world;
        for (i, spelling) in world.spellings.iter().enumerate().filter(|(_, s)| !s.is_cyrillic()) {
            // Of a person papers write what their own rules say as well as what they are used to.
            if spelling.is_pivot() || !self.said.has(i) || self.class == Class::Person {
                self.spell(name, spelling.from(world.spellings[home].language), i, most);
            }
        }
    }

    /// Is a name at home in the language whose letters it has? Then the pivot spells it as those letters say; "Трамп" it does not.
    fn is_at_home(&self, name: &Written, home: usize, latin: &[&Written]) -> bool {
        let Some(pivot) = self.world.spellings.iter().find(|s| s.is_pivot()) else { return false };
        let spelt = pivot.from(self.world.spellings[home].language).write(name.last());
        let spelt: Vec<String> = spelt.iter().map(|s| fold(s)).collect();
        latin.is_empty() || latin.iter().any(|name| name.folded.last().is_some_and(|last| spelt.contains(last)))
    }

    /// Adds a name in other letters: each word in its usual spellings.
    fn spell(&mut self, name: &Written, letters: &Letters, language: usize, most: usize) {
        if letters.is_empty() {
            return;
        }
        // Of given names that are known all spellings are.
        let known = |i: usize| {
            let given = self.class == Class::Person && i + 1 < name.words.len();
            given && self.world.given().group(&name.folded[i]).is_some()
        };
        let spell = |(i, word): (usize, &String)| if known(i) { vec![word.clone()] } else { letters.write(word) };
        let words: Vec<Vec<String>> = name.words.iter().enumerate().map(spell).collect();
        let most = if self.class == Class::Person || words.len() == 1 { most } else { 1 };
        let look = if name.look == Look::Small { Look::Small } else { Look::Capital };
        for n in 0..most.min(words.iter().map(Vec::len).max().unwrap_or(0)) {
            let spelt = words.iter().map(|list| list[n.min(list.len() - 1)].clone()).collect();
            self.file(name, spelt, Langs::one(language), Langs::ALL, look);
        }
    }

    fn add(&mut self, name: &Written, inflect: Langs, only: Langs) {
        self.file(name, name.words.clone(), inflect, only, name.look);
    }

    /// Files `words`, which stand for those of `name`: of a person given names and surname, of anything else the whole.
    fn file(&mut self, name: &Written, mut words: Vec<String>, inflect: Langs, only: Langs, look: Look) {
        if self.class == Class::Person {
            let listed = self.surnames.iter().find_map(|surname| {
                let at = name.folded.windows(surname.len().max(1)).position(|w| w == surname.as_slice())?;
                Some(at..at + surname.len())
            });
            let last = (0..words.len()).rev().find(|&i| !name.glued.get(i).is_some_and(|&glued| glued)).unwrap_or(0);
            let range = listed.unwrap_or(last..words.len());
            let surname: Vec<String> = words.splice(range, []).collect();
            for given in words.into_iter().filter(|w| w.chars().count() > 1 && !is_particle(w)) {
                join(&mut self.given, Phrase { words: vec![given], inflect, only, look });
            }
            words = surname;
        }
        // A letter of another script may be an apostrophe in this one, which parts words.
        let words: Vec<String> =
            words.iter().flat_map(|w| w.split(['\'', '’', 'ʼ']).filter(|w| !w.is_empty())).map(str::to_owned).collect();
        if !words.is_empty() {
            join(&mut self.phrases, Phrase { words, inflect, only, look });
        }
    }
}

/// Adds a phrase, or what it says of one that is there.
fn join(list: &mut Vec<Phrase>, new: Phrase) {
    match list.iter_mut().find(|p| p.words == new.words && p.look == new.look) {
        Some(same) => (same.inflect, same.only) = (same.inflect.and(new.inflect), same.only.and(new.only)),
        None => list.push(new),
    }
}

/// Small words between given name and surname.
const PARTICLES: &[&str] = &[
    "al", "el", "ul", "bin", "ben", "ibn", "abu", "de", "da", "di", "del", "van", "von", "der", "den", "la", "le", "аль", "ас",
    "эль", "ель", "бин", "бін", "бен", "ибн", "ібн", "фон", "ван", "дер", "ден", "де", "да", "ла", "ді", "ди",
];

/// The Arabic article, which is written as a part of a surname.
pub fn is_article(word: &str) -> bool {
    matches!(word, "al" | "el" | "ul" | "аль" | "эль" | "ель")
}

/// The same before a letter that it is assimilated to: only where a hyphen joins them.
pub fn is_assimilated(word: &str) -> bool {
    let end = |word: &str| matches!(word, "r" | "s" | "n" | "d" | "t" | "z" | "sh" | "р" | "с" | "н" | "д" | "т" | "з" | "ш");
    ["a", "e", "а", "э", "е"].iter().any(|start| word.strip_prefix(start).is_some_and(end))
}

/// The marks that an apostrophe is written with.
pub fn is_apostrophe(mark: &str) -> bool {
    matches!(mark, "'" | "’" | "ʼ" | "`" | "‘")
}

pub fn is_particle(word: &str) -> bool {
    PARTICLES.contains(&word)
}

pub fn is_cyrillic(name: &str) -> bool {
    name.chars().find(|c| c.is_alphabetic()).is_some_and(|c| ('\u{400}'..='\u{52f}').contains(&c))
}

/// A whole name as a phrase.
pub fn phrase(name: &str, inflect: Langs) -> Phrase {
    let Written { words, look, .. } = Written::of(name);
    Phrase { words, inflect, only: Langs::ALL, look }
}

fn look(name: &str) -> Look {
    let letters: Vec<char> = name.chars().filter(|c| c.is_alphabetic()).collect();
    match letters.first() {
        Some(c) if !c.is_uppercase() => Look::Small,
        _ if letters.len() > 1 && letters.iter().all(|c| !c.is_lowercase()) => Look::Capitals,
        _ => Look::Capital,
    }
}
