//! Walking over a TOML file, collecting what is wrong with it.
//!
//! A [`Reader`] holds one file, a [`Table`] one of its tables. Every method that reads a key gives the value if it is
//! there and good, and notes a [`Problem`] if it is there and bad; reading goes on either way. [`Table::finish`] reports the
//! keys nobody asked for, so what is asked for is the only list of known keys.

use super::Problem;
use super::duration::duration;
use std::cell::RefCell;
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use std::path::Path;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A hint names at most this many keys or names.
const NAMES_IN_HINT: usize = 40;

/// One file: its text, its tree, its problems.
pub(super) struct Reader<'t> {
    pub file: &'t Path,
    text: &'t str,
    /// Where each line begins: a hundred thousand tables ask for theirs.
    lines: Vec<usize>,
    root: DeTable<'t>,
    problems: RefCell<Vec<Problem>>,
    /// The text is no TOML; nothing of it is read.
    pub broken: bool,
}

impl<'t> Reader<'t> {
    pub fn new(file: &'t Path, text: &'t str) -> Reader<'t> {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut reader = Reader { file, text, lines, root: DeTable::new(), problems: RefCell::default(), broken: false };
        match DeTable::parse(text) {
            Ok(root) => reader.root = root.into_inner(),
            Err(error) => {
                reader.broken = true;
                let message = format!("not readable as TOML: {}", error.message().replace('\n', ", "));
                reader.problem(error.span().unwrap_or(0..0), message, None);
            }
        }
        reader
    }

    /// The table that is the whole file, and how messages call it.
    pub fn top(&self, name: &'static str) -> Table<'_> {
        Table { reader: self, name, span: 0..0, entries: &self.root, asked: Vec::new() }
    }

    pub fn problem(&self, span: Range<usize>, message: impl Into<String>, hint: Option<String>) {
        let (line, column) = place(self.text, span.start);
        self.problems.borrow_mut().push(Problem {
            file: self.file.to_owned(),
            line,
            column,
            span,
            message: message.into(),
            hint,
        });
    }

    /// The line, from 1, of a byte.
    pub fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|&start| start <= at)
    }

    /// What was wrong, in the order of the file.
    pub fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|p| (p.span.start, p.span.end));
        problems
    }

    /// Where byte `at` of a string's value stands in the file. Exact unless the string is written with escapes.
    fn inside(&self, text: &Text, at: usize) -> Range<usize> {
        let written = self.text.get(text.span.clone()).unwrap_or("");
        match written.find(text.value) {
            Some(quote) if text.value.is_char_boundary(at) => {
                let start = text.span.start + quote + at;
                let long = text.value[at..].chars().next().map_or(1, char::len_utf8);
                start..start + long
            }
            _ => text.span.clone(),
        }
    }
}

/// Line and column of a byte, both from 1, the column in characters.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// A string and where it stands.
#[derive(Clone)]
pub(super) struct Text<'a> {
    pub value: &'a str,
    pub span: Range<usize>,
}

/// What is wrong with a value.
pub(super) struct Wrong {
    pub message: String,
    pub hint: Option<String>,
    /// At which byte of it.
    pub at: Option<usize>,
}

impl Wrong {
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Wrong {
        Wrong { message: message.into(), hint: Some(hint.into()), at: None }
    }

    /// For commands, which have no line to point at.
    pub fn in_one_line(self) -> String {
        self.hint.map_or(self.message.clone(), |hint| format!("{}: {hint}", self.message))
    }
}

impl From<String> for Wrong {
    fn from(message: String) -> Wrong {
        Wrong { message, hint: None, at: None }
    }
}

/// A table being read. Ends with [`Table::finish`].
pub(super) struct Table<'a> {
    pub reader: &'a Reader<'a>,
    /// How messages call it: `[poll]`, `[[feed]]`.
    name: &'static str,
    pub span: Range<usize>,
    entries: &'a DeTable<'a>,
    asked: Vec<&'static str>,
}

impl<'a> Table<'a> {
    fn get(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.entries.get(key)
    }

    /// Where the value of `key` stands, else the table.
    pub fn span_of(&self, key: &str) -> Range<usize> {
        self.entries.get(key).map_or(self.span.clone(), Spanned::span)
    }

    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Is there a list at `key` with nothing in it?
    pub fn is_empty_list(&self, key: &str) -> bool {
        self.entries.get(key).and_then(|v| v.get_ref().as_array()).is_some_and(|list| list.is_empty())
    }

    fn mismatch(&self, key: &str, value: &Spanned<DeValue>, expected: &str, hint: Option<String>) {
        let message = format!("`{key}` must be {expected}, not {}", kind(value.get_ref()));
        self.reader.problem(value.span(), message, hint);
    }

