//! The sum of the prints of a story, bounded, and how it stands at rest.

use super::print::{Print, Token, Word};
use super::source::Source;
use crate::text::language::Language;
use jiff::{SignedDuration, Timestamp};
use std::cmp::Ordering;

/// An article this long before or after those of a story is no part of it.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(96);

/// Words kept of a story in one language: those of most weight. The list grows by a quarter more before it is cut.
const WORDS: usize = 512;
/// Languages that one story is followed in.
const VOICES: usize = 12;
/// Sources kept apart in one story.
pub(super) const SOURCES: usize = 32;

/// How a story is told in one language, or by its signs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Voice {
    pub(super) language: Option<Language>,
    /// Articles in it.
    pub(super) texts: u32,
    /// Distinct words of all of them.
    pub(super) length: u32,
    /// The sum of the weights, where each article's make a vector of length 1; in the order of the tokens.
    pub(super) words: Vec<(Token, f32)>,
    /// The square of its length as a vector.
    pub(super) square: f32,
}

impl Voice {
    fn add(&mut self, words: &[Word], weights: &[f32], length: u32) {
        self.texts += 1;
        self.length += length;
        let norm = norm(weights);
        let told =
            words.iter().zip(weights).filter(|(_, weight)| **weight > 0.0).map(|(word, weight)| (word.token, weight / norm));
        self.words = sum(std::mem::take(&mut self.words), told);
        if self.words.len() > WORDS + WORDS / 4 {
            self.words.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            self.words.truncate(WORDS);
            self.words.sort_unstable_by_key(|(token, _)| *token);
        }
        self.words.shrink_to_fit();
        self.square = square(&self.words);
    }

    /// The weights that words of a text, in the order of their tokens, have here: each word that is known with its place among them.
    pub(super) fn find<'w>(&'w self, words: &'w [Word]) -> impl Iterator<Item = (usize, f32)> + 'w {
        let mut known = self.words.as_slice();
        words.iter().enumerate().filter_map(move |(i, word)| {
            let before = known.iter().take_while(|(token, _)| *token < word.token).count();
            known = &known[before..];
            known.first().filter(|(token, _)| *token == word.token).map(|(_, weight)| (i, *weight))
        })
    }
}

/// Two lists in the order of their tokens as one.
fn sum(old: Vec<(Token, f32)>, new: impl Iterator<Item = (Token, f32)>) -> Vec<(Token, f32)> {
    let mut all = Vec::with_capacity(old.len() + new.size_hint().1.unwrap_or(0));
    let (mut old, mut new) = (old.into_iter().peekable(), new.peekable());
    while let (Some((a, one)), Some((b, other))) = (old.peek(), new.peek()) {
        match a.cmp(b) {
            Ordering::Less => all.extend(old.next()),
            Ordering::Greater => all.extend(new.next()),
            Ordering::Equal => {
                all.push((*a, one + other));
                old.next();
                new.next();
            }
        }
    }
    all.extend(old);
    all.extend(new);
    all
}

fn square(words: &[(Token, f32)]) -> f32 {
    words.iter().map(|(_, weight)| weight * weight).sum()
}

/// The length of a vector; never 0.
pub(super) fn norm(weights: &[f32]) -> f32 {
    weights.iter().map(|w| w * w).sum::<f32>().sqrt().max(f32::MIN_POSITIVE)
}

/// What is known of a story.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Of its articles with a time.
    pub(super) span: Option<(Timestamp, Timestamp)>,
    pub(super) voices: Vec<Voice>,
    pub(super) signs: Voice,
    pub(super) sources: Vec<Source>,
}

impl Profile {
    /// Takes in an article, whose words and signs weigh this.
    pub(super) fn add(&mut self, print: &Print, words: &[f32], signs: &[f32]) {
        if let Some(at) = print.at {
            let (first, last) = self.span.unwrap_or((at, at));
            self.span = Some((first.min(at), last.max(at)));
        }
        if let Some(voice) = self.voice_of(print.language) {
            voice.add(&print.words, words, print.length);
        }
        self.signs.add(&print.signs, signs, print.signs.len() as u32);
    }

    fn voice_of(&mut self, language: Option<Language>) -> Option<&mut Voice> {
        let known = self.voices.iter().position(|voice| voice.language == language);
        let at = known.unwrap_or_else(|| {
            if self.voices.len() < VOICES {
                self.voices.push(Voice { language, ..Voice::default() });
            }
            self.voices.len()
        });
        // `at` lies past the end where a new voice was just made: it is the last then.
        let at = if known.is_some() { at } else { at.checked_sub(1)? };
        self.voices.get_mut(at).filter(|voice| voice.language == language)
    }

    /// Does the story still run at that time? Where either has no time it does.
    pub fn runs_at(&self, at: Option<Timestamp>) -> bool {
        let (Some(at), Some((first, last))) = (at, self.span) else { return true };
        at.duration_since(last) <= WINDOW && first.duration_since(at) <= WINDOW
    }

    /// When its last article was published.
    pub fn last(&self) -> Option<Timestamp> {
        self.span.map(|(_, last)| last)
    }

    /// The independent sources that told it: owners and agencies, each once.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(|source| source.name.as_str())
    }
}

/// At rest: numbers little-endian, lists behind their length.
mod bytes {
    use super::{Profile, Source, Voice, square};
    use crate::text::language::Language;
    use jiff::Timestamp;

    /// Changes with the form; a profile of another form is not read.
    const FORM: u8 = 1;

