//! `orbat feed edit`: other settings for a feed that was added by command.

use super::known::Known;
use super::settings::Settings;
use super::{Feeds, address};
use crate::cli::{Failure, Globals, Outcome};
use crate::feed::Subscription;
use crate::url::Url;
use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  orbat feed edit defensie --tag nl,defence --every 1h
  orbat feed edit defensie --unset every")]
pub struct Args {
    /// Number, name or address
    #[arg(value_name = "FEED")]
    feed: String,
    /// Another address
    #[arg(long, value_parser = address)]
    url: Option<Url>,
    #[command(flatten)]
    settings: Settings,
    /// Take a setting back; repeat or part by commas
    #[arg(long, value_name = "SETTING", value_enum, value_delimiter = ',')]
    unset: Vec<Unset>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Unset {
    Tags,
    Language,
    Every,
    FullText,
    Owner,
    AlertBacklog,
    Headers,
    UserAgent,
    AuthFile,
    Proxy,
    Encoding,
}

impl Unset {
    fn apply(self, feed: &mut Subscription) {
        let plain = Subscription::new(feed.url.clone(), "");
        match self {
            Unset::Tags => feed.tags = plain.tags,
            Unset::Language => feed.language = plain.language,
            Unset::Every => feed.every = plain.every,
            Unset::FullText => feed.full_text = plain.full_text,
            Unset::Owner => feed.owner = plain.owner,
            Unset::AlertBacklog => feed.alert_backlog = plain.alert_backlog,
            Unset::Headers => feed.headers = plain.headers,
            Unset::UserAgent => feed.user_agent = plain.user_agent,
            Unset::AuthFile => feed.auth_file = plain.auth_file,
            Unset::Proxy => feed.proxy = plain.proxy,
            Unset::Encoding => feed.encoding = plain.encoding,
        }
    }
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let feeds = Feeds::open(globals)?;
    let row = feeds.find(&args.feed)?;
    feeds.must_be_ours(&row)?;
    let rows = feeds.store.feeds()?;
    let others = Known::of(feeds.config.as_ref(), rows.iter().filter(|other| other.id != row.id));
    let mut feed = row.subscription.clone();
    args.unset.iter().for_each(|unset| unset.apply(&mut feed));
    args.settings.apply(&mut feed);
    if let Some(url) = args.url {
        if let Some(which) = others.at(&url) {
            return Err(Failure::failed(format_args!("this address is watched already: {which}")));
        }
        feed.url = url;
        // Typed by the user now, wherever it came from.
        feed.foreign = false;
    }
    if others.has_name(&feed.name) {
        return Err(Failure::failed(format_args!("the name `{}` is taken", feed.name)));
    }
    if feed == row.subscription {
        globals.tell(out, "nothing to change")?;
        return Ok(ExitCode::SUCCESS);
    }
    feeds.store.edit_feed(row.id, &feed)?;
    globals.tell(out, format_args!("changed {}", feed.name))?;
    Ok(ExitCode::SUCCESS)
}
