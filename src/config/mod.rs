//! Files as written -> ready objects, or every problem with its line.
//!
//! [`load`] reads the configuration and what it includes, checks all of it, and gives either a [`Config`] in which every value is valid, or
//! the list of all [`Problem`]s. Below this module no string is interpreted twice.
//!
//! Names first, then what refers to them: feeds, entities and receivers of all files are read before the rules of any. The built-in rule
//! `troops` and the built-in receiver `desktop` are there without being written; writing one of that name changes it.

mod access;
mod care;
mod codes;
mod duration;
mod entity;
mod feed;
mod files;
mod flow;
mod health;
mod names;
mod poll;
mod read;
mod receiver;
mod rule;
mod show;
mod web;
mod words;

pub use care::{Backups, Care};
pub use duration::{duration, written};
pub use feed::{named_after, typed_encoding, typed_proxy};
pub use files::{default_data, default_path, default_units, missing_message, secret, secret_of};
pub use poll::Poll;
pub use rule::BUILTIN;
pub use show::Shown;

use crate::alert::HealthPolicy;
use crate::feed::Subscription;
use crate::notify::{Kind, Receiver};
use crate::rule::{Rule, troops};
use crate::text::gazetteer::Entity;
use crate::text::language::Language;
use jiff::civil::{Time, time};
use names::Known;
use read::{Reader, Table};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The documented default, compiled in.
pub const DEFAULT: &str = include_str!("../../config/orbat.toml");
/// Well-known public feeds, compiled in.
pub const FEEDS: &str = include_str!("../../config/feeds.toml");
/// A starter watch list, compiled in.
pub const ENTITIES: &str = include_str!("../../config/entities.toml");

/// A configuration includes at most this many files.
const MAX_INCLUDES: usize = 100;

/// A configuration in which every value is valid.
#[derive(Clone, Debug)]
pub struct Config {
    /// The files that it was read from, the main one first.
    pub files: Vec<PathBuf>,
    /// Of messages and popups.
    pub language: Language,
    /// Whose casualties matter: countries or alliances.
    pub home: Vec<String>,
    /// The user's own words: texts in the form of a lexicon.
    pub words: Vec<Written<String>>,
    pub poll: Poll,
    /// Local times of day at which a digest is told.
    pub digest_at: Vec<Time>,
    /// Where health and metrics are served; `None`: nowhere. Always an address of this machine.
    pub web: Option<SocketAddr>,
    /// Who is told of the health of feeds.
    pub health: HealthPolicy,
    /// What is kept for how long, and copies of it.
    pub care: Care,
    pub feeds: Vec<Written<Subscription>>,
    pub entities: Vec<Written<Entity>>,
    /// With the built-in rule `troops`, first unless it is written elsewhere; `enabled` says whether it is on.
    pub rules: Vec<Rule>,
    /// Those that are on, with the built-in receiver `desktop` unless one of that name is switched off.
    pub receivers: Vec<Receiver>,
}

/// Something with the place where it is written.
#[derive(Clone, Debug)]
pub struct Written<T> {
    pub value: T,
    pub file: PathBuf,
    /// From 1.
    pub line: usize,
}

/// One thing that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub file: PathBuf,
    /// From 1, columns in characters; 0 where the file as a whole is meant.
    pub line: usize,
    pub column: usize,
    /// Bytes of the file, for underlining.
    pub span: std::ops::Range<usize>,
    pub message: String,
    pub hint: Option<String>,
}

impl Problem {
    fn of_file(file: &Path, message: String) -> Problem {
        Problem { file: file.to_owned(), line: 0, column: 0, span: 0..0, message, hint: None }
    }
}

