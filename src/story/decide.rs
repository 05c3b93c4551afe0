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

/// How like they are, where the article's words and signs weigh this.
pub fn tie(print: &Print, words: &[f32], signs: &[f32], story: &Profile) -> Likeness {
    if source::copied(print, &story.sources).is_some() {
        return Likeness { score: 2.0 * SAME, by: Ties::Passages, shared: in_words(print, words, story) };
    }
    match voice(story, print.language) {
        Some(voice) => {
            let length = ((print.length as f32).min(MOST) * (voice.length as f32 / voice.texts as f32).min(MOST)).sqrt();
            let short = (length.max(1.0) / USUAL).powf(SHORTNESS);
            let (score, shared) = likeness(&print.words, words, voice);
            Likeness { score: score / short / WORDS, by: Ties::Words, shared }
        }
        None => {
            let (score, shared) = likeness(&print.signs, signs, &story.signs);
            let enough = print.signs.iter().filter(|s| story.signs.words.contains_key(&s.token)).count() >= FEWEST_SIGNS;
            Likeness { score: if enough { score / SIGNS } else { 0.0 }, by: Ties::Signs, shared }
        }
    }
}

/// The words of its language that an article shares with a story.
fn in_words(print: &Print, words: &[f32], story: &Profile) -> Vec<String> {
    voice(story, print.language).map(|voice| likeness(&print.words, words, voice).1).unwrap_or_default()
}

fn voice(story: &Profile, language: Option<Language>) -> Option<&Voice> {
    story.voices.iter().find(|voice| voice.language == language)
}

/// The shared part of two vectors, and the words that make most of it.
fn likeness(words: &[Word], weights: &[f32], voice: &Voice) -> (f32, Vec<String>) {
    let own = norm(weights);
    let mut shared: Vec<(f32, &str)> = Vec::new();
    for (word, weight) in words.iter().zip(weights) {
        if let Some(held) = voice.words.get(&word.token) {
            shared.push((weight / own * held, word.text.as_str()));
        }
    }
    let dot: f32 = shared.iter().map(|(part, _)| part).sum();
    let breadth = voice.square().powf(BREADTH) * (voice.texts as f32).powf(1.0 - 2.0 * BREADTH);
    (dot / breadth.max(f32::MIN_POSITIVE), named(shared))
}

fn named(mut shared: Vec<(f32, &str)>) -> Vec<String> {
    shared.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    shared.truncate(NAMED);
    shared.into_iter().map(|(_, word)| word.to_owned()).collect()
}
