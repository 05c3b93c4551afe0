//! Where sentences begin and end, as ranges of tokens.

use super::fold::{Kind, Tokens};
use super::lexicon::{Cue, Lexicon};
use super::numeral::is_ordinal;
use super::span::Span;

/// Tokens of the longest sentence; a longer one is a table or no language, and is cut.
const LONGEST: usize = 160;

/// A sentence: tokens `first..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence {
    pub first: usize,
    pub end: usize,
    pub paragraph_start: bool,
}

impl Sentence {
    pub fn span(self, tokens: &Tokens) -> Span {
        tokens.list[self.first].span.to(tokens.list[self.end - 1].span)
    }
}

/// The sentences of a text, in order; together they hold every token.
pub fn sentences(tokens: &Tokens, lexicon: &Lexicon) -> Vec<Sentence> {
    let mut list = Vec::new();
    let mut first = 0;
    for i in 1..=tokens.len() {
        if i == tokens.len() || i - first == LONGEST || begins(tokens, lexicon, i) {
            list.push(Sentence { first, end: i, paragraph_start: tokens.list[first].paragraph_start });
            first = i;
        }
    }
    list
}

/// Does a sentence begin at token `i` (which is not the first)?
fn begins(tokens: &Tokens, lexicon: &Lexicon, i: usize) -> bool {
    let token = &tokens.list[i];
    if token.paragraph_start {
        return true;
    }
    let quote = tokens.list.get(i + 1).is_some_and(|next| !next.spaced) && matches!(tokens.raw(i), "\"" | "“" | "'");
    if !token.spaced || closes(tokens.raw(i)) && !quote && !token.line_start {
        return false;
    }
    if token.line_start && is_bullet(tokens.raw(i)) {
        return true;
    }
    let last = last_sign(tokens, i);
    if glued(tokens, i) && opens(tokens, lexicon, i) {
        return true;
    }
    match tokens.raw(last) {
        "!" | "?" | "…" => starts(tokens, i),
        "." if acronym(tokens, last) => opens(tokens, lexicon, i),
        "." if lexicon.numerals.ordinal_dot && last > 0 && is_digits(tokens, last - 1) && is_ordinal(tokens, last - 1, last) => {
            false
        }
        "." => starts(tokens, i) && !abbreviated(tokens, lexicon, last),
        _ => false,
    }
}

fn is_digits(tokens: &Tokens, i: usize) -> bool {
    tokens.list[i].kind == Kind::Digits
}

/// The token that ends what stands before token `i`, closing quotes and brackets left out.
fn last_sign(tokens: &Tokens, i: usize) -> usize {
    let mut last = i - 1;
    while last > 0 && closes(tokens.raw(last)) && !tokens.list[last].spaced {
        last -= 1;
    }
    last
}

fn closes(raw: &str) -> bool {
    matches!(raw, "\"" | "”" | "’" | "'" | "»" | ")" | "]" | "“")
}

fn is_bullet(raw: &str) -> bool {
    matches!(raw, "-" | "•" | "*" | "–" | "·")
}

/// Can a sentence start with token `i`: a capital, a digit, an opening sign?
fn starts(tokens: &Tokens, i: usize) -> bool {
    let token = &tokens.list[i];
    token.capital || tokens.uncased || token.kind != Kind::Word || !tokens.raw(i).chars().any(char::is_lowercase)
}

/// Does the full stop at token `dot` end an acronym: `U.S.`?
fn acronym(tokens: &Tokens, dot: usize) -> bool {
    let letter = |k: usize| tokens.raw(k).chars().count() == 1 && tokens.list[k].capital;
    dot >= 3 && letter(dot - 1) && tokens.raw(dot - 2) == "." && letter(dot - 3)
}

/// Does a capital follow a small word with no mark between, as where a headline runs into its text?
fn glued(tokens: &Tokens, i: usize) -> bool {
    let word = |k: usize| tokens.list[k].kind == Kind::Word && tokens.list[k].spaced;
    let shouted = tokens.raw(i).chars().count() > 1 && !tokens.raw(i).chars().any(char::is_lowercase);
    word(i) && tokens.list[i].capital && !shouted && word(i - 1) && !tokens.list[i - 1].capital
}

/// Does token `i` begin with a word that begins sentences: a capitalised article or pronoun?
fn opens(tokens: &Tokens, lexicon: &Lexicon, i: usize) -> bool {
    let small = |c: &Cue| matches!(c, Cue::Article | Cue::Break | Cue::Anaphor | Cue::Prep(_) | Cue::Clause);
    let name = |c: &Cue| matches!(c, Cue::Force { .. } | Cue::Place(_) | Cue::Noun { .. });
    let longer = |end: usize| lexicon.longest(tokens, i, name).is_some_and(|name| name > end);
    tokens.list[i].capital && lexicon.has_word(tokens, i, small) && !longer(i + 1)
}

/// Does the full stop at token `dot` belong to an abbreviation or an initial?
fn abbreviated(tokens: &Tokens, lexicon: &Lexicon, dot: usize) -> bool {
    if dot == 0 || tokens.list[dot].spaced {
        return false;
    }
    let before = &tokens.list[dot - 1];
    let initial = before.kind == Kind::Word && before.capital && tokens.raw(dot - 1).chars().count() == 1;
    initial || lexicon.abbreviations.contains(tokens.folded(dot - 1))
}
