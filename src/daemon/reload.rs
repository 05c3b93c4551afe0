//! A changed configuration is taken over while the service runs: at a signal, at `orbat reload`, and when one of its files changes.
//!
//! What has problems changes nothing: the old configuration stays in force, and the user is told. Otherwise the loops find the new [`Parts`] at
//! their next round; what is under way ends with the old ones.

use super::{Parts, blocking, latest, sync, systemd};
use crate::alert;
use crate::config::{self, Config};
use crate::rule::Channel;
use crate::store::{self, Store, Synced};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);
/// A file that has changed is read when it has stayed the same for this long: an editor may be at it still.
const SETTLE: Duration = Duration::from_millis(500);
/// Problems that are kept for `orbat reload` and `orbat status`.
const MAX_PROBLEMS: usize = 100;
/// The note in which a command asks for a reload: a word of its own choosing, new each time.
pub const ASKED: &str = "reload.asked";
/// The note that says how the last reload ended: [`Reloaded`] as JSON.
pub const OUTCOME: &str = "reload.outcome";

/// Where a configuration comes from that may change while the service runs.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    files: Files,
    calls: Arc<Notify>,
}

impl Source {
    /// `calls` asks for a reload: that is what SIGHUP does.
    pub fn new(path: &Path, config: &Config, calls: Arc<Notify>) -> Source {
        let files = Files::default().and(files_of(config).chain([path.to_owned()]));
        Source { path: path.to_owned(), files, calls }
    }
}

/// How a reload ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reloaded {
    /// The word of the command that asked for it; `None`: nobody did by a command.
    pub asked: Option<String>,
    pub at: Timestamp,
    /// None: it is in force.
    pub problems: Vec<String>,
    /// What became of the feeds.
    pub added: u32,
    pub changed: u32,
    pub removed: u32,
}

impl Reloaded {
    /// How the last one ended; `None` where there was none.
    pub fn last(store: &Store) -> store::Result<Option<Reloaded>> {
        Ok(store.note(OUTCOME)?.and_then(|text| serde_json::from_str(&text).ok()))
    }
}

/// Looks after the configuration until the daemon stops.
pub(super) async fn run(source: Option<Source>, install: watch::Sender<Arc<Parts>>, stop: CancellationToken) {
    let Some(Source { path, mut files, calls }) = source else { return stop.cancelled().await };
    let in_force = install.subscribe();
    let wake = latest(&in_force).wake.clone();
    // What was asked for before the start has happened by the start; so has what was wrong before.
    let mut answered = asked(&latest(&in_force)).await;
    forget(&latest(&in_force)).await;
    let mut changed: Option<Files> = None;
    // The last one failed at the database, not at the configuration.
    let mut again = false;
    while !stop.is_cancelled() {
        let called = tokio::select! {
            () = stop.cancelled() => return,
            () = calls.notified() => true,
            () = wake.reload.notified() => false,
            () = tokio::time::sleep(if changed.is_some() { SETTLE } else { LOOK }) => false,
        };
        let parts = latest(&in_force);
        let word = asked(&parts).await;
        let by_command = word != answered;
        let now = files.looked_at();
        let settled = now != files && changed.as_ref() == Some(&now);
        changed = (now != files).then(|| now.clone());
        let wanted = called || by_command || settled;
        if !(wanted || again) {
            continue;
        }
        changed = None;
        answered.clone_from(&word);
        systemd::reloading();
        let ended = reload(&parts, &path, &install).await;
        let paths = match &ended {
            Ok((_, paths)) | Err(Refused { files: paths, .. }) => paths.clone(),
        };
        again = matches!(ended, Err(Refused { again: true, .. }));
        files = if ended.is_ok() { now.only(&paths) } else { now };
        files = files.and(paths.into_iter().chain([path.clone()]));
        // What is tried again is told once.
        if wanted || !again {
            let ended = ended.map(|(synced, _)| synced).map_err(|refused| refused.problems);
            finish(&latest(&in_force), ended, word.filter(|_| by_command)).await;
        }
        systemd::tell(&[systemd::READY]);
    }
}

/// What is wrong, and in which files.
#[derive(Debug, Default)]
struct Refused {
    problems: Vec<String>,
    files: Vec<PathBuf>,
    /// It was the database that refused, such as on a full disk: the configuration may be good.
    again: bool,
}

impl Refused {
    fn bare(why: String) -> Refused {
        Refused { problems: vec![why], ..Refused::default() }
    }

    fn by_store(why: &store::StoreError) -> Refused {
        Refused { again: true, ..Refused::bare(why.to_string()) }
    }
}

/// New parts, what became of the feeds, and the files of the configuration.
type Made = (Parts, Synced, Vec<PathBuf>);
/// What a reload leads to, with the files that are to be looked at from now on.
type Ended = Result<(Synced, Vec<PathBuf>), Refused>;

/// Reads the configuration and puts it in force.
async fn reload(parts: &Arc<Parts>, path: &Path, install: &watch::Sender<Arc<Parts>>) -> Ended {
    let path = path.to_owned();
    let made = tokio::task::spawn_blocking({
        let parts = parts.clone();
        move || make(&parts, &path)
    });
    match made.await.unwrap_or_else(|e| Err(Refused::bare(format!("reading the configuration broke off: {e}")))) {
        Ok((new, synced, files)) => {
            install.send_replace(Arc::new(new));
            parts.wake.all();
            Ok((synced, files))
        }
        Err(why) => Err(why),
    }
}

