//! Numbers in digits: groups of thousands, decimals before a scale, `2k`.

use super::{Numerals, Reading, Value, YEARS, scaled};
use crate::text::fold::{Kind, Tokens};
use crate::text::lexicon::Word;

/// Digits of the longest number that is read.
const MOST_DIGITS: usize = 9;
/// Digits after a decimal mark.
const MOST_DECIMALS: usize = 3;

pub fn read(tokens: &Tokens, table: &Numerals, i: usize) -> Reading {
    if tokens.list[i].kind == Kind::Mixed {
        return suffixed(tokens, table, i, 0, 1).map_or(Reading::Not(i + 1), Reading::Is);
    }
    let first = tokens.folded(i);
    if first.len() > MOST_DIGITS || first.len() > 1 && first.starts_with('0') {
        return Reading::Not(i + 1);
    }
    let Ok(n) = first.parse::<u64>() else { return Reading::Not(i + 1) };
    let (n, end, groups) = grouped(tokens, table, n, i);
    if table.ordinal_dot && is_ordinal(tokens, i, end) {
        return Reading::Not(end + 1);
    }
    if let Some(value) = decimal(tokens, table, i, n, end, groups) {
        return value;
    }
    if let Some((product, end, scale)) = scaled(tokens, table, n, 1, end) {
        let (product, end) = halved(tokens, table, product, scale, end);
        let (product, end) = rest(tokens, table, product, scale, end);
        return Reading::Is(Value { scale, ..Value::exactly(product, end) });
    }
    let year = groups == 0 && first.len() == 4 && YEARS.contains(&n);
    Reading::Is(Value { year, ..Value::exactly(n, end) })
}

/// "2 milioni e mezzo": a half behind its scale.
fn halved(tokens: &Tokens, table: &Numerals, product: u64, scale: u64, end: usize) -> (u64, usize) {
    let word = |i: usize| table.words.get(tokens.folded(i));
    if let Some((end, Word::Halves(1))) = table.compounds.longest(tokens, end, |_| true) {
        return (product + scale / 2, end);
    }
    let half = word(end) == Some(&Word::And) && word(end + 1) == Some(&Word::Halves(1));
    if half { (product + scale / 2, end + 2) } else { (product, end) }
}

/// "2 mil 500": digits below the thousands behind them.
fn rest(tokens: &Tokens, table: &Numerals, product: u64, scale: u64, end: usize) -> (u64, usize) {
    // "1 млн 200 тыс.": a smaller scale behind the greater.
    let next = tokens.list.get(end).filter(|t| scale > 1000 && t.kind == Kind::Digits && t.spaced && t.span.len() <= 3);
    if let Some((thousands, end, 1000)) = next.and_then(|_| scaled(tokens, table, tokens.folded(end).parse().ok()?, 1, end + 1)) {
        return (product + thousands, end);
    }
    let more = tokens.list.get(end).filter(|t| scale == 1000 && t.kind == Kind::Digits && t.spaced && t.span.len() <= 3);
    let alone = tokens.list.get(end + 1).is_none_or(|t| t.kind == Kind::Word && t.spaced);
    match more.and_then(|_| tokens.folded(end).parse::<u64>().ok()).filter(|_| alone) {
        Some(units) if product.is_multiple_of(scale) => (product + units, end + 1),
        _ => (product, end),
    }
}

/// "24. Februar": one or two digits with a full stop, and something behind it.
pub fn is_ordinal(tokens: &Tokens, i: usize, end: usize) -> bool {
    let dot = tokens.raw(end) == "." && !tokens.list[end].spaced;
    let more = tokens.list.get(end + 1).is_some_and(|next| next.spaced && !next.line_start && next.kind != Kind::Mark);
    end == i + 1 && tokens.folded(i).len() <= 2 && dot && more
}

