//! `orbat feed add`: a subscription by command. Its first poll is the daemon's; `--check` looks beforehand.

use super::known::Known;
use super::settings::Settings;
use super::{Feeds, address, warn_not_running};
use crate::cli::{Failure, Globals, Outcome};
use crate::clock::Clock;
use crate::config::named_after;
use crate::feed::{self, Origin, Subscription};
use crate::fetch::{Fetched, Fetcher, Request, What};
use crate::url::{Url, without_credentials};
use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  orbat feed add https://www.defensie.nl/rss --name defensie --tag nl
  orbat feed add https://example.org/feed --check")]
pub struct Args {
    /// The feed's address
    #[arg(value_name = "URL", value_parser = address)]
    url: Url,
    #[command(flatten)]
    settings: Settings,
    /// Fetch it once first: say what it is, and add nothing that is no feed
    #[arg(long)]
    check: bool,
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
    if args.check {
        let found = check(&feeds, &feed)?;
        globals.tell(out, found)?;
    }
    match feeds.store.add_feed(&feed, feed.every.unwrap_or(feeds.every()), Clock::System.now())? {
        Ok(id) => {
            globals.tell(out, format_args!("added feed {id} ({}): {}", feed.name, without_credentials(&feed.url)))?;
            warn_not_running(globals);
        }
        Err(id) => globals.tell(out, format_args!("nothing to add: it is feed {id}"))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks for the feed once and says what came, or why it is not to be added.
fn check(feeds: &Feeds, feed: &Subscription) -> Result<String, Failure> {
    let settings = feeds.fetch_settings()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let fetcher = Fetcher::new(settings, Clock::System).map_err(Failure::failed)?;
    let auth = feed.auth_file.as_ref().map(|path| {
        let secret = std::fs::read_to_string(path).map_err(|e| Failure::failed(format_args!("{}: {e}", path.display())))?;
        Ok::<_, Failure>(secret.trim().to_owned())
    });
    let auth = auth.transpose()?;
    let request = Request {
        headers: &feed.headers,
        user_agent: feed.user_agent.as_deref(),
        auth: auth.as_deref(),
        proxy: feed.proxy.as_ref(),
        http1: feed.http1,
        ..Request::new(&feed.url, What::Feed)
    };
    match runtime.block_on(fetcher.get(&request)) {
        Fetched::Body(body) => {
            let origin =
                Origin { url: &body.url, content_type: body.content_type.as_deref(), encoding: feed.encoding.as_deref() };
            feed::read(&body.bytes, &origin).map(|read| told(&read)).map_err(Failure::failed)
        }
        Fetched::NotModified { .. } => {
            Err(Failure::failed("the server says that nothing has changed, though we never asked before"))
        }
        Fetched::RateLimited { status, .. } => Err(Failure::failed(format_args!(
            "the server asks for patience (status {status}): try later, or add it without --check"
        ))),
        Fetched::Failed(failure) => Err(Failure::failed(failure)),
    }
}

fn told(feed: &feed::Feed) -> String {
    let language = feed.language.map_or("language not stated".to_owned(), |l| format!("language {l}"));
    let mut told = format!(
        "{}: \u{201c}{}\u{201d}, {language}, {} entries",
        feed.format,
        crate::cli::screen::clean(&feed.title),
        feed.entries.len()
    );
    for repair in &feed.repairs {
        told += &format!("\n  repaired: {repair}");
    }
    told
}
