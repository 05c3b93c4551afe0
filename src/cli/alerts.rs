//! `orbat alerts`: what was told, to whom, and what is told next.

use super::output::{self, FormatArg};
use super::screen::{Screen, clean};
use super::table::{Column, Table};
use super::time::{self, Since};
use super::{Failure, Globals, Outcome};
use crate::alert::{self, Alert, AlertId};
use crate::rule::Channel;
use crate::store::{AlertFilter, AlertRow, DeliveryState, Store};
use crate::text::language::Language;
use jiff::Zoned;
use serde_json::{Value, json};
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

/// How often `--follow` looks, and how many alerts it takes at a time.
const LOOK: Duration = Duration::from_secs(1);
const AT_A_TIME: u32 = 100;

#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  orbat alerts --channel popup --since 7d
  orbat alerts --follow
  orbat alerts show 42"
)]
pub struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    list: List,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// One alert with its evidence and its deliveries
    #[command(after_help = "Example:\n  orbat alerts show 42")]
    Show(Show),
}

#[derive(Debug, clap::Args)]
struct Show {
    /// Number of the alert
    id: i64,
    #[command(flatten)]
    format: FormatArg,
}

#[derive(Debug, clap::Args)]
struct List {
    /// Only of this loudness: popup, digest, list
    #[arg(long)]
    channel: Option<Channel>,
    /// Only of this rule
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// Only those since (24h, 7d, 2026-11-20)
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
    /// Print new alerts as they come, until interrupted; with json one per line
    #[arg(long, short)]
    follow: bool,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = super::articles::LIMIT)]
    limit: u32,
    #[command(flatten)]
    format: FormatArg,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    if let Some(Verb::Show(show)) = args.verb {
        return one(&globals.existing_store()?, show, globals, out);
    }
    if args.list.follow {
        return follow(&globals.store()?, args.list, globals, out);
    }
    list(&globals.existing_store()?, args.list, globals, out)
}

fn list(store: &Store, args: List, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let now = time::now();
    let rows = store.alerts(&filter(&args, &now, None))?;
    if args.format.is_json() {
        return output::json(out, &rows.iter().map(value).collect::<Vec<_>>());
    }
    output::table(out, &globals.screen(), &table(&rows, globals.language(), &now), "No alerts.")
}

fn filter(args: &List, now: &Zoned, after: Option<AlertId>) -> AlertFilter {
    AlertFilter {
        channel: args.channel,
        rule: args.rule.clone(),
        since: args.since.map(|s| s.before(now)),
        after,
        limit: if after.is_some() { AT_A_TIME } else { args.limit },
    }
}

fn table(rows: &[AlertRow], language: Language, now: &Zoned) -> Table {
    use Column::{Left, Right, Wide};
    let columns = [Right("ID"), Left("TIME"), Left("CHANNEL"), Left("RULE"), Wide("ALERT"), Left("OUTLET"), Left("DELIVERED")];
    let mut table = Table::new(&columns);
    for row in rows {
        table.row([
            row.id.to_string(),
            time::short(row.alert.created, now),
            row.alert.channel.to_string(),
            row.alert.rule.clone(),
            alert::words(&row.alert, language).title,
            row.alert.outlet.clone(),
            delivered(row),
        ]);
    }
    table
}

