//! `orbat mute`: what is not to be told loudly for a while, by whose wish, and why.

use super::output::{self, FormatArg};
use super::table::{Column, Table};
use super::{Failure, Globals, Outcome, time};
use crate::alert::{AlertId, Matcher, Silence, SilenceId};
use crate::article::{ArticleId, StoryId};
use crate::ledger::LedgerId;
use crate::store::Store;
use jiff::{Timestamp, Zoned};
use serde_json::{Value, json};
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "What is muted is listed only (`orbat alerts`), and may be told when that is over; that something you were told is corrected,
denied or called off comes with the digest. Nothing is lost.

Examples:
  orbat mute claim 17 --for 24h --reason 'known since Monday'
  orbat mute feed tass --for 7d
  orbat mute rule 'towards the eastern flank' --for 2h
  orbat mute list
  orbat mute end 3"
)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// One claim of the ledger (see `orbat claims`)
    #[command(after_help = "Example:\n  orbat mute claim 17 --for 24h --reason 'known since Monday'")]
    Claim(Number),
    /// One story: all articles that tell the same news (see `orbat articles show`)
    #[command(after_help = "Example:\n  orbat mute story 3 --for 24h")]
    Story(Number),
    /// The claims and the story of an alert, as the button of its popup does
    #[command(after_help = "Example:\n  orbat mute alert 42 --for 12h")]
    Alert(Number),
    /// What is told because an entity is named
    #[command(after_help = "Example:\n  orbat mute entity zelensky --for 2d")]
    Entity(Name),
    /// What a rule tells
    #[command(after_help = "Example:\n  orbat mute rule 'towards the eastern flank' --for 2h")]
    Rule(Name),
    /// What a feed is the first to tell
    #[command(after_help = "Example:\n  orbat mute feed tass --for 7d")]
    Feed(Name),
    /// What is muted now
    #[command(after_help = "Example:\n  orbat mute list --all --format json")]
    List(List),
    /// End a silence before its time
    #[command(after_help = "Example:\n  orbat mute end 3")]
    End(End),
}

#[derive(Debug, clap::Args)]
struct Number {
    /// Its number
    id: i64,
    #[command(flatten)]
    terms: Terms,
}

#[derive(Debug, clap::Args)]
struct Name {
    /// Its name
    name: String,
    #[command(flatten)]
    terms: Terms,
}

#[derive(Debug, clap::Args)]
struct Terms {
    /// How long (90s 15m 24h 7d)
    #[arg(long = "for", value_name = "TIME", value_parser = output::duration, default_value = "24h")]
    length: Duration,
    /// Why: shown in the list and by `orbat why`
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// By whose wish [default: the user who is logged in]
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
}

#[derive(Debug, clap::Args)]
struct List {
    /// Also those that are over
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    format: FormatArg,
}

#[derive(Debug, clap::Args)]
struct End {
    /// Numbers of silences (see `orbat mute list`)
    #[arg(required = true, value_name = "ID")]
    ids: Vec<i64>,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let store = globals.existing_store()?;
    let (matchers, terms) = match args.verb {
        Verb::List(list) => return list_all(&store, &list, globals, out),
        Verb::End(end) => return end_some(&store, &end, globals, out),
        Verb::Claim(Number { id, terms }) => (claim(&store, id)?, terms),
        Verb::Story(Number { id, terms }) => (story(&store, id)?, terms),
        Verb::Alert(Number { id, terms }) => (alert(&store, id)?, terms),
        Verb::Entity(Name { name, terms }) => (entity(&store, name, globals)?, terms),
        Verb::Rule(Name { name, terms }) => (rule(name, globals)?, terms),
        Verb::Feed(Name { name, terms }) => (feed(&store, name)?, terms),
    };
    mute(&store, matchers, terms, globals, out)
}

