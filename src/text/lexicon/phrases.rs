//! Words and phrases looked up in a text, each with what it stands for. Case and accents do not count, unless a capital or `=` asks for them.

use crate::text::fold::{Kind, Tokens, hash, mark};
use rustc_hash::{FxHashMap, FxHashSet};

/// A word of a phrase as the lexicon writes it: `zo'n`, `Duits*`, `*soldaten`, `=à`.
#[derive(Clone, Copy, Debug)]
struct Word {
    /// Where its folded form begins in [`Phrases::letters`].
    start: u32,
    len: u16,
    part: Part,
    case: Case,
    /// Its accents must be as [`Phrases::exact`] has them.
    exact: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Whole,
    Head,
    Tail,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Case {
    Any,
    Capital,
    Capitals,
}

fn case(raw: &str, kind: Kind) -> Case {
    let letters = raw.chars().filter(|c| c.is_alphabetic()).count();
    match raw.chars().next() {
        _ if kind == Kind::Mark => Case::Any,
        Some(c) if !c.is_uppercase() => Case::Any,
        _ if letters > 1 && raw.chars().all(|c| !c.is_lowercase()) => Case::Capitals,
        _ => Case::Capital,
    }
}

/// A phrase and what it stands for: words `first..first + count` of [`Phrases::words`].
#[derive(Clone, Copy, Debug)]
struct Entry<V> {
    first: u32,
    count: u16,
    value: V,
}

/// Phrases by their first word. All letters lie in one string and all words in one list: ten languages have 100,000 phrases.
#[derive(Debug)]
pub struct Phrases<V> {
    letters: String,
    words: Vec<Word>,
    /// Words with their accents, by their number in `words`.
    exact: FxHashMap<u32, Box<str>>,
    /// In order of part and first word, the longest first.
    entries: Vec<Entry<V>>,
    /// The range of entries whose first word has this hash; each entry compares its letters itself.
    whole: FxHashMap<u64, (u32, u32)>,
    /// Likewise for those whose first two words are whole: hundreds begin with "la".
    pairs: FxHashMap<u64, (u32, u32)>,
    heads: FxHashMap<u64, (u32, u32)>,
    tails: FxHashMap<u64, (u32, u32)>,
    head_lengths: Vec<usize>,
    tail_lengths: Vec<usize>,
    /// The ends of the words in `heads` and `tails`: a quick no for most words.
    head_keys: FxHashSet<Key>,
    tail_keys: FxHashSet<Key>,
}

/// How exact a phrase in small letters is, written out from its first word.
pub const WHOLE_PLAIN: usize = usize::MAX - 1;

/// As many bytes of a word's begin or end as every pattern has.
type Key = [u8; 2];

/// Letters from which a name in capitals is known in a text without capitals: "usa", not "us".
const LONE_CAPITALS: usize = 3;

fn head_key(word: &str) -> Option<Key> {
    word.as_bytes().first_chunk().copied()
}

fn tail_key(word: &str) -> Option<Key> {
    word.as_bytes().last_chunk().copied()
}

/// Tells the keys of "l'armée" from those of "l armée".
const ELIDED: u64 = 0x27;

/// Of two words in a row, by the hash of each.
fn hash_two(first: u64, second: u64) -> u64 {
    (first.rotate_left(23) ^ second).wrapping_mul(SPREAD)
}

/// The golden ratio in 64 bits.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl<V> Default for Phrases<V> {
    fn default() -> Self {
        Phrases {
            letters: String::new(),
            words: Vec::new(),
            exact: FxHashMap::default(),
            entries: Vec::new(),
            whole: FxHashMap::default(),
            pairs: FxHashMap::default(),
            heads: FxHashMap::default(),
            tails: FxHashMap::default(),
            head_lengths: Vec::new(),
            tail_lengths: Vec::new(),
            head_keys: FxHashSet::default(),
            tail_keys: FxHashSet::default(),
        }
    }
}

impl<V: Copy> Phrases<V> {
    pub fn of<P: AsRef<str>>(list: impl IntoIterator<Item = (P, V)>) -> Phrases<V> {
        let mut phrases = Phrases::default();
        for (phrase, value) in list {
            phrases.add(phrase.as_ref(), value);
        }
        phrases.index();
        phrases
    }

