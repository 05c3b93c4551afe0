//! A claim in a line: who, how many, what, where to, how sure. At most [`MAX_TITLE`] characters.

use super::phrases::Phrases;
use super::{Alert, AlertKind, Moved};
use crate::text::claim::{Action, Amount, Claim, Context, Measure, Relation, Role, Status};

/// Characters that a notification shows of a title.
pub(super) const MAX_TITLE: usize = 60;

/// What is left out of a title that is too long, in this order.
#[derive(Clone, Copy)]
pub(super) struct Detail {
    /// Where they come from.
    pub from: bool,
    /// Places named of one list; of more only their number.
    places: usize,
    notes: bool,
    /// What was told before.
    pub was: bool,
}

const DETAILS: [Detail; 6] = [
    Detail { from: true, places: 5, notes: true, was: true },
    Detail { from: false, places: 5, notes: true, was: true },
    Detail { from: false, places: 2, notes: true, was: true },
    Detail { from: false, places: 1, notes: true, was: true },
    Detail { from: false, places: 1, notes: false, was: true },
    Detail { from: false, places: 1, notes: false, was: false },
];

/// The title of an alert about claims, and what of it there was room for.
pub(super) fn title(alert: &Alert, claim: &Claim, p: &Phrases) -> (String, Detail) {
    let all = DETAILS.map(|detail| (line(alert, claim, detail, p), detail));
    let [.., (shortest, least)] = &all;
    let fitting = all.iter().find(|(title, _)| title.chars().count() <= MAX_TITLE);
    fitting.cloned().unwrap_or_else(|| (cut(shortest, MAX_TITLE), *least))
}

/// What an alert tells beside its leading claim, at most so many; what reads the same is said once.
pub(super) fn others(alert: &Alert, most: usize, p: &Phrases) -> Vec<String> {
    let Some((lead, others)) = alert.claims.split_first() else { return Vec::new() };
    let mut said = vec![beside(lead, lead, p)];
    let moved = |i: usize| alert.moved.iter().find(|moved| moved.claim == i);
    for other in others.iter().enumerate().map(|(i, other)| beside_moved(other, lead, moved(i + 1), p)) {
        if said.len() <= most && !said.contains(&other) {
            said.push(other);
        }
    }
    said.split_off(1)
}

/// A claim by itself, as `US: 2,000 to Germany and Poland (planned)`.
pub(super) fn plain(claim: &Claim, p: &Phrases) -> String {
    statement(claim, DETAILS[0], p) + &notes(claim, None, DETAILS[0], p)
}

fn line(alert: &Alert, claim: &Claim, detail: Detail, p: &Phrases) -> String {
    let key = match alert.kind {
        AlertKind::Change => "kind.change",
        AlertKind::Correction => "kind.correction",
        AlertKind::Disputed => "kind.disputed",
        _ => return statement(claim, detail, p) + &notes(claim, None, detail, p),
    };
    let title = moved(alert, claim, detail, p);
    let was = alert.before.map(|(_, status)| status).filter(|_| alert.kind == AlertKind::Change);
    let notes = if alert.kind == AlertKind::Disputed { String::new() } else { notes(claim, was, detail, p) };
    p.fill(key, &[("title", &(title + &notes))])
}

/// `US: 2,000 to Poland`
fn statement(claim: &Claim, detail: Detail, p: &Phrases) -> String {
    format!("{}: {}", force(claim, p), join(&[&count(claim, p), &what(claim, detail, p)]))
}

/// `US to Poland 3,000, was 2,000`
fn moved(alert: &Alert, claim: &Claim, detail: Detail, p: &Phrases) -> String {
    let title = if claim.action.is_casualty() {
        join(&[&people(claim, p), &what(claim, detail, p)])
    } else {
        join(&[&force(claim, p), &what(claim, detail, p), &amount(claim.amount, p)])
    };
    match alert.before.filter(|(before, _)| detail.was && *before != claim.amount) {
        Some((before, _)) => was(&title, alert.kind, before, p),
        None => title,
    }
}

/// `US to Poland 3,000, was 2,000`, or `not 2,000` where that was wrong.
fn was(title: &str, kind: AlertKind, before: Amount, p: &Phrases) -> String {
    let key = if kind == AlertKind::Correction { "kind.not" } else { "kind.was" };
    p.fill(key, &[("title", title), ("before", &amount(before, p))])
}

/// A number and a status by themselves: `2,000 (planned)`.
pub(super) fn state(n: Amount, status: Status, p: &Phrases) -> String {
    let status = p.get(&format!("status.{status}")).to_owned();
    let status = if status.is_empty() { status } else { format!("({status})") };
    join(&[&amount(n, p), &status])
}

