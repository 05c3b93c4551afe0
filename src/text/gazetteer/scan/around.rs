//! What the words around a name make of it: a part of a longer name, another thing of the same name, a common word.

use super::{Scan, next_word, previous_word, shape};
use crate::text::fold::Kind as Token;
use crate::text::gazetteer::known::Sort;
use crate::text::gazetteer::naming::Look;
use crate::text::gazetteer::spelling::Part;
use crate::text::gazetteer::{Cue, Kind, Name, Tracked};

/// How many words before and after a mention are beside it.
const BESIDE_WORDS: usize = 3;
/// Letters from which a single small-lettered word is the name of an organisation that is elsewhere written with capitals.
const SMALL_LETTERS: u8 = 4;
/// Letters from which a common word with a capital at the begin of a sentence is the name after all: "Trump", not "May".
const SURE_LETTERS: u8 = 5;
/// Letters up to which all words of a name of several are initials: "U.S.", "EE UU".
const INITIALS: u8 = 4;
/// Words that an acronym is looked for to be made of.
const EXPANSION: usize = 14;
/// In a heading so many of ten words begin with a capital, of at least so many words.
const HEADING_TENTHS: usize = 6;
const HEADING_WORDS: usize = 4;

impl Scan<'_> {
    /// Does the text say that these letters stand for something else: "Institute for Science and International Security (ISIS)"?
    pub(super) fn is_another_acronym(&self, entity: u32, at: usize) -> bool {
        let letters: Vec<char> = self.tokens.folded(at).chars().collect();
        let raw = |i: usize| self.tokens.raw(i);
        let words = match (at.checked_sub(1).map(raw), raw(at + 1)) {
            (Some("("), _) => at.saturating_sub(1 + EXPANSION)..at - 1,
            (_, "(") => at + 2..(at + 2 + EXPANSION).min(self.tokens.len()),
            _ => return false,
        };
        let before = words.end < at;
        let capitals: Vec<usize> =
            words.clone().filter(|&i| self.tokens.list[i].kind == Token::Word && self.tokens.list[i].capital).collect();
        let some = match before {
            true => capitals.len().checked_sub(letters.len()).and_then(|from| capitals.get(from..)),
            false => capitals.get(..letters.len()),
        };
        let Some(some) = some.filter(|some| some.len() > 2) else { return false };
        let spells = some.iter().zip(&letters).all(|(&i, letter)| self.tokens.folded(i).starts_with(*letter));
        let ours = |&i: &usize| self.names_at(i).iter().any(|(name, last)| name.entity == Some(entity) && *last > i);
        spells && !some.iter().any(ours)
    }

    /// A given name before a name of one word: "Jack London", "Robert Wagner".
    pub(super) fn is_surname(&self, first: usize, last: usize) -> bool {
        let Some(before) = first.checked_sub(1).filter(|_| first == last && !self.tokens.uncased) else { return false };
        let token = &self.tokens.list[before];
        let beside = self.tokens.list[first].spaced && !self.tokens.list[first].paragraph_start && token.kind == Token::Word;
        beside && token.capital && !self.title(before) && self.is_given_name(before) && !self.in_heading(first)
    }

    /// A town, region or country whose name alone stands in quotation marks is a ship, a hotel, a club: "крейсер «Москва»".
    pub(super) fn is_quoted(&self, first: usize, last: usize) -> bool {
        let touches = |i: Option<usize>, marks: &[&str]| i.is_some_and(|i| marks.contains(&self.tokens.raw(i)));
        let opens = touches(first.checked_sub(1), &["«", "“", "„", "\"", "”"]) && !self.tokens.list[first].spaced;
        opens && touches(Some(last + 1), &["»", "”", "“", "\""]) && self.tokens.list.get(last + 1).is_some_and(|t| !t.spaced)
    }

    /// "Odessa, Texas": a comma and a state of America that it does not lie in.
    pub(super) fn is_elsewhere(&self, tracked: &Tracked, last: usize) -> bool {
        const LAND: &str = "US";
        if tracked.kind != Kind::City || tracked.lies_in == Some(LAND) || self.tokens.raw(last + 1) != "," {
            return false;
        }
        let state = |words: usize| {
            let name: Vec<&str> = (last + 2..last + 2 + words).map(|i| self.tokens.folded(i)).collect();
            let name = name.join(" ");
            self.gazetteer.world.named(&name).any(|t| t.kind == Sort::Region && t.lies_in.as_deref() == Some(LAND))
        };
        self.tokens.list.get(last + 2).is_some_and(|t| t.capital) && (state(1) || state(2))
    }

    /// "die Polen": not the land but those who live there.
    pub(super) fn is_inhabitants(&self, first: usize, last: usize) -> bool {
        let Some(spelling) = self.spelling.filter(|s| first == last && s.inhabitants.contains(self.tokens.folded(first))) else {
            return false;
        };
        let article = first.checked_sub(1).is_some_and(|at| spelling.inhabitants_after.contains(self.tokens.folded(at)));
        let clause = first >= 2 && self.tokens.raw(first - 2) == ",";
        let compound = self.tokens.raw(last + 1) == "-" && self.tokens.list.get(last + 1).is_some_and(|t| !t.spaced);
        article && !clause && !compound
    }

    /// Do the words around make it a part of another name: "University of Georgia", "Kyiv Post"?
    pub(super) fn is_part(&self, first: usize, last: usize) -> bool {
        let Some(spelling) = self.spelling else { return false };
        let behind = next_word(self.tokens, last).map_or(&[] as &[Part], |at| spelling.after.beside(self.tokens.folded(at)));
        if behind.iter().any(|part| self.stands_behind(last, part)) {
            return true;
        }
        // The word before, past the full stop of an abbreviation.
        let before = first.checked_sub(1).map(|at| if self.tokens.raw(at) == "." { at.saturating_sub(1) } else { at });
        let word = before.filter(|&at| self.tokens.list[at].kind != Token::Mark).or_else(|| previous_word(self.tokens, first));
        let parts = word.map_or(&[] as &[Part], |at| spelling.before.beside(self.tokens.folded(at)));
        parts.iter().any(|part| self.stands_before(first, part))
    }

    fn stands_behind(&self, last: usize, part: &Part) -> bool {
        let first = next_word(self.tokens, last);
        let mut at = last;
        let words = part.words.iter().all(|word| match next_word(self.tokens, at) {
            Some(next) => {
                at = next;
                self.tokens.folded(next) == word
            }
            None => false,
        });
        words && first.is_some_and(|first| self.has_capital(first, part))
    }

    fn stands_before(&self, first: usize, part: &Part) -> bool {
        let mut at = first;
        if part.dotted {
            match first.checked_sub(1).filter(|&dot| self.tokens.raw(dot) == "." && !self.tokens.list[dot].spaced) {
                Some(dot) => at = dot,
                None => return false,
            }
        }
        let words = part.words.iter().rev().all(|word| match previous_word(self.tokens, at) {
            Some(before) => {
                at = before;
                self.tokens.folded(before) == word
            }
            None => false,
        });
        words && self.has_capital(at, part)
    }

    fn has_capital(&self, at: usize, part: &Part) -> bool {
        !part.capital || self.tokens.list[at].capital || self.tokens.uncased
    }

    /// Does a word with a capital follow as in "Petro Kotin", "Baghdad Benoudjah": the name is a given name, or a part of a longer one?
    pub(super) fn goes_on(&self, last: usize) -> bool {
        if self.tokens.uncased || self.spelling.is_none_or(|s| s.capital_nouns) {
            return false;
        }
        let Some(next) = self.tokens.list.get(last + 1) else { return false };
        if !self.gazetteer.forms.is_base(self.tokens.hash(last), self.langs) {
            return false;
        }
        let acronym = shape(self.tokens.raw(last + 1)) == Look::Capitals;
        next.kind == Token::Word
            && next.capital
            && !next.line_start
            && !acronym
            && !self.title(last + 1)
            && !self.in_heading(last)
    }

    /// Is it written as a name of this look may be?
    pub(super) fn looks_right(&self, tracked: &Tracked, name: &Name, first: usize, last: usize) -> bool {
        let shape = |at: usize| shape(self.tokens.raw(at));
        let organisation = tracked.kind == Kind::Organisation;
        if first != last {
            let initials = name.letters <= INITIALS && name.look == Look::Capitals;
            let begin = if tracked.kind == Kind::Person { self.head(first, last) } else { first };
            // "la franja de Gaza", "el mar Negro": Romance papers write large only what is proper to a name.
            let proper = !matches!(tracked.kind, Kind::Person | Kind::Organisation)
                && (first + 1..=last).any(|i| shape(i) != Look::Small && self.tokens.raw(i).chars().count() > 2);
            let head = shape(begin) != Look::Small || name.look == Look::Small || self.tokens.uncased || proper;
            return head && (!initials || (first..=last).all(|at| shape(at) == Look::Capitals));
        }
        let common = name.letters <= 2 || self.spelling.is_some_and(|s| s.common.contains(self.tokens.folded(first)));
        match (shape(first), name.look) {
            (Look::Capitals, Look::Capitals) => true,
            (Look::Capitals, _) => !common || name.letters == 1,
            (Look::Capital, Look::Capitals) => name.letters > 2 && (!common || name.letters > 3 && !self.starts_sentence(first)),
            (Look::Capital, _) => {
                let sure = !organisation
                    && name.letters >= SURE_LETTERS
                    && self.gazetteer.forms.is_base(self.tokens.hash(first), self.langs);
                !common || sure || !self.starts_sentence(first)
            }
            (Look::Small, Look::Small) => !common,
            (Look::Small, _) => !common && (self.tokens.uncased || organisation && name.letters >= SMALL_LETTERS),
        }
    }

    pub(super) fn starts_sentence(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1).map(|i| &self.tokens.list[i]) else { return true };
        let mark = || !matches!(self.tokens.raw(at - 1), "," | ";" | "-" | "’" | "'" | "/" | "&" | "(" | ")" | "‐" | "‑");
        self.tokens.list[at].line_start || before.kind == Token::Mark && mark()
    }

    /// Does token `at` stand in a line most of whose words begin with a capital?
    pub(super) fn in_heading(&self, at: usize) -> bool {
        if !self.spelling.is_some_and(|s| s.title_case) {
            return false;
        }
        let list = &self.tokens.list;
        let from = (0..=at).rev().find(|&i| list[i].line_start).unwrap_or(0);
        let words = (from..list.len()).take_while(|&i| i == from || !list[i].line_start).filter(|&i| list[i].kind == Token::Word);
        let long = words.filter(|&i| self.tokens.raw(i).chars().count() > 3).take(20);
        let (all, capitals) = long.fold((0, 0), |(all, capitals), i| (all + 1, capitals + usize::from(list[i].capital)));
        all >= HEADING_WORDS && capitals * 10 >= all * HEADING_TENTHS
    }

    /// Do the words around it and in the text allow this entity?
    pub(super) fn fits(&mut self, entity: u32, first: usize, last: usize) -> bool {
        let tracked = &self.gazetteer.tracked[entity as usize];
        let beside = !tracked.not_beside.is_empty() && self.beside(first, last, &tracked.not_beside);
        !beside && self.allowed(entity, tracked)
    }

    fn allowed(&mut self, entity: u32, tracked: &Tracked) -> bool {
        if tracked.near.is_empty() && tracked.not_in.is_empty() {
            return true;
        }
        let tokens = self.tokens;
        *self.allowed.entry(entity).or_insert_with(|| {
            let words: Vec<&str> = tokens.words().collect();
            let near = tracked.near.is_empty() || tracked.near.iter().any(|cue| cue.stands_in(&words));
            near && !tracked.not_in.iter().any(|cue| cue.stands_in(&words))
        })
    }

    fn beside(&self, first: usize, last: usize, cues: &[Cue]) -> bool {
        let is_word = |&i: &usize| self.tokens.list[i].kind != Token::Mark;
        let mut before: Vec<&str> = (0..first).rev().filter(is_word).take(BESIDE_WORDS).map(|i| self.tokens.folded(i)).collect();
        before.reverse();
        let after: Vec<&str> =
            (last + 1..self.tokens.len()).filter(is_word).take(BESIDE_WORDS).map(|i| self.tokens.folded(i)).collect();
        cues.iter().any(|cue| cue.stands_in(&before) || cue.stands_in(&after))
    }
}

impl Cue {
    fn stands_in(&self, words: &[&str]) -> bool {
        let n = self.words.len();
        words.windows(n).any(|window| {
            let mut pairs = window.iter().zip(&self.words).enumerate();
            pairs.all(|(i, (a, b))| a == b || self.open && i + 1 == n && a.starts_with(b.as_str()))
        })
    }
}
