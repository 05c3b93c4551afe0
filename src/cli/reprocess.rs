//! `orbat reprocess`: stored articles, read again with the words and names of today.

use super::output::grouped;
use super::time::{self, Since};
use super::{Failure, Globals, Lock, Outcome, say};
use crate::article::ArticleId;
use crate::daemon;
use crate::store::{Progress, Reprocessed, Store};
use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "For after an update, or when names or words were added. What a text says still stays as it was decided; claims that give way
are kept (`orbat export --table superseded`). Nothing is told unless --alert asks for it. The service must not run. What was broken
off goes on with `orbat reprocess` alone.

Examples:
  orbat reprocess --since 30d
  orbat reprocess"
)]
pub struct Args {
    /// Articles first seen since (24h, 7d, 2026-11-20); without it what was broken off goes on
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
    /// Tell what is found now, by the rules in force
    #[arg(long, requires = "since")]
    alert: bool,
}

pub fn run(args: &Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let (store, config, now) = (globals.existing_store()?, globals.config()?, time::now());
    let _lock = Lock::take(&globals.data_dir()?, now.timestamp())?;
    let from = match args.since {
        Some(since) => Progress { since: since.before(&now), after: ArticleId(0), alert: args.alert },
        None => broken_off(&store)?,
    };
    let tell = |done: Reprocessed| {
        if globals.quiet == 0 {
            say(format_args!("{} articles read, {} changed", grouped(done.read), grouped(done.changed)));
        }
    };
    let done = daemon::reprocess(&config, &store, from, now.timestamp(), tell).map_err(Failure::failed)?;
    let Reprocessed { read, changed, claims, superseded, lines, alerts } = done;
    let [read, changed, claims, superseded, lines] = [read, changed, claims, superseded, lines].map(grouped);
    globals.tell(
        out,
        format_args!(
            "{read} articles read again, {changed} changed: {claims} claims found, {superseded} superseded, {lines} lines of the ledger \
             put aside."
        ),
    )?;
    if from.alert {
        globals.tell(out, format_args!("{} alerts: the service delivers them.", grouped(alerts)))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn broken_off(store: &Store) -> Result<Progress, Failure> {
    store.rereading()?.ok_or_else(|| Failure::usage("none was broken off: say since when, as in `orbat reprocess --since 30d`"))
}
