//! Where files lie, and reading them with a limit.

use std::fs::File;
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

/// The text of a configuration file. Files that anybody may write to are refused: who writes the configuration runs commands.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let (file, bytes) = open(path, MAX_FILE)?;
    if anybody_writes(&file) {
        return Err(format!("{} can be changed by anybody; run `chmod o-w {0}`", path.display()));
    }
    let text = String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8 text", path.display()))?;
    Ok(text)
}

/// The secret in a file, without the white space around it.
pub(super) fn secret(path: &Path) -> Result<String, String> {
    let (_, bytes) = open(path, MAX_SECRET)?;
    let text = String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8 text", path.display()))?;
    match text.trim() {
        "" => Err(format!("{} is empty", path.display())),
        secret => Ok(secret.to_owned()),
    }
}

fn open(path: &Path, limit: u64) -> Result<(File, Vec<u8>), String> {
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
    Ok((file, bytes))
}

#[cfg(unix)]
fn anybody_writes(file: &File) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|m| m.permissions().mode() & 0o002 != 0)
}

#[cfg(not(unix))]
fn anybody_writes(_file: &File) -> bool {
    false
}
