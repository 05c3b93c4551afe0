//! One reading of a text into tokens, each with its folded form and the way back to the original bytes.
//!
//! Every stage works on the same [`Tokens`]: numerals, figures, claims, names, rules, and the words that
//! the search index holds. Folding takes away case and accents, so that "Oekraïne" and "OEKRAINE" are
//! one word; й and ї stay letters of their own.

use super::span::Span;
use rustc_hash::FxHasher;
use std::hash::Hasher;

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Letters only.
    Word,
    /// Digits only.
    Digits,
    /// Letters and digits: `82nd`, `F16`, `2k`.
    Mixed,
    /// One character that is neither letter, digit nor white space.
    Mark,
}

/// A word, a run of digits or a mark. White space is no token.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    pub span: Span,
    /// Where its folded form stands in [`Tokens::folds`].
    fold: (u32, u32),
    /// By which the tables of words and names find it: see [`hash`].
    hash: u64,
    pub kind: Kind,
    /// Its first letter is a capital.
    pub capital: bool,
    /// White space stands before it (or nothing does).
    pub spaced: bool,
    /// A line break stands before it (or nothing does).
    pub line_start: bool,
    /// An empty line stands before it (or nothing does).
    pub paragraph_start: bool,
}

/// A text, read once.
#[derive(Clone, Debug)]
pub struct Tokens<'t> {
    pub text: &'t str,
    pub list: Vec<Token>,
    /// No word begins with a capital: they tell nothing.
    pub uncased: bool,
    /// The text with its ASCII letters in lower case, where ASCII words have their folded form at their own bytes; then that of the others.
    folds: String,
}

impl<'t> Tokens<'t> {
    pub fn of(text: &'t str) -> Tokens<'t> {
        let mut tokens =
            Tokens { text, list: Vec::with_capacity(text.len() / 4), uncased: true, folds: text.to_ascii_lowercase() };
        let bytes = text.as_bytes();
        let (mut spaced, mut breaks) = (true, 2u32);
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if let Some(space) = space_at(text, at, byte) {
                spaced = true;
                breaks += u32::from(byte == b'\n');
                at += space;
                continue;
            }
            let token = tokens.read(at);
            at = token.span.end as usize;
            tokens.uncased &= !token.capital;
            let hash = hash(&tokens.folds[token.fold.0 as usize..token.fold.1 as usize]);
            tokens.list.push(Token { hash, spaced, line_start: breaks > 0, paragraph_start: breaks > 1, ..token });
            (spaced, breaks) = (false, 0);
        }
        tokens
    }

    /// Reads the token that begins at byte `at`: a word as far as it goes, else one mark.
    fn read(&mut self, at: usize) -> Token {
        let bytes = self.text.as_bytes();
        let (end, seen) = ascii_word(bytes, at);
        if bytes.get(end).is_none_or(u8::is_ascii) {
            let end = end.max(at + 1);
            return token((at, end), (at, end), seen, bytes[at].is_ascii_uppercase());
        }
        self.read_unicode(at, end, seen)
    }

    /// Reads the token at byte `at` that is ASCII up to byte `end` only, with the classes of characters seen there.
    fn read_unicode(&mut self, at: usize, ascii: usize, mut seen: u8) -> Token {
        let first = char_at(self.text, at);
        let from = self.folds.len();
        let mut end = ascii;
        let mut rest = self.text[ascii..].chars();
        while let Some(written) = rest.next() {
            let repaired = repaired(written, rest.as_str());
            let c = repaired.unwrap_or(written);
            let class = match c {
                _ if c.is_ascii() => CLASS[c as usize] & WORD,
                // The letters of Europe, without a look into Unicode's tables.
                // An apostrophe, though Unicode calls it a letter: "пʼять".
                'ʼ' => 0,
                'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ſ' | '\u{400}'..='\u{45f}' => LETTER,
                _ if c.is_alphanumeric() && !is_combining(c) => LETTER,
                _ => 0,
            };
            if class == 0 && (seen == 0 || !is_silent(c)) {
                break;
            }
            if end == ascii {
                let begun = self.folds[at..ascii].to_owned();
                self.folds.push_str(&begun);
            }
            seen |= class;
            fold_into(&mut self.folds, from, c);
            end += written.len_utf8();
            if repaired.is_some() {
                end += rest.next().map_or(0, char::len_utf8);
            }
        }
        if end == ascii {
            let end = ascii.max(at + first.len_utf8());
            return token((at, end), (at, end), seen, first.is_uppercase());
        }
        token((at, end), (from, self.folds.len()), seen, first.is_uppercase())
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The folded form of token `i`; empty past the end, so that a look ahead needs no check.
    pub fn folded(&self, i: usize) -> &str {
        self.list.get(i).map_or("", |t| &self.folds[t.fold.0 as usize..t.fold.1 as usize])
    }

    /// The [`hash`] of token `i`; past the end that of no word.
    pub fn hash(&self, i: usize) -> u64 {
        self.list.get(i).map_or(0, |t| t.hash)
    }

    /// Token `i` as written; empty past the end.
    pub fn raw(&self, i: usize) -> &'t str {
        self.list.get(i).map_or("", |t| t.span.of(self.text))
    }

