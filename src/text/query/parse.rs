//! Reads a query as its user writes it.

use super::{Query, QueryError};
use crate::text::fold::Tokens;

/// Words and phrases in one query.
const MAX_TERMS: usize = 200;
/// Parentheses within each other.
const MAX_DEPTH: usize = 50;
/// Words between the phrases of a NEAR that gives no number: FTS5's own default.
const NEAR_WORDS: u32 = 10;
const LONE_STAR: &str = "`*` stands right after the beginning of a word: `mobilis*`";

pub(super) fn parse(query: &str) -> Result<Query, QueryError> {
    let mut parser = Parser { text: query, lexemes: lex(query)?, at: 0, depth: 0 };
    if parser.lexemes.is_empty() {
        return Err(error(0, "the query is empty: give at least one word"));
    }
    let tree = parser.any_of()?;
    match parser.peek() {
        None => Ok(tree),
        Some(Lexeme::Star) => Err(parser.error(LONE_STAR)),
        Some(_) => Err(parser.error("this `)` closes nothing: remove it, or add the `(` that it belongs to")),
    }
}

fn error(at: usize, message: impl Into<String>) -> QueryError {
    QueryError { at, message: message.into() }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Lexeme {
    Open,
    Close,
    Star,
    And,
    Or,
    Not,
    /// `NEAR` with its parenthesis.
    Near,
    /// `title:`
    Title,
    /// A bare word, as written.
    Word(String),
    /// What stood between quotes.
    Quoted(String),
}

fn lex(text: &str) -> Result<Vec<(usize, Lexeme)>, QueryError> {
    let mut lexemes = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let (len, lexeme) = match c {
            c if c.is_whitespace() => (c.len_utf8(), None),
            '(' => (1, Some(Lexeme::Open)),
            ')' => (1, Some(Lexeme::Close)),
            '*' => (1, Some(Lexeme::Star)),
            '"' => quoted(text, at).map(|(len, words)| (len, Some(Lexeme::Quoted(words))))?,
            _ => word(text, at).map(|(len, lexeme)| (len, Some(lexeme)))?,
        };
        lexemes.extend(lexeme.map(|lexeme| (at, lexeme)));
        at += len;
    }
    if lexemes.iter().filter(|(_, l)| matches!(l, Lexeme::Word(_) | Lexeme::Quoted(_))).count() > MAX_TERMS {
        return Err(error(0, format!("the query has more than {MAX_TERMS} words: split it")));
    }
    Ok(lexemes)
}

/// A phrase between quotes, in which `""` is a quote.
fn quoted(text: &str, start: usize) -> Result<(usize, String), QueryError> {
    let inner = &text[start + 1..];
    let mut end = 0;
    loop {
        let Some(quote) = inner[end..].find('"') else {
            return Err(error(start, "this quote is not closed: add a `\"` at the end of the phrase"));
        };
        end += quote + 1;
        if !inner[end..].starts_with('"') {
            return Ok((end + 1, inner[..end - 1].replace("\"\"", "\"")));
        }
        end += 1;
    }
}

fn word(text: &str, start: usize) -> Result<(usize, Lexeme), QueryError> {
    let rest = &text[start..];
    let word = &rest[..rest.find(|c: char| c.is_whitespace() || "()*\"".contains(c)).unwrap_or(rest.len())];
    if let Some((field, after)) =
        word.split_once(':').filter(|(field, _)| field.chars().all(char::is_alphabetic) && !field.is_empty())
    {
        let begins_something = !after.is_empty() || rest[word.len()..].starts_with('"');
        return match field.to_lowercase().as_str() {
            "title" => Ok((field.len() + 1, Lexeme::Title)),
            _ if begins_something => {
                Err(error(start, format!("`{field}:` is no field, only `title:` is; write \"{word}\" to look for the words")))
            }
            _ => Ok((word.len(), Lexeme::Word(word.to_owned()))),
        };
    }
    let lexeme = match word {
        "AND" => Lexeme::And,
        "OR" => Lexeme::Or,
        "NOT" => Lexeme::Not,
        "NEAR" if rest[word.len()..].trim_start().starts_with('(') => {
            return Ok((rest.find('(').unwrap_or(word.len()) + 1, Lexeme::Near));
        }
        _ => Lexeme::Word(word.to_owned()),
    };
    Ok((word.len(), lexeme))
}

