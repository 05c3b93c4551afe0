//! All names of what the user tracks, and the mentions of them in a text.
//!
//! An entity's names are those that its user gave, those that ship with the program ([`known`]), and both in the letters and cases of every
//! language ([`spelling`]); [`mod@naming`] makes them, [`index`] holds them, [`scan`] finds them.

pub mod coordinates;
mod index;
pub mod known;
mod naming;
mod scan;
pub mod shown;
pub mod spelling;

use super::fold::Tokens;
use super::language::Language;
use super::span::Span;
use index::{Forms, Gather, WordId};
use known::World;
use naming::{Langs, Look, Naming, Phrase, naming};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use spelling::Class;

super::claim::words! {
    /// What sort of thing is tracked.
    Kind { Person = "person", Organisation = "organisation", Country = "country", Region = "region", City = "city" }
}

/// Someone or something that the user tracks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// Stable, lower case, given by the user: `zelensky`.
    pub id: String,
    pub name: String,
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// One of these words must stand in the text for a mention to count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<String>,
    /// None of these words may stand beside a mention.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_near: Vec<String>,
}

impl Entity {
    /// Is this usable as an id: lower-case letters, digits, hyphens, low lines, full stops?
    pub fn is_id(text: &str) -> bool {
        !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() && !c.is_uppercase() || matches!(c, '-' | '_' | '.'))
    }
}

/// A stretch of text that names an entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    pub entity: String,
    pub span: Span,
    pub text: String,
}

/// All names, ready to be looked for.
#[derive(Debug)]
pub struct Gazetteer {
    world: &'static World,
    forms: Forms,
    /// Names by their first word and their second, or [`NO_WORD`].
    starts: FxHashMap<(WordId, WordId), Vec<u32>>,
    names: Vec<Name>,
    /// The words of all names, one name after another.
    words: Vec<WordId>,
    tracked: Vec<Tracked>,
    /// Groups of given names, by their words.
    given: FxHashMap<WordId, u32>,
}

/// In place of a second word.
const NO_WORD: WordId = WordId::MAX;

/// One way to write an entity.
#[derive(Clone, Copy, Debug)]
struct Name {
    /// Index into [`Gazetteer::tracked`], or none: a longer name that holds one of ours and is another thing.
    entity: Option<u32>,
    /// Into [`Gazetteer::words`].
    first: u32,
    count: u8,
    look: Look,
    /// Letters in all.
    letters: u8,
}

/// What is left of an entity once its names are filed.
#[derive(Debug)]
struct Tracked {
    id: String,
    kind: Kind,
    /// Where a place lies, as far as it is known.
    lies_in: Option<&'static str>,
    /// A word for all of a person's given names, and the groups that these are of.
    given: Option<WordId>,
    groups: Box<[u32]>,
    alone: bool,
    /// One of its names has several words: what its acronym stands for is known.
    spelt_out: bool,
    near: Vec<Cue>,
    not_beside: Vec<Cue>,
    not_in: Vec<Cue>,
}

/// A word or phrase that is looked for around a name: folded words, the last of which may be a beginning.
#[derive(Debug)]
struct Cue {
    words: Vec<String>,
    open: bool,
}

impl Gazetteer {
    pub fn new(entities: &[Entity]) -> Gazetteer {
        let world = World::shipped();
        let mut gather = Gather::new(world);
        let mut gazetteer = Gazetteer {
            world,
            forms: Forms::default(),
            starts: FxHashMap::default(),
            names: Vec::new(),
            words: Vec::new(),
            tracked: Vec::with_capacity(entities.len()),
            given: FxHashMap::default(),
        };
        if entities.is_empty() {
            return gazetteer;
        }
        let namings = parallel(entities, |share| share.iter().map(|entity| naming(entity, world)).collect::<Vec<_>>());
        for (entity, naming) in entities.iter().zip(namings.into_iter().flatten()) {
            gazetteer.track(entity, naming, &mut gather);
        }
        gazetteer.learn_given_names(&mut gather);
        gazetteer.learn_longer_names(&mut gather);
        let first: FxHashSet<WordId> = gazetteer.starts.keys().map(|(word, _)| *word).collect();
        gazetteer.forms = gather.finish(|word| first.contains(&word));
        gazetteer
    }

