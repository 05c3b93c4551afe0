//! The tables, as a list of migrations over `PRAGMA user_version`.

use super::error::{Result, StoreError};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// What makes each version out of the one before; the first makes version 1 out of an empty file.
///
/// APPEND ONLY. What has been released is never edited, reordered or removed: databases in the field are at that version and
/// will not run it again. To change a table, add an entry at the end.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
    include_str!("schema/8.sql"),
    include_str!("schema/9.sql"),
    include_str!("schema/10.sql"),
    include_str!("schema/11.sql"),
    include_str!("schema/12.sql"),
    include_str!("schema/13.sql"),
];

/// The version that this program works with.
pub(super) const NEWEST: u32 = MIGRATIONS.len() as u32;

/// The version of a database of ours.
///
/// # Errors
/// It is newer than this program, or another program's.
pub(super) fn known_version(db: &Connection, path: &Path) -> Result<u32> {
    match version(db)? {
        found if found > NEWEST => Err(StoreError::Newer { path: path.to_owned(), found, known: NEWEST }),
        0 => Err(StoreError::Foreign { path: path.to_owned() }),
        found => Ok(found),
    }
}

/// The version of a database that holds something and is to be migrated.
pub(super) fn outdated(db: &Connection) -> Result<Option<u32>> {
    Ok(Some(version(db)?).filter(|found| (1..NEWEST).contains(found)))
}

/// Brings the database at `path` to the newest version, each step in one transaction.
pub(super) fn migrate(db: &mut Connection, path: &Path) -> Result<()> {
    migrate_to(db, path, MIGRATIONS.len())
}

fn migrate_to(db: &mut Connection, path: &Path, target: usize) -> Result<()> {
    loop {
        let found = version(db)?;
        if found as usize > MIGRATIONS.len() {
            return Err(StoreError::Newer { path: path.to_owned(), found, known: MIGRATIONS.len() as u32 });
        }
        if found as usize >= target {
            return Ok(());
        }
        step(db, path)?;
    }
}

/// One step. The version is read again under the write lock: another process may have been faster.
fn step(db: &mut Connection, path: &Path) -> Result<()> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&tx)?;
    if found == 0 && tx.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get::<_, i64>(0))? > 0 {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    if let Some(sql) = MIGRATIONS.get(found as usize) {
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "user_version", found + 1)?;
        tx.commit()?;
    }
    Ok(())
}

fn version(db: &Connection) -> Result<u32> {
    Ok(db.query_row("PRAGMA user_version", [], |r| r.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::{MIGRATIONS, migrate, migrate_to};
    use crate::store::StoreError;
    use rusqlite::Connection;
    use std::path::Path;

    fn schema(db: &Connection) -> Vec<String> {
        let mut all = db.prepare("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name").unwrap();
        all.query_map([], |r| r.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn every_older_version_becomes_the_newest() {
        let mut fresh = Connection::open_in_memory().unwrap();
        migrate(&mut fresh, Path::new("fresh")).unwrap();
        for from in 0..MIGRATIONS.len() {
            let mut old = Connection::open_in_memory().unwrap();
            migrate_to(&mut old, Path::new("old"), from).unwrap();
            migrate(&mut old, Path::new("old")).unwrap();
            assert_eq!(schema(&old), schema(&fresh), "from version {from}");
        }
        migrate(&mut fresh, Path::new("again")).unwrap();
    }

    #[test]
    fn a_newer_schema_is_refused() {
        let mut db = Connection::open_in_memory().unwrap();
        db.pragma_update(None, "user_version", 99).unwrap();
        let error = migrate(&mut db, Path::new("/x.db")).unwrap_err();
        assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");
    }

    #[test]
    fn the_database_of_another_program_is_left_alone() {
        let mut db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE theirs (x)").unwrap();
        assert!(matches!(migrate(&mut db, Path::new("/x.db")), Err(StoreError::Foreign { .. })));
        assert_eq!(schema(&db), ["CREATE TABLE theirs (x)"]);
    }
}
