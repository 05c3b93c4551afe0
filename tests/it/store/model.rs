//! Random histories of polls, commits, deliveries and restarts, held against a model in memory.

use super::{Item, Place, SHORT, alert, at, batch, entry, keys};
use jiff::Timestamp;
use orbat::alert::DeliveryId;
use orbat::article::{FeedId, SameBy};
use orbat::feed::Entry;
use orbat::rule::Channel;
use orbat::store::{DeliveryResult, DeliveryState};
use orbat::text::fold;
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Parts of which entries are put together; few, so that they meet.
const GUIDS: &[&str] = &["", "g1", "g2"];
const LINKS: &[&str] = &["", "a", "b", "c"];
const TITLES: &[&str] = &["Troops move", "Elections", "Weather"];
const TEXTS: &[&str] = &["Two thousand go.", "Nobody won.", SHORT];
const RECEIVERS: [&str; 2] = ["desktop", "mail"];

#[derive(Clone, Debug)]
enum Step {
    Poll {
        feed: usize,
        entries: Vec<Item<'static>>,
    },
    /// Reads up to this many; a killed one is never committed.
    Read {
        limit: usize,
        killed: bool,
    },
    Deliver {
        nth: usize,
        outcome: Outcome,
    },
    Reopen,
}

#[derive(Clone, Copy, Debug)]
enum Outcome {
    Sent,
    Refused,
    Retry { counts: bool },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    use prop::sample::select;
    let entry = (select(GUIDS), select(LINKS), select(TITLES), select(TEXTS), -1..3i64);
    let outcome =
        prop_oneof![Just(Outcome::Sent), Just(Outcome::Refused), any::<bool>().prop_map(|counts| Outcome::Retry { counts }),];
    let step = prop_oneof![
        4 => (0..2usize, prop::collection::vec(entry, 0..4)).prop_map(|(feed, entries)| Step::Poll { feed, entries }),
        2 => (1..4usize, prop::bool::weighted(0.3)).prop_map(|(limit, killed)| Step::Read { limit, killed }),
        3 => (0..6usize, outcome).prop_map(|(nth, outcome)| Step::Deliver { nth, outcome }),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..25)
}

/// What the store should hold.
#[derive(Default)]
struct Model {
    articles: Vec<Written>,
    known: HashMap<(SameBy, String), usize>,
    /// By title, which is the fingerprint here, and receiver.
    deliveries: BTreeMap<(String, String), (DeliveryState, u32)>,
}

/// An article and all that it ever said.
struct Written {
    feed: FeedId,
    /// The words of each edition that was read, the newest last.
    read: Vec<(String, String)>,
    /// The feed's newest words.
    newest: (String, String),
    published: Option<Timestamp>,
    waits: bool,
}

fn searchable((title, text): &(String, String)) -> (String, String) {
    (fold::searchable(title), fold::searchable(text))
}

fn words(entry: &Entry) -> (String, String) {
    (entry.title.clone(), entry.text.clone())
}

impl Model {
    /// How many entries are new, and how many are editions.
    fn poll(&mut self, feed: FeedId, entries: &[Entry]) -> (u32, u32) {
        let before = self.articles.len();
        let (mut edited, mut seen) = (0, HashSet::new());
        for entry in entries {
            let keys = marks(feed, entry);
            let same = self.same(feed, &keys, entry, &seen);
            let article = same.unwrap_or(self.articles.len());
            seen.insert(article);
            if same.is_none() {
                let (newest, published) = (words(entry), entry.published);
                self.articles.push(Written { feed, read: Vec::new(), newest, published, waits: true });
                self.known.retain(|key, _| !keys.contains(key));
            }
            let unseen = !keys.iter().any(|key| key.0 == SameBy::Content && self.known.contains_key(key));
            let old = &mut self.articles[article];
            if same.is_some() && article < before && unseen && old.feed == feed && old.newest != words(entry) {
                (old.newest, old.waits) = (words(entry), true);
                edited += 1;
            }
            for key in keys {
                self.known.entry(key).or_insert(article);
            }
        }
        ((self.articles.len() - before) as u32, edited)
    }

    /// The article that has its words, else one that has its guid or address and is not told apart from it.
    fn same(&self, feed: FeedId, keys: &[(SameBy, String)], entry: &Entry, seen: &HashSet<usize>) -> Option<usize> {
        let words = keys.iter().find(|key| key.0 == SameBy::Content).and_then(|key| self.known.get(key));
        let new_guid = keys.iter().any(|key| key.0 == SameBy::Guid && !self.known.contains_key(key));
        words.copied().or_else(|| {
            let known = keys.iter().filter_map(|key| Some((key.0, *self.known.get(key)?)));
            let found = known.filter(|&(by, article)| {
                let old = &self.articles[article];
                let later = entry.published.is_some() && old.published.is_some() && entry.published > old.published;
                let two = seen.contains(&article) || (new_guid && by == SameBy::Url && old.feed == feed);
                let alone = keys.iter().filter(|key| self.known.get(*key) == Some(&article)).count() == 1;
                let other_text = old.newest.1 != entry.text;
                let other = (other_text && (later || two)) || (two && alone && entry.text == SHORT);
                !(other && old.newest.0 != entry.title)
            });
            found.map(|(_, article)| article).next()
        })
    }

