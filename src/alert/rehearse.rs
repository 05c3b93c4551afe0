//! What rules would have told of articles that are read already: the ledger and the alerts of a stretch of the archive, made anew in memory.

use super::{Alert, News, Policy, Told, raise};
use crate::article::{Article, StoryId};
use crate::ledger::{Known, Ledger, LedgerId, WINDOW_DAYS, compared_with};
use crate::text::Annotation;
use crate::text::claim::Action;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};

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
    lines: BTreeMap<LedgerId, Known>,
    told: HashMap<(String, LedgerId), Told>,
    /// Stories that a rule has told: once each.
    stories: BTreeSet<String>,
    next: i64,
    /// When the first article of the archive was seen.
    since: Option<Timestamp>,
}

impl Rehearsal {
    /// Begins with an empty ledger: to be right about what is new, it has to hear the days before as well.
    pub fn new(policy: Policy, since: Option<Timestamp>) -> Rehearsal {
        Rehearsal { policy, lines: BTreeMap::new(), told: HashMap::new(), stories: BTreeSet::new(), next: 1, since }
    }

    /// The alerts that these articles would have given rise to.
    pub fn hear(&mut self, batch: &[Heard]) -> Vec<Alert> {
        let Some(last) = batch.last() else { return Vec::new() };
        let mut ledger = Ledger::with(self.known(batch, last.article.first_seen)).since(self.since);
        let (mut alerts, mut fresh) = (Vec::new(), HashMap::<(String, LedgerId), Told>::new());
        for Heard { article, story, annotation } in batch {
            let decisions = ledger.take(article, *story, &annotation.claims);
            let heard = |fresh: &HashMap<(String, LedgerId), Told>, rule: &str, line: LedgerId| {
                let key = (rule.to_owned(), line);
                fresh.get(&key).or_else(|| self.told.get(&key)).copied()
            };
            let news = News { article, story: *story, annotation, decisions: &decisions };
            let told = |rule: &str, line: LedgerId| heard(&fresh, rule, line);
            for alert in raise(&self.policy, &news, &ledger, &told, article.first_seen) {
                // A story is told once to a rule; the daemon knows that by the fingerprint in its store.
                if alert.line.is_none() && !self.stories.insert(alert.fingerprint.clone()) {
                    continue;
                }
                let now_told = alert.told(|line| heard(&fresh, &alert.rule, line));
                fresh.extend(now_told.into_iter().map(|(line, now)| ((alert.rule.clone(), line), now)));
                alerts.push(alert);
            }
        }
        self.keep(&ledger, fresh);
        alerts
    }

    /// The lines that the claims of a batch are compared with, as the store would give them.
    fn known(&self, batch: &[Heard], now: Timestamp) -> Vec<Known> {
        let actions: BTreeSet<Action> = batch
            .iter()
            .flat_map(|heard| &heard.annotation.claims)
            .flat_map(|claim| compared_with(claim.action))
            .copied()
            .collect();
        let since = now.saturating_sub(SignedDuration::from_hours(24 * WINDOW_DAYS)).unwrap_or(Timestamp::MIN);
        self.lines.values().filter(|line| actions.contains(&line.action) && line.last_seen >= since).cloned().collect()
    }

    /// Numbers the lines that the batch has made, and remembers all that it has altered or told.
    fn keep(&mut self, ledger: &Ledger, fresh: HashMap<(String, LedgerId), Told>) {
        let mut numbers = HashMap::new();
        for line in ledger.altered() {
            let mut line = line.clone();
            if line.id.0 < 0 {
                let made = std::mem::replace(&mut line.id, LedgerId(self.next));
                numbers.insert(made, line.id);
                self.next += 1;
            }
            self.lines.insert(line.id, line);
        }
        let numbered = |id: LedgerId| numbers.get(&id).copied().unwrap_or(id);
        self.told.extend(fresh.into_iter().map(|((rule, line), told)| ((rule, numbered(line)), told)));
    }
}