fn make(parts: &Parts, path: &Path) -> Result<Made, Refused> {
    let added = parts.store.entities().map_err(|e| Refused::by_store(&e))?;
    let ids: Vec<String> = added.into_iter().map(|entity| entity.id).collect();
    let config = config::load_beside(path, &ids).map_err(|problems| {
        let files = problems.iter().map(|problem| problem.file.clone()).collect();
        Refused { problems: problems.iter().map(ToString::to_string).collect(), files, again: false }
    })?;
    let new = parts.reloaded(&config).map_err(Refused::bare)?;
    let synced = sync(&config, &parts.store, &parts.clock).map_err(|e| Refused::by_store(&e))?;
    Ok((new, synced, files_of(&config).collect()))
}

/// Logs how it ended, tells who should know, and notes it for who asked.
async fn finish(parts: &Arc<Parts>, ended: Result<Synced, Vec<String>>, asked: Option<String>) {
    let at = parts.clock.now();
    let outcome = match ended {
        Ok(Synced { added, changed, removed }) => {
            info!(added, changed, removed, "the new configuration is in force");
            Reloaded { asked, at, added, changed, removed, ..Reloaded::default() }
        }
        Err(mut problems) => {
            warn!("the new configuration has problems, the old one stays in force");
            problems.iter().for_each(|problem| warn!("{problem}"));
            problems.truncate(MAX_PROBLEMS);
            Reloaded { asked, at, problems, ..Reloaded::default() }
        }
    };
    let told = blocking(parts, move |p| {
        if !outcome.problems.is_empty() && outcome.asked.is_none() {
            tell(p, &outcome)?;
        }
        // Words and numbers can always be written as JSON.
        p.store.set_note(OUTCOME, &serde_json::to_string(&outcome).unwrap_or_default())
    });
    if let Err(e) = told.await {
        error!("how the reload ended cannot be written down: {e}");
    }
    parts.wake.deliver.notify_one();
}

/// Who asked by a command reads the answer there; everybody else hears of problems as of the health of feeds.
fn tell(parts: &Parts, outcome: &Reloaded) -> store::Result<()> {
    let alert = alert::refused(&outcome.problems, parts.language, outcome.at);
    let quiet = parts.health.channel == Channel::List;
    let channel = if quiet { Channel::List } else { alert.channel };
    let receivers = if quiet { Vec::new() } else { parts.receivers(&parts.health.notify) };
    parts.store.add_alert(alert::Alert { channel, ..alert }, &receivers).map(drop)
}

/// The word by which a reload was asked for last.
async fn asked(parts: &Arc<Parts>) -> Option<String> {
    blocking(parts, |p| p.store.note(ASKED)).await.ok().flatten()
}

/// The configuration of a start has no problems, whatever the last reload said.
async fn forget(parts: &Arc<Parts>) {
    let forgotten = blocking(parts, |p| match Reloaded::last(&p.store)? {
        Some(last) if !last.problems.is_empty() => p.store.set_note(OUTCOME, ""),
        _ => Ok(()),
    });
    if let Err(e) = forgotten.await {
        warn!("the outcome of the last reload cannot be forgotten: {e}");
    }
}

fn files_of(config: &Config) -> impl Iterator<Item = PathBuf> {
    config.files.iter().cloned().chain(config.words.iter().map(|words| words.file.clone()))
}

/// By what a change of a file is noticed; `None` where it cannot be looked at.
type Stamp = Option<(SystemTime, u64, u64)>;

/// Files, as they were when they were looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Files(BTreeMap<PathBuf, Stamp>);

impl Files {
    /// The same files as they are now.
    fn looked_at(&self) -> Files {
        Files(self.0.keys().map(|path| (path.clone(), stamp(path))).collect())
    }

    /// With these as they are now, unless they are there already.
    fn and(mut self, paths: impl Iterator<Item = PathBuf>) -> Files {
        for path in paths {
            self.0.entry(path).or_insert_with_key(|path| stamp(path));
        }
        self
    }

    /// Without those that are not among `paths`.
    fn only(mut self, paths: &[PathBuf]) -> Files {
        self.0.retain(|path, _| paths.contains(path));
        self
    }
}

fn stamp(path: &Path) -> Stamp {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.modified().ok()?, meta.len(), inode(&meta)))
}

#[cfg(unix)]
fn inode(meta: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(meta)
}

#[cfg(not(unix))]
fn inode(_meta: &Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::Files;
    use std::fs;

    #[test]
    fn every_kind_of_change_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        fs::write(&a, "one").unwrap();
        let files = Files::default().and([a.clone(), b.clone()].into_iter());
        assert_eq!(files.looked_at(), files);
        let changes: [(&str, &dyn Fn()); 4] = [
            ("longer", &|| fs::write(&a, "three").unwrap()),
            ("made", &|| fs::write(&b, "").unwrap()),
            ("put in the place of", &|| fs::rename(&b, &a).unwrap()),
            ("removed", &|| fs::remove_file(&a).unwrap()),
        ];
        for (what, change) in changes {
            let before = files.looked_at();
            change();
            assert_ne!(before.looked_at(), before, "{what}");
        }
        assert_eq!(files.only(std::slice::from_ref(&b)).and([b].into_iter()).0.len(), 1);
    }
}
