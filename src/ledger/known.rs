//! A line of the ledger: what is known of one claim, and how a telling of it is taken in.

use super::{LedgerId, Reason, Teller, Verdict, amount, judge};
use crate::article::{ArticleId, StoryId};
use crate::text::claim::{Action, Amount, Claim, Context, Measure, Status};
use crate::text::fold::searchable;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How many amounts a line remembers as its own.
const MAX_ALSO: usize = 16;
/// How many outlets a line names.
const MAX_OUTLETS: usize = 200;
/// Places as written that a line remembers.
const MAX_PLACES: usize = 16;
/// So many reports outvote the first.
const OUTVOTED: u32 = 2;
/// Characters by which two sentences of one wire copy are known to be one.
const SAME_WORDING: usize = 40;

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
#[serde(default)]
pub struct Marks {
    /// The places as written, folded: "sulina".
    pub places: Vec<String>,
    /// The date on which it happened: for casualties and small counts.
    pub date: Option<Date>,
    /// The time that the count sums over, as written: a figure for a period is never compared with a total.
    pub period: Option<String>,
    pub measure: Option<Measure>,
    pub context: Option<Context>,
    /// Amounts that say the same: sums, parts, what stood before a change.
    pub also: Vec<Amount>,
    /// Of history: nothing current is compared with it.
    pub background: bool,
    /// A count that is told anew each day, or ever higher: its next value is neither new nor a change.
    pub series: bool,
    /// First told by an article that raises no alerts (a feed's first poll): known from then on, its repeats are no news.
    pub quiet: bool,
    /// The last article that told it: an article never changes what it has said itself.
    pub last_article: Option<ArticleId>,
    /// The line that this one may be the same as.
    pub maybe: Option<LedgerId>,
    /// The line that this one has turned out to be: it is compared with nothing any more.
    pub merged: Option<LedgerId>,
    /// A further status that one report alone has told, and the beginning of its sentence.
    pub rumour: Option<(Status, String)>,
    /// Reports of its status, and of an earlier one where only the first report told this one.
    pub agree: u32,
    pub less: u32,
    /// The toll that was last told aloud, and when.
    pub loud: Option<(Amount, Timestamp)>,
    /// The outlet and the article that told the present amount, where it is not the first.
    pub moved_by: Option<(String, ArticleId)>,
}

