//! All names of what the user tracks, and the mentions of them in a text.
//!
//! A name matches whole words only, whatever the case and the accents; of several that begin at one word the longest wins. Names of a few
//! letters (IS, US, WHO) must be written with the capitals that they have. A surname alone counts where the text has the full name as well.

use super::fold::{Kind as Token, Tokens};
use super::span::Span;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

super::claim::words! {
    /// What sort of thing is tracked.
    Kind { Person = "person", Organisation = "organisation", Country = "country", Region = "region", City = "city" }
}

/// Someone or something that the user tracks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// Stable, lower case, given by the user: `zelensky`.
    pub id: String,
    pub name: String,
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// One of these words must stand in the text for a mention to count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<String>,
    /// None of these words may stand beside a mention.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_near: Vec<String>,
}

/// A stretch of text that names an entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    pub entity: String,
    pub span: Span,
    pub text: String,
}

/// Names with at most this many letters in all must be written with their capitals.
const SHORT_LETTERS: usize = 4;
/// How many words before and after a mention are beside it.
const BESIDE_WORDS: usize = 3;

/// All names, ready to be looked for.
#[derive(Debug, Default)]
pub struct Gazetteer {
    /// By their first folded word, the longest first.
    names: FxHashMap<Box<str>, Vec<Name>>,
    tracked: Vec<Tracked>,
}

/// One way to write an entity.
#[derive(Debug)]
struct Name {
    /// Index into [`Gazetteer::tracked`].
    entity: usize,
    /// The folded words after the first.
    rest: Vec<String>,
    /// The case that each word must have; empty where any will do.
    case: Vec<Case>,
    /// Counts only where another name of the entity stands in the text.
    surname: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    Any,
    Capital,
    Capitals,
}

/// What is left of an entity once its names are filed: phrases are folded words.
#[derive(Debug)]
struct Tracked {
    id: String,
    near: Vec<Vec<String>>,
    not_near: Vec<Vec<String>>,
}

/// A name that stands in the text: from its first token to its last.
struct Found<'g> {
    name: &'g Name,
    first: usize,
    last: usize,
}

impl Gazetteer {
    pub fn new(entities: &[Entity]) -> Gazetteer {
        let mut gazetteer = Gazetteer::default();
        for (i, entity) in entities.iter().enumerate() {
            for name in std::iter::once(&entity.name).chain(&entity.aliases) {
                gazetteer.file(i, name, false);
            }
            if let (Kind::Person, Some(surname)) = (entity.kind, &entity.surname) {
                gazetteer.file(i, surname, true);
            }
            gazetteer.tracked.push(Tracked {
                id: entity.id.clone(),
                near: phrases(&entity.near),
                not_near: phrases(&entity.not_near),
            });
        }
        gazetteer.names.values_mut().for_each(|names| names.sort_by_key(|n| (std::cmp::Reverse(n.rest.len()), n.surname)));
        gazetteer
    }

    fn file(&mut self, entity: usize, name: &str, surname: bool) {
        let tokens = Tokens::of(name);
        let mut words = tokens.words().map(str::to_owned);
        let Some(first) = words.next() else { return };
        let rest = words.collect();
        self.names.entry(first.into()).or_default().push(Name { entity, rest, case: cases(&tokens), surname });
    }

    /// The mentions in a text, in order, none overlapping another.
    pub fn mentions(&self, tokens: &Tokens) -> Vec<Mention> {
        if self.names.is_empty() {
            return Vec::new();
        }
        let mut context = Context { gazetteer: self, tokens, near: FxHashMap::default() };
        let mut found = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            match context.name_at(at) {
                Some(name) => {
                    at = name.last + 1;
                    found.push(name);
                }
                None => at += 1,
            }
        }
        let named: FxHashSet<usize> = found.iter().filter(|f| !f.name.surname).map(|f| f.name.entity).collect();
        found.iter().filter(|f| named.contains(&f.name.entity)).map(|f| self.mention(tokens, f)).collect()
    }

    fn mention(&self, tokens: &Tokens, found: &Found) -> Mention {
        let span = tokens.list[found.first].span.to(tokens.list[found.last].span);
        Mention { entity: self.tracked[found.name.entity].id.clone(), span, text: span.of(tokens.text).to_owned() }
    }
}

