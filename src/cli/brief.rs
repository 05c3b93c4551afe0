//! `orbat brief`: what is new, on demand: gaps in the coverage first, then each claim as it stands now, then tracked names.

use super::articles::counted;
use super::claims::Said;
use super::output::{self, FormatArg, amount, grouped};
use super::screen::{Screen, clean};
use super::table::{Column, Table};
use super::time::{self, Since};
use super::{Globals, Outcome};
use crate::alert::AlertKind;
use crate::ledger::Known;
use crate::store::{Absence, AlertFilter, AlertRow, ClaimFilter, FeedRow, Health, Store};
use crate::url::without_credentials;
use jiff::{Timestamp, Zoned};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

/// Claims and alerts that are looked at, at most.
const LIMIT: u32 = 500;
/// Headlines shown for one name.
const HEADLINES: usize = 3;
/// A feed not read for this long is a gap, whatever its next check says.
const SILENT: Duration = Duration::from_secs(48 * 3600);

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  orbat brief
  orbat brief --since 7d | mail -s orbat desk@example.org")]
pub struct Args {
    /// From when (24h, 7d, 2026-11-20)
    #[arg(long, value_name = "TIME", default_value = "24h")]
    since: Since,
    #[command(flatten)]
    format: FormatArg,
}

/// What a brief is made of.
struct Brief {
    since: Timestamp,
    feeds: Vec<FeedRow>,
    /// Times in which nobody could be asked.
    absences: Vec<Absence>,
    pending: u64,
    claims: Vec<Known>,
    alerts: Vec<AlertRow>,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let now = time::now();
    let brief = gather(&globals.existing_store()?, args.since.before(&now), now.timestamp())?;
    if args.format.is_json() {
        return output::json(out, &brief.value(&now));
    }
    brief.print(&globals.screen(), &now, out)?;
    Ok(ExitCode::SUCCESS)
}

fn gather(store: &Store, since: Timestamp, now: Timestamp) -> crate::store::Result<Brief> {
    let mut claims =
        store.ledger(&ClaimFilter { since: Some(since), min_certainty: 0.5, limit: LIMIT, ..ClaimFilter::default() })?;
    claims.sort_by_key(|line| (std::cmp::Reverse(line.outlets.len()), std::cmp::Reverse(line.reports)));
    Ok(Brief {
        since,
        feeds: store.feeds()?,
        absences: store.absences(since)?,
        pending: store.counts(now)?.pending,
        claims,
        alerts: store.alerts(&AlertFilter { since: Some(since), limit: LIMIT, ..AlertFilter::default() })?,
    })
}

/// Why the news of a feed may be missing from the brief.
fn gap(feed: &FeedRow, now: &Zoned) -> Option<String> {
    let error = feed.error.as_ref().map_or(String::new(), |(class, message)| format!(": {class}: {message}"));
    let since = feed.failing_since.map_or(String::new(), |at| format!(" since {}", time::short(at, now)));
    let silent =
        |at: &Timestamp| now.timestamp().duration_since(*at) > jiff::SignedDuration::try_from(SILENT).unwrap_or_default();
    match feed.health {
        Health::Failing => Some(format!("failing{since}{error}")),
        Health::Gone => Some(format!("gone{since}{error}")),
        Health::Paused => Some("paused".to_owned()),
        Health::Waiting => Some("not read yet".to_owned()),
        Health::Well => feed.last_success.filter(silent).map(|at| format!("not read since {}", time::short(at, now))),
    }
}

