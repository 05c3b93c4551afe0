//! Numbers in words: `tweeëntwintigduizend`, `two hundred and fifty`, `anderhalf miljoen`.

use super::{Numerals, Reading, Value};
use crate::text::fold::{Kind, Tokens};
use crate::text::lexicon::{Word, head};

/// Bytes of the longest compound that is taken apart.
const LONGEST: usize = 60;
/// Tokens of the longest number.
const MOST_WORDS: usize = 14;

pub fn read(tokens: &Tokens, table: &Numerals, i: usize) -> Reading {
    // "and a half" ends a number; it begins none.
    if let Some((end, Word::Halves(_))) = table.compounds.longest(tokens, i, |_| true) {
        let number = head(tokens.folded(end)).is_some_and(|h| table.heads.contains(&h));
        return if number { Reading::None } else { Reading::Not(end) };
    }
    let mut sum = Sum::default();
    let mut best: Option<(Sum, usize)> = None;
    let mut at = i;
    let mut rough = false;
    let mut parts = Vec::new();
    while at < tokens.len() && at < i + MOST_WORDS {
        let token = &tokens.list[at];
        if at > i && (token.line_start || rough) {
            break;
        }
        if tokens.raw(at) == "-" && at > i && !token.spaced && tokens.list.get(at + 1).is_some_and(|t| !t.spaced) {
            at += 1;
            continue;
        }
        if let Some((end, part)) = table.compounds.longest(tokens, at, |_| true) {
            if !sum.push(part) {
                break;
            }
            at = end;
            if sum.whole() {
                best = Some((sum, at));
            }
            continue;
        }
        parts.clear();
        if token.kind != Kind::Word || !split(tokens.folded(at), table, &mut parts, &mut rough) {
            break;
        }
        if !parts.iter().all(|&part| sum.push(part)) {
            break;
        }
        at += 1;
        if sum.whole() {
            best = Some((sum, at));
        }
    }
    match best {
        Some((sum, end)) if sum.halves.is_none() => {
            Reading::Is(Value { scale: sum.scale, rough, ..Value::exactly(sum.total + sum.current, end) })
        }
        Some((_, end)) => Reading::Not(end),
        None => Reading::None,
    }
}

/// The number words that a word is made of; false where it is none.
fn split(word: &str, table: &Numerals, parts: &mut Vec<Word>, rough: &mut bool) -> bool {
    if let Some(&part) = table.words.get(word) {
        parts.push(part);
        return true;
    }
    if !table.joined || word.len() > LONGEST {
        return false;
    }
    if take(word, table, parts) {
        return true;
    }
    parts.clear();
    let stem = table.collective.iter().find_map(|ending| word.strip_suffix(ending.as_str()));
    *rough = stem.is_some_and(|stem| take(stem, table, parts));
    *rough
}

/// Takes number words off the front of `word` until nothing is left.
fn take(word: &str, table: &Numerals, parts: &mut Vec<Word>) -> bool {
    if word.is_empty() {
        return !parts.is_empty();
    }
    for n in (1..=word.len()).rev().filter(|&n| word.is_char_boundary(n)) {
        let Some(&part) = table.words.get(&word[..n]) else { continue };
        // "eenentwintig": within a number the article is one.
        parts.push(if part == Word::Article { Word::Add(1) } else { part });
        if take(&word[n..], table, parts) {
            return true;
        }
        parts.pop();
    }
    false
}

/// A number under way: `total` holds what its scales have closed.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    total: u64,
    current: u64,
    /// The current part in halves, where it has one.
    halves: Option<u64>,
    scale: u64,
    /// The last scale of a thousand and more.
    big: Option<u64>,
    last: Option<Word>,
}

impl Sum {
    /// Adds a word; false where it does not fit what stands before it.
    fn push(&mut self, word: Word) -> bool {
        let fits = match word {
            Word::Add(n) => self.add(n),
            Word::Scale(n) if n < 1000 => self.hundred(n),
            Word::Scale(n) => self.close(n),
            // "un milione e mezzo": a half behind its scale.
            Word::Halves(n) => self.half(n),
            Word::And => self.last.is_some() && self.last != Some(Word::And),
            Word::Article => matches!(self.last, None | Some(Word::And | Word::Halves(_))),
        };
        self.last = Some(word);
        fits
    }

    fn whole(&self) -> bool {
        !matches!(self.last, Some(Word::And | Word::Article) | None)
    }

    fn add(&mut self, n: u64) -> bool {
        let c = self.current;
        let reversed =
            self.last == Some(Word::And) && (1..10).contains(&(c % 100)) && (20..100).contains(&n) && n.is_multiple_of(10);
        let tens = (1..10).contains(&n) && c.is_multiple_of(10) && c % 100 >= 20;
        let rest = n < 100 && c.is_multiple_of(100);
        let starts = c == 0 && self.last != Some(Word::Article);
        let fits = self.halves.is_none() && n < self.big.unwrap_or(u64::MAX) && (reversed || tens || rest && c > 0 || starts);
        self.current += n;
        self.scale = 1;
        fits
    }

    fn hundred(&mut self, scale: u64) -> bool {
        let fits = self.halves.is_none() && self.current < 100 && scale < self.big.unwrap_or(u64::MAX);
        self.current = self.current.max(1).saturating_mul(scale);
        self.scale = scale;
        fits
    }

    fn close(&mut self, scale: u64) -> bool {
        let fits = scale < self.big.unwrap_or(u64::MAX) && self.current < 10_000;
        let product = match self.halves {
            Some(halves) => halves.saturating_mul(scale) / 2,
            None => self.current.max(1).saturating_mul(scale),
        };
        self.total = self.total.saturating_add(product);
        (self.current, self.halves, self.scale, self.big) = (0, None, scale, Some(scale));
        fits
    }

    fn half(&mut self, halves: u64) -> bool {
        if let (Some(Word::And | Word::Scale(_)), Some(scale), 0, None) = (self.last, self.big, self.current, self.halves) {
            self.total = self.total.saturating_add(halves.saturating_mul(scale) / 2);
            return halves == 1;
        }
        let fits = self.halves.is_none() && self.current < 100 && self.big.is_none();
        self.halves = Some(self.current * 2 + halves);
        self.current = 0;
        fits
    }
}
