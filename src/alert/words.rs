//! An alert in words: plain, in the language of messages, with the evidence in its own.

use super::phrases::Phrases;
use super::title::{MAX_TITLE, cut, names, others, state, title};
use super::{Alert, AlertKind, Words};
use crate::text::claim::{Claim, Role};
use crate::text::language::Language;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Other claims that a popup names.
pub(super) const MAX_ALSO: usize = 4;

/// Renders an alert in the language of messages.
pub fn words(alert: &Alert, language: Language) -> Words {
    let p = Phrases::of(language);
    let (title, lines) = match alert.claims.first() {
        Some(_) if alert.sum.is_some() => (plain_title(alert), alert.lines.clone()),
        Some(claim) => figure(alert, claim, p),
        None => (plain_title(alert), alert.lines.clone()),
    };
    let sentence = (!alert.sentence.is_empty()).then(|| (alert.sentence.clone(), alert.mark));
    Words { title, lines, sentence, footer: footer(alert, p) }
}

/// Whom it is about, as the article names them, and the headline; for what is no article its own title.
fn plain_title(alert: &Alert) -> String {
    let Some(mention) = alert.mentions.first() else { return cut(&alert.headline, MAX_TITLE) };
    if alert.headline.contains(&mention.text) {
        return cut(&alert.headline, MAX_TITLE);
    }
    cut(&format!("{}: {}", mention.text, alert.headline), MAX_TITLE)
}

fn figure(alert: &Alert, claim: &Claim, p: &Phrases) -> (String, Vec<String>) {
    let (title, detail) = title(alert, claim, p);
    let also = others(alert, MAX_ALSO, p);
    let was = alert.before.filter(|_| !detail.was).map(|(amount, status)| state(amount, status, p));
    let lines = [
        was.map(|before| p.fill("body.was", &[("before", &before)])),
        from_where(claim, detail.from, p).map(|place| p.fill("body.from_where", &[("place", &place)])),
        (!also.is_empty()).then(|| p.fill("body.also", &[("list", &also.join("; "))])),
        claim.speaker.as_ref().map(|speaker| p.fill("body.speaker", &[("speaker", speaker)])),
        alert.maybe.as_ref().map(|title| p.fill("body.maybe", &[("title", title)])),
    ];
    (title, lines.into_iter().flatten().chain(alert.lines.iter().cloned()).collect())
}

/// The place of departure as written ("North Carolina"); its country where it says no more, unless the title has it already.
fn from_where(claim: &Claim, told: bool, p: &Phrases) -> Option<String> {
    let written = claim.places.iter().filter(|place| place.role == Role::From && !place.text.is_empty());
    let written: Vec<&str> =
        written.filter(|place| !Phrases::is_name(&place.code, &place.text)).map(|place| place.text.as_str()).collect();
    if !written.is_empty() {
        return Some(written.join(", "));
    }
    let own = claim.from.iter().all(|code| Some(code) == claim.force.as_ref());
    (!claim.from.is_empty() && !told && !own).then(|| names(&claim.from, MAX_ALSO, p))
}

/// Outlet, language, time (UTC), and how many say so.
fn footer(alert: &Alert, p: &Phrases) -> String {
    let language = alert.language.map(|language| p.language(language));
    let time = alert.time.map(|time| at(time, p));
    let outlet = (!alert.outlet.is_empty()).then(|| alert.outlet.clone());
    [outlet, language, time, reports(alert, p)].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

pub(super) fn at(time: Timestamp, p: &Phrases) -> String {
    let time = time.to_zoned(TimeZone::UTC);
    format!("{} {} {:02}:{:02} UTC", time.day(), p.month(time.month()), time.hour(), time.minute())
}

fn reports(alert: &Alert, p: &Phrases) -> Option<String> {
    match (alert.kind, alert.reports) {
        (AlertKind::Summary | AlertKind::Health | AlertKind::Test, _) | (_, 0) => None,
        (AlertKind::New, 1) => Some(p.get("body.first_report").to_owned()),
        (_, 1) => None,
        (_, n) => Some(p.fill("body.reports", &[("n", &n.to_string()), ("independent", &alert.independent.to_string())])),
    }
}
