//! The real process, killed at random instants under load: every entry is stored once, every claim told once to every rule, every delivery
//! arrives, and what arrives twice is known by its id.
//!
//! `ORBAT_KILLS` says how often (20); `ORBAT_SEED` plays one course again.

use super::desk::{CLAIMS, Desk, Mood, before, configuration, publish, report, soldiers};
use jiff::Timestamp;
use orbat::store::{AlertFilter, AlertRow, ArticleFilter, DeliveryState, Store};
use orbat::web::Site;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

const PAPERS: usize = 5;
/// The longest that a process is left alone, in milliseconds.
const LIFE: u64 = 900;
/// Whatever is waited for comes within this, or the test fails.
const PATIENCE: Duration = Duration::from_secs(120);
/// Rules beside the built-in one that have their own receiver, and so tell every claim themselves.
const RULE: &str = "[[rule]]\nname = \"sent abroad\"\nfigure = { action = [\"deploy\"] }\nnotify = [\"second\"]\n\
                    [[rule]]\nname = \"troops\"\nnotify = [\"first\"]\n";

/// The real program; killed when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(dir: &Path) -> Running {
    let log = std::fs::File::options().create(true).append(true).open(dir.join("log")).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_orbat"))
        .args(["--config".as_ref(), dir.join("orbat.toml").as_os_str(), "--data".as_ref(), dir.as_os_str(), "run".as_ref()])
        .env("HOME", dir)
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env_remove("XDG_RUNTIME_DIR")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    Running(child)
}

/// The papers, and what they have published.
struct Press {
    site: Site,
    address: SocketAddr,
    items: Vec<Vec<(String, String)>>,
}

impl Press {
    async fn open() -> Press {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let site = Site::default();
        tokio::spawn(site.clone().serve(listener, std::future::pending()));
        let press = Press { site, address, items: (0..PAPERS).map(|paper| vec![before(paper)]).collect() };
        (0..PAPERS).for_each(|paper| press.print(paper));
        press
    }

    fn print(&self, paper: usize) {
        publish(&self.site, self.address, paper, &self.items[paper]);
    }

    /// A claim in some of the papers, which tell it in words of their own.
    fn tell(&mut self, claim: usize, random: &mut fastrand::Rng) {
        let first = random.usize(0..PAPERS);
        for step in 0..random.usize(1..=3) {
            let paper = (first + step) % PAPERS;
            self.items[paper].push(report(paper, claim));
            self.print(paper);
        }
    }

    fn entries(&self) -> usize {
        self.items.iter().map(Vec::len).sum()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_told_twice_by_kills() {
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let (kills, seed) = (number("ORBAT_KILLS").unwrap_or(20), number("ORBAT_SEED").unwrap_or_else(|| fastrand::u64(..)));
    eprintln!("ORBAT_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let dir = tempfile::tempdir().unwrap();
    let (mut press, first, second) = (Press::open().await, Desk::open().await, Desk::open().await);
    let toml = configuration(
        press.address,
        PAPERS,
        &(first.receiver("webhook", "first") + &second.receiver("webhook", "second") + RULE),
    );
    std::fs::write(dir.path().join("orbat.toml"), toml).unwrap();

    let mut child = start(dir.path());
    let store = Store::open(&dir.path().join("orbat.db")).unwrap();
    until("the first polls are read", || {
        let feeds = store.feeds().unwrap();
        feeds.len() == PAPERS && feeds.iter().all(|f| f.baselined)
    })
    .await;

    let mut claims = 0;
    for n in 0..kills {
        // The last kills find all that can be told already told, and work on what is left of it.
        for _ in 0..random.usize(0..=8).min(CLAIMS - claims) {
            press.tell(claims, &mut random);
            claims += 1;
        }
        for desk in [&first, &second] {
            desk.set([Mood::Takes, Mood::Takes, Mood::Fails, Mood::TakesAndFails][random.usize(0..4)]);
        }
        poll_now(&store);
        tokio::time::sleep(Duration::from_millis(random.u64(0..LIFE))).await;
        drop(child);
        if n % 5 == 0 {
            check_database(dir.path());
        }
        child = start(dir.path());
    }
    first.set(Mood::Takes);
    second.set(Mood::Takes);
    poll_now(&store);
    until("all is read", || read(&store) == press.entries()).await;
    until("all is delivered", || {
        // A back-off may outlast the patience of a test: as `orbat deliveries retry` does.
        store.hurry(Timestamp::now()).unwrap();
        store.counts(Timestamp::now()).unwrap().deliveries_due == 0 && popups(&store).len() >= 2 * claims
    })
    .await;

    let expected: BTreeMap<u64, usize> = (0..claims).map(|n| (soldiers(n), 1)).collect();
    for (desk, rule) in [(&first, "troops"), (&second, "sent abroad")] {
        let told = desk.told();
        let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
        for json in told.applied.values().filter(|json| json["alert"]["rule"] == rule) {
            *counts.entry(json["alert"]["claims"][0]["low"].as_u64().unwrap_or_default()).or_default() += 1;
        }
        assert_eq!(counts, expected, "each claim once by {rule} (ORBAT_SEED={seed})");
        assert_eq!(told.mixed_up, [] as [i64; 0]);
    }
    for row in popups(&store) {
        for (id, receiver, state, ..) in &row.deliveries {
            let desk = if receiver == "first" { &first } else { &second };
            assert_eq!(*state, DeliveryState::Sent, "{row:?}");
            assert!(desk.told().applied.contains_key(&id.0), "delivery {id} is written down as sent and has not arrived");
        }
    }
    assert_eq!(read(&store), press.entries(), "each entry once");
}

fn poll_now(store: &Store) {
    for feed in store.feeds().unwrap() {
        store.make_due(feed.id, Timestamp::now()).unwrap();
    }
}

fn read(store: &Store) -> usize {
    let rows = store.articles(&ArticleFilter { limit: 10_000, ..ArticleFilter::default() }).unwrap();
    rows.iter().filter(|row| !row.pending).count()
}

fn popups(store: &Store) -> Vec<AlertRow> {
    let rows = store.alerts(&AlertFilter { limit: 10_000, ..AlertFilter::default() }).unwrap();
    rows.into_iter().filter(|row| !row.alert.claims.is_empty() && !row.deliveries.is_empty()).collect()
}

/// The file of a killed process is whole.
fn check_database(dir: &Path) {
    let db = rusqlite::Connection::open(dir.join("orbat.db")).unwrap();
    let said: String = db.query_row("PRAGMA quick_check", [], |r| r.get(0)).unwrap();
    assert_eq!(said, "ok");
}

async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
