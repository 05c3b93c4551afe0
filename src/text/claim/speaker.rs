//! Who is credited with the number.

use crate::text::fold::Kind;
use crate::text::lexicon::Cue;
use crate::text::reading::{Hit, Reading};
use crate::text::span::Span;

/// Words of the longest speaker.
const LONGEST: usize = 8;

/// The speaker of a sentence, as written, without an article.
pub fn speaker(reading: &Reading) -> Option<String> {
    credited(reading).or_else(|| saying(reading)).map(|span| span.of(reading.tokens.text).to_owned())
}

/// "according to X".
fn credited(reading: &Reading) -> Option<Span> {
    let credit = reading.hits.iter().find(|h| *h.cue == Cue::Credit)?;
    let first = skip_articles(reading, credit.end);
    let end = (first..(first + LONGEST).min(reading.sentence.end)).find(|&i| ends(reading, i)).unwrap_or(first + LONGEST);
    span(reading, first, end.min(reading.sentence.end))
}

/// "X said", "zegt X"; "X denies": a denial is the word of its subject.
fn saying(reading: &Reading) -> Option<Span> {
    let say = reading.hits.iter().find(|h| matches!(h.cue, Cue::Say | Cue::Refute))?;
    before(reading, say).or_else(|| after(reading, say))
}

fn before(reading: &Reading, say: &Hit) -> Option<Span> {
    let lowest = reading.sentence.first.max(say.at.saturating_sub(LONGEST));
    let end = (lowest..say.at).rev().find(|&i| !is_time(reading, i))? + 1;
    let open = (lowest..end).rev().take_while(|&i| !ends(reading, i)).last()?;
    // "o czym Pentagon poinformował": behind all of the phrase that ends it.
    let open = reading.within(lowest, end).filter(|h| h.at < open && breaks(h.cue)).map(|h| h.end).fold(open, usize::max);
    let first = skip_articles(reading, open);
    // "to the brigade, said": no speaker begins so.
    let led = reading.is(first, |c| matches!(c, Cue::Prep(_)));
    if led {
        return None;
    }
    let known = |i: usize| capital(reading, i) || reading.is(i, |c| matches!(c, Cue::Military | Cue::Body));
    (first..end).any(known).then(|| span(reading, first, end))?
}

fn after(reading: &Reading, say: &Hit) -> Option<Span> {
    let first = skip_articles(reading, say.end);
    let end = (first..(first + LONGEST).min(reading.sentence.end)).take_while(|&i| capital(reading, i)).last()? + 1;
    span(reading, first, end)
}

/// "on Tuesday", between a speaker and "said".
fn is_time(reading: &Reading, i: usize) -> bool {
    reading.hits.iter().any(|h| *h.cue == Cue::When && (h.at..h.end).contains(&i))
}

fn capital(reading: &Reading, i: usize) -> bool {
    reading.tokens.list[i].capital
}

fn skip_articles(reading: &Reading, mut i: usize) -> usize {
    loop {
        let article = reading.at(i).find(|h| *h.cue == Cue::Article).map(|h| h.end);
        let mark = reading.tokens.list.get(i).filter(|t| t.kind == Kind::Mark).map(|_| i + 1);
        match article.or(mark) {
            Some(end) => i = end,
            None => return i,
        }
    }
}

fn ends(reading: &Reading, i: usize) -> bool {
    let mark = reading.tokens.list[i].kind == Kind::Mark && !matches!(reading.tokens.raw(i), "-" | "'" | "’");
    let number = reading.tokens.list[i].kind == Kind::Digits;
    mark || number || reading.is(i, breaks)
}

/// Does such a word end a speaker?
fn breaks(cue: &Cue) -> bool {
    matches!(
        cue,
        Cue::Verb | Cue::Act { .. } | Cue::Split { .. } | Cue::Clause | Cue::Say | Cue::Refute | Cue::Relative | Cue::When
    )
}

fn span(reading: &Reading, first: usize, end: usize) -> Option<Span> {
    (first < end).then(|| reading.tokens.list[first].span.to(reading.tokens.list[end - 1].span))
}
