//! What stands around a number: hedges and bounds before it, and what makes it no number of people.

use super::{Amount, Value};
use crate::text::fold::{Kind, Tokens};
use crate::text::lexicon::{Mark, Numerals};

/// Approximators that may stand in a row before one number ("up to about").
const MOST_MARKS: usize = 3;
/// Tokens of the longest phrase before a number ("at the very least").
const LONGEST_MARK: usize = 5;
/// Bytes of the longest word that loses its end before another: "jusqu'une".
const ELIDED: usize = 7;

/// What stands before a number.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds {
    pub outer: usize,
    pub about: bool,
    pub low: bool,
    pub high: bool,
    pub between: bool,
    pub apart: bool,
    pub year: bool,
    pub fraction: bool,
    pub down_to: bool,
    pub any: bool,
}

impl Bounds {
    pub fn before(tokens: &Tokens, table: &Numerals, i: usize) -> Bounds {
        let (mut b, mut at) = (Bounds { outer: i, ..Bounds::default() }, i);
        for _ in 0..MOST_MARKS {
            let Some((start, mark)) = (at.saturating_sub(LONGEST_MARK)..at)
                .find_map(|j| table.phrases.longest(tokens, j, Mark::bounds).filter(|(end, _)| *end == at).map(|(_, m)| (j, m)))
            else {
                break;
            };
            if b.fraction {
                // "more than half of its 800": the bound is that of the part.
                break;
            }
            match mark {
                Mark::About => b.about = true,
                Mark::AtLeast => b.low = true,
                Mark::AtMost => b.high = true,
                Mark::Between => b.between = true,
                Mark::YearPrep => {
                    b.year = true;
                    // "from" can stand before a year and before what was.
                    b.apart |= table.phrases.longest(tokens, start, |m| m == Mark::Apart).is_some_and(|(end, _)| end == at);
                }
                Mark::Fraction => b.fraction = true,
                Mark::DownTo => b.down_to = true,
                _ => b.apart = true,
            }
            if !matches!(mark, Mark::YearPrep | Mark::Apart) {
                b.any = true;
                b.outer = start;
            }
            at = start;
        }
        b
    }

    pub fn amount(self, value: Value, more: bool) -> Amount {
        let range = value.low != value.high && !value.vague;
        let low = !range && (self.low || more);
        let high = !range && self.high && !low;
        Amount { low: (!high).then_some(value.low), high: (!low).then_some(value.high), approximate: value.rough || self.about }
    }
}

impl Mark {
    fn bounds(self) -> bool {
        matches!(
            self,
            Mark::About
                | Mark::AtLeast
                | Mark::AtMost
                | Mark::Between
                | Mark::YearPrep
                | Mark::Apart
                | Mark::Fraction
                | Mark::DownTo
        )
    }
}

/// Does the number hang on to what stands before it: `F-16`, `4-1`, `3.5`?
pub fn glued(tokens: &Tokens, i: usize, outer: usize) -> bool {
    if i == 0 || outer < i || tokens.list[i].spaced {
        return false;
    }
    let before = tokens.raw(i - 1);
    let short = i > 1 && tokens.list[i - 2].kind == Kind::Word && tokens.list[i - 2].span.len() <= ELIDED;
    if matches!(before, "'" | "’") && short && tokens.list[i].kind == Kind::Word {
        return false;
    }
    let alone = tokens.list[i - 1].spaced && matches!(before, "-" | "–" | "—" | "." | ",");
    !alone && (tokens.list[i - 1].kind != Kind::Mark || "-–—‑/:.,'’_#@&=$€£¥+*%^".contains(before))
}

/// Does the number go on into something that is no count: `12-year`, `15:30`, `3%`?
pub fn runs_on(tokens: &Tokens, end: usize) -> bool {
    let Some(next) = tokens.list.get(end).filter(|t| !t.spaced) else { return false };
    let tight = tokens.list.get(end + 1).is_some_and(|t| !t.spaced && t.kind != Kind::Mark);
    match tokens.raw(end) {
        "%" | "‰" | "°" | "€" | "$" | "£" | "½" | "²" | "³" | "º" | "ª" | "\"" if next.kind == Kind::Mark => true,
        "/" | ":" | "-" | "–" | "‑" | "." | "," | "'" | "’" | "_" | "×" | "=" | "@" => tight,
        _ => next.kind != Kind::Mark,
    }
}

/// "a 500-strong force", "a 300-man unit", "500 man sterk": the token after the whole, and what the number is multiplied by.
pub fn strength(tokens: &Tokens, table: &Numerals, end: usize) -> Option<(usize, u64)> {
    let hyphen = tokens.list.get(end).is_some_and(|t| !t.spaced) && matches!(tokens.raw(end), "-" | "‑" | "–");
    let first = end + usize::from(hyphen);
    match table.phrases.longest(tokens, first, |m| matches!(m, Mark::Strength(_)))? {
        (end, Mark::Strength(times)) if hyphen || end > first + 1 => Some((end, times)),
        _ => None,
    }
}

/// Is the number an amount of money, a day of a month, a page …?
pub fn beside_a_unit(tokens: &Tokens, table: &Numerals, first: usize, end: usize) -> bool {
    let dated = may_be_date(tokens, first, end);
    let after = |m: Mark| matches!(m, Mark::NotAfter | Mark::Month);
    let before = |m: Mark| m == Mark::NotBefore || m == Mark::Month && dated;
    table.phrases.longest(tokens, end, after).is_some()
        || (first.saturating_sub(3)..first)
            .any(|j| table.phrases.longest(tokens, j, before).is_some_and(|(phrase_end, _)| phrase_end == first))
}

/// Can digits be a day or a year? "since May 300 soldiers" counts soldiers.
fn may_be_date(tokens: &Tokens, first: usize, end: usize) -> bool {
    let digits = |i: &usize| tokens.raw(*i).starts_with(|c: char| c.is_ascii_digit());
    (first..end).filter(digits).all(|i| matches!(tokens.raw(i).len(), 1 | 2 | 4))
}
