//! `orbat db`: is the database in order, and putting it in order.

use super::output::grouped;
use super::{DATABASE, Failure, Globals, Lock, Outcome, time};
use crate::store;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  orbat db check || orbat db repair")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Look through the whole database: its pages, its index, and what must hold between its tables
    #[command(after_help = "Nothing is changed, and the service may run.
Exit codes: 0 in order, 1 not.

Example:\n  orbat db check")]
    Check,
    /// Mend what is wrong, make the index anew, give free room back; of a damaged file save what can be read
    #[command(after_help = "The service must not run. A damaged file stays, beside the new one.

Example:\n  orbat db repair")]
    Repair,
}

pub fn run(args: &Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    match args.verb {
        Verb::Check => check(globals, out),
        Verb::Repair => repair(globals, out),
    }
}

/// The database, which must be there.
pub fn existing(globals: &Globals) -> Result<PathBuf, Failure> {
    let path = globals.data_dir()?.join(DATABASE);
    if path.exists() {
        return Ok(path);
    }
    Err(Failure::failed(format_args!("there is no database at {} yet: --data names another", path.display())))
}

fn check(globals: &Globals, out: &mut dyn Write) -> Outcome {
    let path = existing(globals)?;
    let found = store::check(&path)?;
    for line in &found.damaged {
        writeln!(out, "damaged: {line}")?;
    }
    if let Some(why) = &found.index {
        writeln!(out, "the full-text index is damaged: {why}")?;
    }
    for (what, rows) in &found.broken {
        writeln!(out, "{} {what}", grouped(*rows))?;
    }
    if found.is_well() {
        globals.tell(out, format_args!("{} is in order (schema {}).", path.display(), found.schema))?;
        if !found.gives_back {
            globals
                .tell(out, "It was made by an early version and does not give free room back: `orbat db repair` changes that.")?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "Stop the service, then: orbat db repair")?;
    Ok(ExitCode::FAILURE)
}

fn repair(globals: &Globals, out: &mut dyn Write) -> Outcome {
    let path = existing(globals)?;
    let now = time::now().timestamp();
    let _lock = Lock::take(&globals.data_dir()?, now)?;
    let done = store::repair(&path, now)?;
    for (what, rows) in &done.mended {
        writeln!(out, "mended: {} {what}", grouped(*rows))?;
    }
    if let Some(replaced) = &done.replaced {
        writeln!(out, "The file was damaged. It lies in {}; saved of it:", replaced.display())?;
        for (table, saved, lost) in &done.saved {
            let lost = if *lost > 0 { format!(", and at most {} that cannot be read", grouped(*lost)) } else { String::new() };
            writeln!(out, "  {table}: {} rows{lost}", grouped(*saved))?;
        }
        if done.saved.iter().any(|(.., lost)| *lost > 0) {
            writeln!(out, "A backup may have more: orbat restore FILE")?;
        }
    }
    let (before, after) = done.bytes;
    let indexed = grouped(done.indexed);
    globals.tell(
        out,
        format_args!("{indexed} articles are in the new index; {} bytes, were {}.", grouped(after), grouped(before)),
    )?;
    Ok(ExitCode::SUCCESS)
}
