//! The care of the database while the service runs: what is old goes, free room is given back, copies are made, and growth is told.

use super::{InForce, Parts, blocking, latest};
use crate::alert;
use crate::config::Backups;
use crate::store::{self, Backup, Retired, StoreError};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

/// How often the house is looked after …
const LOOK: Duration = Duration::from_secs(3600);
/// … and when first: a start has more urgent things to do.
const FIRST: Duration = Duration::from_secs(300);
/// The note in the store that says when the last copy was made.
pub(super) const COPIED: &str = "backup.last";
/// The note that says why the last copy could not be made; empty where it was.
pub const UNCOPIED: &str = "backup.failed";
/// How files of copies begin and end; between stands when they were made.
const COPY: (&str, &str) = ("orbat-", ".db");
/// A time between them.
const STAMP: &str = "20261123T000000Z";

/// The loop of the daemon.
pub(super) async fn run(in_force: InForce, stop: CancellationToken) {
    let mut wait = FIRST;
    loop {
        let parts = latest(&in_force);
        tokio::select! {
            () = stop.cancelled() => return,
            () = parts.clock.sleep(wait) => {}
        }
        wait = LOOK;
        let stopped = stop.clone();
        if let Err(e) = keep_house(&latest(&in_force), move || !stopped.is_cancelled()).await {
            error!("the database could not be looked after: {e}");
        }
    }
}

/// Looks after the database once, as long as `go_on` says so. For those who drive the steps themselves.
pub async fn keep_house(parts: &Arc<Parts>, go_on: impl Fn() -> bool + Send + 'static) -> store::Result<Retired> {
    let (retired, told) = blocking(parts, move |p| {
        let now = p.clock.now();
        let retired = p.store.retire(&p.care.retention, now, &go_on)?;
        if retired != Retired::default() {
            let Retired { articles, versions, claims } = retired;
            info!(articles, versions, claims, "what was kept long enough is removed");
        }
        let bytes = p.store.give_back(&go_on)?;
        if bytes > 0 {
            info!(bytes, "free room of the database is given back");
        }
        if let Some(backups) = p.care.backup.as_ref().filter(|_| go_on()) {
            copy(p, backups, now)?;
        }
        Ok((retired, warn_of_size(p, now)?))
    })
    .await?;
    if told {
        parts.wake.deliver.notify_one();
    }
    Ok(retired)
}

/// Makes a copy if it is time for one, and removes those that are too many. One that fails is tried again at the next look.
fn copy(parts: &Parts, backups: &Backups, now: Timestamp) -> store::Result<()> {
    let last = parts.store.note(COPIED)?.and_then(|t| t.parse::<Timestamp>().ok()).map(|last| last.min(now));
    if last.is_some_and(|last| super::after(last, backups.every) > now) {
        return Ok(());
    }
    let beside = || parts.store.path().parent().unwrap_or(Path::new("")).join("backups");
    let dir = backups.dir.clone().unwrap_or_else(beside);
    match copy_to(parts, &dir, now) {
        Ok((file, Backup { bytes, articles, .. })) => {
            info!(file = %file.display(), bytes, articles, "a copy of the database is made");
            parts.store.set_note(COPIED, &now.to_string())?;
            parts.store.set_note(UNCOPIED, "")?;
            prune(&dir, backups.keep);
        }
        Err(e) => {
            error!("no copy of the database could be made: {e}");
            parts.store.set_note(UNCOPIED, &e.to_string())?;
        }
    }
    Ok(())
}

fn copy_to(parts: &Parts, dir: &Path, now: Timestamp) -> store::Result<(PathBuf, Backup)> {
    let mut folder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    let failed = |e| StoreError::File { path: dir.to_owned(), source: Arc::new(e) };
    folder.recursive(true).create(dir).map_err(failed)?;
    let file = dir.join(format!("{}{}{}", COPY.0, now.strftime("%Y%m%dT%H%M%SZ"), COPY.1));
    let backup = parts.store.backup(&file)?;
    Ok((file, backup))
}

/// Removes the oldest copies, whose names are in the order of time, and what a copy that was broken off has left.
fn prune(dir: &Path, keep: usize) {
    let files = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let ours = |file: std::fs::DirEntry| {
        let rest = file.file_name().to_string_lossy().strip_prefix(COPY.0)?.to_owned();
        let (stamp, end) = rest.split_once('.')?;
        let ending = end == "db" || end.starts_with("db.") && end.ends_with(".part");
        (ending && stamp.len() == STAMP.len() && stamp.ends_with('Z')).then(|| (file.path(), end.ends_with("part")))
    };
    let (parts, mut copies): (Vec<_>, Vec<_>) = files.filter_map(ours).partition(|(_, part)| *part);
    copies.sort();
    copies.truncate(copies.len().saturating_sub(keep));
    for (old, _) in parts.into_iter().chain(copies) {
        if let Err(e) = std::fs::remove_file(&old) {
            warn!("the old copy {} cannot be removed: {e}", old.display());
        }
    }
}

/// Tells once that the database has grown past what its user wanted to know of; true where it was told.
fn warn_of_size(parts: &Parts, now: Timestamp) -> store::Result<bool> {
    let (bytes, limit) = (parts.store.size()?, parts.care.warn_at);
    let since = parts.store.outgrown()?;
    match since {
        None if bytes > limit => parts.store.set_outgrown(Some(now))?,
        // A tenth less, so that what hovers about the mark is told once.
        Some(_) if bytes < limit - limit / 10 => parts.store.set_outgrown(None)?,
        _ => {}
    }
    if since.is_some() || bytes <= limit {
        return Ok(false);
    }
    warn!(bytes, limit, "the database has grown past its mark");
    let alert = alert::disk(&written(bytes), &written(limit), now, &parts.health, now);
    let receivers = parts.health_tell().receivers;
    Ok(parts.store.add_alert(alert, &receivers)?.is_some())
}

/// In the unit that fits, with one digit behind the point.
fn written(bytes: u64) -> String {
    let (unit, size) = [("GB", 1e9), ("MB", 1e6)].into_iter().find(|(_, size)| bytes as f64 >= *size).unwrap_or(("kB", 1e3));
    format!("{:.1} {unit}", bytes as f64 / size)
}

#[cfg(test)]
mod tests {
    use super::{prune, written};

    #[test]
    fn the_newest_copies_stay_and_what_is_not_ours() {
        let dir = tempfile::tempdir().unwrap();
        let names = [
            "orbat-20260101T000000Z.db",
            "orbat-20260103T000000Z.db",
            "orbat-20260102T000000Z.db",
            "orbat-mine.db",
            "x.db",
            "orbat-20260101T000000Z.txt",
        ];
        names.iter().for_each(|name| std::fs::write(dir.path().join(name), "").unwrap());
        prune(dir.path(), 2);
        let mut left: Vec<String> =
            std::fs::read_dir(dir.path()).unwrap().map(|f| f.unwrap().file_name().to_string_lossy().into_owned()).collect();
        left.sort();
        assert_eq!(
            left,
            ["orbat-20260101T000000Z.txt", "orbat-20260102T000000Z.db", "orbat-20260103T000000Z.db", "orbat-mine.db", "x.db"]
        );
    }

    #[test]
    fn sizes_for_people() {
        for (bytes, text) in [(20_000_000_000, "20.0 GB"), (1_540_000, "1.5 MB"), (999, "1.0 kB")] {
            assert_eq!(written(bytes), text);
        }
    }
}