    /// The folded words and numbers, without marks: what search and rules compare.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter(|&i| self.list[i].kind != Kind::Mark).map(|i| self.folded(i))
    }
}

/// The folded words of a text, joined by single spaces: the column that the search index holds.
pub fn searchable(text: &str) -> String {
    let tokens = Tokens::of(text);
    let mut out = String::with_capacity(text.len());
    for word in tokens.words() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Folds a word: lower case, accents away.
pub fn fold(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    fold_onto(&mut out, word);
    out
}

/// Appends a folded word.
pub fn fold_onto(out: &mut String, word: &str) {
    let from = out.len();
    let mut rest = word.chars();
    while let Some(c) = rest.next() {
        let letter = repaired(c, rest.as_str());
        if letter.is_some() {
            rest.next();
        }
        fold_into(out, from, letter.unwrap_or(c));
    }
}

/// What a folded word is found by in tables; quotes are one, and so are dashes.
pub fn hash(folded: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(mark(folded).as_bytes());
    hasher.finish()
}

/// One sign for all quotes and one for all dashes, so that a lexicon writes only `'` and `-`.
pub fn mark(folded: &str) -> &str {
    match folded {
        "`" => "'",
        word if word.len() > 3 || word.is_ascii() => word,
        "’" | "‘" | "´" | "ʼ" | "′" => "'",
        "–" | "—" | "‑" | "−" | "‐" | "‒" | "―" => "-",
        other => other,
    }
}

/// How far the ASCII letters and digits from byte `at` reach, and which of both they are.
fn ascii_word(bytes: &[u8], at: usize) -> (usize, u8) {
    let (mut end, mut seen) = (at, 0);
    while let Some(class) = bytes.get(end).map(|&b| CLASS[b as usize] & WORD).filter(|&class| class != 0) {
        seen |= class;
        end += 1;
    }
    (end, seen)
}

/// A token of these bytes, with the white space before it still to be told.
fn token(span: (usize, usize), fold: (usize, usize), seen: u8, capital: bool) -> Token {
    let kind = match seen {
        0 => Kind::Mark,
        DIGIT => Kind::Digits,
        LETTER => Kind::Word,
        _ => Kind::Mixed,
    };
    let fold = (fold.0 as u32, fold.1 as u32);
    Token {
        span: Span::new(span.0, span.1),
        fold,
        hash: 0,
        kind,
        capital,
        spaced: false,
        line_start: false,
        paragraph_start: false,
    }
}

const SPACE: u8 = 1;
const DIGIT: u8 = 2;
const LETTER: u8 = 4;
const WORD: u8 = DIGIT | LETTER;

/// What each ASCII byte is; other bytes and marks are 0.
const CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut b = 0;
    while b < 128 {
        let byte = b as u8;
        class[b] = if byte.is_ascii_digit() {
            DIGIT
        } else if byte.is_ascii_alphabetic() {
            LETTER
        } else if matches!(byte, b' ' | b'\t'..=b'\r') {
            SPACE
        } else {
            0
        };
        b += 1;
    }
    class
};

/// The letter whose two bytes of UTF-8 somebody read as two characters of Windows-1252: "Ã©" is "é". `rest` is what follows.
fn repaired(c: char, rest: &str) -> Option<char> {
    let lead = u8::try_from(c).ok().filter(|b| (0xc2..=0xdf).contains(b))?;
    let next = rest.chars().next()?;
    let follow = u8::try_from(next).ok().or_else(|| WINDOWS.iter().find(|(w, _)| *w == next).map(|(_, b)| *b))?;
    let bytes = [lead, follow];
    let letter = std::str::from_utf8(&bytes).ok()?.chars().next()?;
    letter.is_alphabetic().then_some(letter)
}

