//! What rules would have told of articles that are read already: the ledger and the alerts of a stretch of the archive, made anew in memory.

use super::{Alert, News, Policy, Told, raise};
use crate::article::{Article, StoryId};
use crate::ledger::{Ledger, LedgerId};
use crate::text::Annotation;
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};

/// An article as it was read.
#[derive(Clone, Debug)]
pub struct Heard {
    pub article: Article,
    pub story: StoryId,
    pub annotation: Annotation,
}

/// The archive in the order in which it was first seen, taken in batch by batch. Its lines have numbers of their own.
#[derive(Debug)]
pub struct Rehearsal {
    policy: Policy,
    ledger: Ledger,
    told: HashMap<(String, LedgerId), Told>,
    /// Stories that a rule has told: once each.
    stories: BTreeSet<String>,
    next: i64,
}

impl Rehearsal {
    /// Begins with an empty ledger: to be right about what is new, it has to hear the days before as well. `since` is when the first article of
    /// the archive was seen.
    pub fn new(policy: Policy, since: Option<Timestamp>) -> Rehearsal {
        let ledger = Ledger::default().since(since);
        Rehearsal { policy, ledger, told: HashMap::new(), stories: BTreeSet::new(), next: 1 }
    }

    /// The alerts that these articles would have given rise to.
    pub fn hear(&mut self, batch: &[Heard]) -> Vec<Alert> {
        let Some(last) = batch.last() else { return Vec::new() };
        let (mut alerts, mut fresh) = (Vec::new(), HashMap::<(String, LedgerId), Told>::new());
        for Heard { article, story, annotation } in batch {
            let decisions = self.ledger.take(article, *story, &annotation.claims);
            let heard = |fresh: &HashMap<(String, LedgerId), Told>, rule: &str, line: LedgerId| {
                let key = (rule.to_owned(), line);
                fresh.get(&key).or_else(|| self.told.get(&key)).copied()
            };
            let news = News { article, story: *story, annotation, decisions: &decisions };
            let told = |rule: &str, line: LedgerId| heard(&fresh, rule, line);
            for alert in raise(&self.policy, &news, &self.ledger, &told, article.first_seen) {
                // A story is told once to a rule; the daemon knows that by the fingerprint in its store.
                if alert.line.is_none() && !self.stories.insert(alert.fingerprint.clone()) {
                    continue;
                }
                let now_told = alert.told(|line| heard(&fresh, &alert.rule, line));
                fresh.extend(now_told.into_iter().map(|(line, now)| ((alert.rule.clone(), line), now)));
                alerts.push(alert);
            }
        }
        self.keep(last.article.first_seen, fresh);
        alerts
    }

    /// Numbers the lines that the batch has made, and remembers what it has told.
    fn keep(&mut self, now: Timestamp, fresh: HashMap<(String, LedgerId), Told>) {
        let made = self.ledger.altered().into_iter().map(|line| line.id).filter(|id| id.0 < 0);
        let numbers: HashMap<LedgerId, LedgerId> = made.zip((self.next..).map(LedgerId)).collect();
        self.next += numbers.len() as i64;
        self.ledger.settle(&numbers, now);
        let numbered = |id: LedgerId| numbers.get(&id).copied().unwrap_or(id);
        self.told.extend(fresh.into_iter().map(|((rule, line), told)| ((rule, numbered(line)), told)));
    }
}
