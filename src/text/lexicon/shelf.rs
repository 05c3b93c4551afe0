//! The lexicons of all languages: those compiled in, with the user's words, each read when it is first needed.

use super::Lexicon;
use super::schema::Raw;
use super::sources::{SOURCES, shipped};
use crate::text::gazetteer::known::World;
use crate::text::language::Language;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

/// The small words of every language.
static COMMON: &str = shipped!("words/common");

impl Lexicon {
    /// A lexicon that is compiled in.
    fn shipped(source: &str) -> Result<Lexicon, Fault> {
        serde_json::from_str::<Raw>(source)?.build(Some(World::shipped()))
    }

    /// A lexicon as a file has it.
    fn written(source: &str) -> Result<Lexicon, Fault> {
        toml::from_str::<Raw>(source)?.build(Some(World::shipped()))
    }

    /// A lexicon that is compiled in, with more words.
    fn extended(source: &str, more: &[String]) -> Result<Lexicon, Fault> {
        let mut whole: toml::Table = serde_json::from_str(source)?;
        for words in more {
            merge(&mut whole, toml::from_str(words)?);
        }
        whole.try_into::<Raw>()?.build(Some(World::shipped()))
    }
}

/// Adds tables to tables and lists to lists; of anything else the newer stands.
fn merge(whole: &mut toml::Table, more: toml::Table) {
    for (key, value) in more {
        match (whole.get_mut(&key), value) {
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) => merge(old, new),
            (Some(toml::Value::Array(old)), toml::Value::Array(new)) => old.extend(new),
            (_, value) => {
                whole.insert(key, value);
            }
        }
    }
}

/// What is wrong with a lexicon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub message: String,
    /// Bytes of the file, where one place can be named.
    pub span: Option<std::ops::Range<usize>>,
}

impl From<toml::de::Error> for Fault {
    fn from(error: toml::de::Error) -> Fault {
        Fault { message: error.message().to_owned(), span: error.span() }
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Fault {
        error.to_string().into()
    }
}

impl From<String> for Fault {
    fn from(message: String) -> Fault {
        Fault { message, span: None }
    }
}

/// The lexicons that texts are read with. Each is read when the first text of its language comes.
#[derive(Debug)]
pub struct Lexicons {
    list: Vec<Slot>,
}

#[derive(Debug)]
struct Slot {
    language: Language,
    /// Empty for one that was read at once.
    source: &'static str,
    /// The user's words for it.
    more: Vec<String>,
    lexicon: OnceLock<Option<Arc<Lexicon>>>,
}

impl Slot {
    fn of(lexicon: Lexicon) -> Slot {
        let language = lexicon.language;
        Slot { language, source: "", more: Vec::new(), lexicon: OnceLock::from(Some(Arc::new(lexicon))) }
    }

    /// A shipped source that does not load is caught by a test; the program would read no figures of that language.
    fn get(&self) -> Option<&Lexicon> {
        let read = || match self.more.as_slice() {
            [] => Lexicon::shipped(self.source),
            more => Lexicon::extended(self.source, more),
        };
        self.lexicon.get_or_init(|| read().ok().map(Arc::new)).as_deref()
    }
}

impl Lexicons {
    /// Those that are compiled in, in the order of [`SOURCES`].
    pub fn shipped() -> Arc<Lexicons> {
        static SHIPPED: LazyLock<Arc<Lexicons>> = LazyLock::new(|| Arc::new(Lexicons { list: unread().collect() }));
        SHIPPED.clone()
    }

    /// The shipped ones, with one from a file in place of that of its language, or beside them.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn with(source: &str) -> Result<Lexicons, Fault> {
        let own = Lexicon::written(source)?;
        let others = unread().filter(|slot| slot.language != own.language);
        Ok(Lexicons { list: others.collect::<Vec<_>>().into_iter().chain([Slot::of(own)]).collect() })
    }

    /// The shipped ones with words of the user's: texts in the form of a lexicon, each with its language and the tables that it adds to.
    ///
    /// # Errors
    /// What is wrong with which of them: its place in the list, from 0.
    pub fn with_words(words: &[String]) -> Result<Lexicons, (usize, Fault)> {
        let mut list: Vec<Slot> = unread().collect();
        for (n, text) in words.iter().enumerate() {
            let raw: Raw = toml::from_str(text).map_err(|e| (n, e.into()))?;
            let language = raw.language;
            let Some(slot) = list.iter_mut().find(|slot| slot.language == language) else {
                return Err((n, format!("orbat has no lexicon of `{language}` that words could be added to").into()));
            };
            raw.build(None).map_err(|fault| (n, fault))?;
            slot.more.push(text.clone());
        }
        Ok(Lexicons { list })
    }

