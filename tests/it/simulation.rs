//! A hostile web over days: outlets that publish, edit and drop, and feeds that are flaky, slow, moving, cut short, overloaded or dead,
//! behind a network that goes away now and then. The clock and the sockets are simulated, all else is the daemon's own.
//!
//! `cargo test` plays a small one. The whole is `ORBAT_WEB_FEEDS=500 ORBAT_WEB_DAYS=10 cargo test --release --test it simulation`.

use jiff::{SignedDuration, Timestamp};
use orbat::clock::Clock;
use orbat::config::{self, Written};
use orbat::daemon::{self, Parts, Poller};
use orbat::feed::{Class, FullText, Subscription};
use orbat::fetch::Fetcher;
use orbat::fetch::played::{Answer, Asked, Said, Web};
use orbat::store::{AlertFilter, Health, Store};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PAUSE: Duration = Duration::from_secs(1);
/// Feeds of one host.
const PER_HOST: usize = 4;

fn number(name: &str, standard: usize) -> usize {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(standard)
}

fn start() -> Timestamp {
    "2026-03-02T00:00:00Z".parse().unwrap()
}

fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}

/// What an outlet does to its readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Plain,
    /// No validators, whatever is sent.
    Forgetful,
    /// Each fourth request fails in its own way.
    Flaky,
    Slow,
    /// From the third day on at another address.
    Moving,
    /// Each fifth answer stops in the midst.
    Cut,
    /// Each tenth request is too many.
    Overloaded,
    /// Half of its days.
    Moody,
    Dead,
}

const MOODS: [Mood; 12] = [
    Mood::Plain,
    Mood::Plain,
    Mood::Plain,
    Mood::Plain,
    Mood::Forgetful,
    Mood::Flaky,
    Mood::Slow,
    Mood::Moving,
    Mood::Cut,
    Mood::Overloaded,
    Mood::Moody,
    Mood::Dead,
];

#[derive(Clone, Debug)]
struct Item {
    at: Timestamp,
    edited: Option<Timestamp>,
    dropped: Option<Timestamp>,
}

struct Outlet {
    mood: Mood,
    /// Items that its feed shows.
    window: usize,
    items: Vec<Item>,
}

/// What the server saw.
#[derive(Default)]
struct Book {
    /// Of each host: when requests began, and for how long they were answered.
    requests: HashMap<String, Vec<(Timestamp, Duration)>>,
    /// Of each outlet: requests, the items that stood whole in an answer, and the last whole answer.
    asked: BTreeMap<usize, u64>,
    served: BTreeMap<usize, BTreeSet<usize>>,
    last_read: BTreeMap<usize, Timestamp>,
}

struct World {
    clock: Clock,
    outlets: Vec<Outlet>,
    /// When the network is away.
    spells: Vec<(Timestamp, Timestamp)>,
    book: Mutex<Book>,
}

/// Outlets of all moods and paces; the same for the same numbers.
fn outlets(feeds: usize, days: usize) -> Vec<Outlet> {
    let mut random = fastrand::Rng::with_seed(5);
    let end = start() + minutes(24 * 60 * days as i64);
    (0..feeds)
        .map(|n| {
            let pace = [8, 30, 90, 400, 1500][random.usize(..5)];
            let window = [10, 20, 30][random.usize(..3)];
            let mut items = Vec::new();
            // What was there before anybody looked.
            let mut at = start() - minutes(pace * window as i64);
            while at < end {
                let night = at.to_zoned(jiff::tz::TimeZone::UTC).hour() < 6;
                let wait = 1 + random.i64(0..2 * pace) * if night { 4 } else { 1 };
                // Now and then several at once.
                let burst = if random.u8(..40) == 0 { random.usize(2..6) } else { 1 };
                for _ in 0..burst {
                    let edited = (random.u8(..8) == 0).then(|| at + minutes(random.i64(1..300)));
                    let dropped = (random.u8(..30) == 0).then(|| at + minutes(random.i64(1..300)));
                    items.push(Item { at, edited, dropped });
                }
                at += minutes(wait);
            }
            Outlet { mood: MOODS[n % MOODS.len()], window, items }
        })
        .collect()
}

fn host(n: usize) -> String {
    format!("host{}.example", n / PER_HOST)
}

fn address(n: usize) -> String {
    format!("http://{}/feed{n}.xml", host(n))
}

fn link(outlet: usize, item: usize) -> String {
    format!("http://{}/{outlet}/{item}.html", host(outlet))
}

impl World {
    fn is_away(&self, now: Timestamp) -> bool {
        self.spells.iter().any(|(from, to)| (*from..*to).contains(&now))
    }

    fn answer(&self, asked: &Asked) -> Answer {
        let now = self.clock.now();
        let answer = self.said(asked, now);
        let host = asked.url.host_str().unwrap().to_owned();
        // Nothing leaves the machine while the network is away.
        if !self.is_away(now) {
            self.book.lock().unwrap().requests.entry(host).or_default().push((now, answer.took));
        }
        answer
    }

