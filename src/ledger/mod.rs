//! The claims seen so far, merged across articles: is this claim new, a repeat, a change, a correction, disputed or background?
//!
//! Pure and deterministic: given what is [`Known`] and the claims of one article in the order of its text, [`Ledger::take`] says what each is.
//! Whether a claim may be the same as a line is asked in [`same`], amounts are compared in [`amount`], places by the table in [`region`].

mod amount;
mod edition;
mod judge;
pub mod region;
mod same;
mod weekday;

use crate::article::{Article, ArticleId, StoryId, ids};
use crate::text::claim::{Action, Amount, Claim, Context, Status};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

ids! {
    /// A line of the ledger: one claim, however often it is told.
    LedgerId
}

pub use edition::{Said, said_before};

/// Claims further back than this are not compared.
pub const WINDOW_DAYS: i64 = 14;

crate::text::claim::words! {
    /// What a claim is to what was known before.
    Verdict {
        New = "new", Repeat = "repeat", Change = "change", Correction = "correction", Disputed = "disputed",
        Background = "background",
    }
}

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    pub id: LedgerId,
    pub force: Option<String>,
    pub action: Action,
    pub status: Status,
    pub amount: Amount,
    pub from: Vec<String>,
    pub to: Vec<String>,
    pub at: Vec<String>,
    pub story: StoryId,
    pub first_article: ArticleId,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    /// Counts up with each change and correction: part of the fingerprint of an alert.
    pub revision: u32,
    /// Articles that say so, and the owners or outlets they come from, without repetition.
    pub reports: u32,
    pub outlets: Vec<String>,
    /// The feeds' outlet that said it first: its own later word is a correction, anybody else's denial disputes.
    pub first_outlet: String,
    pub speaker: Option<String>,
    pub disputed: bool,
    /// What else is known of it, for telling claims apart.
    #[serde(default)]
    pub marks: Marks,
}

/// What tells one claim from another beside its fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Marks {
    /// The places as written, folded: "sulina".
    pub places: Vec<String>,
    /// The day of the week on which it happened, 0 is Monday: for casualties and small counts.
    pub day: Option<u8>,
    /// The time that the count sums over, as written: a figure for a period is never compared with a total.
    pub period: Option<String>,
    /// Amounts that say the same: sums, parts, what stood before a change.
    pub also: Vec<Amount>,
    /// Of history: nothing current is compared with it.
    pub background: bool,
    /// First told by an article that raises no alerts (a feed's first poll): known from then on, its repeats are no news.
    pub quiet: bool,
    /// The last article that told it: an article never changes what it has said itself.
    pub last_article: Option<ArticleId>,
}

/// What was decided about one claim of an article.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Index of the claim in the article's claims.
    pub claim: usize,
    pub verdict: Verdict,
    /// The line as it stands after this claim (see [`Ledger::line`]).
    pub line: LedgerId,
    /// The amount and status before, where they changed.
    pub before: Option<(Amount, Status)>,
    /// A line that may be the same, where that is in doubt.
    pub maybe: Option<LedgerId>,
}

/// What is known, and what this batch adds to it. Lines made here have negative ids until the store numbers them.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    lines: Vec<Known>,
    /// For each line: was it made or altered here?
    altered: Vec<bool>,
}

/// Who tells a claim.
#[derive(Clone, Copy)]
struct Teller<'a> {
    article: &'a Article,
    story: StoryId,
    /// Lines that an earlier edition of the article told and this one does not: it may change them.
    taken_back: &'a [LedgerId],
}

impl Ledger {
    /// A ledger of the lines that the store holds for the forces and actions of a batch.
    pub fn with(known: Vec<Known>) -> Ledger {
        Ledger { altered: vec![false; known.len()], lines: known }
    }

    /// Takes the claims of an article, in the order of its text, and decides each. A figure that repeats or sums another of the same
    /// article is a repeat.
    pub fn take(&mut self, article: &Article, story: StoryId, claims: &[Claim]) -> Vec<Decision> {
        self.retake(article, story, claims, &[])
    }

    /// Takes the claims of an article that was edited, and that `said` these before. What it says still was decided then; what stands in the
    /// place of a claim that it took back may change that claim's line. It counts as one report, however often it is edited.
    pub fn retake(&mut self, article: &Article, story: StoryId, claims: &[Claim], said: &[Said]) -> Vec<Decision> {
        let mut taken_back = edition::taken_back(claims, said);
        let told = |line: &&mut Known| said.iter().any(|(_, _, id)| *id == line.id);
        self.lines.iter_mut().filter(told).for_each(|line| line.marks.last_article = Some(article.id));
        let sums = amount::sums(claims);
        let mut decisions: Vec<Decision> = Vec::with_capacity(claims.len());
        for (i, claim) in claims.iter().enumerate() {
            if let Some((_, verdict, line)) = edition::said_before(claim, said) {
                decisions.push(Decision { claim: i, verdict: *verdict, line: *line, before: None, maybe: None });
                continue;
            }
            let teller = Teller { article, story, taken_back: &taken_back };
            let sum = decisions.iter().find(|d| sums[i].contains(&d.claim) || sums[d.claim].contains(&i)).map(|d| d.line);
            let judgement = judge::judge(&self.lines, teller, claim, sum);
            let decision = self.enter(teller, i, claim, judgement);
            taken_back.retain(|line| *line != decision.line);
            decisions.push(decision);
        }
        decisions
    }

    pub fn line(&self, id: LedgerId) -> Option<&Known> {
        self.lines.iter().find(|line| line.id == id)
    }