    /// The lexicon of a language, if it has one.
    pub fn of(&self, language: Language) -> Option<&Lexicon> {
        self.list.iter().find(|slot| slot.language == language)?.get()
    }

    /// The languages that have one.
    pub fn languages(&self) -> impl Iterator<Item = Language> {
        self.list.iter().map(|slot| slot.language)
    }
}

fn unread() -> impl Iterator<Item = Slot> {
    let slot = |&(code, source, _): &(&str, &'static str, &str)| {
        Some(Slot { language: Language::parse(code)?, source, more: Vec::new(), lexicon: OnceLock::new() })
    };
    SOURCES.iter().filter_map(slot)
}

/// The small words of each language, folded.
pub fn common() -> &'static [(Language, FxHashSet<String>)] {
    static COMMON_WORDS: LazyLock<Vec<(Language, FxHashSet<String>)>> = LazyLock::new(|| {
        let table: BTreeMap<Language, Vec<String>> = serde_json::from_str(COMMON).unwrap_or_default();
        table.into_iter().map(|(language, words)| (language, words.into_iter().collect())).collect()
    });
    &COMMON_WORDS
}

#[cfg(test)]
mod tests {
    use super::{Lexicon, Lexicons, SOURCES};
    use crate::text::fold::Tokens;
    use crate::text::language::Language;
    use crate::text::lexicon::Cue;

    #[test]
    fn all_lexicons_load() {
        for (code, source, _) in SOURCES {
            let read = Lexicon::shipped(source);
            let read = read.unwrap_or_else(|fault| panic!("help: src/text/lexicon/{code}.toml: {fault:?}"));
            assert_eq!(read.language.code(), *code, "help: src/text/lexicon/shelf.rs names {code}.toml for another language");
            assert!(super::common().iter().any(|(l, words)| l.code() == *code && words.len() >= 50), "help: common.toml: {code}");
        }
    }

    #[test]
    fn words_are_added() {
        let words = [
            "language = \"nl\"\n[[noun]]\nkind = \"sure\"\nwords = [\"bosjagers\"]\n[states]\nXK = { names = [\"Amselveld\"] }\n"
                .to_owned(),
        ];
        let lexicons = Lexicons::with_words(&words).expect("good words");
        let dutch = lexicons.of(Language::parse("nl").expect("a code")).expect("Dutch");
        let tokens = Tokens::of("bosjagers militairen Amselveld Kosovo");
        assert!((0..4).all(|i| dutch.longest(&tokens, i, |c| matches!(c, Cue::Noun { .. } | Cue::Force { .. })).is_some()));
        for (bad, says) in [
            ("language = \"nl\"\nnuons = 1\n", "nuons"),
            ("language = \"zz\"\n", "no lexicon"),
            ("language = \"nl\"\n[states]\nX1 = {}\n", "X1"),
            ("language = \"nl\"\n[groups]\n\"Bad Slug\" = []\n", "Bad Slug"),
            ("language = \"nl\"\n[[noun]]\nkind = \"sure\"\nwords = [\"*\"]\n", "no word"),
            ("language = \"nl\"\nnoun = 1", "sequence"),
        ] {
            let (at, fault) = Lexicons::with_words(&[words[0].clone(), bad.to_owned()]).expect_err("bad words");
            assert!(at == 1 && fault.message.contains(says), "{fault:?}");
        }
    }

    /// All tables and lists of a lexicon; those of English are what every language has.
    #[test]
    fn no_list_is_missing() {
        let tables = |source: &str| -> Vec<String> {
            let whole: toml::Table = serde_json::from_str(source).expect("a lexicon");
            let inner =
                |name: &str| whole[name].as_table().into_iter().flatten().map(|(k, _)| format!("{name}.{k}")).collect::<Vec<_>>();
            whole
                .keys()
                .cloned()
                .chain(["grammar", "numeral", "prep", "status", "context", "measure"].into_iter().flat_map(inner))
                .collect()
        };
        let english = tables(SOURCES[1].1);
        for (code, source, _) in SOURCES {
            let own = tables(source);
            let missing: Vec<_> = english.iter().filter(|t| **t != "split" && !own.contains(t)).collect();
            assert!(missing.is_empty(), "help: src/text/lexicon/{code}.toml has no {missing:?}; an empty list will do");
        }
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = Lexicon::written("language = \"xx\"\nnuons = []\n").unwrap_err();
        assert!(error.message.contains("nuons"), "{error:?}");
    }
}
