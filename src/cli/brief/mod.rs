//! `orbat brief`: what is new, on demand: gaps in the coverage first, then each claim as it stands now, then tracked names.

mod claims;
mod page;

use super::articles::counted;
use super::output::{self, grouped};
use super::time::{self, Since};
use super::{Globals, Outcome};
use crate::alert::{self, AlertKind};
use crate::store::{Absence, AlertFilter, AlertRow, FeedRow, Health};
use crate::text::language::Language;
use crate::url::without_credentials;
use claims::Claims;
use jiff::{Timestamp, Zoned};
use page::{Item, Section};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
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
  orbat brief --since 48h --format markdown > brief.md
  orbat brief --since 7d | mail -s orbat desk@example.org")]
pub struct Args {
    /// From when (24h, 7d, 2026-11-20)
    #[arg(long, value_name = "TIME", default_value = "24h")]
    since: Since,
    /// text and markdown for people (local times), json for programs (RFC 3339, UTC)
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    #[default]
    #[value(alias = "table")]
    Text,
    #[value(alias = "md")]
    Markdown,
    Json,
}

/// What a brief is made of.
struct Brief {
    since: Timestamp,
    feeds: Vec<FeedRow>,
    /// Times in which nobody could be asked.
    absences: Vec<Absence>,
    pending: u64,
    claims: Claims,
    alerts: Vec<AlertRow>,
    language: Language,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let now = time::now();
    let store = globals.existing_store()?;
    let since = args.since.before(&now);
    let brief = Brief {
        since,
        feeds: store.feeds()?,
        absences: store.absences(since)?,
        pending: store.counts(now.timestamp())?.pending,
        claims: Claims::since(&store, since)?,
        alerts: store.alerts(&AlertFilter { since: Some(since), limit: LIMIT, ..AlertFilter::default() })?,
        language: globals.language(),
    };
    if args.format == Format::Json {
        return output::json(out, &brief.value(&now));
    }
    let title = format!("Since {}", time::long(since, &now));
    let sections = brief.sections(&now);
    match args.format {
        Format::Markdown => page::markdown(&title, &sections, out)?,
        _ => page::text(&title, &sections, &globals.screen(), out)?,
    }
    Ok(ExitCode::SUCCESS)
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

    /// When a feed was read last, where that is long ago for all of them.
    fn last_read(&self, now: &Zoned) -> Option<Timestamp> {
        let asleep = self.feeds.iter().all(|feed| feed.health == Health::Well && gap(feed, now).is_some());
        self.feeds.iter().filter_map(|feed| feed.last_success).max().filter(|_| asleep)
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

    /// What may be the same as something else that was told: title and what it may be.
    fn doubtful(&self) -> BTreeSet<(String, &str)> {
        let doubts = self.alerts.iter().filter_map(|row| Some((row, row.alert.maybe.as_deref()?)));
        doubts.map(|(row, maybe)| (alert::words(&row.alert, self.language).title, maybe)).collect()
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
        let doubtful = self.doubtful().into_iter().map(|(title, maybe)| json!({"title": title, "maybe": maybe}));
        json!({
            "since": self.since,
            "until": now.timestamp(),
            "feeds": self.feeds.len(),
            "pending": self.pending,
            "gaps": gaps.collect::<Vec<_>>(),
            "absences": self.absences,
            "claims": self.claims.value(),
            "repeated": self.claims.repeated,
            "doubtful": doubtful.collect::<Vec<_>>(),
            "names": names.collect::<Vec<_>>(),
        })
    }

    fn sections(&self, now: &Zoned) -> Vec<Section> {
        let mut sections = vec![self.coverage(now)];
        sections.extend(self.claims.sections(self.language, now));
        let doubts = self.doubtful().into_iter().map(|(title, maybe)| Item::of(format!("{title}: maybe the same as {maybe}")));
        sections.push(Section { title: "Doubtful", items: doubts.collect() });
        sections.push(self.tracked(now));
        // A brief always says how well the news was covered; of the rest only what there is.
        sections.retain(|section| section.title == "Coverage" || !section.items.is_empty());
        if sections.len() == 1 {
            sections.push(Section { title: "Claims", items: vec![Item::of("nothing new".to_owned())] });
        }
        sections
    }

    fn coverage(&self, now: &Zoned) -> Section {
        let states: Vec<_> = self.feeds.iter().map(|feed| feed.health.to_string()).collect();
        let feeds = if states.is_empty() { "none".to_owned() } else { counted(&states) };
        let gaps = match self.last_read(now) {
            Some(last) => vec![format!("no feed was read since {}: orbat was not running", time::short(last, now))],
            None => self.gaps(now).map(|(feed, why)| format!("{}: {why}", feed.subscription.name)).collect(),
        };
        let mut items = vec![Item { line: format!("feeds: {feeds}"), under: gaps }];
        for Absence { since, until, why } in &self.absences {
            let until = until.map_or("now".to_owned(), |at| time::short(at, now));
            items.push(Item::of(format!("{why} from {} to {until}: nothing was read", time::short(*since, now))));
        }
        if self.pending > 0 {
            items.push(Item::of(format!("{} articles wait to be read", grouped(self.pending))));
        }
        Section { title: "Coverage", items }
    }

    fn tracked(&self, now: &Zoned) -> Section {
        let headline = |row: &&AlertRow| {
            let alert = &row.alert;
            format!("{}  {}  {}", time::short(alert.created, now), alert.outlet, alert.headline)
        };
        let item = |(name, rows): (&str, Vec<&AlertRow>)| Item {
            line: format!("{name}: {}", rows.len()),
            under: rows.iter().take(HEADLINES).map(headline).collect(),
        };
        Section { title: "Tracked names", items: self.names().into_iter().map(item).collect() }
    }
}
