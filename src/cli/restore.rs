//! `orbat restore`: a backup in the place of the database.

use super::output::grouped;
use super::{DATABASE, Globals, Lock, Outcome, time};
use crate::store;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The service must not run. The database that is replaced stays, beside the new one. What was told since the backup was
made is not known any more: what feeds still show of it may be told again.

Example:
  orbat restore /mnt/backups/orbat-2026-11-20.db"
)]
pub struct Args {
    /// A file that `orbat backup` made
    file: PathBuf,
}

pub fn run(args: &Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let (data, now) = (globals.private_data_dir()?, time::now().timestamp());
    let _lock = Lock::take(&data, now)?;
    let done = store::restore(&args.file, &data.join(DATABASE), now)?;
    let (articles, alerts) = (grouped(done.backup.articles), grouped(done.backup.alerts));
    globals.tell(out, format_args!("Restored: {articles} articles, {alerts} alerts."))?;
    if let Some(replaced) = &done.replaced {
        globals.tell(out, format_args!("What was there before lies in {}.", replaced.display()))?;
    }
    if done.delivered > 0 {
        globals.tell(
            out,
            format_args!("{} deliveries were made since the backup: they are not made again.", grouped(done.delivered)),
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
