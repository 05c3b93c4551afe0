//! Numbers as written, in digits or words: what they mean and which bytes say so.
//!
//! One grammar for all languages, driven by the tables of `lexicon::Numerals`.

mod around;
mod digits;
mod words;

pub use digits::is_ordinal;

use around::{Bounds, beside_a_unit, glued, runs_on, strength};

use super::claim::Amount;
use super::fold::{Kind, Tokens};
use super::lexicon::{Mark, Numerals, Word, head};
use super::span::Span;

/// Larger numbers count no soldiers.
const MOST: u64 = 100_000_000;
/// Four digits between these are a year unless the next word says otherwise.
const YEARS: std::ops::RangeInclusive<u64> = 1000..=2100;
/// Before this, only "in" and the like make it a year.
const MODERN: u64 = 1900;

/// A number in a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Numeral {
    /// Tokens of the number expression: `first..end`.
    pub first: usize,
    pub end: usize,
    /// First token, approximators included.
    pub outer: usize,
    /// After the number and what bounds it from behind ("or more").
    pub outer_end: usize,
    pub span: Span,
    pub amount: Amount,
    /// Could be a year.
    pub year: bool,
    /// Is written as a year is, whatever stands around.
    pub year_like: bool,
    /// A small count in digits or words, such as stand everywhere.
    pub vague: bool,
    /// Part of a compound: "a 500-strong force".
    pub strength: bool,
    /// What is left: "reduced to 500".
    pub down_to: bool,
    /// Before it stands "from", as of what it was before: "from 600 to 100".
    pub apart: bool,
    /// Of these only a part is spoken of: "half of its 28,500 soldiers".
    pub fraction: bool,
}

/// A single number, before bounds and ranges.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Value {
    low: u64,
    high: u64,
    end: usize,
    /// The scale it ends in, for ranges that name it once: "20 to 25 thousand".
    scale: u64,
    rough: bool,
    vague: bool,
    year: bool,
    /// An adjective: a body follows.
    adjective: bool,
}

impl Value {
    fn exactly(n: u64, end: usize) -> Value {
        Value { low: n, high: n, end, scale: 1, rough: false, vague: false, year: false, adjective: false }
    }

    fn times(self, n: u64) -> Value {
        Value { low: self.low.saturating_mul(n), high: self.high.saturating_mul(n), ..self }
    }
}

/// All numbers of the text that could count people, in order.
pub fn numerals(tokens: &Tokens, table: &Numerals) -> Vec<Numeral> {
    let mut list = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        match value(tokens, table, i) {
            Reading::None => i += 1,
            Reading::Not(end) => i = end.max(i + 1),
            Reading::Is(first) => {
                let (numeral, end) = complete(tokens, table, i, first);
                list.extend(numeral);
                i = end.max(i + 1);
            }
        }
    }
    list
}

/// What stands at a token.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reading {
    /// No number.
    None,
    /// A number that counts nobody, up to this token.
    Not(usize),
    Is(Value),
}

fn value(tokens: &Tokens, table: &Numerals, i: usize) -> Reading {
    let token = &tokens.list[i];
    match token.kind {
        Kind::Mark => Reading::None,
        Kind::Digits | Kind::Mixed => digits::read(tokens, table, i),
        Kind::Word if !head(tokens.folded(i)).is_some_and(|h| table.heads.contains(&h)) => Reading::None,
        // "2½ thousand", "5 million million": a scale that did not join the number before it.
        Kind::Word if strays(tokens, table, i) => Reading::Not(i + 1),
        Kind::Word => match table.phrases.longest(tokens, i, |m| matches!(m, Mark::Vague(..) | Mark::Adjective(..))) {
            Some((end, Mark::Vague(low, high))) => {
                Reading::Is(Value { rough: true, vague: true, high, ..Value::exactly(low, end) })
            }
            Some((end, Mark::Adjective(low, high))) => {
                Reading::Is(Value { rough: low != high, vague: low != high, high, adjective: true, ..Value::exactly(low, end) })
            }
            _ => words::read(tokens, table, i),
        },
    }
}

/// Is it a scale right behind something that is a number and is no part of it?
fn strays(tokens: &Tokens, table: &Numerals, i: usize) -> bool {
    let scale = |k: usize| matches!(table.words.get(tokens.folded(k)), Some(Word::Scale(n)) if *n >= 1000);
    let before = i.checked_sub(1).filter(|_| !tokens.list[i].line_start && scale(i));
    before.is_some_and(|k| matches!(tokens.list[k].kind, Kind::Digits | Kind::Mixed) || scale(k))
}

