//! Step two: pending articles -> page text -> annotation -> story -> ledger -> rules -> one commit. That commit is the alert.
//!
//! Articles whose feed gives the whole text are read at once; those that need their page wait for it in memory, bounded, without holding up the
//! others. Nothing of that is lost by a kill: what is not committed is pending still.

use super::memory::Memory;
use super::page::{NoPage, PageResult, PageText, page, wants_page};
use super::progress::Loop;
use super::{InForce, Parts, STUMBLE, blocking, latest};
use crate::alert::{self, Alert, AlertKind};
use crate::article::{self, Article, ArticleId, StoryId};
use crate::feed::Validators;
use crate::ledger::{self, Decision, Ledger, LedgerId, Reason, Verdict};
use crate::rule::Channel;
use crate::store::{self, AlertRow, Batch, Before, Committed, DeliveryState, Done, Pending, StoryWork, TextFrom};
use crate::story::{Agency, Byline, Print, agency_of};
use crate::text::fold::Tokens;
use crate::text::language::Language;
use crate::text::{Annotation, Annotator};
use crate::url::Url;
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, error, info, info_span};

/// Articles of one commit.
const BATCH: u32 = 200;
/// Articles of one commit, where they are of first polls.
const BASELINE: usize = 120;
/// Article pages under way, or read and not committed yet.
const MAX_PAGES: usize = 200;
/// The loop looks again after this, even if nothing wakes it.
const LOOK: Duration = Duration::from_secs(60);
/// Fewer articles than this are annotated without help.
const WORTH_A_THREAD: usize = 8;

/// What one step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Processed {
    pub articles: usize,
    pub alerts: usize,
}

/// Reads pending articles.
pub struct Processor {
    parts: Arc<Parts>,
    tasks: JoinSet<(Edition, PageResult)>,
    /// `None`: its page is under way.
    pages: HashMap<Edition, Option<PageResult>>,
    memory: Arc<Mutex<Option<Memory>>>,
}

/// An article as it stands after so many edits.
type Edition = (ArticleId, u32);

fn edition(pending: &Pending) -> Edition {
    (pending.article.id, pending.edits)
}

impl Processor {
    pub fn new(parts: Arc<Parts>) -> Processor {
        Processor { parts, tasks: JoinSet::new(), pages: HashMap::new(), memory: Arc::default() }
    }

    /// Reads all that is pending, pages included. It waits for all pages that were asked for, so that it does not matter which comes first.
    pub async fn step(&mut self) -> store::Result<Processed> {
        let mut sum = Processed::default();
        loop {
            let one = self.batch().await?;
            sum.articles += one.articles;
            sum.alerts += one.alerts;
            let mut waited = false;
            while self.wait_for_page().await {
                waited = true;
            }
            if one.articles == 0 && !waited {
                return Ok(sum);
            }
        }
    }

    /// Commits a batch of the articles that are ready, and starts the pages of those that are not.
    async fn batch(&mut self) -> store::Result<Processed> {
        // Those whose pages are under way stand in the way of others.
        let limit = BATCH + self.pages.len() as u32;
        let pending = blocking(&self.parts, move |p| {
            p.store.requeue_pages(p.clock.now())?;
            p.store.pending(p.clock.now(), limit)
        })
        .await?;
        let mut ready = Vec::new();
        for one in pending {
            // What may be told waits for no more than a small batch of what may not.
            let told = ready.first().is_some_and(|(first, _): &(Pending, _)| !first.article.baseline);
            let room = if !one.article.baseline {
                BATCH as usize
            } else if told {
                0
            } else {
                BASELINE
            };
            if ready.len() < room && self.is_ready(&one) {
                let page = self.pages.remove(&edition(&one)).flatten();
                ready.push((one, page));
            }
        }
        if ready.is_empty() {
            return Ok(Processed::default());
        }
        let articles = ready.len();
        let memory = self.memory.clone();
        let (alerts, recounts) = blocking(&self.parts, move |p| {
            let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
            // Whatever fails on the way leaves nothing in it.
            let (told, remembered) = commit(p, ready, Memory::refresh(memory.take(), p, p.clock.now())?)?;
            *memory = Some(remembered);
            Ok(told)
        })
        .await?;
        self.tell(&alerts);
        for (receiver, row, delivery) in recounts {
            self.parts.progress.mark(Loop::Process);
            self.parts.notifier.update(&receiver, delivery, &row).await;
        }
        Ok(Processed { articles, alerts: alerts.len() })
    }

