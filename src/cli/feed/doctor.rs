//! `orbat feed doctor`: what happens with a feed, step by step. Nothing is stored; for a file no request is made.

mod told;

use super::{address, fetch_settings, look};
use crate::cli::output::{self, FormatArg};
use crate::cli::{Failure, Globals, Outcome};
use crate::clock::Clock;
use crate::config::{Config, secret_of};
use crate::feed::{self, Class, Entry, Feed, Origin, Subscription};
use crate::fetch::{Body, Fetched, Fetcher, Request, Settings};
use crate::url::{Url, canonical};
use jiff::Timestamp;
use serde::Serialize;
use std::io::{Read, Write};
use std::process::ExitCode;
use told::Steps;

/// Stands for the address of a file that came from nowhere: links relative to it are shown without it.
const NOWHERE: &str = "http://base.invalid/";
/// Bytes of a file that are read.
const MOST_FILE: u64 = 64 << 20;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  orbat feed doctor https://www.defensie.nl/rss
  orbat feed doctor saved.xml --url https://example.org/feed --header 'Content-Type: text/xml; charset=utf-8'

Exit codes: 0 it is a feed, 1 it is none.")]
pub struct Args {
    /// An address, which is asked for once, or a file (`-`: standard input), for which no request is made
    #[arg(value_name = "URL|FILE")]
    feed: String,
    /// Where the file came from: the base of its links
    #[arg(long = "url", value_name = "BASE", value_parser = address)]
    base: Option<Url>,
    /// A header that came with the file, "Name: value"; Content-Type and Content-Location count; repeat
    #[arg(long = "header", value_name = "HEADER")]
    headers: Vec<String>,
    /// Read it in this encoding, whatever it says
    #[arg(long, value_parser = crate::config::typed_encoding)]
    encoding: Option<String>,
    #[command(flatten)]
    format: FormatArg,
}

/// Bytes and what is known about them.
struct Got {
    bytes: Vec<u8>,
    url: Url,
    content_type: Option<String>,
    encoding: Option<String>,
}

/// What `--format json` prints.
#[derive(Debug, Default, Serialize)]
struct Record {
    format: String,
    title: String,
    encoding: String,
    repairs: Vec<String>,
    error: Option<Class>,
    entries: Vec<EntryRecord>,
}

#[derive(Debug, Serialize)]
struct EntryRecord {
    id: Option<String>,
    link: Option<String>,
    title: String,
    published: Option<Timestamp>,
    text: String,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let remote = args.feed.starts_with("http://") || args.feed.starts_with("https://");
    let mut steps = Steps::default();
    let got = if remote { from_web(&args, globals, &mut steps)? } else { Ok(from_file(&args)?) };
    let (record, error) = match got {
        Ok(got) => examined(&got, &mut steps),
        Err((class, message)) => (Record { error: Some(class), ..Record::default() }, Some(message)),
    };
    if args.format.is_json() {
        output::json(out, &record)?;
    } else {
        steps.print(out, &globals.screen())?;
    }
    match error {
        None => Ok(ExitCode::SUCCESS),
        Some(message) => Err(Failure::failed(message)),
    }
}

/// Reads what came; the second is what is wrong with it.
fn examined(got: &Got, steps: &mut Steps) -> (Record, Option<String>) {
    let origin = Origin { url: &got.url, content_type: got.content_type.as_deref(), encoding: got.encoding.as_deref() };
    let encoding = feed::decoded(&got.bytes, &origin).encoding;
    steps.encoding(got.bytes.len(), encoding, &origin);
    match feed::read(&got.bytes, &origin) {
        Ok(feed) => {
            steps.feed(&feed, Clock::System.now());
            (Record::of(feed), None)
        }
        Err(error) => {
            let record = Record { encoding: encoding.to_owned(), error: Some(error.class()), ..Record::default() };
            (record, Some(error.to_string()))
        }
    }
}

impl Record {
    fn of(feed: Feed) -> Record {
        let entries = feed.entries.into_iter().map(EntryRecord::of).collect();
        Record { format: feed.format, title: feed.title, encoding: feed.encoding, repairs: feed.repairs, error: None, entries }
    }
}

impl EntryRecord {
    fn of(entry: Entry) -> EntryRecord {
        let link = entry.link.as_ref().map(shown);
        EntryRecord { id: entry.id, link, title: entry.title, published: entry.published, text: entry.text }
    }
}

/// An address; one that has no host of its own as it is written.
fn shown(url: &Url) -> String {
    url.as_str().strip_prefix(NOWHERE).map_or_else(|| url.to_string(), |path| format!("/{path}"))
}

