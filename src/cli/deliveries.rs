//! `orbat deliveries`: what is on its way to receivers, what was given up, and another try.

use super::output::{self, FormatArg};
use super::table::{Column, Table};
use super::time::{self, Since};
use super::{Failure, Globals, Outcome, lock, say};
use crate::alert::{self, DeliveryId};
use crate::store::{DeliveryEntry, DeliveryFilter, DeliveryState, Store};
use crate::text::language::Language;
use jiff::Zoned;
use serde_json::{Value, json};
use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  orbat deliveries list --state refused
  orbat deliveries retry 17
  orbat deliveries retry --receiver desk-webhook
  orbat deliveries retry --refused --receiver desk-webhook"
)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Deliveries, newest first
    #[command(after_help = "Example:\n  orbat deliveries list --state refused --since 7d")]
    List(List),
    /// Send again what was refused, or at once what waits for its next attempt
    #[command(
        after_help = "Examples:\n  orbat deliveries retry --receiver desk-webhook\n  orbat deliveries retry --refused --receiver desk-webhook"
    )]
    Retry(Retry),
}

#[derive(Debug, clap::Args)]
struct List {
    /// Only those in this state: due, sent, refused
    #[arg(long)]
    state: Option<DeliveryState>,
    /// Only those to this receiver
    #[arg(long, value_name = "NAME")]
    receiver: Option<String>,
    /// Only those of alerts since (24h, 7d, 2026-11-20)
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = super::articles::LIMIT)]
    limit: u32,
    #[command(flatten)]
    format: FormatArg,
}

#[derive(Debug, clap::Args)]
struct Retry {
    /// Numbers of deliveries
    #[arg(value_name = "ID")]
    ids: Vec<i64>,
    /// All that were refused
    #[arg(long, conflicts_with = "ids")]
    refused: bool,
    /// All that waits at this receiver; with --refused, all that it refused
    #[arg(long, value_name = "NAME", conflicts_with = "ids")]
    receiver: Option<String>,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let store = globals.existing_store()?;
    match args.verb {
        Verb::List(args) => list(&store, args, globals, out),
        Verb::Retry(args) => retry(&store, args, globals, out),
    }
}

fn list(store: &Store, args: List, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let now = time::now();
    let since = args.since.map(|since| since.before(&now));
    let filter = DeliveryFilter { state: args.state, receiver: args.receiver, since, limit: args.limit };
    let entries = store.deliveries(&filter)?;
    if args.format.is_json() {
        return output::json(out, &entries.iter().map(|entry| value(entry, globals.language())).collect::<Vec<_>>());
    }
    output::table(out, &globals.screen(), &table(&entries, globals.language(), &now), "No deliveries.")
}

fn value(entry: &DeliveryEntry, language: Language) -> Value {
    json!({
        "id": entry.id,
        "alert": entry.alert_id,
        "title": alert::words(&entry.alert, language).title,
        "receiver": entry.receiver,
        "state": entry.state,
        "attempts": entry.attempts,
        "created": entry.alert.created,
        "next_at": (entry.state == DeliveryState::Due).then_some(entry.next_at),
        "sent": entry.sent,
        "error": entry.error,
    })
}

fn table(entries: &[DeliveryEntry], language: Language, now: &Zoned) -> Table {
    use Column::{Left, Right, Wide};
    let columns = [
        Right("ID"),
        Left("RECEIVER"),
        Left("STATE"),
        Left("WHEN"),
        Right("TRIES"),
        Right("ALERT"),
        Wide("TITLE"),
        Wide("LAST ERROR"),
    ];
    let mut table = Table::new(&columns);
    for entry in entries {
        let when = match entry.state {
            DeliveryState::Due if entry.next_at <= now.timestamp() => "now".to_owned(),
            DeliveryState::Due => time::short(entry.next_at, now),
            _ => time::short_or(entry.sent, now),
        };
        table.row([
            entry.id.to_string(),
            entry.receiver.clone(),
            entry.state.to_string(),
            when,
            entry.attempts.to_string(),
            entry.alert_id.to_string(),
            alert::words(&entry.alert, language).title,
            entry.error.clone().unwrap_or_default(),
        ]);
    }
    table
}

fn retry(store: &Store, args: Retry, globals: &Globals, out: &mut dyn Write) -> Outcome {
    if args.ids.is_empty() && !args.refused && args.receiver.is_none() {
        return Err(Failure::usage(
            "say which: numbers of deliveries (see `orbat deliveries list`), --refused for all that were, or --receiver NAME for all that waits there",
        ));
    }
    let ids: Vec<DeliveryId> = if args.ids.is_empty() {
        let state = if args.refused { DeliveryState::Refused } else { DeliveryState::Due };
        let filter = DeliveryFilter { state: Some(state), receiver: args.receiver, ..DeliveryFilter::default() };
        store.deliveries(&filter)?.iter().map(|entry| entry.id).collect()
    } else {
        args.ids.into_iter().map(DeliveryId).collect()
    };
    let again = store.retry(&ids, time::now().timestamp())?;
    let left: Vec<String> = ids.iter().filter(|id| !again.contains(id)).map(ToString::to_string).collect();
    if left.is_empty() || !again.is_empty() {
        globals.tell(out, format_args!("{} to be sent again", counted(again.len())))?;
    }
    if !again.is_empty() && globals.quiet == 0 && lock::holder(&globals.data_dir()?).is_none() {
        say("orbat is not running: they are sent when it runs");
    }
    if left.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::failed(format_args!(
        "nothing waits or was refused under {}: `orbat deliveries list` has what there is",
        left.join(", ")
    )))
}

fn counted(n: usize) -> String {
    if n == 1 { "1 delivery".to_owned() } else { format!("{n} deliveries") }
}
