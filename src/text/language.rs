//! Which language a text is in: what the feed declares, checked by what the letters say.

use serde::{Deserialize, Serialize};
use std::fmt;

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