/// Characters that Windows-1252 has where Latin-1 has controls (Unicode's mapping table), as far as letters end in them.
const WINDOWS: &[(char, u8)] = &[
    ('€', 0x80),
    ('‚', 0x82),
    ('ƒ', 0x83),
    ('„', 0x84),
    ('…', 0x85),
    ('†', 0x86),
    ('‡', 0x87),
    ('ˆ', 0x88),
    ('‰', 0x89),
    ('Š', 0x8a),
    ('‹', 0x8b),
    ('Œ', 0x8c),
    ('Ž', 0x8e),
    ('‘', 0x91),
    ('’', 0x92),
    ('“', 0x93),
    ('”', 0x94),
    ('•', 0x95),
    ('–', 0x96),
    ('—', 0x97),
    ('˜', 0x98),
    ('™', 0x99),
    ('š', 0x9a),
    ('›', 0x9b),
    ('œ', 0x9c),
    ('ž', 0x9e),
    ('Ÿ', 0x9f),
];

/// How many bytes of white space begin at byte `at`, where `byte` stands.
fn space_at(text: &str, at: usize, byte: u8) -> Option<usize> {
    match byte {
        b'<' => return tag(&text.as_bytes()[at..]),
        b'&' => return entity(&text.as_bytes()[at..]),
        _ if byte.is_ascii() => return (CLASS[byte as usize] == SPACE).then_some(1),
        _ => {}
    }
    let c = char_at(text, at);
    (c.is_whitespace() || is_invisible(c)).then(|| c.len_utf8())
}

/// Bytes of the longest tag that is passed over.
const LONGEST_TAG: usize = 400;
/// Bytes of the longest character reference that is passed over.
const LONGEST_ENTITY: usize = 10;

/// A tag of HTML that was left in the text parts words as white space does: how long it is.
fn tag(rest: &[u8]) -> Option<usize> {
    let name = rest.get(1).filter(|b| **b == b'/' || b.is_ascii_alphabetic());
    let end = || rest.iter().take(LONGEST_TAG).position(|b| *b == b'>');
    name.and_then(|_| end()).filter(|end| !rest[1..*end].contains(&b'<')).map(|end| end + 1)
}

/// So does a reference to a character: `&nbsp;`, `&#160;`.
fn entity(rest: &[u8]) -> Option<usize> {
    let end = rest.iter().take(LONGEST_ENTITY).position(|b| *b == b';')?;
    let name = &rest[1..end];
    (name.len() > 1 && name.iter().enumerate().all(|(i, b)| b.is_ascii_alphanumeric() || i == 0 && *b == b'#')).then_some(end + 1)
}

/// The character at byte `at`, which is a boundary within the text.
fn char_at(text: &str, at: usize) -> char {
    text[at..].chars().next().unwrap_or_default()
}