/// `desktop`, or `desktop waits` where it is not sent.
fn delivered(row: &AlertRow) -> String {
    let words = row.deliveries.iter().map(|(_, receiver, state, ..)| match state {
        DeliveryState::Sent => receiver.clone(),
        DeliveryState::Due => format!("{receiver} waits"),
        DeliveryState::Refused => format!("{receiver} refused"),
        DeliveryState::Joined => format!("{receiver} in a digest"),
        DeliveryState::Silenced => format!("{receiver} silenced"),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn value(row: &AlertRow) -> Value {
    let deliveries = row.deliveries.iter().map(|(id, receiver, state, attempts, error, sent)| {
        json!({"id": id, "receiver": receiver, "state": state, "attempts": attempts, "error": error, "sent": sent})
    });
    json!({"id": row.id, "alert": row.alert, "deliveries": deliveries.collect::<Vec<_>>()})
}

fn one(store: &Store, args: Show, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let row = store.alert(AlertId(args.id))?;
    let row = row.ok_or_else(|| Failure::failed(format_args!("there is no alert {}", args.id)))?;
    if args.format.is_json() {
        return output::json(out, &value(&row));
    }
    let (screen, now) = (globals.screen(), time::now());
    print(&row.alert, globals.language(), &screen, out)?;
    writeln!(out)?;
    details(&row, &screen, &now, out)?;
    Ok(ExitCode::SUCCESS)
}

fn details(row: &AlertRow, screen: &Screen, now: &Zoned, out: &mut dyn Write) -> Result<(), Failure> {
    use Column::{Left, Right, Wide};
    let alert = &row.alert;
    let facts = [
        ("told", Some(time::long(alert.created, now))),
        ("rule", Some(alert.rule.clone())),
        ("kind", Some(alert.kind.to_string())),
        ("channel", Some(alert.channel.to_string())),
        ("headline", Some(alert.headline.clone())),
        ("url", alert.url.as_ref().map(ToString::to_string)),
        ("article", alert.article.map(|id| id.to_string())),
        ("claim", alert.line.map(|id| id.to_string())),
        ("words", Some(alert.words.join(", "))),
    ];
    output::fields(out, screen, &facts)?;
    let mut table = Table::new(&[Left("RECEIVER"), Left("STATE"), Left("SENT"), Right("ATTEMPTS"), Wide("LAST ERROR")]);
    for (_, receiver, state, attempts, error, sent) in &row.deliveries {
        let error = error.clone().unwrap_or_default();
        table.row([receiver.clone(), state.to_string(), time::short_or(*sent, now), attempts.to_string(), error]);
    }
    if !table.is_empty() {
        writeln!(out)?;
        table.print(out, screen)?;
    }
    Ok(())
}

/// An alert as a popup would show it.
fn print(alert: &Alert, language: Language, screen: &Screen, out: &mut dyn Write) -> Result<(), Failure> {
    let words = alert::words(alert, language);
    writeln!(out, "{}", screen.bold(&clean(&words.title)))?;
    words.lines.iter().try_for_each(|line| writeln!(out, "{}", clean(line)))?;
    if let Some((sentence, mark)) = words.sentence {
        let spans: Vec<_> = mark.into_iter().collect();
        writeln!(out, "{}", super::articles::marked(&sentence, &spans, screen).replace('\n', " "))?;
    }
    writeln!(out, "{}", screen.faint(&clean(&words.footer)))?;
    Ok(())
}

/// Prints what comes, until the reader goes or the user interrupts.
fn follow(store: &Store, args: List, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let (language, screen, start) = (globals.language(), globals.screen(), time::now());
    let newest = store.alerts(&AlertFilter { limit: 1, ..AlertFilter::default() })?;
    let mut after = match args.since {
        Some(_) => AlertId(0),
        None => newest.first().map_or(AlertId(0), |row| row.id),
    };
    loop {
        let rows = store.alerts(&filter(&args, &start, Some(after)))?;
        for row in &rows {
            after = row.id;
            // What is only listed is nothing to be told of, unless it is asked for.
            if args.channel.is_none() && row.alert.channel == Channel::List {
                continue;
            }
            if args.format.is_json() {
                serde_json::to_writer(&mut *out, &value(row)).map_err(std::io::Error::from)?;
                writeln!(out)?;
            } else {
                write!(out, "{}  ", time::short(row.alert.created, &time::now()))?;
                print(&row.alert, language, &screen, out)?;
                writeln!(out)?;
            }
        }
        out.flush()?;
        if rows.len() < AT_A_TIME as usize {
            std::thread::sleep(LOOK);
        }
    }
}