    fn wrong(&self, text: &Text, wrong: Wrong) {
        let span = wrong.at.map_or(text.span.clone(), |at| self.reader.inside(text, at));
        self.reader.problem(span, wrong.message, wrong.hint);
    }

    /// Notes that a key is missing.
    pub fn lacks(&self, key: &str, hint: &str) {
        self.reader.problem(self.span.clone(), format!("{} lacks `{key}`", self.name), Some(hint.to_owned()));
    }

    pub fn text(&mut self, key: &'static str) -> Option<Text<'a>> {
        let value = self.get(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.mismatch(key, value, "text in quotes", None);
            return None;
        };
        if text.trim().is_empty() {
            self.reader.problem(value.span(), format!("`{key}` is empty"), Some("write something, or leave the key out".into()));
            return None;
        }
        Some(Text { value: text, span: value.span() })
    }

    /// A list of texts; `None` where the key is absent, without the bad ones where it is not.
    pub fn texts(&mut self, key: &'static str) -> Option<Vec<Text<'a>>> {
        let value = self.get(key)?;
        let list = match value.get_ref() {
            DeValue::Array(list) => list,
            DeValue::String(text) => {
                self.mismatch(key, value, "a list", Some(format!("write {key} = {}", as_list(key, text))));
                return None;
            }
            _ => {
                self.mismatch(key, value, "a list of texts", None);
                return None;
            }
        };
        let mut texts = Vec::with_capacity(list.len());
        for item in list.iter() {
            match item.get_ref().as_str() {
                Some(text) if !text.trim().is_empty() => texts.push(Text { value: text, span: item.span() }),
                Some(_) => self.reader.problem(item.span(), format!("an empty text in `{key}`"), Some("take it out".into())),
                None => {
                    let message = format!("`{key}` must hold texts in quotes, not {}", kind(item.get_ref()));
                    self.reader.problem(item.span(), message, None);
                }
            }
        }
        Some(texts)
    }

    /// A text that `parse` makes something of.
    pub fn read<T, E: Into<Wrong>>(&mut self, key: &'static str, parse: impl Fn(&str) -> Result<T, E>) -> Option<T> {
        let text = self.text(key)?;
        self.check(&text, parse(text.value))
    }

    /// A list of texts that `parse` makes something of each.
    pub fn read_all<T, E: Into<Wrong>>(&mut self, key: &'static str, parse: impl Fn(&str) -> Result<T, E>) -> Option<Vec<T>> {
        let texts = self.texts(key)?;
        Some(texts.iter().filter_map(|text| self.check(text, parse(text.value))).collect())
    }

    /// The value, or the problem at its text.
    pub fn check<T, E: Into<Wrong>>(&self, text: &Text, result: Result<T, E>) -> Option<T> {
        result.map_err(|wrong| self.wrong(text, wrong.into())).ok()
    }

    pub fn owned(&mut self, key: &'static str) -> Option<String> {
        self.text(key).map(|t| t.value.to_owned())
    }

    /// A list of texts as it is; empty where absent.
    pub fn list(&mut self, key: &'static str) -> Vec<String> {
        self.texts(key).unwrap_or_default().iter().map(|t| t.value.to_owned()).collect()
    }

    pub fn flag(&mut self, key: &'static str) -> Option<bool> {
        let value = self.get(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.mismatch(key, value, "true or false, without quotes", None);
        }
        flag
    }

    pub fn number(&mut self, key: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
        let value = self.get(key)?;
        let Some(integer) = value.get_ref().as_integer() else {
            self.mismatch(key, value, "a whole number, without quotes", None);
            return None;
        };
        let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
        self.within(key, value, number, &range)
    }

    /// A number between 0 and 1.
    pub fn fraction(&mut self, key: &'static str) -> Option<f32> {
        let value = self.get(key)?;
        let number: Option<f32> = match value.get_ref() {
            DeValue::Float(f) => f.as_str().parse().ok(),
            DeValue::Integer(i) if i.radix() == 10 => i.as_str().parse().ok(),
            _ => {
                self.mismatch(key, value, "a number from 0 to 1", None);
                return None;
            }
        };
        self.within(key, value, number, &(0.0..=1.0))
    }

    fn within<T: PartialOrd + Display>(
        &self,
        key: &str,
        value: &Spanned<DeValue>,
        number: Option<T>,
        range: &RangeInclusive<T>,
    ) -> Option<T> {
        let good = number.filter(|n| range.contains(n));
        if good.is_none() {
            self.reader.problem(value.span(), format!("`{key}` must lie between {} and {}", range.start(), range.end()), None);
        }
        good
    }

    /// A duration such as `15m`, within bounds that are written the same way.
    pub fn duration(&mut self, key: &'static str, from: &'static str, to: &'static str) -> Option<Duration> {
        const HOW: &str = "write a number and a unit in quotes: \"90s\", \"15m\", \"24h\" or \"7d\"";
        if let Some(value) = self.get(key).filter(|v| !v.get_ref().is_str()) {
            self.mismatch(key, value, "a duration", Some(HOW.to_owned()));
            return None;
        }
        self.read(key, |text| {
            let length = duration(text).map_err(|why| Wrong::new(why, HOW))?;
            let fits = duration(from).is_ok_and(|d| d <= length) && duration(to).is_ok_and(|d| length <= d);
            if fits { Ok(length) } else { Err(Wrong::from(format!("`{key}` must lie between {from} and {to}"))) }
        })
    }

    /// The table at `key`.
    pub fn table(&mut self, key: &'static str, name: &'static str) -> Option<Table<'a>> {
        let value = self.get(key)?;
        let table = self.sub(value, name);
        if table.is_none() {
            self.mismatch(key, value, "a table", Some(format!("write {name} on a line of its own, and its keys below")));
        }
        table
    }

    /// The tables of the list at `key`; none where absent.
    pub fn tables(&mut self, key: &'static str, name: &'static str) -> Vec<Table<'a>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            self.mismatch(key, value, "a list of tables", Some(format!("write {name}, with the brackets shown")));
            return Vec::new();
        };
        let mut tables = Vec::with_capacity(list.len());
        for item in list.iter() {
            match self.sub(item, name) {
                Some(table) => tables.push(table),
                None => self.mismatch(key, item, "a list of tables", None),
            }
        }
        tables
    }

    fn sub(&self, value: &'a Spanned<DeValue<'a>>, name: &'static str) -> Option<Table<'a>> {
        let entries = value.get_ref().as_table()?;
        Some(Table { reader: self.reader, name, span: value.span(), entries, asked: Vec::new() })
    }

    /// The keys of a table whose keys are the user's, with their values.
    pub fn pairs(&self) -> Vec<(Text<'a>, Option<Text<'a>>)> {
        let text = |v: &'a Spanned<DeValue<'a>>| Some(Text { value: v.get_ref().as_str()?, span: v.span() });
        self.entries.iter().map(|(k, v)| (Text { value: k.get_ref(), span: k.span() }, text(v))).collect()
    }

    /// Reports the keys that nobody asked for.
    pub fn finish(self) {
        for (key, _) in self.entries.iter() {
            let name = key.get_ref().as_ref();
            if !self.asked.contains(&name) {
                let hint = nearest(name, self.asked.iter().copied())
                    .unwrap_or_else(|| format!("known here: {}", listed(self.asked.iter().copied())));
                self.reader.problem(key.span(), format!("unknown key `{name}` in {}", self.name), Some(hint));
            }
        }
    }
}

