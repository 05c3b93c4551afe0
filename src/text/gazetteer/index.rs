//! All words of all names in all their forms, found by the folded word of a text.

use super::known::World;
use super::naming::{Langs, Phrase};
use super::parallel;
use super::spelling::Class;
use crate::text::fold::{fold, fold_onto, hash};
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use std::hash::{Hash, Hasher};

/// A word of a name, with all its forms.
pub type WordId = u32;

/// A form, by the hash of its folded letters.
#[derive(Clone, Copy, Debug)]
struct Form {
    hash: u64,
    word: WordId,
    /// Languages in whose texts it counts.
    only: Langs,
    /// The word as it is, in no case.
    base: bool,
}

/// The forms, sorted by hash.
#[derive(Debug, Default)]
pub struct Forms {
    list: Vec<Form>,
    /// Where the forms begin whose hash has these leading bits.
    starts: Vec<u32>,
    first: Filter,
}

/// Says of most words that no name begins with them, out of the processor's own memory.
#[derive(Debug, Default)]
struct Filter {
    bits: Vec<u64>,
    /// Leading bits of a hash that are not looked at.
    shift: u32,
}

impl Filter {
    /// Bits for each form: one of eight words passes that need not.
    const ROOM: usize = 8;
    /// Bits at most: two megabytes.
    const MOST: usize = 1 << 24;

    fn new(hashes: impl Iterator<Item = u64> + Clone) -> Filter {
        let bits = (hashes.clone().count() * Filter::ROOM).next_power_of_two().clamp(64, Filter::MOST);
        let mut filter = Filter { bits: vec![0; bits / 64], shift: 64 - bits.trailing_zeros() };
        for hash in hashes {
            let bit = filter.bit(hash);
            filter.bits[bit / 64] |= 1 << (bit % 64);
        }
        filter
    }

    fn bit(&self, hash: u64) -> usize {
        (hash >> self.shift) as usize
    }

    fn may_have(&self, hash: u64) -> bool {
        let bit = self.bit(hash);
        self.bits.get(bit / 64).is_some_and(|bits| bits & (1 << (bit % 64)) != 0)
    }
}

/// Leading bits of a hash by which [`Forms::starts`] is filed.
const BITS: u32 = 16;

impl Forms {
    /// `begins`: is this the first word of a name?
    fn new(mut list: Vec<Form>, begins: impl Fn(WordId) -> bool) -> Forms {
        let order = |form: &Form| (form.hash, form.word);
        let half = list.len() / 2;
        if half > super::WORTH_A_THREAD {
            list.select_nth_unstable_by_key(half, order);
            let (low, high) = list.split_at_mut(half);
            std::thread::scope(|scope| {
                scope.spawn(|| low.sort_unstable_by_key(order));
                high.sort_unstable_by_key(order);
            });
        } else {
            list.sort_unstable_by_key(order);
        }
        list.dedup_by(|b, a| {
            let same = (a.hash, a.word) == (b.hash, b.word);
            if same {
                (a.only, a.base) = (a.only.and(b.only), a.base || b.base);
            }
            same
        });
        list.shrink_to_fit();
        let mut starts = vec![0u32; (1 << BITS) + 1];
        for form in &list {
            starts[(form.hash >> (64 - BITS)) as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let first = Filter::new(list.iter().filter(|form| begins(form.word)).map(|form| form.hash));
        Forms { list, starts, first }
    }

    /// The words of which the token of this hash is a form in a text of `langs`, where a name may begin with one of them.
    pub fn first_of(&self, hash: u64, langs: Langs) -> impl Iterator<Item = WordId> + '_ {
        let forms = self.first.may_have(hash).then(|| self.forms(hash, langs));
        forms.into_iter().flatten().map(|form| form.word)
    }

    /// Is the token of this hash a name's word as it is, not one of its cases?
    pub fn is_base(&self, hash: u64, langs: Langs) -> bool {
        self.forms(hash, langs).any(|form| form.base)
    }

    /// The words of which the token of this hash is a form in a text of `langs`.
    pub fn of(&self, hash: u64, langs: Langs) -> impl Iterator<Item = WordId> + '_ {
        self.forms(hash, langs).map(|form| form.word)
    }

