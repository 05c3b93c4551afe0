//! What a rule has told of a line of the ledger: what its next word about that line is compared with.

use super::{Alert, AlertKind, Held};
use crate::ledger::{LedgerId, has_moved};
use crate::rule::Channel;
use crate::text::claim::{Amount, Claim, Status};
use serde::{Deserialize, Serialize};

/// The number and status that were told, and how loudly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    #[serde(flatten)]
    pub amount: Amount,
    pub status: Status,
    pub channel: Channel,
}

/// All that counts of what one rule has told of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The newest revision of the line that was told.
    pub revision: u32,
    pub last: State,
    /// The last that was told as loudly as ever. What waits for a digest meanwhile may never be read.
    pub loud: State,
}

impl Told {
    /// After one more telling.
    fn then(earlier: Option<Told>, revision: u32, now: State) -> Told {
        let Some(told) = earlier else { return Told { revision, last: now, loud: now } };
        // Among channels the louder is the lesser.
        let loud = if now.channel <= told.loud.channel { now } else { told.loud };
        Told { revision: revision.max(told.revision), last: now, loud }
    }

    /// The loudest that was said of the line: whoever was told it so is told its correction so.
    pub(super) fn loudest(&self) -> Channel {
        self.loud.channel
    }

    /// What the rule has told, as loudly as it asks for now, that this claim moves on from.
    pub(super) fn moved_on_by(&self, claim: &Claim, asked: Channel) -> Option<State> {
        let before = if asked <= self.loudest() { self.loud } else { self.last };
        differs(&before, claim).then_some(before)
    }
}

fn differs(state: &State, claim: &Claim) -> bool {
    state.status != claim.status || has_moved(claim.action, state.amount, claim.amount)
}

/// A claim of an alert behind the leading one that changes or corrects what was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Its place among the claims of the alert.
    pub claim: usize,
    pub kind: AlertKind,
    /// The amount and status that were told.
    pub before: (Amount, Status),
}

impl Alert {
    /// What its rule has told of its lines once it is told; `before` gives what it had told until then.
    pub fn told(&self, before: impl Fn(LedgerId) -> Option<Told>) -> Vec<(LedgerId, Told)> {
        if self.held == Some(Held::Muted) {
            return Vec::new();
        }
        // The first claims are those of the lines, in their order; parts of sums follow.
        let lines = self.lines_told.iter().zip(&self.claims);
        let one = |(&(line, revision), claim): (&(LedgerId, u32), &Claim)| {
            let told = before(line);
            // Who denies what others said leaves it as it was.
            let stays = told.filter(|_| self.tells(line).is_some_and(|(kind, _)| kind == AlertKind::Disputed));
            let (amount, status) = stays.map_or((claim.amount, claim.status), |told| (told.last.amount, told.last.status));
            (line, Told::then(told, revision, State { amount, status, channel: self.channel }))
        };
        lines.map(one).collect()
    }

    /// Does it say of something told that it is not so: corrected, denied, or called off?
    pub fn takes_back(&self) -> bool {
        let off = |claim: Option<&Claim>| claim.is_some_and(|claim| claim.status == Status::Denied);
        let one = |kind, claim| match kind {
            AlertKind::Correction | AlertKind::Disputed => true,
            AlertKind::Change => off(claim),
            _ => false,
        };
        one(self.kind, self.claims.first()) || self.moved.iter().any(|moved| one(moved.kind, self.claims.get(moved.claim)))
    }

    /// What it is that it tells of a line, at which revision; `None` where it tells nothing of it.
    pub(super) fn tells(&self, line: LedgerId) -> Option<(AlertKind, u32)> {
        let at = self.lines_told.iter().position(|(told, _)| *told == line)?;
        let behind = || self.moved.iter().find(|moved| moved.claim == at).map_or(AlertKind::New, |moved| moved.kind);
        Some((if at == 0 { self.kind } else { behind() }, self.lines_told[at].1))
    }
}
