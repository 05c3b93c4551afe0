//! Alerts that no article gives rise to: the digest, the first polls, the sample of `orbat init`.

use super::phrases::Phrases;
use super::title::{cut, others};
use super::words::words;
use super::{Alert, AlertKind};
use crate::ledger::LedgerId;
use crate::rule::Channel;
use crate::text::language::Language;
use crate::text::span::Span;
use jiff::Timestamp;

/// Lines of a digest; what is beyond is counted.
const MAX_LINES: usize = 40;
/// Characters of such a line.
const MAX_LINE: usize = 160;

/// Claims that a line names beside the leading one.
const MAX_OTHERS: usize = 3;

/// One alert for all that waited: gaps in the coverage first, then a line for each claim as it stands now, what changed first. `None` where
/// nothing waited.
pub fn digest(held: &[Alert], language: Language, now: Timestamp) -> Option<Alert> {
    if held.is_empty() {
        return None;
    }
    let p = Phrases::of(language);
    let mut order = current(held);
    let items = order.len();
    order.sort_by_key(|alert| std::cmp::Reverse(weight(alert.kind)));
    let mut lines: Vec<String> = order.iter().take(MAX_LINES).map(|alert| digest_line(alert, language)).collect();
    if items > MAX_LINES {
        lines.push(p.fill("summary.more", &[("n", &(items - MAX_LINES).to_string())]));
    }
    let headline = p.fill("summary.digest", &[("items", &p.counted("items", items as u64))]);
    Some(Alert { headline, lines, ..blank("digest", AlertKind::Summary, now) })
}

/// The title of a message that tells several popups at once.
pub fn together(alerts: &[Alert], language: Language) -> String {
    let p = Phrases::of(language);
    p.fill("summary.together", &[("items", &p.counted("items", current(alerts).len() as u64))])
}

/// Those that nothing later tells anew.
fn current(held: &[Alert]) -> Vec<&Alert> {
    (0..held.len()).filter(|&i| !is_outdated(&held[i], &held[i + 1..])).map(|i| &held[i]).collect()
}

/// Does a later alert of its rule tell all that it tells?
fn is_outdated(alert: &Alert, later: &[Alert]) -> bool {
    let told_again = |line: LedgerId| later.iter().any(|other| other.rule == alert.rule && other.tells(line).is_some());
    !alert.lines_told.is_empty() && alert.lines_told.iter().all(|(line, _)| told_again(*line))
}

fn weight(kind: AlertKind) -> u8 {
    match kind {
        AlertKind::Correction => 5,
        AlertKind::Change => 4,
        AlertKind::Disputed => 3,
        AlertKind::New => 2,
        AlertKind::Series | AlertKind::Entity => 1,
        AlertKind::Health => 6,
        AlertKind::Summary | AlertKind::Test => 0,
    }
}

fn digest_line(alert: &Alert, language: Language) -> String {
    let p = Phrases::of(language);
    let maybe = alert.maybe.as_ref().map(|title| p.fill("body.maybe", &[("title", title)]));
    let others = others(alert, MAX_OTHERS, p).into_iter().chain(maybe);
    let title = std::iter::once(words(alert, language).title).chain(others).collect::<Vec<_>>().join("; ");
    let outlet = if alert.outlet.is_empty() { String::new() } else { format!(" · {}", alert.outlet) };
    cut(&format!("{title}{outlet}"), MAX_LINE)
}

/// What the first polls of new feeds brought: how many were `read` and are `failing`, their articles, and the claims of the last 48 hours.
pub fn first_polls(read: u32, failing: u32, articles: u64, claims: u64, language: Language, now: Timestamp) -> Alert {
    let p = Phrases::of(language);
    let feeds = p.counted("feeds", u64::from(read + failing));
    let (read, failing) = (p.number(read.into()), p.number(failing.into()));
    let headline = p.fill("summary.first_polls", &[("feeds", &feeds), ("read", &read), ("failing", &failing)]);
    let counts = [p.counted("articles", articles), p.counted("claims", claims)];
    let line = p.fill("summary.first_body", &[("articles", &counts[0]), ("claims", &counts[1])]);
    Alert { headline, lines: vec![line], ..blank("first polls", AlertKind::Summary, now) }
}

/// A popup to show what popups look like.
pub fn sample(language: Language, now: Timestamp) -> Alert {
    let p = Phrases::of(language);
    let sentence = p.get("summary.sample_text").to_owned();
    let number = p.number(2000);
    let mark = sentence.find(&number).map(|at| Span::new(at, at + number.len()));
    let lines = vec![p.get("summary.sample_line").to_owned()];
    Alert { headline: p.get("summary.sample").to_owned(), lines, sentence, mark, ..blank("sample", AlertKind::Test, now) }
}

/// An alert of no rule's, to be filled in.
pub(super) fn blank(name: &str, kind: AlertKind, now: Timestamp) -> Alert {
    Alert {
        fingerprint: format!("{name}|{now}"),
        rule: name.to_owned(),
        kind,
        channel: Channel::Popup,
        created: now,
        article: None,
        story: None,
        line: None,
        url: None,
        outlet: String::new(),
        language: None,
        time: Some(now),
        headline: String::new(),
        sentence: String::new(),
        mark: None,
        claims: Vec::new(),
        lines_told: Vec::new(),
        maybe: None,
        before: None,
        mentions: Vec::new(),
        words: Vec::new(),
        reports: 0,
        independent: 0,
        lines: Vec::new(),
        notify: Vec::new(),
        except: Vec::new(),
        held: None,
        moved: Vec::new(),
        sum: None,
    }
}
