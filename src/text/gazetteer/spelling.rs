//! How a language writes names: the letters of another script, the endings of its cases, the words that stand around a name. All of it is
//! data, the `[names]` section of a lexicon.

use crate::text::fold::fold;
use crate::text::language::Language;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Spellings of one word, at most: letters with two spellings each multiply.
const MOST_SPELLINGS: usize = 12;

type Words = Vec<String>;

/// The `[names]` section as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Written {
    capital_nouns: bool,
    title_case: bool,
    inhabitants: Words,
    inhabitants_after: Words,
    common: Words,
    titles: Words,
    before: Words,
    after: Words,
    women: Words,
    pivot: bool,
    from: BTreeMap<Language, BTreeMap<String, OneOrMany>>,
    from_latin: BTreeMap<String, OneOrMany>,
    typical: Words,
    person: BTreeMap<String, Words>,
    thing: BTreeMap<String, Words>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Words),
}

/// How one language writes names.
#[derive(Debug)]
pub struct Spelling {
    pub language: Language,
    /// Common nouns begin with a capital: one before a name tells nothing.
    pub capital_nouns: bool,
    /// Headings are written with a capital to each word.
    pub title_case: bool,
    /// Names of lands that are also what their inhabitants are called, and the words after which these are meant: "die Polen".
    pub inhabitants: FxHashSet<String>,
    pub inhabitants_after: FxHashSet<String>,
    /// Its words that are names of other things too: folded.
    pub common: FxHashSet<String>,
    /// Words that may stand with a capital right beside a surname.
    pub titles: Beside,
    /// Words before and behind a name that make it a part of another.
    pub before: Parts,
    pub after: Parts,
    /// Forms of address of a woman.
    pub women: Beside,
    /// Its spellings of foreign names are used in all languages of Latin letters.
    pivot: bool,
    /// How it spells the names of languages of Cyrillic letters.
    from: Vec<(Language, Letters)>,
    pub from_latin: Letters,
    /// Endings of surnames that are at home in this language, in its own letters.
    typical: Words,
    person: Endings,
    thing: Endings,
}

/// What a name is of, as far as its endings ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    Person,
    Thing,
}

impl Spelling {
    pub fn new(language: Language, written: Written) -> Spelling {
        Spelling {
            language,
            capital_nouns: written.capital_nouns,
            title_case: written.title_case,
            inhabitants: written.inhabitants.iter().map(|w| fold(w)).collect(),
            inhabitants_after: written.inhabitants_after.iter().map(|w| fold(w)).collect(),
            common: written.common.iter().map(|w| fold(w)).collect(),
            titles: Beside::new(&written.titles),
            before: Parts::new(&written.before, |part| part.words.last()),
            after: Parts::new(&written.after, |part| part.words.first()),
            women: Beside::new(&written.women),
            pivot: written.pivot,
            from: written.from.into_iter().map(|(language, table)| (language, Letters::new(table))).collect(),
            from_latin: Letters::new(written.from_latin),
            typical: written.typical,
            person: Endings::new(written.person),
            thing: Endings::new(written.thing),
        }
    }

    /// The table by which this language spells names of a language of another script, or of the other of its own.
    pub fn from(&self, home: Language) -> &Letters {
        static NONE: LazyLock<Letters> = LazyLock::new(Letters::default);
        self.from.iter().find(|(language, _)| *language == home).map_or(&NONE, |(_, letters)| letters)
    }

    /// Are its spellings of foreign names used by the others?
    pub fn is_pivot(&self) -> bool {
        self.pivot
    }

    /// What is the same in all forms of a word besides itself, and how these end; `word` in lower case with its accents.
    pub fn endings<'a>(&'a self, word: &'a str, class: Class) -> (&'a str, &'a [String]) {
        // A single letter has no cases.
        if word.chars().nth(1).is_none() {
            return (word, &[]);
        }
        let endings = if class == Class::Person { &self.person } else { &self.thing };
        endings.of(word).unwrap_or((word, &[]))
    }

    /// The forms of a word besides itself.
    pub fn inflected<'a>(&'a self, word: &'a str, class: Class) -> impl Iterator<Item = String> + 'a {
        let (stem, list) = self.endings(word, class);
        list.iter().map(move |ending| format!("{stem}{ending}"))
    }

    /// Is it written in Cyrillic letters? Such a language says how it spells Latin names.
    pub fn is_cyrillic(&self) -> bool {
        !self.from_latin.is_empty()
    }

    /// Does a surname end as those do that are at home here?
    pub fn is_typical(&self, surname: &str) -> bool {
        self.typical.iter().any(|ending| surname.ends_with(ending.as_str()))
    }
}