impl Known {
    pub(super) fn new(id: LedgerId, teller: Teller, claim: &Claim) -> Known {
        let seen = teller.article.first_seen;
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
            first_seen: seen,
            last_seen: seen,
            revision: 0,
            reports: 0,
            outlets: Vec::new(),
            first_outlet: teller.article.outlet.clone(),
            speaker: claim.speaker.clone(),
            disputed: false,
            marks: Marks {
                places: teller.occasion.places.clone(),
                date: teller.occasion.date,
                period: claim.period.clone(),
                measure: claim.measure,
                context: Some(claim.context),
                background: claim.context == Context::History,
                quiet: teller.article.baseline,
                loud: claim.action.is_casualty().then_some((claim.amount, seen)),
                ..Marks::default()
            },
        }
    }

    /// Takes in one telling: counts its article and outlet, and moves on where the verdict says so.
    pub(super) fn hear(&mut self, teller: Teller, claim: &Claim, verdict: Verdict, reason: Reason) {
        if verdict == Verdict::Repeat && reason == Reason::SameAmount && self.marks.last_article != Some(teller.article.id) {
            self.weigh_status(claim);
        }
        self.count(teller);
        match (verdict, reason) {
            (_, Reason::OneReport) => {
                self.marks.rumour = Some((claim.status, wording(teller, claim)));
                self.revision += 1;
            }
            (Verdict::Background, Reason::Series) => {
                self.marks.series = true;
                self.remember(self.amount);
                self.amount = claim.amount;
                self.revision += u32::from(self.reports > 1);
            }
            (Verdict::Change | Verdict::Correction, _) => self.move_on(teller, claim),
            (Verdict::Disputed, _) => {
                self.disputed = true;
                self.revision += 1;
                self.fill_in(teller, claim);
            }
            (Verdict::Repeat, Reason::OtherAct | Reason::Roles) => self.remember(claim.amount),
            (Verdict::Repeat, _) if self.action == claim.action => self.fill_in(teller, claim),
            _ => {}
        }
        if reason == Reason::TollDoubled {
            self.marks.loud = Some((claim.amount, teller.article.first_seen));
        }
    }

    /// A status that the first report alone has told gives way to the earlier one that the next reports tell.
    fn weigh_status(&mut self, claim: &Claim) {
        let marks = &mut self.marks;
        if claim.status == self.status {
            marks.agree += 1;
        } else if marks.agree == 0
            && self.revision == 0
            && claim.status != Status::Denied
            && judge::moves_on(claim.status, self.status)
        {
            marks.less += 1;
            if marks.less >= OUTVOTED {
                (self.status, marks.agree) = (claim.status, marks.less);
            }
        }
    }

    fn count(&mut self, teller: Teller) {
        self.last_seen = self.last_seen.max(teller.article.first_seen);
        if self.marks.last_article == Some(teller.article.id) {
            return;
        }
        self.marks.last_article = Some(teller.article.id);
        self.reports += 1;
        let owner = teller.owner();
        if !self.outlets.contains(owner) && self.outlets.len() < MAX_OUTLETS {
            self.outlets.push(owner.clone());
        }
    }

    /// The claim is what now holds. Late copies of what held before are repeats.
    fn move_on(&mut self, teller: Teller, claim: &Claim) {
        let moved = claim.amount != self.amount && (!amount::compatible(self.amount, claim.amount) || self.action.is_casualty());
        if moved || amount::is_vague(self.amount) {
            self.remember(self.amount);
            self.amount = claim.amount;
            self.marks.moved_by = Some((teller.article.outlet.clone(), teller.article.id));
        }
        self.status = claim.status;
        self.marks.rumour = None;
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
        for place in teller.occasion.places.iter().cloned() {
            if self.marks.places.len() < MAX_PLACES && !self.marks.places.contains(&place) {
                self.marks.places.push(place);
            }
        }
        self.marks.date = self.marks.date.or(teller.occasion.date);
    }

    pub(super) fn remember(&mut self, amount: Amount) {
        if self.marks.also.len() < MAX_ALSO && !self.marks.also.contains(&amount) {
            self.marks.also.push(amount);
        }
    }

    /// Does this amount say what the line says, or has said? A vague word of the past is known again by itself alone: what grew out of
    /// "thousands" may yet become 9,000.
    pub(super) fn says(&self, amount: Amount) -> bool {
        amount::compatible(self.amount, amount) || self.has_said(amount)
    }

    pub(super) fn has_said(&self, amount: Amount) -> bool {
        let said = |also: Amount| if amount::is_vague(also) { also == amount } else { amount::compatible(also, amount) };
        self.marks.also.iter().any(|&also| said(also))
    }

    /// The outlet and the article that told the present amount: theirs to correct.
    pub(super) fn told_by(&self) -> (&str, ArticleId) {
        let first = (self.first_outlet.as_str(), self.first_article);
        self.marks.moved_by.as_ref().map_or(first, |(outlet, article)| (outlet, *article))
    }

    /// Every country, region and sea that it names, its force among them.
    pub(super) fn cast(&self) -> impl Iterator<Item = &String> {
        self.force.iter().chain(&self.from).chain(&self.to).chain(&self.at)
    }
}

/// The beginning of the sentence, folded: copies of one wire begin alike.
pub(super) fn wording(teller: Teller, claim: &Claim) -> String {
    let (text, _) = teller.article.text();
    searchable(claim.sentence.of(&text)).chars().take(SAME_WORDING).collect()
}
