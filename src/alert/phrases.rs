//! The words of alerts per language of messages: one TOML file each, compiled in.

use crate::text::language::Language;
use std::collections::HashMap;
use std::sync::OnceLock;

const ENGLISH: &str = include_str!("phrases/en.toml");
const DUTCH: &str = include_str!("phrases/nl.toml");

/// The phrases of one language, by `section.key`.
#[derive(Debug)]
pub(super) struct Phrases {
    phrases: HashMap<String, String>,
    months: Vec<String>,
}

impl Phrases {
    /// Those of `language`; of English where there are none.
    pub fn of(language: Language) -> &'static Phrases {
        let [english, ..] = Phrases::all();
        &Phrases::all().iter().find(|(code, _)| *code == language.code()).unwrap_or(english).1
    }

    fn all() -> &'static [(&'static str, Phrases); 2] {
        static ALL: OnceLock<[(&str, Phrases); 2]> = OnceLock::new();
        ALL.get_or_init(|| [("en", Phrases::read(ENGLISH)), ("nl", Phrases::read(DUTCH))])
    }

    /// Is this how one of the languages names the country, and so no place within it?
    pub fn is_name(code: &str, text: &str) -> bool {
        Phrases::all().iter().any(|(_, p)| p.name(code) == text)
    }

    fn read(text: &str) -> Phrases {
        let table: toml::Table = text.parse().expect("a file of phrases is TOML: a test reads them all");
        let mut phrases = Phrases { phrases: HashMap::new(), months: Vec::new() };
        for (key, value) in table {
            match value {
                toml::Value::Table(section) => {
                    let words = section.into_iter().filter_map(|(k, v)| Some((format!("{key}.{k}"), v.as_str()?.to_owned())));
                    phrases.phrases.extend(words);
                }
                toml::Value::Array(months) => {
                    phrases.months = months.iter().filter_map(|m| m.as_str().map(str::to_owned)).collect()
                }
                other => phrases.phrases.extend(other.as_str().map(|word| (key, word.to_owned()))),
            }
        }
        phrases
    }

    /// The phrase under this key; the key itself where there is none, so that nothing is lost.
    pub fn get<'a>(&'a self, key: &'a str) -> &'a str {
        self.phrases.get(key).map_or(key, String::as_str)
    }

    /// The phrase with its `{…}` filled in.
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        values.iter().fold(self.get(key).to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    /// So many of a thing: "1 feed", "2,000 feeds".
    pub fn counted(&self, thing: &str, n: u64) -> String {
        match n {
            1 => self.get(&format!("count.{thing}_one")).to_owned(),
            n => self.fill(&format!("count.{thing}"), &[("n", &self.number(n))]),
        }
    }

    /// The name of a country, region or force; a slug without one as words.
    pub fn name(&self, code: &str) -> String {
        match self.phrases.get(&format!("names.{code}")) {
            Some(name) => name.clone(),
            None => code.split('-').map(capitalised).collect::<Vec<_>>().join(" "),
        }
    }

    /// What the people of a country are called, before "soldiers".
    pub fn people(&self, code: &str) -> Option<&str> {
        self.phrases.get(&format!("people.{code}")).map(String::as_str)
    }

    pub fn language(&self, language: Language) -> String {
        let name = self.phrases.get(&format!("language.{language}"));
        name.cloned().unwrap_or_else(|| language.code().to_uppercase())
    }

    /// 1 is January.
    pub fn month(&self, month: i8) -> &str {
        usize::try_from(month - 1).ok().and_then(|i| self.months.get(i)).map_or("", String::as_str)
    }

    /// `12345` in the digits of the language: 12,345.
    pub fn number(&self, n: u64) -> String {
        let digits = n.to_string();
        let mut out = String::new();
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                out.push_str(self.get("thousands"));
            }
            out.push(digit);
        }
        out
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::{DUTCH, ENGLISH, Phrases};
    use crate::text::claim::{Action, Context, Status};
    use std::collections::BTreeSet;

    #[test]
    fn all_languages_say_the_same_things() {
        let holes = |text: &str| text.matches('{').count();
        let (english, dutch) = (Phrases::read(ENGLISH), Phrases::read(DUTCH));
        let keys = |p: &Phrases| p.phrases.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(keys(&english), keys(&dutch));
        for (key, phrase) in &english.phrases {
            assert_eq!(holes(phrase), holes(dutch.get(key)), "{key}");
        }
        assert_eq!((english.months.len(), dutch.months.len()), (12, 12));
        let words = [Action::ALL.iter().map(|w| format!("action.{w}")).collect::<Vec<_>>()].into_iter().chain([
            Status::ALL.iter().map(|w| format!("status.{w}")).collect(),
            Context::ALL.iter().map(|w| format!("context.{w}")).collect(),
        ]);
        assert!(words.flatten().all(|key| english.phrases.contains_key(&key)));
    }

    #[test]
    fn names_and_numbers() {
        let english = Phrases::read(ENGLISH);
        assert_eq!(["US", "baltics", "new-group"].map(|code| english.name(code)), ["US", "Baltic states", "New Group"]);
        assert_eq!([0, 999, 1000, 1_243_500].map(|n| english.number(n)), ["0", "999", "1,000", "1,243,500"]);
    }
}
