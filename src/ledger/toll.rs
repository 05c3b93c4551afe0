//! A rising toll: two dead, then three, four, seven. It takes the place of what was told silently, and sounds again when it has doubled, or has
//! grown at all six hours after it last did.

use super::{Known, Reason, amount};
use crate::text::claim::{Claim, Measure, Status};
use jiff::{SignedDuration, Timestamp};

/// A toll sounds again when it has grown so many times.
const TIMES: u64 = 2;
/// After this any growth sounds.
const QUIET_FOR: SignedDuration = SignedDuration::from_hours(6);

/// What the claim is to the line, if it is its toll that has risen. Even by one, which is less than a tenth.
pub(super) fn rises(line: &Known, claim: &Claim, seen: Timestamp) -> Option<Reason> {
    let counts = claim.action.is_casualty() && claim.status == Status::Fact && line.status == Status::Fact;
    let whole = !matches!(claim.measure, Some(Measure::Change | Measure::Part)) && !amount::is_vague(claim.amount);
    let (before, now) = (line.amount.reach(), claim.amount.low?);
    if !counts || !whole || claim.amount.approximate || now <= before || line.marks.also.contains(&claim.amount) {
        return None;
    }
    let (loud, at) = line.marks.loud.unwrap_or((line.amount, line.first_seen));
    let sounds = now >= loud.reach().saturating_mul(TIMES) || seen.duration_since(at) >= QUIET_FOR;
    Some(if sounds { Reason::TollDoubled } else { Reason::TollGrew })
}
