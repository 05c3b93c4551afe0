//! `orbat claims`: the ledger, what has been said about troops, each claim once.

mod csv;
mod map;
mod show;

use super::output::{self, FormatArg};
use super::table::{Column, Table};
use super::time::{self, Since};
use super::{Globals, Outcome};
use crate::ledger::{Known, LedgerId};
use crate::rule::MIN_CERTAINTY;
use crate::store::{ClaimFilter, Store};
use crate::text::claim::{Action, Claim, Status};
use jiff::Zoned;
use serde::Serialize;
use std::collections::HashMap;
use std::fmt;
use std::io::Write;

#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "SAID is the number of reports, and of those that are not each other's.

Examples:
  orbat claims --force US --to PL,DE --since 90d
  orbat claims --status planned --at-least 1000 --speaker pentagon
  orbat claims --doubtful
  orbat claims --since 30d --format geojson > troops.geojson
  orbat claims show 17"
)]
pub struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    list: List,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// One claim and everyone who made it
    #[command(after_help = "Example:\n  orbat claims show 17")]
    Show(Show),
}

#[derive(Debug, clap::Args)]
struct Show {
    /// Number of the claim
    id: i64,
    #[command(flatten)]
    format: FormatArg,
}

#[derive(Debug, clap::Args)]
struct List {
    /// Whose troops (US, RU, nato); repeat or part by commas
    #[arg(long, value_name = "CODE")]
    force: Vec<String>,
    /// What they do: deploy, withdraw, killed …; repeat or part by commas
    #[arg(long, value_name = "ACTION", value_delimiter = ',')]
    action: Vec<Action>,
    /// Where from
    #[arg(long, value_name = "CODE")]
    from: Vec<String>,
    /// Where to
    #[arg(long, value_name = "CODE")]
    to: Vec<String>,
    /// Where they are
    #[arg(long, value_name = "CODE")]
    at: Vec<String>,
    /// How real it is: fact, planned, possible, denied; repeat or part by commas
    #[arg(long, value_name = "STATUS", value_delimiter = ',')]
    status: Vec<Status>,
    /// Only those that somebody of this name is credited with
    #[arg(long, value_name = "NAME")]
    speaker: Option<String>,
    /// At least so many: the upper bound, else the lower, reaches it
    #[arg(long, value_name = "N")]
    at_least: Option<u64>,
    /// At most so many: the lower bound, else the upper, is not above it
    #[arg(long, value_name = "N")]
    at_most: Option<u64>,
    /// Only those seen since (24h, 7d, 2026-11-20)
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
    /// How sure it must be that the number was read right, 0 to 1
    #[arg(long, value_name = "P", default_value_t = MIN_CERTAINTY)]
    min_certainty: f32,
    /// Only what stayed below the certainty from which anything is told
    #[arg(long, conflicts_with = "min_certainty")]
    doubtful: bool,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = super::articles::LIMIT)]
    limit: u32,
    /// table for people, json, csv, geojson for programs
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    /// Aligned columns, local times.
    #[default]
    Table,
    /// One array, times in RFC 3339 UTC.
    Json,
    /// One line for each claim, with a line of titles.
    Csv,
    /// One feature for each claim with a place that is known.
    Geojson,
}

/// A line of the ledger with the certainty of its surest telling.
#[derive(Debug, Serialize)]
struct Entry {
    #[serde(flatten)]
    line: Known,
    certainty: Option<f64>,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let store = globals.existing_store()?;
    match args.verb {
        Some(Verb::Show(show)) => show::run(&store, show.id, show.format, globals, out),
        None => list(&store, args.list, globals, out),
    }
}

fn list(store: &Store, args: List, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let now = time::now();
    let entries = entries(store, filter(&args, &now))?;
    match args.format {
        Format::Json => output::json(out, &entries),
        Format::Csv => csv::write(&entries, out),
        Format::Geojson => output::json(out, &map::collection(store, &entries)?),
        Format::Table => output::table(out, &globals.screen(), &table(&entries, &now), "No claims."),
    }
}

fn filter(args: &List, now: &Zoned) -> ClaimFilter {
    ClaimFilter {
        force: output::codes(&args.force),
        action: args.action.clone(),
        from: output::codes(&args.from),
        to: output::codes(&args.to),
        at: output::codes(&args.at),
        status: args.status.clone(),
        speaker: args.speaker.clone(),
        at_least: args.at_least,
        at_most: args.at_most,
        since: args.since.map(|s| s.before(now)),
        min_certainty: if args.doubtful { 0.0 } else { args.min_certainty },
        less_certain: args.doubtful.then_some(MIN_CERTAINTY),
        limit: args.limit,
    }
}

