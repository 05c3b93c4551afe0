//! `orbat feed list`: the feeds, how they are, when they are polled next and why.

use crate::cli::output::{self, FormatArg};
use crate::cli::table::{Column, Table};
use crate::cli::{Globals, Outcome, time};
use crate::config::Written;
use crate::feed::Subscription;
use crate::store::{Born, FeedRow, Health};
use crate::text::language::Language;
use crate::url::{Url, without_credentials};
use jiff::{Timestamp, Zoned};
use serde::Serialize;
use std::io::Write;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  orbat feed list --failing
  orbat feed list --format json | jq -r '.[].url'")]
pub struct Args {
    /// Only feeds with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Only feeds that fail or are gone
    #[arg(long)]
    failing: bool,
    #[command(flatten)]
    format: FormatArg,
}

/// One feed as it is shown.
#[derive(Debug, Serialize)]
struct Line {
    /// Null: it stands in a file and has not been read by the daemon yet.
    id: Option<i64>,
    name: String,
    /// Without credentials, as is `address`: where it is polled, when it has moved.
    url: Url,
    address: Url,
    title: Option<String>,
    tags: Vec<String>,
    language: Option<Language>,
    born: Born,
    health: Health,
    error: Option<String>,
    failing_since: Option<Timestamp>,
    failures: u32,
    last_attempt: Option<Timestamp>,
    last_success: Option<Timestamp>,
    last_new: Option<Timestamp>,
    next_check: Option<Timestamp>,
    reason: String,
    articles: u64,
    moving_to: Option<Url>,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let (rows, config) = super::look(globals)?;
    let unread = config.iter().flat_map(|config| &config.feeds);
    let unread = unread.filter(|w| !rows.iter().any(|row| row.subscription.url == w.value.url)).map(unread_line);
    let mut lines: Vec<_> = rows.iter().map(line).chain(unread).collect();
    lines.retain(|line| args.tag.as_ref().is_none_or(|tag| line.tags.contains(tag)));
    lines.retain(|line| !args.failing || matches!(line.health, Health::Failing | Health::Gone));
    if args.format.is_json() {
        return output::json(out, &lines);
    }
    let table = table(&lines, &time::now());
    output::table(
        out,
        &globals.screen(),
        &table,
        "No feeds. `orbat feed add URL` subscribes to one, `orbat init` to a choice of them.",
    )
}

fn line(row: &FeedRow) -> Line {
    Line {
        id: Some(row.id.0),
        url: without_credentials(&row.subscription.url),
        address: without_credentials(&row.address),
        title: row.title.clone(),
        born: row.born,
        health: row.health,
        error: row.error.as_ref().map(|(class, message)| format!("{class}: {message}")),
        failing_since: row.failing_since,
        failures: row.failures,
        last_attempt: row.last_attempt,
        last_success: row.last_success,
        last_new: row.last_new,
        next_check: Some(row.next_check).filter(|_| !matches!(row.health, Health::Paused | Health::Gone)),
        reason: row.reason.clone(),
        articles: row.articles,
        moving_to: row.moved.as_ref().map(|(to, _)| without_credentials(to)),
        ..of_subscription(&row.subscription)
    }
}

fn unread_line(feed: &Written<Subscription>) -> Line {
    let reason = format!("new in {}:{}, read when orbat runs", feed.file.display(), feed.line);
    Line { reason, ..of_subscription(&feed.value) }
}

/// What a feed is before anything is known about it.
fn of_subscription(feed: &Subscription) -> Line {
    Line {
        id: None,
        name: feed.name.clone(),
        url: without_credentials(&feed.url),
        address: without_credentials(&feed.url),
        title: None,
        tags: feed.tags.clone(),
        language: feed.language,
        born: Born::File,
        health: Health::Waiting,
        error: None,
        failing_since: None,
        failures: 0,
        last_attempt: None,
        last_success: None,
        last_new: None,
        next_check: None,
        reason: String::new(),
        articles: 0,
        moving_to: None,
    }
}

fn table(lines: &[Line], now: &Zoned) -> Table {
    let columns = [
        Column::Right("ID"),
        Column::Left("NAME"),
        Column::Left("HEALTH"),
        Column::Left("LAST OK"),
        Column::Left("LAST NEW"),
        Column::Left("NEXT"),
        Column::Right("ARTICLES"),
        Column::Wide("WHY"),
    ];
    let mut table = Table::new(&columns);
    for line in lines {
        table.row([
            line.id.map_or("-".to_owned(), |id| id.to_string()),
            line.name.clone(),
            line.health.to_string(),
            time::short_or(line.last_success, now),
            time::short_or(line.last_new, now),
            time::short_or(line.next_check, now),
            output::grouped(line.articles),
            why(line),
        ]);
    }
    table
}

/// What matters most: an error, else a move, else why it is polled when it is.
fn why(line: &Line) -> String {
    match (&line.error, &line.moving_to) {
        (Some(error), _) => error.clone(),
        (None, Some(to)) => format!("moves to {to}"),
        (None, None) => line.reason.clone(),
    }
}
