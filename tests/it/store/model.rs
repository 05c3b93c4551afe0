//! Random histories of polls, commits, deliveries and restarts, held against a model in memory.

use super::{Item, Place, SHORT, alert, at, batch, entry, keys};
use orbat::alert::DeliveryId;
use orbat::article::{FeedId, SameBy};
use orbat::feed::Entry;
use orbat::rule::Channel;
use orbat::store::{DeliveryResult, DeliveryState};
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
    articles: Vec<Entry>,
    known: HashMap<(SameBy, String), usize>,
    /// Articles that are read.
    read: usize,
    /// By title, which is the fingerprint here, and receiver.
    deliveries: BTreeMap<(String, String), (DeliveryState, u32)>,
}

impl Model {
    fn poll(&mut self, feed: FeedId, entries: &[Entry]) -> u32 {
        let before = self.articles.len();
        for entry in entries {
            let keys = marks(feed, entry);
            let same = self.same(&keys, entry, before);
            let article = same.unwrap_or(self.articles.len());
            if same.is_none() {
                self.articles.push(entry.clone());
                self.known.retain(|key, _| !keys.contains(key));
            }
            for key in keys {
                self.known.entry(key).or_insert(article);
            }
        }
        (self.articles.len() - before) as u32
    }

    /// The article that has its words, else one that has its guid or address and is not told apart from it.
    fn same(&self, keys: &[(SameBy, String)], entry: &Entry, before: usize) -> Option<usize> {
        let words = keys.iter().find(|key| key.0 == SameBy::Content).and_then(|key| self.known.get(key));
        words.copied().or_else(|| {
            keys.iter().filter_map(|key| self.known.get(key)).copied().find(|&article| {
                let old = &self.articles[article];
                let later = entry.published.is_some() && old.published.is_some() && entry.published > old.published;
                !((later || article >= before) && old.title != entry.title && old.text != entry.text)
            })
        })
    }

    fn read(&mut self, count: usize) {
        for article in &self.articles[self.read..self.read + count] {
            for receiver in RECEIVERS {
                let key = (article.title.clone(), receiver.to_owned());
                self.deliveries.entry(key).or_insert((DeliveryState::Due, 0));
            }
        }
        self.read += count;
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
    let words: Vec<_> = stored.iter().map(|row| (row.article.title.as_str(), row.article.body.as_str())).collect();
    let expected: Vec<_> = model.articles.iter().map(|e| (e.title.as_str(), e.text.as_str())).collect();
    assert_eq!(words, expected);
    assert_eq!(stored.iter().filter(|row| !row.pending).count(), model.read);
    assert_eq!(place.store.pending(at(99), 999).unwrap().len(), model.articles.len() - model.read);

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
                assert_eq!(place.poll(feed, 0, entries).new, model.poll(feed, &read));
                assert_eq!(place.poll(feed, 0, entries).new, 0, "the same poll again brings nothing");
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
