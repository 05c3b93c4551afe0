//! Surnames: with whose given names they stand, and which of them are another's.

use super::{Scan, next_word, previous_word, shape};
use crate::text::fold::Kind as Token;
use crate::text::gazetteer::naming::{Look, is_apostrophe, is_article, is_assimilated, is_particle};
use crate::text::gazetteer::{Name, Tracked};

/// Words of a name before its surname, at most: "Recep Tayyip", "Abd Rabbuh Mansur".
const BEFORE_SURNAME: usize = 4;
/// Bytes of a part of a Chinese or Korean given name, at most.
const SHORT_GIVEN: usize = 10;
/// How many words before a surname a title may stand: "президент Республики Польша Дуда".
const TITLE_BACK: usize = 4;

impl Scan<'_> {
    /// A surname, with the given names around it: from where to where, and whether it stands bare.
    pub(super) fn person(&mut self, entity: u32, name: &Name, first: usize, last: usize) -> Option<(usize, usize, bool, bool)> {
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
    pub(super) fn head(&self, first: usize, last: usize) -> usize {
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

    pub(super) fn is_given_name(&self, at: usize) -> bool {
        self.is_word(at, |word| self.gazetteer.given.contains_key(&word))
    }

    /// No small word: those stand among the titles because they begin sentences.
    pub(super) fn is_office(&self, at: usize) -> bool {
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
    pub(super) fn title(&self, at: usize) -> bool {
        self.spelling.is_some_and(|s| s.titles.has(self.tokens.folded(at)))
    }
}
