//! The manners of the whole daemon on the wire, against a server on loopback that records every request. The numbers are those of the
//! list *Feed Reader Best Practices* (rachelbythebay.com/frb); [`HELD`] says which test holds which.

use crate::fetch::server::{Asked, Reply, Server, ok, reply};
use jiff::{SignedDuration, Timestamp};
use orbat::clock::Clock;
use orbat::config;
use orbat::daemon::{self, Parts, Poller, Processor};
use orbat::feed::Class;
use orbat::fetch::{Fetched, Fetcher, Request, What};
use orbat::store::{FeedRow, Health, Store};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use url::Url;

/// FRB numbers, and the file and test that hold them.
const HELD: &[(&str, &str, &str)] = &[
    ("001-004, 010-016", "politeness", "validators_go_back_as_one_opaque_pair"),
    ("010", "fetch", "validators_are_opaque"),
    ("020-021", "politeness", "a_host_that_asks_for_patience_gets_it_over_restarts"),
    ("020-021", "politeness", "a_host_behind_a_redirect_rests_too"),
    ("020-021", "fetch", "a_host_that_wants_rest_gets_it"),
    ("020-021, 036", "politeness", "adding_a_feed_is_one_request_and_none_where_the_host_rests"),
    ("022-024", "politeness", "hints_put_the_next_check_off"),
    ("030-032", "politeness", "an_article_page_is_fetched_once"),
    ("033-035", "fetch", "turns_at_one_host"),
    ("033-035", "politeness", "many_names_on_one_address_take_turns_from_the_first_request_on"),
    ("037", "politeness", "a_restart_polls_nobody_early"),
    ("037", "politeness", "checks_spread_out"),
    ("050-051", "politeness", "validators_go_back_as_one_opaque_pair"),
    ("060-066", "fetch", "one_name_and_no_traces"),
    ("070-071", "politeness", "poll_now_honours_validators_and_a_pause"),
    ("080-090", "fetch", "one_name_and_no_traces"),
    ("106", "fetch", "credentials_stay_at_home"),
    ("106", "fetch", "failures_have_a_class_and_no_secrets"),
    ("110-120", "politeness", "failures_slow_down_and_only_410_is_final"),
    ("130-137", "politeness", "a_lasting_move_is_followed_and_a_passing_one_never"),
    ("140-141", "fetch", "packed_bodies"),
    ("140-141", "fetch", "bombs_stop_at_the_limit"),
];

#[test]
fn every_line_has_its_test() {
    for (frb, file, test) in HELD {
        let source = match *file {
            "fetch" => include_str!("fetch/mod.rs"),
            _ => include_str!("politeness.rs"),
        };
        assert!(source.contains(&format!("fn {test}()")), "FRB {frb}: no test {test} in {file}");
    }
}

const RSS: &str = "<rss version=\"2.0\"><channel><title>Paper</title>HINTS<item><guid>1</guid><title>One</title>\
    <description>The first of the items of this paper says this and no more.</description></item></channel></rss>";

