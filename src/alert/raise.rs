//! The alerts that an article gives rise to.

use super::evidence::{excerpt, sentence_around, stands_first};
use super::phrases::Phrases;
use super::words::MAX_ALSO;
use super::{Alert, AlertKind, Held, Policy, title};
use crate::article::{Article, StoryId};
use crate::ledger::{Decision, Known, Ledger, LedgerId, Reason, Verdict};
use crate::rule::{Channel, Match, Rule, loudness};
use crate::text::Annotation;
use crate::text::claim::{Action, Claim, Context, Measure};
use crate::text::fold::Tokens;
use crate::text::language::Language;
use crate::text::query::Query;
use crate::text::span::Span;
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;

/// What is dated further back than this when first seen never pops up.
pub const OLD: SignedDuration = SignedDuration::from_hours(48);
/// A date further ahead than this is a mistake, and as good as none.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// Dates before 1995 stand for none: no feed is older.
const FIRST_FEEDS: i64 = 788_918_400;

/// An article with what was found in it and decided about it.
#[derive(Clone, Copy)]
pub struct News<'a> {
    pub article: &'a Article,
    pub story: StoryId,
    pub annotation: &'a Annotation,
    /// Those of [`Ledger::take`].
    pub decisions: &'a [Decision],
}

/// What a rule has to tell about one line.
struct Telling<'a> {
    line: &'a Known,
    kind: AlertKind,
    channel: Channel,
    held: Option<Held>,
    decision: &'a Decision,
    /// As told: what the sentence leaves out is the line's.
    claim: Claim,
}

/// The alerts that an article gives rise to: at most one popup for a receiver, none for a baseline article. `told` gives the revision of a line
/// that a rule has told, of this batch as well: [`Alert::lines_told`] of the alerts raised before.
pub fn raise(
    policy: &Policy,
    news: &News,
    ledger: &Ledger,
    told: &dyn Fn(&str, LedgerId) -> Option<u32>,
    now: Timestamp,
) -> Vec<Alert> {
    let claims = !news.annotation.claims.is_empty();
    let mut rules = policy.rules.iter().filter(|rule| rule.enabled && (claims || !rule.needs_figures())).peekable();
    if news.article.baseline || rules.peek().is_none() {
        return Vec::new();
    }
    let (text, title) = news.article.text();
    let tokens = Tokens::of(&text);
    let annotation = in_context(news);
    let news = &News { annotation: &annotation, ..*news };
    let desk = Desk { policy, news, ledger, told, tokens: &tokens, title, now };
    let mut alerts: Vec<Alert> = rules.flat_map(|rule| desk.alerts_of(rule)).collect();
    one_popup(&mut alerts);
    alerts
}

/// The article with what other outlets have told of the context of its claims.
fn in_context<'a>(news: &News<'a>) -> Cow<'a, Annotation> {
    let mut annotation = Cow::Borrowed(news.annotation);
    for (decision, context) in news.decisions.iter().filter_map(|d| Some((d, d.context?))) {
        if let Some(claim) = annotation.to_mut().claims.get_mut(decision.claim) {
            claim.context = context;
        }
    }
    annotation
}

/// Where there is a popup, it shows what else the article says, behind its own and as far as it has room; the digest need not say that again.
fn join_popup(tellings: Vec<Telling>) -> Vec<Telling> {
    let shown = tellings.iter().filter(|t| t.channel == Channel::Popup).count();
    let room = if shown == 0 { 0 } else { (1 + MAX_ALSO).saturating_sub(shown) };
    let waits = |t: &Telling| t.channel == Channel::Digest && t.decision.maybe.is_none();
    let (mut waiting, mut tellings): (Vec<Telling>, Vec<Telling>) = tellings.into_iter().partition(waits);
    waiting.iter_mut().take(room).for_each(|telling| telling.channel = Channel::Popup);
    tellings.extend(waiting);
    tellings
}

/// Of several popups for one receiver the first stays, the others wait for the digest; what tells no line that was not told is only listed.
fn one_popup(alerts: &mut [Alert]) {
    for i in 1..alerts.len() {
        let (before, [alert, ..]) = alerts.split_at_mut(i) else { return };
        let heard: Vec<&Alert> =
            before.iter().filter(|other| other.channel != Channel::List && share_receivers(other, alert)).collect();
        let known = |line: &(LedgerId, u32)| heard.iter().any(|other| other.lines_told.contains(line));
        if !alert.lines_told.is_empty() && alert.lines_told.iter().all(known) {
            alert.channel = Channel::List;
        } else if alert.channel == Channel::Popup && heard.iter().any(|other| other.channel == Channel::Popup) {
            alert.channel = Channel::Digest;
            alert.held = Some(Held::SecondPopup);
        }
    }
}

