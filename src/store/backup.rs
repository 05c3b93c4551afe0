//! Copies of the whole database: made while others write, verified before they get their name, and put back.

use super::error::{Result, StoreError};
use super::{Store, make, reader, schema};
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing::warn;

/// What is shown of that which an integrity check complains of, in lines.
pub(super) const COMPLAINTS: u32 = 20;
/// What a copy is called until it is whole.
const PART: &str = "part";

/// A verified copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    pub bytes: u64,
    pub articles: u64,
    pub alerts: u64,
    /// The version of its tables.
    pub schema: u32,
}

/// What [`restore`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    pub backup: Backup,
    /// Where the database lies that was there before.
    pub replaced: Option<PathBuf>,
    /// Deliveries that wait in the backup and were made since: they are not made again.
    pub delivered: u64,
}

impl Store {
    /// Writes the database as it is at this moment to a new file that only its owner may read. Nothing stands under that name before the copy
    /// is whole and found sound; others go on writing meanwhile.
    pub fn backup(&self, to: &Path) -> Result<Backup> {
        if to.exists() {
            return Err(StoreError::Exists(to.to_owned()));
        }
        let db = reader::open(self.path(), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        copy(&db, to)
    }
}

/// Copies what `db` is open on to `to`, in the place of what is there.
fn copy(db: &Connection, to: &Path) -> Result<Backup> {
    let part = beside(to, &format!("{}.{PART}", std::process::id()));
    let done = copy_by(db, &part).and_then(|backup| {
        put(&part, to)?;
        Ok(backup)
    });
    if done.is_err() {
        drop(std::fs::remove_file(&part));
    }
    done
}

fn copy_by(db: &Connection, part: &Path) -> Result<Backup> {
    remove(part)?;
    make(part).map_err(|e| of_file(part, e))?;
    let name = part.to_str().ok_or_else(|| of_file(part, std::io::ErrorKind::InvalidFilename.into()))?;
    let before = ever(db)?;
    db.execute("VACUUM INTO ?1", [name])?;
    let after = ever(db)?;
    let backup = verify(part)?;
    let copied = ever(&reader::open(part, OpenFlags::SQLITE_OPEN_READ_ONLY)?)?;
    if before.iter().zip(copied).zip(after).any(|((before, copied), after)| copied < *before || copied > after) {
        return Err(StoreError::Unsound(part.to_owned(), format!("it holds {copied:?} of {before:?} rows")));
    }
    Ok(backup)
}

/// How many there ever were of what is never taken away: feeds, articles with tombstones, alerts, deliveries.
fn ever(db: &Connection) -> Result<[i64; 4]> {
    let sql = "SELECT (SELECT count(*) FROM feed), (SELECT count(*) FROM article) + (SELECT count(*) FROM tombstone),
        (SELECT count(*) FROM alert), (SELECT count(*) FROM delivery)";
    let older = "SELECT (SELECT count(*) FROM feed), (SELECT count(*) FROM article), (SELECT count(*) FROM alert),
        (SELECT count(*) FROM delivery)";
    let with_tombstones = db.table_exists(None, "tombstone")?;
    let mut count = db.prepare(if with_tombstones { sql } else { older })?;
    Ok(count.query_row([], |r| Ok([r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?]))?)
}

/// Looks through a whole file: is it one of ours, in order, and of a version that is known?
pub fn verify(path: &Path) -> Result<Backup> {
    let bytes = std::fs::metadata(path).map_err(|e| of_file(path, e))?.len();
    let db = reader::open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let schema = schema::known_version(&db, path)?;
    if let Some(first) = complaints(&db)?.into_iter().next() {
        return Err(StoreError::Unsound(path.to_owned(), first));
    }
    let count = |table: &str| db.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get::<_, i64>(0));
    Ok(Backup { bytes, articles: count("article")?.unsigned_abs(), alerts: count("alert")?.unsigned_abs(), schema })
}

