//! Putting a database in order again: what breaks a law is mended, the index is made anew, and what can be read of a damaged file is saved.

use super::backup::{before_migration, beside, complaints, of_file, swap};
use super::check::LAWS;
use super::error::{Result, StoreError};
use super::{make, reader, schema, set_up};
use crate::text::fold::searchable;
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use std::path::{Path, PathBuf};

/// Articles whose words are folded and indexed in one transaction.
const INDEXED_AT_ONCE: u32 = 1_000;
/// Times that the reading of one table may fail before the rest of it is given up.
const MOST_FAILURES: u32 = 20_000;
/// Where the end of a table cannot be read: no row has a higher number.
const HIGHEST: i64 = 1 << 40;

/// What a repair did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Laws that were mended, and how many rows broke each.
    pub mended: Vec<(&'static str, u64)>,
    /// Articles in the new index.
    pub indexed: u64,
    /// Set where the file was damaged: it lies there, and what could be read of it is in the new one.
    pub replaced: Option<PathBuf>,
    /// Of a damaged file: table, rows that were saved, row numbers that could not be read (at most so many were lost).
    pub saved: Vec<(String, u64, u64)>,
    /// Size of the file before and after.
    pub bytes: (u64, u64),
}

/// Puts the database at `path` in order. Nobody else may have it open.
pub fn repair(path: &Path, now: Timestamp) -> Result<Repaired> {
    let size = || std::fs::metadata(path).map(|m| m.len()).map_err(|e| of_file(path, e));
    let before = size()?;
    let mut repaired = Repaired::default();
    let mut db = reader::open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    if complaints(&db)?.is_empty() {
        if let Some(from) = schema::outdated(&db)? {
            before_migration(&db, path, from)?;
        }
        schema::migrate(&mut db, path)?;
        mend(&db, &mut repaired)?;
    } else {
        let part = beside(path, "salvaged");
        salvage(&db, &part, &mut repaired)?;
        drop(db);
        repaired.replaced = swap(&part, path, "damaged", now)?;
    }
    repaired.bytes = (before, size()?);
    Ok(repaired)
}

/// Mends what breaks a law, makes the index anew, and the file without free room.
fn mend(db: &Connection, repaired: &mut Repaired) -> Result<()> {
    db.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA temp_store = FILE")?;
    let tx = db.unchecked_transaction()?;
    for law in LAWS {
        let rows = law.count(&tx)?;
        if rows > 0 {
            law.mend(&tx)?;
            repaired.mended.push((law.broken, rows));
        }
    }
    tx.commit()?;
    repaired.indexed = reindex(db)?;
    db.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; VACUUM")?;
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

/// Makes the full-text index anew out of the articles that were read; how many.
fn reindex(db: &Connection) -> Result<u64> {
    db.execute_batch("INSERT INTO search (search) VALUES ('delete-all')")?;
    let (mut after, mut indexed) = (i64::MIN, 0);
    loop {
        let tx = db.unchecked_transaction()?;
        let sql = "SELECT a.id, a.title, a.body FROM article a JOIN reading r ON r.article = a.id
            WHERE a.id > ?1 ORDER BY a.id LIMIT ?2";
        let mut find = tx.prepare_cached(sql)?;
        let mut rows = find.query((after, INDEXED_AT_ONCE))?;
        let mut insert = tx.prepare_cached("INSERT INTO search (rowid, title, body) VALUES (?1, ?2, ?3)")?;
        let begun = indexed;
        while let Some(row) = rows.next()? {
            after = row.get(0)?;
            insert.execute((after, searchable(&row.get::<_, String>(1)?), searchable(&row.get::<_, String>(2)?)))?;
            indexed += 1;
        }
        drop(rows);
        drop((find, insert));
        tx.commit()?;
        if indexed == begun {
            return Ok(indexed);
        }
    }
}

/// Copies every row that can be read into a new database at `part`.
fn salvage(old: &Connection, part: &Path, repaired: &mut Repaired) -> Result<()> {
    match std::fs::remove_file(part) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(of_file(part, e)),
        _ => {}
    }
    make(part).map_err(|e| of_file(part, e))?;
    let mut new = reader::open(part, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    set_up(&new)?;
    schema::migrate(&mut new, part)?;
    new.execute_batch("PRAGMA foreign_keys = OFF")?;
    for table in tables(&new)? {
        let (saved, lost) = save(old, &new, &table)?;
        repaired.saved.push((table.name, saved, lost));
    }
    mend(&new, repaired)
}

/// A table and the columns that it has in both files.
struct Table {
    name: String,
    columns: Vec<String>,
    /// Those of its key where it has no row numbers.
    key: Vec<String>,
}

/// The tables of ours; those of the index are made anew.
fn tables(db: &Connection) -> Result<Vec<Table>> {
    let sql = "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'
        AND name NOT LIKE 'search_%' ORDER BY name = 'sqlite_sequence', name";
    let mut all = db.prepare(sql)?;
    let named: Vec<(String, bool)> = all.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    let table = |(name, keyed): (String, bool)| {
        let mut info = db.prepare("SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid")?;
        let columns: Vec<(String, i64)> =
            info.query_map([&name], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
        let key = columns.iter().filter(|(_, pk)| keyed && *pk > 0).map(|(column, _)| column.clone()).collect();
        Ok(Table { name, columns: columns.into_iter().map(|(column, _)| column).collect(), key })
    };
    named.into_iter().map(table).collect()
}

/// Copies what can be read of a table; how many rows, and how many row numbers could not be read.
fn save(old: &Connection, new: &Connection, table: &Table) -> Result<(u64, u64)> {
    let columns: Vec<&String> = table.columns.iter().filter(|column| has(old, &table.name, column)).collect();
    if columns.is_empty() {
        return Ok((0, 0));
    }
    let list = columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ");
    let holes = vec!["?"; columns.len()].join(", ");
    let tx = new.unchecked_transaction()?;
    let mut copy = Copy {
        insert: tx.prepare(&format!("INSERT OR IGNORE INTO \"{}\" ({list}) VALUES ({holes})", table.name))?,
        columns: columns.len(),
        saved: 0,
    };
    let lost =
        if table.key.is_empty() { by_number(old, table, &list, &mut copy)? } else { by_key(old, table, &list, &mut copy)? };
    let saved = copy.saved;
    drop(copy);
    tx.commit()?;
    Ok((saved, lost))
}

fn has(db: &Connection, table: &str, column: &str) -> bool {
    db.prepare(&format!("SELECT \"{column}\" FROM \"{table}\" LIMIT 0")).is_ok()
}

/// Writes rows into the new file.
struct Copy<'c> {
    insert: rusqlite::Statement<'c>,
    columns: usize,
    saved: u64,
}

impl Copy<'_> {
    /// A row whose values are no values of ours is left behind.
    fn row(&mut self, row: &rusqlite::Row) -> Result<()> {
        let values: Vec<Value> = (0..self.columns).map(|i| row.get(i)).collect::<rusqlite::Result<_>>()?;
        self.saved += self.insert.execute(params_from_iter(values)).unwrap_or(0) as u64;
        Ok(())
    }
}