/// Characters without width: between words they are space, within a word nothing. (A byte order mark and a zero width space part words.)
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// Goes on with a word but adds nothing to its folded form.
fn is_silent(c: char) -> bool {
    is_combining(c) || matches!(c, '\u{ad}' | '\u{200c}' | '\u{200d}' | '\u{2060}')
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Appends the folded form of `c` to the word that begins at byte `from` of `out`: nothing for an accent.
fn fold_into(out: &mut String, from: usize, c: char) {
    match c {
        _ if c.is_ascii() => out.push(c.to_ascii_lowercase()),
        'Ł' | 'ł' => out.push('l'),
        'Ø' | 'ø' => out.push('o'),
        'Đ' | 'đ' => out.push('d'),
        'ı' | 'İ' => out.push('i'),
        'ŉ' => out.push('n'),
        'ß' | 'ẞ' => out.push_str("ss"),
        'Æ' | 'æ' => out.push_str("ae"),
        'Œ' | 'œ' => out.push_str("oe"),
        'Ё' | 'ё' => out.push('е'),
        'а'..='я' | 'ї' | 'і' | 'є' | 'ґ' => out.push(c),
        'А'..='Я' | 'Ї' | 'І' | 'Є' | 'Ґ' => out.extend(c.to_lowercase()),
        '\u{306}' => compose(out, from, 'и', 'й'),
        '\u{308}' => compose(out, from, 'і', 'ї'),
        _ if is_silent(c) => {}
        _ => fold_decomposed(out, from, c),
    }
}

/// An accent that makes another letter of the one before it.
fn compose(out: &mut String, from: usize, base: char, letter: char) {
    if out.get(from..).is_some_and(|word| word.ends_with(base)) {
        out.pop();
        out.push(letter);
    }
}

/// The letters that `c` is made of, without accents; `c` itself in lower case where it is made of none, or of more than letters ("½").
fn fold_decomposed(out: &mut String, from: usize, c: char) {
    let (mut plain, mut whole) = (true, false);
    unicode_normalization::char::decompose_compatible(c, |d| {
        whole |= d == c;
        plain &= d.is_alphanumeric() || is_combining(d);
    });
    if whole || !plain {
        return out.extend(c.to_lowercase().filter(|&l| !is_combining(l)));
    }
    unicode_normalization::char::decompose_compatible(c, |d| {
        if !is_combining(d) {
            fold_into(out, from, d);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::{Kind, Tokens, fold, searchable};
    use proptest::prelude::*;

    #[test]
    fn folds_case_and_accents() {
        for (word, folded) in [
            ("Oekraïne", "oekraine"),
            ("OEKRAI\u{308}NE", "oekraine"),
            ("Łódź", "lodz"),
            ("Straße", "strasse"),
            ("Київ", "київ"),
            ("Йосип", "йосип"),
            ("ЕЩЁ", "еще"),
            ("Сергіи\u{306}", "сергій"),
            ("Украі\u{308}на", "україна"),
            ("sol\u{ad}daten", "soldaten"),
            ("oﬃcier", "officier"),
            ("Ǿ", "o"),
            ("½", "½"),
        ] {
            assert_eq!(fold(word), folded, "{word}");
        }
    }

    #[test]
    fn tokens_cut_the_text() {
        let tokens = Tokens::of("De 8.500 VS-militairen,\n\nzo’n 2k.");
        let raw: Vec<_> = (0..tokens.len()).map(|i| tokens.raw(i)).collect();
        assert_eq!(raw, ["De", "8", ".", "500", "VS", "-", "militairen", ",", "zo", "’", "n", "2k", "."]);
        assert!(tokens.list[8].paragraph_start && !tokens.list[2].spaced);
        assert_eq!(searchable("Zo’n 8.500 «Żołnierzy»!"), "zo n 8 500 zolnierzy");
    }

    #[test]
    fn invisible_characters_part_no_word_and_make_none() {
        for (text, words) in [
            ("sol\u{ad}daten \u{ad} zijn\u{ad}", "soldaten zijn"),
            ("\u{feff}US\u{200b}troops", "us troops"),
            ("\u{301}a и \u{306}", "a и"),
            ("<b>300</b>&nbsp;men<br/>left, a < b > c &co; &", "300 men left a b c"),
            ("2&#160;000 EjÃ©rcito, NÃO", "2 000 ejercito nao"),
        ] {
            assert_eq!(searchable(text), words, "{text:?}");
        }
    }

    #[test]
    fn every_character_folds_to_what_stays_as_it_is() {
        for c in '\0'..=char::MAX {
            let once = fold(&c.to_string());
            assert_eq!(fold(&once), once, "{c:?}");
            if c.is_alphanumeric() && !super::is_combining(c) {
                let tokens = Tokens::of(&once);
                assert!(tokens.len() == 1 && tokens.folded(0) == once, "{c:?} folds to {once:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn tokens_cover_all_but_space_in_order(text in "\\PC{0,40}|[a-zA-Z0-9 .,'éЙй\u{306}\u{308}\u{ad}\n-]{0,60}") {
            let tokens = Tokens::of(&text);
            let mut end = 0;
            for (i, token) in tokens.list.iter().enumerate() {
                let (start, stop) = (token.span.start as usize, token.span.end as usize);
                prop_assert!(end <= start && start < stop && text.is_char_boundary(start) && text.is_char_boundary(stop));
                let gap = &text[end..start];
                prop_assert!(Tokens::of(gap).is_empty(), "{gap:?} is lost");
                prop_assert_eq!(token.spaced, i == 0 || !gap.is_empty());
                prop_assert!(!tokens.folded(i).is_empty());
                prop_assert!(token.kind == Kind::Mark || tokens.folded(i) == fold(tokens.raw(i)));
                end = stop;
            }
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}|[a-zA-Zéиі\u{306}\u{308}\u{ad} ]{0,40}") {
            let once = searchable(&text);
            prop_assert_eq!(searchable(&once), once.clone());
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
