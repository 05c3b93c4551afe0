//! Poll, process, deliver, reload and what users do, in any order; any fetch and any send may fail, and between any two steps everything is
//! closed and opened again. Held against a model: every entry is stored once, every claim is told once, every delivery arrives and is known by
//! its id, a receiver for people gets no more popups than it bears and loses none of the others, and nothing silenced gets out.
//!
//! `ORBAT_COURSES` says how many courses are run (12).

use super::desk::{CLAIMS, Desk, Mood, before, configuration, feed, publish, report, soldiers};
use jiff::{SignedDuration, Timestamp};
use orbat::alert::{AlertId, AlertKind, DeliveryId};
use orbat::clock::Clock;
use orbat::config::{self, Config};
use orbat::daemon::{self, Deliverer, Parts, Poller, Processor};
use orbat::rule::Channel;
use orbat::store::{AlertFilter, AlertRow, ArticleFilter, DeliveryState, Store};
use orbat::web::{Page, Site};
use proptest::prelude::*;
use proptest::test_runner::{Config as Courses, TestRunner};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;

const PAPERS: usize = 3;
/// What one receiver for people bears, as configured by default.
const LIMITS: [(usize, i64); 2] = [(3, 10), (12, 60)];

/// One step.
#[derive(Clone, Debug)]
pub enum Step {
    /// The next claim, in these papers.
    Publish([bool; PAPERS]),
    /// A paper answers with something that is no feed, or is well again.
    Press(usize, bool),
    Mood(usize, Mood),
    Poll,
    Process,
    Deliver,
    Tick,
    /// Minutes.
    Wait(i64),
    Reopen,
    /// With or without a mute time for people, from now on.
    Reload(bool),
    /// The user mutes the n-th popup that has arrived.
    Mute(usize),
    Wrong(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let mood = prop_oneof![2 => Just(Mood::Takes), 1 => Just(Mood::Fails), 1 => Just(Mood::TakesAndFails)];
    prop_oneof![
        6 => any::<[bool; PAPERS]>().prop_map(Step::Publish),
        1 => (0..PAPERS, any::<bool>()).prop_map(|(paper, well)| Step::Press(paper, well)),
        2 => (0..2usize, mood).prop_map(|(desk, mood)| Step::Mood(desk, mood)),
        4 => Just(Step::Poll),
        4 => Just(Step::Process),
        5 => Just(Step::Deliver),
        1 => Just(Step::Tick),
        3 => (1..400i64).prop_map(Step::Wait),
        2 => Just(Step::Reopen),
        1 => any::<bool>().prop_map(Step::Reload),
        1 => (0..20usize).prop_map(Step::Mute),
        1 => (0..20usize).prop_map(Step::Wrong),
    ]
}

/// The daemon's parts; all of it can be closed and opened again.
struct House {
    parts: std::sync::Arc<Parts>,
    poller: Poller,
    processor: Processor,
    deliverer: Deliverer,
}

pub struct World {
    dir: TempDir,
    site: Site,
    address: SocketAddr,
    clock: Clock,
    program: Desk,
    people: Desk,
    papers: Vec<Vec<(String, String)>>,
    well: [bool; PAPERS],
    claims: usize,
    muted_hours: bool,
    /// What the user muted: the lines and story, when, and what had arrived by then.
    mutes: Vec<(AlertRow, Timestamp, BTreeSet<i64>)>,
    house: Option<House>,
}

impl World {
    pub async fn new() -> World {
        World::in_folder(tempfile::tempdir().unwrap()).await
    }

    pub async fn in_folder(dir: TempDir) -> World {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let site = Site::default();
        tokio::spawn(site.clone().serve(listener, std::future::pending()));
        let mut world = World {
            dir,
            site,
            address,
            clock: Clock::simulated(Timestamp::now()),
            program: Desk::open().await,
            people: Desk::open().await,
            papers: (0..PAPERS).map(|paper| vec![before(paper)]).collect(),
            well: [true; PAPERS],
            claims: 0,
            muted_hours: false,
            mutes: Vec::new(),
            house: None,
        };
        (0..PAPERS).for_each(|paper| world.print(paper));
        world.open();
        // The first polls are a baseline.
        for step in [Step::Poll, Step::Process, Step::Tick, Step::Deliver] {
            world.play(&step).await;
        }
        world
    }