/// Words beside a name that are the rest of a longer one.
#[derive(Debug)]
pub struct Part {
    /// Folded.
    pub words: Words,
    /// The first is written with a capital.
    pub capital: bool,
    /// A full stop ends the last: "ul.", "им.".
    pub dotted: bool,
}

/// Such words, by the one that stands next to the name.
#[derive(Debug, Default)]
pub struct Parts(FxHashMap<String, Vec<Part>>);

impl Parts {
    fn new(list: &[String], beside: impl Fn(&Part) -> Option<&String>) -> Parts {
        let mut parts = Parts::default();
        for part in list.iter().map(|written| Part::new(written)) {
            if let Some(word) = beside(&part).cloned() {
                parts.0.entry(word).or_default().push(part);
            }
        }
        parts
    }

    /// Those with this folded word next to the name.
    pub fn beside(&self, folded: &str) -> &[Part] {
        self.0.get(folded).map_or(&[], Vec::as_slice)
    }
}

impl Part {
    fn new(written: &str) -> Part {
        Part {
            words: super::folded_words(written),
            capital: written.starts_with(char::is_uppercase),
            dotted: written.ends_with('.'),
        }
    }
}

/// Words of which one stands beside a name: whole, by their beginning (`präsident*`) or by their end (`*chef`).
#[derive(Debug, Default)]
pub struct Beside {
    whole: FxHashSet<String>,
    starts: Words,
    ends: Words,
}

impl Beside {
    fn new(list: &[String]) -> Beside {
        let mut beside = Beside::default();
        for word in list {
            match (word.strip_prefix('*'), word.strip_suffix('*')) {
                (Some(end), _) => beside.ends.push(fold(end)),
                (_, Some(start)) => beside.starts.push(fold(start)),
                _ => drop(beside.whole.insert(fold(word))),
            }
        }
        beside
    }

    pub fn has(&self, folded: &str) -> bool {
        self.whole.contains(folded)
            || self.starts.iter().any(|start| folded.starts_with(start.as_str()))
            || self.ends.iter().any(|end| folded.ends_with(end.as_str()))
    }
}

/// From the letters of one script to those of another.
#[derive(Debug, Default)]
pub struct Letters {
    /// By the first letter, the longest first.
    rules: FxHashMap<char, Vec<Rule>>,
}

#[derive(Debug)]
struct Rule {
    from: String,
    /// The byte behind its first letter, where there is one: a quick no.
    next: Option<u8>,
    /// Only at the begin, only at the end of a word.
    start: bool,
    end: bool,
    to: Words,
}

impl Letters {
    fn new(table: BTreeMap<String, OneOrMany>) -> Letters {
        let mut rules: FxHashMap<char, Vec<Rule>> = FxHashMap::default();
        for (key, to) in table {
            let (start, end) = (key.starts_with('^'), key.ends_with('$'));
            let from = key.trim_start_matches('^').trim_end_matches('$').to_owned();
            let to = match to {
                OneOrMany::One(one) => vec![one],
                OneOrMany::Many(many) => many,
            };
            if let Some(first) = from.chars().next() {
                let next = from.as_bytes().get(first.len_utf8()).copied();
                rules.entry(first).or_default().push(Rule { from, next, start, end, to });
            }
        }
        for list in rules.values_mut() {
            list.sort_by_key(|r| std::cmp::Reverse((r.from.chars().count(), r.start as u8 + r.end as u8)));
        }
        Letters { rules }
    }

    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Has it a rule for this letter?
    pub fn knows(&self, letter: char) -> bool {
        self.rules.contains_key(&letter)
    }