    fn add(&mut self, phrase: &str, value: V) {
        let tokens = Tokens::of(phrase);
        let first = self.words.len();
        let (mut part, mut exact) = (Part::Whole, false);
        for (i, token) in tokens.list.iter().enumerate() {
            match tokens.raw(i) {
                "*" if !token.spaced && self.words.len() > first => {
                    self.words[first..].last_mut().into_iter().for_each(|w| w.part = Part::Head)
                }
                "*" => part = Part::Tail,
                "=" => exact = true,
                raw => {
                    let folded = mark(tokens.folded(i));
                    if exact {
                        self.exact.insert(self.words.len() as u32, raw.to_lowercase().into());
                    }
                    let (start, len) = (self.letters.len() as u32, folded.len() as u16);
                    self.words.push(Word { start, len, part, case: case(raw, token.kind), exact });
                    self.letters.push_str(folded);
                    (part, exact) = (Part::Whole, false);
                }
            }
        }
        let count = (self.words.len() - first) as u16;
        if count > 0 {
            self.entries.push(Entry { first: first as u32, count, value });
        }
    }

    /// Sorts the entries and notes where each first word has its own.
    fn index(&mut self) {
        let mut entries = std::mem::take(&mut self.entries);
        let place =
            |e: &Entry<V>| (self.words[e.first as usize].part, self.second(e).is_some(), self.key(e), std::cmp::Reverse(e.count));
        entries.sort_by_cached_key(place);
        for (n, entry) in entries.iter().enumerate() {
            let first = entry.first as usize;
            let word = &self.letters[self.words[first].start as usize..][..self.words[first].len as usize];
            let key = self.key(entry);
            let table = match self.words[first].part {
                Part::Whole if self.second(entry).is_some() => &mut self.pairs,
                Part::Whole => &mut self.whole,
                Part::Head => {
                    self.head_keys.extend(head_key(word));
                    self.head_lengths.push(word.len());
                    &mut self.heads
                }
                Part::Tail => {
                    self.tail_keys.extend(tail_key(word));
                    self.tail_lengths.push(word.len());
                    &mut self.tails
                }
            };
            table.entry(key).or_insert((n as u32, n as u32)).1 = n as u32 + 1;
        }
        for lengths in [&mut self.head_lengths, &mut self.tail_lengths] {
            lengths.sort_unstable();
            lengths.dedup();
            lengths.shrink_to_fit();
        }
        entries.shrink_to_fit();
        self.words.shrink_to_fit();
        self.letters.shrink_to_fit();
        self.entries = entries;
    }

    /// The second word of a phrase whose first two are whole.
    fn second(&self, entry: &Entry<V>) -> Option<usize> {
        let (first, second) = (entry.first as usize, entry.first as usize + 1);
        let whole = |n: usize| self.words[n].part == Part::Whole;
        (entry.count > 1 && whole(first) && whole(second)).then_some(second)
    }

    /// What a phrase is found by.
    fn key(&self, entry: &Entry<V>) -> u64 {
        let first = hash(self.text(entry.first as usize));
        match self.second(entry) {
            None => first,
            Some(second) if self.text(second) == "'" && entry.count > 2 && self.words[second + 1].part == Part::Whole => {
                hash_two(first, hash(self.text(second + 1))) ^ ELIDED
            }
            Some(second) => hash_two(first, hash(self.text(second))),
        }
    }

    fn text(&self, word: usize) -> &str {
        let Word { start, len, .. } = self.words[word];
        &self.letters[start as usize..start as usize + len as usize]
    }

    /// Every phrase that begins at token `i`: the token after its end, how exactly it is written, its value.
    pub fn at(&self, tokens: &Tokens, i: usize, mut found: impl FnMut(usize, usize, V)) {
        let (word, first) = (tokens.folded(i), tokens.hash(i));
        let mut offer = |range: Option<&(u32, u32)>, exactness: usize| {
            let Some(&(from, to)) = range else { return };
            let list = &self.entries[from as usize..to as usize];
            for entry in list {
                let loud = self.is_acronym(entry) && self.has_plain(list) && shouted(tokens, i);
                if self.fits(entry, tokens, i) && !loud {
                    found(i + entry.count as usize, exactness - usize::from(self.is_plain(entry)), entry.value);
                }
            }
        };
        offer(self.whole.get(&first), usize::MAX);
        if i + 1 < tokens.len() {
            offer(self.pairs.get(&hash_two(first, tokens.hash(i + 1))), usize::MAX);
            if mark(tokens.folded(i + 1)) == "'" {
                offer(self.pairs.get(&(hash_two(first, tokens.hash(i + 2)) ^ ELIDED)), usize::MAX);
            }
        }
        if head_key(word).is_some_and(|k| self.head_keys.contains(&k)) {
            for &n in self.head_lengths.iter().take_while(|&&n| n <= word.len()) {
                if let Some(head) = word.get(..n) {
                    offer(self.heads.get(&hash(head)), n);
                }
            }
        }
        if tail_key(word).is_some_and(|k| self.tail_keys.contains(&k)) {
            for &n in self.tail_lengths.iter().take_while(|&&n| n <= word.len()) {
                if let Some(tail) = word.get(word.len() - n..) {
                    offer(self.tails.get(&hash(tail)), n);
                }
            }
        }
    }

