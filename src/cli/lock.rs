//! One daemon per database: a locked file that says who holds it.

use super::Failure;
use jiff::Timestamp;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// `orbat status` takes the lock for an instant to see whether it is free; a daemon that starts just then tries again.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(100);

/// The lock, held as long as this lives; the system frees it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Who runs on a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    pub pid: Option<u32>,
    pub version: Option<String>,
    pub started: Option<Timestamp>,
}

fn path(data: &Path) -> PathBuf {
    data.join("orbat.lock")
}

impl Lock {
    /// Takes the lock of the data directory, or says who has it.
    pub fn take(data: &Path, now: Timestamp) -> Result<Lock, Failure> {
        let path = path(data);
        let failed =
            |e| Failure::failed(format_args!("{} cannot be written: {e}; give another place with --data", path.display()));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(failed)?;
        for attempt in 1.. {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(e)) => return Err(failed(e)),
                Err(TryLockError::WouldBlock) if attempt < TRIES => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Err(refused(data)),
            }
        }
        file.set_len(0).map_err(failed)?;
        writeln!(file, "{} {} {now}", std::process::id(), env!("CARGO_PKG_VERSION")).map_err(failed)?;
        Ok(Lock { _file: file })
    }
}

fn refused(data: &Path) -> Failure {
    let pid = read(data).pid.map_or("another process".to_owned(), |pid| format!("process {pid}"));
    Failure::failed(format_args!(
        "{pid} runs orbat on {} already: stop it first, or give this one a directory of its own with --data",
        data.display()
    ))
}

/// Who runs on this data directory; `None`: nobody.
pub fn holder(data: &Path) -> Option<Holder> {
    let file = File::open(path(data)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(read(data)),
        _ => None,
    }
}

fn read(data: &Path) -> Holder {
    let text = std::fs::read_to_string(path(data)).unwrap_or_default();
    let mut words = text.split_whitespace();
    Holder {
        pid: words.next().and_then(|w| w.parse().ok()),
        version: words.next().map(str::to_owned),
        started: words.next().and_then(|w| w.parse().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Lock, holder};
    use crate::cli::Failure;
    use jiff::Timestamp;

    #[test]
    fn the_second_is_refused_and_told_by_whom() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(holder(data.path()), None);
        let lock = Lock::take(data.path(), Timestamp::UNIX_EPOCH).unwrap();
        let held = holder(data.path()).unwrap();
        assert_eq!((held.pid, held.started), (Some(std::process::id()), Some(Timestamp::UNIX_EPOCH)));
        match Lock::take(data.path(), Timestamp::UNIX_EPOCH) {
            Err(Failure::Told { code: 1, message }) => assert!(message.contains(&format!("process {}", std::process::id()))),
            other => panic!("{other:?}"),
        }
        drop(lock);
        assert_eq!(holder(data.path()), None);
        assert!(Lock::take(data.path(), Timestamp::UNIX_EPOCH).is_ok());
    }
}
