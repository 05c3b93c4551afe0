//! Runs the daemon over real input: a folder of feed files, or a stream of articles replayed on a simulated clock.
//!
//! ```sh
//! cargo run --release --example replay -- INPUT [--out alerts.jsonl] [--config FILE] [--limit N] [--work DIR] [--merges FILE]
//! ```
//!
//! A server on loopback plays every host, each at an address of its own. Feeds and pages keep the URLs they have in the input, requests
//! are paced per host as always, and what goes over the wire is real. Only the clock is simulated: waiting moves it.
//! What the daemon told is written as JSON lines; a table at the end says what was read, merged, found and told, and what failed.

mod drive;
mod folder;
mod report;
mod stage;
mod stream;

use clap::Parser;
use folder::Folder;
use jiff::Timestamp;
use orbat::config::{self, Config, Written};
use orbat::feed::Subscription;
use orbat::web::Site;
use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use stream::Stream;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Runs the daemon over a folder of feed files or a stream of articles.
#[derive(Parser)]
struct Args {
    /// A folder of feed files with index.json, or a stream (.jsonl, .jsonl.gz)
    input: PathBuf,
    /// Where to write what the daemon told
    #[arg(long, default_value = "alerts.jsonl")]
    out: PathBuf,
    /// Rules, entities and manners; without it the defaults and the starter watch list
    #[arg(long)]
    config: Option<PathBuf>,
    /// Only the first N feed files or articles
    #[arg(long, default_value_t = usize::MAX, hide_default_value = true)]
    limit: usize,
    /// Keeps the database in this directory, which must not hold one
    #[arg(long)]
    work: Option<PathBuf>,
    /// Where to write the merges of entries into known articles, with their reasons
    #[arg(long)]
    merges: Option<PathBuf>,
}

/// What is replayed.
enum Input {
    Folder(Folder),
    Stream(Stream),
}

impl Input {
    fn read(path: &Path, limit: usize) -> Result<Input> {
        if path.is_dir() { Folder::read(path, limit).map(Input::Folder) } else { Stream::read(path, limit).map(Input::Stream) }
    }

    fn subscriptions(&self) -> Result<Vec<Subscription>> {
        match self {
            Input::Folder(folder) => folder.subscriptions(),
            Input::Stream(stream) => stream.subscriptions(),
        }
    }

    fn hosts(&self) -> BTreeSet<String> {
        match self {
            Input::Folder(folder) => folder.hosts(),
            Input::Stream(stream) => stream.hosts(),
        }
    }

    /// When feeds are first polled.
    fn start(&self) -> Timestamp {
        match self {
            Input::Folder(folder) => folder.start(),
            Input::Stream(stream) => stream.start(),
        }
    }

    /// The next moment to look at, given when a feed is due; `None` at the end.
    fn next(&self, now: Timestamp, due: Timestamp) -> Option<Timestamp> {
        match self {
            Input::Folder(folder) => folder.next(now),
            Input::Stream(stream) => stream.next(due),
        }
    }

    /// Makes the site what it was at that moment.
    fn set(&mut self, site: &Site, now: Timestamp) -> Result<()> {
        match self {
            Input::Folder(folder) => folder.set(site),
            Input::Stream(stream) => stream.set(site, now),
        }
    }
}

fn main() -> ExitCode {
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        hook(panic);
    }));
    let logs = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "error".into());
    tracing_subscriber::fmt().with_env_filter(logs).with_writer(std::io::stderr).init();

    let outcome = replay(&Args::parse());
    let panics = PANICS.load(Ordering::Relaxed);
    match outcome {
        Ok(()) if panics == 0 => ExitCode::SUCCESS,
        Ok(()) => {
            eprintln!("replay: {panics} panics");
            ExitCode::FAILURE
        }
        Err(e) => {
            eprintln!("replay: {e}");
            ExitCode::FAILURE
        }
    }
}

fn replay(args: &Args) -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let work = args.work.as_deref().unwrap_or(scratch.path());
    std::fs::create_dir_all(work)?;
    let mut input = Input::read(&args.input, args.limit)?;
    let config = configuration(args.config.as_deref(), &input)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let played = runtime.block_on(drive::run(&mut input, config, &work.join("orbat.db")))?;
    report::write_alerts(&played.store, &args.out)?;
    if let Some(path) = &args.merges {
        report::write_merges(&played.store, path)?;
    }
    report::print(&played, &input)
}

/// The configuration with the feeds of the input in place of its own, and nobody to deliver to: alerts are read from the store.
fn configuration(path: Option<&Path>, input: &Input) -> Result<Config> {
    let standard = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config/replay.toml"));
    let config = match path {
        Some(path) => config::load(path),
        None => config::parse(standard, "include = [\"entities.toml\"]\n"),
    };
    let mut config = config.map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(|p| format!("{}:{}: {}", p.file.display(), p.line, p.message)).collect();
        lines.join("\n")
    })?;
    let feeds = input.subscriptions()?.into_iter();
    config.feeds = feeds.map(|value| Written { value, file: standard.to_owned(), line: 1 }).collect();
    config.receivers.clear();
    Ok(config)
}
