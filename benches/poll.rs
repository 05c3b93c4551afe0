//! The first poll of 2,000 feeds on 200 hosts with 20 entries of some 600 bytes each, until every entry is stored, annotated and
//! searchable; then all of them again, unchanged. The server runs in a process of its own. `ORBAT_BENCH_FEEDS=20000` takes as many
//! feeds, ten to a host up to 500 hosts.
//!
//! Pacing stays on at its default: one request at a time to each host and a pause between. So wall time is what the ten feeds of a host
//! take in turns, and the figure that counts is CPU.

mod corpus;

use corpus::{Corpus, DUTCH, ENGLISH, cpu, entities};
use orbat::clock::Clock;
use orbat::config::{self, Config, Written};
use orbat::daemon::{self, Parts, Poller};
use orbat::feed::Subscription;
use orbat::store::{FeedRow, Store};
use orbat::text::query::Query;
use orbat::web::{Page, Site};
use rustix::time::ClockId;
use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Feeds, unless `ORBAT_BENCH_FEEDS` says otherwise; so many to a host, until there are so many hosts.
const FEEDS: usize = 2_000;
const PER_HOST: usize = 10;
const MAX_HOSTS: usize = 500;
const ENTRIES: usize = 20;
/// The argument that makes this program the server.
const SERVE: &str = "serve";
/// How often the store is asked whether all is read.
const LOOK: Duration = Duration::from_secs(1);
/// Far beyond what pacing takes.
const PATIENCE: Duration = Duration::from_secs(900);

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match std::env::args().nth(1).as_deref() {
        Some(SERVE) => runtime.block_on(serve()),
        _ => runtime.block_on(measure()),
    }
}

fn feeds() -> usize {
    std::env::var("ORBAT_BENCH_FEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(FEEDS)
}

fn hosts() -> usize {
    (feeds() / PER_HOST).clamp(1, MAX_HOSTS)
}

fn host(n: usize) -> String {
    format!("host{n}.example")
}

fn address(n: usize) -> String {
    format!("{}/feed{}.xml", host(n % hosts()), n / hosts())
}

// -- the daemon's side

async fn measure() -> Result<()> {
    let (mut server, hosts) = start_server()?;
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("orbat.db"))?;
    let config = configuration(hosts)?;
    daemon::sync(&config, &store, &Clock::System)?;

    let (before, start) = (cpu(ClockId::ProcessCPUTime), Instant::now());
    let (parts, answers) = Parts::new(&config, store.clone(), Clock::System)?;
    daemon::run(parts.clone(), answers, all_read(&store)).await?;
    line("first poll", cpu(ClockId::ProcessCPUTime) - before, start.elapsed());
    let counts = store.counts(Clock::System.now())?;
    let found = store.search(&Query::parse("zwolle OR leeds")?, 10)?.len();
    println!(
        "            {} articles, {} pending, {} claims, {found} of 10 found by a search",
        counts.articles, counts.pending, counts.claims
    );
    println!("            {:.0} MB at most, {:.0} MB of database", peak()?, counts.bytes as f64 / 1e6);

    make_all_due(&store)?;
    let (before, start) = (cpu(ClockId::ProcessCPUTime), Instant::now());
    let again = Poller::new(parts).step().await?;
    line("polled again", cpu(ClockId::ProcessCPUTime) - before, start.elapsed());
    println!("            {} new, {} known: 0 of both where every answer was 304", again.new, again.known);
    drop(server.stdin.take());
    server.wait()?;
    Ok(())
}

/// Side by side, so that the writer puts many into one transaction.
fn make_all_due(store: &Store) -> Result<()> {
    let (feeds, now) = (store.feeds()?, Clock::System.now());
    std::thread::scope(|scope| {
        let share = |part: &'_ [FeedRow]| part.iter().try_for_each(|feed| store.make_due(feed.id, now));
        let parts: Vec<_> = feeds.chunks(feeds.len().div_ceil(40)).map(|part| scope.spawn(move || share(part))).collect();
        parts.into_iter().try_for_each(|part| part.join().map_err(|_| "a thread broke off")?.map_err(Into::into))
    })
}

