//! The daemon from end to end over loopback: told once, with its copies counted, stopped cleanly, killed at any instant.

use jiff::Timestamp;
use orbat::article::FeedId;
use orbat::clock::Clock;
use orbat::config::{self, Config};
use orbat::daemon::{self, Parts};
use orbat::notify::Answer;
use orbat::rule::Channel;
use orbat::store::{AlertFilter, AlertRow, ArticleFilter, DeliveryState, Store};
use orbat::text::query::Query;
use orbat::web::{Page, Site};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc::Sender;

/// Whatever is waited for in these tests comes within this, or the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A few papers on loopback, a database, and the configuration that joins them.
struct World {
    dir: TempDir,
    site: Site,
    address: SocketAddr,
    store: Store,
}

impl World {
    async fn new() -> World {
        let dir = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let site = Site::default();
        tokio::spawn(site.clone().serve(listener, std::future::pending()));
        let store = Store::open(&dir.path().join("orbat.db")).unwrap();
        World { dir, site, address, store }
    }

    /// Puts the feed `name` at its address: items as title and text, oldest first.
    fn publish(&self, name: &str, items: &[(String, String)]) {
        let mut rss =
            format!("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>{name}</title><language>nl</language>");
        for (n, (title, text)) in items.iter().enumerate().rev() {
            let link = format!("http://{}/{name}/{n}", self.address);
            write!(rss, "<item><title>{title}</title><link>{link}</link><description>{text}</description></item>").unwrap();
        }
        rss.push_str("</channel></rss>");
        self.site.put(format!("127.0.0.1/{name}.xml"), Page { content_type: "application/rss+xml", body: rss });
    }

    /// The configuration with these feeds; alerts go to an Atom file.
    fn configuration(&self, feeds: &[&str]) -> String {
        let mut toml = String::from("[poll]\npause = \"0s\"\n");
        for name in feeds {
            let url = format!("http://{}/{name}.xml", self.address);
            write!(toml, "[[feed]]\nurl = \"{url}\"\nname = \"{name}\"\nfull_text = \"never\"\n").unwrap();
        }
        toml.push_str("[[receiver]]\nname = \"desktop\"\ntype = \"desktop\"\nenabled = false\n");
        write!(toml, "[[receiver]]\nname = \"file\"\ntype = \"atom\"\npath = \"{}\"\n", self.atom().display()).unwrap();
        toml
    }

    fn database(&self) -> PathBuf {
        self.dir.path().join("orbat.db")
    }

    fn atom(&self) -> PathBuf {
        self.dir.path().join("alerts.atom")
    }

    fn config(&self, feeds: &[&str]) -> Config {
        config::parse(&self.dir.path().join("orbat.toml"), &self.configuration(feeds)).unwrap()
    }

    /// As `orbat feed poll` does.
    fn poll_now(&self) {
        for feed in self.store.feeds().unwrap() {
            self.store.make_due(feed.id, Timestamp::now()).unwrap();
        }
    }

    fn articles(&self) -> usize {
        let rows = self.store.articles(&ArticleFilter { limit: 1_000, ..ArticleFilter::default() }).unwrap();
        rows.iter().filter(|row| !row.pending).count()
    }

    fn popups(&self) -> Vec<AlertRow> {
        let filter = AlertFilter { channel: Some(Channel::Popup), limit: 1_000, ..AlertFilter::default() };
        let rows = self.store.alerts(&filter).unwrap();
        rows.into_iter().filter(|row| row.alert.rule == "troops").collect()
    }

    fn all_sent(&self) -> bool {
        self.store.counts(Timestamp::now()).unwrap().deliveries_due == 0
    }
}

/// Runs the daemon in this process while `play` does its part; then stops it and demands that it ends in time.
async fn with_daemon(config: &Config, world: &World, play: impl AsyncFnOnce(Sender<Answer>)) {
    // A handle of its own: the test's is that of a command beside the daemon.
    let store = Store::open(&world.database()).unwrap();
    daemon::sync(config, &store, &Clock::System).unwrap();
    let (parts, _) = Parts::new(config, store, Clock::System).unwrap();
    // The test does what people do with popups.
    let (hand, answers) = tokio::sync::mpsc::channel(1);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let service = tokio::spawn(daemon::run(parts, answers, async { drop(stopped.await) }));
    play(hand).await;
    drop(stop);
    tokio::time::timeout(Duration::from_secs(10), service).await.expect("stops within ten seconds").unwrap().unwrap();
}

/// Looks until `done`.
async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn item(title: &str, text: &str) -> (String, String) {
    (title.to_owned(), text.to_owned())
}

