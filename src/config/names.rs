//! The names that a configuration gives, over all its files: each once, and what refers to them.

use super::read::{Table, Text, Wrong, listed, nearest};
use crate::rule::Condition;
use std::collections::BTreeMap;

/// Names of one kind, with the place where each is given.
#[derive(Default)]
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    /// Takes a name; reports it where it is taken already.
    pub fn give(&mut self, what: &str, name: &Text, table: &Table) {
        let place = format!("{}:{}", table.reader.file.display(), table.reader.line(name.span.start));
        if let Some(first) = self.0.get(name.value) {
            let message = format!("a second {what} `{}`", name.value);
            table.reader.problem(name.span.clone(), message, Some(format!("the first is at {first}")));
        } else {
            self.0.insert(name.value.to_owned(), place);
        }
    }

    /// Takes a name that nobody wrote, changed until nobody else has it.
    pub fn make(&mut self, wish: &str) -> String {
        let mut name = wish.to_owned();
        let mut count = 1;
        while self.0.contains_key(&name) {
            count += 1;
            name = format!("{wish}-{count}");
        }
        self.0.insert(name.clone(), String::new());
        name
    }

    /// Takes a name that may be there already.
    pub fn add(&mut self, name: &str) {
        self.0.entry(name.to_owned()).or_default();
    }

    /// Nobody may refer to it any more.
    pub fn drop(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// The name, if there is one.
    pub fn find(&self, what: &str, name: &str) -> Result<String, Wrong> {
        if self.0.contains_key(name) {
            return Ok(name.to_owned());
        }
        let known = || self.0.keys().map(String::as_str);
        let hint = nearest(name, known()).unwrap_or_else(|| match self.0.is_empty() {
            true => format!("there is no {what} in these files"),
            false => format!("there are: {}", listed(known())),
        });
        Err(Wrong::new(format!("no {what} is called `{name}`"), hint))
    }
}

/// All names of a configuration.
#[derive(Default)]
pub(super) struct Known {
    /// A file could not be read, so a name that is missing may stand there.
    pub incomplete: bool,
    pub feeds: Names,
    pub urls: Names,
    pub tags: Names,
    pub entities: Names,
    pub receivers: Names,
    pub rules: Names,
    pub conditions: Names,
    /// What the named conditions stand for.
    pub named: BTreeMap<String, Condition>,
}

impl Known {
    /// The names listed at `key`, each of which `names` must hold.
    pub fn all(&self, table: &mut Table, key: &'static str, what: &str, names: &Names) -> Option<Vec<String>> {
        table.read_all(key, |name| if self.incomplete { Ok(name.to_owned()) } else { names.find(what, name) })
    }
}
