//! What an article may be known by: its telling words, signs that all languages share, a sample of its passages.

use crate::article::Article;
use crate::text::Annotation;
use crate::text::fold::{Kind, Tokens};
use crate::text::language::{Language, small_words};
use jiff::Timestamp;
use rustc_hash::FxHashMap;

/// A word, pair of words or sign as a number: FNV-1a over its language, its sort and its letters.
pub type Token = u32;

/// Words of a text that are read: news says first what it is about.
const READ: usize = 140;
/// Words that count as title and lead.
const LEAD: usize = 30;
/// How much more a word of title and lead weighs. This and the weights below are measured on English, Dutch and Italian clusters.
const LEAD_WEIGHT: f32 = 2.0;
/// A name within a sentence weighs more than another word.
const NAME_WEIGHT: f32 = 1.3;
/// Letters of a word that count: most endings lie behind.
const STEM: usize = 7;

/// A sign made of a name has at least so many consonants, and no more of them count: endings lie behind.
const CONSONANTS: std::ops::RangeInclusive<usize> = 3..=4;

/// Words of a passage.
const PASSAGE: usize = 6;
/// One of so many passages is kept, by its hash: the same ones of every text.
const SAMPLE: u32 = 4;
/// Passages kept of one text.
const PASSAGES: usize = 48;

/// A word with what it weighs in its article, before it is known how rare it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    pub token: Token,
    pub weight: f32,
    /// As the text has it, folded: for explanations.
    pub text: String,
}

/// What an article may be known by.
#[derive(Clone, Debug, Default)]
pub struct Print {
    pub language: Option<Language>,
    /// When it was published; without it only the order of articles counts.
    pub at: Option<Timestamp>,
    /// Each once, in the order of their tokens.
    pub words: Vec<Word>,
    /// Names, numbers and known things, as far as they are the same in all languages.
    pub signs: Vec<Word>,
    /// Distinct words: how much it says.
    pub length: u32,
    /// Hashes of some passages, ascending.
    pub passages: Vec<u32>,
}

impl Print {
    /// The print of an article whose text was read into these tokens.
    pub fn of(article: &Article, tokens: &Tokens, annotation: &Annotation) -> Print {
        Print::new(tokens, article.language, Some(plausible(article)), annotation)
    }

    pub fn new(tokens: &Tokens, language: Option<Language>, at: Option<Timestamp>, annotation: &Annotation) -> Print {
        let mut reader = Reader::new(language);
        let sayings = (0..tokens.len()).filter(|&i| tokens.list[i].kind != Kind::Mark);
        for (n, i) in sayings.take(READ).enumerate() {
            reader.word(tokens, i, n < LEAD);
        }
        for claim in &annotation.claims {
            let ends = [claim.amount.low, claim.amount.high].into_iter().flatten();
            let places = claim.from.iter().chain(&claim.to).chain(&claim.at).chain(&claim.force);
            reader.known(places.map(|code| format!("@{code}")).chain(ends.map(|n| n.to_string())));
        }
        reader.known(annotation.mentions.iter().map(|m| format!("@{}", m.entity)));
        let passages = passages(tokens);
        Print { language, at, length: reader.length, words: listed(reader.words), signs: listed(reader.signs), passages }
    }

    /// The token that counts the texts of its language.
    pub fn total(&self) -> Token {
        token(code(self.language.as_ref()), Sort::Total, "")
    }
}

/// The time of publication, unless it lies in the future: then when it was first seen.
fn plausible(article: &Article) -> Timestamp {
    article.published.map_or(article.first_seen, |at| at.min(article.first_seen))
}

/// The token that counts all texts, for the signs.
pub(super) fn all_texts() -> Token {
    token("", Sort::Total, "")
}

/// What a token stands for.
#[derive(Clone, Copy)]
enum Sort {
    Total,
    Word,
    Sign,
    Passage,
}

