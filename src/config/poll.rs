//! Section `[poll]`: how often feeds are asked, and with what manners.

use super::duration::{size, written_size};
use super::read::{Table, Wrong};
use crate::fetch;
use std::time::Duration;

/// How often feeds are asked.
#[derive(Clone, Debug)]
pub struct Poll {
    /// First guess of a feed's interval.
    pub every: Duration,
    /// Bounds of the interval that adapts to a feed's rhythm.
    pub min: Duration,
    pub max: Duration,
    pub fetch: fetch::Settings,
}

impl Default for Poll {
    fn default() -> Poll {
        const MINUTE: u64 = 60;
        Poll {
            every: Duration::from_secs(15 * MINUTE),
            min: Duration::from_secs(5 * MINUTE),
            max: Duration::from_secs(12 * 60 * MINUTE),
            fetch: fetch::Settings {
                per_host: 1,
                pause: Duration::from_secs(1),
                in_all: 32,
                contact: None,
                connect_timeout: Duration::from_secs(10),
                timeout: Duration::from_secs(30),
                feed_limit: 10_000_000,
                page_limit: 4_000_000,
                allow_private: Vec::new(),
                resolve: Vec::new(),
            },
        }
    }
}

/// Puts `value` where it was given.
fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

pub(super) fn read(mut table: Table) -> Poll {
    let mut poll = Poll::default();
    set(&mut poll.every, table.duration("every", "1m", "30d"));
    set(&mut poll.min, table.duration("min", "1m", "30d"));
    set(&mut poll.max, table.duration("max", "1m", "30d"));
    let fetch = &mut poll.fetch;
    set(&mut fetch.per_host, table.number("per_host", 1..=8).map(|n| n as usize));
    set(&mut fetch.pause, table.duration("pause", "0s", "1m"));
    set(&mut fetch.in_all, table.number("in_all", 1..=256).map(|n| n as usize));
    set(&mut fetch.timeout, table.duration("timeout", "1s", "5m"));
    set(&mut fetch.connect_timeout, table.duration("connect_timeout", "1s", "1m"));
    set(&mut fetch.feed_limit, limit(&mut table, "feed_limit"));
    set(&mut fetch.page_limit, limit(&mut table, "page_limit"));
    fetch.contact = table.read("contact", contact);
    fetch.allow_private = table.read_all("allow_private", host).unwrap_or_default();
    check_order(&poll, &table);
    table.finish();
    poll
}

fn check_order(poll: &Poll, table: &Table) {
    let wrong = |key: &str, message: &str| {
        table.reader.problem(table.span_of(key), message, Some("the order is min, every, max".to_owned()));
    };
    if poll.min > poll.max {
        wrong(if table.has("min") { "min" } else { "max" }, "`min` is longer than `max`");
    } else if poll.every < poll.min {
        wrong(if table.has("every") { "every" } else { "min" }, "`every` is shorter than `min`");
    } else if poll.every > poll.max {
        wrong(if table.has("every") { "every" } else { "max" }, "`every` is longer than `max`");
    }
}

/// Bounds of what may be read, in bytes.
const LEAST: usize = 10_000;
const MOST: usize = 100_000_000;

fn limit(table: &mut Table, key: &'static str) -> Option<usize> {
    table.read(key, |text| {
        let bytes = size(text)?;
        if (LEAST..=MOST).contains(&bytes) {
            return Ok(bytes);
        }
        Err(format!("`{key}` must lie between {} and {}", written_size(LEAST), written_size(MOST)))
    })
}

/// Goes into a header as it is.
fn contact(text: &str) -> Result<String, Wrong> {
    let printable = text.bytes().all(|b| (0x20..0x7f).contains(&b) && !matches!(b, b'(' | b')'));
    if printable && text.len() <= 200 {
        return Ok(text.trim().to_owned());
    }
    Err(Wrong::new("`contact` goes into a header and holds characters that may not stand there", "write a URL or a mail address"))
}

fn host(text: &str) -> Result<String, Wrong> {
    let host = text.trim();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match url::Host::parse(host).or_else(|_| url::Host::parse(&format!("[{bare}]"))) {
        Ok(host) => Ok(host.to_string()),
        Err(_) => Err(Wrong::new(format!("`{text}` is not a host name or address"), "write feeds.example.lan or 192.168.1.5")),
    }
}
