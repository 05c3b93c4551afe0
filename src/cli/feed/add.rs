//! `orbat feed add`: a subscription by command. What is no feed is refused; the answer to the one request is the feed's first poll.

use super::known::Known;
use super::settings::Settings;
use super::{Feeds, address, warn_not_running};
use crate::cli::screen::clean;
use crate::cli::{Failure, Globals, Outcome, say, time};
use crate::clock::Clock;
use crate::config::{named_after, secret_of};
use crate::daemon::{self, Parts};
use crate::feed::{self, Class, Feed, FeedError, Origin, Subscription};
use crate::fetch::{self, Fetched, Request};
use crate::text::language::Language;
use crate::url::{Url, without_credentials};
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  orbat feed add https://www.defensie.nl/rss --name defensie --tag nl
  orbat feed add https://example.org/feed --unchecked")]
pub struct Args {
    /// The feed's address
    #[arg(value_name = "URL", value_parser = address)]
    url: Url,
    #[command(flatten)]
    settings: Settings,
    /// Add it without asking for it first
    #[arg(long)]
    unchecked: bool,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let feeds = Feeds::open(globals)?;
    let known = Known::of(feeds.config.as_ref(), &feeds.store.feeds()?);
    if let Some(which) = known.at(&args.url) {
        globals.tell(out, format_args!("nothing to add: {which}"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut feed = Subscription::new(args.url.clone(), String::new());
    args.settings.apply(&mut feed);
    if feed.name.is_empty() {
        feed.name = known.free_name(named_after(&feed.url));
    } else if known.has_name(&feed.name) {
        return Err(Failure::failed(format_args!("the name `{}` is taken: give another", feed.name)));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = if args.unchecked { None } else { Some(ask(&feeds, &feed, &runtime)?) };
    let stated = match &answer {
        Some((_, fetched)) => judge(&feed, fetched, globals, out)?,
        None => None,
    };
    if let Some(language) = feed.language.or(stated) {
        warn_of_language(language);
    }
    match feeds.store.add_feed(&feed, feed.every.unwrap_or(feeds.every()), Clock::System.now())? {
        Ok(id) => {
            if let Some(((parts, fetched), row)) = answer.zip(feeds.store.feed(&id.to_string())?) {
                runtime.block_on(daemon::first_poll(&parts, row, fetched))?;
            }
            globals.tell(out, format_args!("added feed {id} ({}): {}", feed.name, without_credentials(&feed.url)))?;
            warn_not_running(globals);
        }
        Err(id) => globals.tell(out, format_args!("nothing to add: it is feed {id}"))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks for the feed once, unless its host asked the service for patience.
fn ask(feeds: &Feeds, feed: &Subscription, runtime: &tokio::runtime::Runtime) -> Result<(Arc<Parts>, Fetched), Failure> {
    let _inside = runtime.enter();
    let (parts, _) = Parts::new(&*feeds.config_or_plain()?, feeds.store.clone(), Clock::System).map_err(Failure::failed)?;
    parts.leave_alone()?;
    let auth = secret_of(feed).map_err(Failure::failed)?;
    let fetched = runtime.block_on(parts.fetcher.get(&Request::for_feed(feed, &feed.url, auth.as_deref())));
    Ok((parts, fetched))
}

/// Says what came, and gives the language that the feed states. What is no feed is refused; where nothing can be said now, the feed is added
/// all the same, and asked again later.
fn judge(feed: &Subscription, fetched: &Fetched, globals: &Globals, out: &mut dyn Write) -> Result<Option<Language>, Failure> {
    match fetched {
        Fetched::Body(body) => {
            let origin =
                Origin { url: &body.url, content_type: body.content_type.as_deref(), encoding: feed.encoding.as_deref() };
            let read = feed::read(&body.bytes, &origin).map_err(refused)?;
            globals.tell(out, told(&read))?;
            return Ok(read.language);
        }
        Fetched::Failed(failure) if is_final(failure) => {
            return Err(Failure::failed(format_args!("{failure}\n`--unchecked` adds it all the same")));
        }
        Fetched::Failed(failure) => say(format_args!("it could not be read now and is asked again later: {failure}")),
        Fetched::RateLimited { asked: false, host, until, .. } => {
            let until = until.map_or(String::new(), |at| format!(" until {}", time::long(at, &time::now())));
            say(format_args!("{host} asked to be left alone{until}: the feed is asked for after that"));
        }
        Fetched::RateLimited { status, .. } => {
            say(format_args!("the server asks for patience (status {status}): it is asked again later"));
        }
        Fetched::NotModified { .. } => {}
    }
    Ok(None)
}

/// Will it be the same tomorrow? Then the address is wrong, or something about the feed is to be set first.
fn is_final(failure: &fetch::Failure) -> bool {
    let status = failure.status.is_some_and(|status| (400..500).contains(&status) && !matches!(status, 408 | 425 | 429));
    status || matches!(failure.class, Class::Gone | Class::Guarded | Class::Redirects | Class::TooLarge)
}

/// What it is instead, and which feeds a page names.
fn refused(error: FeedError) -> Failure {
    let FeedError::WebPage { feeds } = &error else { return Failure::failed(error) };
    if feeds.is_empty() {
        return Failure::failed("this is a web page, not a feed, and it names none: look for its feed with the outlet");
    }
    let offers: String = feeds.iter().map(|url| format!("\n  orbat feed add {}", clean(url.as_str()))).collect();
    Failure::failed(format_args!("this is a web page, not a feed; it names:{offers}"))
}

fn warn_of_language(language: Language) {
    if !crate::text::reads_figures(language) {
        say(format_args!("orbat reads no figures in `{language}`: only names and keywords work in this feed"));
    }
}

fn told(feed: &Feed) -> String {
    let language = feed.language.map_or("language not stated".to_owned(), |l| format!("language {l}"));
    let entries = match feed.entries.len() {
        0 => "no entries as yet".to_owned(),
        1 => "1 entry".to_owned(),
        n => format!("{n} entries"),
    };
    let mut told = format!("{}: \u{201c}{}\u{201d}, {language}, {entries}", feed.format, clean(&feed.title));
    for repair in &feed.repairs {
        told += &format!("\n  repaired: {repair}");
    }
    told
}