/// Adds range, bounds and approximators to a first value at token `i`; and says where to read on.
fn complete(tokens: &Tokens, table: &Numerals, i: usize, first: Value) -> (Option<Numeral>, usize) {
    let bounds = Bounds::before(tokens, table, i);
    let first = single(tokens, table, i, first, bounds);
    let value = range(tokens, table, first, bounds.between, bounds.apart).unwrap_or(first);
    let after = table.phrases.longest(tokens, value.end, |m| m == Mark::OrMore).map(|(end, _)| end);
    let about = table.phrases.longest(tokens, value.end, |m| m == Mark::About).map(|(end, _)| end);
    let bounds = Bounds { about: bounds.about || about.is_some(), ..bounds };
    let strength = strength(tokens, table, value.end);
    let value = strength.map_or(value, |(_, times)| value.times(times));
    let outer_end = strength.map(|(end, _)| end).or(after).or(about).unwrap_or(value.end);
    let sound = !glued(tokens, i, bounds.outer)
        && (strength.is_some() || !runs_on(tokens, value.end))
        && !beside_a_unit(tokens, table, i, value.end)
        && value.high <= MOST
        && value.high > 1;
    let amount = bounds.amount(value, after.is_some());
    let numeral = Numeral {
        first: i,
        end: value.end,
        outer: bounds.outer,
        outer_end,
        span: tokens.list[i].span.to(tokens.list[value.end - 1].span),
        amount,
        year: value.year && table.bare_years && (bounds.year || !bounds.any && value.low >= MODERN),
        year_like: value.year,
        vague: value.vague,
        strength: strength.is_some() || value.adjective,
        down_to: bounds.down_to,
        apart: bounds.apart,
        fraction: bounds.fraction,
    };
    (sound.then_some(numeral), outer_end)
}

/// "more than a hundred" in a language whose word for it is also that for "hundreds": behind a bound it is one of them.
fn single(tokens: &Tokens, table: &Numerals, i: usize, value: Value, bounds: Bounds) -> Value {
    match table.words.get(tokens.folded(i)) {
        Some(&Word::Scale(scale)) if value.vague && value.end == i + 1 && (bounds.low || bounds.high || bounds.about) => {
            Value { scale, ..Value::exactly(scale, value.end) }
        }
        _ => value,
    }
}

/// The range that begins with `first`, if a second number follows.
fn range(tokens: &Tokens, table: &Numerals, first: Value, between: bool, apart: bool) -> Option<Value> {
    if apart {
        return None;
    }
    let hanging = tokens.raw(first.end) == "-" && !tokens.list[first.end].spaced && tokens.list.get(first.end + 1)?.spaced;
    let at = first.end + usize::from(hanging);
    let joins = |m: Mark| m == Mark::Range || between && m == Mark::RangeAnd;
    let (next, _) = table.phrases.longest(tokens, at, joins)?;
    let next = table.phrases.longest(tokens, next, |m| m == Mark::About).map_or(next, |(end, _)| end);
    tokens.list.get(next)?;
    let Reading::Is(second) = value(tokens, table, next) else { return None };
    let shared = if first.scale == 1 && first.low < 1000 && second.scale > 1 && first.low * second.scale <= second.low {
        second.scale
    } else if first.scale == 1
        && first.low < 1000
        && second.low >= 1000
        && second.low.is_multiple_of(1000)
        && first.low * 1000 < second.low
    {
        // "3 to 4,000": thousands are written once.
        1000
    } else {
        1
    };
    let low = first.low * shared;
    (low < second.high && first.vague == second.vague).then_some(Value {
        low,
        high: second.high,
        end: second.end,
        scale: 1,
        rough: first.rough || second.rough,
        vague: first.vague,
        year: first.year && second.year,
        adjective: false,
    })
}

/// Multiplies by a scale word that follows: "2,5 duizend". `parts` of `whole` are what the digits said.
fn scaled(tokens: &Tokens, table: &Numerals, parts: u64, whole: u64, end: usize) -> Option<(u64, usize, u64)> {
    let hyphen = usize::from(tokens.raw(end) == "-" && !tokens.list[end].spaced);
    let at = end + hyphen;
    if tokens.list.get(at)?.line_start {
        return None;
    }
    let (end, scale) = match (table.compounds.longest(tokens, at, |_| true), table.words.get(tokens.folded(at))) {
        (Some((end, Word::Scale(scale))), _) => (end, scale),
        (None, Some(&Word::Scale(scale))) => (at + 1, scale),
        _ => return None,
    };
    let product = parts.checked_mul(scale)?;
    (product % whole == 0).then_some((product / whole, end, scale))
}

#[cfg(test)]
mod tests {
    use super::{Numeral, numerals};
    use crate::text::fold::Tokens;
    use crate::text::language::Language;
    use crate::text::lexicon;

    /// Spellings of CLDR that newspapers do not use: "one million, five hundred thousand".
    const ODD: usize = 2;

    fn read(language: &str, text: &str) -> Vec<Numeral> {
        let lexicon = Language::parse(language).expect("a code");
        let lexicons = lexicon::Lexicons::shipped();
        numerals(&Tokens::of(text), &lexicons.of(lexicon).expect("a lexicon").numerals)
    }

