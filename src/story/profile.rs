//! The sum of the prints of a story, bounded, and how it stands at rest.

use super::print::{Print, Token};
use super::source::Source;
use crate::text::language::Language;
use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;

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
    /// The sum of the weights, where each article's make a vector of length 1.
    pub(super) words: FxHashMap<Token, f32>,
}

impl Voice {
    fn add(&mut self, print: &[Token], weights: &[f32], length: u32) {
        self.texts += 1;
        self.length += length;
        let norm = norm(weights);
        for (token, weight) in print.iter().zip(weights).filter(|(_, weight)| **weight > 0.0) {
            *self.words.entry(*token).or_default() += weight / norm;
        }
        if self.words.len() > WORDS + WORDS / 4 {
            let mut list: Vec<(Token, f32)> = self.words.drain().collect();
            list.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            self.words.extend(list.into_iter().take(WORDS));
        }
    }

    /// The square of its length as a vector, summed in whole numbers, so that every order gives the same.
    pub(super) fn square(&self) -> f32 {
        const PARTS: f64 = (1u64 << 24) as f64;
        let sum: u64 = self.words.values().map(|w| (f64::from(w * w) * PARTS) as u64).sum();
        (sum as f64 / PARTS) as f32
    }
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
        let tokens = |words: &[super::Word]| words.iter().map(|w| w.token).collect::<Vec<_>>();
        if let Some(voice) = self.voice_of(print.language) {
            voice.add(&tokens(&print.words), words, print.length);
        }
        self.signs.add(&tokens(&print.signs), signs, print.signs.len() as u32);
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
    use super::{Profile, Source, Voice};
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
        let mut words: Vec<_> = voice.words.iter().map(|(token, weight)| (*token, *weight)).collect();
        words.sort_unstable_by_key(|(token, _)| *token);
        list(out, &words, |out, (token, weight)| {
            out.extend(token.to_le_bytes());
            out.extend(weight.to_le_bytes());
        });
    }

    fn read_voice(rest: &mut &[u8]) -> Option<Voice> {
        let code = take::<2>(rest)?;
        let language = if code == [0; 2] { None } else { Some(Language::parse(std::str::from_utf8(&code).ok()?)?) };
        let (texts, length) = (u32::from_le_bytes(take(rest)?), u32::from_le_bytes(take(rest)?));
        let words = read_list(rest, |rest| Some((u32::from_le_bytes(take(rest)?), f32::from_le_bytes(take(rest)?))))?;
        Some(Voice { language, texts, length, words: words.into_iter().collect() })
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
