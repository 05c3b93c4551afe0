//! A line of the ledger as a claim: what it says in words, and in sums.

use super::phrases::Phrases;
use super::title;
use crate::ledger::Known;
use crate::text::claim::{Claim, Context, Place};
use crate::text::language::Language;
use crate::text::span::Span;

/// What a line says, as if an article did. Of what only words tell (how they lie to a place, a unit) it says nothing.
pub(super) fn claim_of(line: &Known) -> Claim {
    Claim {
        span: Span::default(),
        text: String::new(),
        amount: line.amount,
        force: line.force.clone(),
        action: line.action,
        status: line.status,
        from: line.from.clone(),
        to: line.to.clone(),
        at: line.at.clone(),
        speaker: line.speaker.clone(),
        sentence: Span::default(),
        certainty: 1.0,
        places: Vec::new(),
        context: line.marks.context.unwrap_or(Context::Current),
        hedged: false,
        measure: line.marks.measure,
        period: line.marks.period.clone(),
        when: None,
        unit: None,
    }
}

/// What a line counts, without the number: `US to Poland`, `Dutch soldiers killed in Mali`. `places` are those of one who told it.
pub fn subject(line: &Known, places: &[Place], language: Language) -> String {
    title::subject(&Claim { places: places.to_vec(), ..claim_of(line) }, Phrases::of(language))
}