    /// The longest phrase at token `i` that `want` accepts.
    pub fn longest(&self, tokens: &Tokens, i: usize, want: impl Fn(V) -> bool) -> Option<(usize, V)> {
        let mut best: Option<(usize, usize, V)> = None;
        self.at(tokens, i, |end, exactness, value| {
            if want(value) && best.is_none_or(|(e, x, _)| (end, exactness) > (e, x)) {
                best = Some((end, exactness, value));
            }
        });
        best.map(|(end, _, value)| (end, value))
    }

    /// Is one of these a common word: "is" beside "IS"?
    fn has_plain(&self, list: &[Entry<V>]) -> bool {
        list.iter().any(|e| e.count == 1 && self.is_plain(e))
    }

    /// Written in small letters: fits any.
    fn is_plain(&self, entry: &Entry<V>) -> bool {
        self.words[entry.first as usize].case == Case::Any
    }

    fn is_acronym(&self, entry: &Entry<V>) -> bool {
        entry.count == 1 && self.words[entry.first as usize].case == Case::Capitals
    }

    fn fits(&self, entry: &Entry<V>, tokens: &Tokens, i: usize) -> bool {
        (0..entry.count as usize).all(|k| self.word_fits(entry.first as usize + k, tokens, i + k))
    }

    fn word_fits(&self, n: usize, tokens: &Tokens, i: usize) -> bool {
        let (word, text) = (self.words[n], self.text(n));
        let Some(token) = tokens.list.get(i) else { return false };
        let folded = tokens.folded(i);
        let same = match word.part {
            Part::Whole => folded == text || token.kind == Kind::Mark && mark(folded) == text,
            Part::Head => folded.starts_with(text),
            Part::Tail => folded.ends_with(text),
        };
        let accents = || {
            !word.exact
                || self.exact.get(&(n as u32)).is_some_and(|e| e.chars().eq(tokens.raw(i).chars().flat_map(char::to_lowercase)))
        };
        same && accents()
            && match word.case {
                Case::Any => true,
                Case::Capital => token.capital || tokens.uncased,
                Case::Capitals if tokens.uncased => text.chars().count() >= LONE_CAPITALS,
                Case::Capitals => tokens.raw(i).chars().all(|c| !c.is_lowercase()),
            }
    }
}

/// Do the words around token `i` stand in capitals too, so that capitals tell nothing?
fn shouted(tokens: &Tokens, i: usize) -> bool {
    let loud = |k: usize| !tokens.raw(k).chars().any(char::is_lowercase) && tokens.raw(k).chars().any(char::is_alphabetic);
    loud(i + 1) && (i == 0 || loud(i - 1))
}

#[cfg(test)]
mod tests {
    use super::Phrases;
    use crate::text::fold::Tokens;

    #[test]
    fn phrases_are_found_as_written() {
        let list = ["zo'n", "Duits*", "*soldaten", "US", "in staat van paraat*", "=à"];
        let phrases = Phrases::of(list.iter().map(|p| (*p, *p)));
        for (text, found) in [
            ("Zo’n 20", Some("zo'n")),
            ("Duitse", Some("Duits*")),
            ("duitse X", None),
            ("duitse", Some("Duits*")),
            ("elitesoldaten", Some("*soldaten")),
            ("soldaten", Some("*soldaten")),
            ("US", Some("US")),
            ("us X", None),
            ("us", None),
            ("in staat van paraatheid", Some("in staat van paraat*")),
            ("in staat van oorlog", None),
            ("À", Some("=à")),
            ("a", None),
        ] {
            let longest = phrases.longest(&Tokens::of(text), 0, |_| true).map(|(_, v)| v);
            assert_eq!(longest, found, "{text}");
        }
    }
}
