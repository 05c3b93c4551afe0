//! A sentence read once against the lexicon: what every word and phrase of it tells.

use super::claim::{Action, Status};
use super::fold::{Kind, Tokens};
use super::lexicon::{ActSort, Cue, Lexicon, NounKind};
use super::sentence::Sentence;
use super::span::Span;

/// A word or phrase that the lexicon knows, at tokens `at..end`.
#[derive(Clone, Copy, Debug)]
pub struct Hit<'r> {
    pub at: usize,
    pub end: usize,
    pub cue: &'r Cue,
}

/// Words between a separable verb and its particle.
const SPLIT: usize = 25;

/// A sentence with all its hits, in order.
#[derive(Clone, Debug)]
pub struct Reading<'r, 't> {
    pub tokens: &'r Tokens<'t>,
    pub sentence: Sentence,
    pub hits: Vec<Hit<'r>>,
    acts: Vec<Act<'r>>,
    /// What it was read with; its switches say how the language puts words together.
    pub lexicon: &'r Lexicon,
    /// Tokens of its longest hit: how far back one can begin that ends at a token.
    longest: usize,
}

/// A word that says what personnel does or what befalls it.
#[derive(Clone, Copy, Debug)]
pub struct Act<'r> {
    pub hit: Hit<'r>,
    pub action: Action,
    /// Where the form of the word says it.
    pub status: Option<Status>,
    pub sort: ActSort,
    /// Where the other part of a separable verb stands.
    pub particle: Option<usize>,
}

impl<'r, 't> Reading<'r, 't> {
    pub fn of(tokens: &'r Tokens<'t>, lexicon: &'r Lexicon, sentence: Sentence) -> Self {
        let mut hits = Vec::new();
        let mut found: Vec<Candidate> = Vec::new();
        let mut i = sentence.first;
        while i < sentence.end {
            found.clear();
            lexicon.at(tokens, i, |end, exactness, cue| {
                if end <= sentence.end {
                    found.push(Candidate { end, exactness, cue });
                }
            });
            found.sort_by_key(|c| std::cmp::Reverse((c.end, c.exactness)));
            i = choose(&found, i, &mut hits);
        }
        let longest = hits.iter().map(|h| h.end - h.at).max().unwrap_or(0);
        let mut reading = Reading { tokens, sentence, hits, acts: Vec::new(), lexicon, longest };
        reading.acts = reading.find_acts();
        reading
    }