fn share_receivers(a: &Alert, b: &Alert) -> bool {
    a.notify.is_empty() || b.notify.is_empty() || a.notify.iter().any(|name| b.notify.contains(name))
}

/// An article on the desk, with all that is asked of it.
pub(super) struct Desk<'a> {
    policy: &'a Policy,
    pub(super) news: &'a News<'a>,
    pub(super) ledger: &'a Ledger,
    pub(super) told: &'a dyn Fn(&str, LedgerId) -> Option<u32>,
    pub(super) tokens: &'a Tokens<'a>,
    title: usize,
    now: Timestamp,
}

impl<'a> Desk<'a> {
    pub(super) fn language(&self) -> Language {
        self.policy.language
    }

    fn alerts_of(&self, rule: &Rule) -> Vec<Alert> {
        let holds = rule.holds(self.news.article, self.news.annotation, self.tokens, self.title);
        match holds {
            Some(found) if found.claims.is_empty() => vec![self.about_story(rule, &found)],
            Some(found) if rule.sum.is_some() => self.about_sum(rule, &found).into_iter().collect(),
            holds if rule.is_figure_rule() => self.about_claims(rule, &self.with_owed(rule, holds.unwrap_or_default())),
            _ => Vec::new(),
        }
    }

    /// Whoever was told a claim is told its correction and its denial, even if it does not match any more.
    fn with_owed(&self, rule: &Rule, mut found: Match) -> Match {
        let owed = |d: &&Decision| {
            matches!(d.verdict, Verdict::Correction | Verdict::Disputed)
                && (self.told)(&rule.name, d.line).is_some()
                && !found.claims.contains(&d.claim)
        };
        let owed: Vec<usize> = self.news.decisions.iter().filter(owed).map(|d| d.claim).collect();
        found.claims.extend(owed);
        found
    }

    /// One alert for each channel that has something; a popup shows what would wait for the digest as well.
    fn about_claims(&self, rule: &Rule, found: &Match) -> Vec<Alert> {
        let mut tellings = self.tellings(rule, found);
        tellings.sort_by_key(|telling| std::cmp::Reverse(lead(telling)));
        let tellings = join_popup(tellings);
        let of = |channel| tellings.iter().filter(move |t| t.channel == channel).collect::<Vec<_>>();
        Channel::ALL.iter().filter_map(|&channel| self.figure_alert(rule, found, &of(channel))).collect()
    }

