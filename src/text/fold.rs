//! One reading of a text into tokens, each with its folded form and the way back to the original bytes.
//!
//! Every stage works on the same [`Tokens`]: numerals, figures, claims, names, rules, and the words that
//! the search index holds. Folding takes away case and accents, so that "Oekraïne" and "OEKRAINE" are
//! one word; й and ї stay letters of their own.

use super::span::Span;

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
    folds: String,
}

impl<'t> Tokens<'t> {
    pub fn of(text: &'t str) -> Tokens<'t> {
        let mut tokens = Tokens { text, list: Vec::with_capacity(text.len() / 5), folds: String::with_capacity(text.len()) };
        let (mut spaced, mut breaks) = (true, 2u32);
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            if is_space(c) {
                spaced = true;
                breaks += u32::from(c == '\n');
                at += c.len_utf8();
                continue;
            }
            let token = tokens.read(at, c);
            at = token.span.end as usize;
            tokens.list.push(Token { spaced, line_start: breaks > 0, paragraph_start: breaks > 1, ..token });
            (spaced, breaks) = (false, 0);
        }
        tokens
    }

    /// Reads the token that begins at byte `at` with `first`.
    fn read(&mut self, at: usize, first: char) -> Token {
        let (mut end, from) = (at, self.folds.len());
        let (mut letters, mut digits) = (false, false);
        for c in self.text[at..].chars() {
            let digit = c.is_ascii_digit();
            if !digit && !is_word(c) {
                break;
            }
            digits |= digit;
            letters |= !digit;
            fold_into(&mut self.folds, c);
            end += c.len_utf8();
        }
        let kind = match (letters, digits) {
            (true, true) => Kind::Mixed,
            (true, false) => Kind::Word,
            (false, true) => Kind::Digits,
            (false, false) => {
                self.folds.push(first);
                end = at + first.len_utf8();
                Kind::Mark
            }
        };
        Token {
            span: Span::new(at, end),
            fold: (from as u32, self.folds.len() as u32),
            kind,
            capital: first.is_uppercase(),
            spaced: false,
            line_start: false,
            paragraph_start: false,
        }
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
    for word in tokens.words().filter(|w| !w.is_empty()) {
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
    word.chars().for_each(|c| fold_into(&mut out, c));
    out
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}' | '\u{ad}')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining(c)
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Appends the folded form of `c`: nothing for a combining accent.
fn fold_into(out: &mut String, c: char) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    match c {
        'Ł' | 'ł' => out.push('l'),
        'Ø' | 'ø' => out.push('o'),
        'Đ' | 'đ' => out.push('d'),
        'ı' | 'İ' => out.push('i'),
        'ß' | 'ẞ' => out.push_str("ss"),
        'Æ' | 'æ' => out.push_str("ae"),
        'Œ' | 'œ' => out.push_str("oe"),
        'Ё' | 'ё' => out.push('е'),
        'а'..='я' | 'ї' | 'і' | 'є' | 'ґ' => out.push(c),
        'А'..='Я' | 'Ї' | 'І' | 'Є' | 'Ґ' => out.extend(c.to_lowercase()),
        _ if is_combining(c) => {}
        _ => {
            let mut base = None;
            unicode_normalization::char::decompose_compatible(c, |d| {
                if base.is_none() && !is_combining(d) {
                    base = Some(d);
                }
            });
            out.extend(base.unwrap_or(c).to_lowercase());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Tokens, fold, searchable};

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
}
