//! `orbat claims`: the ledger, what has been said about troops, each claim once.

use super::output::{self, FormatArg};
use super::screen::{Screen, clean};
use super::table::{Column, Table};
use super::time::{self, Since};
use super::{Failure, Globals, Outcome};
use crate::ledger::{Known, LedgerId};
use crate::store::{Appearance, ClaimFilter, Store};
use crate::text::claim::{Action, Claim, Status};
use jiff::Zoned;
use serde_json::{Value, json};
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

/// The certainty from which rules take a claim.
const MIN_CERTAINTY: f32 = 0.5;

#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  orbat claims --force US --to PL,DE --since 90d
  orbat claims --action killed --action wounded --format json
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
    /// Only those seen since (24h, 7d, 2026-11-20)
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
    /// How sure it must be that the number was read right, 0 to 1
    #[arg(long, value_name = "P", default_value_t = MIN_CERTAINTY)]
    min_certainty: f32,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = super::articles::LIMIT)]
    limit: u32,
    #[command(flatten)]
    format: FormatArg,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let store = globals.existing_store()?;
    match args.verb {
        Some(Verb::Show(show)) => line(&store, show, globals, out),
        None => list(&store, args.list, globals, out),
    }
}

fn list(store: &Store, args: List, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let now = time::now();
    let filter = ClaimFilter {
        force: output::codes(&args.force),
        action: args.action,
        from: output::codes(&args.from),
        to: output::codes(&args.to),
        at: output::codes(&args.at),
        since: args.since.map(|s| s.before(&now)),
        min_certainty: args.min_certainty,
        limit: args.limit,
    };
    let lines = store.ledger(&filter)?;
    if args.format.is_json() {
        return output::json(out, &lines);
    }
    output::table(out, &globals.screen(), &table(&lines, &now), "No claims.")
}

fn table(lines: &[Known], now: &Zoned) -> Table {
    use Column::{Left, Right, Wide};
    let columns = [
        Right("ID"),
        Left("SEEN"),
        Left("WHO"),
        Right("HOW MANY"),
        Left("ACTION"),
        Left("STATUS"),
        Left("FROM"),
        Left("TO"),
        Left("AT"),
        Right("REPORTS"),
        Wide("OUTLETS"),
    ];
    let mut table = Table::new(&columns);
    for line in lines {
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
            line.reports.to_string(),
            line.outlets.join(", "),
        ]);
    }
    table
}

fn status(status: Status, disputed: bool) -> String {
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

fn line(store: &Store, args: Show, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let found = store.line(LedgerId(args.id))?;
    let (line, told) = found.ok_or_else(|| Failure::failed(format_args!("there is no claim {}", args.id)))?;
    if args.format.is_json() {
        return output::json(out, &json!({"line": line, "appearances": told.iter().map(appearance).collect::<Vec<_>>()}));
    }
    show(&line, &told, &globals.screen(), &time::now(), out)
}

fn appearance(told: &Appearance) -> Value {
    json!({
        "article": told.article,
        "outlet": told.outlet,
        "url": told.url,
        "title": told.title,
        "language": told.language,
        "seen": told.seen,
        "verdict": told.verdict,
        "sentence": told.sentence,
        "claim": told.claim,
    })
}

fn show(line: &Known, told: &[Appearance], screen: &Screen, now: &Zoned, out: &mut dyn Write) -> Outcome {
    writeln!(out, "{}", screen.bold(&format!("{}  {}", output::amount(line.amount), Said::of_line(line))))?;
    let facts = [
        ("reports", Some(line.reports.to_string())),
        ("outlets", Some(line.outlets.join(", "))),
        ("speaker", line.speaker.clone()),
        ("first seen", Some(time::long(line.first_seen, now))),
        ("last seen", Some(time::long(line.last_seen, now))),
        ("changed", Some(line.revision).filter(|r| *r > 0).map(|r| format!("{r} times"))),
    ];
    output::fields(out, screen, &facts)?;
    for one in told {
        let head = format!("{}  {}  {}", time::short(one.seen, now), clean(&one.outlet), one.verdict);
        writeln!(out, "\n{}", screen.bold(&head))?;
        writeln!(out, "  {}  {}", output::amount(one.claim.amount), Said::of(&one.claim))?;
        writeln!(out, "  {}", clean(&one.sentence))?;
        let url = one.url.as_ref().map_or(String::new(), ToString::to_string);
        writeln!(out, "  {}", screen.faint(&format!("article {}  {}", one.article, clean(&url))))?;
    }
    Ok(ExitCode::SUCCESS)
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