    /// What is to be told, one entry for each line of the ledger.
    fn tellings(&self, rule: &Rule, found: &Match) -> Vec<Telling<'a>> {
        let mut tellings: Vec<Telling> = Vec::new();
        for decision in self.news.decisions.iter().filter(|d| found.claims.contains(&d.claim)) {
            let Some(telling) = self.telling(rule, decision) else { continue };
            match tellings.iter_mut().find(|other| other.line.id == telling.line.id) {
                Some(other) if weight(&telling) > weight(other) => *other = telling,
                Some(_) => {}
                None => tellings.push(telling),
            }
        }
        tellings
    }

    fn telling(&self, rule: &Rule, decision: &'a Decision) -> Option<Telling<'a>> {
        let line = self.ledger.line(decision.line)?;
        let claim = self.news.annotation.claims.get(decision.claim)?;
        let kind = self.kind(rule, decision, line)?;
        let mut claim = claim.clone();
        if kind != AlertKind::New {
            complete(&mut claim, line);
        }
        let asked = self.asked(rule, &claim);
        let held = if asked == Channel::Popup { self.held(decision, line, kind, &claim) } else { None };
        let channel = if held.is_some() { Channel::Digest } else { asked };
        Some(Telling { line, kind, channel, held, decision, claim })
    }

    /// What the line is to this rule, if it is to be told at all: a repeat only where the rule never had it.
    fn kind(&self, rule: &Rule, decision: &Decision, line: &Known) -> Option<AlertKind> {
        let told = (self.told)(&rule.name, line.id);
        if told.is_some_and(|revision| revision >= line.revision) {
            return None;
        }
        // What moved on for one who never had it is new to him.
        let had = told.is_some() || line.marks.quiet;
        Some(match decision.verdict {
            Verdict::Repeat if line.marks.quiet => return None,
            _ if decision.reason == Reason::Series => AlertKind::Series,
            Verdict::Change if decision.before.is_none() => AlertKind::New,
            Verdict::Change if had => AlertKind::Change,
            Verdict::Correction if had => AlertKind::Correction,
            Verdict::Disputed if had => AlertKind::Disputed,
            Verdict::Repeat if told.is_some() => AlertKind::Change,
            _ => AlertKind::New,
        })
    }

    /// How loud the rule asks for the claim to be.
    fn asked(&self, rule: &Rule, claim: &Claim) -> Channel {
        let asked = match rule.alert {
            Some(channel) => channel,
            None if rule.builtin => loudness(claim, &self.policy.home),
            None => Channel::Popup,
        };
        let past = claim.context == Context::History && !rule.builtin && !rule.asks_for_history();
        if asked == Channel::Popup && past { Channel::List } else { asked }
    }

    /// Why what a rule asks a popup for waits for the digest.
    fn held(&self, decision: &Decision, line: &Known, kind: AlertKind, claim: &Claim) -> Option<Held> {
        let strength = matches!(kind, AlertKind::New | AlertKind::Change)
            && claim.action == Action::Present
            && claim.measure != Some(Measure::Change);
        match decision.reason {
            _ if kind == AlertKind::Series => Some(Held::Series),
            _ if is_old(self.news.article) => Some(Held::Old),
            Reason::OneReport => Some(Held::OneReport),
            Reason::TollGrew => Some(Held::Toll),
            _ if decision.maybe.is_some() || line.marks.maybe.is_some() => Some(Held::Doubt),
            _ if claim.measure == Some(Measure::Part) && kind == AlertKind::New => Some(Held::Part),
            _ if strength && self.ledger.is_young(self.news.article.first_seen) => Some(Held::Strength),
            _ => None,
        }
    }

    fn figure_alert(&self, rule: &Rule, found: &Match, tellings: &[&Telling]) -> Option<Alert> {
        let (lead, others) = tellings.split_first()?;
        let line = lead.line;
        let (sentence, mark) = excerpt(self.tokens.text, lead.claim.sentence, lead.claim.span);
        let mut claims = vec![lead.claim.clone()];
        claims.extend(others.iter().map(|other| other.claim.clone()));
        claims.extend(self.parts(tellings));
        Some(Alert {
            fingerprint: format!("{}|line#{}|{}", rule.name, line.id, line.revision),
            kind: lead.kind,
            channel: lead.channel,
            held: lead.held,
            line: Some(line.id),
            sentence,
            mark,
            claims,
            lines_told: tellings.iter().map(|telling| (telling.line.id, telling.line.revision)).collect(),
            maybe: lead.decision.maybe.and_then(|id| self.ledger.line(id)).map(|other| self.named(other, &lead.claim)),
            lines: self.by_region(rule, &lead.claim).into_iter().collect(),
            before: lead.decision.before.filter(|_| lead.kind != AlertKind::New),
            reports: line.reports,
            independent: line.outlets.len() as u32,
            ..self.blank(rule, found)
        })
    }

    /// Other numbers of the article for the lines told: parts of a sum.
    fn parts(&self, tellings: &[&Telling]) -> Vec<Claim> {
        let mut parts: Vec<Claim> = Vec::new();
        for decision in self.news.decisions {
            let Some(claim) = self.news.annotation.claims.get(decision.claim) else { continue };
            let of_told = tellings.iter().any(|t| t.line.id == decision.line && t.claim.amount.reach() > claim.amount.reach());
            let shown = |other: &Claim| other.amount == claim.amount && other.action == claim.action;
            if of_told && !tellings.iter().any(|t| shown(&t.claim)) && !parts.iter().any(shown) {
                parts.push(claim.clone());
            }
        }
        parts
    }

    /// Says so where only a region around the place that the rule asks for is named.
    fn by_region(&self, rule: &Rule, claim: &Claim) -> Option<String> {
        let p = Phrases::of(self.policy.language);
        let (place, region) = rule.by_region(claim)?;
        Some(p.fill("body.by_region", &[("place", &p.name(place)), ("region", &p.name(region))]))
    }

    /// A line in words, for "maybe the same as".
    fn named(&self, line: &Known, like: &Claim) -> String {
        let mut claim = Claim { hedged: false, measure: None, context: Context::Current, places: Vec::new(), ..like.clone() };
        (claim.from, claim.to, claim.at) = Default::default();
        (claim.force, claim.status) = (None, line.status);
        complete(&mut claim, line);
        title::plain(&claim, Phrases::of(self.policy.language))
    }

    /// A story is told once to a rule, by its first article that matches.
    fn about_story(&self, rule: &Rule, found: &Match) -> Alert {
        let mention = found.mentions.first().and_then(|&i| self.news.annotation.mentions.get(i));
        let word = || found.words.iter().filter_map(|word| Query::parse(word).ok()?.find(self.tokens)).min();
        let mark = mention.map(|mention| mention.span).or_else(word);
        let first = mark.is_some_and(|mark| stands_first(self.tokens, self.title, mark)) && !is_old(self.news.article);
        let channel = match rule.alert.unwrap_or(Channel::Digest) {
            Channel::Popup if !first => Channel::Digest,
            channel => channel,
        };
        let (sentence, mark) =
            mark.map_or_else(Default::default, |mark| excerpt(self.tokens.text, sentence_around(self.tokens, mark), mark));
        let fingerprint = format!("{}|story#{}", rule.name, self.news.story);
        Alert { fingerprint, kind: AlertKind::Entity, channel, sentence, mark, ..self.blank(rule, found) }
    }

    /// What all alerts of this article have in common.
    pub(super) fn blank(&self, rule: &Rule, found: &Match) -> Alert {
        let article = self.news.article;
        Alert {
            fingerprint: String::new(),
            rule: rule.name.clone(),
            kind: AlertKind::New,
            channel: Channel::List,
            created: self.now,
            article: Some(article.id),
            story: Some(self.news.story),
            line: None,
            url: article.url.clone(),
            outlet: article.outlet.clone(),
            language: self.news.annotation.language.or(article.language),
            time: Some(dated(article).unwrap_or(article.first_seen)),
            headline: article.title.clone(),
            sentence: String::new(),
            mark: None::<Span>,
            claims: Vec::new(),
            lines_told: Vec::new(),
            maybe: None,
            before: None,
            mentions: found.mentions.iter().filter_map(|&i| self.news.annotation.mentions.get(i).cloned()).collect(),
            words: found.words.clone(),
            reports: 1,
            independent: 1,
            lines: Vec::new(),
            notify: rule.notify.clone(),
            held: None,
            sum: None,
        }
    }
}