    fn config(&self) -> Config {
        let mute = if self.muted_hours { "mute = [\"00:00-24:00\"]\n" } else { "" };
        let receivers = self.program.receiver("webhook", "program") + &self.people.receiver("ntfy", "people") + mute;
        config::parse(&self.dir.path().join("orbat.toml"), &configuration(self.address, PAPERS, &receivers)).unwrap()
    }

    fn open(&mut self) {
        self.house = None;
        let store = Store::open(&self.dir.path().join("orbat.db")).unwrap();
        let config = self.config();
        daemon::sync(&config, &store, &self.clock).unwrap();
        let (parts, _) = Parts::new(&config, store, self.clock.clone()).unwrap();
        let [poll, process, deliver] = [parts.clone(), parts.clone(), parts.clone()];
        let (poller, processor, deliverer) = (Poller::new(poll), Processor::new(process), Deliverer::new(deliver));
        self.house = Some(House { parts, poller, processor, deliverer });
    }

    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// How many claims were published.
    pub fn claims(&self) -> usize {
        self.claims
    }

    /// How many the program has been told of.
    pub fn told_to_programs(&self) -> usize {
        self.program.told().applied.values().filter(|json| json["alert"]["rule"] == "troops").count()
    }

    pub async fn poll_and_process(&mut self) -> orbat::store::Result<()> {
        let house = self.house.as_mut().unwrap();
        for feed in house.parts.store.feeds()? {
            house.parts.store.make_due(feed.id, self.clock.now())?;
        }
        house.poller.step().await?;
        house.processor.step().await?;
        house.deliverer.step().await
    }

    fn store(&self) -> &Store {
        &self.house.as_ref().unwrap().parts.store
    }

    fn print(&self, paper: usize) {
        if self.well[paper] {
            publish(&self.site, self.address, paper, &self.papers[paper]);
        } else {
            let body = "<html><body>Down for maintenance</body></html>".to_owned();
            self.site.put(feed(paper), Page { content_type: "text/html", body });
        }
    }

    pub async fn play(&mut self, step: &Step) {
        let now = self.clock.now();
        let house = self.house.as_mut().unwrap();
        match step {
            Step::Publish(papers) => self.publish(papers),
            Step::Press(paper, well) => {
                self.well[*paper] = *well;
                self.print(*paper);
            }
            Step::Mood(desk, mood) => [&self.program, &self.people][*desk].set(*mood),
            Step::Poll => {
                for feed in house.parts.store.feeds().unwrap() {
                    house.parts.store.make_due(feed.id, now).unwrap();
                }
                house.poller.step().await.unwrap();
            }
            Step::Process => drop(house.processor.step().await.unwrap()),
            Step::Deliver => house.deliverer.step().await.unwrap(),
            Step::Tick => daemon::tick(&house.parts).await.unwrap(),
            Step::Wait(minutes) => self.clock.sleep(Duration::from_secs(60 * minutes.unsigned_abs())).await,
            Step::Reopen => self.open(),
            Step::Reload(muted) => {
                self.muted_hours = *muted;
                self.open();
            }
            Step::Mute(n) => {
                if let Some(row) = self.arrived(*n) {
                    self.store().mute(row.id, now + SignedDuration::from_hours(24), now).unwrap();
                    self.mutes.push((row, now, self.known_ids()));
                }
            }
            Step::Wrong(n) => {
                if let Some(row) = self.arrived(*n) {
                    self.store().wrong(row.id, now).unwrap();
                }
            }
        }
    }