fn entries(store: &Store, filter: ClaimFilter) -> crate::store::Result<Vec<Entry>> {
    let lines = store.ledger(&filter)?;
    let certain: HashMap<LedgerId, f32> = store.certainties(&lines.iter().map(|line| line.id).collect::<Vec<_>>())?;
    Ok(lines.into_iter().map(|line| Entry { certainty: certain.get(&line.id).map(|c| hundredths(*c)), line }).collect())
}

/// To two digits: what is behind them says nothing.
fn hundredths(certainty: f32) -> f64 {
    (f64::from(certainty) * 100.0).round() / 100.0
}

/// The speaker and the certainty do not fit a terminal of 80 columns: `show` has them.
fn table(entries: &[Entry], now: &Zoned) -> Table {
    use Column::{Left, Right, Wide};
    let columns = [
        Right("ID"),
        Left("SEEN"),
        Left("WHO"),
        Right("HOW MANY"),
        Left("ACTION"),
        Wide("STATUS"),
        Wide("FROM"),
        Wide("TO"),
        Wide("AT"),
        Right("SAID"),
    ];
    let mut table = Table::new(&columns);
    for Entry { line, .. } in entries {
        table.row([
            line.id.to_string(),
            time::short(line.last_seen, now),
            line.force.clone().unwrap_or("?".to_owned()),
            output::amount(line.amount),
            line.action.to_string(),
            status(line.status, line.disputed),
            line.from.join(","),
            line.to.join(","),
            line.at.join(","),
            said(line),
        ]);
    }
    table
}

/// How often, and by how many that are not each other's: `9/4`.
fn said(line: &Known) -> String {
    format!("{}/{}", line.reports, line.outlets.len())
}

pub fn status(status: Status, disputed: bool) -> String {
    if disputed { format!("{status}, disputed") } else { status.to_string() }
}

/// What a claim says beside its number, in a few words: `US deploy (planned) RO → PL, LT`.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    pub force: Option<&'a str>,
    pub action: Action,
    pub status: Status,
    pub disputed: bool,
    pub from: &'a [String],
    pub to: &'a [String],
    pub at: &'a [String],
}

impl<'a> Said<'a> {
    pub fn of(claim: &'a Claim) -> Said<'a> {
        Said {
            force: claim.force.as_deref(),
            action: claim.action,
            status: claim.status,
            disputed: false,
            from: &claim.from,
            to: &claim.to,
            at: &claim.at,
        }
    }

    pub fn of_line(line: &'a Known) -> Said<'a> {
        Said {
            force: line.force.as_deref(),
            action: line.action,
            status: line.status,
            disputed: line.disputed,
            from: &line.from,
            to: &line.to,
            at: &line.at,
        }
    }
}

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.force.unwrap_or("?"), self.action)?;
        if self.status != Status::Fact || self.disputed {
            write!(f, " ({})", status(self.status, self.disputed))?;
        }
        match (self.from, self.to) {
            ([], []) => {}
            (from, []) => write!(f, " from {}", from.join(", "))?,
            ([], to) => write!(f, " to {}", to.join(", "))?,
            (from, to) => write!(f, " {} → {}", from.join(", "), to.join(", "))?,
        }
        if self.at.is_empty() { Ok(()) } else { write!(f, " at {}", self.at.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::Said;
    use crate::text::claim::{Action, Status};

    #[test]
    fn a_claim_is_said_in_few_words() {
        let places = |codes: &str| codes.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for (force, status, disputed, from, to, at, said) in [
            (Some("US"), Status::Planned, false, "", "DE PL", "", "US deploy (planned) to DE, PL"),
            (Some("US"), Status::Fact, false, "DE", "RO", "", "US deploy DE → RO"),
            (None, Status::Fact, true, "UA", "", "", "? deploy (fact, disputed) from UA"),
            (Some("NL"), Status::Fact, false, "", "", "LT", "NL deploy at LT"),
        ] {
            let (from, to, at) = (places(from), places(to), places(at));
            let claim = Said { force, action: Action::Deploy, status, disputed, from: &from, to: &to, at: &at };
            assert_eq!(claim.to_string(), said);
        }
    }
}