    fn said(&self, asked: &Asked, now: Timestamp) -> Answer {
        let quick = Duration::from_millis(200);
        if self.is_away(now) {
            return Answer { took: quick, said: Err(Class::Dns) };
        }
        let path = asked.url.path();
        let outlet: usize = path.trim_start_matches("/new").trim_start_matches("/feed").trim_end_matches(".xml").parse().unwrap();
        let n = {
            let mut book = self.book.lock().unwrap();
            let count = book.asked.entry(outlet).or_default();
            *count += 1;
            *count
        };
        let status = |status, headers: &[(&'static str, &str)]| {
            let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            Answer { took: quick, said: Ok(Said { status, headers, body: Vec::new() }) }
        };
        let day = now.duration_since(start()).as_hours() / 24;
        match self.outlets[outlet].mood {
            Mood::Dead => Answer { took: Duration::from_secs(60), said: Err(Class::Timeout) },
            Mood::Moody if day % 2 == 1 => status(403, &[]),
            Mood::Overloaded if n.is_multiple_of(10) => status(429, &[("retry-after", "1800")]),
            Mood::Flaky if n.is_multiple_of(4) => match (n / 4) % 4 {
                0 => status(500, &[]),
                1 => status(503, &[]),
                2 => Answer { took: quick, said: Err(Class::Connect) },
                _ => Answer { took: Duration::from_secs(60), said: Err(Class::Timeout) },
            },
            Mood::Moving if day >= 2 && !path.starts_with("/new") => {
                status(301, &[("location", &address(outlet).replace("/feed", "/new"))])
            }
            _ => self.feed(outlet, asked, now, n),
        }
    }

    /// The feed as it stands, newest first.
    fn feed(&self, outlet: usize, asked: &Asked, now: Timestamp, n: u64) -> Answer {
        let Outlet { mood, window, items } = &self.outlets[outlet];
        let standing = items.iter().enumerate().rev().filter(|(_, item)| item.at <= now && item.dropped.is_none_or(|d| d > now));
        let mut body = String::from("<rss version=\"2.0\"><channel><title>Outlet</title>\n");
        let mut ends = Vec::new();
        for (i, item) in standing.take(*window) {
            let edited = if item.edited.is_some_and(|at| at <= now) { " (update)" } else { "" };
            let link = link(outlet, i);
            let text =
                format!("What outlet {outlet} has to say in its item number {i} stands here, in words enough to know it by.");
            let date = jiff::fmt::rfc2822::to_string(&item.at.to_zoned(jiff::tz::TimeZone::UTC)).unwrap();
            writeln!(
                body,
                "<item><title>Item {i} of outlet {outlet}{edited}</title><link>{link}</link><guid>{link}</guid>\
                 <pubDate>{date}</pubDate><description>{text}</description></item>"
            )
            .unwrap();
            ends.push((i, body.len()));
        }
        body.push_str("</channel></rss>");
        let cut = *mood == Mood::Cut && n.is_multiple_of(5);
        if cut {
            body.truncate(body.len() * 2 / 3);
        }
        let etag = format!("\"{:x}\"", body.bytes().fold(7u64, |sum, b| sum.wrapping_mul(31).wrapping_add(b.into())));
        let validators = !cut && *mood != Mood::Forgetful;
        let took = if *mood == Mood::Slow { Duration::from_secs(20) } else { Duration::from_millis(200) };
        let mut book = self.book.lock().unwrap();
        if !cut {
            book.last_read.insert(outlet, now);
        }
        if validators && asked.header("if-none-match") == Some(&etag) {
            return Answer { took, said: Ok(Said { status: 304, ..Said::default() }) };
        }
        let whole = ends.iter().filter(|(_, end)| *end <= body.len()).map(|(i, _)| *i);
        book.served.entry(outlet).or_default().extend(whole);
        let headers = if validators { vec![("etag", etag)] } else { Vec::new() };
        Answer { took, said: Ok(Said { status: 200, headers, body: body.into_bytes() }) }
    }
}

#[tokio::test]
async fn every_entry_that_was_seen_is_stored_once_and_no_host_is_pressed() {
    let (feeds, days) = (number("ORBAT_WEB_FEEDS", 24), number("ORBAT_WEB_DAYS", 2));
    let clock = Clock::simulated(start());
    let at = |hour: i64| start() + SignedDuration::from_hours(hour);
    let spells = (0..days as i64)
        .flat_map(|day| [(at(24 * day + 9), at(24 * day + 11)), (at(24 * day + 20), at(24 * day + 20) + minutes(12))]);
    let (outlets, spells) = (outlets(feeds, days), spells.collect());
    let world = Arc::new(World { clock: clock.clone(), outlets, spells, book: Mutex::default() });

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("orbat.db");
    let mut store = Store::open(&path).unwrap();
    let mut config = config::parse(&PathBuf::from("web.toml"), "[poll]\npause = \"1s\"\n").unwrap();
    for n in 0..feeds {
        let subscription = Subscription::new(address(n).parse().unwrap(), format!("outlet {n}"));
        let value = Subscription { full_text: FullText::Never, ..subscription };
        config.feeds.push(Written { value, file: PathBuf::from("web.toml"), line: 1 });
    }
    config.receivers.clear();
    let begin = |store: &Store| {
        daemon::sync(&config, store, &clock).unwrap();
        let web = {
            let world = world.clone();
            Web(Arc::new(move |asked: &Asked| world.answer(asked)))
        };
        let fetcher = Fetcher::playing(config.poll.fetch.clone(), clock.clone(), web).unwrap();
        for (host, until) in store.resting_hosts(clock.now()).unwrap() {
            fetcher.leave_alone(&host, until);
        }
        Poller::new(Parts::with(&config, store.clone(), clock.clone(), fetcher).unwrap().0)
    };
    let mut poller = begin(&store);
    let end = at(24 * days as i64);
    let mut restart = at(13);
    let mut blamed = 0;
    while clock.now() < end {
        poller.step().await.unwrap();
        if clock.now() >= restart {
            // Killed, and started again.
            store = Store::open(&path).unwrap();
            poller = begin(&store);
            restart += SignedDuration::from_hours(17);
        }
        if world.is_away(clock.now()) {
            let plain = |name: &str| world.outlets[name["outlet ".len()..].parse::<usize>().unwrap()].mood == Mood::Plain;
            let failing =
                store.feeds().unwrap().into_iter().filter(|f| f.health == Health::Failing && plain(&f.subscription.name));
            blamed = blamed.max(failing.count());
        }
        let next = store.next_due().unwrap().unwrap_or(end);
        clock.sleep_until(next.max(clock.now() + SignedDuration::from_secs(10))).await;
    }

    let book = world.book.lock().unwrap();
    held_once(&path, &world, &book);
    let missed = missing_is_told(&store, &world, &book);
    paced(&book);
    // At the begin of an absence one or two may be alone in failing for longer than anybody waits with the verdict.
    assert!(blamed <= 3 + feeds / 100, "{blamed} feeds are blamed for the network");
    let requests: usize = book.requests.values().map(Vec::len).sum();
    let published: usize = world.outlets.iter().map(|o| o.items.iter().filter(|i| i.at < end).count()).sum();
    let gaps: u32 = store.feeds().unwrap().iter().map(|f| f.gaps).sum();
    println!(
        "{feeds} feeds, {days} days: {requests} requests, {published} published, {missed} missed and told, {gaps} gaps, {blamed} blamed"
    );
}

/// What stood whole in an answer is an article, once; nothing else is.
fn held_once(path: &std::path::Path, world: &World, book: &Book) {
    let db = rusqlite::Connection::open(path).unwrap();
    let mut all = db.prepare("SELECT url FROM article").unwrap();
    let mut stored: Vec<String> = all.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
    let count = stored.len();
    stored.sort();
    stored.dedup();
    assert_eq!(stored.len(), count, "none is doubled");
    let stored: BTreeSet<&str> = stored.iter().map(String::as_str).collect();
    for (outlet, items) in &book.served {
        for item in items {
            let mood = world.outlets[*outlet].mood;
            assert!(stored.contains(link(*outlet, *item).as_str()), "item {item} of outlet {outlet} ({mood:?}) is lost");
        }
    }
    let served: usize = book.served.values().map(BTreeSet::len).sum();
    assert!(count >= served, "{count} of {served}");
}

/// An item that was never served though it stood in the feed long enough is in a feed that is known to have been outrun. How many there are.
fn missing_is_told(store: &Store, world: &World, book: &Book) -> usize {
    let alerts = store.alerts(&AlertFilter { rule: Some("health".to_owned()), ..AlertFilter::default() }).unwrap();
    let outrun: Vec<&str> = alerts.iter().map(|row| row.alert.fingerprint.as_str()).filter(|f| f.contains("|outrun|")).collect();
    let mut missed = 0;
    for (n, outlet) in world.outlets.iter().enumerate() {
        let Some(last) = book.last_read.get(&n) else { continue };
        let served = book.served.get(&n).cloned().unwrap_or_default();
        let first = served.first().copied().unwrap_or(0);
        let unseen = outlet
            .items
            .iter()
            .enumerate()
            .skip(first)
            .filter(|(i, item)| item.at <= *last && item.dropped.is_none() && !served.contains(i));
        let unseen = unseen.count();
        missed += unseen;
        let row = store.feed(&format!("outlet {n}")).unwrap().unwrap();
        let told = outrun.iter().any(|f| f.starts_with(&format!("health|{}|", row.id)));
        assert_eq!(row.gaps > 0, told, "outlet {n}");
        assert!(unseen == 0 || told, "outlet {n} ({:?}) lost {unseen} items, and nobody is told", outlet.mood);
    }
    missed
}

/// One request at a time to a host, and a pause between their starts.
fn paced(book: &Book) {
    for (host, requests) in &book.requests {
        for pair in requests.windows(2) {
            let [(first, took), (second, _)] = pair else { unreachable!() };
            let apart = Duration::try_from(second.duration_since(*first)).unwrap();
            assert!(
                apart >= PAUSE && apart >= *took.min(&Duration::from_secs(30)),
                "{host} at {second}: {apart:?} after the last"
            );
        }
    }
}
