//! `orbat feed import` and `export`: lists of feeds from and for other readers, and for one's own files.

use super::known::Known;
use super::{Feeds, warn_not_running};
use crate::cli::screen::clean;
use crate::cli::{Failure, Globals, Outcome, say};
use crate::clock::Clock;
use crate::config::written;
use crate::feed::{FullText, Subscription, opml};
use crate::fetch::is_local;
use crate::url::without_credentials;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The largest OPML file that is read, in bytes; ten thousand feeds take two million.
const OPML_LIMIT: u64 = 16 << 20;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  orbat feed import --dry-run subscriptions.opml
  orbat feed import - --tag imported < subscriptions.opml")]
pub struct Import {
    /// An OPML file; - reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Say what would be added, change nothing
    #[arg(long)]
    dry_run: bool,
    /// Take over everything that the list says, also secret files, headers, proxies and hosts of the local network: only for lists of your own
    #[arg(long)]
    trusted: bool,
    /// A tag for all of them, beside their folders
    #[arg(long = "tag", value_name = "TAG", value_delimiter = ',')]
    tags: Vec<String>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  orbat feed export > subscriptions.opml
  orbat feed export --toml --added > more-feeds.toml")]
pub struct Export {
    /// As `[[feed]]` tables for a configuration file
    #[arg(long)]
    toml: bool,
    /// Only feeds that were added by command
    #[arg(long)]
    added: bool,
}

pub fn import(args: Import, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let (found, left_out) =
        opml::read(&read(&args.file)?).map_err(|e| Failure::failed(format_args!("{}: {e}", args.file.display())))?;
    left_out.iter().for_each(|why| say(format_args!("left out: {why}")));
    if found.is_empty() {
        return Err(Failure::failed(format_args!("{} names no feed that can be polled", args.file.display())));
    }
    let feeds = Feeds::open(globals)?;
    let mut known = Known::of(feeds.config.as_ref(), &feeds.store.feeds()?);
    let (mut added, mut refused, all) = (0, 0, found.len());
    for mut feed in found {
        if known.at(&feed.url).is_some() {
            continue;
        }
        if !args.trusted {
            if let Some(why) = distrusted(&feed) {
                refused += 1;
                say(format_args!("left out: {}: {why}; if the list is your own, import it with --trusted", clean(&feed.name)));
                continue;
            }
            feed.foreign = true;
        }
        feed.tags.extend(args.tags.iter().filter(|tag| !feed.tags.contains(tag)).cloned().collect::<Vec<_>>());
        feed.name = known.free_name(&feed.name);
        known.take(&feed, "it stands earlier in the file".to_owned());
        if !args.dry_run && feeds.store.add_feed(&feed, feed.every.unwrap_or(feeds.every()), Clock::System.now())?.is_err() {
            continue;
        }
        added += 1;
        globals.tell(out, format_args!("+ {}  {}", clean(&feed.name), without_credentials(&feed.url)))?;
    }
    let verb = if args.dry_run { "would be added" } else { "added" };
    globals.tell(
        out,
        format_args!("{added} {verb}, {} known already, {} left out", all - added - refused, left_out.len() + refused),
    )?;
    if added > 0 && !args.dry_run {
        warn_not_running(globals);
    }
    Ok(ExitCode::SUCCESS)
}

/// A list of a stranger could have a secret sent to him, all that is read go through his hands, or what is at home be asked.
fn distrusted(feed: &Subscription) -> Option<&'static str> {
    [
        (is_local(&feed.url), "its address lies in the local network"),
        (feed.auth_file.is_some(), "it names a secret file of this machine"),
        (feed.proxy.is_some(), "it names a proxy"),
        (!feed.headers.is_empty(), "it names headers to be sent"),
    ]
    .into_iter()
    .find_map(|(is, why)| is.then_some(why))
}

