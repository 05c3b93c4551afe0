//! Stored articles, read again with the lexicons and names of today. What a text says still keeps its place in the ledger, what it never said
//! gives way, what was overlooked is judged as if its article had been edited. Nothing is fetched, and no daemon may run meanwhile.

use super::watched::{Watch, Watched};
use crate::alert::{self, Alert};
use crate::article::Article;
use crate::config::Config;
use crate::ledger::{Decision, Ledger, LedgerId, Reason, Said, WINDOW_DAYS, compared_with};
use crate::rule::Channel;
use crate::store::{self, AllTold, ArticleRow, Progress, Reprocessed, Reread, Rereading, Store};
use crate::text::claim::Action;
use crate::text::fold::Tokens;
use crate::text::{Annotation, Annotator};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeSet, HashMap};

/// Articles of one commit.
const BATCH: u32 = 500;

/// Reads on from where `from` says, and calls `tell` after each commit with what is done so far. What is committed stays if it is broken off.
pub fn reprocess(
    config: &Config,
    store: &Store,
    from: Progress,
    now: Timestamp,
    mut tell: impl FnMut(Reprocessed),
) -> Result<Reprocessed, String> {
    let watched = Watch::new(config, store)?.now();
    let receivers: Vec<String> = config.receivers.iter().map(|receiver| receiver.name.clone()).collect();
    let work = Work { watched: &watched, receivers, store, now };
    let mut done = Reprocessed::default();
    work.all(from, &mut done, &mut tell).map_err(|e| e.to_string())?;
    Ok(done)
}

/// What each part is read with.
struct Work<'w> {
    watched: &'w Watched,
    receivers: Vec<String>,
    store: &'w Store,
    now: Timestamp,
}

impl Work<'_> {
    fn all(&self, from: Progress, done: &mut Reprocessed, tell: &mut impl FnMut(Reprocessed)) -> store::Result<()> {
        let mut progress = from;
        loop {
            let rows = self.store.archive(progress.since, progress.after, BATCH)?;
            let Some(last) = rows.last().map(|row| row.article.id) else { break };
            progress.after = last;
            done.read += rows.len() as u64;
            let part = self.store.reread(self.part(rows, progress)?)?;
            done.changed += part.changed;
            done.claims += part.claims;
            done.superseded += part.superseded;
            done.lines += part.lines;
            done.alerts += part.alerts;
            tell(*done);
        }
        self.store.end_rereading()
    }

    /// What the next articles say now that they did not say before.
    fn part(&self, rows: Vec<ArticleRow>, progress: Progress) -> store::Result<Rereading> {
        let changed = changed(&self.watched.annotator, rows);
        let mut part = Rereading { articles: Vec::new(), lines: Vec::new(), alerts: Vec::new(), at: self.now, progress };
        let mut ledger = self.ledger(&changed)?;
        let mut told_before = AllTold::default();
        if progress.alert {
            self.store.hear_of(&mut told_before, Timestamp::MIN)?;
        }
        let mut told: HashMap<(String, LedgerId), alert::Told> = HashMap::new();
        for (row, annotation) in changed {
            let mut article = row.article;
            article.owner = self.store.origin(article.id)?.or(article.owner);
            // What is not to be told now is not to be told when it is repeated either.
            article.baseline |= !progress.alert;
            let Some(story) = row.story else { continue };
            let decisions = ledger.retake(&article, story, &annotation.claims, &row.claims);
            if progress.alert {
                let fresh: Vec<Decision> = decisions.iter().filter(|d| d.reason != Reason::Unedited).cloned().collect();
                let news = alert::News { article: &article, story, annotation: &annotation, decisions: &fresh };
                let heard = |rule: &str, line: LedgerId| {
                    told.get(&(rule.to_owned(), line)).copied().or_else(|| told_before.of(rule, line))
                };
                let alerts = alert::raise(&self.watched.policy, &news, &ledger, &heard, self.now);
                for alert in alerts {
                    let heard =
                        |line| told.get(&(alert.rule.clone(), line)).copied().or_else(|| told_before.of(&alert.rule, line));
                    let now_told = alert.told(heard);
                    told.extend(now_told.into_iter().map(|(line, now)| ((alert.rule.clone(), line), now)));
                    part.alerts.push(self.addressed(alert));
                }
            }
            part.articles.push(Reread { article: article.id, annotation, decisions });
        }
        part.lines = ledger.altered().into_iter().cloned().collect();
        Ok(part)
    }

    /// The lines that the claims of these articles are compared with: what was told about the time of each.
    fn ledger(&self, changed: &[(ArticleRow, Annotation)]) -> store::Result<Ledger> {
        let said = |row: &ArticleRow| row.claims.iter().map(|(claim, ..): &Said| claim.action).collect::<Vec<_>>();
        let actions: BTreeSet<Action> = changed
            .iter()
            .flat_map(|(row, annotation)| annotation.claims.iter().map(|claim| claim.action).chain(said(row)))
            .flat_map(compared_with)
            .copied()
            .collect();
        let seen = || changed.iter().map(|(row, _)| row.article.first_seen);
        let window = SignedDuration::from_hours(24 * WINDOW_DAYS);
        let from = seen().min().map_or(Timestamp::MIN, |t| t.saturating_sub(window).unwrap_or(Timestamp::MIN));
        let to = seen().max().map_or(Timestamp::MIN, |t| t.saturating_add(window).unwrap_or(Timestamp::MAX));
        let known = self.store.ledger_between(&actions.into_iter().collect::<Vec<_>>(), from, to)?;
        Ok(Ledger::with(known).since(self.store.first_article()?))
    }

    /// An alert with the receivers that it goes to.
    fn addressed(&self, alert: Alert) -> (Alert, Vec<String>) {
        let receivers = match (alert.channel, &alert.notify[..]) {
            (Channel::Popup, []) => self.receivers.clone(),
            (Channel::Popup, some) => some.to_vec(),
            _ => Vec::new(),
        };
        (alert, receivers)
    }
}

/// The articles in which something else is found than was. Those that wait to be read are left to the service.
fn changed(annotator: &Annotator, rows: Vec<ArticleRow>) -> Vec<(ArticleRow, Annotation)> {
    let one = |row: ArticleRow| {
        let annotation = annotate(annotator, &row.article);
        let same = row.article.language == annotation.language
            && row.mentions == annotation.mentions
            && row.claims.iter().map(|(claim, ..)| claim).eq(&annotation.claims);
        (!same && !row.pending).then_some((row, annotation))
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = rows.len().div_ceil(threads).max(1);
    let mut rest = rows.into_iter();
    let shares: Vec<Vec<ArticleRow>> =
        std::iter::repeat_with(|| rest.by_ref().take(share).collect::<Vec<_>>()).take_while(|share| !share.is_empty()).collect();
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            shares.into_iter().map(|share| scope.spawn(move || share.into_iter().filter_map(one).collect::<Vec<_>>())).collect();
        workers.into_iter().flat_map(|w| w.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

/// As the service reads it: what was known of its language then is obeyed.
fn annotate(annotator: &Annotator, article: &Article) -> Annotation {
    let (text, title) = article.text();
    let tokens = Tokens::of(&text);
    match article.language {
        None => annotator.read(&tokens, title, None),
        language => annotator.annotate(&tokens, title, language),
    }
}
