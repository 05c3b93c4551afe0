//! Sections `[retention]` and `[backup]`: what is kept for how long, and copies of it.

use super::duration::{duration, size, written, written_size};
use super::files;
use super::read::{Reader, Table, Text, Wrong};
use crate::store::Retention;
use std::path::PathBuf;
use std::time::Duration;

/// In the place of a duration.
const FOREVER: &str = "forever";
/// Ranges, as they are written.
const LEAST: &str = "1d";
const MOST: &str = "36500d";

/// The care of what is kept.
#[derive(Clone, Debug)]
pub struct Care {
    pub retention: Retention,
    /// Bytes of the database past which its user is told.
    pub warn_at: u64,
    /// `None`: no copies are made by themselves.
    pub backup: Option<Backups>,
}

/// Copies that the service makes by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backups {
    pub every: Duration,
    /// The newest so many stay.
    pub keep: usize,
    /// `None`: `backups` beside the database.
    pub dir: Option<PathBuf>,
}

impl Default for Care {
    fn default() -> Care {
        Care { retention: Retention::default(), warn_at: 20_000_000_000, backup: None }
    }
}

pub(super) fn read(top: &mut Table) -> Care {
    let mut care = Care::default();
    if let Some(table) = top.table("retention", "[retention]") {
        read_retention(table, &mut care);
    }
    care.backup = top.table("backup", "[backup]").and_then(read_backup);
    care
}

fn read_retention(mut table: Table, care: &mut Care) {
    let keep = &mut care.retention;
    for (key, place) in [("articles", &mut keep.articles), ("versions", &mut keep.versions), ("claims", &mut keep.claims)] {
        if let Some(given) = table.read(key, kept) {
            *place = given;
        }
    }
    if let Some(tags) = table.table("tags", "[retention.tags]") {
        let pairs = tags.pairs();
        keep.tags = pairs.into_iter().filter_map(|(tag, keep)| read_tag(&tags, &tag, keep)).collect();
    }
    if let Some(bytes) = table.read("warn_at", size) {
        care.warn_at = bytes as u64;
    }
    let days = |keep: Option<Duration>| keep.unwrap_or(Duration::MAX);
    if days(keep.claims) < days(keep.articles) {
        let key = if table.has("claims") { "claims" } else { "articles" };
        let hint = "claims outlive their articles: lengthen `claims` or shorten `articles`";
        table.reader.problem(table.span_of(key), "`claims` is shorter than `articles`", Some(hint.to_owned()));
    }
    table.finish();
}

fn read_tag(tags: &Table, tag: &Text, keep: Option<Text>) -> Option<(String, Option<Duration>)> {
    match keep {
        Some(keep) => Some((tag.value.to_owned(), tags.check(&keep, kept(keep.value))?)),
        None => {
            let reader: &Reader = tags.reader;
            reader.problem(tag.span.clone(), format!("`{}` must be a duration in quotes", tag.value), None);
            None
        }
    }
}

/// A duration, or for ever.
fn kept(text: &str) -> Result<Option<Duration>, Wrong> {
    const HOW: &str = "write days in quotes, \"365d\", or \"forever\"";
    if text.trim() == FOREVER {
        return Ok(None);
    }
    let length = duration(text).map_err(|why| Wrong::new(why, HOW))?;
    let fits = duration(LEAST).is_ok_and(|d| d <= length) && duration(MOST).is_ok_and(|d| length <= d);
    if fits { Ok(Some(length)) } else { Err(Wrong::new(format!("`{text}` does not lie between {LEAST} and {MOST}"), HOW)) }
}

fn read_backup(mut table: Table) -> Option<Backups> {
    let file = table.reader.file;
    let every = table.duration("every", "1h", "365d");
    let keep = table.number("keep", 1..=1_000).map_or(7, |n| n as usize);
    let dir = table.text("dir").map(|dir| files::beside(file, dir.value));
    if !table.has("every") {
        table.lacks("every", "say how often: every = \"1d\"");
    }
    table.finish();
    Some(Backups { every: every?, keep, dir })
}

/// As it is read.
pub(super) fn written_keep(keep: Option<Duration>) -> String {
    keep.map_or(FOREVER.to_owned(), written)
}

/// As it is read.
pub(super) fn written_warn_at(care: &Care) -> String {
    written_size(usize::try_from(care.warn_at).unwrap_or(usize::MAX))
}
