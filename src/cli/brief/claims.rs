//! The claims of a brief: each once, with what became of it.

use super::page::{Item, Section};
use super::{LIMIT, output};
use crate::cli::claims::Said;
use crate::ledger::{Known, LedgerId, Verdict};
use crate::rule::MIN_CERTAINTY;
use crate::store::{self, ClaimFilter, Revision, Store};
use crate::text::claim::{Action, Status};
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

    pub fn sections(&self, now: &Zoned) -> Vec<Section> {
        let of = |kind| self.lines.iter().filter(move |(line, steps)| self::kind(line, steps) == kind);
        let items = |kind| of(kind).map(|(line, steps)| Item::of(told(line, steps, now))).collect::<Vec<_>>();
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
            Section { title: "Counts", items: series(of(Kind::Series), now) },
        ]
    }
}

/// The steps that made it another one.
fn moved(steps: &[Revision]) -> impl Iterator<Item = &Revision> {
    steps.iter().skip(1).filter(|step| matches!(step.verdict, Verdict::Change | Verdict::Correction | Verdict::Disputed))
}

fn kind(line: &Known, steps: &[Revision]) -> Kind {
    let any = |verdict| moved(steps).any(|step| step.verdict == verdict);
    match () {
        () if any(Verdict::Correction) || any(Verdict::Disputed) => Kind::Corrected,
        () if any(Verdict::Change) => Kind::Changed,
        () if line.marks.background => Kind::Background,
        () if line.action == Action::Losses || line.marks.period.is_some() => Kind::Series,
        () => Kind::New,
    }
}

/// A claim in one line: `US deploy (planned) to PL: 2,000 on Monday, corrected to 200 on Tuesday (claim 7, 3 reports, 2 independent)`.
fn told(line: &Known, steps: &[Revision], now: &Zoned) -> String {
    let reports = match (line.reports, line.outlets.len()) {
        (0 | 1, _) => format!("only {}", line.first_outlet),
        (reports, outlets) => format!("{reports} reports, {outlets} independent"),
    };
    format!("{}: {} (claim {}, {reports})", Said::of_line(line), way(line, steps, now), line.id)
}

/// What became of it, step by step.
fn way(line: &Known, steps: &[Revision], now: &Zoned) -> String {
    let mut said =
        vec![format!("{} on {}", output::amount(steps.first().map_or(line.amount, |s| s.amount)), day(line.first_seen, now))];
    let mut before = steps.first();
    for next in moved(steps) {
        said.extend(step(before, next, now));
        before = Some(next);
    }
    let left = said.len().saturating_sub(STEPS);
    if left > 0 {
        said.splice(1..=left, [format!("{left} more steps")]);
    }
    said.join(", ")
}

/// What a step changed; `None` where that cannot be seen any more.
fn step(before: Option<&Revision>, next: &Revision, now: &Zoned) -> Option<String> {
    let (amount, day) = (output::amount(next.amount), day(next.at, now));
    let amount_moved = before.is_none_or(|b| b.amount != next.amount);
    let status_moved = before.is_none_or(|b| b.status != next.status);
    match next.verdict {
        Verdict::Correction => Some(format!("corrected to {amount} on {day}")),
        Verdict::Disputed => Some(format!("denied by {} on {day}", next.speaker.as_deref().unwrap_or(&next.outlet))),
        _ if status_moved => {
            let now = if amount_moved { format!("{amount}, ") } else { String::new() };
            Some(format!("{now}{} on {day}", status(next.status)))
        }
        _ if amount_moved => Some(format!("{amount} on {day}")),
        _ => None,
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Fact => "under way",
        Status::Planned => "planned",
        Status::Possible => "possible",
        Status::Denied => "called off",
    }
}

/// Counts that are published again and again, a line for each side: `RU losses: 960 on Monday, 1,010 on Tuesday`.
fn series<'a>(lines: impl Iterator<Item = &'a (Known, Vec<Revision>)>, now: &Zoned) -> Vec<Item> {
    let mut sides = BTreeMap::<(String, Action), Vec<&Known>>::new();
    for (line, _) in lines {
        sides.entry((line.force.clone().unwrap_or("?".to_owned()), line.action)).or_default().push(line);
    }
    let side = |((force, action), mut lines): ((String, Action), Vec<&Known>)| {
        lines.sort_by_key(|line| line.first_seen);
        let values: Vec<_> =
            lines.iter().map(|l| format!("{} on {}", output::amount(l.amount), day(l.first_seen, now))).collect();
        Item::of(format!("{force} {action}: {}", values.join(", ")))
    };
    sides.into_iter().map(side).collect()
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