/// Joins groups of three digits: `8.500`, `100 000`.
fn grouped(tokens: &Tokens, table: &Numerals, n: u64, i: usize) -> (u64, usize, usize) {
    let (mut n, mut end, mut groups) = (n, i + 1, 0);
    let mut sign = None;
    if tokens.folded(i).len() > 3 {
        return (n, end, 0);
    }
    while groups < 2 && n > 0 {
        let Some((group, mark, next)) = group_at(tokens, table, end).filter(|(_, mark, _)| sign.is_none_or(|s| s == *mark))
        else {
            break;
        };
        (n, end, groups, sign) = (n * 1000 + group, next, groups + 1, Some(mark));
    }
    (n, end, groups)
}

/// A group of three digits with the mark before it.
fn group_at<'t>(tokens: &Tokens<'t>, table: &Numerals, at: usize) -> Option<(u64, &'t str, usize)> {
    let three = |k: usize| tokens.list.get(k).filter(|t| t.kind == Kind::Digits && t.span.len() == 3);
    let gap = |k: usize| &tokens.text[tokens.list[k - 1].span.end as usize..tokens.list[k].span.start as usize];
    if let Some(token) = three(at) {
        let space = gap(at);
        let hard = matches!(space, "\u{a0}" | "\u{202f}" | "\u{2009}");
        // A plain space parts groups where the language writes so, and everywhere before round hundreds: "5 000 militairen".
        let round = tokens.folded(at).ends_with("00")
            && !tokens.list.get(at + 1).is_some_and(|next| next.kind != Kind::Word && !next.spaced);
        let whole = token.spaced && (hard || space.contains("&") || space == " " && (table.space_groups || round));
        return whole.then(|| tokens.folded(at).parse().ok().map(|n| (n, " ", at + 1)))?;
    }
    let mark = tokens.raw(at);
    let tight =
        matches!(mark, "." | "," | "'" | "’") && !tokens.list[at].spaced && tokens.list.get(at + 1).is_some_and(|t| !t.spaced);
    three(at + 1)?;
    tight.then(|| tokens.folded(at + 1).parse().ok().map(|n| (n, mark, at + 2)))?
}

/// A decimal number: a count only where a scale follows.
fn decimal(tokens: &Tokens, table: &Numerals, i: usize, n: u64, end: usize, groups: usize) -> Option<Reading> {
    let (at, whole) =
        if groups == 1 && tokens.raw(i + 1) == table.decimal { (i + 1, tokens.folded(i).parse().ok()?) } else { (end, n) };
    let mark = tokens.raw(at);
    let tight = |k: usize| tokens.list.get(k).is_some_and(|t| !t.spaced);
    if !(matches!(mark, "." | ",") && tight(at) && tight(at + 1)) {
        return None;
    }
    let fraction = tokens.folded(at + 1);
    if tokens.list[at + 1].kind == Kind::Mixed {
        return Some(suffixed(tokens, table, at + 1, whole, 10).map_or(Reading::Not(at + 2), Reading::Is));
    }
    if tokens.list[at + 1].kind != Kind::Digits {
        return None;
    }
    let scaled = (fraction.len() <= MOST_DECIMALS).then(|| fraction.parse::<u64>().ok()).flatten().and_then(|f| {
        let parts = 10u64.pow(fraction.len() as u32);
        scaled(tokens, table, whole.checked_mul(parts)? + f, parts, at + 2)
    });
    match scaled {
        Some((product, end, scale)) => Some(Reading::Is(Value { scale, ..Value::exactly(product, end) })),
        None if groups == 1 && at == i + 1 => None,
        None => Some(Reading::Not(at + 2)),
    }
}

/// `2k`: digits with a scale glued to them; `before` holds what stood before a decimal mark.
fn suffixed(tokens: &Tokens, table: &Numerals, i: usize, before: u64, tenths: u64) -> Option<Value> {
    let word = tokens.folded(i);
    let letters = word.find(|c: char| !c.is_ascii_digit())?;
    let (digits, suffix) = word.split_at(letters);
    let Some(&Word::Scale(scale)) = table.words.get(suffix) else { return None };
    if digits.is_empty() || tenths > 1 && digits.len() != 1 || digits.len() > 6 {
        return None;
    }
    let parts = before.checked_mul(10)?.checked_add(digits.parse().ok()?)?;
    let product = parts.checked_mul(scale)?;
    (product % tenths == 0).then(|| Value { scale, ..Value::exactly(product / tenths, i + 1) })
}
