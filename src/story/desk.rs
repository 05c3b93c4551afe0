//! Where stories lie while articles are put to them, one by one, in order.

use super::counts::Counts;
use super::decide::{Likeness, MAYBE, SAME, shared, tie};
use super::print::{Print, Token, Word};
use super::profile::{Profile, SOURCES};
use super::source::{Byline, origin};
use crate::article::StoryId;
use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Telling words by which a story is looked for, and under which an article's story can be found.
const ASKED: usize = 20;
const FILED: usize = 40;
/// Stories under one word that are looked at, the newest: a word of more stories does not tell.
const PER_WORD: usize = 128;
/// Stories that an article is held against.
const CANDIDATES: usize = 16;
/// … and that share so much of what its telling words weigh: fewer are a chance.
const LEAST: f32 = 0.05;
/// Where alerts hang on it, so many times more must be shared: one story too many repeats a line of a digest, one too few may hide news.
/// What falls between is told as "maybe the same".
const CAREFUL: f32 = 1.5;
/// Stories on the desk. At this many the older half is forgotten. One takes a kilobyte or two.
pub const MOST: usize = 40_000;
/// A desk of fewer stories is not swept.
const SWEPT: usize = 1_000;
/// A story that ended so long ago is not asked for any more, not even by news that comes late.
pub const ENDED: SignedDuration = SignedDuration::from_hours(2 * 96);

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

/// Stories, and what is needed to put articles to them.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    pub counts: Counts,
    stories: FxHashMap<StoryId, Profile>,
    /// Stories by their telling words, the newest last.
    filed: FxHashMap<Token, Vec<StoryId>>,
    /// Those that an article has joined since [`Desk::altered`] was asked last, with the words that they are to be found under since then.
    touched: BTreeMap<StoryId, Vec<Token>>,
    /// The desk is swept at so many stories.
    full: usize,
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

    /// Files a story under words; gives those that it was not found under.
    fn file(&mut self, story: StoryId, words: impl IntoIterator<Item = Token>) -> Vec<Token> {
        let mut fresh = Vec::new();
        for word in words {
            let list = self.filed.entry(word).or_default();
            if !list.contains(&story) {
                fresh.push(word);
                // The oldest goes; moving the others costs less than another kind of list.
                if list.len() >= PER_WORD {
                    list.remove(0);
                }
                list.push(story);
            }
        }
        fresh
    }

    /// Puts an article to the story that it belongs to, or begins one of this number.
    pub fn take(&mut self, print: &Print, by: &Byline, begins: StoryId) -> Decision {
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
        let (story, likeness) = joined.unwrap_or_else(|| (begins, Likeness::default()));
        let profile = self.stories.entry(story).or_default();
        let source = origin(print, by, &profile.sources);
        let (origin, state) = (source.name.clone(), source.state);
        if profile.sources.iter().all(|s| s.name != origin) && profile.sources.len() < SOURCES {
            profile.sources.push(source);
        }
        profile.add(print, &words, &signs);
        let under = ranked(print, &words, &signs, FILED).into_iter().map(|(token, _)| token);
        let under = self.file(story, under);
        self.touched.entry(story).or_default().extend(under);
        self.make_room(print.at);
        Decision { story, new, likeness, maybe, origin, state }
    }

    /// The stories that run and share telling words with the article, the likest first; of two that are as like the older.
    fn likely(&self, print: &Print, words: &[f32], signs: &[f32]) -> Vec<(StoryId, Likeness)> {
        let mut rough: FxHashMap<StoryId, f32> = FxHashMap::default();
        let asked = ranked(print, words, signs, ASKED);
        let least = LEAST * asked.iter().map(|(_, weight)| weight * weight).sum::<f32>();
        for (token, weight) in asked {
            for story in self.filed.get(&token).into_iter().flatten() {
                *rough.entry(*story).or_default() += weight * weight;
            }
        }
        let mut rough: Vec<(StoryId, f32)> = rough.into_iter().filter(|(_, shared)| *shared >= least).collect();
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

    /// Forgets the stories that ended before an article of this time; if too many are left, the older half of them.
    fn make_room(&mut self, at: Option<Timestamp>) {
        if self.stories.len() < self.full.max(SWEPT) {
            return;
        }
        let ended = at.and_then(|at| at.checked_sub(ENDED).ok());
        self.stories.retain(|_, story| story.last().is_none_or(|last| Some(last) >= ended));
        if self.stories.len() >= MOST {
            let mut ages: Vec<_> = self.stories.iter().map(|(id, story)| (story.last(), *id)).collect();
            let (old, ..) = ages.select_nth_unstable(MOST / 2);
            old.iter().for_each(|(_, id)| drop(self.stories.remove(id)));
        }
        let stories = &self.stories;
        self.touched.retain(|id, _| stories.contains_key(id));
        self.filed.retain(|_, list| {
            list.retain(|id| stories.contains_key(id));
            !list.is_empty()
        });
        self.full = (2 * stories.len()).min(MOST);
    }

    /// The stories that changed since this was asked last, oldest first.
    pub fn altered(&mut self) -> Vec<Altered> {
        let touched = std::mem::take(&mut self.touched);
        let altered = |(story, found_by)| {
            let profile: &Profile = self.stories.get(&story)?;
            Some(Altered { story, last: profile.last(), profile: profile.to_bytes(), found_by })
        };
        touched.into_iter().filter_map(altered).collect()
    }
}

/// A story that changed, as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Altered {
    pub story: StoryId,
    /// When its last article was published.
    pub last: Option<Timestamp>,
    /// See [`Profile::from_bytes`].
    pub profile: Vec<u8>,
    /// Words that it can be found under from now on, beside those from before.
    pub found_by: Vec<Token>,
}

/// The tokens that tell most about an article, with their weights.
fn ranked(print: &Print, words: &[f32], signs: &[f32], count: usize) -> Vec<(Token, f32)> {
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