/// News of so many soldiers on their way: figures apart enough to be news each.
fn news(n: usize) -> (String, String) {
    let count = 1_000 * (1 << n);
    item(
        &format!("Bericht {n}"),
        &format!(
            "Het Pentagon stuurt {count} militairen naar Polen. Dat is vandaag bekendgemaakt in Washington, aldus bericht nummer {n}."
        ),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn news_is_told_once_and_its_copies_are_counted() {
    let world = World::new().await;
    let old = item("Het weer", "Morgen is het bewolkt en blijft het droog in het hele land.");
    for name in ["een", "twee"] {
        world.publish(name, std::slice::from_ref(&old));
    }
    let config = world.config(&["een", "twee"]);
    with_daemon(&config, &world, async |_| {
        until("the first polls are read", || world.store.feeds().unwrap().iter().all(|f| f.baselined)).await;
        world.publish("een", &[old.clone(), item("Amerika stuurt troepen", "Het Pentagon stuurt 2000 militairen naar Polen.")]);
        world.poll_now();
        until("it is told", || world.popups().len() == 1).await;
        world.publish(
            "twee",
            &[old.clone(), item("Troepen voor Polen", "Amerika stuurt 2000 militairen naar Polen, meldt het Pentagon.")],
        );
        world.poll_now();
        until("the copy is read", || world.store.search(&Query::parse("\"troepen voor\"").unwrap(), 5).unwrap().len() == 1).await;
        until("all is delivered", || world.all_sent()).await;
    })
    .await;
    let popups = world.popups();
    assert_eq!(popups.len(), 1);
    assert_eq!(popups[0].deliveries[0].2, DeliveryState::Sent);
    let line = popups[0].alert.line.unwrap();
    let (known, appearances) = world.store.line(line).unwrap().unwrap();
    assert_eq!((known.reports, appearances.len()), (2, 2));
    assert!(std::fs::read_to_string(world.atom()).unwrap().contains("2,000"), "the receiver has it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_poll_is_stored_and_not_told() {
    let world = World::new().await;
    world.publish("een", &[news(1), news(2)]);
    let config = world.config(&["een"]);
    with_daemon(&config, &world, async |_| {
        until("it is summed up", || world.store.alerts(&AlertFilter { limit: 9, ..AlertFilter::default() }).unwrap().len() == 1)
            .await;
    })
    .await;
    assert_eq!((world.articles(), world.popups().len()), (2, 0));
    let rows = world.store.alerts(&AlertFilter { limit: 9, ..AlertFilter::default() }).unwrap();
    assert_eq!(rows[0].alert.kind.as_str(), "summary");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_is_told_where_a_claim_changed() {
    let world = World::new().await;
    let old =
        item("Militairen in Estland", "Groot-Brittannië heeft 900 militairen in Estland, zegt het ministerie van Defensie.");
    world.publish("een", std::slice::from_ref(&old));
    let config = world.config(&["een"]);
    let text =
        |n: u32, more: &str| item("Amerika stuurt troepen", &format!("Het Pentagon stuurt {n} militairen naar Polen.{more}"));
    let edited = || world.store.articles(&ArticleFilter::default()).unwrap().iter().map(|row| row.versions).sum::<u32>();
    with_daemon(&config, &world, async |_| {
        until("the first poll is read", || world.store.feeds().unwrap()[0].baselined && world.articles() == 1).await;
        world.publish("een", &[old.clone(), text(2000, "")]);
        world.poll_now();
        until("it is told", || world.popups().len() == 1).await;
        world.publish("een", &[old.clone(), text(2000, " Dat is vandaag bekendgemaakt in Washington.")]);
        world.poll_now();
        until("the edit is read", || edited() == 1).await;
        world.publish("een", &[old.clone(), text(5000, " Dat is vandaag bekendgemaakt in Washington.")]);
        world.poll_now();
        until("the change is told", || world.popups().len() == 2).await;
        assert_eq!(edited(), 2);
        // What a first poll brought is no news; its change is, and new to those who were not told of it before.
        let more = item(&old.0, &old.1.replace("900", "1.900"));
        world.publish("een", &[more, text(5000, " Dat is vandaag bekendgemaakt in Washington.")]);
        world.poll_now();
        until("it is read", || edited() == 3).await;
        until("all is delivered", || world.all_sent()).await;
    })
    .await;
    let popups = world.popups();
    assert_eq!(popups.len(), 2, "the edit that changed no claim was not told");
    let told = &popups[0].alert;
    assert_eq!((told.kind.as_str(), told.before.map(|(amount, _)| amount.low)), ("correction", Some(Some(2000))));
    let rows = world.store.articles(&ArticleFilter::default()).unwrap();
    assert_eq!(rows.len(), 2, "editions are no articles");
    let (known, _) = world.store.line(told.line.unwrap()).unwrap().unwrap();
    assert_eq!((known.reports, known.amount.low), (1, Some(5000)), "one article, however often it is edited");
    let later = world.store.undigested().unwrap();
    assert!(later.iter().any(|(_, alert)| alert.kind.as_str() == "new" && alert.claims[0].amount.low == Some(1900)), "{later:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_fails_is_asked_again_later() {
    let world = World::new().await;
    let config = world.config(&["niet"]);
    with_daemon(&config, &world, async |_| {
        until("it has failed", || world.store.feeds().unwrap()[0].failures == 1).await;
    })
    .await;
    let feed = &world.store.feeds().unwrap()[0];
    assert_eq!(feed.id, FeedId(1));
    assert!(feed.next_check > Timestamp::now() && feed.error.as_ref().unwrap().1.contains("404"), "{feed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_answer_popups() {
    let world = World::new().await;
    let old = item("Het weer", "Morgen is het bewolkt en blijft het droog in het hele land.");
    world.publish("een", std::slice::from_ref(&old));
    let config = world.config(&["een"]);
    with_daemon(&config, &world, async |hand| {
        until("the first poll is read", || world.store.feeds().unwrap()[0].baselined).await;
        world.publish("een", &[old.clone(), news(1)]);
        world.poll_now();
        until("it is told", || world.popups().len() == 1).await;
        let told = world.popups().remove(0);
        hand.send(Answer::Mute(told.deliveries[0].0)).await.unwrap();
        until("it is muted", || world.store.muted(Timestamp::now()).unwrap().0.contains(&told.alert.line.unwrap())).await;
        world.publish("een", &[old.clone(), news(1), news(2)]);
        world.poll_now();
        let listed = AlertFilter { channel: Some(Channel::List), limit: 9, ..AlertFilter::default() };
        until("its change is only listed", || !world.store.alerts(&listed).unwrap().is_empty()).await;
        hand.send(Answer::Wrong(told.deliveries[0].0)).await.unwrap();
        until("it is marked as wrong", || world.store.alert(told.id).unwrap().unwrap().wrong.is_some()).await;
    })
    .await;
    assert_eq!(world.popups().len(), 1, "nothing pops up about what is muted");
}

/// Starts the real program.
fn start(world: &World, config: &Path) -> Running {
    let child = Command::new(env!("CARGO_BIN_EXE_orbat"))
        .args(["--config".as_ref(), config.as_os_str(), "--data".as_ref(), world.dir.path().as_os_str(), "run".as_ref()])
        .env("HOME", world.dir.path())
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Running(child)
}

/// The real program; killed when a test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Kills the real process at arbitrary instants under load: every entry is stored once, every claim told once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_by_kills() {
    let kills: u64 = std::env::var("ORBAT_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(10);
    let world = World::new().await;
    let config = world.dir.path().join("orbat.toml");
    std::fs::write(&config, world.configuration(&["een"])).unwrap();
    let mut items = vec![item("Het weer", "Morgen is het bewolkt en blijft het droog in het hele land.")];
    world.publish("een", &items);
    let mut child = start(&world, &config);
    until("the first poll is read", || world.store.feeds().unwrap().first().is_some_and(|f| f.baselined)).await;
    let mut random = fastrand::Rng::with_seed(7);
    for n in 0..kills {
        items.push(news(n as usize % 20));
        world.publish("een", &items);
        world.poll_now();
        tokio::time::sleep(Duration::from_millis(random.u64(0..700))).await;
        drop(child);
        child = start(&world, &config);
    }
    // One more entry, for the last process to read: only then is it ready to be asked to stop.
    items.push(item("Het weer van morgen", "Overmorgen schijnt de zon en wordt het warmer aan de kust."));
    world.publish("een", &items);
    world.poll_now();
    until("all is read", || world.articles() == items.len()).await;
    until("all is told", || world.popups().len() == kills.min(20) as usize && world.all_sent()).await;

    let mut told: Vec<_> = world.popups().iter().map(|row| row.alert.claims[0].amount.low.unwrap()).collect();
    told.sort_unstable();
    told.dedup();
    assert_eq!(told.len(), kills.min(20) as usize, "each figure once");
    // The summary is made when nothing is left to be read, so it may come last.
    let entries = || std::fs::read_to_string(world.atom()).unwrap_or_default().matches("<entry>").count();
    let sums = || world.store.first_polls(Timestamp::now()).unwrap().is_none() && world.all_sent();
    until("the first poll is summed up", sums).await;
    assert_eq!(entries(), world.popups().len() + 1, "each delivery once, and the summary");

    // And a stop that is asked for ends well.
    let asked = Command::new("kill").args(["-TERM", &child.0.id().to_string()]).status().unwrap();
    assert!(asked.success());
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.0.try_wait().unwrap() {
            break status;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "stops within ten seconds");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(status.success(), "{status}");
}
