//! Where stories lie while articles are put to them, one by one, in order.

use super::counts::Counts;
use super::decide::{Likeness, MAYBE, SAME, shared, tie};
use super::print::{Print, Token, Word};
use super::profile::{Profile, SOURCES};
use super::source::{Byline, origin};
use crate::article::StoryId;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Telling words by which a story is looked for, and under which an article's story can be found.
pub const ASKED: usize = 20;
pub const FILED: usize = 40;
/// Stories under one word that are looked at, the newest: a word of more stories does not tell.
pub const PER_WORD: usize = 128;
/// Stories that an article is held against.
pub const CANDIDATES: usize = 16;
/// Where alerts hang on it, so many times more must be shared: one story too many repeats a line of a digest, one too few may hide news.
/// What falls between is told as "maybe the same".
const CAREFUL: f32 = 1.5;
/// Stories kept in memory. At this many the older half is forgotten.
const MOST: usize = 40_000;

/// What became of an article.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub story: StoryId,
    /// Nobody told it before.
    pub new: bool,
    /// To the story that it joined.
    pub likeness: Likeness,
    /// Another story that it may belong to: the likest one of those that it did not join.
    pub maybe: Option<(StoryId, Likeness)>,
    /// The independent source of its text: an owner or an agency.
    pub origin: String,
    /// That source is under the orders of a state.
    pub state: bool,
}

/// Stories, and what is needed to put articles to them. New ones get negative numbers, from -1 down.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    pub counts: Counts,
    stories: BTreeMap<StoryId, Profile>,
    /// Stories by their telling words, the newest last.
    filed: FxHashMap<Token, Vec<StoryId>>,
    /// Those that an article has joined here, with the words that they are to be found under.
    touched: BTreeMap<StoryId, FxHashSet<Token>>,
    made: i64,
    careful: bool,
}

impl Desk {
    /// A desk of the service, which goes on with these counts and is careful with what it puts together.
    pub fn careful(counts: Counts) -> Desk {
        Desk { counts, careful: true, ..Desk::default() }
    }

    /// Lays a story on the desk, to be found by these words. Stories are laid down in order of age.
    pub fn lay(&mut self, story: StoryId, profile: Profile, words: impl IntoIterator<Item = Token>) {
        self.stories.insert(story, profile);
        self.file(story, words);
    }

    fn file(&mut self, story: StoryId, words: impl IntoIterator<Item = Token>) {
        for word in words {
            let list = self.filed.entry(word).or_default();
            if !list.contains(&story) {
                list.push(story);
                // The oldest goes; moving the others costs less than another kind of list.
                if list.len() > PER_WORD {
                    list.remove(0);
                }
            }
        }
    }

    /// Puts an article to the story that it belongs to.
    pub fn take(&mut self, print: &Print, by: &Byline) -> Decision {
        self.counts.add(print);
        let (words, signs) = self.counts.weigh(print);
        let mut likely: Vec<(StoryId, Likeness)> = self.likely(print, &words, &signs);
        let enough = if self.careful { CAREFUL * SAME } else { SAME };
        let joined = match likely.first() {
            Some((_, best)) if best.score >= enough => Some(likely.remove(0)),
            _ => None,
        };
        let maybe = likely.into_iter().next().filter(|(_, next)| next.score >= MAYBE);
        let new = joined.is_none();
        let (story, likeness) = joined.unwrap_or_else(|| {
            self.made += 1;
            (StoryId(-self.made), Likeness::default())
        });
        let profile = self.stories.entry(story).or_default();
        let source = origin(print, by, &profile.sources);
        let (origin, state) = (source.name.clone(), source.state);
        if profile.sources.iter().all(|s| s.name != origin) && profile.sources.len() < SOURCES {
            profile.sources.push(source);
        }
        profile.add(print, &words, &signs);
        let under = telling(print, &words, &signs, FILED);
        self.touched.entry(story).or_default().extend(&under);
        self.file(story, under);
        self.make_room();
        Decision { story, new, likeness, maybe, origin, state }
    }

    /// The stories that run and share telling words with the article, the likest first; of two that are as like the older.
    fn likely(&self, print: &Print, words: &[f32], signs: &[f32]) -> Vec<(StoryId, Likeness)> {
        let mut rough: FxHashMap<StoryId, f32> = FxHashMap::default();
        for (token, weight) in ranked(print, words, signs, ASKED) {
            for story in self.filed.get(&token).into_iter().flatten() {
                *rough.entry(*story).or_default() += weight * weight;
            }
        }
        let mut rough: Vec<(StoryId, f32)> = rough.into_iter().collect();
        rough.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let running = rough.into_iter().filter_map(|(id, _)| Some((id, self.stories.get(&id)?)));
        let running = running.filter(|(_, story)| story.runs_at(print.at)).take(CANDIDATES);
        let mut likely: Vec<_> = running.map(|(id, story)| (id, tie(print, words, signs, story))).collect();
        likely.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
        for (id, likeness) in likely.iter_mut().take(2) {
            likeness.shared = self.stories.get(id).map(|story| shared(print, words, signs, story)).unwrap_or_default();
        }
        likely
    }

    fn make_room(&mut self) {
        if self.stories.len() <= MOST {
            return;
        }
        let mut by_age: Vec<_> = self.stories.iter().map(|(id, story)| (story.last(), std::cmp::Reverse(*id))).collect();
        by_age.sort_unstable();
        for (_, std::cmp::Reverse(id)) in by_age.into_iter().take(MOST / 2) {
            self.stories.remove(&id);
            self.touched.remove(&id);
        }
        let stories = &self.stories;
        self.filed.retain(|_, list| {
            list.retain(|id| stories.contains_key(id));
            !list.is_empty()
        });
    }

    pub fn profile(&self, story: StoryId) -> Option<&Profile> {
        self.stories.get(&story)
    }

    /// Ends the work: the stories that changed, with the words that they are to be found under, and what is to be counted.
    pub fn clear(mut self) -> (Vec<Altered>, FxHashMap<Token, u32>) {
        let touched = std::mem::take(&mut self.touched);
        let stories = touched.into_iter().filter_map(|(id, words)| {
            let mut words: Vec<Token> = words.into_iter().collect();
            words.sort_unstable();
            Some((id, self.stories.remove(&id)?, words))
        });
        (stories.collect(), self.counts.added())
    }
}

/// A story that changed, with the words that it is to be found under.
pub type Altered = (StoryId, Profile, Vec<Token>);

/// The tokens that tell most about an article: half as many signs as words.
pub fn telling(print: &Print, words: &[f32], signs: &[f32], count: usize) -> Vec<Token> {
    ranked(print, words, signs, count).into_iter().map(|(token, _)| token).collect()
}

/// The tokens that tell most about an article, with their weights.
pub fn ranked(print: &Print, words: &[f32], signs: &[f32], count: usize) -> Vec<(Token, f32)> {
    let best = |list: &[Word], weights: &[f32], count: usize| {
        let mut all: Vec<(Token, f32)> = list.iter().map(|w| w.token).zip(weights.iter().copied()).collect();
        let order = |a: &(Token, f32), b: &(Token, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if all.len() > count {
            all.select_nth_unstable_by(count, order);
            all.truncate(count);
        }
        all.sort_unstable_by(order);
        all
    };
    let mut all = best(&print.words, words, count);
    all.extend(best(&print.signs, signs, count / 2));
    all
}
