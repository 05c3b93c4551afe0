//! `orbat reload`: asks the running service to read its configuration again, and says how that ended.

use super::output::{self, FormatArg};
use super::screen::clean;
use super::status::NOT_RUNNING;
use super::{Failure, Globals, Outcome, lock, say, time};
use crate::daemon::{ASKED, Reloaded};
use crate::store::Store;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How long the service may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often the answer is looked for.
const LOOK: Duration = Duration::from_millis(50);
/// The configuration has problems.
const REFUSED: u8 = 2;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "A changed file is noticed within seconds without this command. It is for what no file shows (a new secret),
and to see at once what came of it. A configuration with problems changes nothing.

Exit codes: 0 in force, 1 no answer, 2 problems, 4 not running.

Example:
  orbat reload"
)]
pub struct Args {
    #[command(flatten)]
    format: FormatArg,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let data = globals.data_dir()?;
    if lock::holder(&data).is_none() {
        return Err(not_running(&data));
    }
    let store = globals.existing_store()?;
    let word = format!("{} {}", std::process::id(), time::now().timestamp().as_nanosecond());
    store.set_note(ASKED, &word)?;
    let outcome = wait(&store, &data, &word)?;
    if args.format.is_json() {
        output::json(out, &outcome)?;
    } else if outcome.problems.is_empty() {
        globals.tell(out, in_force(&outcome))?;
    } else {
        outcome.problems.iter().for_each(|problem| say(clean(problem)));
        say("orbat: the new configuration has problems, the old one stays in force");
    }
    Ok(if outcome.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

fn not_running(data: &Path) -> Failure {
    let message = format!("nothing runs on {}: `orbat run` starts it, --data names another directory", data.display());
    Failure::Told { code: NOT_RUNNING, message }
}

fn wait(store: &Store, data: &Path, word: &str) -> Result<Reloaded, Failure> {
    let asked = Instant::now();
    while asked.elapsed() < PATIENCE {
        if let Some(outcome) = Reloaded::last(store)?.filter(|outcome| outcome.asked.as_deref() == Some(word)) {
            return Ok(outcome);
        }
        if lock::holder(data).is_none() {
            return Err(not_running(data));
        }
        std::thread::sleep(LOOK);
    }
    let seconds = PATIENCE.as_secs();
    Err(Failure::failed(format_args!(
        "the service did not answer within {seconds} s: see its log, `orbat status` says how it is"
    )))
}

fn in_force(outcome: &Reloaded) -> String {
    let Reloaded { added, changed, removed, .. } = *outcome;
    let feeds: Vec<String> = [(added, "added"), (changed, "changed"), (removed, "removed")]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{n} {what}"))
        .collect();
    let feeds = if feeds.is_empty() { String::new() } else { format!("; feeds: {}", feeds.join(", ")) };
    format!("the configuration is in force{feeds}")
}
