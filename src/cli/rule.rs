//! `orbat rule`: the rules in force, and what one would have sent of what is read already.

use super::output::{self, FormatArg, grouped};
use super::screen::{Screen, clean};
use super::table::{Column, Table};
use super::time::{self, Since};
use super::{Failure, Globals, Outcome};
use crate::alert::{self, Alert, Heard, Policy, Rehearsal};
use crate::article::ArticleId;
use crate::config::Config;
use crate::ledger::WINDOW_DAYS;
use crate::rule::{Channel, Lack, Rule, TRACKED, tracked};
use crate::store::{ArticleRow, Store};
use crate::text::Annotation;
use crate::text::fold::Tokens;
use crate::text::language::Language;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::ExitCode;

/// Articles that are read from the archive at a time.
const BATCH: u32 = 500;
/// Near misses that are kept.
const MAX_NEAR: usize = 1_000;

#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  orbat rule list
  orbat rule test 'towards the eastern flank' --since 30d"
)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// The rules in force, and how much each has told
    #[command(after_help = "Example:\n  orbat rule list --since 7d")]
    List(List),
    /// What a rule would have sent, and what it nearly did and why not
    #[command(
        after_help = "The archive is gone through in memory, with a ledger of its own and this rule alone: nothing is sent or stored. Figures and names are those that were found when the articles were read.

Example:
  orbat rule test 'towards the eastern flank' --since 30d"
    )]
    Test(Test),
}

#[derive(Debug, clap::Args)]
struct List {
    /// Count what was told since (24h, 7d, 2026-11-20)
    #[arg(long, value_name = "TIME", default_value = "30d")]
    since: Since,
    #[command(flatten)]
    format: FormatArg,
}

#[derive(Debug, clap::Args)]
struct Test {
    /// Name of the rule, as in the configuration; `troops` and `tracked` are built in
    name: String,
    /// From when (24h, 7d, 2026-11-20)
    #[arg(long, value_name = "TIME", default_value = "30d")]
    since: Since,
    /// At most this many of each kind
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    #[command(flatten)]
    format: FormatArg,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let config = globals.config()?;
    match args.verb {
        Verb::List(args) => list(&config, &args, globals, out),
        Verb::Test(args) => test(&config, &args, globals, out),
    }
}

/// All rules in force: those of the configuration, and the built-in one for entities that none of them names.
pub fn in_force(config: &Config, store: Option<&Store>) -> crate::store::Result<Vec<Rule>> {
    let added = store.map(Store::entities).transpose()?.unwrap_or_default();
    let ids = config.entities.iter().map(|e| &e.value.id).chain(added.iter().map(|e| &e.id));
    let unnamed: BTreeSet<String> = ids.filter(|id| !config.rules.iter().any(|rule| rule.names(id))).cloned().collect();
    let own = config.rules.iter().any(|rule| rule.name == TRACKED);
    let builtin = (!own && !unnamed.is_empty()).then(|| tracked(unnamed));
    Ok(config.rules.iter().cloned().chain(builtin).collect())
}

fn list(config: &Config, args: &List, globals: &Globals, out: &mut dyn Write) -> Outcome {
    use Column::{Left, Right, Wide};
    let store = globals.has_database()?.then(|| globals.existing_store()).transpose()?;
    let since = args.since.before(&time::now());
    let mut rows = Vec::new();
    for rule in in_force(config, store.as_ref())? {
        let told = store.as_ref().map(|store| store.told_by(&rule.name, since)).transpose()?.unwrap_or_default();
        rows.push((rule, told));
    }
    if args.format.is_json() {
        let value = |(rule, [popup, digest, list]): &(Rule, [u64; 3])| json!({"name": rule.name, "enabled": rule.enabled, "figures": rule.is_figure_rule(), "alert": loudness(rule), "notify": rule.notify, "min_certainty": rule.min_certainty, "since": since, "popups": popup, "digest": digest, "listed": list});
        return output::json(out, &rows.iter().map(value).collect::<Vec<_>>());
    }
    let mut table = Table::new(&[
        Wide("NAME"),
        Left("ABOUT"),
        Left("ALERT"),
        Wide("RECEIVERS"),
        Right("POPUPS"),
        Right("DIGEST"),
        Right("LISTED"),
    ]);
    for (rule, told) in rows {
        let about = if rule.is_figure_rule() { "figures" } else { "names and words" };
        let alert = if rule.enabled { loudness(&rule) } else { "off" };
        let notify = if rule.notify.is_empty() { "all".to_owned() } else { rule.notify.join(", ") };
        let [popups, digest, listed] = told.map(grouped);
        table.row([rule.name, about.to_owned(), alert.to_owned(), notify, popups, digest, listed]);
    }
    output::table(out, &globals.screen(), &table, "No rules.")
}