    /// The lines that were made or altered since [`Ledger::with`]: what the store has to write.
    pub fn altered(&self) -> Vec<&Known> {
        self.lines.iter().zip(&self.altered).filter(|(_, altered)| **altered).map(|(line, _)| line).collect()
    }

    /// Writes what was judged into the line that it is about, or into a new one.
    fn enter(&mut self, teller: Teller, index: usize, claim: &Claim, judgement: judge::Judgement) -> Decision {
        let at = judgement.line.unwrap_or_else(|| self.begin(teller, claim));
        let line = &mut self.lines[at];
        self.altered[at] = true;
        let before = matches!(judgement.verdict, Verdict::Change | Verdict::Correction).then_some((line.amount, line.status));
        line.hear(teller, claim, judgement.verdict);
        Decision { claim: index, verdict: judgement.verdict, line: line.id, before, maybe: judgement.maybe }
    }

    fn begin(&mut self, teller: Teller, claim: &Claim) -> usize {
        let made = self.lines.iter().filter(|line| line.id.0 < 0).count() as i64;
        self.lines.push(Known::new(LedgerId(-1 - made), teller, claim));
        self.altered.push(true);
        self.lines.len() - 1
    }
}

/// How many amounts a line remembers as its own.
const MAX_ALSO: usize = 16;
/// How many outlets a line names.
const MAX_OUTLETS: usize = 200;

impl Known {
    fn new(id: LedgerId, teller: Teller, claim: &Claim) -> Known {
        Known {
            id,
            force: claim.force.clone(),
            action: claim.action,
            status: claim.status,
            amount: claim.amount,
            from: claim.from.clone(),
            to: claim.to.clone(),
            at: claim.at.clone(),
            story: teller.story,
            first_article: teller.article.id,
            first_seen: teller.article.first_seen,
            last_seen: teller.article.first_seen,
            revision: 0,
            reports: 0,
            outlets: Vec::new(),
            first_outlet: teller.article.outlet.clone(),
            speaker: claim.speaker.clone(),
            disputed: false,
            marks: Marks {
                places: same::written(claim),
                day: same::day(teller, claim),
                period: claim.period.clone(),
                background: claim.context == Context::History,
                quiet: teller.article.baseline,
                ..Marks::default()
            },
        }
    }

    /// Takes in one telling: counts its article and outlet, and moves on where the verdict says so.
    fn hear(&mut self, teller: Teller, claim: &Claim, verdict: Verdict) {
        self.count(teller);
        match verdict {
            Verdict::Change | Verdict::Correction => self.move_on(teller, claim),
            Verdict::Disputed => {
                self.disputed = true;
                self.revision += 1;
                self.fill_in(teller, claim);
            }
            Verdict::Repeat => self.fill_in(teller, claim),
            Verdict::New | Verdict::Background => {}
        }
    }

    fn count(&mut self, teller: Teller) {
        self.last_seen = self.last_seen.max(teller.article.first_seen);
        if self.marks.last_article == Some(teller.article.id) {
            return;
        }
        self.marks.last_article = Some(teller.article.id);
        self.reports += 1;
        let owner = teller.article.owner.as_ref().unwrap_or(&teller.article.outlet);
        if !self.outlets.contains(owner) && self.outlets.len() < MAX_OUTLETS {
            self.outlets.push(owner.clone());
        }
    }

    /// The claim is what now holds. Late copies of what held before are repeats.
    fn move_on(&mut self, teller: Teller, claim: &Claim) {
        let moved = !amount::compatible(self.amount, claim.amount);
        if moved || amount::is_vague(self.amount) {
            self.remember(self.amount);
            self.amount = claim.amount;
        }
        self.status = claim.status;
        self.revision += 1;
        self.fill_in(teller, claim);
    }

    /// Takes over what the claim says and the line does not: it never contradicts.
    fn fill_in(&mut self, teller: Teller, claim: &Claim) {
        if !amount::compatible(self.amount, claim.amount) || amount::is_vague(claim.amount) {
            self.remember(claim.amount);
        } else if amount::is_vague(self.amount) {
            // What fits a vague word need not fit the number that takes its place.
            let vague = self.amount;
            if amount::is_exact(claim.amount) {
                self.amount = claim.amount;
                self.remember(vague);
            } else {
                self.remember(claim.amount);
            }
        }
        self.force = self.force.take().or_else(|| claim.force.clone());
        self.speaker = self.speaker.take().or_else(|| claim.speaker.clone());
        for (mine, theirs) in [(&mut self.from, &claim.from), (&mut self.to, &claim.to), (&mut self.at, &claim.at)] {
            if mine.is_empty() {
                mine.clone_from(theirs);
            }
        }
        if self.marks.places.is_empty() {
            self.marks.places = same::written(claim);
        }
        self.marks.day = self.marks.day.or_else(|| same::day(teller, claim));
    }

    fn remember(&mut self, amount: Amount) {
        if self.marks.also.len() < MAX_ALSO && !self.marks.also.contains(&amount) {
            self.marks.also.push(amount);
        }
    }

    /// Does this amount say what the line says, or has said? A vague word of the past is known again by itself alone: what grew out of
    /// "thousands" may yet become 9,000.
    fn says(&self, amount: Amount) -> bool {
        let said = |also: Amount| if amount::is_vague(also) { also == amount } else { amount::compatible(also, amount) };
        amount::compatible(self.amount, amount) || self.marks.also.iter().any(|&also| said(also))
    }
}

/// The part of a claim by which the store finds candidates. A missing force is compatible with any, so it is not part of the key.
pub fn key(claim: &Claim) -> Action {
    claim.action
}
