//! The alerts that an article gives rise to.

use super::evidence::{excerpt, sentence_around, stands_first};
use super::line::claim_of;
use super::phrases::Phrases;
use super::words::MAX_ALSO;
use super::{Alert, AlertKind, Held, Moved, Policy, State, Told, title};
use crate::article::{Article, StoryId};
use crate::ledger::{Decision, Known, Ledger, LedgerId, Reason, Verdict, has_moved};
use crate::rule::{Channel, Match, Rule, loudness};
use crate::text::Annotation;
use crate::text::claim::{Action, Claim, Context, Measure, Status};
use crate::text::fold::Tokens;
use crate::text::language::Language;
use crate::text::query::Query;
use crate::text::span::Span;
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;

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
    /// What the rule had told, where this takes its place.
    before: Option<State>,
    decision: &'a Decision,
    /// As told: what the sentence leaves out is the line's.
    claim: Claim,
}

/// The alerts that an article gives rise to: at most one popup for a receiver, none for a baseline article. `told` gives what a
/// rule has told of a line, in this batch as well: [`Alert::told`] of the alerts raised before.
pub fn raise(
    policy: &Policy,
    news: &News,
    ledger: &Ledger,
    told: &dyn Fn(&str, LedgerId) -> Option<Told>,
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
    one_popup(&mut alerts, &policy.rules);
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

/// Of several popups for one receiver the most urgent stays, of these that of the rule of the highest priority; the others wait for the digest,
/// except for corrections of what popped up. What tells a receiver no line that he was not told as loudly, and as the same, is not for him;
/// what is for nobody is only listed.
fn one_popup(alerts: &mut [Alert], rules: &[Rule]) {
    let priority = |alert: &Alert| rules.iter().find(|rule| rule.name == alert.rule).map(|rule| rule.manner.priority);
    let names: BTreeSet<String> = alerts.iter().flat_map(|alert| alert.notify.iter().cloned()).collect();
    let mut order: Vec<usize> = (0..alerts.len()).collect();
    order.sort_by_key(|&i| (alerts[i].channel, Reverse(urgency(alerts[i].kind)), Reverse(priority(&alerts[i]))));
    for n in 1..order.len() {
        let alert = &alerts[order[n]];
        let before: Vec<&Alert> = order[..n].iter().map(|&i| &alerts[i]).filter(|other| other.channel != Channel::List).collect();
        let audience = audience(alert, &names);
        let (rest, content): (Vec<_>, Vec<_>) = audience.into_iter().partition(|who| !is_content(alert, &before, *who));
        let popped = |who: &Option<&str>| before.iter().any(|other| other.channel == Channel::Popup && is_for(other, *who));
        let (second, correction) = (rest.iter().all(popped), alert.kind == AlertKind::Correction);
        let (rest, content) = (owned(&rest), owned(&content));
        let alert = &mut alerts[order[n]];
        if rest.is_empty() {
            alert.channel = Channel::List;
        } else if alert.channel == Channel::Popup && second && !correction {
            alert.channel = Channel::Digest;
            alert.held = Some(Held::SecondPopup);
        } else if rest.contains(&None) {
            alert.except = content.into_iter().flatten().collect();
        } else {
            alert.notify = rest.into_iter().flatten().collect();
        }
    }
}

/// Those an alert is for, by name; `None` stands for all that no rule names.
fn audience<'a>(alert: &'a Alert, names: &'a BTreeSet<String>) -> Vec<Option<&'a str>> {
    let everybody = names.iter().map(|name| Some(name.as_str())).chain([None]);
    everybody.filter(|who| is_for(alert, *who)).collect()
}

fn is_for(alert: &Alert, who: Option<&str>) -> bool {
    let named = |names: &[String]| who.is_some_and(|who| names.iter().any(|name| name == who));
    (alert.notify.is_empty() || named(&alert.notify)) && !named(&alert.except)
}

/// Does he hear of each of its lines from one of the others?
fn is_content(alert: &Alert, before: &[&Alert], who: Option<&str>) -> bool {
    let hears = |line| before.iter().any(|other| is_for(other, who) && is_covered(alert.tells(line), other.tells(line)));
    !alert.lines_told.is_empty() && alert.lines_told.iter().all(|(line, _)| hears(*line))
}

fn owned(names: &[Option<&str>]) -> Vec<Option<String>> {
    names.iter().map(|who| who.map(str::to_owned)).collect()
}

/// Who hears of a line what the other alert says needs not hear it as this one says it: news in the place of a correction is none.
fn is_covered(this: Option<(AlertKind, u32)>, other: Option<(AlertKind, u32)>) -> bool {
    let ((this, revision), Some((other, told))) = (this.unwrap_or((AlertKind::New, 0)), other) else { return false };
    revision == told && urgency(other) >= urgency(this)
}

/// An article on the desk, with all that is asked of it.
pub(super) struct Desk<'a> {
    policy: &'a Policy,
    pub(super) news: &'a News<'a>,
    pub(super) ledger: &'a Ledger,
    pub(super) told: &'a dyn Fn(&str, LedgerId) -> Option<Told>,
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
            found if rule.sum.is_some() => {
                let sum = found.and_then(|found| self.about_sum(rule, &found));
                self.about_claims(rule, &self.with_owed(rule, Match::default())).into_iter().chain(sum).collect()
            }
            holds if rule.is_figure_rule() => self.about_claims(rule, &self.with_owed(rule, holds.unwrap_or_default())),
            _ => Vec::new(),
        }
    }

    /// Whoever was told a claim is told its correction and its denial, even if it does not match any more.
    fn with_owed(&self, rule: &Rule, mut found: Match) -> Match {
        let owed = |d: &&Decision| {
            let claim = self.news.annotation.claims.get(d.claim);
            claim.is_some_and(|claim| takes_back(d.verdict, claim) && claim.certainty >= rule.min_certainty)
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
        tellings.sort_by_key(|telling| Reverse(lead(telling)));
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
        let told = (self.told)(&rule.name, line.id);
        let late = decision.verdict == Verdict::Repeat && lags_behind(claim, line);
        if told.is_some_and(|told| told.revision >= line.revision || late) {
            return None;
        }
        let mut claim = claim.clone();
        if told.is_some() || line.marks.quiet && decision.before.is_some() {
            complete(&mut claim, line);
        }
        if claim.speaker.is_none() {
            claim.speaker = self.speaker(decision, &claim);
        }
        let asked = match told {
            // Whoever was told something is told as loudly that it is not so.
            Some(told) if takes_back(decision.verdict, &claim) => told.loudest(),
            _ => self.asked(rule, &claim),
        };
        let (kind, before) = kind(told, decision, line, &claim, asked)?;
        let held = if asked == Channel::Popup { self.held(decision, line, kind, &claim) } else { None };
        let channel = if held.is_some() { Channel::Digest } else { asked };
        Some(Telling { line, kind, channel, held, before, decision, claim })
    }

    /// Who says the same elsewhere in the article: a title often leaves that out.
    fn speaker(&self, decision: &Decision, claim: &Claim) -> Option<String> {
        let said = self.news.decisions.iter().filter(|d| d.line == decision.line);
        let mut said = said.filter_map(|d| self.news.annotation.claims.get(d.claim));
        said.find(|other| other.amount == claim.amount && other.status == claim.status && other.speaker.is_some())?
            .speaker
            .clone()
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
            _ if kind == AlertKind::Correction => None,
            Reason::OneReport => Some(Held::OneReport),
            _ if kind == AlertKind::Change && self.toll_grew(line.id) => Some(Held::Toll),
            _ if decision.maybe.is_some() || line.marks.maybe.is_some() => Some(Held::Doubt),
            _ if claim.measure == Some(Measure::Part) && kind == AlertKind::New => Some(Held::Part),
            _ if strength && self.ledger.is_young(self.news.article.first_seen) => Some(Held::Strength),
            _ => None,
        }
    }

    /// Has its toll grown in this article, though not so much that it sounds? What says the number once more is only a repeat.
    fn toll_grew(&self, line: LedgerId) -> bool {
        let said = |reason| self.news.decisions.iter().any(|d| d.line == line && d.reason == reason);
        said(Reason::TollGrew) && !said(Reason::TollDoubled)
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
            maybe: lead.decision.maybe.and_then(|id| self.ledger.line(id)).map(|other| self.named(other)),
            lines: self.asides(rule, lead),
            before: lead.before.map(|before| (before.amount, before.status)),
            moved: moved(others),
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

    /// What there is to be said about the leading claim that it does not say itself.
    fn asides(&self, rule: &Rule, lead: &Telling) -> Vec<String> {
        let region = self.by_region(rule, &lead.claim);
        region.into_iter().chain(self.earlier(lead)).chain(self.counted(rule, lead)).collect()
    }

    /// What stood in the first polls, before there was anybody to be told, and has changed since.
    fn earlier(&self, lead: &Telling) -> Option<String> {
        let (amount, status) = lead.decision.before.filter(|_| lead.kind == AlertKind::New && lead.line.marks.quiet)?;
        let p = Phrases::of(self.policy.language);
        Some(p.fill("body.earlier", &[("before", &title::state(amount, status, p))]))
    }

    /// Of a cumulative rule: what the sum that it told would be now.
    fn counted(&self, rule: &Rule, lead: &Telling) -> Option<String> {
        let (before, now) = self.sum_told(rule, lead.line.id)?;
        let p = Phrases::of(self.policy.language);
        let values = [("before", p.number(before)), ("n", p.number(now)), ("rule", rule.name.clone())];
        Some(p.fill("sum.corrected", &values.each_ref().map(|(key, value)| (*key, value.as_str()))))
    }

    /// Says so where only a region around the place that the rule asks for is named.
    fn by_region(&self, rule: &Rule, claim: &Claim) -> Option<String> {
        let p = Phrases::of(self.policy.language);
        let (place, region) = rule.by_region(claim)?;
        Some(p.fill("body.by_region", &[("place", &p.name(place)), ("region", &p.name(region))]))
    }

    /// A line in words, for "maybe the same as".
    fn named(&self, line: &Known) -> String {
        let claim = Claim { measure: None, context: Context::Current, speaker: None, ..claim_of(line) };
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
            except: Vec::new(),
            held: None,
            moved: Vec::new(),
            sum: None,
        }
    }
}