/// How loud a rule tells, in a word.
pub fn loudness(rule: &Rule) -> &'static str {
    match rule.alert {
        Some(channel) => channel.as_str(),
        None if rule.builtin => "by kind",
        None if rule.is_figure_rule() => Channel::Popup.as_str(),
        None => Channel::Digest.as_str(),
    }
}

/// An article for which a rule nearly held.
struct Near {
    article: ArticleId,
    seen: Timestamp,
    outlet: String,
    title: String,
    lack: Lack,
    /// The sentence of the claim that came nearest.
    sentence: Option<String>,
}

/// What came of a test.
struct Tested {
    since: Timestamp,
    articles: u64,
    baseline: u64,
    /// Oldest first.
    alerts: Vec<Alert>,
    near: Vec<Near>,
}

fn test(config: &Config, args: &Test, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let store = globals.existing_store()?;
    let rules = in_force(config, Some(&store))?;
    let Some(mut rule) = rules.iter().find(|rule| rule.name == args.name).cloned() else {
        let names: Vec<_> = rules.iter().map(|rule| format!("`{}`", rule.name)).collect();
        return Err(Failure::failed(format_args!("there is no rule `{}`; there are {}", args.name, names.join(", "))));
    };
    let off = !std::mem::replace(&mut rule.enabled, true);
    let now = time::now();
    let tested = rehearse(&store, &rule, config, args.since.before(&now))?;
    if args.format.is_json() {
        return output::json(out, &tested.value(&rule, config.language));
    }
    if off {
        writeln!(out, "The rule is switched off; this is what it would tell if it were on.")?;
    }
    tested.print(config.language, args.limit, &globals.screen(), &now, out)?;
    Ok(ExitCode::SUCCESS)
}

/// Goes through the archive, from so long before `since` that the ledger knows what was known then.
fn rehearse(store: &Store, rule: &Rule, config: &Config, since: Timestamp) -> Result<Tested, Failure> {
    let policy = Policy { rules: vec![rule.clone()], home: config.home.clone(), language: config.language };
    let start = since.saturating_sub(SignedDuration::from_hours(24 * WINDOW_DAYS)).unwrap_or(Timestamp::MIN);
    let mut rehearsal = Rehearsal::new(policy, store.first_article()?);
    let mut tested = Tested { since, articles: 0, baseline: 0, alerts: Vec::new(), near: Vec::new() };
    let mut after = ArticleId(0);
    loop {
        let rows = store.archive(start, after, BATCH)?;
        let Some(last) = rows.last() else { return Ok(tested) };
        after = last.article.id;
        let batch: Vec<Heard> = rows.into_iter().filter_map(heard).collect();
        let alerts = rehearsal.hear(&batch);
        tested.alerts.extend(alerts.into_iter().filter(|alert| alert.created >= since));
        for heard in batch.iter().filter(|heard| heard.article.first_seen >= since) {
            tested.articles += 1;
            tested.baseline += u64::from(heard.article.baseline);
            if tested.near.len() < MAX_NEAR {
                tested.near.extend(near(rule, heard));
            }
        }
    }
}

fn heard(row: ArticleRow) -> Option<Heard> {
    let claims = row.claims.into_iter().map(|(claim, ..)| claim).collect();
    let annotation = Annotation { language: row.article.language, claims, reasons: Vec::new(), mentions: row.mentions };
    Some(Heard { story: row.story?, article: row.article, annotation })
}

fn near(rule: &Rule, heard: &Heard) -> Option<Near> {
    let (text, title) = heard.article.text();
    let mut lacks = rule.lacks(&heard.article, &heard.annotation, &Tokens::of(&text), title);
    if !rule.is_near(&lacks) {
        return None;
    }
    let lack = lacks.pop()?;
    let claim = lack.claim().and_then(|i| heard.annotation.claims.get(i));
    Some(Near {
        article: heard.article.id,
        seen: heard.article.first_seen,
        outlet: heard.article.outlet.clone(),
        title: heard.article.title.clone(),
        sentence: claim.map(|claim| claim.sentence.of(&text).to_owned()),
        lack,
    })
}

impl Tested {
    fn count(&self, channel: Channel) -> usize {
        self.alerts.iter().filter(|alert| alert.channel == channel).count()
    }