impl std::fmt::Display for Problem {
    /// `orbat.toml:12:3: unknown key …; did you mean …?`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What is wrong with a whole file names it.
        if self.line > 0 {
            write!(f, "{}:{}:{}: ", self.file.display(), self.line, self.column)?;
        }
        write!(f, "{}", self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

/// Reads and checks a configuration. All problems of all its files at once.
pub fn load(path: &Path) -> Result<Config, Vec<Problem>> {
    load_beside(path, &[])
}

/// Likewise, where rules may also name these entities, which commands have added.
pub fn load_beside(path: &Path, entities: &[String]) -> Result<Config, Vec<Problem>> {
    let text = files::read(path).map_err(|why| vec![Problem::of_file(path, why)])?;
    assemble(path, &text, entities)
}

/// The configuration that stands when the file at `path` holds `text`: for tests, `check` and the demo.
pub fn parse(path: &Path, text: &str) -> Result<Config, Vec<Problem>> {
    assemble(path, text, &[])
}

fn assemble(path: &Path, text: &str, entities: &[String]) -> Result<Config, Vec<Problem>> {
    let main = Reader::new(path, text);
    let mut top = main.top("this file");
    let mut known = Known { incomplete: main.broken, ..Known::default() };
    let included = included(&mut top, &mut known);
    let readers: Vec<Reader> = included.iter().map(|(file, text)| Reader::new(file, text)).collect();
    known.incomplete |= readers.iter().any(|r| r.broken);

    let (words, wrong_words) = words::read(&mut top);
    let mut config = Config { words, ..settings(&mut top) };
    let mut tops: Vec<Table> = std::iter::once(top).chain(readers.iter().map(|reader| reader.top("an included file"))).collect();
    config.files.extend(tops.iter().map(|top| top.reader.file.to_owned()));
    read_named(&mut config, &mut tops, &mut known);
    entities.iter().for_each(|id| known.entities.add(id));
    if let Some(table) = tops.first_mut().and_then(|main| main.table("health", "[health]")) {
        config.health = health::read(table, &known, config.language);
    }
    read_rules(&mut config, &mut tops, &mut known);
    tops.into_iter().for_each(Table::finish);

    let readers = std::iter::once(main).chain(readers);
    let problems: Vec<_> = readers.flat_map(Reader::into_problems).chain(wrong_words).collect();
    if problems.is_empty() { Ok(config) } else { Err(problems) }
}

/// Reads a watch list alone (`[[entity]]` tables).
pub fn entities(path: &Path) -> Result<Vec<Entity>, Vec<Problem>> {
    let text = files::text(path).map_err(|why| vec![Problem::of_file(path, why)])?;
    let reader = Reader::new(path, &text);
    let mut top = reader.top("a watch list");
    let mut known = Known::default();
    let entities = top.tables("entity", "[[entity]]").into_iter().filter_map(|t| entity::read(t, &mut known)).collect();
    top.finish();
    let problems = reader.into_problems();
    if problems.is_empty() { Ok(entities) } else { Err(problems) }
}

/// The files that the main file includes, and their texts.
fn included(top: &mut Table, known: &mut Known) -> Vec<(PathBuf, String)> {
    let written = top.texts("include").unwrap_or_default();
    if written.len() > MAX_INCLUDES {
        top.reader.problem(top.span_of("include"), format!("more than {MAX_INCLUDES} files are included"), None);
    }
    let mut texts = Vec::new();
    for name in written.iter().take(MAX_INCLUDES) {
        let path = files::beside(top.reader.file, name.value);
        if path == top.reader.file || texts.iter().any(|(p, _)| *p == path) {
            top.reader.problem(name.span.clone(), format!("`{}` is read already", name.value), Some("take it out".to_owned()));
            continue;
        }
        let hint = "names are looked for beside this file";
        match top.check(name, files::read(&path).map_err(|why| read::Wrong::new(why, hint))) {
            Some(text) => texts.push((path, text)),
            None => known.incomplete = true,
        }
    }
    texts
}

/// What only the main file says; the rest is empty.
fn settings(top: &mut Table) -> Config {
    let english = Language::parse("en").expect("two letters");
    let language = top.read("language", feed::language).unwrap_or(english);
    Config {
        files: Vec::new(),
        language,
        health: health::standard(language),
        home: top.read_all("home", codes::place).unwrap_or_else(|| vec!["nato".to_owned()]),
        words: Vec::new(),
        poll: top.table("poll", "[poll]").map(poll::read).unwrap_or_default(),
        digest_at: top.table("digest", "[digest]").and_then(digest).unwrap_or_else(|| vec![time(7, 30, 0, 0)]),
        web: top.table("web", "[web]").and_then(web::read),
        care: care::read(top),
        feeds: Vec::new(),
        entities: Vec::new(),
        rules: Vec::new(),
        receivers: Vec::new(),
    }
}

fn digest(mut table: Table) -> Option<Vec<Time>> {
    let at = table.read_all("at", duration::time_of_day);
    table.finish();
    at
}

/// Feeds, entities and receivers of all files: everything that a rule may name.
fn read_named(config: &mut Config, tops: &mut [Table], known: &mut Known) {
    let mut desktop = true;
    for top in tops.iter_mut() {
        for table in top.tables("feed", "[[feed]]") {
            let place = place(&table);
            config.feeds.extend(feed::read(table, known).map(|feed| place.holds(feed)));
        }
        for table in top.tables("entity", "[[entity]]") {
            let place = place(&table);
            config.entities.extend(entity::read(table, known).map(|entity| place.holds(entity)));
        }
        for table in top.tables("receiver", "[[receiver]]") {
            let Some((receiver, enabled)) = receiver::read(table, known) else { continue };
            desktop &= receiver.name != receiver::DESKTOP;
            if enabled {
                config.receivers.push(receiver);
            } else {
                known.receivers.drop(&receiver.name);
            }
        }
    }
    for feed in config.feeds.iter_mut().filter(|feed| feed.value.name.is_empty()) {
        feed.value.name = known.feeds.make(named_after(&feed.value.url));
    }
    if desktop {
        known.receivers.add(receiver::DESKTOP);
        config.receivers.insert(0, Receiver::new(receiver::DESKTOP, Kind::Desktop));
    }
}

fn read_rules(config: &mut Config, tops: &mut [Table], known: &mut Known) {
    for top in tops.iter_mut() {
        for table in top.tables("condition", "[[condition]]") {
            rule::read_condition(table, known);
        }
    }
    for top in tops {
        for table in top.tables("rule", "[[rule]]") {
            config.rules.extend(rule::read(table, known));
        }
    }
    if !config.rules.iter().any(|rule| rule.name == BUILTIN) {
        config.rules.insert(0, troops());
    }
}

/// Where a table begins.
fn place(table: &Table) -> Written<()> {
    Written { value: (), file: table.reader.file.to_owned(), line: table.reader.line(table.span.start) }
}

impl Written<()> {
    fn holds<T>(self, value: T) -> Written<T> {
        Written { value, file: self.file, line: self.line }
    }
}