fn token(language: &str, sort: Sort, text: &str) -> Token {
    let bytes = language.bytes().chain([sort as u8]).chain(text.bytes());
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn code(language: Option<&Language>) -> &str {
    language.map_or("", Language::code)
}

/// Goes through the words of a text.
struct Reader {
    language: Option<Language>,
    words: FxHashMap<Token, Word>,
    signs: FxHashMap<Token, Word>,
    length: u32,
}

impl Reader {
    fn new(language: Option<Language>) -> Reader {
        Reader { language, words: FxHashMap::default(), signs: FxHashMap::default(), length: 0 }
    }

    /// Reads word `i` of the text.
    fn word(&mut self, tokens: &Tokens, i: usize, lead: bool) {
        let folded = tokens.folded(i);
        let small = self.language.and_then(small_words).is_some_and(|small| small.contains(folded));
        if small || folded.len() < 2 && tokens.list[i].kind == Kind::Word {
            return;
        }
        let name = is_name(tokens, i);
        let number = tokens.list[i].kind != Kind::Word;
        let stem = if number { folded } else { beginning(folded, STEM) };
        let place = if lead { LEAD_WEIGHT } else { 1.0 };
        let weight = place * if name { NAME_WEIGHT } else { 1.0 };
        let word = token(code(self.language.as_ref()), Sort::Word, stem);
        self.length += u32::from(put(&mut self.words, word, weight, folded));
        if let Some(sign) = if number { number_sign(folded) } else { name.then(|| consonants(folded)).flatten() } {
            put(&mut self.signs, token("", Sort::Sign, &sign), place, folded);
        }
    }

    /// Takes in what the annotation knows the text to speak of.
    fn known(&mut self, signs: impl Iterator<Item = String>) {
        for sign in signs {
            put(&mut self.signs, token("", Sort::Sign, &sign), LEAD_WEIGHT, sign.trim_start_matches('@'));
        }
    }
}

/// Puts a word in at its highest weight; true if it is new.
fn put(words: &mut FxHashMap<Token, Word>, token: Token, weight: f32, text: &str) -> bool {
    let known = words.len();
    let word = words.entry(token).or_insert_with(|| Word { token, weight, text: text.to_owned() });
    word.weight = word.weight.max(weight);
    words.len() > known
}

fn listed(words: FxHashMap<Token, Word>) -> Vec<Word> {
    let mut list: Vec<Word> = words.into_values().collect();
    list.sort_unstable_by_key(|word| word.token);
    list
}

/// A capital that no beginning of a sentence, line or quotation explains.
fn is_name(tokens: &Tokens, i: usize) -> bool {
    let after_word = i > 0 && tokens.list[i - 1].kind != Kind::Mark;
    let token = tokens.list[i];
    token.capital && !token.line_start && (after_word || i > 0 && matches!(tokens.raw(i - 1), "," | "-" | "&" | "/"))
}

/// The first letters of a word.
fn beginning(word: &str, letters: usize) -> &str {
    word.char_indices().nth(letters).map_or(word, |(end, _)| &word[..end])
}

/// Numbers of two digits and more; what groups digits is a mark, so that of "2,000" the parts are seen alone.
fn number_sign(folded: &str) -> Option<String> {
    (folded.len() > 1).then(|| folded.to_owned())
}

/// The consonants that a name has in all spellings: "Zelensky", "Зеленський" and "Zełenski" are "slns".
fn consonants(name: &str) -> Option<String> {
    let mut out = String::new();
    for c in name.chars() {
        let sound = match c {
            'b' | 'б' => 'b',
            'v' | 'w' | 'в' => 'v',
            'g' | 'г' | 'ґ' => 'g',
            'd' | 'д' => 'd',
            'z' | 's' | 'з' | 'с' | 'ж' | 'ш' | 'щ' | 'ß' | 'ц' => 's',
            'k' | 'c' | 'q' | 'x' | 'к' | 'х' => 'k',
            'l' | 'ł' | 'л' => 'l',
            'm' | 'м' => 'm',
            'n' | 'н' => 'n',
            'p' | 'п' => 'p',
            'r' | 'р' => 'r',
            't' | 'т' => 't',
            'f' | 'ф' => 'f',
            _ => continue,
        };
        if !out.ends_with(sound) {
            out.push(sound);
        }
    }
    let count = out.len();
    out.truncate(*CONSONANTS.end());
    (count >= *CONSONANTS.start()).then_some(out)
}

/// A sample of the passages of a text, the same of each text that has them.
fn passages(tokens: &Tokens) -> Vec<u32> {
    let words: Vec<&str> = tokens.words().collect();
    let hash = |passage: &[&str]| token(&passage.join(" "), Sort::Passage, "");
    let mut all: Vec<u32> = words.windows(PASSAGE).map(hash).map(scatter).filter(|h| h % SAMPLE == 0).collect();
    all.sort_unstable();
    all.dedup();
    all.truncate(PASSAGES);
    all
}

/// FNV leaves its low bits poor; this mixes them (the finish of MurmurHash3).
fn scatter(mut hash: u32) -> u32 {
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::{Print, beginning, consonants};
    use crate::text::Annotation;
    use crate::text::fold::Tokens;
    use crate::text::language::Language;

    fn print(text: &str) -> Print {
        Print::new(&Tokens::of(text), Language::parse("en"), None, &Annotation::default())
    }

    #[test]
    fn small_words_tell_nothing() {
        let print = print("The brigade of the army");
        let words: Vec<&str> = print.words.iter().map(|w| w.text.as_str()).collect();
        assert_eq!((words.len(), print.length), (2, 2), "{words:?}");
    }

    #[test]
    fn names_sound_alike_in_all_letters() {
        for (one, other) in [("zelensky", "зеленськии"), ("putin", "путина"), ("trump", "трампом"), ("kharkiv", "харків")]
        {
            assert_eq!(consonants(one), consonants(other), "{one}");
        }
        assert_eq!(consonants("ohio"), None);
    }

    #[test]
    fn passages_are_the_same_of_every_text() {
        let said =
            "the minister said on Monday that a second brigade would leave for the Baltic states before the end of the month";
        let long = format!("{said}. {said} {}", "and nobody else had anything to add to what he said ".repeat(3));
        let (one, other) = (print(said), print(&format!("Another outlet's first words. {long}")));
        assert!(!one.passages.is_empty() && one.passages.iter().all(|p| other.passages.contains(p)));
    }

    #[test]
    fn stems_are_cut_between_letters() {
        assert_eq!((beginning("військовослужбовці", 7), beginning("мир", 7)), ("військо", "мир"));
    }
}