    /// Is everything there that the article needs? Otherwise its page is asked for, as far as there is room.
    fn is_ready(&mut self, pending: &Pending) -> bool {
        let id = edition(pending);
        if let Some(page) = self.pages.get(&id) {
            return page.is_some();
        }
        // The page of an older edition would be used for this one.
        self.pages.retain(|other, _| other.0 != id.0);
        if !wants_page(pending) {
            return true;
        }
        if self.pages.len() < MAX_PAGES {
            self.pages.insert(id, None);
            let (parts, pending) = (self.parts.clone(), pending.clone());
            let span = info_span!("page", article = id.0.0, outlet = %pending.article.outlet);
            self.tasks.spawn(async move { (id, page(&parts, &pending).await) }.instrument(span));
        }
        false
    }

    /// Waits for one page; false where none is under way.
    async fn wait_for_page(&mut self) -> bool {
        match self.tasks.join_next().await {
            Some(Ok((id, result))) => {
                if let Some(place) = self.pages.get_mut(&id) {
                    *place = Some(result);
                }
                true
            }
            Some(Err(e)) => {
                error!("reading a page broke off: {e}");
                self.pages.retain(|_, page| page.is_some());
                self.tasks.shutdown().await;
                true
            }
            None => false,
        }
    }

    fn tell(&self, alerts: &[Alert]) {
        for alert in alerts {
            info!(rule = %alert.rule, channel = %alert.channel, kind = %alert.kind, headline = %alert.headline, "alert");
        }
        if !alerts.is_empty() {
            self.parts.wake.deliver.notify_one();
        }
    }
}