/// What SQLite itself finds wrong with the pages of a database.
pub(super) fn complaints(db: &Connection) -> Result<Vec<String>> {
    let found = db
        .prepare(&format!("PRAGMA integrity_check({COMPLAINTS})"))
        .and_then(|mut check| check.query_map([], |r| r.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>());
    match found.map_err(StoreError::from) {
        Ok(lines) => Ok(lines.into_iter().filter(|line| line != "ok").collect()),
        // Too damaged to be looked through.
        Err(StoreError::Damaged(why)) => Ok(vec![why]),
        Err(error) => Err(error),
    }
}

/// Before a migration: the database as it is, kept beside, once; an older such copy goes.
pub(super) fn before_migration(db: &Connection, path: &Path, from: u32) -> Result<()> {
    let kept = beside(path, &format!("schema-{from}"));
    copy(db, &kept)?;
    let mark = format!("{}.schema-", file_name(path));
    for other in std::fs::read_dir(folder(path)).into_iter().flatten().flatten() {
        if other.file_name().to_string_lossy().starts_with(&mark) && other.path() != kept {
            drop(std::fs::remove_file(other.path()));
        }
    }
    warn!("the database is brought from schema {from} to {}; as it was it is kept in {}", schema::NEWEST, kept.display());
    Ok(())
}

/// Puts a backup in the place of the database at `path`, which is kept beside it. Nobody may have that open.
///
/// Numbers go on from those of the database that was there, and what it had delivered is not delivered again: receivers know both.
pub fn restore(from: &Path, path: &Path, now: Timestamp) -> Result<Restored> {
    let part = beside(path, &format!("{}.{PART}", std::process::id()));
    let work = || -> Result<(Backup, u64)> {
        let backup = bring(from, path, &part)?;
        Ok((backup, if path.exists() { take_over(&part, path) } else { 0 }))
    };
    let (backup, delivered) = work().inspect_err(|_| drop(std::fs::remove_file(&part)))?;
    let replaced = swap(&part, path, "replaced", now)?;
    Ok(Restored { backup, replaced, delivered })
}

/// Copies a sound backup to `part`, with what stands in a log beside it.
fn bring(from: &Path, path: &Path, part: &Path) -> Result<Backup> {
    let unsound = |why: &str| StoreError::Unsound(from.to_owned(), why.to_owned());
    let file = from.canonicalize().map_err(|e| of_file(from, e))?;
    if file.is_dir() {
        return Err(unsound("it is a folder: give a file that `orbat backup` made"));
    }
    if path.canonicalize().is_ok_and(|own| own == file) {
        return Err(unsound("it is the database itself: give a file that `orbat backup` made"));
    }
    let bring = || {
        verify(from)?;
        copy_by(&reader::open(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?, part)
    };
    bring().map_err(|error| match error {
        StoreError::Damaged(why) => unsound(&why),
        StoreError::Foreign { .. } => unsound("it is the database of another program"),
        other => other,
    })
}

/// Keeps the database at `path` aside, as `path.WHY-TIME`, and puts what lies in `part` into its place. Broken off at any moment, there is a
/// database at `path`.
pub(super) fn swap(part: &Path, path: &Path, why: &str, now: Timestamp) -> Result<Option<PathBuf>> {
    let replaced = path.exists().then(|| free(&beside(path, &format!("{why}-{}", now.strftime("%Y%m%dT%H%M%SZ")))));
    if let Some(aside) = &replaced {
        settle(path);
        // Some file systems know no second name for a file.
        let kept = std::fs::hard_link(path, aside).or_else(|_| std::fs::copy(path, aside).map(drop));
        kept.map_err(|e| of_file(aside, e))?;
        // Before the new one has the name: a log is never to be taken for that of another file.
        for side in ["-wal", "-shm"] {
            let (from, to) = (with(path, side), with(aside, side));
            if from.exists() {
                std::fs::rename(&from, &to).map_err(|e| of_file(&from, e))?;
            }
        }
    }
    put(part, path)?;
    Ok(replaced)
}

/// The same name with a number behind it where it is taken.
fn free(path: &Path) -> PathBuf {
    let numbered = (2..u32::MAX).map(|n| with(path, &format!("-{n}")));
    std::iter::once(path.to_owned()).chain(numbered).find(|name| !name.exists()).unwrap_or_else(|| path.to_owned())
}

/// What lies beside a database that is not there and shows that it was: who would make a new one hides the loss.
pub(super) fn left_of(path: &Path) -> Vec<PathBuf> {
    let mark = format!("{}.", file_name(path));
    let ours = |file: &PathBuf| {
        let name = file_name(file);
        let Some(end) = name.strip_prefix(&mark) else { return false };
        let side = end.ends_with("-wal") || end.ends_with("-shm");
        !side && (end.starts_with("replaced-") || end.starts_with("damaged-") || end.ends_with(PART) || end == "salvaged")
    };
    let mut left: Vec<_> =
        std::fs::read_dir(folder(path)).into_iter().flatten().flatten().map(|file| file.path()).filter(ours).collect();
    left.sort();
    left
}

/// Writes what stands in the log into the file; one that is too damaged for it keeps its log beside.
fn settle(path: &Path) {
    if let Ok(db) = reader::open(path, OpenFlags::SQLITE_OPEN_READ_WRITE) {
        drop(db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())));
    }
}

