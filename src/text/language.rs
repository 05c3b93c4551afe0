//! Which language a text is in: what the feed declares, checked by what the letters say.

use super::fold::Tokens;
use super::lexicon;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use std::fmt;
use whatlang::{Detector, Info, Lang, Script};

/// A language as its two-letter ISO 639-1 code in lower case, known to orbat or not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language([u8; 2]);

impl Language {
    /// Reads `nl`, `NL`, `nl-BE` or `nl_BE.UTF-8`. `None` where it does not begin with a two-letter code.
    pub fn parse(tag: &str) -> Option<Language> {
        let code = tag.split(['-', '_', '.', '@']).next()?.as_bytes();
        match code {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Some(Language([a.to_ascii_lowercase(), b.to_ascii_lowercase()]))
            }
            _ => None,
        }
    }

    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }
}

/// Languages told apart: those that orbat reads, and the neighbours they would be taken for.
const ALLOWED: &[(Lang, [u8; 2], Script)] = &[
    (Lang::Nld, *b"nl", Script::Latin),
    (Lang::Eng, *b"en", Script::Latin),
    (Lang::Deu, *b"de", Script::Latin),
    (Lang::Fra, *b"fr", Script::Latin),
    (Lang::Spa, *b"es", Script::Latin),
    (Lang::Ita, *b"it", Script::Latin),
    (Lang::Pol, *b"pl", Script::Latin),
    (Lang::Por, *b"pt", Script::Latin),
    (Lang::Ukr, *b"uk", Script::Cyrillic),
    (Lang::Rus, *b"ru", Script::Cyrillic),
    (Lang::Tur, *b"tr", Script::Latin),
    (Lang::Ron, *b"ro", Script::Latin),
    (Lang::Ces, *b"cs", Script::Latin),
    (Lang::Swe, *b"sv", Script::Latin),
];
/// Bytes of a text that are looked at: title and lead say enough.
const SAMPLE: usize = 500;
/// Bytes from which the letters may overrule what was declared.
const ENOUGH: usize = 80;

/// Words of a sample that are counted at a glance.
const GLANCE: usize = 80;
/// Of these, as many per hundred are small words of the language it is in.
const SHARE: usize = 20;
/// Small words that two languages share come in pairs; so many more, in tenths, must be of the one that it is.
const LEAD: usize = 13;

/// The words of a language that stand in every text, folded; none where they are not known.
pub fn small_words(language: Language) -> Option<&'static FxHashSet<String>> {
    lexicon::common().iter().find(|(known, _)| *known == language).map(|(_, words)| words)
}

/// The language whose small words stand in the sample, where there are enough and no other has nearly as many.
pub fn glance(sample: &str) -> Option<Language> {
    let tokens = Tokens::of(sample);
    let words: Vec<&str> = tokens.words().take(GLANCE).collect();
    let count =
        |(language, common): &(Language, FxHashSet<String>)| (words.iter().filter(|w| common.contains(**w)).count(), *language);
    let mut counts: Vec<(usize, Language)> = lexicon::common().iter().map(count).collect();
    counts.sort_unstable_by_key(|(n, _)| std::cmp::Reverse(*n));
    match counts.as_slice() {
        [(best, language), (next, _), ..] if best * 100 >= words.len() * SHARE && best * 10 > next * LEAD => Some(*language),
        _ => None,
    }
}

/// The language of a text: `declared` unless the letters clearly say otherwise. The small words tell most texts; the detector, which takes
/// longer than their annotation, is asked for the others.
pub fn detect(text: &str, declared: Option<Language>) -> Option<Language> {
    let cut = (0..=SAMPLE.min(text.len())).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    let sample = &text[..cut];
    if let Some(seen) = glance(sample) {
        let short = sample.len() < ENOUGH && declared.is_some_and(|d| script(d) == script(seen));
        return if short { declared } else { Some(seen) };
    }
    let allowed = ALLOWED.iter().map(|(lang, ..)| *lang).collect();
    let info = Detector::with_allowlist(allowed).detect(sample);
    let seen =
        info.as_ref().and_then(|i| ALLOWED.iter().find(|(lang, ..)| *lang == i.lang())).map(|(_, code, _)| Language(*code));
    let sure = sample.len() >= ENOUGH && info.as_ref().is_some_and(Info::is_reliable);
    let fits = |d: &Language| match script(*d) {
        Some(script) => !sure && info.as_ref().is_none_or(|i| i.script() == script),
        None => true,
    };
    declared.filter(fits).or(seen).or(declared)
}

/// The script of a language that is told apart here.
fn script(language: Language) -> Option<Script> {
    ALLOWED.iter().find(|(_, code, _)| *code == language.0).map(|(.., script)| *script)
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl TryFrom<String> for Language {
    type Error = String;
    fn try_from(tag: String) -> Result<Language, String> {
        Language::parse(&tag).ok_or_else(|| format!("`{tag}` is not a language code such as nl or en"))
    }
}

impl From<Language> for String {
    fn from(l: Language) -> String {
        l.code().to_owned()
    }
}