/// What the claim does not say and its line knows. The amount is the line's: the best that is known.
fn complete(claim: &mut Claim, line: &Known) {
    claim.amount = line.amount;
    claim.force = claim.force.take().or_else(|| line.force.clone());
    if claim.from.is_empty() && claim.to.is_empty() && claim.at.is_empty() {
        (claim.from, claim.to, claim.at) = (line.from.clone(), line.to.clone(), line.at.clone());
    }
}

/// Which telling speaks for its line: the louder, then what is most of a change, then what says most.
fn weight(telling: &Telling) -> (std::cmp::Reverse<Channel>, u8, usize) {
    let claim = &telling.claim;
    let says = claim.places.len() + claim.from.len() + claim.to.len() + claim.at.len() + usize::from(claim.force.is_some());
    (std::cmp::Reverse(telling.channel), urgency(telling.kind), says)
}

/// Which telling leads an alert: corrections and changes, then casualties, movements, alerts and build-ups, and of these the largest.
fn lead(telling: &Telling) -> (u8, u8, u64) {
    let action = match telling.claim.action {
        Action::Killed | Action::Captured => 4,
        Action::Deploy | Action::Withdraw => 3,
        Action::Ready => 2,
        Action::Present | Action::Raise => 1,
        _ => 0,
    };
    (urgency(telling.kind), action, telling.claim.amount.reach())
}

fn urgency(kind: AlertKind) -> u8 {
    match kind {
        AlertKind::Correction => 3,
        AlertKind::Change => 2,
        AlertKind::Disputed => 1,
        _ => 0,
    }
}

/// The date of an article, where it can be true.
fn dated(article: &Article) -> Option<Timestamp> {
    article.published.filter(|date| date.as_second() >= FIRST_FEEDS && date.duration_since(article.first_seen) <= AHEAD)
}

fn is_old(article: &Article) -> bool {
    dated(article).is_some_and(|date| article.first_seen.duration_since(date) > OLD)
}