    /// What token `i` begins.
    pub fn at(&self, i: usize) -> impl Iterator<Item = &Hit<'r>> {
        let from = self.hits.partition_point(|h| h.at < i);
        self.hits[from..].iter().take_while(move |h| h.at == i)
    }

    /// Does token `i` begin such a cue?
    pub fn is(&self, i: usize, want: impl Fn(&Cue) -> bool) -> bool {
        self.at(i).any(|h| want(h.cue))
    }

    /// Hits that lie within tokens `first..end`.
    pub fn within(&self, first: usize, end: usize) -> impl DoubleEndedIterator<Item = &Hit<'r>> {
        let from = self.hits.partition_point(|h| h.at < first);
        let to = self.hits.partition_point(|h| h.at < end);
        self.hits[from..to.max(from)].iter().filter(move |h| h.end <= end)
    }

    /// The hit that ends right before token `i`.
    pub fn before(&self, i: usize) -> impl Iterator<Item = &Hit<'r>> {
        let from = self.hits.partition_point(|h| h.at + self.longest < i);
        self.hits[from..].iter().take_while(move |h| h.at < i).filter(move |h| h.end == i)
    }

    /// Token `i`, or that of the article right before it.
    pub fn before_article(&self, i: usize) -> usize {
        self.before(i).find(|h| *h.cue == Cue::Article).map_or(i, |h| h.at)
    }

    /// Token `i`, or that behind the article that stands there.
    pub fn past_article(&self, i: usize) -> usize {
        self.at(i).find(|h| *h.cue == Cue::Article).map_or(i, |h| h.end)
    }

    /// The bytes of a hit.
    pub fn span(&self, hit: &Hit) -> Span {
        self.tokens.list[hit.at].span.to(self.tokens.list[hit.end - 1].span)
    }

    /// Is it more than one word: "sent by", not "d'"?
    pub fn is_phrase(&self, hit: &Hit) -> bool {
        self.tokens.list[hit.at..hit.end].iter().filter(|t| t.kind == Kind::Word).count() > 1
    }

    pub fn acts(&self) -> impl Iterator<Item = &Act<'r>> {
        self.acts.iter()
    }

    /// The acts of the sentence, without those inside a longer one ("killed" in "killed and wounded").
    fn find_acts(&self) -> Vec<Act<'r>> {
        let mut list: Vec<Act> = Vec::new();
        let mut reach = 0;
        for hit in &self.hits {
            let Some(act) = self.act(hit) else { continue };
            let parted = act.particle.is_some();
            if let Some(last) = list.last_mut().filter(|a| a.hit.at == hit.at && (parted || a.particle.is_some())) {
                if parted {
                    *last = act;
                }
                continue;
            }
            let inside = hit.end <= reach && list.last().is_some_and(|a| a.hit.at < hit.at || a.hit.end > hit.end);
            if !inside {
                list.push(act);
                reach = reach.max(hit.end);
            }
        }
        let particles: Vec<usize> = list.iter().filter_map(|a| a.particle).collect();
        list.retain(|a| a.particle.is_some() || !particles.contains(&a.hit.at));
        list
    }

    /// The act that a hit stands for, if any.
    fn act(&self, hit: &Hit<'r>) -> Option<Act<'r>> {
        match hit.cue {
            Cue::Act { action, status, sort } => {
                Some(Act { hit: *hit, action: *action, status: *status, sort: *sort, particle: None })
            }
            Cue::Split { particle, action, status } => {
                let particle = Some(self.closing(hit.end, particle)?);
                Some(Act { hit: *hit, action: *action, status: *status, sort: ActSort::Plain, particle })
            }
            _ => None,
        }
    }

    /// Where this particle ends the clause that goes on at token `i`.
    fn closing(&self, i: usize, particle: &str) -> Option<usize> {
        let end = self.sentence.end.min(i + SPLIT);
        (i..end).find(|&k| self.tokens.folded(k) == particle && self.clause_ends(k + 1))
    }

    fn clause_ends(&self, i: usize) -> bool {
        i >= self.sentence.end
            || self.tokens.list[i].kind == Kind::Mark
            || self
                .is(i, |c| matches!(c, Cue::Prep(_) | Cue::Break | Cue::Of | Cue::And | Cue::Clause | Cue::When | Cue::Relative))
    }

    /// A mark between tokens `a` and `b`?
    pub fn marks_between(&self, a: usize, b: usize, marks: &str) -> usize {
        let (a, b) = if a < b { (a, b) } else { (b, a) };
        (a..b).filter(|&i| marks.contains(self.tokens.raw(i)) && self.tokens.raw(i).len() <= 3).count()
    }
}

/// A phrase that begins at the token in hand.
struct Candidate<'r> {
    end: usize,
    exactness: usize,
    cue: &'r Cue,
}

/// Keeps what counts among the phrases at token `i`, the longest and most exact first; and says where to read on.
/// A name stands alone; of other cues the best of each kind is kept.
fn choose<'r>(found: &[Candidate<'r>], i: usize, hits: &mut Vec<Hit<'r>>) -> usize {
    let Some(top) = found.first() else { return i + 1 };
    let people = matches!(top.cue, Cue::Noun { kind: NounKind::People, .. });
    let kind = |c: &Candidate| std::mem::discriminant(c.cue);
    let naming = names(top.cue);
    for (n, c) in found.iter().enumerate() {
        let equal = (c.end, c.exactness) == (top.end, top.exactness);
        let first = !found[..n].iter().any(|b| kind(b) == kind(c) && (b.end, b.exactness) != (c.end, c.exactness));
        let mark = naming && c.end == top.end && matches!(c.cue, Cue::Goal | Cue::Origin);
        let whose = people && c.end == top.end && matches!(c.cue, Cue::Force { .. });
        if equal || !naming && first || whose || mark {
            hits.push(Hit { at: i, end: c.end, cue: c.cue });
        }
    }
    if naming { top.end } else { i + 1 }
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
            | Cue::More
    )
}
