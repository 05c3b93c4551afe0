//! `orbat feed`: subscriptions. What commands add lives in the database; what stands in a file stays the file's.

mod add;
mod doctor;
mod edit;
mod exchange;
mod known;
mod list;
mod settings;

use super::{Failure, Globals, Outcome, say};
use crate::clock::Clock;
use crate::config::Config;
use crate::feed::Subscription;
use crate::store::{Born, FeedRow, Store};
use crate::url::{Url, canonical};
use jiff::SignedDuration;
use std::borrow::Cow;
use std::io::Write;
use std::process::ExitCode;

const EXAMPLES: &str = "Examples:
  orbat feed add https://www.defensie.nl/rss --name defensie --tag nl
  orbat feed list
  orbat feed pause defensie";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Subscribe to a feed
    Add(Box<add::Args>),
    /// Change a feed that was added by command
    Edit(Box<edit::Args>),
    /// Unsubscribe; the articles stay
    #[command(after_help = "Example:\n  orbat feed remove defensie")]
    Remove(Which),
    /// Stop polling a feed
    #[command(after_help = "Example:\n  orbat feed pause defensie nos")]
    Pause(Which),
    /// Poll a paused feed again
    #[command(after_help = "Example:\n  orbat feed resume defensie")]
    Resume(Which),
    /// List the feeds, how they are and when they are polled next
    List(list::Args),
    /// Poll now
    Poll(Poll),
    /// Show step by step what happens with a feed, and store nothing
    Doctor(doctor::Args),
    /// Subscribe to the feeds of an OPML file
    Import(exchange::Import),
    /// Write the feeds as OPML or TOML
    Export(exchange::Export),
}

#[derive(Debug, clap::Args)]
struct Which {
    /// Number, name or address
    #[arg(required = true, value_name = "FEED")]
    feeds: Vec<String>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  orbat feed poll nos")]
struct Poll {
    /// Number, name or address
    #[arg(value_name = "FEED", required_unless_present = "all")]
    feeds: Vec<String>,
    /// Every feed that is not paused
    #[arg(long, conflicts_with = "feeds")]
    all: bool,
    /// Fetch it whole, whatever it was when last seen, and without a pause since it was asked last
    #[arg(long)]
    anew: bool,
}

/// A feed is not asked again within this, unless `--anew` says so.
const MIN_PAUSE: SignedDuration = SignedDuration::from_secs(60);

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    match args.verb {
        Verb::Add(args) => add::run(*args, globals, out),
        Verb::Edit(args) => edit::run(*args, globals, out),
        Verb::Remove(which) => each(&which.feeds, globals, |known, feed| {
            known.must_be_ours(feed)?;
            known.store.remove_feed(feed.id)?;
            Ok(globals.tell(out, format_args!("removed {}; its articles stay", feed.subscription.name))?)
        }),
        Verb::Pause(which) => each(&which.feeds, globals, |known, feed| {
            known.store.pause_feed(feed.id, true, Clock::System.now())?;
            Ok(globals.tell(out, format_args!("paused {}", feed.subscription.name))?)
        }),
        Verb::Resume(which) => each(&which.feeds, globals, |known, feed| {
            known.store.pause_feed(feed.id, false, Clock::System.now())?;
            Ok(globals.tell(out, format_args!("resumed {}", feed.subscription.name))?)
        }),
        Verb::List(args) => list::run(args, globals, out),
        Verb::Poll(args) => poll(args, globals, out),
        Verb::Doctor(args) => doctor::run(args, globals, out),
        Verb::Import(args) => exchange::import(args, globals, out),
        Verb::Export(args) => exchange::export(args, globals, out),
    }
}

fn poll(args: Poll, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let which = if args.all { every_active(globals)? } else { args.feeds };
    let when = match super::lock::holder(&globals.data_dir()?) {
        Some(_) => "is polled at its turn",
        None => "is polled when orbat runs",
    };
    each(&which, globals, |known, feed| {
        let now = Clock::System.now();
        if args.anew {
            known.store.forget_validators(feed.id)?;
        }
        let rested = feed.last_attempt.filter(|_| !args.anew).and_then(|at| at.checked_add(MIN_PAUSE).ok());
        known.store.make_due(feed.id, rested.map_or(now, |rested| rested.max(now)))?;
        let whole = if args.anew { " and fetched whole" } else { "" };
        Ok(globals.tell(out, format_args!("{} {when}{whole}", feed.subscription.name))?)
    })
}

fn every_active(globals: &Globals) -> Result<Vec<String>, Failure> {
    use crate::store::Health::{Gone, Paused};
    let feeds = globals.store()?.feeds()?;
    Ok(feeds.iter().filter(|f| !matches!(f.health, Paused | Gone)).map(|f| f.id.to_string()).collect())
}

/// Does something with each named feed. What fails is said, the others are done all the same.
fn each(names: &[String], globals: &Globals, mut work: impl FnMut(&Feeds, &FeedRow) -> Result<(), Failure>) -> Outcome {
    let known = Feeds::open(globals)?;
    let mut failed = 0;
    for name in names {
        match known.find(name).and_then(|feed| work(&known, &feed)) {
            Ok(()) => {}
            Err(failure @ Failure::Told { .. }) if names.len() > 1 => {
                failed += 1;
                failure.report();
            }
            Err(failure) => return Err(failure),
        }
    }
    match failed {
        0 => Ok(ExitCode::SUCCESS),
        failed => Err(Failure::failed(format_args!("{failed} of {} could not be done", names.len()))),
    }
}