fn feed(headers: &[(&'static str, &str)], hints: &str) -> Reply {
    reply(200, headers, RSS.replace("HINTS", hints).as_bytes())
}

pub fn start() -> Timestamp {
    // A Tuesday, nine in the morning.
    "2026-03-03T09:00:00Z".parse().unwrap()
}

/// A daemon of which the test moves the clock, and a server that it asks.
pub struct World {
    pub dir: TempDir,
    pub server: Server,
    pub clock: Clock,
    toml: String,
    pub poller: Poller,
    pub store: Store,
    pub parts: Arc<Parts>,
}

impl World {
    /// `paths`: where feeds are said to be. Pauses between requests are those of the configuration.
    pub async fn new(paths: &[&str], extra: &str, answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> World {
        let clock = Clock::simulated(start());
        let server = Server::start(&clock, answer).await;
        let dir = tempfile::tempdir().unwrap();
        let mut toml = format!("[poll]\nallow_private = [\"127.0.0.1\"]\n{extra}\n");
        for (n, path) in paths.iter().enumerate() {
            toml += &format!("[[feed]]\nurl = \"{}\"\nname = \"f{n}\"\n", server.url(path));
        }
        let (store, parts) = open(dir.path(), &toml, &clock);
        World { poller: Poller::new(parts.clone()), dir, server, clock, toml, store, parts }
    }

    /// As a stop and a start: all that was in memory is gone.
    pub fn restart(&mut self) {
        (self.store, self.parts) = open(self.dir.path(), &self.toml, &self.clock);
        for (host, until) in self.store.resting_hosts(self.clock.now()).unwrap() {
            self.parts.fetcher.leave_alone(&host, until);
        }
        self.poller = Poller::new(self.parts.clone());
    }

    pub fn row(&self, name: &str) -> FeedRow {
        self.store.feed(name).unwrap().unwrap()
    }

    /// Waits until a feed is due, and polls what is due then. How long that was, in minutes less what is jitter.
    pub async fn next(&mut self, name: &str) -> i64 {
        let (row, before) = (self.row(name), self.clock.now());
        self.clock.sleep_until(row.next_check).await;
        self.poller.step().await.unwrap();
        row.next_check.duration_since(before).as_mins()
    }

    pub async fn for_a_while(&mut self, wait: SignedDuration) {
        self.clock.sleep_until(self.clock.now() + wait).await;
        self.poller.step().await.unwrap();
    }

    pub fn paths(&self) -> Vec<String> {
        self.server.asked().iter().map(|asked| asked.path().to_owned()).collect()
    }
}

fn open(dir: &Path, toml: &str, clock: &Clock) -> (Store, Arc<Parts>) {
    let store = Store::open(&dir.join("orbat.db")).unwrap();
    let config = config::parse(&dir.join("orbat.toml"), toml).unwrap();
    daemon::sync(&config, &store, clock).unwrap();
    let (parts, _) = Parts::new(&config, store.clone(), clock.clone()).unwrap();
    (store, parts)
}

/// Answers one after the other; the last one for ever.
fn in_turn(replies: Vec<Reply>) -> impl Fn(&Asked) -> Reply + Send + Sync + 'static {
    let asked = AtomicUsize::new(0);
    move |_| replies[asked.fetch_add(1, Ordering::SeqCst).min(replies.len() - 1)].clone()
}

/// A wait of so many minutes, or up to a tenth more.
fn about(minutes: i64, wait: i64) -> bool {
    (minutes - 1..=minutes + minutes / 10 + 1).contains(&wait)
}

#[tokio::test]
async fn validators_go_back_as_one_opaque_pair() {
    let pair = [("etag", "W/\"a b\""), ("last-modified", "once upon a time")];
    let replies = vec![
        feed(&pair, ""),
        reply(304, &[("etag", "\"other\"")], b""),
        reply(500, &[("etag", "\"error\"")], b""),
        reply(429, &[("etag", "\"error\""), ("retry-after", "60")], b""),
        ok(b"this is no feed at all"),
        feed(&[("last-modified", "later")], ""),
        feed(&[], ""),
        feed(&[], ""),
    ];
    let mut world = World::new(&["/feed"], "", in_turn(replies)).await;
    for n in 0..8 {
        if n % 2 == 1 {
            world.restart();
        }
        world.next("f0").await;
    }
    let both = (Some("W/\"a b\""), Some("once upon a time"));
    let expected = [(None, None), both, both, both, both, both, (None, Some("later")), (None, None)];
    let asked = world.server.asked();
    let sent: Vec<_> = asked.iter().map(|a| (a.header("if-none-match"), a.header("if-modified-since"))).collect();
    assert_eq!(sent, expected);
    assert!(asked.iter().all(|a| a.line == "GET /feed HTTP/1.1"), "{asked:?}");
}

#[tokio::test]
async fn a_host_that_asks_for_patience_gets_it_over_restarts() {
    let mut world = World::new(&["/a", "/b"], "", |asked| match asked.path() {
        "/a" => reply(429, &[("retry-after", "7200")], b""),
        _ => feed(&[], ""),
    })
    .await;
    world.next("f0").await;
    let before = world.server.asked().len();
    for _ in 0..6 {
        world.for_a_while(SignedDuration::from_mins(19)).await;
        world.restart();
    }
    assert_eq!(world.server.asked().len(), before, "the whole host is left alone, also after a restart");
    assert_eq!(world.row("f0").health, Health::Failing, "that is visible");
    assert_eq!(world.row("f0").error.unwrap().0, Class::RateLimited);
    world.for_a_while(SignedDuration::from_mins(30)).await;
    assert!(world.server.asked().len() > before);

    // Without a header: longer and longer.
    for status in [429, 503] {
        let mut world = World::new(&["/a"], "", move |_| reply(status, &[], b"")).await;
        world.next("f0").await;
        let mut waits = Vec::new();
        for _ in 0..8 {
            waits.push(world.next("f0").await);
        }
        let expected = [15, 30, 60, 120, 240, 480, 960, 1440];
        assert!(expected.into_iter().zip(&waits).all(|(m, w)| about(m, *w)), "{status}: {waits:?}");
    }
    // Years, or a date: at most a day.
    let mut world = World::new(&["/a"], "", |_| reply(503, &[("retry-after", "504911232")], b"")).await;
    world.next("f0").await;
    assert!(about(1440, world.next("f0").await));
}

#[tokio::test]
async fn a_host_behind_a_redirect_rests_too() {
    let port = Arc::new(Mutex::new(0));
    let known = port.clone();
    let mut world = World::new(&["/feed"], "", move |asked| match asked.path() {
        "/feed" => reply(302, &[("location", &format!("http://localhost:{}/away", known.lock().unwrap()))], b""),
        _ => reply(429, &[("retry-after", "7200")], b""),
    })
    .await;
    *port.lock().unwrap() = world.server.address.port();
    let away = Url::parse(&format!("http://localhost:{}/away", world.server.address.port())).unwrap();
    world.toml = world.toml.replace("[\"127.0.0.1\"]", "[\"127.0.0.1\", \"localhost\"]");
    world.restart();
    world.next("f0").await;
    world.restart();
    let resting = world.store.resting_hosts(world.clock.now()).unwrap();
    assert_eq!(
        resting.iter().map(|(host, _)| host.as_str()).collect::<Vec<_>>(),
        ["localhost"],
        "who asked for it, and no other"
    );
    let fetched = world.parts.fetcher.get(&Request::new(&away, What::Feed)).await;
    assert!(matches!(fetched, Fetched::RateLimited { asked: false, .. }), "{fetched:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn adding_a_feed_is_one_request_and_none_where_the_host_rests() {
    let server = Server::start(&Clock::System, |asked| match asked.path() {
        "/busy" => reply(429, &[("retry-after", "3600")], b""),
        _ => feed(&[], ""),
    })
    .await;
    let dir = tempfile::tempdir().unwrap();
    let add = |path: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_orbat"));
        let url = server.url(path);
        let args = ["feed", "add", url.as_str(), "--name", &path[1..]];
        let output = command.arg("--data").arg(dir.path()).args(args).env("HOME", dir.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let paths = || server.asked().iter().map(|asked| asked.path().to_owned()).collect::<Vec<_>>();
    add("/paper");
    add("/busy");
    assert_eq!(paths(), ["/paper", "/busy"]);
    let store = Store::open(&dir.path().join("orbat.db")).unwrap();
    let row = |name: &str| store.feed(name).unwrap().unwrap();
    assert!(row("paper").baselined && row("paper").articles == 1, "the answer is the first poll");
    let resting = store.resting_hosts(Timestamp::now()).unwrap();
    assert_eq!(resting.iter().map(|(host, _)| host.as_str()).collect::<Vec<_>>(), ["127.0.0.1"], "for the service to know");

    let told = add("/later");
    assert!(told.contains("127.0.0.1 asked to be left alone until"), "{told}");
    assert_eq!(paths().len(), 2, "not asked");
    assert!(row("later").next_check >= resting[0].1, "{:?}", row("later").next_check);
    // A service that runs already hears of it: none of its feeds at that host is asked.
    let config = config::parse(Path::new("orbat.toml"), "").unwrap();
    let (parts, _) = Parts::new(&config, store.clone(), Clock::System).unwrap();
    let mut poller = Poller::new(parts);
    store.make_due(row("paper").id, Timestamp::now()).unwrap();
    poller.step().await.unwrap();
    assert_eq!(paths().len(), 2, "nor by the service");
}

#[tokio::test]
async fn hints_put_the_next_check_off() {
    let expires = "Fri, 03 Mar 2042 09:00:00 GMT";
    let hours: String = (10..14).map(|h| format!("<hour>{h}</hour>")).collect();
    let (hours, days) = (format!("<skipHours>{hours}</skipHours>"), "<skipDays><day>Tuesday</day></skipDays>");
    for (what, headers, hints, minutes) in [
        ("nothing said", vec![], "", 15),
        ("max-age", vec![("cache-control", "max-age=3600")], "", 60),
        ("less than the interval", vec![("cache-control", "max-age=60")], "", 15),
        ("16 years", vec![("expires", expires)], "", 1440),
        ("ttl", vec![], "<ttl>120</ttl>", 120),
        ("ttl and max-age", vec![("cache-control", "max-age=3600")], "<ttl>120</ttl>", 120),
        ("skipDays", vec![], days, 15 * 60),
        ("skipHours", vec![("cache-control", "max-age=3600")], &hours, 5 * 60),
    ] {
        let (etag, hints) = (("etag", "\"1\""), hints.to_owned());
        let headers: Vec<_> = headers.into_iter().chain([etag]).collect();
        let mut world = World::new(&["/feed"], "every = \"15m\"", move |asked| match asked.header("if-none-match") {
            Some(_) => reply(304, &[], b""),
            None => feed(&headers, &hints),
        })
        .await;
        world.next("f0").await;
        let wait = world.next("f0").await;
        assert!(about(minutes, wait), "{what}: {wait} instead of {minutes}");
        // A 304 says nothing of what the feed asks for: it is remembered.
        if what == "ttl" {
            world.restart();
            assert!(about(120, world.next("f0").await), "after a 304");
        }
    }
}

#[tokio::test]
async fn an_article_page_is_fetched_once() {
    let item = |n: usize, base: &str| {
        format!(
            "<item><guid>{n}</guid><title>Item {n}</title><link>{base}/page/{n}</link><description>Short.</description></item>"
        )
    };
    let shown = Arc::new(AtomicUsize::new(1));
    let (port, count) = (Arc::new(Mutex::new(String::new())), shown.clone());
    let base = port.clone();
    let mut world = World::new(&["/feed"], "", move |asked| match asked.path() {
        "/feed" => {
            let base = base.lock().unwrap();
            let items: String = (0..count.load(Ordering::SeqCst)).map(|n| item(n, &base)).collect();
            ok(format!("<rss version=\"2.0\"><channel><title>P</title>{items}</channel></rss>").as_bytes())
        }
        "/robots.txt" => reply(404, &[], b""),
        _ => reply(404, &[], b""),
    })
    .await;
    *port.lock().unwrap() = format!("http://{}", world.server.address);
    let mut processor = Processor::new(world.parts.clone());
    for n in 1..5 {
        shown.store(n, Ordering::SeqCst);
        world.next("f0").await;
        processor.step().await.unwrap();
    }
    let mut pages: Vec<String> = world.paths().into_iter().filter(|path| path.starts_with("/page")).collect();
    pages.sort();
    assert_eq!(pages, ["/page/1", "/page/2", "/page/3"], "none of the first poll, each other once, though it failed");
    assert_eq!(world.paths().iter().filter(|path| *path == "/robots.txt").count(), 1);
}

#[tokio::test]
async fn many_names_on_one_address_take_turns_from_the_first_request_on() {
    let clock = Clock::simulated(start());
    let server = Server::start(&clock, |_| ok(b"x")).await;
    let plain = config::parse(Path::new("orbat.toml"), "[poll]\npause = \"3s\"").unwrap();
    let fetcher = Fetcher::new(plain.poll.fetch, clock.clone()).unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for host in ["localhost", "127.0.0.1", "localhost", "127.0.0.1"] {
        let (fetcher, url) = (fetcher.clone(), Url::parse(&format!("http://{host}:{}/", server.address.port())).unwrap());
        tasks.spawn(async move { fetcher.get(&Request::new(&url, What::Feed)).await });
    }
    tasks.join_all().await;
    let starts: Vec<i64> = server.asked().iter().map(|asked| asked.at.duration_since(start()).as_secs()).collect();
    assert_eq!(starts, [0, 3, 6, 9]);
    assert_eq!(server.load.lock().unwrap().1, 1, "one at a time");
}

#[tokio::test]
async fn a_restart_polls_nobody_early() {
    let mut world = World::new(&["/a", "/b"], "", |_| feed(&[], "")).await;
    world.poller.step().await.unwrap();
    let before = world.server.asked().len();
    for _ in 0..3 {
        world.restart();
        world.poller.step().await.unwrap();
        world.for_a_while(SignedDuration::from_mins(4)).await;
    }
    assert_eq!(world.server.asked().len(), before);
}

#[tokio::test]
async fn checks_spread_out() {
    let paths: Vec<String> = (0..40).map(|n| format!("/{n}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let mut world = World::new(&paths, "pause = \"0s\"", |_| feed(&[], "")).await;
    world.poller.step().await.unwrap();
    let mut seconds: Vec<i64> = world.store.feeds().unwrap().iter().map(|f| f.next_check.as_second()).collect();
    seconds.sort_unstable();
    seconds.dedup();
    assert!(seconds.len() > 20, "{seconds:?}");
    assert!(seconds.last().unwrap() - seconds[0] >= 45, "over a minute or more: {seconds:?}");
}

#[tokio::test]
async fn poll_now_honours_validators_and_a_pause() {
    let mut world = World::new(&["/feed"], "", |asked| match asked.header("if-none-match") {
        Some(_) => reply(304, &[], b""),
        None => feed(&[("etag", "\"1\"")], ""),
    })
    .await;
    world.next("f0").await;
    let orbat = |args: &[&str]| {
        let dir = world.dir.path();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_orbat"));
        let output = command.arg("--data").arg(dir).args(args).env("HOME", dir).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    // The command's clock is the system's, far from that of this daemon: the pause counts from the last attempt by it.
    let now = Timestamp::now();
    let asked_at = |store: &Store| {
        let plan = orbat::feed::Next { check: Timestamp::MAX, interval: Duration::from_secs(900), reason: "test".into() };
        let id = store.feed("f0").unwrap().unwrap().id;
        let outcome = orbat::store::PollOutcome::NotModified;
        let record = orbat::store::PollRecord { feed: id, at: now, outcome, plan: orbat::store::Plan::At(plan) };
        store.record_poll(record).unwrap();
    };
    asked_at(&world.store);
    orbat(&["feed", "poll", "f0"]);
    let row = world.row("f0");
    assert_eq!(row.next_check.duration_since(row.last_attempt.unwrap()), SignedDuration::from_secs(60));
    assert_eq!(row.validators.etag.as_deref(), Some("\"1\""));
    asked_at(&world.store);
    orbat(&["feed", "poll", "f0", "--anew"]);
    let row = world.row("f0");
    assert!(row.next_check.duration_since(row.last_attempt.unwrap()) < SignedDuration::from_secs(60));
    assert_eq!(row.validators.etag, None);
    world.clock.sleep_until(row.next_check).await;
    world.poller.step().await.unwrap();
    assert_eq!(world.server.asked().last().unwrap().header("if-none-match"), None);
}

#[tokio::test]
async fn failures_slow_down_and_only_410_is_final() {
    for (what, answer, class, minutes) in [
        ("403", reply(403, &[], b""), Class::Blocked, [360, 720, 1440, 1440]),
        ("404", reply(404, &[], b""), Class::Http, [120, 240, 480, 960]),
        ("401", reply(401, &[], b""), Class::Http, [360, 720, 1440, 1440]),
        ("500", reply(500, &[], b""), Class::Http, [15, 30, 60, 120]),
        ("no feed", ok(b"<!doctype html><html><body><p>Hello</p></body></html>"), Class::NotAFeed, [60, 120, 240, 480]),
        ("a loop", reply(302, &[("location", "/feed")], b""), Class::Redirects, [60, 120, 240, 480]),
    ] {
        let mut world = World::new(&["/feed"], "pause = \"0s\"", move |_| answer.clone()).await;
        world.next("f0").await;
        for minutes in minutes {
            assert_eq!((world.row("f0").health, world.row("f0").error.unwrap().0), (Health::Failing, class), "{what}");
            let wait = world.next("f0").await;
            assert!(about(minutes, wait), "{what}: {wait} instead of {minutes}");
        }
    }
    // It recovers, and the way is the short one again.
    let replies = vec![reply(500, &[], b""), reply(500, &[], b""), feed(&[], ""), reply(500, &[], b""), feed(&[], "")];
    let mut world = World::new(&["/feed"], "", in_turn(replies)).await;
    let mut waits = Vec::new();
    for _ in 0..5 {
        waits.push(world.next("f0").await);
    }
    assert!([0, 15, 30, 15, 15].into_iter().zip(&waits).all(|(m, w)| about(m, *w)), "{waits:?}");
    assert_eq!((world.row("f0").health, world.row("f0").failures), (Health::Well, 0));

    let mut world = World::new(&["/feed"], "", |_| reply(410, &[], b"")).await;
    world.next("f0").await;
    world.for_a_while(SignedDuration::from_hours(24 * 400)).await;
    assert_eq!((world.server.asked().len(), world.row("f0").health), (1, Health::Gone));
}

#[tokio::test]
async fn a_lasting_move_is_followed_and_a_passing_one_never() {
    for (status, followed) in [(301, true), (308, true), (302, false), (307, false)] {
        let mut world = World::new(&["/old"], "every = \"12h\"", move |asked| match asked.path() {
            "/old" => reply(status, &[("location", "/new")], b""),
            _ => feed(&[], ""),
        })
        .await;
        for _ in 0..9 {
            world.next("f0").await;
        }
        let direct = world.paths().iter().filter(|path| *path == "/new").count()
            - world.paths().iter().filter(|path| *path == "/old").count();
        assert_eq!(direct > 0, followed, "{status}: {:?}", world.paths());
        assert_eq!(world.row("f0").address.path() == "/new", followed, "{status}");
        assert_eq!(world.row("f0").subscription.url.path(), "/old", "what the user wrote stays");
        let first = world.paths().iter().position(|path| path == "/new").unwrap();
        assert!(first == 1 && world.paths()[..6].iter().filter(|path| *path == "/old").count() == 3, "{:?}", world.paths());
    }
}
