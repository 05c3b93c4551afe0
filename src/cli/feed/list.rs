//! `orbat feed list`: the feeds, how they are, when they are polled next and why.

use crate::cli::output::{self, FormatArg};
use crate::cli::table::{Column, Table};
use crate::cli::{Globals, Outcome, time};
use crate::config::Written;
use crate::feed::Subscription;
use crate::store::{Born, FeedRow, Health};
use crate::text::language::Language;
use crate::url::{Url, without_credentials};
use jiff::{SignedDuration, Timestamp, Zoned};
use serde::Serialize;
use std::io::Write;

/// Gaps of this time are shown with their feed.
const RECENT: SignedDuration = SignedDuration::from_hours(7 * 24);

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
    /// Seconds between checks, as the feed's rhythm stands now.
    interval: Option<u64>,
    articles: u64,
    moving_to: Option<Url>,
    /// How often everything was replaced between two polls, and between which last: entries may have been missed.
    gaps: u32,
    gap_from: Option<Timestamp>,
    gap_at: Option<Timestamp>,
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
        interval: Some(row.interval.as_secs()),
        articles: row.articles,
        moving_to: row.moved.as_ref().map(|(to, _)| without_credentials(to)),
        gaps: row.gaps,
        gap_from: row.outrun.map(|outrun| outrun.from),
        gap_at: row.outrun.map(|outrun| outrun.at),
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
        interval: None,
        articles: 0,
        moving_to: None,
        gaps: 0,
        gap_from: None,
        gap_at: None,
    }
}

fn table(lines: &[Line], now: &Zoned) -> Table {
    let columns = [
        Column::Right("ID"),
        Column::Left("NAME"),
        Column::Left("HEALTH"),
        Column::Left("LAST TRY"),
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
            time::short_or(line.last_attempt, now),
            time::short_or(line.last_success, now),
            time::short_or(line.last_new, now),
            time::short_or(line.next_check, now),
            output::grouped(line.articles),
            why(line, now),
        ]);
    }
    table
}

/// Why it is polled when it is, and what matters most beside: an error, a move, a gap of the last days.
fn why(line: &Line, now: &Zoned) -> String {
    let recent = |at: &Timestamp| now.timestamp().duration_since(*at) < RECENT;
    let gap = line.gap_at.filter(recent).zip(line.gap_from);
    let beside = match (&line.error, &line.moving_to, gap) {
        (Some(error), ..) => error.clone(),
        (None, Some(to), _) => format!("moves to {to}"),
        (None, None, Some((at, from))) => {
            format!("entries may be missed between {} and {}", time::short(from, now), time::short(at, now))
        }
        (None, None, None) => return line.reason.clone(),
    };
    if line.reason.is_empty() { beside } else { format!("{}; {beside}", line.reason) }
}
