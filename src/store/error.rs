//! What the store cannot do, in words for the user.

use rusqlite::ErrorCode;
use std::path::PathBuf;
use std::sync::Arc;

/// What the store cannot do, in words for the user.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{path}: {source}")]
    Open { path: PathBuf, source: Arc<rusqlite::Error> },
    #[error("{path} cannot be made: {source}; give another place with --data")]
    Create { path: PathBuf, source: Arc<std::io::Error> },
    #[error("{path} was written by a newer orbat (schema {found}, this one knows {known}): use that version")]
    Newer { path: PathBuf, found: u32, known: u32 },
    #[error("{path} is the database of another program: give another place with --data")]
    Foreign { path: PathBuf },
    #[error("{path}: {source}")]
    File { path: PathBuf, source: Arc<std::io::Error> },
    #[error("{0} is there already: give another name, or move it away")]
    Exists(PathBuf),
    #[error(
        "{path} is gone, but {left} lies beside it: put that back with `orbat restore {left}`, or move it away to start anew"
    )]
    Left { path: PathBuf, left: PathBuf },
    #[error("{0} is no sound copy of a database: {1}")]
    Unsound(PathBuf, String),
    #[error("the disk is full: free some space, orbat goes on by itself")]
    Full,
    #[error("the database cannot be written: {0}")]
    ReadOnly(String),
    #[error("the database is damaged: {0}; restore a backup, or move the file away to start anew")]
    Damaged(String),
    #[error("another program holds the database for too long: try again when it is done")]
    Busy,
    #[error("database: {0}")]
    Sql(Arc<rusqlite::Error>),
    /// A mistake of the caller: nothing of the batch is stored.
    #[error("a batch names {0}, which it does not hold")]
    Unresolved(String),
    #[error("the writer has stopped")]
    Stopped,
}

pub type Result<T> = std::result::Result<T, StoreError>;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        use rusqlite::Error as Sql;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => return StoreError::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => return StoreError::ReadOnly(error.to_string()),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => return StoreError::Damaged(error.to_string()),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => return StoreError::Busy,
            _ => {}
        }
        match error {
            Sql::FromSqlConversionFailure(..) | Sql::InvalidColumnType(..) | Sql::IntegralValueOutOfRange(..) => {
                StoreError::Damaged(error.to_string())
            }
            other => StoreError::Sql(Arc::new(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StoreError;
    use rusqlite::ffi;

    #[test]
    fn codes_become_sentences() {
        for (code, begins) in [
            (ffi::SQLITE_FULL, "the disk is full"),
            (ffi::SQLITE_READONLY, "the database cannot be written"),
            (ffi::SQLITE_READONLY_DIRECTORY, "the database cannot be written"),
            (ffi::SQLITE_CORRUPT, "the database is damaged"),
            (ffi::SQLITE_NOTADB, "the database is damaged"),
            (ffi::SQLITE_BUSY, "another program"),
            (ffi::SQLITE_ERROR, "database: "),
        ] {
            let error = StoreError::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
            assert!(error.to_string().starts_with(begins), "{code}: {error}");
        }
    }
}