struct Parser<'t> {
    text: &'t str,
    lexemes: Vec<(usize, Lexeme)>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Lexeme> {
        self.lexemes.get(self.at).map(|(_, lexeme)| lexeme)
    }

    fn eat(&mut self, lexeme: &Lexeme) -> bool {
        let there = self.peek() == Some(lexeme);
        self.at += usize::from(there);
        there
    }

    /// The byte at which the next lexeme stands, or the text ends.
    fn place(&self) -> usize {
        self.lexemes.get(self.at).map_or(self.text.len(), |(at, _)| *at)
    }

    fn error(&self, message: &str) -> QueryError {
        error(self.place(), message)
    }

    fn any_of(&mut self) -> Result<Query, QueryError> {
        let mut tree = self.all_of()?;
        while self.eat(&Lexeme::Or) {
            tree = Query::Or(Box::new(tree), Box::new(self.all_of()?));
        }
        Ok(tree)
    }

    fn all_of(&mut self) -> Result<Query, QueryError> {
        let mut tree = self.without()?;
        while self.eat(&Lexeme::And) {
            if self.peek() == Some(&Lexeme::Not) {
                return Err(self.error("NOT stands between two words: write `a NOT b` instead of `a AND NOT b`"));
            }
            tree = Query::And(Box::new(tree), Box::new(self.without()?));
        }
        Ok(tree)
    }

    fn without(&mut self) -> Result<Query, QueryError> {
        let mut tree = self.side_by_side()?;
        while self.eat(&Lexeme::Not) {
            tree = Query::Not(Box::new(tree), Box::new(self.side_by_side()?));
        }
        Ok(tree)
    }

    fn side_by_side(&mut self) -> Result<Query, QueryError> {
        let mut tree = self.term()?;
        while matches!(self.peek(), Some(Lexeme::Open | Lexeme::Near | Lexeme::Title | Lexeme::Word(_) | Lexeme::Quoted(_))) {
            tree = Query::And(Box::new(tree), Box::new(self.term()?));
        }
        Ok(tree)
    }

    fn term(&mut self) -> Result<Query, QueryError> {
        if self.eat(&Lexeme::Open) {
            return self.group();
        }
        let title = self.eat(&Lexeme::Title);
        if self.eat(&Lexeme::Near) {
            return self.near(title);
        }
        let words = self.phrase()?;
        let prefix = self.eat(&Lexeme::Star);
        Ok(Query::Phrase { words, prefix, title })
    }

    fn group(&mut self) -> Result<Query, QueryError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("parentheses are nested too deeply"));
        }
        let tree = self.any_of()?;
        self.depth -= 1;
        if !self.eat(&Lexeme::Close) {
            return Err(self.error("a `)` is missing here"));
        }
        Ok(tree)
    }

    /// The folded words of a bare word or of a phrase in quotes.
    fn phrase(&mut self) -> Result<Vec<String>, QueryError> {
        let words = match self.peek() {
            Some(Lexeme::Word(written) | Lexeme::Quoted(written)) => folded(written),
            Some(Lexeme::Not) => return Err(self.error("NOT needs a word before it: write `a NOT b`")),
            Some(Lexeme::And | Lexeme::Or) => {
                return Err(self.error("a word is missing before this operator; quote it to look for the word itself"));
            }
            Some(Lexeme::Star) => return Err(self.error(LONE_STAR)),
            Some(Lexeme::Open | Lexeme::Near | Lexeme::Title) => {
                return Err(self.error("`title:` stands before a word, a phrase in quotes or NEAR(…)"));
            }
            Some(Lexeme::Close) | None => return Err(self.error("a word is missing here")),
        };
        if words.is_empty() {
            return Err(self.error("there is no letter or digit in this to look for"));
        }
        self.at += 1;
        Ok(words)
    }

    /// What follows `NEAR(`: phrases, then perhaps `, 5`.
    fn near(&mut self, title: bool) -> Result<Query, QueryError> {
        let distance = self.distance();
        let mut phrases = Vec::new();
        while !self.eat(&Lexeme::Close) {
            match self.peek() {
                Some(Lexeme::Word(_) | Lexeme::Quoted(_)) => phrases.push(self.phrase()?),
                Some(Lexeme::Star) => return Err(self.error("NEAR takes whole words and phrases, no `*`")),
                Some(_) => return Err(self.error("NEAR takes words and phrases only: NEAR(word \"two words\", 5)")),
                None => return Err(self.error("a `)` is missing here: NEAR(a b, 5)")),
            }
        }
        if phrases.is_empty() {
            return Err(error(self.lexemes[self.at - 1].0, "NEAR needs words: NEAR(a b, 5)"));
        }
        Ok(Query::Near { phrases, distance, title })
    }

    /// Takes `, 5` off the end of a NEAR, in whatever way it is spaced: "b, 5" "b,5" "b , 5" "\"b c\", 5".
    fn distance(&mut self) -> u32 {
        let Some(close) = (self.at..self.lexemes.len()).find(|&i| self.lexemes[i].1 == Lexeme::Close) else { return NEAR_WORDS };
        let bare = |i: usize| match &self.lexemes[i].1 {
            Lexeme::Word(word) => Some(word.clone()),
            _ => None,
        };
        if close == self.at {
            return NEAR_WORDS;
        }
        let Some(last) = bare(close - 1) else { return NEAR_WORDS };
        if let Some((word, number)) = last.rsplit_once(',').filter(|(_, number)| !number.is_empty()) {
            let Ok(number) = number.parse() else { return NEAR_WORDS };
            self.shorten(close - 1, word);
            return number;
        }
        let (Ok(number), true) = (last.parse(), close - 1 > self.at) else { return NEAR_WORDS };
        match bare(close - 2).as_deref().and_then(|word| word.strip_suffix(',')) {
            Some(word) => {
                self.lexemes.remove(close - 1);
                self.shorten(close - 2, word);
                number
            }
            None => NEAR_WORDS,
        }
    }

    /// Makes the word at lexeme `i` be `word`, or takes it away where nothing is left of it.
    fn shorten(&mut self, i: usize, word: &str) {
        if word.is_empty() {
            self.lexemes.remove(i);
        } else {
            self.lexemes[i].1 = Lexeme::Word(word.to_owned());
        }
    }
}

