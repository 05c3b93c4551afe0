//! The claims of a brief: each once, with what became of it.

use super::page::{Item, Section};
use super::{LIMIT, output};
use crate::alert;
use crate::ledger::{Known, LedgerId, Verdict};
use crate::rule::MIN_CERTAINTY;
use crate::store::{self, ClaimFilter, Revision, Store};
use crate::text::claim::{Action, Amount, Status};
use crate::text::language::Language;
use jiff::civil::Weekday;
use jiff::{Timestamp, Zoned};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Steps of a claim's way that are told; of a longer way the first and the last ones.
const STEPS: usize = 4;
/// New claims that are told; what is beyond is counted.
const SHOWN: usize = 40;

/// What was said since some time.
pub struct Claims {
    /// Those that are new or have changed since, the most widely reported first.
    lines: Vec<(Known, Vec<Revision>)>,
    /// How many older ones were only said again.
    pub repeated: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Corrected,
    Changed,
    /// A count that is published again and again: one line for all its values.
    Series,
    New,
    Background,
}

impl Claims {
    pub fn since(store: &Store, since: Timestamp) -> store::Result<Claims> {
        let filter = ClaimFilter { since: Some(since), min_certainty: MIN_CERTAINTY, limit: LIMIT, ..ClaimFilter::default() };
        let lines = store.ledger(&filter)?;
        let mut revisions = store.revisions(&lines.iter().map(|line| line.id).collect::<Vec<LedgerId>>())?;
        let all = lines.len();
        let with = |line: Known| (revisions.remove(&line.id).unwrap_or_default(), line);
        let fresh =
            |(steps, line): &(Vec<Revision>, Known)| line.first_seen >= since || moved(steps).any(|step| step.at >= since);
        let mut lines: Vec<_> = lines.into_iter().map(with).filter(fresh).map(|(steps, line)| (line, steps)).collect();
        lines.sort_by_key(|(line, _)| (std::cmp::Reverse(line.outlets.len()), std::cmp::Reverse(line.reports), line.id));
        Ok(Claims { repeated: all - lines.len(), lines })
    }

    pub fn value(&self) -> Vec<Value> {
        let step = |r: &Revision| json!({"at": r.at, "verdict": r.verdict, "amount": r.amount, "status": r.status, "outlet": r.outlet, "speaker": r.speaker});
        let one = |(line, steps): &(Known, Vec<Revision>)| {
            let mut value = json!(line);
            value["history"] = steps.iter().map(step).collect();
            value
        };
        self.lines.iter().map(one).collect()
    }

    pub fn sections(&self, language: Language, now: &Zoned) -> Vec<Section> {
        let of = |kind| self.lines.iter().filter(move |(line, steps)| self::kind(line, steps) == kind);
        let items = |kind| of(kind).map(|(line, steps)| Item::of(told(line, steps, language, now))).collect::<Vec<_>>();
        let mut new = items(Kind::New);
        let left = new.len().saturating_sub(SHOWN);
        new.truncate(SHOWN);
        let counts = [
            (left, "more: `orbat claims` has them"),
            (items(Kind::Background).len(), "of history"),
            (self.repeated, "older ones were said again"),
        ];
        let counts: Vec<_> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        new.extend((!counts.is_empty()).then(|| Item::of(format!("… and {}", counts.join(", ")))));
        vec![
            Section { title: "Corrected and disputed", items: items(Kind::Corrected) },
            Section { title: "Changed", items: items(Kind::Changed) },
            Section { title: "New", items: new },
            Section { title: "Counts", items: series(of(Kind::Series), language, now) },
        ]
    }
}

/// The steps that made it another one.
fn moved(steps: &[Revision]) -> impl Iterator<Item = &Revision> {
    steps.iter().skip(1).filter(|step| matches!(step.verdict, Verdict::Change | Verdict::Correction | Verdict::Disputed))
}

fn kind(line: &Known, steps: &[Revision]) -> Kind {
    let any = |verdict| steps.iter().any(|step| step.verdict == verdict);
    match () {
        () if any(Verdict::Correction) || any(Verdict::Disputed) => Kind::Corrected,
        () if moved(steps).any(|step| step.verdict == Verdict::Change) => Kind::Changed,
        () if line.marks.background => Kind::Background,
        () if line.action == Action::Losses || line.marks.period.is_some() => Kind::Series,
        () => Kind::New,
    }
}

/// A claim in one line: `US to Poland: 2,000 planned on Monday, corrected to 200 on Tuesday (claim 7, 3 reports, 2 independent)`.
fn told(line: &Known, steps: &[Revision], language: Language, now: &Zoned) -> String {
    let places = steps.first().map_or(&[][..], |first| &first.places);
    let reports = match (line.reports, line.outlets.len()) {
        (0 | 1, _) => format!("only {}", line.first_outlet),
        (reports, outlets) => format!("{reports} reports, {outlets} independent"),
    };
    format!("{}: {} (claim {}, {reports})", alert::subject(line, places, language), way(line, steps, now), line.id)
}

/// What became of it, step by step.
fn way(line: &Known, steps: &[Revision], now: &Zoned) -> String {
    let first = steps.first();
    let (amount, status) = first.map_or((line.amount, line.status), |first| (first.amount, first.status));
    let begun = match status {
        Status::Fact => String::new(),
        // Who denies what nobody has told here calls nothing off.
        Status::Denied => "denied ".to_owned(),
        _ => format!("{} ", word(status)),
    };
    let mut said = vec![format!("{} {begun}on {}", output::amount(amount), day(line.first_seen, now))];
    let mut before = first;
    for next in moved(steps) {
        said.extend(step(before, next, now));
        before = Some(next);
    }
    let left = said.len().saturating_sub(STEPS);
    if left > 0 {
        said.splice(1..=left, [format!("{left} more step{}", if left == 1 { "" } else { "s" })]);
    }
    said.join(", ")
}