/// The feeds of the database and the configuration, for who only looks: no database is made.
fn look(globals: &Globals) -> Result<(Vec<FeedRow>, Option<Config>), Failure> {
    let rows = if globals.has_database()? { globals.existing_store()?.feeds()? } else { Vec::new() };
    Ok((rows, globals.config_if_well()))
}

/// The feeds of the database and of the configuration.
struct Feeds {
    store: Store,
    config: Option<Config>,
}

impl Feeds {
    fn open(globals: &Globals) -> Result<Feeds, Failure> {
        Ok(Feeds { store: globals.store()?, config: globals.config_if_well() })
    }

    /// A feed of the database by number, name or address.
    fn find(&self, which: &str) -> Result<FeedRow, Failure> {
        if let Some(feed) = self.store.feed(which)? {
            return Ok(feed);
        }
        Err(match self.written(|feed| feed.name == which || feed.url.as_str() == which) {
            Some(place) => {
                Failure::failed(format_args!("`{which}` stands in {place} and is not known yet: run `orbat run` once"))
            }
            None => Failure::failed(format_args!("there is no feed `{which}`: `orbat feed list` shows their numbers and names")),
        })
    }

    /// Where the first such feed stands in the configuration: `feeds.toml:12`.
    fn written(&self, is: impl Fn(&Subscription) -> bool) -> Option<String> {
        let feeds = &self.config.as_ref()?.feeds;
        feeds.iter().find(|w| is(&w.value)).map(|w| format!("{}:{}", w.file.display(), w.line))
    }

    /// Refuses feeds that a file owns.
    fn must_be_ours(&self, feed: &FeedRow) -> Result<(), Failure> {
        if feed.born == Born::Cli {
            return Ok(());
        }
        let name = &feed.subscription.name;
        let place = self.written(|f| canonical(&f.url) == canonical(&feed.subscription.url));
        let place = place.unwrap_or("a configuration file".to_owned());
        Err(Failure::failed(format_args!(
            "`{name}` stands in {place}: change it there (`orbat feed pause {name}` works without)"
        )))
    }

    /// The configuration, or one that says nothing.
    fn config_or_plain(&self) -> Result<Cow<'_, Config>, Failure> {
        if let Some(config) = &self.config {
            return Ok(Cow::Borrowed(config));
        }
        let plain = crate::config::parse(std::path::Path::new("orbat.toml"), "");
        plain.map(Cow::Owned).map_err(|_| Failure::failed("there is no configuration: see `orbat init`"))
    }

    /// First interval of a feed that asks for none.
    fn every(&self) -> std::time::Duration {
        self.config.as_ref().map_or(EVERY, |config| config.poll.every)
    }
}

/// How to fetch: as configured, or as a configuration that says nothing.
fn fetch_settings(config: Option<&Config>) -> Result<crate::fetch::Settings, Failure> {
    if let Some(config) = config {
        return Ok(config.poll.fetch.clone());
    }
    let plain = crate::config::parse(std::path::Path::new("orbat.toml"), "");
    plain.map(|config| config.poll.fetch).map_err(|_| Failure::failed("requests need a configuration: see `orbat init`"))
}

/// The documented default of `[poll] every`, where there is no configuration.
const EVERY: std::time::Duration = std::time::Duration::from_secs(15 * 60);

/// An address as typed, or what is wrong with it.
fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| match text.contains("://") {
        true => format!("`{text}` is no address"),
        false => format!("`{text}` is no address: write it in full, such as https://{text}"),
    })?;
    match (url.scheme(), url.host_str()) {
        ("http" | "https", Some(host)) if !host.is_empty() => Ok(url),
        ("feed", _) => Err("write https:// or http:// in place of feed:".to_owned()),
        (scheme, _) => Err(format!("`{scheme}:` cannot be polled: only http:// and https:// can")),
    }
}

fn warn_not_running(globals: &Globals) {
    let running = globals.data_dir().is_ok_and(|data| super::lock::holder(&data).is_some());
    if !running && globals.quiet == 0 {
        say("orbat is not running: `orbat run` polls");
    }
}

#[cfg(test)]
mod tests {
    use super::address;
    use crate::config::named_after;

    #[test]
    fn addresses_are_checked_as_typed() {
        for (text, well) in [
            ("https://example.org/feed", true),
            ("http://user:secret@example.org:8080/feed?b=1&a=2", true),
            ("example.org/feed", false),
            ("feed:https://example.org/feed", false),
            ("ftp://example.org/feed", false),
            ("file:///etc/passwd", false),
            ("https://", false),
            ("", false),
        ] {
            assert_eq!(address(text).is_ok(), well, "{text}");
        }
    }

    #[test]
    fn names_come_from_hosts() {
        for (url, name) in [
            ("https://feeds.nos.nl/nosnieuwsbuitenland", "nos.nl"),
            ("https://www.pravda.com.ua/rss/", "pravda.com.ua"),
            ("https://rss.nl/x", "rss.nl"),
            ("http://127.0.0.1:8000/x", "127.0.0.1"),
        ] {
            assert_eq!(named_after(&url.parse().unwrap()), name);
        }
    }
}