fn kind(value: &DeValue) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Reads one of a closed set of words.
pub(super) fn choice<T: Copy + 'static>(all: &'static [T], word: fn(T) -> &'static str) -> impl Fn(&str) -> Result<T, Wrong> {
    move |text| {
        let words = || all.iter().map(|value| word(*value));
        let found = all.iter().copied().find(|value| word(*value) == text);
        found.ok_or_else(|| Wrong {
            message: format!("`{text}` is none of {}", listed(words())),
            hint: nearest(text, words()),
            at: None,
        })
    }
}

/// Names for a hint, cut off where there are many.
pub(super) fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<_> = names.collect();
    let more = if names.len() > NAMES_IN_HINT { ", …" } else { "" };
    names[..names.len().min(NAMES_IN_HINT)].join(", ") + more
}

/// "did you mean `every`?", where a known name is near enough.
pub(super) fn nearest<'n>(wrong: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    let folded = wrong.to_lowercase();
    let far = 1 + folded.chars().count() / 4;
    let near = known.map(|k| (distance(&folded, &k.to_lowercase()), k)).filter(|(d, _)| *d <= far).min()?;
    Some(format!("did you mean `{}`?", near.1))
}

/// How many letters must be added, dropped or changed (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let change = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = change.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// A text as the list that it should be. No shell takes a command apart: each of its words is an item.
fn as_list(key: &str, text: &str) -> String {
    let items: Vec<&str> = if key == "command" { text.split_whitespace().collect() } else { vec![text] };
    format!("[{}]", items.iter().map(|item| format!("\"{item}\"")).collect::<Vec<_>>().join(", "))
}