/// What a step changed; `None` where that cannot be seen any more.
fn step(before: Option<&Revision>, next: &Revision, now: &Zoned) -> Option<String> {
    let (amount, day) = (output::amount(next.amount), day(next.at, now));
    let bounds = |revision: &Revision| (revision.amount.low, revision.amount.high);
    let amount_moved = before.is_none_or(|b| bounds(b) != bounds(next));
    let status_moved = before.is_none_or(|b| b.status != next.status);
    match (next.verdict, amount_moved, status_moved) {
        (Verdict::Correction, ..) => Some(format!("corrected to {amount} on {day}")),
        (Verdict::Disputed, ..) => Some(format!("denied by {} on {day}", next.speaker.as_deref().unwrap_or(&next.outlet))),
        (_, true, true) => Some(format!("{amount} {} on {day}", word(next.status))),
        (_, true, false) => Some(format!("{amount} on {day}")),
        (_, false, true) => Some(format!("{} on {day}", word(next.status))),
        (_, false, false) => None,
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Fact => "under way",
        Status::Planned => "planned",
        Status::Possible => "possible",
        Status::Denied => "called off",
    }
}

/// Counts that are published again and again, a line for each side: `Russian soldiers lost: 960 on Monday, 1,010 on Tuesday`.
fn series<'a>(lines: impl Iterator<Item = &'a (Known, Vec<Revision>)>, language: Language, now: &Zoned) -> Vec<Item> {
    let mut sides = BTreeMap::<(String, Action), Vec<&(Known, Vec<Revision>)>>::new();
    for line in lines {
        sides.entry((line.0.force.clone().unwrap_or("?".to_owned()), line.0.action)).or_default().push(line);
    }
    let side = |lines: Vec<&(Known, Vec<Revision>)>| {
        let mut values: Vec<_> = lines.iter().flat_map(|(line, steps)| values(line, steps)).collect();
        values.sort_by_key(|(at, _)| *at);
        let values: Vec<_> =
            values.iter().map(|(at, amount)| format!("{} on {}", output::amount(*amount), day(*at, now))).collect();
        let lines: Vec<&Known> = lines.iter().map(|(line, _)| line).collect();
        let of_all = |line: &&Known| Known { from: vec![], to: vec![], at: vec![], ..(*line).clone() };
        let side = lines.first().map(|line| alert::subject(&of_all(line), &[], language)).unwrap_or_default();
        Item::of(format!("{side}: {}", values.join(", ")))
    };
    sides.into_values().map(side).collect()
}

/// The values of a count with their times: what was only said again is none.
fn values(line: &Known, steps: &[Revision]) -> Vec<(Timestamp, Amount)> {
    let mut values: Vec<(Timestamp, Amount)> = steps.iter().map(|step| (step.at, step.amount)).collect();
    values.dedup_by(|later, earlier| later.1 == earlier.1);
    if values.is_empty() { vec![(line.first_seen, line.amount)] } else { values }
}

/// The day of the week within the last six days, else the date.
fn day(at: Timestamp, now: &Zoned) -> String {
    let date = at.to_zoned(now.time_zone().clone()).date();
    match date.until(now.date()).map(|span| span.get_days()) {
        Ok(0..=6) => weekday(date.weekday()).to_owned(),
        _ => date.strftime("%-d %b").to_string(),
    }
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

#[cfg(test)]
mod tests {
    use super::{day, step};
    use crate::article::ArticleId;
    use crate::ledger::Verdict;
    use crate::store::Revision;
    use crate::text::claim::{Amount, Status};
    use jiff::Zoned;

    fn now() -> Zoned {
        "2026-11-22T19:30:00+01:00[Europe/Amsterdam]".parse().unwrap()
    }

    fn said(verdict: Verdict, amount: u64, status: Status) -> Revision {
        let at = "2026-11-21T10:00:00Z".parse().unwrap();
        let speaker = (verdict == Verdict::Disputed).then(|| "the Kremlin".to_owned());
        Revision {
            at,
            article: ArticleId(1),
            outlet: "nos".to_owned(),
            verdict,
            amount: Amount::exactly(amount),
            status,
            speaker,
            places: vec![],
        }
    }

    #[test]
    fn a_step_says_what_it_changed() {
        let before = said(Verdict::New, 17_000, Status::Planned);
        for (verdict, amount, status, told) in [
            (Verdict::Correction, 1_700, Status::Planned, Some("corrected to 1,700 on Saturday")),
            (Verdict::Change, 17_000, Status::Fact, Some("under way on Saturday")),
            (Verdict::Change, 20_000, Status::Planned, Some("20,000 on Saturday")),
            (Verdict::Change, 20_000, Status::Denied, Some("20,000 called off on Saturday")),
            (Verdict::Disputed, 17_000, Status::Denied, Some("denied by the Kremlin on Saturday")),
            (Verdict::Change, 17_000, Status::Planned, None),
        ] {
            assert_eq!(step(Some(&before), &said(verdict, amount, status), &now()).as_deref(), told);
        }
    }

    #[test]
    fn days_of_the_last_week_have_names() {
        for (at, name) in [
            ("2026-11-22T00:00:00Z", "Sunday"),
            ("2026-11-16T12:00:00Z", "Monday"),
            ("2026-11-15T12:00:00Z", "15 Nov"),
            ("2026-11-23T12:00:00Z", "23 Nov"),
        ] {
            assert_eq!(day(at.parse().unwrap(), &now()), name);
        }
    }
}