    impl Profile {
        pub fn to_bytes(&self) -> Vec<u8> {
            let mut out = vec![FORM];
            let seconds = |at: Timestamp| at.as_second();
            let (first, last) = self.span.map_or((i64::MAX, i64::MIN), |(first, last)| (seconds(first), seconds(last)));
            out.extend(first.to_le_bytes());
            out.extend(last.to_le_bytes());
            list(&mut out, &self.voices, voice);
            voice(&mut out, &self.signs);
            list(&mut out, &self.sources, |out, source| {
                list(out, source.name.as_bytes(), |out, byte| out.push(*byte));
                out.push(u8::from(source.state));
                list(out, &source.passages, |out, passage| out.extend(passage.to_le_bytes()));
            });
            out
        }

        /// `None` for what no profile of this form reads as.
        pub fn from_bytes(bytes: &[u8]) -> Option<Profile> {
            let mut rest = bytes;
            let rest = &mut rest;
            (take::<1>(rest)? == [FORM]).then_some(())?;
            let (first, last) = (i64::from_le_bytes(take(rest)?), i64::from_le_bytes(take(rest)?));
            let second = |s| Timestamp::from_second(s).ok();
            let span = if first <= last { Some((second(first)?, second(last)?)) } else { None };
            let voices = read_list(rest, read_voice)?;
            let signs = read_voice(rest)?;
            let sources = read_list(rest, |rest| {
                let name = String::from_utf8(read_list(rest, |rest| take::<1>(rest).map(|[b]| b))?).ok()?;
                let state = take(rest)? == [1];
                Some(Source { name, state, passages: read_list(rest, |rest| take(rest).map(u32::from_le_bytes))? })
            })?;
            rest.is_empty().then_some(Profile { span, voices, signs, sources })
        }
    }

    fn voice(out: &mut Vec<u8>, voice: &Voice) {
        let mut code = [0; 2];
        if let Some(language) = voice.language {
            code.copy_from_slice(language.code().as_bytes());
        }
        out.extend(code);
        out.extend(voice.texts.to_le_bytes());
        out.extend(voice.length.to_le_bytes());
        list(out, &voice.words, |out, (token, weight)| {
            out.extend(token.to_le_bytes());
            out.extend(weight.to_le_bytes());
        });
    }

    fn read_voice(rest: &mut &[u8]) -> Option<Voice> {
        let code = take::<2>(rest)?;
        let language = if code == [0; 2] { None } else { Some(Language::parse(std::str::from_utf8(&code).ok()?)?) };
        let (texts, length) = (u32::from_le_bytes(take(rest)?), u32::from_le_bytes(take(rest)?));
        let words = read_list(rest, |rest| Some((u32::from_le_bytes(take(rest)?), f32::from_le_bytes(take(rest)?))))?;
        let square = square(&words);
        words.is_sorted_by_key(|(token, _)| *token).then_some(Voice { language, texts, length, words, square })
    }

    fn list<T>(out: &mut Vec<u8>, items: &[T], mut write: impl FnMut(&mut Vec<u8>, &T)) {
        out.extend((items.len() as u32).to_le_bytes());
        items.iter().for_each(|item| write(out, item));
    }

    fn read_list<T>(rest: &mut &[u8], mut read: impl FnMut(&mut &[u8]) -> Option<T>) -> Option<Vec<T>> {
        let count = u32::from_le_bytes(take(rest)?);
        // Collected one by one: a broken length ends at the end of the bytes, whatever it says.
        (0..count).map(|_| read(rest)).collect()
    }

    fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
        let (taken, left) = rest.split_first_chunk()?;
        *rest = left;
        Some(*taken)
    }
}

#[cfg(test)]
mod tests {
    use super::{Profile, WINDOW};
    use crate::story::Print;
    use crate::text::Annotation;
    use crate::text::fold::Tokens;
    use crate::text::language::Language;
    use jiff::{SignedDuration, Timestamp};
    use proptest::prelude::{any, prop, proptest};

    fn profile(texts: &[&str]) -> Profile {
        let mut profile = Profile::default();
        for text in texts {
            let language = Language::parse(if text.is_ascii() { "en" } else { "uk" });
            let print = Print::new(&Tokens::of(text), language, Some(Timestamp::UNIX_EPOCH), &Annotation::default());
            profile.add(&print, &vec![1.0; print.words.len()], &vec![0.5; print.signs.len()]);
        }
        profile
    }

    #[test]
    fn a_profile_is_read_as_it_was_written() {
        for texts in [&[][..], &["Two brigades leave for Tallinn on 12 May"], &["Two brigades", "Дві бригади вирушають"]]
        {
            let profile = profile(texts);
            let bytes = profile.to_bytes();
            assert_eq!(Profile::from_bytes(&bytes), Some(profile));
            assert_eq!(Profile::from_bytes(&bytes[..bytes.len() - 1]), None);
        }
    }

    proptest! {
        #[test]
        fn broken_bytes_are_no_profile_and_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Profile::from_bytes(&bytes);
            let mut marked = vec![1];
            marked.extend(bytes);
            let _ = Profile::from_bytes(&marked);
        }
    }

    #[test]
    fn the_window_slides_with_the_story() {
        let mut story = profile(&["Two brigades leave"]);
        let at = |hours: i64| Some(Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours));
        let hours = WINDOW.as_hours();
        assert!(story.runs_at(at(hours)) && story.runs_at(at(-hours)) && story.runs_at(None));
        assert!(!story.runs_at(at(hours + 1)) && !story.runs_at(at(-hours - 1)));
        story.span = story.span.map(|(first, _)| (first, first + WINDOW));
        assert!(story.runs_at(at(2 * hours)));
    }
}