    /// Every number of a text as `text=low..high`, with `~` where it is rough.
    fn shown(language: &str, text: &str) -> String {
        let one = |n: &Numeral| {
            let bound = |b: Option<u64>| b.map_or(String::new(), |b| b.to_string());
            let rough = if n.amount.approximate { "~" } else { "" };
            format!("{}={rough}{}..{}", n.span.of(text), bound(n.amount.low), bound(n.amount.high))
        };
        read(language, text).iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn numbers_are_read() {
        for (language, text, expected) in [
            ("nl", "2.000 man", "2.000=2000..2000"),
            ("nl", "8500 man", "8500=8500..8500"),
            ("nl", "100 000 en 100\u{a0}000", "100 000=100000..100000 100\u{a0}000=100000..100000"),
            ("nl", "2½ duizend en 5 miljoen miljoen", "5 miljoen=5000000..5000000"),
            ("ru", "1 млн 200 тыс. солдат", "1 млн 200 тыс.=1200000..1200000"),
            ("nl", "tweeëntwintigduizend man", "tweeëntwintigduizend=22000..22000"),
            ("nl", "vijfentwintighonderd", "vijfentwintighonderd=2500..2500"),
            ("nl", "anderhalf miljoen", "anderhalf miljoen=1500000..1500000"),
            ("nl", "2,5 duizend", "2,5 duizend=2500..2500"),
            ("nl", "8,2 procent", ""),
            ("nl", "10 duizend", "10 duizend=10000..10000"),
            ("nl", "honderdduizend", "honderdduizend=100000..100000"),
            ("nl", "duizend vijfhonderd", "duizend vijfhonderd=1500..1500"),
            ("nl", "20-25 duizend", "20-25 duizend=20000..25000"),
            ("nl", "twee- tot drieduizend", "twee- tot drieduizend=2000..3000"),
            ("nl", "tussen de 80.000 en 100.000", "80.000 en 100.000=80000..100000"),
            ("nl", "zo’n 100.000", "100.000=~100000..100000"),
            ("nl", "ruim tweehonderd", "tweehonderd=200.."),
            ("nl", "hooguit 50", "50=..50"),
            ("nl", "500 of meer", "500=500.."),
            ("nl", "enkele tientallen", "enkele tientallen=~20..99"),
            ("nl", "een honderdtal", "een honderdtal=~100..100"),
            ("nl", "meer dan tienduizend", "tienduizend=10000.."),
            ("nl", "op 6 juni 1944", ""),
            ("nl", "15.30 uur, 12-jarige, 4-1, €300, 25 procent", ""),
            ("nl", "een soldaat", ""),
            ("en", "1,000 men", "1,000=1000..1000"),
            ("en", "1.5 million", "1.5 million=1500000..1500000"),
            ("en", "2k", "2k=2000..2000"),
            ("en", "2.5k troops", "2.5k=2500..2500"),
            ("en", "half a million", "half a million=500000..500000"),
            ("en", "three and a half thousand", "three and a half thousand=3500..3500"),
            ("en", "twenty-five hundred", "twenty-five hundred=2500..2500"),
            ("en", "two hundred and fifty thousand", "two hundred and fifty thousand=250000..250000"),
            ("en", "2,000 to 3,000", "2,000 to 3,000=2000..3000"),
            ("en", "20-25 thousand", "20-25 thousand=20000..25000"),
            ("en", "two to three thousand", "two to three thousand=2000..3000"),
            ("en", "between 500 and 700", "500 and 700=500..700"),
            ("en", "at least 40", "40=40.."),
            ("en", "up to about 300", "300=~..300"),
            ("en", "nearly 900", "900=~900..900"),
            ("en", "several hundred", "several hundred=~200..999"),
            ("en", "tens of thousands", "tens of thousands=~20000..99999"),
            ("en", "three dozen", "three dozen=36..36"),
            ("en", "3,000+", "3,000=3000.."),
            ("en", "$300, 4-1, F-16, 82nd, 9:30, 12-year, 3.5", ""),
            ("en", "June 4, 12 March", ""),
            ("en", "a 500-strong force", "500=500..500"),
        ] {
            let found = shown(language, text);
            assert_eq!(found, expected, "help: src/text/lexicon/{language}.toml, [numeral]: {text}");
        }
    }

    /// Every number from 2 to ten million that CLDR spells out, in every gender and case of the language: `tests/numbers/`.
    #[test]
    fn spelled_out_numbers_are_read() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/numbers");
        let mut wrong = Vec::new();
        for language in crate::text::Annotator::without_names().languages() {
            let file = std::fs::read_to_string(root.join(language.code()).with_extension("tsv")).expect("a table of numbers");
            for (value, words) in file.lines().filter_map(|line| line.split_once('\t')) {
                let value: u64 = value.parse().expect("a number");
                let found = read(language.code(), words);
                let right =
                    |n: &Numeral| n.span.of(words) == words && (n.amount.low, n.amount.high) == (Some(value), Some(value));
                if !matches!(found.as_slice(), [n] if right(n)) {
                    wrong.push(format!("{language}: {words} is {value}, found {}", shown(language.code(), words)));
                }
            }
        }
        // Spelled with a comma inside, or with a case that no number has.
        assert!(wrong.len() <= ODD, "help: src/text/lexicon, [numeral]: {wrong:#?}");
    }

    #[test]
    fn a_year_is_marked() {
        assert!(read("en", "in 1942")[0].year);
        assert!(!read("en", "some 2,000")[0].year);
        assert!(!read("en", "about 2000")[0].year);
    }
}
