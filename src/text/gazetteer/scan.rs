//! One text against all names: which stand in it. Whose a surname is, [`person`] says; what the words around a name make of it, [`around`].

mod around;
mod person;

use super::index::WordId;
use super::naming::{Langs, Look};
use super::spelling::Spelling;
use super::{Gazetteer, Kind, Mention, NO_WORD, Name};
use crate::text::fold::{Kind as Token, Tokens};
use crate::text::language::Language;
use rustc_hash::{FxHashMap, FxHashSet};

/// Bytes of one of them, before a full stop and a space: "EE. UU."
const INITIALS_BYTES: usize = 4;

/// The mentions in a text, in order, none overlapping another.
pub fn mentions(gazetteer: &Gazetteer, tokens: &Tokens, language: Option<Language>) -> Vec<Mention> {
    let index = language.and_then(|l| gazetteer.world.spellings.iter().position(|s| s.language == l));
    let mut scan = Scan {
        gazetteer,
        tokens,
        spelling: index.map(|i| &gazetteer.world.spellings[i]),
        langs: index.map_or(Langs::ALL, Langs::one),
        allowed: FxHashMap::default(),
        namesakes: FxHashSet::default(),
    };
    let found = scan.all();
    scan.known_in_full(found)
        .iter()
        .map(|f| {
            let span = tokens.list[f.first].span.to(tokens.list[f.last].span);
            let entity = gazetteer.tracked[f.entity as usize].id.clone();
            Mention { entity, span, text: span.of(tokens.text).to_owned() }
        })
        .collect()
}

/// A name that stands in the text: from its first token to its last.
#[derive(Clone, Copy, Debug)]
struct Found {
    entity: u32,
    first: usize,
    last: usize,
    /// A surname without a given name.
    bare: bool,
    /// Written as a common word may be: enough for those whose full name stands in the text.
    weak: bool,
}

/// A scan of one text.
struct Scan<'a> {
    gazetteer: &'a Gazetteer,
    tokens: &'a Tokens<'a>,
    /// How the text's language writes names.
    spelling: Option<&'a Spelling>,
    langs: Langs,
    /// Entities whose `near` words were looked for, and whether the text allows them.
    allowed: FxHashMap<u32, bool>,
    /// People of whose surname another bearer is named in the text.
    namesakes: FxHashSet<u32>,
}

