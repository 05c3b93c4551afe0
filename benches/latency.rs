//! From the commit of an entry to its popup: the real program, a notification server on a session bus of its own, and a few feeds past their
//! baseline that publish while 500 others have their first poll.
//!
//! Needs `dbus-daemon`. `cargo bench --bench latency`.

use jiff::Timestamp;
use orbat::store::{AlertFilter, Store};
use orbat::web::{Page, Site};
use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::path::Path;
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use zbus::export::futures_core::Stream;
use zbus::{MessageStream, connection};

/// Feeds that publish, and feeds that are new.
const LIVE: usize = 20;
const NEW: usize = 500;
/// Entries of a new feed.
const ENTRIES: usize = 20;
/// What is published, so many at a time, and how often.
const CLAIMS: usize = 100;
const AT_ONCE: usize = 4;
const EVERY: Duration = Duration::from_millis(300);
const PATIENCE: Duration = Duration::from_secs(120);
/// The promise.
const PROMISED: Duration = Duration::from_millis(500);

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;
/// Titles as they were shown, and when.
type Shown = Arc<Mutex<Vec<(String, Timestamp)>>>;

const SENDERS: [&str; 10] =
    ["France", "Germany", "Italy", "Spain", "Canada", "Portugal", "Denmark", "Sweden", "Greece", "Belgium"];
const HOSTS: [&str; 10] =
    ["Estonia", "Latvia", "Lithuania", "Poland", "Romania", "Bulgaria", "Slovakia", "Hungary", "Finland", "Norway"];

/// A process of ours, ended with us.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() -> Result<()> {
    // `cargo test --benches` asks for a look that costs nothing.
    if std::env::args().any(|a| a == "--test") {
        return Ok(());
    }
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(measure())
}

async fn measure() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let Ok((_bus, address)) = session_bus(folder.path()) else {
        println!("SKIPPED: dbus-daemon is not installed (install the package dbus)");
        return Ok(());
    };
    let shown = Shown::default();
    let _server = notification_server(&address, shown.clone()).await?;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
    let port = listener.local_addr()?.port();
    let site = Site::default();
    tokio::spawn(site.clone().serve(listener, std::future::pending()));
    (0..LIVE).for_each(|feed| publish(&site, feed, &[]));
    for feed in LIVE..LIVE + NEW {
        site.put(address_of(feed), Page { content_type: "application/rss+xml", body: old_news(feed) });
    }

    let first = start(folder.path(), port, LIVE, &address)?;
    until("a database", || Ok(folder.path().join("orbat.db-wal").exists())).await?;
    let store = Store::open(&folder.path().join("orbat.db")).map_err(|e| format!("the database could not be opened: {e}"))?;
    until("the first polls", || Ok(store.feeds()?.iter().filter(|f| f.baselined).count() == LIVE)).await?;
    drop(first);

    let live: Vec<_> = store.feeds()?.into_iter().map(|feed| feed.id).collect();
    let _second = start(folder.path(), port, LIVE + NEW, &address)?;
    until("the new feeds", || Ok(store.feeds()?.len() == LIVE + NEW)).await?;
    let mut items: Vec<Vec<usize>> = vec![Vec::new(); LIVE];
    let mut overlap = 0;
    for claim in 0..CLAIMS {
        items[claim % LIVE].push(claim);
        publish(&site, claim % LIVE, &items[claim % LIVE]);
        if claim % AT_ONCE == AT_ONCE - 1 {
            for feed in &live {
                store.make_due(*feed, Timestamp::now()).map_err(|e| format!("a feed could not be made due: {e}"))?;
            }
            overlap += usize::from(store.next_pending()?.is_some()) * AT_ONCE;
            tokio::time::sleep(EVERY).await;
        }
    }
    let all_told = || {
        // A poll that was under way when its feed was made due has not seen the latest.
        live.iter().try_for_each(|feed| store.make_due(*feed, Timestamp::now()))?;
        Ok(told(&shown).len() >= CLAIMS)
    };
    if until("all popups", all_told).await.is_err() {
        println!("only {} of {CLAIMS} were told", told(&shown).len());
    }
    report(&store, &shown, overlap)
}

fn told(shown: &Shown) -> Vec<(String, Timestamp)> {
    let shown = shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    shown.iter().filter(|(title, _)| title.contains(" to ")).cloned().collect()
}

fn report(store: &Store, shown: &Shown, overlap: usize) -> Result<()> {
    let language = orbat::text::language::Language::parse("en").ok_or("English is unknown")?;
    let alerts = store.alerts(&AlertFilter { limit: 10_000, ..AlertFilter::default() })?;
    let mut waits: Vec<Duration> = Vec::new();
    for (title, at) in told(shown) {
        let row = alerts.iter().find(|row| orbat::alert::words(&row.alert, language).title == title);
        let Some(id) = row.and_then(|row| row.alert.article) else { continue };
        let Some(article) = store.article(id)? else { continue };
        waits.push(Duration::try_from(at.duration_since(article.article.first_seen)).unwrap_or_default());
    }
    waits.sort_unstable();
    let at =
        |share: f64| waits.get(((waits.len() as f64 * share).ceil() as usize).saturating_sub(1)).copied().unwrap_or_default();
    println!(
        "commit to Notify: {} popups ({overlap} while others were first polled), p50 {:?}, p90 {:?}, p99 {:?}, most {:?}; promised p99 {PROMISED:?}",
        waits.len(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0)
    );
    if at(0.99) > PROMISED {
        println!("slower than promised");
    }
    Ok(())
}

