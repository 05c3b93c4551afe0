//! Words and phrases looked up in a text, each with what it stands for. Case and accents do not count, unless a capital or `=` asks for them.

use crate::text::fold::{Kind, Tokens};
use rustc_hash::{FxHashMap, FxHashSet};

/// A phrase as the lexicon writes it: `zo'n`, `Duits*`, `*soldaten`, `in staat van paraatheid`.
#[derive(Clone, Debug)]
pub struct Pattern {
    words: Vec<Word>,
}

#[derive(Clone, Debug)]
struct Word {
    text: String,
    part: Part,
    case: Case,
    /// In small letters with its accents, where these must be as written: `=à`.
    exact: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
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

impl Pattern {
    pub fn of(phrase: &str) -> Pattern {
        let tokens = Tokens::of(phrase);
        let mut words: Vec<Word> = Vec::with_capacity(tokens.len());
        let (mut part, mut exact) = (Part::Whole, false);
        for (i, token) in tokens.list.iter().enumerate() {
            match (tokens.raw(i), words.last_mut()) {
                ("*", Some(word)) if !token.spaced => word.part = Part::Head,
                ("*", _) => part = Part::Tail,
                ("=", _) => exact = true,
                (raw, _) => {
                    let exact = std::mem::take(&mut exact).then(|| raw.to_lowercase());
                    words.push(Word { text: mark(tokens.folded(i)).to_owned(), part, case: case(raw, token.kind), exact });
                    part = Part::Whole;
                }
            }
        }
        Pattern { words }
    }
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

/// One sign for all quotes and one for all dashes, so that a lexicon writes only `'` and `-`.
pub fn mark(folded: &str) -> &str {
    match folded {
        "’" | "‘" | "`" | "´" | "ʼ" | "′" => "'",
        "–" | "—" | "‑" | "−" | "‐" => "-",
        other => other,
    }
}

/// Letters from which a name in capitals is known in a text without capitals: "usa", not "us".
const LONE_CAPITALS: usize = 3;

/// Phrases by their first word.
#[derive(Debug)]
pub struct Phrases<V> {
    whole: FxHashMap<String, Vec<(Pattern, V)>>,
    heads: FxHashMap<String, Vec<(Pattern, V)>>,
    tails: FxHashMap<String, Vec<(Pattern, V)>>,
    head_lengths: Vec<usize>,
    tail_lengths: Vec<usize>,
    /// The ends of the words in `heads` and `tails`: a quick no for most words.
    head_keys: FxHashSet<Key>,
    tail_keys: FxHashSet<Key>,
}

/// As many bytes of a word's begin or end as every pattern has.
type Key = [u8; 2];

fn head_key(word: &str) -> Option<Key> {
    word.as_bytes().first_chunk().copied()
}

fn tail_key(word: &str) -> Option<Key> {
    word.as_bytes().last_chunk().copied()
}

impl<V> Default for Phrases<V> {
    fn default() -> Self {
        Phrases {
            whole: FxHashMap::default(),
            heads: FxHashMap::default(),
            tails: FxHashMap::default(),
            head_lengths: Vec::new(),
            tail_lengths: Vec::new(),
            head_keys: FxHashSet::default(),
            tail_keys: FxHashSet::default(),
        }
    }
}

impl<V> Phrases<V> {
    pub fn of(entries: impl IntoIterator<Item = (String, V)>) -> Phrases<V> {
        let mut phrases = Phrases::default();
        for (phrase, value) in entries {
            let pattern = Pattern::of(&phrase);
            let Some(first) = pattern.words.first() else { continue };
            let table = match first.part {
                Part::Whole => &mut phrases.whole,
                Part::Head => &mut phrases.heads,
                Part::Tail => &mut phrases.tails,
            };
            table.entry(first.text.clone()).or_default().push((pattern, value));
        }
        for table in [&mut phrases.whole, &mut phrases.heads, &mut phrases.tails] {
            table.values_mut().for_each(|list| list.sort_by_key(|(p, _)| std::cmp::Reverse(p.words.len())));
        }
        phrases.head_keys = phrases.heads.keys().filter_map(|w| head_key(w)).collect();
        phrases.tail_keys = phrases.tails.keys().filter_map(|w| tail_key(w)).collect();
        phrases.head_lengths = lengths(&phrases.heads);
        phrases.tail_lengths = lengths(&phrases.tails);
        phrases
    }