    fn publish(&mut self, papers: &[bool; PAPERS]) {
        if self.claims == CLAIMS || !papers.contains(&true) {
            return;
        }
        for paper in (0..PAPERS).filter(|paper| papers[*paper]) {
            self.papers[paper].push(report(paper, self.claims));
            self.print(paper);
        }
        self.claims += 1;
    }

    /// The n-th popup that somebody has got by itself.
    fn arrived(&self, n: usize) -> Option<AlertRow> {
        let known = self.known_ids();
        let has = |row: &AlertRow| !row.alert.claims.is_empty() && row.deliveries.iter().any(|d| known.contains(&d.0.0));
        let rows: Vec<AlertRow> = self.alerts().into_iter().filter(has).collect();
        let count = rows.len().max(1);
        rows.into_iter().nth(n % count)
    }

    fn known_ids(&self) -> BTreeSet<i64> {
        self.program.told().applied.into_keys().chain(self.people.told().applied.into_keys()).collect()
    }

    fn alerts(&self) -> Vec<AlertRow> {
        self.store().alerts(&AlertFilter { limit: 10_000, ..AlertFilter::default() }).unwrap()
    }

    /// All is well again, and goes on until nothing is left to be done.
    pub async fn settle(&mut self) {
        for step in [Step::Mood(0, Mood::Takes), Step::Mood(1, Mood::Takes), Step::Reload(false)] {
            self.play(&step).await;
        }
        for paper in 0..PAPERS {
            self.play(&Step::Press(paper, true)).await;
        }
        for _ in 0..60 {
            for step in [Step::Poll, Step::Process, Step::Tick, Step::Deliver, Step::Wait(60)] {
                self.play(&step).await;
            }
            let counts = self.store().counts(self.clock.now()).unwrap();
            if counts.deliveries_due + counts.pending == 0 {
                return;
            }
        }
    }

    pub fn check(&self) {
        self.check_entries();
        let rows = self.alerts();
        self.check_claims(&rows);
        rows.iter().for_each(|row| self.check_deliveries(row));
        self.check_limits(&rows);
        self.check_silence();
        assert_eq!(self.program.told().mixed_up, [] as [i64; 0], "an id is one alert");
        let known = rows.iter().flat_map(|row| row.deliveries.iter().map(|d| d.0.0)).collect::<BTreeSet<_>>();
        assert!(self.known_ids().is_subset(&known), "nobody was told what is not written down");
    }

    fn check_entries(&self) {
        let rows = self.store().articles(&ArticleFilter { limit: 10_000, ..ArticleFilter::default() }).unwrap();
        let entries: usize = self.papers.iter().map(Vec::len).sum();
        let stored: BTreeSet<_> = rows.iter().map(|row| row.article.url.clone()).collect();
        assert_eq!((rows.len(), stored.len()), (entries, entries), "each entry is stored once");
        assert!(rows.iter().all(|row| !row.pending), "and read");
    }

    /// Each claim has one alert of the rule, loud or (muted in the meantime) not.
    fn check_claims(&self, rows: &[AlertRow]) {
        let mut told: BTreeMap<u64, usize> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.alert.rule == "troops" && row.alert.kind == AlertKind::New) {
            *told.entry(row.alert.claims[0].amount.low.unwrap()).or_default() += 1;
        }
        let wrong: BTreeSet<u64> =
            rows.iter().filter(|row| row.wrong.is_some()).map(|row| row.alert.claims[0].amount.low.unwrap()).collect();
        // What was called wrong is new when somebody says it again: twice is right there.
        told.iter_mut().filter(|(count, _)| wrong.contains(count)).for_each(|(_, n)| *n = 1);
        assert_eq!(told, (0..self.claims).map(|n| (soldiers(n), 1)).collect());
    }