/// Who does what, without the number: `US to Poland`, `Dutch soldiers killed in Mali`.
pub(super) fn subject(claim: &Claim, p: &Phrases) -> String {
    let soldiers =
        claim.force.as_deref().and_then(|force| p.people(force)).map(|people| join(&[people, p.get("claim.soldiers")]));
    let who = soldiers.filter(|_| claim.action.is_casualty()).unwrap_or_else(|| force(claim, p));
    let key = format!("context.{}", claim.context);
    let context = p.get(&key);
    let note = if context.is_empty() { String::new() } else { format!("({context})") };
    join(&[&who, &what(claim, DETAILS[0], p), &note])
}

/// `3 Dutch soldiers`: of casualties the state is not the one who acts.
fn people(claim: &Claim, p: &Phrases) -> String {
    let n = amount(claim.amount, p);
    let one = if claim.amount.high == Some(1) { "claim.soldier" } else { "claim.soldiers" };
    match claim.force.as_deref().map(|force| (p.people(force), force)) {
        None => join(&[&n, p.get(one)]),
        Some((Some(people), _)) => join(&[&n, people, p.get(one)]),
        Some((None, force)) => p.fill("claim.of", &[("n", &n), ("force", &p.name(force))]),
    }
}

/// A claim beside a leading one that may take the place of what was told.
fn beside_moved(claim: &Claim, lead: &Claim, moved: Option<&Moved>, p: &Phrases) -> String {
    let title = beside(claim, lead, p);
    match moved {
        Some(moved) if moved.before.0 != claim.amount => was(&title, moved.kind, moved.before.0, p),
        Some(moved) => {
            let note = moved_status(moved.before.1, claim.status, p);
            format!("{} ({note})", beside(&Claim { status: Status::Fact, ..claim.clone() }, lead, p))
        }
        None => title,
    }
}

/// A claim beside a leading one: `1,000 Germany to Romania`, its force only where it is another.
fn beside(claim: &Claim, lead: &Claim, p: &Phrases) -> String {
    if claim.action.is_casualty() && claim.force != lead.force {
        return join(&[&people(claim, p), &what(claim, DETAILS[0], p)]);
    }
    let other = if claim.force == lead.force { String::new() } else { force(claim, p) };
    let way = (foreign(claim), claim.to.as_slice());
    let what = match way {
        (from, to) if claim.action == Action::Deploy && !from.is_empty() && !to.is_empty() => {
            p.fill("claim.from_to", &[("from", &names(&from, 5, p)), ("to", &names(to, 5, p))])
        }
        _ => what(claim, DETAILS[0], p),
    };
    let doubt = match claim.status {
        Status::Possible | Status::Denied => format!("({})", p.get(&format!("status.{}", claim.status))),
        _ => String::new(),
    };
    join(&[&other, &count(claim, p), &what, &doubt])
}

fn force(claim: &Claim, p: &Phrases) -> String {
    claim.force.as_ref().map_or_else(|| p.get("claim.troops").to_owned(), |force| p.name(force))
}

fn count(claim: &Claim, p: &Phrases) -> String {
    let n = amount(claim.amount, p);
    if claim.measure == Some(Measure::Change) { p.fill("amount.more", &[("n", &n)]) } else { n }
}

/// The places of departure that are not the force's own country.
fn foreign(claim: &Claim) -> Vec<String> {
    abroad(&claim.from, claim)
}

/// Of these places those that say more than the force does.
fn abroad(places: &[String], claim: &Claim) -> Vec<String> {
    places.iter().filter(|place| Some(*place) != claim.force.as_ref()).cloned().collect()
}

/// What they do, and where: `on alert for Eastern Europe`.
fn what(claim: &Claim, detail: Detail, p: &Phrases) -> String {
    let places = places(claim, detail, p);
    let told_by_places = matches!(claim.action, Action::Deploy | Action::Withdraw | Action::Present) && !places.is_empty();
    let silent = told_by_places && !(claim.action == Action::Deploy && claim.to.is_empty());
    let verb = format!("action.{}", claim.action);
    join(&[if silent { "" } else { p.get(&verb) }, &places])
}

fn places(claim: &Claim, detail: Detail, p: &Phrases) -> String {
    let named = |role: Role, key: &str, codes: &[String]| match codes {
        [] => String::new(),
        codes => p.fill(&at_relation(claim, role, key), &[("place", &names(codes, detail.places, p))]),
    };
    let from = if detail.from { foreign(claim) } else { Vec::new() };
    match claim.action {
        Action::Withdraw => {
            let left: Vec<String> = claim.from.iter().chain(&claim.at).cloned().collect();
            join(&[&named(Role::From, "claim.out_of", &left), &named(Role::To, "claim.to", &abroad(&claim.to, claim))])
        }
        Action::Ready => join(&[&named(Role::To, "claim.ready_for", &claim.to), &named(Role::At, "claim.in", &claim.at)]),
        _ => {
            let at = if claim.to.is_empty() { claim.at.as_slice() } else { &[] };
            join(&[
                &named(Role::From, "claim.from", &from),
                &named(Role::To, "claim.to", &claim.to),
                &named(Role::At, "claim.in", at),
            ])
        }
    }
}