/// What the outside knows of the database that goes: its numbers, and what it has delivered. One that cannot be read is asked nothing.
fn take_over(part: &Path, path: &Path) -> u64 {
    let work = || -> Result<u64> {
        let db = reader::open(part, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let old = path.to_str().ok_or(StoreError::Stopped)?;
        db.execute("ATTACH ?1 AS old", [old])?;
        let tx = db.unchecked_transaction()?;
        let sql = "UPDATE main.sqlite_sequence SET seq = max(seq, (SELECT o.seq FROM old.sqlite_sequence o WHERE o.name = main.sqlite_sequence.name))
            WHERE name IN (SELECT name FROM old.sqlite_sequence)";
        tx.execute(sql, [])?;
        tx.execute(
            "INSERT INTO main.sqlite_sequence (name, seq) SELECT name, seq FROM old.sqlite_sequence
            WHERE name NOT IN (SELECT name FROM main.sqlite_sequence)",
            [],
        )?;
        let sql = "UPDATE main.delivery SET (state, sent) = (SELECT iif(o.state = 'joined', 'sent', o.state),
                iif(o.state IN ('sent', 'joined'), coalesce(o.sent, o.next_at), NULL) FROM old.delivery o WHERE o.id = main.delivery.id)
            WHERE state = 'due' AND EXISTS (SELECT 1 FROM old.delivery o JOIN old.alert oa ON oa.id = o.alert
                JOIN main.alert a ON a.id = main.delivery.alert AND a.fingerprint = oa.fingerprint
                WHERE o.id = main.delivery.id AND o.receiver = main.delivery.receiver AND o.state <> 'due')";
        let delivered = tx.execute(sql, [])? as u64;
        tx.commit()?;
        Ok(delivered)
    };
    work().unwrap_or_else(|e| {
        warn!("nothing could be taken over from the database that is replaced: {e}");
        0
    })
}

/// Gives a whole file its name, lastingly.
fn put(part: &Path, path: &Path) -> Result<()> {
    sync(part)?;
    std::fs::rename(part, path).map_err(|e| of_file(path, e))?;
    // Where a folder cannot be opened, as on Windows, the system sees to that.
    File::open(folder(path)).and_then(|folder| folder.sync_all()).or(Ok(()))
}

fn sync(path: &Path) -> Result<()> {
    File::options().write(true).open(path).and_then(|file| file.sync_all()).map_err(|e| of_file(path, e))
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(of_file(path, e)),
        _ => Ok(()),
    }
}

pub(super) fn of_file(path: &Path, source: std::io::Error) -> StoreError {
    match source.kind() {
        std::io::ErrorKind::StorageFull => StoreError::Full,
        _ => StoreError::File { path: path.to_owned(), source: Arc::new(source) },
    }
}

/// `orbat.db` and `part`: `orbat.db.part`.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    with(path, &format!(".{end}"))
}

fn with(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