    /// Reads the oldest that wait.
    fn read(&mut self, count: usize) {
        for article in self.articles.iter_mut().filter(|article| article.waits).take(count) {
            article.waits = false;
            if article.read.last().is_none_or(|last| searchable(last) != searchable(&article.newest)) {
                article.read.push(article.newest.clone());
            }
            for receiver in RECEIVERS {
                let key = (article.newest.0.clone(), receiver.to_owned());
                self.deliveries.entry(key).or_insert((DeliveryState::Due, 0));
            }
        }
    }

    fn deliver(&mut self, title: &str, receiver: &str, outcome: Outcome) {
        let Some((state, attempts)) = self.deliveries.get_mut(&(title.to_owned(), receiver.to_owned())) else { return };
        match outcome {
            Outcome::Sent => (*state, *attempts) = (DeliveryState::Sent, *attempts + 1),
            Outcome::Refused => (*state, *attempts) = (DeliveryState::Refused, *attempts + 1),
            Outcome::Retry { counts } => *attempts += u32::from(counts),
        }
    }
}

/// The keys of an entry, strongest first; a short one is known by all that it says.
fn marks(feed: FeedId, entry: &Entry) -> Vec<(SameBy, String)> {
    let mut keys = keys(feed, entry);
    if entry.text == SHORT {
        keys.push((SameBy::Content, format!("{feed} {:?} {:?} {}", entry.id, entry.link, entry.title)));
    }
    keys.sort();
    keys
}

/// The store holds what the model holds: every entry once, every delivery with an id of its own.
fn compare(place: &Place, model: &Model) {
    let mut stored = place.store.articles(&Default::default()).unwrap();
    stored.reverse();
    assert_eq!(stored.len(), model.articles.len());
    for (row, article) in stored.iter().zip(&model.articles) {
        assert_eq!(row.pending, article.waits);
        let versions = place.store.versions(row.article.id).unwrap().into_iter().map(|v| (v.title, v.body));
        let now = (row.article.title.clone(), row.article.body.clone());
        let read = versions.chain(row.read.map(|_| now)).collect::<Vec<_>>();
        assert_eq!(read, article.read, "all that was read is kept");
    }
    let waiting = place.store.pending(at(99), 999).unwrap();
    let newest: Vec<_> = waiting.into_iter().map(|p| (p.article.title, p.article.body)).collect();
    let expected: Vec<_> = model.articles.iter().filter(|a| a.waits).map(|a| a.newest.clone()).collect();
    assert_eq!(newest, expected);

    let mut ids: HashSet<DeliveryId> = HashSet::new();
    let mut deliveries = BTreeMap::new();
    for row in place.store.alerts(&Default::default()).unwrap() {
        for (id, receiver, state, attempts, _, _) in row.deliveries {
            assert!(ids.insert(id));
            deliveries.insert((row.alert.fingerprint.clone(), receiver), (state, attempts));
        }
    }
    assert_eq!(deliveries, model.deliveries);
}

fn run(steps: &[Step]) {
    let mut place = Place::new();
    let mut model = Model::default();
    let feeds = ["one", "two"].map(|name| place.feed(name));
    for step in steps {
        match step {
            Step::Poll { feed, entries } => {
                let feed = feeds[*feed];
                let read: Vec<_> = entries.iter().map(entry).collect();
                let (new, edited) = model.poll(feed, &read);
                let summary = place.poll(feed, 0, entries);
                assert_eq!((summary.new, summary.edited), (new, edited));
                let again = place.poll(feed, 0, entries);
                assert_eq!((again.new, again.edited), (0, 0), "the same poll again brings nothing");
                model.poll(feed, &read);
            }
            Step::Read { limit, killed } => {
                let mut batch = batch(&place.store, 1);
                batch.done.truncate(*limit);
                let told = batch.done.iter().map(|done| alert(&done.article.title, Channel::Popup));
                batch.alerts = told.map(|alert| (alert, RECEIVERS.map(str::to_owned).to_vec())).collect();
                if !killed {
                    model.read(batch.done.len());
                    place.store.commit(batch).unwrap();
                }
            }
            Step::Deliver { nth, outcome } => {
                let due = place.store.due_deliveries(at(9), 99).unwrap();
                let Some(delivery) = due.get(*nth) else { continue };
                let result = match *outcome {
                    Outcome::Sent => DeliveryResult::Sent,
                    Outcome::Refused => DeliveryResult::Refused { reason: "no".into() },
                    Outcome::Retry { counts } => DeliveryResult::Retry { at: at(1), counts, reason: "later".into() },
                };
                place.store.record_delivery(delivery.id, &result, at(9)).unwrap();
                model.deliver(&delivery.alert.fingerprint, &delivery.receiver, *outcome);
            }
            Step::Reopen => place.reopen(),
        }
        compare(&place, &model);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_history_is_the_models(steps in steps()) {
        run(&steps);
    }
}
