//! `orbat backup`: a copy of the database, while the service runs.

use super::output::grouped;
use super::{Globals, Outcome};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The copy is looked through before it gets its name; only you may read it. [backup] in the configuration has the
service make copies by itself.

Example:
  orbat backup /mnt/backups/orbat-$(date +%F).db"
)]
pub struct Args {
    /// The file to write; there must be none of that name
    file: PathBuf,
}

pub fn run(args: &Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let made = globals.existing_store()?.backup(&args.file)?;
    let (articles, alerts, bytes) = (grouped(made.articles), grouped(made.alerts), grouped(made.bytes));
    globals.tell(out, format_args!("{}: {articles} articles, {alerts} alerts, {bytes} bytes, verified.", args.file.display()))?;
    Ok(ExitCode::SUCCESS)
}