    fn track(&mut self, entity: &Entity, naming: Naming, gather: &mut Gather) {
        let index = self.tracked.len() as u32;
        let (single, several): (Vec<&Phrase>, Vec<&Phrase>) = naming.phrases.iter().partition(|phrase| phrase.words.len() == 1);
        for phrase in several {
            let words: Vec<WordId> = gather.phrase(phrase, naming.class).collect();
            self.file(Some(index), &words, phrase.look, letters(phrase));
        }
        // All spellings of a name of one word are one word: a hundred thousand names are not a million.
        for (look, short) in
            [Look::Capitals, Look::Capital, Look::Small].into_iter().flat_map(|look| (0..=SHORT).map(move |n| (look, n)))
        {
            let alike = single.iter().filter(|p| p.look == look && letters(p).min(SHORT) == short);
            let spellings = alike.map(|p| (p.words[0].as_str(), p.inflect, p.only));
            if spellings.clone().next().is_some() {
                let word = gather.word(spellings, naming.class);
                self.file(Some(index), &[word], look, short);
            }
        }
        let spellings = naming.given.iter().map(|p| (p.words[0].as_str(), p.inflect, p.only));
        let given = spellings.clone().next().map(|_| gather.word(spellings, Class::Person));
        let mut groups: Vec<u32> = naming
            .given
            .iter()
            .filter_map(|phrase| self.world.given().group(&crate::text::fold::fold(&phrase.words[0])))
            .collect();
        groups.sort_unstable();
        groups.dedup();
        let spelt_out = naming.phrases.iter().any(|phrase| phrase.words.len() > 1);
        let Naming { alone, near, lies_in, not_beside, not_in, .. } = naming;
        self.tracked.push(Tracked {
            id: entity.id.clone(),
            kind: entity.kind,
            lies_in,
            given,
            groups: groups.into(),
            alone,
            spelt_out,
            near: cues(&near),
            not_beside: cues(&not_beside),
            not_in: cues(&not_in),
        });
    }

    fn file(&mut self, entity: Option<u32>, words: &[WordId], look: Look, letters: usize) {
        let Some((&first, rest)) = words.split_first() else { return };
        let name = Name {
            entity,
            first: self.words.len() as u32,
            count: words.len().min(u8::MAX.into()) as u8,
            look,
            letters: letters.min(u8::MAX.into()) as u8,
        };
        self.starts.entry((first, rest.first().copied().unwrap_or(NO_WORD))).or_default().push(self.names.len() as u32);
        self.words.extend(words);
        self.names.push(name);
    }

    /// Given names tell that a surname is another's.
    fn learn_given_names(&mut self, gather: &mut Gather) {
        if !self.tracked.iter().any(|t| t.kind == Kind::Person) {
            return;
        }
        for (group, names) in self.world.given().groups.iter().enumerate() {
            for name in names {
                let name = name.to_lowercase();
                let word = gather.word([(name.as_str(), self.world.inflecting(&name), Langs::ALL)].into_iter(), Class::Person);
                self.given.insert(word, group as u32);
            }
        }
    }

    /// "Northern Ireland" is not Ireland: names of other things that hold one of ours.
    fn learn_longer_names(&mut self, gather: &mut Gather) {
        for thing in self.world.things().filter(|thing| thing.kind != known::Sort::Person) {
            for (language, names) in &thing.names {
                let index = self.world.spellings.iter().position(|s| s.language == *language);
                let inflect = index.map_or(Langs::NONE, Langs::one);
                for name in names.iter().map(|n| n.trim_start_matches(known::EXACT)) {
                    let folded = folded_words(name);
                    if folded.len() < 2 || !folded.iter().any(|word| gather.has(word)) {
                        continue;
                    }
                    let phrase = naming::phrase(name, inflect);
                    let words: Vec<WordId> = gather.phrase(&phrase, Class::Thing).collect();
                    self.file(None, &words, phrase.look, usize::MAX);
                }
            }
        }
    }

    /// Is there nothing to look for?
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The mentions in a text, in order; none overlaps another, but two entities of one name share a span.
    pub fn mentions(&self, tokens: &Tokens, language: Option<Language>) -> Vec<Mention> {
        if self.names.is_empty() { Vec::new() } else { scan::mentions(self, tokens, language) }
    }

    /// The words of a name.
    fn words_of(&self, name: &Name) -> &[WordId] {
        &self.words[name.first as usize..][..name.count as usize]
    }
}

/// Lists fewer than this are worked through on one thread.
const WORTH_A_THREAD: usize = 1_000;

/// Works through a list in as many shares as there are processors, and gives what came of each in their order.
fn parallel<T: Sync, R: Send>(list: &[T], work: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    if list.len() < WORTH_A_THREAD || threads == 1 {
        return vec![work(list)];
    }
    std::thread::scope(|scope| {
        let shares = list.chunks(list.len().div_ceil(threads));
        let workers: Vec<_> = shares.map(|share| scope.spawn(|| work(share))).collect();
        workers.into_iter().map(|w| w.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

/// Letters beyond which no rule asks how many a name has.
const SHORT: usize = 6;

fn letters(phrase: &Phrase) -> usize {
    phrase.words.iter().map(|w| w.chars().count()).sum()
}

fn cues(written: &[String]) -> Vec<Cue> {
    let cue = |w: &String| Cue { words: folded_words(w), open: w.ends_with('*') };
    written.iter().map(cue).filter(|cue| !cue.words.is_empty()).collect()
}

/// The folded words of a name.
fn folded_words(name: &str) -> Vec<String> {
    Tokens::of(name).words().map(str::to_owned).collect()
}
