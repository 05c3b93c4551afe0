//! Cumulative rules: "at least 1,000 towards Poland or the Baltic states within a week".

use super::line::claim_of;
use super::phrases::Phrases;
use super::raise::Desk;
use super::{Alert, AlertKind, Tally, Told, title};
use crate::ledger::{Known, LedgerId, Verdict};
use crate::rule::{Channel, Match, Rule, Sum};
use crate::text::claim::{Action, Amount, Claim, Context, Measure, Status};

/// Claims that an alert names of a sum; what is beyond is in the number alone.
const MAX_NAMED: usize = 8;
const HOURS_OF_A_DAY: i64 = 24;

/// A line of the ledger that a sum counts.
struct Addend<'a> {
    line: &'a Known,
    claim: Claim,
    /// How many of it are to be counted: all, or by how many more it has grown since it was told.
    n: u64,
    goes: bool,
}

impl Desk<'_> {
    /// The alert of a cumulative rule, when something new of this article makes its sum reach the number. What it has counted it has told, and
    /// counts no more, but by how much it has grown.
    pub(super) fn about_sum(&self, rule: &Rule, found: &Match) -> Option<Alert> {
        let sum = rule.sum?;
        let fresh = |verdict| matches!(verdict, Verdict::New | Verdict::Change | Verdict::Correction);
        let cause = self.news.decisions.iter().find(|d| found.claims.contains(&d.claim) && fresh(d.verdict))?;
        let untold = |line| {
            let addend = self.addend(rule, sum, line)?;
            let told = (self.told)(&rule.name, line.id).map_or(0, |told| counted(&told));
            Some(Addend { n: addend.n.saturating_sub(told), ..addend }).filter(|addend| addend.n > 0)
        };
        let mut addends: Vec<Addend> = self.ledger.lines().iter().filter_map(untold).collect();
        addends.sort_by_key(|a| (std::cmp::Reverse(a.n), a.line.id));
        let tally = tally(&addends, sum);
        (tally.total >= sum.at_least).then(|| self.sum_alert(rule, found, &addends, tally, cause.line))
    }

    /// Movements alone are added: neither totals nor parts, nothing denied or in doubt, and no rotation, which is none in all.
    fn addend<'l>(&self, rule: &Rule, sum: Sum, line: &'l Known) -> Option<Addend<'l>> {
        let marks = &line.marks;
        // What comes on top of something is not that.
        let sure = marks.maybe.is_none() || marks.measure == Some(Measure::Change);
        let settled = sure && marks.merged.is_none() && !marks.background;
        let moves = marks.context.is_none_or(|context| context == Context::Current)
            && !matches!(marks.measure, Some(Measure::Total | Measure::Part))
            && line.status != Status::Denied;
        let soon = self.news.article.first_seen.duration_since(line.first_seen) <= sum.within;
        if !settled || !moves || !soon {
            return None;
        }
        let claim = claim_of(line);
        let goes = line.action == Action::Withdraw;
        let arriving = Claim {
            action: Action::Deploy,
            to: [&line.from[..], &line.at[..]].concat(),
            from: vec![],
            at: vec![],
            ..claim.clone()
        };
        let counts = match line.action {
            Action::Deploy => rule.counts(&claim),
            Action::Withdraw => rule.counts(&arriving),
            _ => false,
        };
        counts.then_some(Addend { line, claim, n: least(line.amount), goes })
    }

    /// What the lines that a cumulative rule has told added up to, and add up to now that this one of them was put right.
    pub(super) fn sum_told(&self, rule: &Rule, corrected: LedgerId) -> Option<(u64, u64)> {
        let sum = rule.sum?;
        let (mut before, mut now) = ([0, 0], [0, 0]);
        for line in self.ledger.lines() {
            let Some(told) = (self.told)(&rule.name, line.id) else { continue };
            let goes = usize::from(line.action == Action::Withdraw);
            let was = counted(&told);
            let put_right = || self.addend(rule, sum, line).map_or(0, |addend| addend.n);
            before[goes] += was;
            now[goes] += if line.id == corrected { put_right() } else { was };
        }
        let net = |[comes, goes]: [u64; 2]| comes.saturating_sub(goes);
        Some((net(before), net(now)))
    }

    fn sum_alert(&self, rule: &Rule, found: &Match, addends: &[Addend], tally: Tally, cause: LedgerId) -> Alert {
        let p = Phrases::of(self.language());
        let number = |n: u64| p.number(n);
        let headline = [("n", number(tally.total)), ("days", number(tally.days)), ("rule", rule.name.clone())];
        let headline = p.fill("sum.title", &headline.each_ref().map(|(key, value)| (*key, value.as_str())));
        let mut lines: Vec<String> = addends.iter().take(MAX_NAMED).map(|addend| title::plain(&addend.shown(), p)).collect();
        if tally.unsaid > 0 {
            lines.push(p.fill("sum.unsaid", &[("n", &number(tally.unsaid))]));
        }
        Alert {
            fingerprint: format!("{}|line#{cause}|sum of {}|{}", rule.name, addends.len(), tally.total),
            kind: AlertKind::New,
            channel: rule.alert.unwrap_or(Channel::Popup),
            line: Some(cause),
            headline,
            lines,
            claims: addends.iter().map(|addend| addend.claim.clone()).collect(),
            lines_told: addends.iter().map(|addend| (addend.line.id, addend.line.revision)).collect(),
            sum: Some(tally),
            ..self.blank(rule, found)
        }
    }
}

impl Addend<'_> {
    /// The claim; of one that was told before, by how many more it has grown.
    fn shown(&self) -> Claim {
        if self.n == least(self.line.amount) {
            return self.claim.clone();
        }
        Claim { amount: Amount::exactly(self.n), measure: Some(Measure::Change), ..self.claim.clone() }
    }
}

/// The number that is sure: the lower bound.
fn least(amount: Amount) -> u64 {
    amount.low.or(amount.high).unwrap_or(0)
}

/// What of a line was counted when it was told.
fn counted(told: &Told) -> u64 {
    if told.last.status == Status::Denied { 0 } else { least(told.last.amount) }
}

fn tally(addends: &[Addend], sum: Sum) -> Tally {
    let of = |counts: &dyn Fn(&Addend) -> bool| addends.iter().filter(|a| counts(a)).map(|a| a.n).sum::<u64>();
    let unsaid = of(&|a| !a.goes && a.line.marks.measure.is_none() && a.n == least(a.line.amount));
    let days = (sum.within.as_hours().max(0) as u64).div_ceil(HOURS_OF_A_DAY as u64);
    Tally { total: of(&|a| !a.goes).saturating_sub(of(&|a| a.goes)), unsaid, days }
}