    fn value(&self, rule: &Rule, language: Language) -> Value {
        let alerts = self.alerts.iter().map(|alert| {
            json!({"at": alert.created, "channel": alert.channel, "kind": alert.kind, "title": alert::words(alert, language).title, "article": alert.article, "outlet": alert.outlet, "url": alert.url, "sentence": alert.sentence})
        });
        let near = self.near.iter().map(|near| {
            json!({"at": near.seen, "article": near.article, "outlet": near.outlet, "title": near.title, "lack": near.lack.to_string(), "sentence": near.sentence})
        });
        json!({
            "rule": rule.name,
            "since": self.since,
            "articles": self.articles,
            "first_polls": self.baseline,
            "alerts": alerts.collect::<Vec<_>>(),
            "near": near.collect::<Vec<_>>(),
        })
    }

    fn print(&self, language: Language, limit: usize, screen: &Screen, now: &Zoned, out: &mut dyn Write) -> std::io::Result<()> {
        let counts =
            Channel::ALL.iter().map(|&channel| format!("{} {}", self.count(channel), plural(channel, self.count(channel))));
        let counts = counts.collect::<Vec<_>>().join(", ");
        writeln!(out, "{} articles since {}: {counts}", grouped(self.articles), time::short(self.since, now))?;
        if self.baseline > 0 {
            writeln!(out, "{} of them came with the first poll of a feed, of which nothing is told", grouped(self.baseline))?;
        }
        writeln!(out, "\n{}", screen.bold("Would have been told"))?;
        self.print_alerts(language, limit, screen, now, out)?;
        writeln!(out, "\n{}", screen.bold("Nearly"))?;
        self.print_near(limit, screen, now, out)
    }

    /// The newest of the loudest.
    fn print_alerts(
        &self,
        language: Language,
        limit: usize,
        screen: &Screen,
        now: &Zoned,
        out: &mut dyn Write,
    ) -> std::io::Result<()> {
        use Column::{Left, Wide};
        let mut shown: Vec<&Alert> = self.alerts.iter().rev().collect();
        shown.sort_by_key(|alert| alert.channel);
        let mut table = Table::new(&[Left("TIME"), Left("CHANNEL"), Wide("ALERT"), Left("OUTLET")]);
        for alert in shown.iter().take(limit) {
            let title = alert::words(alert, language).title;
            table.row([time::short(alert.created, now), alert.channel.to_string(), title, alert.outlet.clone()]);
        }
        print_or_none(&table, shown.len(), limit, screen, out)
    }

    /// What was missing, the most frequent first, each with the newest article of it.
    fn print_near(&self, limit: usize, screen: &Screen, now: &Zoned, out: &mut dyn Write) -> std::io::Result<()> {
        let groups = self.near_by_lack();
        for (lack, nears) in groups.iter().take(limit) {
            let times = if nears.len() > 1 { format!(" ({} articles)", nears.len()) } else { String::new() };
            writeln!(out, "{}{times}", clean(lack))?;
            let Some(near) = nears.last() else { continue };
            let head = format!("{}  {}  article {}", time::short(near.seen, now), clean(&near.outlet), near.article);
            writeln!(out, "  {}", screen.faint(&head))?;
            writeln!(out, "  {}", clean(near.sentence.as_deref().unwrap_or(&near.title)))?;
        }
        match groups.len() {
            0 => writeln!(out, "none"),
            n if n > limit => writeln!(out, "… and {} more reasons: see --limit", n - limit),
            _ => Ok(()),
        }
    }

    fn near_by_lack(&self) -> Vec<(String, Vec<&Near>)> {
        let mut groups = BTreeMap::<String, Vec<&Near>>::new();
        self.near.iter().for_each(|near| groups.entry(near.lack.to_string()).or_default().push(near));
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(_, nears)| std::cmp::Reverse(nears.len()));
        groups
    }
}

fn print_or_none(table: &Table, all: usize, limit: usize, screen: &Screen, out: &mut dyn Write) -> std::io::Result<()> {
    if table.is_empty() {
        return writeln!(out, "nothing");
    }
    table.print(out, screen)?;
    if all > limit { writeln!(out, "… and {} more: see --limit", all - limit) } else { Ok(()) }
}

fn plural(channel: Channel, n: usize) -> &'static str {
    match channel {
        Channel::Popup if n == 1 => "popup",
        Channel::Popup => "popups",
        Channel::Digest => "for the digest",
        Channel::List => "listed only",
    }
}