/// A scan of one text.
struct Context<'a> {
    gazetteer: &'a Gazetteer,
    tokens: &'a Tokens<'a>,
    /// Entities whose `near` words were looked for, and whether one stands in the text.
    near: FxHashMap<usize, bool>,
}

impl<'a> Context<'a> {
    /// The longest name that begins at token `first`.
    fn name_at(&mut self, first: usize) -> Option<Found<'a>> {
        if self.tokens.list[first].kind == Token::Mark {
            return None;
        }
        let names = self.gazetteer.names.get(self.tokens.folded(first))?;
        names.iter().find_map(|name| {
            let last = self.end_of(name, first)?;
            let found = Found { name, first, last };
            self.fits(&found).then_some(found)
        })
    }

    /// The last token of `name`, where it stands at `first` with the capitals that it needs.
    fn end_of(&self, name: &Name, first: usize) -> Option<usize> {
        let mut at = first;
        for (i, word) in name.rest.iter().enumerate() {
            self.has_case(name, i, at).then_some(())?;
            at = next_word(self.tokens, at)?;
            (self.tokens.folded(at) == word).then_some(())?;
        }
        self.has_case(name, name.rest.len(), at).then_some(at)
    }

    fn has_case(&self, name: &Name, word: usize, at: usize) -> bool {
        match name.case.get(word) {
            None | Some(Case::Any) => true,
            Some(Case::Capital) => self.tokens.list[at].capital,
            Some(Case::Capitals) => !self.tokens.raw(at).chars().any(char::is_lowercase),
        }
    }

    /// Do the words around it allow this name?
    fn fits(&mut self, found: &Found) -> bool {
        let tracked = &self.gazetteer.tracked[found.name.entity];
        (tracked.not_near.is_empty() || !self.beside(found, &tracked.not_near)) && self.is_near(found.name.entity)
    }

    fn is_near(&mut self, entity: usize) -> bool {
        let near = &self.gazetteer.tracked[entity].near;
        if near.is_empty() {
            return true;
        }
        let tokens = self.tokens;
        *self.near.entry(entity).or_insert_with(|| {
            let words: Vec<&str> = tokens.words().collect();
            near.iter().any(|phrase| holds_phrase(&words, phrase))
        })
    }

    fn beside(&self, found: &Found, phrases: &[Vec<String>]) -> bool {
        let is_word = |&i: &usize| self.tokens.list[i].kind != Token::Mark;
        let mut before: Vec<&str> =
            (0..found.first).rev().filter(is_word).take(BESIDE_WORDS).map(|i| self.tokens.folded(i)).collect();
        before.reverse();
        let after: Vec<&str> =
            (found.last + 1..self.tokens.len()).filter(is_word).take(BESIDE_WORDS).map(|i| self.tokens.folded(i)).collect();
        phrases.iter().any(|phrase| holds_phrase(&before, phrase) || holds_phrase(&after, phrase))
    }
}

/// The word after token `at` that may belong to the same name: after white space that is not the end of a paragraph, or after one mark that
/// touches both words ("Al-Qaida", "U.S.").
fn next_word(tokens: &Tokens, at: usize) -> Option<usize> {
    let next = tokens.list.get(at + 1)?;
    if next.kind != Token::Mark {
        return (!next.paragraph_start).then_some(at + 1);
    }
    let after = tokens.list.get(at + 2)?;
    let glued = !next.spaced && !after.spaced && after.kind != Token::Mark;
    (glued && matches!(tokens.raw(at + 1), "-" | "‐" | "‑" | "–" | "'" | "’" | "." | "&" | "/")).then_some(at + 2)
}

/// The case that each word of a short name must have: that of the name itself.
fn cases(tokens: &Tokens) -> Vec<Case> {
    let words: Vec<usize> = (0..tokens.len()).filter(|&i| tokens.list[i].kind != Token::Mark).collect();
    if words.iter().map(|&i| tokens.folded(i).chars().count()).sum::<usize>() > SHORT_LETTERS {
        return Vec::new();
    }
    let case = |i: usize| match tokens.raw(i) {
        raw if !tokens.list[i].capital => raw.chars().next().filter(char::is_ascii_digit).map_or(Case::Any, |_| Case::Capitals),
        raw if raw.chars().any(char::is_lowercase) => Case::Capital,
        _ => Case::Capitals,
    };
    words.into_iter().map(case).collect()
}

