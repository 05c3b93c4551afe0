//! The service over weeks: a simulated web of feeds that publish and rest, read, judged and looked after as the daemon does. Memory and open
//! files are noted at the end of each simulated day, and their slope over the second half is told: it is to be flat.
//!
//! ```sh
//! ORBAT_SOAK_FEEDS=1000 ORBAT_SOAK_DAYS=60 cargo bench --bench soak
//! ```

mod corpus;

use corpus::{Corpus, DUTCH, ENGLISH, cpu, entities};
use jiff::{SignedDuration, Timestamp};
use orbat::clock::Clock;
use orbat::config::{self, Written};
use orbat::daemon::{self, Parts, Poller, Processor};
use orbat::feed::{FullText, Subscription};
use orbat::fetch::Fetcher;
use orbat::fetch::played::{Answer, Asked, Said, Web};
use orbat::store::Store;
use rustix::time::ClockId;
use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

const FEEDS: usize = 1_000;
const DAYS: usize = 60;
/// A feed publishes every so many hours, each at its own hour.
const EVERY_HOURS: usize = 12;
/// Entries that stand in a feed.
const STANDING: usize = 10;
const BEGIN: Timestamp = Timestamp::constant(1_780_000_000, 0);
/// What may be added to memory in a day, in MB, and to open files: caches fill for weeks.
const FLAT: (f64, f64) = (1.0, 0.05);

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(soak(number("ORBAT_SOAK_FEEDS", FEEDS), number("ORBAT_SOAK_DAYS", DAYS)))
}

fn number(name: &str, standard: usize) -> usize {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(standard)
}

async fn soak(feeds: usize, days: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("orbat.db"))?;
    let clock = Clock::simulated(BEGIN);
    let (parts, _answers) = {
        let config = configuration(feeds)?;
        daemon::sync(&config, &store, &clock)?;
        let clock_of_web = clock.clone();
        let web = Web(Arc::new(move |asked: &Asked| answer(asked, clock_of_web.now())));
        let fetcher = Fetcher::playing(config.poll.fetch.clone(), clock.clone(), web)?;
        Parts::with(&config, store.clone(), clock.clone(), fetcher)?
    };
    let (mut poller, mut processor) = (Poller::new(parts.clone()), Processor::new(parts.clone()));
    let (start, mut noted) = (Instant::now(), Vec::new());
    let mut polls = 0;
    for day in 1..=days {
        let end = BEGIN + SignedDuration::from_hours(24 * day as i64);
        while clock.now() < end {
            let read = poller.step().await?;
            polls += u64::from(read.new + read.known > 0);
            processor.step().await?;
            daemon::tick(&parts).await?;
            let next = store.next_due()?.unwrap_or(end);
            clock.sleep_until(next.max(clock.now() + SignedDuration::from_secs(60)).min(end)).await;
        }
        daemon::keep_house(&parts, || true).await?;
        noted.push((resident()?, open_files()?));
    }
    tell(&noted, &store, start.elapsed(), polls)
}

fn tell(noted: &[(f64, f64)], store: &Store, took: Duration, polls: u64) -> Result<()> {
    let counts = store.counts(Timestamp::MAX)?;
    for (day, (memory, files)) in noted.iter().enumerate().filter(|(day, _)| (day + 1) % 10 == 0 || *day == 0) {
        println!("day {:>3}   {memory:6.1} MB of memory   {files:4.0} open files", day + 1);
    }
    let late = &noted[noted.len() / 2..];
    let memory = slope(&late.iter().map(|(memory, _)| *memory).collect::<Vec<_>>());
    let files = slope(&late.iter().map(|(_, files)| *files).collect::<Vec<_>>());
    println!("slope of the second half: {memory:+.3} MB and {files:+.3} open files a day");
    println!(
        "{} articles, {} claims, {:.0} MB of database; {polls} rounds of polls, {:.0} s, {:.0} s of CPU",
        counts.articles,
        counts.claims,
        counts.bytes as f64 / 1e6,
        took.as_secs_f64(),
        cpu(ClockId::ProcessCPUTime).as_secs_f64()
    );
    if memory > FLAT.0 || files > FLAT.1 {
        return Err(format!("not flat: {} MB and {} files a day are allowed", FLAT.0, FLAT.1).into());
    }
    Ok(())
}

/// By least squares, for values one day apart.
fn slope(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let (x, y) = ((n - 1.0) / 2.0, values.iter().sum::<f64>() / n);
    let (mut both, mut own) = (0.0, 0.0);
    for (i, value) in values.iter().enumerate() {
        both += (i as f64 - x) * (value - y);
        own += (i as f64 - x).powi(2);
    }
    both / own.max(1.0)
}

fn configuration(feeds: usize) -> Result<config::Config> {
    let path = PathBuf::from("soak.toml");
    let text = "[poll]\nmin = \"1h\"\nevery = \"3h\"\nmax = \"12h\"\npause = \"1s\"\n[retention]\narticles = \"14d\"\n";
    let mut config = config::parse(&path, text).map_err(|problems| format!("{problems:?}"))?;
    config.receivers.clear();
    config.entities = entities().into_iter().map(|value| Written { value, file: path.clone(), line: 1 }).collect();
    for n in 0..feeds {
        let subscription = Subscription::new(format!("http://host{}.example/{n}", n / 4).parse()?, format!("feed {n}"));
        let value = Subscription { full_text: FullText::Never, ..subscription };
        config.feeds.push(Written { value, file: path.clone(), line: 1 });
    }
    Ok(config)
}

/// A feed as it stands at that time, newest first.
fn answer(asked: &Asked, now: Timestamp) -> Answer {
    let feed: usize = asked.url.path().trim_start_matches('/').parse().unwrap_or(0);
    let hours = now.duration_since(BEGIN).as_hours() as usize + feed % EVERY_HOURS;
    let newest = hours / EVERY_HOURS + STANDING;
    let etag = format!("\"{feed}-{newest}\"");
    let took = Duration::from_millis(200);
    if asked.header("if-none-match") == Some(&etag) {
        return Answer { took, said: Ok(Said { status: 304, ..Said::default() }) };
    }
    let corpus: &Corpus = if feed.is_multiple_of(2) { &ENGLISH } else { &DUTCH };
    let mut body = format!("<rss version=\"2.0\"><channel><title>Feed {feed}</title><language>{}</language>\n", corpus.language);
    for item in (newest - STANDING..newest).rev() {
        let text = corpus.paragraph(feed * 1_000_003 + item);
        let title = text.split('.').next().unwrap_or_default();
        let link = format!("http://host{}.example/{feed}/{item}", feed / 4);
        // A string takes all that is written to it.
        let _ = writeln!(
            body,
            "<item><title>{title}</title><link>{link}</link><guid>{link}</guid><description>{text}</description></item>"
        );
    }
    body.push_str("</channel></rss>");
    Answer { took, said: Ok(Said { status: 200, headers: vec![("etag", etag)], body: body.into_bytes() }) }
}

/// Resident memory in MB.
fn resident() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let kilobytes = status.lines().find_map(|l| l.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<f64>().ok());
    Ok(kilobytes.ok_or("no VmRSS")? * 1024.0 / 1e6)
}

fn open_files() -> Result<f64> {
    Ok(std::fs::read_dir("/proc/self/fd")?.count() as f64)
}
