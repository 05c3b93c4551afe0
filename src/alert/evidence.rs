//! The stretch of an article that an alert shows, and the number or name in it.

use crate::text::fold::Tokens;
use crate::text::span::Span;

/// Bytes of a sentence that an alert keeps on either side of its mark.
const MAX_SIDE: usize = 500;

/// The text of `sentence` without the blanks around it, and `mark` as bytes of that.
pub(super) fn excerpt(text: &str, sentence: Span, mark: Span) -> (String, Option<Span>) {
    let sentence = near(text, sentence.to(mark), mark);
    let raw = sentence.of(text);
    let start = sentence.start as usize + (raw.len() - raw.trim_start().len());
    let kept = raw.trim().to_owned();
    let within = (mark.start as usize).checked_sub(start).map(|from| Span::new(from, from + mark.len()));
    (kept.clone(), within.filter(|mark| mark.end as usize <= kept.len()))
}

/// What of an endless sentence is near the mark.
fn near(text: &str, sentence: Span, mark: Span) -> Span {
    let floor = |at: usize| (0..=at).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    let start = (sentence.start as usize).max(floor((mark.start as usize).saturating_sub(MAX_SIDE)));
    let end = (sentence.end as usize).min(floor(((mark.end as usize) + MAX_SIDE).min(text.len())));
    Span::new(start, end.max(start))
}

/// The sentence around `mark`: from the full stop or empty line before it to the one after it.
pub(super) fn sentence_around(tokens: &Tokens, mark: Span) -> Span {
    let begins = |i: usize| {
        let token = &tokens.list[i];
        i == 0 || token.paragraph_start || token.spaced && token.capital && matches!(tokens.raw(i - 1), "." | "!" | "?" | "…")
    };
    let first = tokens.list.partition_point(|token| token.span.end <= mark.start);
    let after = tokens.list.partition_point(|token| token.span.start < mark.end);
    let start = (0..=first.min(tokens.len().saturating_sub(1))).rev().find(|&i| tokens.list.get(i).is_some_and(|_| begins(i)));
    let end = (after..tokens.len()).find(|&i| begins(i)).map_or(tokens.len(), |i| i).checked_sub(1);
    let bound = |i: Option<usize>| i.and_then(|i| tokens.list.get(i)).map_or(mark, |token| token.span);
    mark.to(bound(start)).to(bound(end))
}

/// Does the byte lie in the title or in the first paragraph after it?
pub(super) fn stands_first(tokens: &Tokens, title: usize, at: Span) -> bool {
    let body = tokens.list.iter().filter(|token| token.span.start as usize >= title);
    let second = body.filter(|token| token.paragraph_start).nth(1);
    second.is_none_or(|token| at.start < token.span.start)
}

#[cfg(test)]
mod tests {
    use super::{excerpt, sentence_around, stands_first};
    use crate::text::fold::Tokens;
    use crate::text::span::Span;

    const TEXT: &str = "A title here\n\nThe first. It has é 3.5 words! Then more.\n\nLast words";

    fn span(word: &str) -> Span {
        TEXT.find(word).map_or_else(Span::default, |at| Span::new(at, at + word.len()))
    }

    #[test]
    fn sentences() {
        let tokens = Tokens::of(TEXT);
        for (word, sentence) in [
            ("title", "A title here"),
            ("first", "The first."),
            ("3", "It has é 3.5 words!"),
            ("more", "Then more."),
            ("words", "It has é 3.5 words!"),
            ("Last", "Last words"),
        ] {
            let (text, mark) = excerpt(TEXT, sentence_around(&tokens, span(word)), span(word));
            assert_eq!((text.as_str(), mark.map(|m| m.of(&text))), (sentence, Some(word)));
        }
        assert!(stands_first(&tokens, 14, span("more")) && !stands_first(&tokens, 14, span("Last")));
    }

    #[test]
    fn an_endless_sentence_is_cut_around_its_mark() {
        let text = "é ".repeat(2000);
        let mark = Span::new(3000, 3002);
        let (kept, found) = excerpt(&text, Span::new(0, text.len()), mark);
        assert!(kept.len() < 1100 && found.is_some_and(|m| m.of(&kept) == "é"), "{found:?} of {}", kept.len());
    }
}