fn address_of(feed: usize) -> String {
    format!("{}/{}.xml", host(feed), name(feed))
}

fn host(feed: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 1, (feed / 200) as u8, (feed % 200) as u8 + 1)
}

fn name(feed: usize) -> String {
    if feed < LIVE { format!("live{feed}") } else { format!("new{feed}") }
}

/// A live feed with these claims.
fn publish(site: &Site, feed: usize, claims: &[usize]) {
    let mut xml = head(feed);
    for &n in claims.iter().rev() {
        let (from, to, count) = (SENDERS[n % 10], HOSTS[n / 10 % 10], 200 + 10 * n);
        let _ = write!(
            xml,
            "<item><title>{from} reinforces {to}, item {n}</title><link>http://{}/{n}.html</link>\
             <description>{from} will send {count} soldiers to {to}, the ministry of defence announced. This is matter {n}.</description></item>",
            host(feed)
        );
    }
    site.put(address_of(feed), Page { content_type: "application/rss+xml", body: xml + "</channel></rss>" });
}

/// What stands in a feed before anybody reads it.
fn old_news(feed: usize) -> String {
    let mut xml = head(feed);
    for at in feed * ENTRIES..(feed + 1) * ENTRIES {
        let _ = write!(
            xml,
            "<item><title>Council {at} meets about bridge {feed}</title><link>http://{}/{at}.html</link><description>{}</description></item>",
            host(feed),
            format!(
                "The council of town {at} spoke about {} houses, {} bridges and a market hall, says the mayor. ",
                at % 90 + 2,
                at % 7 + 2
            )
            .repeat(6),
        );
    }
    xml + "</channel></rss>"
}

fn head(feed: usize) -> String {
    format!("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>{}</title>", name(feed))
}

/// The real program with so many feeds.
fn start(folder: &Path, port: u16, feeds: usize, bus: &str) -> Result<Running> {
    let mut toml = String::from("[poll]\npause = \"0s\"\n[[receiver]]\nname = \"desktop\"\ntype = \"desktop\"\nlimits = []\n");
    for feed in 0..feeds {
        let (host, name) = (host(feed), name(feed));
        write!(toml, "[[feed]]\nurl = \"http://{host}:{port}/{name}.xml\"\nname = \"{name}\"\nfull_text = \"never\"\n")?;
    }
    let config = folder.join("orbat.toml");
    std::fs::write(&config, toml)?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_orbat"));
    command.args(["--config".as_ref(), config.as_os_str(), "--data".as_ref(), folder.as_os_str(), "run".as_ref()]);
    command.env("DBUS_SESSION_BUS_ADDRESS", bus).env("HOME", folder).stdin(Stdio::null());
    Ok(Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?))
}

/// A session bus of our own, which starts nobody by itself.
fn session_bus(folder: &Path) -> Result<(Running, String)> {
    let config = folder.join("bus.conf");
    let listen = folder.display();
    std::fs::write(
        &config,
        format!(
            "<busconfig><type>session</type><listen>unix:tmpdir={listen}</listen><auth>EXTERNAL</auth><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>"
        ),
    )?;
    let config = format!("--config-file={}", config.display());
    let mut daemon = Command::new("dbus-daemon")
        .args([&config, "--nofork", "--print-address"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut address = String::new();
    BufReader::new(daemon.stdout.take().ok_or("no output")?).read_line(&mut address)?;
    Ok((Running(daemon), address.trim().to_owned()))
}

/// Shows nothing, and writes down when it was asked to.
async fn notification_server(bus: &str, shown: Shown) -> Result<zbus::Connection> {
    let connection = connection::Builder::address(bus).build().await?;
    let (mut calls, at) = (MessageStream::from(&connection), connection.clone());
    tokio::spawn(async move {
        let mut last = 0u32;
        while let Some(Ok(call)) = std::future::poll_fn(|cx| Pin::new(&mut calls).poll_next(cx)).await {
            let header = call.header();
            let _ = match header.member().map(|m| m.as_str()).unwrap_or_default() {
                "GetCapabilities" => at.reply(&header, &["body", "actions"].as_slice()).await,
                "GetServerInformation" => at.reply(&header, &("bench", "orbat", "1.0", "1.2")).await,
                "Notify" => {
                    let now = Timestamp::now();
                    type Call = (
                        String,
                        u32,
                        String,
                        String,
                        String,
                        Vec<String>,
                        std::collections::HashMap<String, zbus::OwnedVariant>,
                        i32,
                    );
                    if let Ok(asked) = call.body().deserialize::<Call>() {
                        shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((asked.3, now));
                    }
                    last += 1;
                    at.reply(&header, &last).await
                }
                _ => continue,
            };
        }
    });
    connection.request_name("org.freedesktop.Notifications").await?;
    Ok(connection)
}

async fn until(what: &str, mut done: impl FnMut() -> Result<bool>) -> Result<()> {
    let start = Instant::now();
    while !done()? {
        if start.elapsed() > PATIENCE {
            return Err(format!("waited in vain for {what}").into());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}
