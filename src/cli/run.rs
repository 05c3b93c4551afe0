//! `orbat run`: the service in the foreground, as systemd wants it.

use super::{Failure, Globals, Lock, Outcome};
use crate::clock::Clock;
use crate::config::Config;
use crate::daemon::{self, Parts, Source};
use crate::store::Store;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Network and waiting; what computes has threads of its own.
const WORKERS: usize = 2;
/// How long threads that block may go on after the daemon has ended.
const LEFTOVERS: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
#[command(
    after_help = "A changed configuration is taken over within seconds, or at `orbat reload` or SIGHUP; one with problems changes nothing.
Stops within ten seconds on SIGINT and SIGTERM, with nothing lost. ORBAT_LOG (`debug`, `orbat::fetch=trace,info`)
says what is logged, to the journal where systemd started it, else to standard error.

Examples:
  orbat run
  systemctl --user enable --now orbat"
)]
pub struct Args {}

pub fn run(_args: Args, globals: &Globals) -> Outcome {
    let config = globals.config()?;
    let data = globals.private_data_dir()?;
    let _lock = Lock::take(&data, Clock::System.now())?;
    let store = globals.store()?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(WORKERS).enable_all().build()?;
    let ended = runtime.block_on(serve(&config, &globals.config_path()?, store));
    runtime.shutdown_timeout(LEFTOVERS);
    ended.map(|()| ExitCode::SUCCESS)
}

async fn serve(config: &Config, path: &Path, store: Store) -> Result<(), Failure> {
    let calls = Arc::new(Notify::new());
    let (stop, hangups) = (told_to_stop()?, told_to_reload(calls.clone())?);
    let shutdown = async {
        tokio::select! {
            () = stop => {}
            () = hangups => {}
        }
    };
    let source = Source::new(path, config, calls);
    let synced = daemon::sync(config, &store, &Clock::System)?;
    tracing::info!(
        added = synced.added,
        changed = synced.changed,
        removed = synced.removed,
        "feeds are as the configuration says"
    );
    let (parts, answers) = Parts::new(config, store, Clock::System).map_err(Failure::failed)?;
    Ok(daemon::serve(parts, answers, Some(source), shutdown).await?)
}

/// Passes SIGHUP on. Never ends.
#[cfg(unix)]
fn told_to_reload(calls: Arc<Notify>) -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        while hangup.recv().await.is_some() {
            calls.notify_one();
        }
        std::future::pending().await
    })
}

#[cfg(not(unix))]
fn told_to_reload(_calls: Arc<Notify>) -> std::io::Result<impl Future<Output = ()>> {
    // There, `orbat reload` and a changed file are the ways to ask for it.
    Ok(std::future::pending())
}

/// Ends when the user or the system asks for the end.
#[cfg(unix)]
pub(super) fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
pub(super) fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Where no signal can be had, only the end of the process stops it.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