/// Goes around what cannot be read: a stretch of row numbers that fails is halved.
fn by_number(old: &Connection, table: &Table, list: &str, copy: &mut Copy) -> Result<u64> {
    let sql = format!("SELECT {list}, rowid FROM \"{}\" WHERE rowid BETWEEN ?1 AND ?2 ORDER BY rowid", table.name);
    let edge = |sql: &str| old.query_row(&format!("SELECT {sql}(rowid) FROM \"{}\"", table.name), [], |r| r.get(0));
    let (first, last): (Option<i64>, Option<i64>) = (edge("min").unwrap_or(Some(0)), edge("max").unwrap_or(Some(HIGHEST)));
    let (Some(first), Some(last)) = (first, last) else { return Ok(0) };
    let (mut stretches, mut failures, mut lost) = (vec![(first, last)], 0, 0_u64);
    while let Some((from, to)) = stretches.pop() {
        let mut next = from;
        let stretch = |next: &mut i64, copy: &mut Copy| -> Result<()> {
            let mut find = old.prepare_cached(&sql)?;
            let mut rows = find.query((from, to))?;
            while let Some(row) = rows.next()? {
                *next = row.get::<_, i64>(copy.columns)? + 1;
                copy.row(row)?;
            }
            Ok(())
        };
        match stretch(&mut next, copy) {
            Ok(()) => continue,
            Err(StoreError::Damaged(_)) => failures += 1,
            Err(error) => return Err(error),
        }
        if next >= to || failures > MOST_FAILURES {
            lost += to.abs_diff(next) + u64::from(next <= to);
        } else {
            let middle = next + (to - next) / 2;
            stretches.extend([(middle + 1, to), (next, middle)]);
        }
    }
    Ok(lost)
}

/// From both ends, as far as can be read; how much lies between nobody knows: 1 stands for that.
fn by_key(old: &Connection, table: &Table, list: &str, copy: &mut Copy) -> Result<u64> {
    let mut read = |order: &str| -> Result<()> {
        let key = table.key.iter().map(|column| format!("\"{column}\" {order}")).collect::<Vec<_>>().join(", ");
        let mut find = old.prepare(&format!("SELECT {list} FROM \"{}\" ORDER BY {key}", table.name))?;
        let mut rows = find.query([])?;
        while let Some(row) = rows.next()? {
            copy.row(row)?;
        }
        Ok(())
    };
    match read("ASC") {
        Err(StoreError::Damaged(_)) => match read("DESC") {
            Ok(()) | Err(StoreError::Damaged(_)) => Ok(1),
            Err(error) => Err(error),
        },
        done => done.map(|()| 0),
    }
}
