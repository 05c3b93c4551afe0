//! Which language a text is in: what the feed declares, checked by what the letters say.

use serde::{Deserialize, Serialize};
use std::fmt;
use whatlang::{Detector, Lang};

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
const ALLOWED: &[(Lang, [u8; 2])] = &[
    (Lang::Nld, *b"nl"),
    (Lang::Eng, *b"en"),
    (Lang::Deu, *b"de"),
    (Lang::Fra, *b"fr"),
    (Lang::Spa, *b"es"),
    (Lang::Ita, *b"it"),
    (Lang::Pol, *b"pl"),
    (Lang::Por, *b"pt"),
    (Lang::Ukr, *b"uk"),
    (Lang::Rus, *b"ru"),
    (Lang::Tur, *b"tr"),
    (Lang::Ron, *b"ro"),
    (Lang::Ces, *b"cs"),
    (Lang::Swe, *b"sv"),
];
/// Bytes of a text that are looked at: title and lead say enough.
const SAMPLE: usize = 500;
/// Bytes from which the letters may overrule what was declared.
const ENOUGH: usize = 80;

/// The language of a text: `declared` unless the letters clearly say otherwise.
pub fn detect(text: &str, declared: Option<Language>) -> Option<Language> {
    let cut = (0..=SAMPLE.min(text.len())).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    let sample = &text[..cut];
    let allowed = ALLOWED.iter().map(|(lang, _)| *lang).collect();
    let info = Detector::with_allowlist(allowed).detect(sample);
    let seen = info.as_ref().and_then(|i| ALLOWED.iter().find(|(lang, _)| *lang == i.lang()).map(|(_, code)| Language(*code)));
    let sure = sample.len() >= ENOUGH && info.is_some_and(|i| i.is_reliable());
    match declared {
        Some(declared) if !sure || !ALLOWED.iter().any(|(_, code)| *code == declared.0) => Some(declared),
        _ => seen.or(declared),
    }
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