    /// The spellings of a word in lower case, the usual first. Letters without a rule stay.
    pub fn write(&self, word: &str) -> Vec<String> {
        let mut out = vec![String::with_capacity(2 * word.len())];
        let mut at = 0;
        while let Some(letter) = word[at..].chars().next() {
            let Some(rule) = self.rule(word, at, letter) else {
                out.iter_mut().for_each(|o| o.push(letter));
                at += letter.len_utf8();
                continue;
            };
            let (usual, others) = rule.to.split_first().map_or(("", &[] as &[String]), |(to, rest)| (to.as_str(), rest));
            let room = MOST_SPELLINGS.saturating_sub(out.len());
            let more = others.iter().flat_map(|to| out.iter().map(move |o| format!("{o}{to}")));
            let more: Vec<String> = more.take(room).collect();
            out.iter_mut().for_each(|o| o.push_str(usual));
            out.extend(more);
            at += rule.from.len();
        }
        out
    }

    /// The longest rule that holds at byte `at`, where `letter` stands.
    fn rule(&self, word: &str, at: usize, letter: char) -> Option<&Rule> {
        let next = word.as_bytes().get(at + letter.len_utf8());
        let fits = |rule: &&Rule| {
            (rule.next.is_none() || rule.next.as_ref() == next && word[at..].starts_with(rule.from.as_str()))
                && (!rule.start || at == 0)
                && (!rule.end || at + rule.from.len() == word.len())
        };
        self.rules.get(&letter)?.iter().find(fits)
    }
}

/// What takes the place of the end of a word in its cases.
#[derive(Debug, Default)]
struct Endings {
    by: FxHashMap<String, Words>,
    /// Letters of the longest.
    longest: usize,
}

impl Endings {
    /// An ending behind an apostrophe ("Kennedy'ego") is none: the name before it is found as it is.
    fn new(mut table: BTreeMap<String, Words>) -> Endings {
        table.values_mut().for_each(|list| list.retain(|ending| !ending.contains(['\'', '’'])));
        let longest = table.keys().map(|key| key.chars().count()).max().unwrap_or(0);
        Endings { by: table.into_iter().collect(), longest }
    }

    /// What is left of a word without the longest ending that it has, and what may follow there.
    fn of<'a>(&'a self, word: &'a str) -> Option<(&'a str, &'a [String])> {
        let longest = word.char_indices().rev().take(self.longest).last().map_or(word.len(), |(at, _)| at);
        let mut starts = word[longest..].char_indices().map(|(at, _)| longest + at).chain([word.len()]);
        starts.find_map(|at| Some((&word[..at], self.by.get(&word[at..])?.as_slice())))
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, Letters, Spelling, Written};
    use crate::text::language::Language;

    fn spelling(toml: &str) -> Spelling {
        Spelling::new(Language::parse("nl").expect("a code"), toml::from_str::<Written>(toml).expect("a section"))
    }

    #[test]
    fn letters_are_written_longest_first() {
        let dutch = spelling(
            "from.ru = { \"ш\" = \"sj\", \"щ\" = \"sjtsj\", \"^е\" = \"je\", \"е\" = \"e\", \"о\" = \"o\", \"й\" = \"j\", \"г\" = \"g\", \"у\" = \"oe\", \"ий$\" = [\"i\", \"y\"] }",
        );
        let letters: &Letters = dutch.from(Language::parse("ru").expect("a code"));
        assert_eq!(letters.write("шойгу"), ["sjojgoe"]);
        assert_eq!(letters.write("ее"), ["jee"]);
        assert_eq!(letters.write("гий"), ["gi", "gy"]);
    }

    #[test]
    fn the_longest_ending_counts() {
        let polish = spelling("[person]\nski = [\"skiego\"]\n\"\" = [\"a\", \"em\"]\nu = []");
        let forms = |word: &str| polish.inflected(word, Class::Person).collect::<Vec<_>>();
        assert_eq!(forms("zełenski"), ["zełenskiego"]);
        assert_eq!(forms("putin"), ["putina", "putinem"]);
        assert!(forms("szojgu").is_empty());
    }
}