fn line(what: &str, cpu: Duration, wall: Duration) {
    println!(
        "{what:<12}{:6.2} s CPU  {:6.1} s wall   {} feeds on {} hosts",
        cpu.as_secs_f64(),
        wall.as_secs_f64(),
        feeds(),
        hosts()
    );
}

/// The default configuration, with these feeds on these hosts.
fn configuration(hosts: Vec<(String, SocketAddr)>) -> Result<Config> {
    let path = PathBuf::from("bench.toml");
    let mut config = config::parse(&path, "").map_err(|problems| format!("{problems:?}"))?;
    config.poll.fetch.allow_private = hosts.iter().map(|(host, _)| host.clone()).collect();
    config.poll.fetch.resolve = hosts;
    config.receivers.clear();
    config.entities = entities().into_iter().map(|value| Written { value, file: path.clone(), line: 1 }).collect();
    for n in 0..feeds() {
        let value = Subscription::new(format!("http://{}", address(n)).parse()?, format!("feed {n}"));
        config.feeds.push(Written { value, file: path.clone(), line: 1 });
    }
    Ok(config)
}

/// Ends when every entry is read, or patience does.
async fn all_read(store: &Store) {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        tokio::time::sleep(LOOK).await;
        let store = store.clone();
        let read = tokio::task::spawn_blocking(move || all_are_read(&store)).await;
        if read.is_ok_and(|read| read.is_ok_and(|read| read)) {
            return;
        }
    }
    println!("not everything was read within {} s", PATIENCE.as_secs());
}

/// Counted in full only once nothing waits: the question is not to cost what is measured.
fn all_are_read(store: &Store) -> orbat::store::Result<bool> {
    let now = Clock::System.now();
    Ok(store.brief(now)?.pending == 0 && store.counts(now)?.articles == (feeds() * ENTRIES) as u64)
}

/// Peak resident memory in MB.
fn peak() -> Result<f64> {
    let status = std::fs::read_to_string(Path::new("/proc/self/status"))?;
    let kilobytes = status.lines().find_map(|l| l.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse::<f64>().ok());
    Ok(kilobytes.ok_or("no VmHWM")? * 1024.0 / 1e6)
}

/// The server, and where it plays each host. It ends when its standard input does.
fn start_server() -> Result<(Child, Vec<(String, SocketAddr)>)> {
    let mut server = Command::new(std::env::current_exe()?).arg(SERVE).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let lines = BufReader::new(server.stdout.take().ok_or("no output")?).lines();
    let hosts = lines.take(hosts()).enumerate().map(|(n, line)| Ok((host(n), line?.parse()?))).collect::<Result<_>>()?;
    Ok((server, hosts))
}

// -- the server's side

async fn serve() -> Result<()> {
    let site = Site::default();
    for n in 0..feeds() {
        let corpus = if n % 2 == 0 { DUTCH } else { ENGLISH };
        site.put(address(n), Page { content_type: "application/rss+xml", body: feed(n, corpus)? });
    }
    let site = Arc::new(site);
    for n in 0..hosts() {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::new(127, 1, (n / 250) as u8, (n % 250) as u8 + 1), 0)).await?;
        println!("{}", listener.local_addr()?);
        tokio::spawn(Site::clone(&site).serve(listener, std::future::pending()));
    }
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    Ok(())
}

fn feed(n: usize, corpus: Corpus) -> Result<String> {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>Feed {n}</title>\
         <link>http://{host}/</link><description>News</description><language>{}</language>\n",
        corpus.language,
        host = host(n % hosts())
    );
    let now = Clock::System.now().to_zoned(jiff::tz::TimeZone::UTC);
    for entry in 0..ENTRIES {
        let at = n * ENTRIES + entry;
        let (first, second) = (corpus.paragraph(2 * at), corpus.paragraph(2 * at + 1));
        let title: Vec<&str> = first.split(' ').take(9).collect();
        writeln!(
            xml,
            "<item><title>{0}</title><link>http://{1}/{at}.html</link><guid>http://{1}/{at}.html</guid><pubDate>{2}</pubDate>\
             <description>&lt;p&gt;{first}&lt;/p&gt;&lt;p&gt;{second}&lt;/p&gt;</description></item>",
            title.join(" "),
            host(n % hosts()),
            jiff::fmt::rfc2822::to_string(&now)?,
        )?;
    }
    Ok(xml + "</channel></rss>\n")
}
