//! One text against all names: which stand in it, and which of them are another's.

use super::index::WordId;
use super::known::Sort;
use super::naming::{Langs, Look, is_apostrophe, is_article, is_assimilated, is_particle};
use super::spelling::{Part, Spelling};
use super::{Cue, Gazetteer, Kind, Mention, NO_WORD, Name, Tracked};
use crate::text::fold::{Kind as Token, Tokens};
use crate::text::language::Language;
use rustc_hash::{FxHashMap, FxHashSet};

/// How many words before and after a mention are beside it.
const BESIDE_WORDS: usize = 3;
/// Words of a name before its surname, at most: "Recep Tayyip", "Abd Rabbuh Mansur".
const BEFORE_SURNAME: usize = 4;
/// Bytes of a part of a Chinese or Korean given name, at most.
const SHORT_GIVEN: usize = 10;
/// Letters from which a single small-lettered word is the name of an organisation that is elsewhere written with capitals.
const SMALL_LETTERS: u8 = 4;
/// Letters from which a common word with a capital at the begin of a sentence is the name after all: "Trump", not "May".
const SURE_LETTERS: u8 = 5;
/// How many words before a surname a title may stand: "президент Республики Польша Дуда".
const TITLE_BACK: usize = 4;
/// Letters up to which all words of a name of several are initials: "U.S.", "EE UU".
const INITIALS: u8 = 4;
/// Bytes of one of them, before a full stop and a space: "EE. UU."
const INITIALS_BYTES: usize = 4;
/// Words that an acronym is looked for to be made of.
const EXPANSION: usize = 14;
/// In a heading so many of ten words begin with a capital, of at least so many words.
const HEADING_TENTHS: usize = 6;
const HEADING_WORDS: usize = 4;

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

    /// Does the text say that these letters stand for something else: "Institute for Science and International Security (ISIS)"?
    fn is_another_acronym(&self, entity: u32, at: usize) -> bool {
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
    fn is_surname(&self, first: usize, last: usize) -> bool {
        let Some(before) = first.checked_sub(1).filter(|_| first == last && !self.tokens.uncased) else { return false };
        let token = &self.tokens.list[before];
        let beside = self.tokens.list[first].spaced && !self.tokens.list[first].paragraph_start && token.kind == Token::Word;
        beside && token.capital && !self.title(before) && self.is_given_name(before) && !self.in_heading(first)
    }

    /// A town, region or country whose name alone stands in quotation marks is a ship, a hotel, a club: "крейсер «Москва»".
    fn is_quoted(&self, first: usize, last: usize) -> bool {
        let touches = |i: Option<usize>, marks: &[&str]| i.is_some_and(|i| marks.contains(&self.tokens.raw(i)));
        let opens = touches(first.checked_sub(1), &["«", "“", "„", "\"", "”"]) && !self.tokens.list[first].spaced;
        opens && touches(Some(last + 1), &["»", "”", "“", "\""]) && self.tokens.list.get(last + 1).is_some_and(|t| !t.spaced)
    }

    /// "Odessa, Texas": a comma and a state of America that it does not lie in.
    fn is_elsewhere(&self, tracked: &Tracked, last: usize) -> bool {
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
    fn is_inhabitants(&self, first: usize, last: usize) -> bool {
        let Some(spelling) = self.spelling.filter(|s| first == last && s.inhabitants.contains(self.tokens.folded(first))) else {
            return false;
        };
        let article = first.checked_sub(1).is_some_and(|at| spelling.inhabitants_after.contains(self.tokens.folded(at)));
        let clause = first >= 2 && self.tokens.raw(first - 2) == ",";
        let compound = self.tokens.raw(last + 1) == "-" && self.tokens.list.get(last + 1).is_some_and(|t| !t.spaced);
        article && !clause && !compound
    }

    /// A surname, with the given names around it: from where to where, and whether it stands bare.
    fn person(&mut self, entity: u32, name: &Name, first: usize, last: usize) -> Option<(usize, usize, bool, bool)> {
        let tracked = &self.gazetteer.tracked[entity as usize];
        let head = self.head(first, last);
        let capital = self.tokens.list[head].capital || self.tokens.uncased;
        if let Some(from) = self.given_before(tracked, first).filter(|_| capital) {
            return (!self.is_part(from, last)).then_some((self.particle_before(from), last, false, false));
        }
        if let Some(to) = self.given_behind(tracked, last).filter(|_| capital) {
            // "Kim Jong-nam" is not Kim Jong Un.
            return (!self.is_cut_off(to)).then_some((first, to, false, false));
        }
        if self.is_anothers(tracked, first) {
            self.namesakes.insert(entity);
            return None;
        }
        let right = self.looks_right(tracked, name, first, last);
        let weak = !right && self.tokens.list[head].capital;
        let sole = (right || weak) && !self.is_part(first, last) && !self.goes_on(last);
        sole.then_some((self.particle_before(first), last, true, weak))
    }

    /// The first word of a surname that is no particle: "von der Leyen" begins with a small letter.
    fn head(&self, first: usize, last: usize) -> usize {
        let mut words = (first..=last).filter(|&i| self.tokens.list[i].kind != Token::Mark);
        words.find(|&i| !is_particle(self.tokens.folded(i))).unwrap_or(first)
    }

    /// Does the name go on behind the given names at its end: glued by a hyphen, or a short word with a capital?
    fn is_cut_off(&self, last: usize) -> bool {
        let Some(next) = next_word(self.tokens, last) else { return false };
        let token = &self.tokens.list[next];
        let short = token.kind == Token::Word && token.span.len() <= SHORT_GIVEN;
        let glued = next == last + 2 && !is_apostrophe(self.tokens.raw(last + 1));
        glued && short
            || next == last + 1 && token.capital && short && !(self.title(next) && self.is_office(next)) && !self.tokens.uncased
    }

    /// Where the person's own given names begin that stand before the surname at token `first`.
    fn given_before(&self, tracked: &Tracked, first: usize) -> Option<usize> {
        let mut from = None;
        let mut at = first;
        let mut strangers = 0;
        for _ in 0..BEFORE_SURNAME {
            let Some(before) = previous_word(self.tokens, at) else { break };
            at = before;
            if self.is_given(tracked, at) {
                from = Some(at);
                continue;
            }
            let folded = self.tokens.folded(at);
            let small = is_particle(folded) || folded.chars().count() == 1;
            let capital = self.tokens.list[at].capital || self.tokens.uncased;
            strangers += usize::from(!small);
            if !small && (strangers > 1 || !capital || self.title(at)) {
                break;
            }
        }
        from
    }

    /// Where the given names end that stand behind the surname, as in "Xi Jinping".
    fn given_behind(&self, tracked: &Tracked, last: usize) -> Option<usize> {
        let mut to = None;
        let mut at = last;
        while let Some(next) = next_word(self.tokens, at).filter(|&next| self.is_given(tracked, next)) {
            (to, at) = (Some(next), next);
        }
        to
    }

    fn is_given(&self, tracked: &Tracked, at: usize) -> bool {
        let token = &self.tokens.list[at];
        // "Jong-un": what a hyphen glues on needs no capital.
        let glued = !token.spaced && at > 0 && self.tokens.list[at - 1].kind == Token::Mark;
        (token.capital || self.tokens.uncased || glued)
            && self.is_word(at, |word| {
                tracked.given == Some(word) || self.gazetteer.given.get(&word).is_some_and(|group| tracked.groups.contains(group))
            })
    }

    /// "al-" before a surname is a part of it.
    fn particle_before(&self, first: usize) -> usize {
        let article = |at: usize| is_article(self.tokens.folded(at)) || is_assimilated(self.tokens.folded(at));
        let glued = |&at: &usize| article(at) && at + 2 == first;
        let parted = |&at: &usize| {
            let capital = self.tokens.list[at].capital && !self.starts_sentence(at);
            is_article(self.tokens.folded(at)) && at + 1 == first && capital
        };
        previous_word(self.tokens, first).filter(|at| glued(at) || parted(at)).unwrap_or(first)
    }

    /// Does what stands before a bare surname say that it is another's?
    fn is_anothers(&self, tracked: &Tracked, first: usize) -> bool {
        let Some(mut at) = previous_word(self.tokens, first) else { return false };
        if is_particle(self.tokens.folded(at)) {
            match previous_word(self.tokens, at) {
                Some(before) => at = before,
                None => return false,
            }
        }
        let folded = self.tokens.folded(at);
        let token = &self.tokens.list[at];
        if self.spelling.is_some_and(|s| s.women.has(folded)) {
            return !self.is_woman(tracked);
        }
        if !token.capital && !self.tokens.uncased || token.kind != Token::Word || self.title(at) {
            return false;
        }
        if folded.chars().count() == 1 {
            return self.tokens.raw(at + 1) == "." && !self.is_initial(tracked, self.first_initial(at));
        }
        if self.is_given_name(at) {
            return true;
        }
        let tells = token.capital && !self.tokens.uncased && !self.starts_sentence(at);
        let acronym = shape(self.tokens.raw(at)) == Look::Capitals;
        let nouns = self.spelling.is_none_or(|s| s.capital_nouns);
        tells && !acronym && !nouns && self.tokens.list[first].spaced && !self.titled(at) && !self.in_heading(first)
    }

    /// Is one of the given names a woman's, or not known?
    fn is_woman(&self, tracked: &Tracked) -> bool {
        let given = self.gazetteer.world.given();
        tracked.groups.is_empty() || tracked.groups.iter().any(|&group| given.is_womans(group))
    }

    fn is_given_name(&self, at: usize) -> bool {
        self.is_word(at, |word| self.gazetteer.given.contains_key(&word))
    }

    /// No small word: those stand among the titles because they begin sentences.
    fn is_office(&self, at: usize) -> bool {
        let folded = self.tokens.folded(at);
        folded.chars().count() > 2 && !self.spelling.is_some_and(|s| s.common.contains(folded))
    }

    /// Does a title stand before token `at`: "президент України Зеленський"?
    fn titled(&self, mut at: usize) -> bool {
        for _ in 0..TITLE_BACK {
            match previous_word(self.tokens, at) {
                Some(before) if self.title(before) && self.is_office(before) => return true,
                Some(before) => at = before,
                None => return false,
            }
        }
        false
    }

    /// The first of the initials that end at token `at`: the others are of further names.
    fn first_initial(&self, mut at: usize) -> &str {
        let initial = |&i: &usize| self.tokens.folded(i).chars().count() == 1 && self.tokens.raw(i + 1) == ".";
        while let Some(before) = previous_word(self.tokens, at).filter(initial) {
            at = before;
        }
        self.tokens.folded(at)
    }

    /// Is this letter the first of one of the person's given names?
    fn is_initial(&self, tracked: &Tracked, letter: &str) -> bool {
        let groups = tracked.groups.iter().flat_map(|&g| &self.gazetteer.world.given().groups[g as usize]);
        let mut names = groups.peekable();
        names.peek().is_none() || names.any(|name| crate::text::fold::fold(name).starts_with(letter))
    }

    /// A word that may stand with a capital beside a surname.
    fn title(&self, at: usize) -> bool {
        self.spelling.is_some_and(|s| s.titles.has(self.tokens.folded(at)))
    }

    /// Do the words around make it a part of another name: "University of Georgia", "Kyiv Post"?
    fn is_part(&self, first: usize, last: usize) -> bool {
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
    fn goes_on(&self, last: usize) -> bool {
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
    fn looks_right(&self, tracked: &Tracked, name: &Name, first: usize, last: usize) -> bool {
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

    fn starts_sentence(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1).map(|i| &self.tokens.list[i]) else { return true };
        let mark = || !matches!(self.tokens.raw(at - 1), "," | ";" | "-" | "’" | "'" | "/" | "&" | "(" | ")" | "‐" | "‑");
        self.tokens.list[at].line_start || before.kind == Token::Mark && mark()
    }

    /// Does token `at` stand in a line most of whose words begin with a capital?
    fn in_heading(&self, at: usize) -> bool {
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
    fn fits(&mut self, entity: u32, first: usize, last: usize) -> bool {
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

impl Cue {
    fn stands_in(&self, words: &[&str]) -> bool {
        let n = self.words.len();
        words.windows(n).any(|window| {
            let mut pairs = window.iter().zip(&self.words).enumerate();
            pairs.all(|(i, (a, b))| a == b || self.open && i + 1 == n && a.starts_with(b.as_str()))
        })
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