impl<'a> Scan<'a> {
    fn all(&mut self) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        let mut at = 0;
        // The token behind the longer name that was met last.
        let mut inside = 0;
        while at < self.tokens.len() {
            let here = self.found_at(at, &mut inside);
            at = here.first().map_or(at + 1, |f| f.last + 1);
            for f in here {
                // A given name before a surname may have been taken for a name of its own. Only the last ones found can reach here.
                while found.last().is_some_and(|o| o.last >= f.first && (o.first, o.last) != (f.first, f.last)) {
                    found.pop();
                }
                if found.last().is_none_or(|last| last.last < f.first || last.first == f.first) {
                    found.push(f);
                }
            }
        }
        found
    }

    /// What the longest name that begins at token `first` can stand for; several where several bear it. `inside`: the token behind a longer name
    /// of another thing. Who stands in the name of an organisation is meant there too, where it is an organisation: "Consiglio di Sicurezza dell'ONU".
    fn found_at(&mut self, first: usize, inside: &mut usize) -> Vec<Found> {
        if self.tokens.list[first].kind == Token::Mark {
            return Vec::new();
        }
        let mut names = self.names_at(first);
        names.sort_by_key(|(name, last)| (std::cmp::Reverse(*last), name.entity.is_none()));
        if let Some((_, last)) = names.first().filter(|(longest, _)| longest.entity.is_none()) {
            *inside = (*inside).max(last + 1);
        }
        let mut found: Vec<Found> = Vec::new();
        for (name, last) in names {
            if found.first().is_some_and(|f| f.last > last) {
                break;
            }
            let Some(entity) = name.entity.filter(|e| !found.iter().any(|f| f.entity == *e)) else { continue };
            if last < *inside && self.gazetteer.tracked[entity as usize].kind != Kind::Organisation {
                continue;
            }
            found.extend(self.judge(entity, name, first, last));
        }
        if found.iter().any(|f| !f.bare) {
            found.retain(|f| !f.bare);
        }
        found
    }

    /// Every name that begins at token `first`, with its last token.
    fn names_at(&self, first: usize) -> Vec<(&'a Name, usize)> {
        let gazetteer = self.gazetteer;
        let mut names = Vec::new();
        let mut seconds: Option<(usize, Vec<WordId>)> = None;
        for word in gazetteer.forms.first_of(self.tokens.hash(first), self.langs) {
            let list = gazetteer.starts.get(&(word, NO_WORD)).into_iter().flatten();
            names.extend(list.map(|&n| (&gazetteer.names[n as usize], first)));
            let (second, words) = seconds.get_or_insert_with(|| match next_word(self.tokens, first) {
                Some(next) => (next, gazetteer.forms.of(self.tokens.hash(next), self.langs).collect()),
                None => (first, Vec::new()),
            });
            for &next in words.iter() {
                let list = gazetteer.starts.get(&(word, next)).into_iter().flatten().map(|&n| &gazetteer.names[n as usize]);
                names.extend(list.filter_map(|name| Some((name, self.end_of(name, *second)?))));
            }
        }
        names
    }

    /// The last token of a name whose second word is token `second`.
    fn end_of(&self, name: &Name, second: usize) -> Option<usize> {
        let mut at = second;
        for &word in self.gazetteer.words_of(name).iter().skip(2) {
            at = next_word(self.tokens, at)?;
            self.is_word(at, |w| w == word).then_some(())?;
        }
        Some(at)
    }

    fn is_word(&self, at: usize, want: impl Fn(WordId) -> bool) -> bool {
        self.gazetteer.forms.of(self.tokens.hash(at), self.langs).any(want)
    }

    /// Is this name, at tokens `first..=last`, one of the entity?
    fn judge(&mut self, entity: u32, name: &Name, first: usize, last: usize) -> Option<Found> {
        let tracked = &self.gazetteer.tracked[entity as usize];
        let found = match tracked.kind {
            Kind::Person => self.person(entity, name, first, last)?,
            kind => {
                let whole = self.looks_right(tracked, name, first, last)
                    && !self.is_part(first, last)
                    && !(first == last && tracked.spelt_out && self.is_another_acronym(entity, first));
                // "the mayor of Kyiv Vitali Klitschko": who follows has a name of his own.
                let placed = kind == Kind::Organisation
                    || !self.is_quoted(first, last)
                        && !self.is_elsewhere(tracked, last)
                        && !self.is_inhabitants(first, last)
                        && (self.is_given_name(last + 1) || !self.goes_on(last));
                (whole && placed && !self.is_surname(first, last)).then_some((first, last, false, false))?
            }
        };
        let (first, last, bare, weak) = found;
        self.fits(entity, first, last).then_some(Found { entity, first, last, bare, weak })
    }

    /// Of bare surnames those that are enough, or whose bearer, and no other bearer, has the full name in the text.
    fn known_in_full(&self, found: Vec<Found>) -> Vec<Found> {
        let full: FxHashSet<u32> = found.iter().filter(|f| !f.bare).map(|f| f.entity).collect();
        let is_full = |f: &Found| full.contains(&f.entity);
        // Another bearer is named in the text, and ours is not: a bare surname is the other's.
        let alone =
            |f: &&Found| self.gazetteer.tracked[f.entity as usize].alone && !f.weak && !self.namesakes.contains(&f.entity);
        let mut kept: Vec<Found> = Vec::new();
        for group in found.chunk_by(|a, b| (a.first, a.last) == (b.first, b.last)) {
            let mut bearers: Vec<&Found> = group.iter().filter(|f| !f.bare || is_full(f)).collect();
            if bearers.is_empty() {
                bearers = group.iter().filter(alone).collect();
                // A name that two bear says of neither that it is meant.
                bearers.truncate(usize::from(bearers.len() == 1));
            }
            kept.extend(bearers);
        }
        kept
    }
}

fn shape(raw: &str) -> Look {
    let mut letters = raw.chars().filter(|c| c.is_alphabetic());
    match letters.next() {
        Some(c) if c.is_lowercase() => Look::Small,
        _ if raw.chars().any(char::is_lowercase) => Look::Capital,
        _ => Look::Capitals,
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
    let initials = |i: usize| tokens.raw(i).len() <= INITIALS_BYTES && shape(tokens.raw(i)) == Look::Capitals;
    let spelt = tokens.raw(at + 1) == "." && !next.spaced && !after.line_start && initials(at) && initials(at + 2);
    (glued && joins(tokens.raw(at + 1)) || spelt).then_some(at + 2)
}

/// The word before token `at`, in the same way; a full stop behind an initial or a title may be followed by a space.
fn previous_word(tokens: &Tokens, at: usize) -> Option<usize> {
    let before = at.checked_sub(1)?;
    if tokens.list[before].kind != Token::Mark {
        return (!tokens.list[at].paragraph_start).then_some(before);
    }
    let word = before.checked_sub(1).filter(|&i| tokens.list[i].kind != Token::Mark && !tokens.list[before].spaced)?;
    let initial = tokens.raw(before) == "."
        && tokens.raw(word).chars().count() == 1
        && tokens.list[word].capital
        && !tokens.list[at].line_start;
    let glued = !tokens.list[at].spaced && joins(tokens.raw(before));
    (initial || glued).then_some(word)
}

fn joins(mark: &str) -> bool {
    matches!(mark, "-" | "‐" | "‑" | "–" | "'" | "’" | "ʼ" | "." | "&" | "/")
}