fn phrases(written: &[String]) -> Vec<Vec<String>> {
    let words = |w: &String| Tokens::of(w).words().map(str::to_owned).collect::<Vec<_>>();
    written.iter().map(words).filter(|phrase| !phrase.is_empty()).collect()
}

fn holds_phrase(words: &[&str], phrase: &[String]) -> bool {
    words.windows(phrase.len()).any(|window| window.iter().zip(phrase).all(|(a, b)| a == b))
}

#[cfg(test)]
mod tests {
    use super::{Entity, Gazetteer, Kind};
    use crate::text::fold::Tokens;
    use proptest::prelude::*;

    fn entity(id: &str, kind: Kind, name: &str, aliases: &[&str]) -> Entity {
        let aliases = aliases.iter().map(|&a| a.to_owned()).collect();
        Entity { id: id.into(), name: name.into(), kind, surname: None, aliases, near: vec![], not_near: vec![] }
    }

    fn gazetteer() -> Gazetteer {
        let words = |list: &[&str]| list.iter().map(|&w| w.to_owned()).collect::<Vec<_>>();
        Gazetteer::new(&[
            Entity {
                surname: Some("Zelensky".into()),
                ..entity("zelensky", Kind::Person, "Volodymyr Zelensky", &["Зеленський"])
            },
            entity("nato", Kind::Organisation, "NATO", &["Navo", "OTAN", "North Atlantic Treaty Organization"]),
            entity("kremlin", Kind::Organisation, "Kremlin", &[]),
            entity("us", Kind::Country, "United States", &["US", "U.S.", "VS"]),
            entity("is", Kind::Organisation, "Islamic State", &["IS"]),
            entity("kyiv", Kind::City, "Kyiv", &["Kiev"]),
            entity("kyiv-school", Kind::Organisation, "Kyiv School of Economics", &[]),
            entity("qaida", Kind::Organisation, "Al-Qaida", &[]),
            Entity { near: words(&["Tbilisi", "South Ossetia"]), ..entity("georgia", Kind::Country, "Georgia", &[]) },
            Entity { not_near: words(&["opera", "Richard"]), ..entity("wagner", Kind::Organisation, "Wagner", &[]) },
        ])
    }

    #[test]
    fn finds_names() {
        let gazetteer = gazetteer();
        for (text, expected) in [
            ("De NAVO-top begon.", "nato=NAVO"),
            ("Kremlin's man, l'OTAN, NATO’s", "kremlin=Kremlin nato=OTAN nato=NATO"),
            ("natolin, kremlinology", ""),
            ("The North\nAtlantic Treaty Organization met", "nato=North\nAtlantic Treaty Organization"),
            ("Friends of the United\n\nStates", ""),
            ("Dit is van ons. Is het waar? IS slaat toe.", "is=IS"),
            ("He told us that US and U.S. troops left", "us=US us=U.S"),
            ("kiev and Kiev, KYIV", "kyiv=Kiev kyiv=KYIV"),
            ("the Kyiv School of Economics in Kyiv", "kyiv-school=Kyiv School of Economics kyiv=Kyiv"),
            ("al Qaida, al-Qaida, al, Qaida", "qaida=al Qaida qaida=al-Qaida"),
            ("Zelensky said", ""),
            ("Zelensky said. Volodymyr Zelensky, that is", "zelensky=Zelensky zelensky=Volodymyr Zelensky"),
            ("ЗЕЛЕНСЬКИЙ сказав", "zelensky=ЗЕЛЕНСЬКИЙ"),
            ("Georgia votes", ""),
            ("Georgia votes, South Ossetia does not", "georgia=Georgia"),
            ("Wagner's opera ended. After that the Wagner men left", "wagner=Wagner"),
        ] {
            let tokens = Tokens::of(text);
            let found: Vec<_> = gazetteer.mentions(&tokens).iter().map(|m| format!("{}={}", m.entity, m.text)).collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn mentions_are_in_order_and_apart(words in proptest::collection::vec("Kyiv|School|of|Economics|IS|NATO|-|Zelensky|Volodymyr|é|\n", 0..30)) {
            let text = words.join(" ");
            let found = gazetteer().mentions(&Tokens::of(&text));
            prop_assert!(found.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
            prop_assert!(found.iter().all(|m| m.span.of(&text) == m.text));
        }
    }
}