impl Brief {
    fn gaps<'a>(&'a self, now: &'a Zoned) -> impl Iterator<Item = (&'a FeedRow, String)> {
        self.feeds.iter().flat_map(|feed| gap(feed, now).into_iter().chain(self.outrun(feed, now)).map(move |why| (feed, why)))
    }

    /// Where everything in a feed was replaced between two polls of this time.
    fn outrun(&self, feed: &FeedRow, now: &Zoned) -> Option<String> {
        let outrun = feed.outrun.filter(|outrun| outrun.at >= self.since)?;
        let [from, at] = [outrun.from, outrun.at].map(|at| time::short(at, now));
        Some(format!("entries may have been missed between {from} and {at}"))
    }

    /// Alerts about tracked names, under each name.
    fn names(&self) -> BTreeMap<&str, Vec<&AlertRow>> {
        let mut names = BTreeMap::<_, Vec<_>>::new();
        for row in self.alerts.iter().filter(|row| row.alert.kind == AlertKind::Entity) {
            let mut told: Vec<_> = row.alert.mentions.iter().map(|m| m.entity.as_str()).collect();
            told.sort_unstable();
            told.dedup();
            told.into_iter().for_each(|name| names.entry(name).or_default().push(row));
        }
        names
    }

    fn value(&self, now: &Zoned) -> Value {
        let gaps = self.gaps(now).map(|(feed, why)| {
            json!({"feed": feed.subscription.name, "url": without_credentials(&feed.subscription.url), "health": feed.health, "why": why})
        });
        let names = self.names().into_iter().map(|(name, rows)| {
            let articles = rows.iter().map(|row| {
                json!({"alert": row.id, "headline": row.alert.headline, "outlet": row.alert.outlet, "url": row.alert.url, "time": row.alert.created})
            });
            json!({"entity": name, "articles": articles.collect::<Vec<_>>()})
        });
        json!({
            "since": self.since,
            "until": now.timestamp(),
            "feeds": self.feeds.len(),
            "pending": self.pending,
            "gaps": gaps.collect::<Vec<_>>(),
            "absences": self.absences,
            "claims": self.claims,
            "names": names.collect::<Vec<_>>(),
        })
    }

    fn print(&self, screen: &Screen, now: &Zoned, out: &mut dyn Write) -> std::io::Result<()> {
        writeln!(out, "{}", screen.bold(&format!("Since {}", time::long(self.since, now))))?;
        self.print_coverage(screen, now, out)?;
        writeln!(out, "\n{}", screen.bold("Claims"))?;
        self.print_claims(now, screen, out)?;
        writeln!(out, "\n{}", screen.bold("Tracked names"))?;
        self.print_names(now, out)
    }

    fn print_coverage(&self, screen: &Screen, now: &Zoned, out: &mut dyn Write) -> std::io::Result<()> {
        let states: Vec<_> = self.feeds.iter().map(|feed| feed.health.to_string()).collect();
        writeln!(out, "\n{}", screen.bold("Coverage"))?;
        writeln!(out, "feeds: {}", if states.is_empty() { "none".to_owned() } else { counted(&states) })?;
        for Absence { since, until, why } in &self.absences {
            let until = until.map_or("now".to_owned(), |at| time::short(at, now));
            writeln!(out, "{why} from {} to {until}: nothing was read", time::short(*since, now))?;
        }
        if self.pending > 0 {
            writeln!(out, "{} articles wait to be read", grouped(self.pending))?;
        }
        self.gaps(now).try_for_each(|(feed, why)| writeln!(out, "  {}: {}", clean(&feed.subscription.name), clean(&why)))
    }

    fn print_claims(&self, now: &Zoned, screen: &Screen, out: &mut dyn Write) -> std::io::Result<()> {
        use Column::{Left, Right, Wide};
        let mut table =
            Table::new(&[Right("ID"), Right("HOW MANY"), Wide("WHAT"), Right("REPORTS"), Right("OUTLETS"), Left("FIRST SAID")]);
        for line in &self.claims {
            let first = format!("{} {}", time::short(line.first_seen, now), line.first_outlet);
            let (reports, outlets) = (line.reports.to_string(), line.outlets.len().to_string());
            let what = format!("{}{}", Said::of_line(line), if line.revision > 0 { ", changed" } else { "" });
            table.row([line.id.to_string(), amount(line.amount), what, reports, outlets, first]);
        }
        if table.is_empty() { writeln!(out, "none") } else { table.print(out, screen) }
    }

    fn print_names(&self, now: &Zoned, out: &mut dyn Write) -> std::io::Result<()> {
        let names = self.names();
        if names.is_empty() {
            return writeln!(out, "none");
        }
        for (name, rows) in names {
            writeln!(out, "{}: {}", clean(name), rows.len())?;
            for AlertRow { alert, .. } in rows.iter().take(HEADLINES) {
                writeln!(out, "  {}  {}  {}", time::short(alert.created, now), clean(&alert.outlet), clean(&alert.headline))?;
            }
        }
        Ok(())
    }
}