/// What the line is to a rule that has told this of it, if it is to be told at all, and what of that it takes the place of. What moved on for
/// one who never had it is new to him; what was already known when the first polls came is no news while it stays.
fn kind(
    told: Option<Told>,
    decision: &Decision,
    line: &Known,
    claim: &Claim,
    asked: Channel,
) -> Option<(AlertKind, Option<State>)> {
    let Some(told) = told else {
        let known = decision.verdict == Verdict::Repeat && line.marks.quiet;
        let kind = if decision.reason == Reason::Series { AlertKind::Series } else { AlertKind::New };
        return (!known).then_some((kind, None));
    };
    let before = told.moved_on_by(claim, asked);
    match decision.verdict {
        _ if decision.reason == Reason::Series => Some((AlertKind::Series, None)),
        Verdict::Disputed => Some((AlertKind::Disputed, None)),
        Verdict::Correction => before.map(|before| (AlertKind::Correction, Some(before))),
        _ if before.is_some() => Some((AlertKind::Change, before)),
        // Sure only now: a second report says so.
        Verdict::Change if asked < told.loudest() => Some((AlertKind::New, None)),
        _ => None,
    }
}

/// A copy of what held before the line moved on.
fn lags_behind(claim: &Claim, line: &Known) -> bool {
    claim.status != line.status || has_moved(claim.action, claim.amount, line.amount)
}

/// Is it said that what was told is not so?
fn takes_back(verdict: Verdict, claim: &Claim) -> bool {
    match verdict {
        Verdict::Correction | Verdict::Disputed => true,
        Verdict::Change => claim.status == Status::Denied,
        _ => false,
    }
}

/// Of the tellings behind the leading one those that take the place of something.
fn moved(others: &[&Telling]) -> Vec<Moved> {
    let one = |(i, telling): (usize, &&Telling)| {
        let before = telling.before?;
        Some(Moved { claim: i + 1, kind: telling.kind, before: (before.amount, before.status) })
    };
    others.iter().enumerate().filter_map(one).collect()
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
fn weight(telling: &Telling) -> (Reverse<Channel>, u8, usize) {
    let claim = &telling.claim;
    let says = claim.places.len() + claim.from.len() + claim.to.len() + claim.at.len() + usize::from(claim.force.is_some());
    (Reverse(telling.channel), urgency(telling.kind), says)
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
