//! Passages for the lexicon: where something was read wrongly, with all that was found there.

use crate::text::claim::Claim;
use crate::text::language::Language;
use crate::text::span::Span;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Bytes of a passage. Of a longer paragraph only the sentence is taken.
const MAX_BYTES: usize = 2_000;

/// A stretch of an article, and what was found in it. Spans are bytes of `text`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    pub text: String,
    pub language: Option<Language>,
    /// What the user calls wrong.
    pub wrong: Vec<Claim>,
    /// What else was found.
    pub others: Vec<Claim>,
    /// Tracked names that were told, where a name was called wrong.
    #[serde(default)]
    pub entities: Vec<String>,
}

/// The paragraphs in which these claims stand, each once and in the order of the text. `wrong` says which of the claims are; one whose span does
/// not hold its number (of another version of the text) is left out.
pub fn passages(text: &str, language: Option<Language>, claims: &[Claim], wrong: impl Fn(usize) -> bool) -> Vec<Passage> {
    let stands = |claim: &&(usize, &Claim)| claim.1.span.of(text) == claim.1.text;
    let all: Vec<(usize, &Claim)> = claims.iter().enumerate().filter(|one| stands(&one)).collect();
    let mut ranges: Vec<Range<usize>> = all.iter().filter(|(i, _)| wrong(*i)).map(|(_, c)| around(text, c.sentence)).collect();
    ranges.sort_by_key(|range| range.start);
    ranges.dedup_by(|later, first| later.start < first.end);
    let passage = |range: Range<usize>| {
        let here = all.iter().filter(|(_, c)| range.start <= c.span.start as usize && c.span.end as usize <= range.end);
        let (bad, others): (Vec<_>, Vec<_>) = here.partition(|(i, _)| wrong(*i));
        let moved = |list: Vec<&(usize, &Claim)>| list.into_iter().map(|(_, claim)| moved(claim, &range)).collect();
        Passage { wrong: moved(bad), others: moved(others), text: text[range.clone()].to_owned(), language, entities: Vec::new() }
    };
    ranges.into_iter().map(passage).collect()
}

/// The paragraph of a sentence, or the sentence where that is too long.
fn around(text: &str, sentence: Span) -> Range<usize> {
    let (start, end) = (sentence.start as usize, sentence.end as usize);
    let (Some(before), Some(after)) = (text.get(..start), text.get(end..)) else { return 0..text.len() };
    let from = before.rfind('\n').map_or(0, |at| at + 1);
    let to = after.find('\n').map_or(text.len(), |at| end + at);
    if to - from > MAX_BYTES { start..end } else { from..to }
}

/// The claim as it stands in the passage. A sentence that reaches out of it ends where it ends.
fn moved(claim: &Claim, range: &Range<usize>) -> Claim {
    let shift = |span: Span| {
        let clamp = |at: u32| (at as usize).clamp(range.start, range.end) - range.start;
        Span::new(clamp(span.start), clamp(span.end))
    };
    let mut claim = claim.clone();
    (claim.span, claim.sentence) = (shift(claim.span), shift(claim.sentence));
    claim.places.iter_mut().for_each(|place| place.span = shift(place.span));
    claim
}

#[cfg(test)]
mod tests {
    use super::passages;
    use crate::text::fold::Tokens;
    use crate::text::gazetteer::Gazetteer;
    use crate::text::language::Language;
    use crate::text::{Annotation, Annotator};

    const TEXT: &str = "US sends 2,000 troops to Poland\n\nIt rained. The Pentagon sends 2,000 soldiers to Poland and 300 soldiers to Latvia.\n\
        Nothing here.\nNine soldiers were killed in Mali.";

    fn read(text: &str) -> Annotation {
        Annotator::new(Gazetteer::new(&[])).annotate(&Tokens::of(text), 33, Language::parse("en"))
    }

    #[test]
    fn a_passage_is_the_paragraph_with_all_that_was_found() {
        let found = read(TEXT);
        assert_eq!(found.claims.iter().map(|c| c.text.as_str()).collect::<Vec<_>>(), ["2,000", "2,000", "300", "Nine"]);
        let [passage] = &passages(TEXT, found.language, &found.claims, |i| i == 1)[..] else { panic!("one passage") };
        assert!(passage.text.starts_with("It rained.") && passage.text.ends_with("to Latvia."), "{passage:?}");
        assert_eq!((passage.wrong.len(), passage.others.len()), (1, 1));
        for claim in passage.wrong.iter().chain(&passage.others) {
            assert_eq!(claim.span.of(&passage.text), claim.text);
            assert!(claim.places.iter().all(|p| p.span.of(&passage.text) == p.text));
            assert!(claim.sentence.of(&passage.text).starts_with("The Pentagon"));
        }
    }

    #[test]
    fn claims_of_one_paragraph_share_a_passage() {
        let found = read(TEXT);
        let all = passages(TEXT, found.language, &found.claims, |_| true);
        assert_eq!(all.iter().map(|p| p.wrong.len()).collect::<Vec<_>>(), [1, 2, 1]);
        assert!(passages(TEXT, found.language, &found.claims, |_| false).is_empty());
        assert!(passages("Another text altogether.", None, &found.claims, |_| true).is_empty());
    }

    #[test]
    fn of_a_long_paragraph_the_sentence_alone() {
        let text =
            format!("{} The Pentagon sends 2,000 soldiers to Poland. {}", "It rained. ".repeat(150), "It rained. ".repeat(150));
        let found = read(&text);
        let [passage] = &passages(&text, None, &found.claims, |_| true)[..] else { panic!("one passage") };
        assert_eq!(passage.text, "The Pentagon sends 2,000 soldiers to Poland.");
    }
}