    fn forms(&self, hash: u64, langs: Langs) -> impl Iterator<Item = &Form> + '_ {
        let bucket = (hash >> (64 - BITS)) as usize;
        let range = match (self.starts.get(bucket), self.starts.get(bucket + 1)) {
            (Some(&from), Some(&to)) => from as usize..to as usize,
            _ => 0..0,
        };
        let list = &self.list[range];
        let from = list.partition_point(|form| form.hash < hash);
        list[from..].iter().take_while(move |f| f.hash == hash).filter(move |f| f.only.meets(langs))
    }
}

/// One way to write a word, whose forms are still to be made.
#[derive(Debug)]
struct Word {
    id: WordId,
    /// In lower case with its accents.
    letters: Box<str>,
    class: Class,
    inflect: Langs,
    only: Langs,
}

/// Gathers the words of names.
pub struct Gather<'w> {
    world: &'w World,
    /// By the hash of all ways to write it.
    ids: FxHashMap<u64, WordId>,
    words: Vec<Word>,
    /// Of the words themselves, folded.
    hashes: FxHashSet<u64>,
}

impl<'w> Gather<'w> {
    pub fn new(world: &'w World) -> Gather<'w> {
        Gather { world, ids: FxHashMap::default(), words: Vec::new(), hashes: FxHashSet::default() }
    }

    /// The words of a phrase.
    pub fn phrase<'p>(&'p mut self, phrase: &'p Phrase, class: Class) -> impl Iterator<Item = WordId> + 'p {
        phrase.words.iter().map(move |word| self.word([(word.as_str(), phrase.inflect, phrase.only)].into_iter(), class))
    }

    /// One word that may be written in any of these ways.
    pub fn word<'p>(&mut self, spellings: impl Iterator<Item = (&'p str, Langs, Langs)> + Clone, class: Class) -> WordId {
        let mut hasher = FxHasher::default();
        class.hash(&mut hasher);
        spellings.clone().for_each(|spelling| spelling.hash(&mut hasher));
        let next = self.ids.len() as WordId;
        let id = *self.ids.entry(hasher.finish()).or_insert(next);
        if id == next {
            for (letters, inflect, only) in spellings {
                self.hashes.insert(hash(&fold(letters)));
                self.words.push(Word { id, letters: letters.into(), class, inflect, only });
            }
        }
        id
    }

    /// Is this folded word one of those gathered, as it is?
    pub fn has(&self, folded: &str) -> bool {
        self.hashes.contains(&hash(folded))
    }

    /// All forms of all words; `begins`: is this the first word of a name?
    pub fn finish(self, begins: impl Fn(WordId) -> bool) -> Forms {
        let mut lists = parallel(&self.words, |share| {
            let mut list = Vec::with_capacity(share.len() * 8);
            share.iter().for_each(|word| forms(self.world, word, &mut list));
            list
        });
        let mut all = lists.pop().unwrap_or_default();
        lists.into_iter().for_each(|list| all.extend(list));
        Forms::new(all, begins)
    }
}

fn forms(world: &World, word: &Word, list: &mut Vec<Form>) {
    let id = word.id;
    let mut folded = String::with_capacity(2 * word.letters.len());
    fold_onto(&mut folded, &word.letters);
    list.push(Form { hash: hash(&folded), word: id, only: word.only, base: true });
    for (i, spelling) in world.spellings.iter().enumerate().filter(|(i, _)| word.inflect.has(*i)) {
        let (stem, endings) = spelling.endings(&word.letters, word.class);
        folded.clear();
        fold_onto(&mut folded, stem);
        let begun = folded.len();
        for ending in endings {
            folded.truncate(begun);
            fold_onto(&mut folded, ending);
            list.push(Form { hash: hash(&folded), word: id, only: Langs::one(i), base: false });
        }
    }
}