fn folded(written: &str) -> Vec<String> {
    Tokens::of(written).words().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn canonical_forms() {
        for (query, canonical) in [
            ("Oekraïne", "oekraine"),
            ("a b c", "(a AND b) AND c"),
            ("a b NOT c d", "(a AND b) NOT (c AND d)"),
            ("a OR b AND c NOT d", "a OR (b AND (c NOT d))"),
            ("a NOT b NOT c", "(a NOT b) NOT c"),
            ("(a OR b) c", "(a OR b) AND c"),
            ("VS-militairen*", "\"vs militairen\"*"),
            ("\"say \"\"no\"\"\"", "\"say no\""),
            ("Title: x TITLE:\"y z\"", "title:x AND title:\"y z\""),
            ("12:30", "\"12 30\""),
            ("near and", "near AND and"),
            ("NEAR(a \"b c\", 5)", "NEAR(a \"b c\", 5)"),
            ("NEAR(a b,5) NEAR(a b) NEAR (a b , 0)", "(NEAR(a b, 5) AND NEAR(a b, 10)) AND NEAR(a b, 0)"),
            ("NEAR(a b 5)", "NEAR(a b 5, 10)"),
        ] {
            assert_eq!(parse(query).map(|q| q.to_string()), Ok(canonical.to_owned()), "{query}");
        }
    }

    #[test]
    fn errors_say_where() {
        for (query, at) in [
            ("", 0),
            ("  ", 0),
            ("NOT a", 0),
            ("a AND NOT b", 6),
            ("a OR", 4),
            ("OR a", 0),
            ("(a b", 4),
            ("a) b", 1),
            ("a \"b", 2),
            ("é — b", 3),
            ("a * b**", 6),
            ("*a", 0),
            ("url:x", 0),
            ("NEAR(a (b))", 7),
            ("NEAR(a b* c)", 8),
            ("NEAR()", 5),
            ("NEAR(a", 6),
            ("title:(a b)", 6),
        ] {
            assert_eq!(parse(query).map_err(|e| e.at), Err(at), "{query}");
        }
        assert!(parse(&"a ".repeat(201)).is_err() && parse(&"(".repeat(100_000)).is_err());
    }
}
