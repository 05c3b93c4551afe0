//! A sentence read once against the lexicon: what every word and phrase of it tells.

use super::claim::{Action, Status};
use super::fold::Tokens;
use super::lexicon::{Cue, Lexicon};
use super::sentence::Sentence;

/// A word or phrase that the lexicon knows, at tokens `at..end`.
#[derive(Clone, Copy, Debug)]
pub struct Hit {
    pub at: usize,
    pub end: usize,
    pub cue: &'static Cue,
}

/// A sentence with all its hits, in order.
#[derive(Clone, Debug)]
pub struct Reading<'r, 't> {
    pub tokens: &'r Tokens<'t>,
    pub sentence: Sentence,
    pub hits: Vec<Hit>,
}

impl<'r, 't> Reading<'r, 't> {
    pub fn of(tokens: &'r Tokens<'t>, lexicon: &'static Lexicon, sentence: Sentence) -> Self {
        let mut hits = Vec::new();
        let mut best: Vec<(usize, usize, &Cue)> = Vec::new();
        let mut i = sentence.first;
        while i < sentence.end {
            best.clear();
            lexicon.cues.at(tokens, i, |end, exactness, cue| best.push((end, exactness, cue)));
            let end = best.iter().filter(|b| b.0 <= sentence.end).map(|b| (b.0, b.1)).max();
            let mut next = i + 1;
            for &(e, x, cue) in best.iter().filter(|b| Some((b.0, b.1)) == end) {
                let _ = x;
                hits.push(Hit { at: i, end: e, cue });
                if names(cue) {
                    next = e;
                }
            }
            i = next;
        }
        Reading { tokens, sentence, hits }
    }

    /// What token `i` begins.
    pub fn at(&self, i: usize) -> impl Iterator<Item = &Hit> {
        let from = self.hits.partition_point(|h| h.at < i);
        self.hits[from..].iter().take_while(move |h| h.at == i)
    }

    /// Does token `i` begin such a cue?
    pub fn is(&self, i: usize, want: impl Fn(&Cue) -> bool) -> bool {
        self.at(i).any(|h| want(h.cue))
    }

    /// Hits that lie within tokens `first..end`.
    pub fn within(&self, first: usize, end: usize) -> impl DoubleEndedIterator<Item = &Hit> {
        let from = self.hits.partition_point(|h| h.at < first);
        let to = self.hits.partition_point(|h| h.at < end);
        self.hits[from..to.max(from)].iter().filter(move |h| h.end <= end)
    }

    /// The hit that ends right before token `i`.
    pub fn before(&self, i: usize) -> impl Iterator<Item = &Hit> {
        self.hits.iter().filter(move |h| h.end == i)
    }

    pub fn acts(&self) -> impl Iterator<Item = (&Hit, Action, Option<Status>, bool)> {
        self.hits.iter().filter_map(|h| match h.cue {
            Cue::Act { action, status, still } => Some((h, *action, *status, *still)),
            _ => None,
        })
    }

    /// A mark between tokens `a` and `b`?
    pub fn marks_between(&self, a: usize, b: usize, marks: &str) -> usize {
        let (a, b) = if a < b { (a, b) } else { (b, a) };
        (a..b).filter(|&i| marks.contains(self.tokens.raw(i)) && self.tokens.raw(i).len() <= 3).count()
    }
}

/// Phrases whose inner words tell nothing of their own.
fn names(cue: &Cue) -> bool {
    matches!(
        cue,
        Cue::Force { .. }
            | Cue::Place(_)
            | Cue::Noun { .. }
            | Cue::Stop
            | Cue::Part
            | Cue::Credit
            | Cue::When
            | Cue::Period
            | Cue::Anaphor
            | Cue::More
    )
}
