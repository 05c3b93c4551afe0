//! Where files lie, and reading them with a limit.

use super::access;
use crate::feed::Subscription;
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};

/// A configuration file is at most this long, in bytes: room for 100,000 names.
const MAX_FILE: u64 = 16 << 20;
/// A file with a secret is at most this long, in bytes.
const MAX_SECRET: u64 = 64 << 10;

/// Where the configuration is looked for: `$XDG_CONFIG_HOME/orbat/orbat.toml`.
pub fn default_path() -> Option<PathBuf> {
    Some(base("XDG_CONFIG_HOME", ".config")?.join("orbat/orbat.toml"))
}

/// Where the units of the user's own systemd lie: `$XDG_CONFIG_HOME/systemd/user`.
pub fn default_units() -> Option<PathBuf> {
    Some(base("XDG_CONFIG_HOME", ".config")?.join("systemd/user"))
}

/// Where the data lies: `$XDG_DATA_HOME/orbat`.
pub fn default_data() -> Option<PathBuf> {
    Some(base("XDG_DATA_HOME", ".local/share")?.join("orbat"))
}

/// What to tell somebody who has no configuration yet.
pub fn missing_message(path: &Path) -> String {
    format!("no configuration at {}; run `orbat init`", path.display())
}

/// A base directory. Relative ones are to be ignored (XDG Base Directory Specification).
fn base(variable: &str, under_home: &str) -> Option<PathBuf> {
    let given = std::env::var_os(variable).map(PathBuf::from).filter(|p| p.is_absolute());
    given.or_else(|| Some(std::env::home_dir().filter(|h| h.is_absolute())?.join(under_home)))
}

/// The path that `written` means in `file`: relative to it, `~/` to the home directory.
pub(super) fn beside(file: &Path, written: &str) -> PathBuf {
    match (written.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => file.parent().unwrap_or(Path::new("")).join(written),
    }
}

/// The text of a file that is no part of the configuration.
pub(super) fn text(path: &Path) -> Result<String, String> {
    open(path, MAX_FILE).and_then(|(_, bytes)| utf8(path, bytes))
}

/// The text of a configuration file, unless others may write to it.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let (file, bytes) = open(path, MAX_FILE)?;
    access::written_by_others(path, &file).map_or(Ok(()), Err)?;
    utf8(path, bytes)
}

/// The secret in a file that only its owner may read, without the white space around it.
pub fn secret(path: &Path) -> Result<String, String> {
    let (file, bytes) = open(path, MAX_SECRET)?;
    access::read_by_others(path, &file).map_or(Ok(()), Err)?;
    lone_word(path, bytes)
}

/// The feed's secret, to be read anew each time: it may have been changed.
pub fn secret_of(feed: &Subscription) -> Result<Option<String>, String> {
    let read = |file: &PathBuf| secret(file).map_err(|why| format!("the feed's auth_file: {why}"));
    feed.auth_file.as_ref().map(read).transpose()
}

/// The secret in a file that systemd has put where only this service may look; its access list (acl(5)) shows as a readable group.
pub(super) fn credential(path: &Path) -> Result<String, String> {
    open(path, MAX_SECRET).and_then(|(_, bytes)| lone_word(path, bytes))
}

fn lone_word(path: &Path, bytes: Vec<u8>) -> Result<String, String> {
    match utf8(path, bytes)?.trim() {
        "" => Err(format!("{} is empty", path.display())),
        secret => Ok(secret.to_owned()),
    }
}

fn utf8(path: &Path, bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8 text", path.display()))
}

fn open(path: &Path, limit: u64) -> Result<(Metadata, Vec<u8>), String> {
    let failed = |why: std::io::Error| format!("cannot read {}: {why}", path.display());
    // Looked at before it is opened: opening a pipe would wait for its writer.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(format!("{} is not a file", path.display()));
    }
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    (&file).take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(format!("{} is longer than {limit} bytes", path.display()));
    }
    let meta = file.metadata().map_err(failed)?;
    Ok((meta, bytes))
}