    /// Every phrase that begins at token `i`: the token after its end, how exactly it is written, its value.
    pub fn at<'p>(&'p self, tokens: &Tokens, i: usize, mut found: impl FnMut(usize, usize, &'p V)) {
        let word = mark(tokens.folded(i));
        let mut offer = |list: Option<&'p Vec<(Pattern, V)>>, exactness: usize| {
            for (pattern, value) in list.into_iter().flatten() {
                if pattern.fits(tokens, i) && !(pattern.is_acronym() && list.is_some_and(|l| plain(l)) && shouted(tokens, i)) {
                    found(i + pattern.words.len(), exactness - usize::from(pattern.is_plain()), value);
                }
            }
        };
        offer(self.whole.get(word), usize::MAX);
        if head_key(word).is_some_and(|k| self.head_keys.contains(&k)) {
            for &n in self.head_lengths.iter().take_while(|&&n| n <= word.len()) {
                if let Some(head) = word.get(..n) {
                    offer(self.heads.get(head), n);
                }
            }
        }
        if tail_key(word).is_some_and(|k| self.tail_keys.contains(&k)) {
            for &n in self.tail_lengths.iter().take_while(|&&n| n <= word.len()) {
                if let Some(tail) = word.get(word.len() - n..) {
                    offer(self.tails.get(tail), n);
                }
            }
        }
    }

    /// The longest phrase at token `i` that `want` accepts.
    pub fn longest<'p>(&'p self, tokens: &Tokens, i: usize, want: impl Fn(&V) -> bool) -> Option<(usize, &'p V)> {
        let mut best: Option<(usize, usize, &V)> = None;
        self.at(tokens, i, |end, exactness, value| {
            if want(value) && best.is_none_or(|(e, x, _)| (end, exactness) > (e, x)) {
                best = Some((end, exactness, value));
            }
        });
        best.map(|(end, _, value)| (end, value))
    }
}

/// Is one of these a common word: "is" beside "IS"?
fn plain<V>(list: &[(Pattern, V)]) -> bool {
    list.iter().any(|(p, _)| p.words.len() == 1 && p.is_plain())
}

/// Do the words around token `i` stand in capitals too, so that capitals tell nothing?
fn shouted(tokens: &Tokens, i: usize) -> bool {
    let loud = |k: usize| !tokens.raw(k).chars().any(char::is_lowercase) && tokens.raw(k).chars().any(char::is_alphabetic);
    loud(i + 1) && (i == 0 || loud(i - 1))
}

fn lengths<V>(table: &FxHashMap<String, V>) -> Vec<usize> {
    let set: FxHashSet<usize> = table.keys().map(String::len).collect();
    let mut list: Vec<usize> = set.into_iter().collect();
    list.sort_unstable();
    list
}

impl Pattern {
    /// Written in small letters: fits any.
    fn is_plain(&self) -> bool {
        self.words.first().is_some_and(|w| w.case == Case::Any)
    }

    fn is_acronym(&self) -> bool {
        self.words.len() == 1 && self.words[0].case == Case::Capitals
    }

    fn fits(&self, tokens: &Tokens, i: usize) -> bool {
        self.words.iter().enumerate().all(|(k, word)| word.fits(tokens, i + k))
    }
}

impl Word {
    fn fits(&self, tokens: &Tokens, i: usize) -> bool {
        let Some(token) = tokens.list.get(i) else { return false };
        let folded = mark(tokens.folded(i));
        let same = match self.part {
            Part::Whole => folded == self.text,
            Part::Head => folded.starts_with(&self.text),
            Part::Tail => folded.ends_with(&self.text),
        };
        same && self.exact.as_ref().is_none_or(|exact| tokens.raw(i).to_lowercase() == *exact)
            && match self.case {
                Case::Any => true,
                Case::Capital => token.capital || tokens.uncased,
                Case::Capitals if tokens.uncased => self.text.chars().count() >= LONE_CAPITALS,
                Case::Capitals => tokens.raw(i).chars().all(|c| !c.is_lowercase()),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::Phrases;
    use crate::text::fold::Tokens;

    #[test]
    fn phrases_are_found_as_written() {
        let list = ["zo'n", "Duits*", "*soldaten", "US", "in staat van paraat*", "=à"];
        let phrases = Phrases::of(list.iter().map(|p| ((*p).to_owned(), *p)));
        for (text, found) in [
            ("Zo’n 20", Some("zo'n")),
            ("Duitse", Some("Duits*")),
            ("duitse", None),
            ("elitesoldaten", Some("*soldaten")),
            ("soldaten", Some("*soldaten")),
            ("US", Some("US")),
            ("us", None),
            ("in staat van paraatheid", Some("in staat van paraat*")),
            ("in staat van oorlog", None),
            ("À", Some("=à")),
            ("a", None),
        ] {
            let longest = phrases.longest(&Tokens::of(text), 0, |_| true).map(|(_, v)| *v);
            assert_eq!(longest, found, "{text}");
        }
    }
}
