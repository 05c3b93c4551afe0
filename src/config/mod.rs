//! Files as written -> ready objects, or every problem with its line.
//!
//! [`load`] reads the configuration and what it includes, checks all of it, and gives either a [`Config`] in which every value is valid, or
//! the list of all [`Problem`]s. Below this module no string is interpreted twice.

use crate::feed::Subscription;
use crate::fetch;
use crate::notify::Receiver;
use crate::rule::Rule;
use crate::text::gazetteer::Entity;
use crate::text::language::Language;
use jiff::civil::Time;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The documented default, compiled in.
pub const DEFAULT: &str = include_str!("../../config/orbat.toml");
/// Well-known public feeds, compiled in.
pub const FEEDS: &str = include_str!("../../config/feeds.toml");
/// A starter watch list, compiled in.
pub const ENTITIES: &str = include_str!("../../config/entities.toml");

/// A configuration in which every value is valid.
#[derive(Clone, Debug)]
pub struct Config {
    /// The files that it was read from, the main one first.
    pub files: Vec<PathBuf>,
    /// Of messages and popups.
    pub language: Language,
    pub home: Vec<String>,
    pub poll: Poll,
    pub digest_at: Vec<Time>,
    pub feeds: Vec<Written<Subscription>>,
    pub entities: Vec<Written<Entity>>,
    /// With the built-in rule `troops`, unless a rule of that name switches it off.
    pub rules: Vec<Rule>,
    /// With the receiver `desktop`, unless receivers are given.
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

/// Section `[poll]`.
#[derive(Clone, Debug)]
pub struct Poll {
    pub every: Duration,
    pub min: Duration,
    pub max: Duration,
    pub fetch: fetch::Settings,
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

/// Reads and checks a configuration. All problems of all its files at once.
pub fn load(_path: &Path) -> Result<Config, Vec<Problem>> {
    todo!()
}

/// The configuration that stands when the file at `path` holds `text`: for tests, `check` and the demo.
pub fn parse(_path: &Path, _text: &str) -> Result<Config, Vec<Problem>> {
    todo!()
}

/// Reads a watch list alone (`[[entity]]` tables).
pub fn entities(_path: &Path) -> Result<Vec<Entity>, Vec<Problem>> {
    todo!()
}

/// Where the configuration is looked for: `$XDG_CONFIG_HOME/orbat/orbat.toml`.
pub fn default_path() -> Option<PathBuf> {
    todo!()
}

/// Where the data lies: `$XDG_DATA_HOME/orbat`.
pub fn default_data() -> Option<PathBuf> {
    todo!()
}

/// Reads `90s 15m 24h 7d`.
pub fn duration(_text: &str) -> Result<Duration, String> {
    todo!()
}
