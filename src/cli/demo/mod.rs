//! `orbat demo`: the main job on one machine without network, with exactly the expected popups.
//!
//! Outlets, feeds and pages of [`story::Story`] are served on loopback; the real daemon polls them wave after wave; what it tells is
//! shown in the terminal, and on the desktop where there is one. Keeps nothing behind.

mod show;
mod story;

use super::{Failure, Globals, Outcome};
use crate::alert::{Alert, AlertId};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::daemon::{self, Parts};
use crate::rule::Channel;
use crate::store::{AlertFilter, Store};
use crate::web::Site;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use story::Story;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A wave that is not read by then is a failure.
const PATIENCE: Duration = Duration::from_secs(7);
/// How often the database is looked at for news.
const LOOK: Duration = Duration::from_millis(50);
/// A popup that comes too much is waited for this long at the end.
const AFTERMATH: Duration = Duration::from_millis(500);

#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  orbat demo")]
pub struct Args {}

pub fn run(_args: Args, globals: &Globals) -> Outcome {
    let folder = Folder::make()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    // A demo that is broken off keeps nothing behind either.
    let ended = runtime.block_on(async {
        let broken_off = super::run::told_to_stop().map_err(|e| e.to_string())?;
        tokio::select! {
            ended = demo(&folder.0, globals) => ended,
            () = broken_off => Err("the demo was broken off before its end".to_owned()),
        }
    });
    drop(runtime);
    let well = ended.map_err(Failure::failed)?;
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs all waves; says whether exactly the expected was told.
async fn demo(folder: &Path, globals: &Globals) -> Result<bool, String> {
    let story = Story::load(Clock::System.now());
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|e| format!("the demo cannot listen on loopback: {e}"))?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    let site = Site::default();
    let config = configuration(&story, address)?;
    // Two handles, as the daemon and a command have: what one writes wakes the other.
    let open = || Store::open(&folder.join("orbat.db")).map_err(|e| e.to_string());
    let (served, store) = (open()?, open()?);
    let mut show = show::Show::new(globals);
    show.opening(&story);

    story.publish(0, &site, address.port());
    let (close_site, site_closed) = oneshot::channel::<()>();
    let server = tokio::spawn(site.clone().serve(listener, async { drop(site_closed.await) }));
    let (parts, answers) = Parts::new(&config, served.clone(), Clock::System)?;
    daemon::sync(&config, &served, &Clock::System).map_err(|e| e.to_string())?;
    let (stop, stopped) = oneshot::channel::<()>();
    let service = tokio::spawn(daemon::run(parts, answers, async { drop(stopped.await) }));

    let told = play(&story, &site, address.port(), &store, &mut show).await;
    drop((stop, close_site));
    service.await.map_err(|e| e.to_string())?.map_err(|e| e.to_string())?;
    server.abort();
    Ok(show.closing(&story.judge(&told?)))
}

/// Publishes wave after wave, and gathers what is told: the wave, and the alert.
async fn play(story: &Story, site: &Site, port: u16, store: &Store, show: &mut show::Show) -> Result<Vec<(u32, Alert)>, String> {
    let mut told = Vec::new();
    let mut last = AlertId(0);
    for wave in 0..=story.last_wave() {
        show.wave(wave);
        if wave > 0 {
            story.publish(wave, site, port);
            for feed in store.feeds().map_err(|e| e.to_string())? {
                store.make_due(feed.id, Clock::System.now()).map_err(|e| e.to_string())?;
            }
        }
        let until = Instant::now() + PATIENCE;
        let mut read_at = None;
        loop {
            for (id, alert) in popups(store, last)? {
                last = id;
                show.popup(&alert);
                told.push((wave, alert));
            }
            // All of the wave read, and what it gives rise to told.
            if read_at.is_none() && story.is_read(wave, store)? {
                read_at = Some(Instant::now());
            }
            let settled = story.expects(wave) <= told.iter().filter(|(w, _)| *w == wave).count();
            let linger = if wave == story.last_wave() { AFTERMATH } else { Duration::ZERO };
            if read_at.is_some_and(|at| settled && at.elapsed() >= linger) || Instant::now() > until {
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        show.read(wave, story, store);
    }
    Ok(told)
}

/// The popups after `last`, oldest first.
fn popups(store: &Store, last: AlertId) -> Result<Vec<(AlertId, Alert)>, String> {
    let filter = AlertFilter { channel: Some(Channel::Popup), after: Some(last), limit: 100, ..AlertFilter::default() };
    let rows = store.alerts(&filter).map_err(|e| e.to_string())?;
    Ok(rows.into_iter().map(|row| (row.id, row.alert)).collect())
}

/// The configuration of the demo: its outlets, a watch list of one, the built-in rule.
fn configuration(story: &Story, address: SocketAddr) -> Result<Config, String> {
    let mut config = config::parse(Path::new("demo.toml"), &story.configuration(address.port())).map_err(|problems| {
        problems.iter().map(|p| format!("demo.toml:{}: {}", p.line, p.message)).collect::<Vec<_>>().join("\n")
    })?;
    // Outlets on the same machine need no second of rest between two requests.
    config.poll.fetch.pause = Duration::from_millis(100);
    config.poll.fetch.resolve = story.hosts().map(|host| (host.to_owned(), address)).collect();
    Ok(config)
}

/// A folder for the database, gone when the demo is.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Folder, Failure> {
        let path = std::env::temp_dir().join(format!("orbat-demo-{}-{:08x}", std::process::id(), fastrand::u32(..)));
        let failed = |e| Failure::failed(format_args!("{} cannot be made: {e}; TMPDIR names another place", path.display()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(failed)?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
