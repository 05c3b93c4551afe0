//! The claims seen so far, merged across articles: is this claim new, a repeat, a change, a correction, disputed or background?
//!
//! Pure and deterministic: given what is [`Known`] and the claims of one article in the order of its text, [`Ledger::take`] says what each is,
//! and by which [`Reason`]. Whether a claim may be the same as a line is asked in [`same`], of casualties in [`event`]; amounts are compared in
//! [`amount`], names of places in [`name`], codes by the table in [`region`].

mod amount;
mod edition;
mod event;
mod judge;
mod known;
mod name;
pub mod region;
mod same;
mod series;
mod toll;
mod weekday;

pub use known::{Known, Marks};
use same::Occasion;

use crate::article::{Article, StoryId, ids};
use crate::text::claim::{Action, Amount, Claim, Context, Measure, Status};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

ids! {
    /// A line of the ledger: one claim, however often it is told.
    LedgerId
}

pub use amount::has_moved;
pub use edition::{Said, said_before};

/// Claims further back than this are not compared.
pub const WINDOW_DAYS: i64 = 21;
/// So long after the first article is read, a bare strength is as likely an old number as a new one.
const YOUNG: SignedDuration = SignedDuration::from_hours(14 * 24);

crate::text::claim::words! {
    /// What a claim is to what was known before.
    Verdict {
        New = "new", Repeat = "repeat", Change = "change", Correction = "correction", Disputed = "disputed",
        Background = "background",
    }
}

crate::text::claim::words! {
    /// Why a claim is what it is.
    Reason {
        /// Nothing known is like it.
        First = "first",
        /// Another line may be the same, in doubt.
        Doubt = "doubt",
        SameAmount = "same-amount",
        /// The same number of a weaker act: "400 are in Norway" of 400 sent there.
        OtherAct = "other-act",
        /// The same number with force and place the other way round: "reinforced Romania by 2,800".
        Roles = "roles",
        /// A sum or a part of numbers that are known.
        Sum = "sum",
        /// "500 more", by which the line had grown.
        Increase = "increase",
        Status = "status",
        /// A further status that only one report tells so far.
        OneReport = "one-report",
        Amount = "amount",
        TollGrew = "toll-grew",
        TollDoubled = "toll-doubled",
        /// Ten, a hundred or a thousand times too many or too few, put right by its own outlet.
        Slip = "slip",
        /// Its own outlet says that it corrects.
        Corrected = "corrected",
        /// The article itself says another number than before.
        Edited = "edited",
        /// The article was edited, and says this still.
        Unedited = "unedited",
        Cancelled = "cancelled",
        DeniedByOther = "denied-by-other",
        History = "history",
        Series = "series",
    }
}

/// What was decided about one claim of an article.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Index of the claim in the article's claims.
    pub claim: usize,
    pub verdict: Verdict,
    pub reason: Reason,
    /// The line as it stands after this claim (see [`Ledger::line`]).
    pub line: LedgerId,
    /// The amount and status before, where they changed.
    pub before: Option<(Amount, Status)>,
    /// A line that may be the same, where that is in doubt.
    pub maybe: Option<LedgerId>,
    /// The context, where others have told of one and this claim does not: the rotation that these 650 are a part of.
    pub context: Option<Context>,
}

/// What is known, and what this batch adds to it. Lines made here have negative ids until the store numbers them.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// In the order of their numbers; behind them those that were made here, from -1 down.
    lines: Vec<Known>,
    made: usize,
    /// For each line: was it made or altered here?
    altered: Vec<bool>,
    merged: Vec<LedgerId>,
    /// When the first article was read; `None`: long ago.
    since: Option<Timestamp>,
}

/// Who tells a claim.
#[derive(Clone, Copy)]
struct Teller<'a> {
    article: &'a Article,
    story: StoryId,
    /// Lines that this article has told already, in this reading of it.
    heard: &'a [LedgerId],
    /// All that it says.
    claims: &'a [Claim],
    /// Of the claim that it tells now.
    occasion: &'a Occasion,
    /// Lines that an earlier edition of the article told and this one does not: it may change them.
    taken_back: &'a [LedgerId],
}

impl Teller<'_> {
    fn owner(&self) -> &String {
        self.article.owner.as_ref().unwrap_or(&self.article.outlet)
    }
}

impl Ledger {
    /// A ledger of the lines of the window that the store holds.
    pub fn with(mut known: Vec<Known>) -> Ledger {
        known.sort_unstable_by_key(|line| line.id);
        Ledger { altered: vec![false; known.len()], lines: known, ..Ledger::default() }
    }

    /// The same ledger, whose first article was read then.
    pub fn since(self, first: Option<Timestamp>) -> Ledger {
        Ledger { since: first, ..self }
    }

