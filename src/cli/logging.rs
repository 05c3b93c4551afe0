//! Where log lines go: to standard error for people, to the journal with all their fields when systemd started us.

use super::{Globals, say, time};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Sets up logging, once. `service`: a daemon tells what it does, a command only what went wrong.
pub fn start(globals: &Globals, service: bool) {
    let registry = tracing_subscriber::registry().with(filter(globals, service));
    let journal = if journal_is_stderr() { tracing_journald::layer().ok() } else { None };
    // A second set-up in one process (tests) is refused: the first one stands.
    let _ = match journal {
        Some(journal) => registry.with(journal).try_init(),
        None => {
            let color = globals.color.is_on(std::io::stderr().is_terminal());
            let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(color);
            registry.with(lines.with_timer(LocalTime).with_target(false)).try_init()
        }
    };
}

/// ORBAT_LOG (`debug`, `orbat::fetch=trace,info`) decides; without it `-v` and `-q` do.
fn filter(globals: &Globals, service: bool) -> EnvFilter {
    match std::env::var("ORBAT_LOG").map(EnvFilter::try_new) {
        Ok(Ok(filter)) => return filter,
        Ok(Err(wrong)) => say(format_args!("orbat: ORBAT_LOG is left out of account: {wrong}")),
        Err(_) => {}
    }
    let usual = if service { 2 } else { 1 };
    let level = match usual + i16::from(globals.verbose) - i16::from(globals.quiet) {
        ..=0 => "error",
        1 => "warn",
        2 => "warn,orbat=info",
        3 => "info,orbat=debug",
        _ => "debug,orbat=trace",
    };
    EnvFilter::new(level)
}

/// systemd names the device and inode of the stream it gave us (systemd.exec(5), JOURNAL_STREAM): still ours?
#[cfg(unix)]
fn journal_is_stderr() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    rustix::fs::fstat(std::io::stderr()).is_ok_and(|stat| stream == format!("{}:{}", stat.st_dev, stat.st_ino))
}

#[cfg(not(unix))]
fn journal_is_stderr() -> bool {
    false
}

/// Seconds are enough, in the time zone of who reads them.
struct LocalTime;

impl FormatTime for LocalTime {
    fn format_time(&self, out: &mut Writer<'_>) -> std::fmt::Result {
        write!(out, "{}", time::now().strftime("%Y-%m-%d %H:%M:%S"))
    }
}
