//! How rare words are: running counts of the texts that have each, per language.

use super::print::{Print, Token, Word, all_texts};
use rustc_hash::FxHashMap;

/// Texts that are taken to have gone before the first one, without any of its words: so early words are neither too rare nor too common.
const PRIOR: f32 = 1000.0;
/// Rarity counts a little less than in proportion: what is too rare is a typing error.
const POWER: f32 = 0.7;
/// Words counted at most in memory; at this many all counts are halved, and what was seen once is forgotten.
const MOST: usize = 1_000_000;

/// In how many texts each word was seen.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    seen: FxHashMap<Token, u32>,
    /// Seen since [`Counts::take_added`] was asked last.
    added: FxHashMap<Token, u32>,
    /// As of when, in steps after each of which what was counted counts half.
    age: i64,
}

impl Counts {
    /// Counts a text.
    pub fn add(&mut self, print: &Print) {
        for token in tokens(print) {
            *self.seen.entry(token).or_default() += 1;
            *self.added.entry(token).or_default() += 1;
        }
        self.bound();
    }

    /// Takes over what was counted elsewhere.
    pub fn take_over(&mut self, counted: impl IntoIterator<Item = (Token, u32)>) {
        for (token, texts) in counted {
            let seen = self.seen.entry(token).or_default();
            *seen = seen.saturating_add(texts);
        }
        self.bound();
    }

    fn bound(&mut self) {
        if self.seen.len() > MOST {
            self.halve(1);
        }
    }

    /// What was counted so far counts half with each step from the age it has to this one.
    pub fn grow_old(&mut self, age: i64) {
        let steps = age.saturating_sub(self.age);
        self.age = self.age.max(age);
        if steps > 0 {
            self.halve(steps.min(31));
        }
    }

    fn halve(&mut self, times: i64) {
        self.seen.retain(|_, count| {
            *count >>= times;
            *count > 0
        });
    }

    /// What is to be added to counts that are kept elsewhere, in the order of the tokens.
    pub fn take_added(&mut self) -> Vec<(Token, u32)> {
        in_order(std::mem::take(&mut self.added))
    }

    /// All, in the order of the tokens.
    pub fn into_all(self) -> Vec<(Token, u32)> {
        in_order(self.seen)
    }

    /// The weights of a print's words and of its signs, by how rare each is.
    pub fn weigh(&self, print: &Print) -> (Vec<f32>, Vec<f32>) {
        let weigh = |total: Token, words: &[Word]| {
            let texts = self.count(total) + PRIOR;
            words.iter().map(|w| w.weight * (texts / self.count(w.token).max(1.0)).ln().max(0.0).powf(POWER)).collect()
        };
        (weigh(print.total(), &print.words), weigh(all_texts(), &print.signs))
    }

    fn count(&self, token: Token) -> f32 {
        self.seen.get(&token).copied().unwrap_or(0) as f32
    }
}

fn in_order(counted: FxHashMap<Token, u32>) -> Vec<(Token, u32)> {
    let mut counted: Vec<_> = counted.into_iter().collect();
    counted.sort_unstable();
    counted
}

/// Every token that the counts of a print are kept under, its own and those of all texts.
fn tokens(print: &Print) -> impl Iterator<Item = Token> {
    let words = print.words.iter().chain(&print.signs).map(|word| word.token);
    words.chain([print.total(), all_texts()])
}