fn from_file(args: &Args) -> Result<Got, Failure> {
    let fails = |e: std::io::Error| Failure::failed(format_args!("{} cannot be read: {e}", args.feed));
    let source: Box<dyn Read> = match args.feed.as_str() {
        "-" => Box::new(std::io::stdin()),
        path => Box::new(std::fs::File::open(path).map_err(fails)?),
    };
    let bytes = unpacked(whole(source).map_err(fails)?).map_err(fails)?;
    let base = match &args.base {
        Some(base) => base.clone(),
        None => Url::parse(NOWHERE).map_err(Failure::failed)?,
    };
    let header = |name: &str| {
        let named = args.headers.iter().filter_map(|line| line.split_once(':'));
        named.filter(|(n, _)| n.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).next()
    };
    let url = header("Content-Location").and_then(|to| crate::url::resolve(&base, &to)).unwrap_or(base);
    Ok(Got { bytes, url, content_type: header("Content-Type"), encoding: args.encoding.clone() })
}

/// All of a file, as far as the limit.
fn whole(source: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MOST_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_FILE {
        let message = format!("it is larger than {} MB, unpacked: no feed is", MOST_FILE >> 20);
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

/// What a file packed by gzip holds; any other as it is.
fn unpacked(bytes: Vec<u8>) -> std::io::Result<Vec<u8>> {
    if bytes.starts_with(b"\x1f\x8b") { whole(flate2::read::MultiGzDecoder::new(&bytes[..])) } else { Ok(bytes) }
}

/// Asks once, without validators, as the subscription says where the feed is known. The error is one of the request.
fn from_web(args: &Args, globals: &Globals, steps: &mut Steps) -> Result<Result<Got, (Class, String)>, Failure> {
    if args.base.is_some() || !args.headers.is_empty() {
        return Err(Failure::usage("--url and --header say where a file came from: leave them out for an address"));
    }
    let url = address(&args.feed).map_err(Failure::usage)?;
    // The doctor works without a home and beside a broken database.
    let (rows, config) = look(globals).unwrap_or_else(|_| (Vec::new(), globals.config_if_well()));
    let mut known = rows.iter().map(|row| &row.subscription).chain(written(config.as_ref()));
    let mut feed = match known.find(|feed| canonical(&feed.url) == canonical(&url)) {
        Some(feed) => feed.clone(),
        None => Subscription::new(url.clone(), String::new()),
    };
    feed.encoding = args.encoding.clone().or(feed.encoding);
    let settings = fetch_settings(config.as_ref())?;
    steps.request(&Subscription { url: url.clone(), ..feed.clone() }, settings.contact.as_deref());
    let resting = resting_hosts(globals).unwrap_or_default();
    Ok(match ask(&feed, &url, settings, &resting)? {
        Fetched::Body(body) => {
            steps.answer(&body);
            let Body { bytes, url, content_type, .. } = *body;
            Ok(Got { bytes, url, content_type, encoding: feed.encoding })
        }
        Fetched::NotModified { .. } => {
            Err((Class::Http, "the server says that nothing has changed, though we never asked before".to_owned()))
        }
        Fetched::RateLimited { asked: false, host, until, .. } => {
            steps.left_alone(&host, until);
            Err((Class::RateLimited, format!("{host} asked to be left alone: no request was made")))
        }
        Fetched::RateLimited { status, until, headers, .. } => {
            steps.refusal(Some(status), &headers, until);
            Err((Class::RateLimited, format!("the server asks for patience (status {status}): leave it alone for a while")))
        }
        Fetched::Failed(failure) => {
            steps.refusal(failure.status, &failure.headers, None);
            Err((failure.class, failure.message))
        }
    })
}

fn written(config: Option<&Config>) -> impl Iterator<Item = &Subscription> {
    config.into_iter().flat_map(|config| config.feeds.iter().map(|written| &written.value))
}

/// Hosts that asked the service for patience.
fn resting_hosts(globals: &Globals) -> Result<Vec<(String, Timestamp)>, Failure> {
    if globals.has_database()? { Ok(globals.existing_store()?.resting_hosts(Clock::System.now())?) } else { Ok(Vec::new()) }
}

/// Asks once at an address that the user typed, as the subscription says; its secrets only go where it says. Not where the host rests.
fn ask(feed: &Subscription, url: &Url, settings: Settings, resting: &[(String, Timestamp)]) -> Result<Fetched, Failure> {
    let auth = secret_of(feed).map_err(Failure::failed)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let fetcher = Fetcher::new(settings, Clock::System).map_err(Failure::failed)?;
    resting.iter().for_each(|(host, until)| fetcher.leave_alone(host, *until));
    Ok(runtime.block_on(fetcher.get(&Request { foreign: feed.foreign, ..Request::for_feed(feed, url, auth.as_deref()) })))
}