/// The loop of the daemon.
pub(super) async fn run(in_force: InForce, stop: CancellationToken) {
    let mut processor = Processor::new(latest(&in_force));
    while !stop.is_cancelled() {
        let parts = latest(&in_force);
        parts.progress.mark(Loop::Process);
        processor.parts = parts.clone();
        match processor.batch().await {
            Ok(Processed { articles: 0, .. }) => {}
            Ok(_) => {
                // There may be more.
                parts.wake.process.notify_one();
                if let Err(e) = sum_up(&parts).await {
                    error!("the first polls could not be summed up: {e}");
                }
            }
            Err(e) => {
                error!("articles cannot be processed: {e}");
                parts.clock.sleep(STUMBLE).await;
                continue;
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = parts.wake.process.notified() => {}
            () = parts.clock.sleep(LOOK) => {}
            _ = processor.wait_for_page(), if !processor.tasks.is_empty() => {}
        }
    }
    processor.tasks.shutdown().await;
}

/// When all new feeds have been read once, one notification says so.
pub(super) async fn sum_up(parts: &Arc<Parts>) -> store::Result<()> {
    let told = blocking(parts, |p| {
        let now = p.clock.now();
        let Some(first) = p.store.first_polls(now)?.filter(|f| f.waiting == 0) else { return Ok(false) };
        let alert = alert::first_polls(first.read, first.failing, first.articles, first.recent_claims, p.language, now);
        p.store.sum_up(&first.feeds, alert, &p.receivers(&[]))
    })
    .await?;
    if told {
        parts.wake.deliver.notify_one();
    }
    Ok(())
}

/// The popups whose count of reports has grown: receiver, alert, delivery.
type Recount = (String, Alert, alert::DeliveryId);

/// The alerts of a commit, and the popups that it brings up to date.
type Outcome = (Vec<Alert>, Vec<Recount>);

/// Everything from texts to alerts, in one commit.
fn commit(parts: &Parts, ready: Vec<(Pending, Option<PageResult>)>, mut memory: Memory) -> store::Result<(Outcome, Memory)> {
    let now = parts.clock.now();
    let watched = parts.watch.now();
    let read = annotate(&watched.annotator, ready);
    let mut batch = Batch { at: Some(now), ..Batch::default() };
    // What this batch tells; its lines may have no number yet.
    let mut told: HashMap<(String, LedgerId), alert::Told> = HashMap::new();
    let mut put_to_stories = Vec::new();
    let silences = parts.store.silences(Some(now))?;

    for one in read {
        let Read { mut article, text_from, note, again, annotation, before, edits, page, found_at, print, agency } = one;
        let story = match &before {
            Some(before) => before.story,
            None => {
                let owner = article.owner.as_ref().unwrap_or(&article.outlet);
                let by = Byline { owner, state: article.state_media, agency };
                // A story has the number of the article that began it.
                let decision = memory.desk.take(&print, &by, StoryId(article.id.0));
                let story = decision.story;
                // Independent sources are counted by whose text it is.
                article.owner = Some(decision.origin.clone());
                put_to_stories.push((article.id, decision));
                story
            }
        };
        let decisions = decide(&mut memory.ledger, &article, story, &annotation, before.as_ref());
        let heard = |rule: &str, line: LedgerId| told.get(&(rule.to_owned(), line)).copied().or_else(|| memory.told(rule, line));
        let fresh = news_of(&decisions, &annotation, before.as_ref());
        let news = alert::News { article: &article, story, annotation: &annotation, decisions: &fresh };
        let mut alerts = alert::raise(&watched.policy, &news, &memory.ledger, &heard, now);
        if before.is_some() {
            // Names and words were told with the article; an edit is news where a claim changed.
            alerts.retain(|alert| alert.line.is_some());
        }
        for mut alert in alerts {
            if alert.channel != Channel::List && silences.iter().any(|silence| silence.matcher.covers(&alert)) {
                mute(&mut alert);
            }
            let heard = |line| told.get(&(alert.rule.clone(), line)).copied().or_else(|| memory.told(&alert.rule, line));
            let now_told = alert.told(heard);
            told.extend(now_told.into_iter().map(|(line, now)| ((alert.rule.clone(), line), now)));
            let receivers = receivers(parts, &alert);
            batch.alerts.push((alert, receivers));
        }
        let edited = before.map(|before| before.edited);
        let also = found_at.and_then(|url| article::keys(article.feed, None, Some(&url), "", "").pop());
        batch.done.push(Done { article, text_from, note, story, annotation, decisions, edits, edited, page, again, also });
    }
    batch.stories = StoryWork { decisions: put_to_stories, ..memory.story_work() };
    batch.lines = memory.ledger.altered().into_iter().cloned().collect();
    let repeated = repeated(&batch);
    let Committed { alerts, numbers } = parts.store.commit(batch)?;
    memory.ledger.settle(&numbers.0, now);
    let alerts = alerts.into_iter().map(|(_, alert)| alert).collect();
    Ok(((alerts, recounts(parts, &repeated, &memory.ledger)?), memory))
}

/// An article with everything that its text says.
struct Read {
    article: Article,
    text_from: TextFrom,
    note: Option<String>,
    again: Option<Timestamp>,
    annotation: Annotation,
    /// What it said when it was read before.
    before: Option<Before>,
    edits: u32,
    /// The validators of the page, where that is the text, and its address after redirects.
    page: Option<Validators>,
    found_at: Option<Url>,
    print: Print,
    agency: Option<&'static Agency>,
}

/// Nothing silenced gets out but that something told is not so. It counts as never told, and may be told when the silence is over.
fn mute(alert: &mut Alert) {
    if alert.takes_back() {
        alert.channel = Channel::Digest;
        return;
    }
    (alert.channel, alert.held) = (Channel::List, Some(alert::Held::Muted));
    alert.fingerprint.push_str("|muted");
}

/// Who gets it at once: of a popup all, of a toll that has grown those who can put it in the place of what they have.
fn receivers(parts: &Parts, alert: &Alert) -> Vec<String> {
    let replace = |name: &String| parts.notifier.receivers().iter().any(|r| r.name == *name && r.replaces());
    let mut all = parts.receivers(&alert.notify);
    all.retain(|name| !alert.except.contains(name));
    match (alert.channel, alert.held) {
        (Channel::Popup, _) => all,
        (Channel::Digest, Some(alert::Held::Toll)) => all.into_iter().filter(replace).collect(),
        _ => Vec::new(),
    }
}

/// What each claim is to the ledger. An edit says its claims when it is seen, not when the article was.
fn decide(
    ledger: &mut Ledger,
    article: &Article,
    story: StoryId,
    annotation: &Annotation,
    before: Option<&Before>,
) -> Vec<Decision> {
    let Some(before) = before else { return ledger.take(article, story, &annotation.claims) };
    let edited = Article { first_seen: before.edited, ..article.clone() };
    ledger.retake(&edited, story, &annotation.claims, &before.said)
}

/// The decisions that may be told: of an edit only those about claims that it did not make before.
fn news_of(decisions: &[Decision], annotation: &Annotation, before: Option<&Before>) -> Vec<Decision> {
    let old = |d: &Decision| {
        before.is_some_and(|b| annotation.claims.get(d.claim).is_some_and(|c| ledger::said_before(c, &b.said).is_some()))
    };
    decisions.iter().filter(|d| !old(d)).cloned().collect()
}

/// Annotates a batch, on as many threads as there are processors.
fn annotate(annotator: &Annotator, ready: Vec<(Pending, Option<PageResult>)>) -> Vec<Read> {
    let one = |(pending, page)| read(annotator, pending, page);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    if ready.len() < WORTH_A_THREAD || threads == 1 {
        return ready.into_iter().map(one).collect();
    }
    let share = ready.len().div_ceil(threads);
    let mut shares: Vec<Vec<_>> = Vec::new();
    let mut rest = ready.into_iter();
    while rest.len() > 0 {
        shares.push(rest.by_ref().take(share).collect());
    }
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            shares.into_iter().map(|share| scope.spawn(move || share.into_iter().map(one).collect::<Vec<_>>())).collect();
        workers.into_iter().flat_map(|w| w.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

/// Chooses the text of an article, its language, and annotates it.
fn read(annotator: &Annotator, pending: Pending, page: Option<PageResult>) -> Read {
    let Pending { mut article, entry_language, before, edits, .. } = pending;
    // What a first poll brought is no news; what is changed afterwards is, but not that its page was had at last.
    article.baseline &= before.is_none() || edits == 0;
    let (mut validators, mut found_at) = (None, None);
    // What the user wrote down about the feed counts most, then what the page says of itself, then the feed.
    let mut declared = article.language.or(entry_language);
    let mut again = None;
    let (text_from, note) = match page {
        Some(Ok(PageText::Same)) => {
            validators = before.as_ref().map(|before| before.page.clone());
            article.body = before.as_ref().map_or(article.body, |before| before.body.clone());
            (TextFrom::Page, None)
        }
        Some(Ok(PageText::Read(page, with, at))) => {
            (validators, found_at) = (Some(with), Some(at));
            declared = article.language.or_else(|| page.language.as_deref().and_then(Language::parse)).or(declared);
            if article.title.is_empty() {
                article.title = page.title;
            }
            article.published = article.published.or(page.published);
            article.body = page.text;
            (TextFrom::Page, None)
        }
        Some(Err(NoPage { note, again: at })) => {
            debug!(article = article.id.0, "the feed's own text is used: {note}");
            again = at;
            (TextFrom::Feed, Some(note))
        }
        None => (TextFrom::Feed, None),
    };
    let (text, title) = article.text();
    let tokens = Tokens::of(&text);
    let annotation = annotator.read(&tokens, title, declared);
    article.language = annotation.language;
    let (print, agency) = (Print::of(&article, &tokens, &annotation), agency_of(&tokens));
    Read { article, text_from, note, again, annotation, before, edits, page: validators, found_at, print, agency }
}

/// Known lines that were told once more, or whose toll has grown: what is shown of them is brought up to date.
fn repeated(batch: &Batch) -> Vec<LedgerId> {
    let silent = |verdict, reason| verdict == Verdict::Repeat || reason == Reason::TollGrew;
    let repeats = batch.done.iter().flat_map(|d| &d.decisions).filter(|d| silent(d.verdict, d.reason) && d.line.0 > 0);
    repeats.map(|d| d.line).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The alerts about those lines, with their new count, as far as they were shown.
fn recounts(parts: &Parts, lines: &[LedgerId], ledger: &Ledger) -> store::Result<Vec<Recount>> {
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let mut recounts = Vec::new();
    for AlertRow { mut alert, deliveries, .. } in parts.store.alerts_of(lines)? {
        let Some(line) = alert.line.and_then(|id| ledger.line(id)) else { continue };
        if alert.kind == AlertKind::Summary {
            continue;
        }
        alert::recount(&mut alert, line);
        let sent = deliveries.iter().filter(|d| d.2 == DeliveryState::Sent);
        recounts.extend(sent.map(|d| (d.1.clone(), alert.clone(), d.0)));
    }
    Ok(recounts)
}
