//! How much a print and a story share, and what.

use super::print::Word;
use super::profile::{Profile, Voice, norm};
use super::{Print, source};
use crate::text::language::Language;

/// Shared words from here on make it the same story.
pub const SAME: f32 = 1.0;
/// From here on it may be the same: said, not acted on.
pub const MAYBE: f32 = 0.85;

/// What the likeness of words must reach, for texts of [`USUAL`] words; and that of signs, between languages. Measured: see `.ci/floor-stories`.
const WORDS: f32 = 0.27;
const SIGNS: f32 = 0.55;
/// Signs that must be shared between languages, whatever they weigh.
const FEWEST_SIGNS: usize = 4;

/// Between the likeness to the middle of a story (0.5) and the mean likeness to its articles (0): so much the breadth of a story counts.
const BREADTH: f32 = 0.4;
/// Distinct words of a text that the measure of words was made for. Shorter ones share less by nature: with the power of [`SHORTNESS`].
const USUAL: f32 = 100.0;
const MOST: f32 = 150.0;
const SHORTNESS: f32 = 0.25;
/// Texts of fewer distinct words are told apart by their names and numbers as well, where they have any: "Latvia sends 200 men to Mali" and
/// "Spain sends 300 men to Chad" share most of their words. Of these at least so much must be shared.
const SHORT: f32 = 16.0;
const NAMES: f32 = 0.25;
/// Words that an explanation names.
const NAMED: usize = 6;

/// How like an article and a story are, as a share of what makes them one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Likeness {
    /// From [`SAME`] on they are one.
    pub score: f32,
    pub by: Ties,
    /// The shared words that count most, the weightiest first, folded.
    pub shared: Vec<String>,
}

crate::text::claim::words! {
    /// What holds an article to its story.
    #[derive(Default)]
    Ties {
        /// Words of one language.
        #[default]
        Words = "words",
        /// Names, numbers and known things, from one language to another.
        Signs = "signs",
        /// Whole passages: it is the same text.
        Passages = "passages"
    }
}

/// How like they are, where the article's words and signs weigh this; [`shared`] names the words.
pub fn tie(print: &Print, words: &[f32], signs: &[f32], story: &Profile) -> Likeness {
    let (score, by) = match (source::copied(print, &story.sources), voice(story, print.language)) {
        (Some(_), _) => (2.0 * SAME, Ties::Passages),
        (None, Some(voice)) => {
            let length = ((print.length as f32).min(MOST) * (voice.length as f32 / voice.texts as f32).min(MOST)).sqrt();
            let short = (length.max(1.0) / USUAL).powf(SHORTNESS);
            let others = length < SHORT && are_others(print, signs, &story.signs);
            (if others { 0.0 } else { likeness(&print.words, words, voice) / short / WORDS }, Ties::Words)
        }
        (None, None) => {
            let common = story.signs.find(&print.signs).count();
            let score = if common >= FEWEST_SIGNS { likeness(&print.signs, signs, &story.signs) / SIGNS } else { 0.0 };
            (score, Ties::Signs)
        }
    };
    Likeness { score, by, shared: Vec::new() }
}

/// Do both name things, and hardly any in common?
fn are_others(print: &Print, signs: &[f32], story: &Voice) -> bool {
    !print.signs.is_empty() && !story.words.is_empty() && likeness(&print.signs, signs, story) < NAMES
}

/// The words or signs that count most of those that an article shares with a story.
pub fn shared(print: &Print, words: &[f32], signs: &[f32], story: &Profile) -> Vec<String> {
    match voice(story, print.language) {
        Some(voice) => named(parts(&print.words, words, voice)),
        None => named(parts(&print.signs, signs, &story.signs)),
    }
}

fn voice(story: &Profile, language: Option<Language>) -> Option<&Voice> {
    story.voices.iter().find(|voice| voice.language == language)
}

/// The shared part of two vectors.
fn likeness(words: &[Word], weights: &[f32], voice: &Voice) -> f32 {
    let dot: f32 = parts(words, weights, voice).map(|(part, _)| part).sum();
    let breadth = voice.square.powf(BREADTH) * (voice.texts as f32).powf(1.0 - 2.0 * BREADTH);
    dot / breadth.max(f32::MIN_POSITIVE)
}

/// What each shared word adds.
fn parts<'w>(words: &'w [Word], weights: &'w [f32], voice: &'w Voice) -> impl Iterator<Item = (f32, &'w str)> {
    let own = norm(weights);
    voice.find(words).filter_map(move |(i, held)| Some((weights.get(i)? / own * held, words[i].text.as_str())))
}

fn named<'w>(shared: impl Iterator<Item = (f32, &'w str)>) -> Vec<String> {
    let mut shared: Vec<(f32, &str)> = shared.collect();
    shared.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    shared.truncate(NAMED);
    shared.into_iter().map(|(_, word)| word.to_owned()).collect()
}