/// The phrase for places that the personnel is near or at the border of, instead of in.
fn at_relation(claim: &Claim, role: Role, key: &str) -> String {
    let mut relations = claim.places.iter().filter(|place| place.role == role).map(|place| place.relation);
    let all = relations.next().filter(|first| relations.all(|relation| relation == *first));
    match (key, all) {
        ("claim.in", Some(relation @ (Relation::Near | Relation::Border))) => format!("claim.{relation}"),
        ("claim.to", Some(relation @ (Relation::Near | Relation::Border))) => format!("claim.to_{relation}"),
        _ => key.to_owned(),
    }
}

/// `Germany, Poland and Romania`; beyond `most` only how many more.
pub(super) fn names(codes: &[String], most: usize, p: &Phrases) -> String {
    let names: Vec<String> = codes.iter().map(|code| p.name(code)).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        all if all.len() > most => {
            let (shown, rest) = all.split_at(most.max(1));
            p.fill("claim.others", &[("place", &shown.join(", ")), ("n", &rest.len().to_string())])
        }
        [first @ .., last] => first.join(", ") + p.get("claim.and") + last,
    }
}

/// How real it is and what it is part of, in parentheses.
fn notes(claim: &Claim, was: Option<Status>, detail: Detail, p: &Phrases) -> String {
    if !detail.notes && claim.status == Status::Fact && was.is_none_or(|was| was == Status::Fact) {
        return String::new();
    }
    let status_key = format!("status.{}", claim.status);
    let status = match was.filter(|was| *was != claim.status) {
        Some(was) if detail.was => moved_status(was, claim.status, p),
        Some(was) => p.get(&status_after(was, claim.status)).to_owned(),
        None => p.get(&status_key).to_owned(),
    };
    let context_key = format!("context.{}", claim.context);
    let silent = claim.action == Action::Train && claim.context == Context::Exercise || !detail.notes;
    let context = if silent { "" } else { p.get(&context_key) };
    let hedged = if claim.hedged && detail.notes { p.get("claim.reportedly") } else { "" };
    let notes: Vec<&str> = [status.as_str(), context, hedged].into_iter().filter(|note| !note.is_empty()).collect();
    if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) }
}

/// `under way, was planned`, `called off, was planned`.
fn moved_status(before: Status, now: Status, p: &Phrases) -> String {
    let (now, before) = (status_after(before, now), status_after(now, before));
    p.fill("kind.was_status", &[("status", p.get(&now)), ("before", p.get(&before))])
}

/// The phrase for a status where there was another.
fn status_after(before: Status, now: Status) -> String {
    match now {
        Status::Fact => "kind.fact".to_owned(),
        Status::Denied if matches!(before, Status::Planned | Status::Possible) => "kind.off".to_owned(),
        _ => format!("status.{now}"),
    }
}

/// Vague words, their bounds, and their names among the phrases.
const VAGUE: &[(u64, u64, &str)] = &[
    (3, 9, "several"),
    (20, 99, "dozens"),
    (200, 999, "hundreds"),
    (2_000, 9_999, "thousands"),
    (20_000, 99_999, "tens_of_thousands"),
    (200_000, 999_999, "hundreds_of_thousands"),
];

/// `2,000`, `about 100,000`, `more than 1,000`, `thousands`.
pub(super) fn amount(amount: Amount, p: &Phrases) -> String {
    let about = |n: String| if amount.approximate { p.fill("amount.about", &[("n", &n)]) } else { n };
    match (amount.low, amount.high) {
        (Some(low), Some(high)) if low == high => about(p.number(low)),
        (Some(low), Some(high)) => match VAGUE.iter().find(|(l, h, _)| amount.approximate && (*l, *h) == (low, high)) {
            Some((_, _, word)) => p.get(&format!("amount.{word}")).to_owned(),
            None => about(p.fill("amount.range", &[("low", &p.number(low)), ("high", &p.number(high))])),
        },
        (Some(low), None) => p.fill("amount.at_least", &[("n", &p.number(low))]),
        (None, Some(high)) => p.fill("amount.at_most", &[("n", &p.number(high))]),
        (None, None) => p.get("amount.unknown").to_owned(),
    }
}

fn join(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

/// The first characters of a text, and "…" where there are more.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most - 1).collect::<String>().trim_end().to_owned() + "…",
        None => text.to_owned(),
    }
}
