//! How rare words are: running counts of the texts that have each, per language.

use super::print::{Print, Token, Word, all_texts};
use rustc_hash::FxHashMap;

/// Texts that are taken to have gone before the first one, without any of its words: so early words are neither too rare nor too common.
const PRIOR: f32 = 1000.0;
/// Rarity counts a little less than in proportion: what is too rare is a typing error.
const POWER: f32 = 0.7;
/// Words counted at most in memory; at this many all counts are halved, and what was seen once is forgotten.
const MOST: usize = 2_000_000;

/// In how many texts each word was seen.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    seen: FxHashMap<Token, u32>,
    /// Seen since these counts were made or taken over.
    added: FxHashMap<Token, u32>,
}

impl Counts {
    /// Counts that were kept elsewhere.
    pub fn with(seen: FxHashMap<Token, u32>) -> Counts {
        Counts { seen, added: FxHashMap::default() }
    }

    /// Counts a text.
    pub fn add(&mut self, print: &Print) {
        for token in tokens(print) {
            *self.seen.entry(token).or_default() += 1;
            *self.added.entry(token).or_default() += 1;
        }
        if self.seen.len() > MOST {
            self.halve();
        }
    }

    fn halve(&mut self) {
        self.added.clear();
        self.seen.retain(|_, count| {
            *count /= 2;
            *count > 0
        });
    }

    /// What is to be added to the counts that were taken over.
    pub fn added(self) -> FxHashMap<Token, u32> {
        self.added
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

/// Every token that the counts of a print are kept under, its own and those of all texts.
pub fn tokens(print: &Print) -> impl Iterator<Item = Token> {
    let words = print.words.iter().chain(&print.signs).map(|word| word.token);
    words.chain([print.total(), all_texts()])
}