fn mute(store: &Store, matchers: Vec<Matcher>, terms: Terms, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let now = time::now();
    let since = now.timestamp();
    let until = since.checked_add(terms.length).unwrap_or(Timestamp::MAX);
    let owner = terms.owner.or_else(|| std::env::var("USER").ok().filter(|user| !user.is_empty()));
    for matcher in matchers {
        let (owner, reason) = (owner.clone(), terms.reason.clone());
        let silence = Silence { id: SilenceId(0), matcher: matcher.clone(), owner, reason, since, until, ended: None };
        let id = store.add_silence(silence)?;
        // It may have been muted for longer before.
        let until = time::short(store.silence_of(id)?.map_or(until, |silence| silence.until), &now);
        globals.tell(out, format_args!("muted {matcher} until {until}: `orbat mute end {id}` ends it"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn claim(store: &Store, id: i64) -> Result<Vec<Matcher>, Failure> {
    match store.line(LedgerId(id))? {
        Some(_) => Ok(vec![Matcher::Claim(LedgerId(id))]),
        None => Err(Failure::failed(format_args!("there is no claim {id}: `orbat claims` lists them"))),
    }
}

fn story(store: &Store, id: i64) -> Result<Vec<Matcher>, Failure> {
    // A story has the number of its first article.
    let first = store.article(ArticleId(id))?.and_then(|row| row.story);
    match first {
        Some(story) if story == StoryId(id) => Ok(vec![Matcher::Story(story)]),
        Some(story) => {
            Err(Failure::failed(format_args!("there is no story {id}: the article of that number is of story {story}")))
        }
        None => {
            Err(Failure::failed(format_args!("there is no story {id}: `orbat articles show ID` names the story of an article")))
        }
    }
}

fn alert(store: &Store, id: i64) -> Result<Vec<Matcher>, Failure> {
    let none = || Failure::failed(format_args!("there is no alert {id}: `orbat alerts` lists them"));
    let alert = store.alert(AlertId(id))?.ok_or_else(none)?.alert;
    let mut lines: Vec<LedgerId> = alert.line.into_iter().chain(alert.lines_told.iter().map(|(line, _)| *line)).collect();
    lines.dedup();
    let story = alert.story.filter(|_| lines.is_empty()).map(Matcher::Story);
    let matchers: Vec<_> = lines.into_iter().map(Matcher::Claim).chain(story).collect();
    if matchers.is_empty() {
        return Err(Failure::failed(format_args!(
            "alert {id} is about no claim and no story: mute its rule, `orbat mute rule '{}'`",
            alert.rule
        )));
    }
    Ok(matchers)
}

fn entity(store: &Store, id: String, globals: &Globals) -> Result<Vec<Matcher>, Failure> {
    let added = store.entities()?.iter().any(|entity| entity.id == id);
    let written = globals.config_if_well().is_none_or(|config| config.entities.iter().any(|entity| entity.value.id == id));
    if added || written {
        return Ok(vec![Matcher::Entity(id)]);
    }
    Err(Failure::failed(format_args!("there is no entity `{id}`: `orbat entity list` has them")))
}

fn rule(name: String, globals: &Globals) -> Result<Vec<Matcher>, Failure> {
    let builtin = [crate::config::BUILTIN, crate::rule::TRACKED].contains(&name.as_str());
    let written = globals.config_if_well().is_none_or(|config| config.rules.iter().any(|rule| rule.name == name));
    if builtin || written {
        return Ok(vec![Matcher::Rule(name)]);
    }
    Err(Failure::failed(format_args!("there is no rule `{name}`: `orbat rule list` has them")))
}

fn feed(store: &Store, name: String) -> Result<Vec<Matcher>, Failure> {
    if store.feeds()?.iter().any(|feed| feed.subscription.name == name) {
        return Ok(vec![Matcher::Feed(name)]);
    }
    Err(Failure::failed(format_args!("there is no feed `{name}`: `orbat feed list` has them")))
}

fn list_all(store: &Store, args: &List, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let now = time::now();
    let silences = store.silences((!args.all).then(|| now.timestamp()))?;
    if args.format.is_json() {
        return output::json(out, &silences.iter().map(|silence| value(silence, &now)).collect::<Vec<_>>());
    }
    output::table(out, &globals.screen(), &table(&silences, &now), "Nothing is muted.")
}

fn value(silence: &Silence, now: &Zoned) -> Value {
    json!({
        "id": silence.id,
        "what": silence.matcher.what(),
        "name": silence.matcher.name(),
        "owner": silence.owner,
        "reason": silence.reason,
        "since": silence.since,
        "until": silence.until,
        "ended": silence.ended,
        "on": silence.is_on(now.timestamp()),
    })
}

fn table(silences: &[Silence], now: &Zoned) -> Table {
    use Column::{Left, Right, Wide};
    let columns = [Right("ID"), Left("MUTED"), Left("SINCE"), Left("UNTIL"), Left("OWNER"), Wide("REASON")];
    let mut table = Table::new(&columns);
    for silence in silences {
        let until = match silence.ended {
            Some(ended) => format!("ended {}", time::short(ended, now)),
            None if silence.is_on(now.timestamp()) => time::short(silence.until, now),
            None => format!("over {}", time::short(silence.until, now)),
        };
        table.row([
            silence.id.to_string(),
            silence.matcher.to_string(),
            time::short(silence.since, now),
            until,
            silence.owner.clone().unwrap_or("-".to_owned()),
            silence.reason.clone().unwrap_or_default(),
        ]);
    }
    table
}

fn end_some(store: &Store, args: &End, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let now = time::now().timestamp();
    let mut unknown = Vec::new();
    for &id in &args.ids {
        match store.end_silence(SilenceId(id), now)? {
            true => globals.tell(out, format_args!("silence {id} is over"))?,
            false => unknown.push(id.to_string()),
        }
    }
    if unknown.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::failed(format_args!("no silence {} is on: `orbat mute list` has those that are", unknown.join(", "))))
}