    /// Each delivery has arrived, by itself or within one that has, or was not to.
    fn check_deliveries(&self, row: &AlertRow) {
        if row.alert.channel == Channel::Popup && !row.alert.claims.is_empty() {
            let to: Vec<_> = row.deliveries.iter().map(|d| d.1.as_str()).collect();
            assert_eq!(to, ["program", "people"], "one delivery to each: {row:?}");
        }
        for (id, receiver, state, _, error, _) in &row.deliveries {
            let desk = if receiver == "program" { &self.program } else { &self.people };
            let has = desk.told().applied.contains_key(&id.0);
            match state {
                DeliveryState::Sent => assert!(has, "{id} is said to be sent"),
                DeliveryState::Joined => self.check_joined(*id, row),
                DeliveryState::Silenced => assert!(row.wrong.is_some() || self.is_muted(row), "{row:?}"),
                DeliveryState::Due | DeliveryState::Refused => panic!("{id} is left over ({error:?}): {row:?}"),
            }
        }
    }

    /// What was held back is in the message that tells it.
    fn check_joined(&self, id: DeliveryId, row: &AlertRow) {
        let into = self.store().joined_into(id).unwrap().expect("it says into which");
        let title = orbat::alert::words(&row.alert, orbat::text::language::Language::parse("en").unwrap()).title;
        let message = self.store().delivery(into).unwrap().unwrap();
        let shown = message.alert.lines.iter().any(|line| line.contains(&title));
        assert!(shown || message.alert.lines.len() >= 40, "{title} is not in {:?}", message.alert.lines);
        assert!(self.people.told().applied.contains_key(&into.0));
    }

    fn is_muted(&self, row: &AlertRow) -> bool {
        self.mutes.iter().any(|(muted, ..)| muted.alert.story == row.alert.story || muted.alert.line == row.alert.line)
    }

    /// No more popups in any ten minutes and any hour than people bear.
    fn check_limits(&self, rows: &[AlertRow]) {
        let mut sent: Vec<Timestamp> = rows
            .iter()
            .filter(|row| !row.alert.claims.is_empty())
            .flat_map(|row| row.deliveries.iter().filter(|d| d.1 == "people").filter_map(|d| d.5))
            .collect();
        sent.sort_unstable();
        for (most, minutes) in LIMITS {
            for window in sent.windows(most + 1) {
                assert!(window[most].duration_since(window[0]) >= SignedDuration::from_mins(minutes), "{window:?}");
            }
        }
    }

    /// What was muted is told no more, for a day.
    fn check_silence(&self) {
        for (muted, at, known) in &self.mutes {
            for id in self.known_ids().difference(known) {
                let delivery = self.store().delivery(DeliveryId(*id)).unwrap().unwrap();
                let alert = delivery.alert;
                let same = alert.line.is_some() && alert.line == muted.alert.line;
                let (_, sent) = self.sent(delivery.alert_id, *id);
                let within = sent.is_none_or(|sent| sent.duration_since(*at) < SignedDuration::from_hours(24));
                assert!(!same || !within || alert.kind == AlertKind::Correction, "muted, and told: {alert:?}");
            }
        }
    }

    fn sent(&self, alert: AlertId, id: i64) -> (DeliveryState, Option<Timestamp>) {
        let row = self.store().alert(alert).unwrap().unwrap();
        row.deliveries.iter().find(|d| d.0.0 == id).map(|d| (d.2, d.5)).unwrap()
    }
}

#[test]
fn in_whatever_order_nothing_is_lost_or_told_twice() {
    let courses = std::env::var("ORBAT_COURSES").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(file!());
    let config = Courses {
        cases: courses,
        max_shrink_iters: 200,
        source_file: None,
        failure_persistence: Some(Box::new(proptest::test_runner::FileFailurePersistence::Direct(Box::leak(
            source.with_file_name("order.proptest-regressions").display().to_string().into_boxed_str(),
        )))),
        ..Courses::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let course = proptest::collection::vec(step(), 10..60);
    TestRunner::new(config)
        .run(&course, |steps| {
            runtime.block_on(async {
                let mut world = World::new().await;
                for step in &steps {
                    world.play(step).await;
                }
                world.settle().await;
                world.check();
            });
            Ok(())
        })
        .unwrap_or_else(|e| panic!("{e}"));
}