fn read(file: &Path) -> Result<String, Failure> {
    let failed = |e: std::io::Error| Failure::failed(format_args!("{}: {e}", file.display()));
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().lock().take(OPML_LIMIT + 1).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        std::fs::File::open(file).map_err(failed)?.take(OPML_LIMIT + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() as u64 > OPML_LIMIT {
        return Err(Failure::failed(format_args!("{} is larger than {} MB: is it OPML?", file.display(), OPML_LIMIT >> 20)));
    }
    Ok(crate::decode::decode(&bytes, None, None, None).text)
}

pub fn export(args: Export, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let (rows, config) = super::look(globals)?;
    let written = config.iter().flat_map(|config| &config.feeds).map(|w| &w.value);
    let unread = written.filter(|f| !rows.iter().any(|row| row.subscription.url == f.url));
    let ours = rows.iter().filter(|row| !args.added || row.born == crate::store::Born::Cli).map(|row| &row.subscription);
    let list: Vec<_> = ours.chain(unread.filter(|_| !args.added)).cloned().collect();
    for feed in &list {
        for secret in opml::secrets(feed, args.toml) {
            say(format_args!("{}: {secret} is left out, as a secret", clean(&feed.name)));
        }
    }
    if args.toml {
        list.iter().try_for_each(|feed| writeln!(out, "{}", toml(feed)))?;
    } else {
        writeln!(out, "{}", opml::write("orbat", &list).trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A `[[feed]]` table, without what stands at its default. Credentials in the address are left out: they belong in an `auth_file`. So are
/// headers that may hold a key.
fn toml(feed: &Subscription) -> String {
    let mut table = toml::Table::new();
    let mut put = |key: &str, value: Option<toml::Value>| {
        if let Some(value) = value {
            table.insert(key.to_owned(), value);
        }
    };
    let text = |text: &Option<String>| text.clone().map(toml::Value::from);
    put("url", Some(without_credentials(&feed.url).as_str().into()));
    put("name", Some(feed.name.as_str().into()));
    put("tags", (!feed.tags.is_empty()).then(|| feed.tags.clone().into()));
    put("language", feed.language.map(|l| l.code().into()));
    put("every", feed.every.map(|d| written(d).into()));
    put("full_text", full_text(feed.full_text).map(Into::into));
    put("owner", text(&feed.owner));
    put("state_media", feed.state_media.then_some(true.into()));
    put("alert_backlog", feed.alert_backlog.map(|d| written(d).into()));
    let headers = opml::open_headers(&feed.headers).into_iter();
    let headers = headers.map(|(name, value)| (name.clone(), value.as_str().into())).collect::<toml::Table>();
    put("headers", (!headers.is_empty()).then_some(headers.into()));
    put("user_agent", text(&feed.user_agent));
    put("auth_file", feed.auth_file.as_ref().map(|path| path.to_string_lossy().into_owned().into()));
    put("proxy", feed.proxy.as_ref().map(|url| without_credentials(url).as_str().into()));
    put("encoding", text(&feed.encoding));
    put("http1", feed.http1.then_some(true.into()));
    // Key by key: a table below `[[feed]]` would otherwise take the keys after it.
    let lines = table.iter().map(|(key, value)| format!("{key} = {value}\n"));
    format!("[[feed]]\n{}", lines.collect::<String>())
}

fn full_text(mode: FullText) -> Option<&'static str> {
    match mode {
        FullText::Auto => None,
        FullText::Always => Some("always"),
        FullText::Never => Some("never"),
    }
}

#[cfg(test)]
mod tests {
    use super::toml;
    use crate::feed::{FullText, Subscription};
    use std::time::Duration;

    #[test]
    fn a_feed_is_a_table_that_toml_reads_again() {
        let mut feed = Subscription::new("https://example.org/a?b=\"c\"".parse().unwrap(), "a \"b\"");
        feed.tags = vec!["nl".into()];
        feed.headers = vec![("X-Edition".into(), "a\\b".into())];
        feed.full_text = FullText::Never;
        feed.every = Some(Duration::from_secs(900));
        let text = toml(&feed);
        let read: toml::Table = text.parse().unwrap();
        let read = &read["feed"][0];
        assert_eq!(read["name"].as_str(), Some("a \"b\""));
        assert_eq!(read["headers"]["X-Edition"].as_str(), Some("a\\b"));
        assert_eq!(read["every"].as_str(), Some("15m"));
        assert_eq!(read.get("owner"), None, "{text}");
    }
}