    /// Has too little been read to tell a standing number from a new one?
    pub fn is_young(&self, now: Timestamp) -> bool {
        self.since.is_some_and(|first| now.duration_since(first) < YOUNG)
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
            if let Some(&(_, verdict, line)) = edition::said_before(claim, said) {
                let reason = Reason::Unedited;
                decisions.push(Decision { claim: i, verdict, reason, line, before: None, maybe: None, context: None });
                continue;
            }
            let sum = decisions.iter().find(|d| sums[i].contains(&d.claim) || sums[d.claim].contains(&i)).map(|d| d.line);
            let heard: Vec<LedgerId> = decisions.iter().map(|d| d.line).collect();
            let occasion = Occasion::of(article, claims, claim);
            let teller = Teller { article, story, heard: &heard, claims, taken_back: &taken_back, occasion: &occasion };
            let judgement = judge::judge(&self.lines, teller, claim, sum);
            let decision = self.enter(teller, i, claim, judgement);
            taken_back.retain(|line| *line != decision.line);
            decisions.push(decision);
        }
        decisions
    }

    pub fn line(&self, id: LedgerId) -> Option<&Known> {
        let (numbered, made) = self.lines.split_at(self.lines.len() - self.made);
        match usize::try_from(-1 - id.0) {
            Ok(at) => made.get(at),
            Err(_) => numbered.binary_search_by_key(&id, |line| line.id).ok().map(|at| &numbered[at]),
        }
    }

    pub fn lines(&self) -> &[Known] {
        &self.lines
    }

    /// The lines that were made or altered since [`Ledger::with`]: what the store has to write.
    pub fn altered(&self) -> Vec<&Known> {
        self.lines.iter().zip(&self.altered).filter(|(_, altered)| **altered).map(|(line, _)| line).collect()
    }

    /// The store has written what was altered, and given these numbers to the lines that were made. What is older than the window is let go.
    pub fn settle(&mut self, numbers: &HashMap<LedgerId, LedgerId>, now: Timestamp) {
        let number = |id: &mut LedgerId| *id = numbers.get(id).copied().unwrap_or(*id);
        for line in self.lines.iter_mut().zip(&self.altered).filter(|(_, altered)| **altered).map(|(line, _)| line) {
            number(&mut line.id);
            line.marks.maybe.as_mut().into_iter().chain(&mut line.marks.merged).for_each(number);
        }
        let window = SignedDuration::from_hours(24 * WINDOW_DAYS);
        self.lines.retain(|line| now.duration_since(line.last_seen) <= window);
        self.lines.sort_unstable_by_key(|line| line.id);
        self.altered = vec![false; self.lines.len()];
        self.made = 0;
        self.merged.clear();
    }

    /// The lines that turned out to be others since [`Ledger::with`]: what of them still waits to be told is told with those.
    pub fn merged(&self) -> &[LedgerId] {
        &self.merged
    }

    /// Writes what was judged into the line that it is about, or into a new one.
    fn enter(&mut self, teller: Teller, index: usize, claim: &Claim, judgement: judge::Judgement) -> Decision {
        let judge::Judgement { verdict, reason, line, maybe, context } = judgement;
        let at = line.unwrap_or_else(|| self.begin(teller, claim));
        let line = &mut self.lines[at];
        self.altered[at] = true;
        let before = matches!(verdict, Verdict::Change | Verdict::Correction).then_some((line.amount, line.status));
        line.hear(teller, claim, verdict, reason);
        if line.marks.maybe.is_none() && line.reports == 1 {
            line.marks.maybe = maybe.filter(|id| *id != line.id);
        }
        if let Some(context) = context.filter(|_| line.reports == 1) {
            line.marks.context = Some(context);
        }
        let id = line.id;
        if matches!(verdict, Verdict::Change | Verdict::Correction) {
            self.absorb(at);
        }
        Decision { claim: index, verdict, reason, line: id, before, maybe, context }
    }

    fn begin(&mut self, teller: Teller, claim: &Claim) -> usize {
        self.lines.push(Known::new(LedgerId(-1 - self.made as i64), teller, claim));
        self.made += 1;
        self.altered.push(true);
        self.lines.len() - 1
    }

    /// Lines that were in doubt because they said what this one says only now: its number, or by how many it has grown.
    fn absorb(&mut self, at: usize) {
        let into = self.lines[at].clone();
        for (other, altered) in self.lines.iter_mut().zip(&mut self.altered) {
            let doubted = other.marks.maybe == Some(into.id) && other.marks.merged.is_none();
            let growth = || other.marks.measure == Some(Measure::Change) && judge::has_grown_by(&into, other.amount);
            if doubted && (amount::compatible(other.amount, into.amount) || growth()) {
                other.marks.merged = Some(into.id);
                *altered = true;
                self.merged.push(other.id);
            }
        }
    }
}

/// The actions whose lines a claim of this one is compared with: what the store has to find for it. A missing force is compatible with any, so
/// it is not part of the key.
pub fn compared_with(action: Action) -> &'static [Action] {
    use Action::{Captured, Deploy, Freed, Killed, Losses, Missing, Other, Present, Raise, Ready, Train, Withdraw, Wounded};
    match action {
        Killed | Losses | Missing | Captured | Wounded => &[Killed, Losses, Missing, Captured, Wounded],
        Freed => &[Freed],
        _ => &[Deploy, Withdraw, Present, Ready, Raise, Train, Other],
    }
}
