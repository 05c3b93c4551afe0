//! What may be said of a feed beside its address: the options that `add` and `edit` share.

use crate::cli::output;
use crate::feed::{FullText, INTERVALS, Subscription};
use crate::text::language::Language;
use crate::url::Url;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Default, clap::Args)]
pub struct Settings {
    /// Short name, unique
    #[arg(long)]
    pub name: Option<String>,
    /// A tag; repeat or part by commas
    #[arg(long = "tag", value_name = "TAG", value_delimiter = ',')]
    pub tags: Vec<String>,
    /// Language of its texts, such as nl
    #[arg(long, value_name = "CODE", value_parser = output::language)]
    pub language: Option<Language>,
    /// Poll at this interval (15m, 2h) instead of following the feed's rhythm
    #[arg(long, value_name = "TIME", value_parser = every)]
    pub every: Option<Duration>,
    /// Fetch article pages: auto (where there is only a summary), always, never
    #[arg(long, value_name = "WHEN", value_parser = full_text)]
    pub full_text: Option<FullText>,
    /// Who owns the outlet; sources are counted by owner
    #[arg(long)]
    pub owner: Option<String>,
    /// The outlet speaks for a state
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub state_media: Option<bool>,
    /// Tell of articles this much older than the subscription (24h)
    #[arg(long, value_name = "TIME", value_parser = output::duration)]
    pub alert_backlog: Option<Duration>,
    /// A request header, "Name: value"; repeat
    #[arg(long = "header", value_name = "HEADER", value_parser = header)]
    pub headers: Vec<(String, String)>,
    /// Another User-Agent than orbat's
    #[arg(long)]
    pub user_agent: Option<String>,
    /// A file with `user:password` or `Bearer token`
    #[arg(long, value_name = "FILE")]
    pub auth_file: Option<PathBuf>,
    /// Ask through this proxy (http, https, socks5; socks5h leaves names to it), also for article pages
    #[arg(long, value_name = "URL", value_parser = crate::config::typed_proxy)]
    pub proxy: Option<Url>,
    /// Read it in this encoding, whatever it says
    #[arg(long, value_parser = crate::config::typed_encoding)]
    pub encoding: Option<String>,
    /// Speak HTTP/1.1 only
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub http1: Option<bool>,
}

/// The same range as in a configuration file.
fn every(text: &str) -> Result<Duration, String> {
    let length = output::duration(text)?;
    if INTERVALS.contains(&length) { Ok(length) } else { Err("it must lie between 1m and 30d".to_owned()) }
}

impl Settings {
    /// Puts what was given into a subscription.
    pub fn apply(self, feed: &mut Subscription) {
        if !self.tags.is_empty() {
            feed.tags = self.tags;
        }
        if !self.headers.is_empty() {
            feed.headers = self.headers;
        }
        set(&mut feed.name, self.name);
        set(&mut feed.full_text, self.full_text);
        set(&mut feed.state_media, self.state_media);
        set(&mut feed.http1, self.http1);
        feed.language = self.language.or(feed.language);
        feed.every = self.every.or(feed.every);
        feed.alert_backlog = self.alert_backlog.or(feed.alert_backlog);
        keep(&mut feed.owner, self.owner);
        keep(&mut feed.user_agent, self.user_agent);
        // The daemon runs in another directory.
        keep(&mut feed.auth_file, self.auth_file.map(|path| std::path::absolute(&path).unwrap_or(path)));
        keep(&mut feed.proxy, self.proxy);
        keep(&mut feed.encoding, self.encoding);
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

fn keep<T>(field: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *field = value;
    }
}

fn full_text(word: &str) -> Result<FullText, String> {
    match word {
        "auto" => Ok(FullText::Auto),
        "always" => Ok(FullText::Always),
        "never" => Ok(FullText::Never),
        _ => Err("auto, always or never".to_owned()),
    }
}

/// Reads `Name: value`; the name is a token of RFC 9110, the value one line.
fn header(text: &str) -> Result<(String, String), String> {
    let wrong = || "write it as \"Name: value\"".to_owned();
    let (name, value) = text.split_once(':').ok_or_else(wrong)?;
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) || value.chars().any(char::is_control) {
        return Err(wrong());
    }
    Ok((name.to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::header;

    #[test]
    fn headers_are_one_line() {
        assert_eq!(header("X-Key:  a:b "), Ok(("X-Key".to_owned(), "a:b".to_owned())));
        for wrong in ["X-Key", ": a", "X Key: a", "X-Key: a\r\nHost: b"] {
            assert!(header(wrong).is_err(), "{wrong}");
        }
    }
}
