//! The database: everything orbat knows, and the queue of what it has still to do.
//!
//! A [`Store`] is a cheap handle. Writes go to one writer thread, which puts what is waiting into one transaction; reads use
//! read-only connections. Every verb blocks: an async caller uses a blocking task. SQL stands in one file per noun: [`feeds`] and
//! what [`polls`] bring (known by its [`identity`]) and change in the [`health`] of feeds, [`articles`], the [`commit`] of what was read in them
//! and their older [`versions`], the [`pages`] that are asked for again, [`claims`], [`alerts`] and their [`outbox`], [`silences`],
//! [`feedback`], [`search`], [`counts`]; [`explain`] is what somebody asks who wants to know why. The care of the whole: what goes when
//! ([`retention`]), copies ([`backup`]), what must hold ([`mod@check`]) and is mended ([`mod@repair`]), what was read again ([`reread`]), and all of it
//! for the outside ([`export`]).
//!
//! Times are kept to the millisecond. Nothing is ever half written: each verb is one transaction, and answers when it is committed.

mod alerts;
mod articles;
mod backup;
mod check;
mod claims;
mod commit;
mod counts;
mod deliveries;
mod entities;
mod error;
mod explain;
mod export;
mod feedback;
mod feeds;
mod health;
mod identity;
mod life;
mod outbox;
mod pages;
mod polls;
mod reader;
mod repair;
mod reread;
mod retention;
mod schema;
mod search;
mod silences;
mod stories;
mod timing;
mod value;
mod versions;
mod writer;

pub use alerts::{AlertFilter, AlertRow, Delivery, DeliveryResult, DeliveryRow, DeliveryState, Held};
pub use articles::{ArticleFilter, ArticleRow, Before, Pending, TextFrom};
pub use backup::{Backup, Restored, restore, verify};
pub use check::{Findings, check};
pub use claims::{AllTold, Appearance, ClaimFilter};
pub use commit::{Batch, Committed, Done, Numbers};
pub use counts::Counts;
pub use deliveries::{DeliveryEntry, DeliveryFilter};
pub use error::{Result, StoreError};
pub use explain::{Decided, Merge, Revision};
pub use export::{Export, Kind};
pub use feedback::Feedback;
pub use feeds::{Born, FeedRow, FirstPolls, Health, Outrun, Synced};
pub use health::Tell;
pub use life::{Beat, Brief, Outage};
pub use outbox::Past;
pub use polls::{Plan, PollOutcome, PollRecord, PollSummary};
pub use repair::{Repaired, repair};
pub use reread::{Progress, Reprocessed, Reread, Rereading};
pub use retention::{Retention, Retired};
pub use stories::{StoryLink, StoryWork, fortnight};
pub use timing::Absence;
pub use versions::Version;

use jiff::Timestamp;
use reader::Readers;
use rusqlite::{Connection, OpenFlags};
use std::fs::{DirBuilder, OpenOptions};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use value::Ms;
use writer::Writer;

/// The handle. Clones share the writer; when the last is gone the writer ends what waits and closes the database.
#[derive(Clone)]
pub struct Store {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
}

impl Store {
    /// Opens the database for reading and writing; makes it (mode 0600, in a directory of mode 0700) and migrates it where needed.
    /// Any number of processes may have it open; they take turns at writing.
    ///
    /// # Errors
    /// Among others: there is none, but what is left of one.
    pub fn open(path: &Path) -> Result<Store> {
        if !path.exists()
            && let Some(left) = backup::left_of(path).into_iter().next_back()
        {
            return Err(StoreError::Left { path: path.to_owned(), left });
        }
        make(path).map_err(|source| StoreError::Create { path: path.to_owned(), source: source.into() })?;
        let mut db = reader::open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        in_turn(|| set_up(&db))?;
        if let Some(from) = schema::outdated(&db)? {
            backup::before_migration(&db, path, from)?;
        }
        schema::migrate(&mut db, path)?;
        let writer = Writer::start(db).map_err(|_| StoreError::Stopped)?;
        Ok(Store { writer: Arc::new(writer), readers: Arc::new(Readers::new(path)) })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.readers.path()
    }

    fn write<T: Send + 'static>(&self, job: impl FnOnce(&Connection) -> Result<T> + Send + 'static) -> Result<T> {
        self.writer.write(job)
    }

    fn alone<T: Send + 'static>(&self, job: impl FnOnce(&Connection) -> Result<T> + Send + 'static) -> Result<T> {
        self.writer.alone(job)
    }

    fn read<T>(&self, look: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.readers.read(look)
    }

    /// The one time that a query gives.
    fn first_time(&self, sql: &str) -> Result<Option<Timestamp>> {
        self.read(|db| {
            let time: Option<Ms> = db.prepare_cached(sql)?.query_row([], |r| r.get(0))?;
            Ok(time.map(|Ms(t)| t))
        })
    }
}

/// Does what SQLite refuses at once instead of waiting where another program opens the same new database.
fn in_turn(work: impl Fn() -> Result<()>) -> Result<()> {
    const STEP: Duration = Duration::from_millis(20);
    let begun = Instant::now();
    loop {
        match work() {
            Err(StoreError::Busy) if begun.elapsed() < reader::PATIENCE => std::thread::sleep(STEP),
            done => return done,
        }
    }
}

/// Makes an empty file that only its owner may read, unless there is one. SQLite gives its side files the same mode.
fn make(path: &Path) -> std::io::Result<()> {
    let mut directory = DirBuilder::new();
    let mut file = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        directory.mode(0o700);
        file.mode(0o600);
    }
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        directory.recursive(true).create(parent)?;
    }
    match file.write(true).create_new(true).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Write-ahead log, so that readers and the writer do not wait for each other. With `synchronous = NORMAL` a power cut may undo the
/// last commits but never damages the file.
fn set_up(db: &Connection) -> Result<()> {
    let mode: String = db.query_row("PRAGMA journal_mode", [], |r| r.get(0))?;
    if mode != "wal" {
        // Heeded only before there is anything in the file.
        db.execute_batch("PRAGMA auto_vacuum = INCREMENTAL")?;
        db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    }
    db.execute_batch(
        "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
        PRAGMA cache_size = -16384; -- KiB
        PRAGMA wal_autocheckpoint = 4000; -- pages of 4 KiB",
    )?;
    Ok(())
}
