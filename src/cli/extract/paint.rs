//! An annotated text for a person: numbers marked where they stand, each claim in words below its paragraph.

use super::Args;
use crate::text::Annotation;
use crate::text::claim::{Amount, Because, Claim};
use crate::text::span::Span;
use std::fmt::Write;

const NUMBER: &str = "\x1b[1;33m";
const NAME: &str = "\x1b[36m";
const NOTE: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

/// The text with its marks, then what each figure says.
pub fn page(text: &str, annotation: &Annotation, args: &Args, colours: bool) -> String {
    let all = annotation.claims.iter().zip(&annotation.reasons);
    let claims: Vec<(&Claim, &Because)> = all.filter(|(c, _)| c.certainty >= args.min_certainty).collect();
    let mut marks: Vec<(u32, u32, &str, Option<usize>)> =
        claims.iter().enumerate().map(|(n, (c, _))| (c.span.start, c.span.end, NUMBER, Some(n + 1))).collect();
    marks.extend(annotation.mentions.iter().map(|m| (m.span.start, m.span.end, NAME, None)));
    marks.sort_unstable_by_key(|m| (m.0, m.1));
    let mut out = String::with_capacity(text.len() * 2);
    let mut at = 0;
    for (start, end, colour, number) in marks {
        if (start as usize) < at {
            continue;
        }
        out.push_str(&text[at..start as usize]);
        out.push_str(&painted(&text[start as usize..end as usize], colour, colours));
        if let Some(number) = number {
            let _ = write!(out, "[{number}]");
        }
        at = end as usize;
    }
    out.push_str(&text[at..]);
    if !out.ends_with('\n') {
        out.push('\n');
    }
    for (n, (claim, because)) in claims.iter().enumerate() {
        let _ = write!(out, "\n{} {}", painted(&format!("[{}]", n + 1), NUMBER, colours), headline(claim));
        let _ = write!(out, "\n    {}", painted(&details(claim), NOTE, colours));
        if args.explain {
            let _ = write!(out, "\n    {}", painted(&reasons(text, claim, because), NOTE, colours));
        }
    }
    if claims.is_empty() {
        let read = annotation.language.map(|l| format!(", read as {l}: --lang gives another language")).unwrap_or_default();
        out.push_str(&painted(&format!("\nno troop figures{read}\n"), NOTE, colours));
    } else {
        out.push('\n');
    }
    out
}

fn painted(text: &str, colour: &str, colours: bool) -> String {
    if colours { format!("{colour}{text}{PLAIN}") } else { text.to_owned() }
}

/// "US: 2,000 deploy (planned), from US to DE, PL".
fn headline(claim: &Claim) -> String {
    let mut line = format!("{}: {} {}", claim.force.as_deref().unwrap_or("?"), amount(claim.amount), claim.action);
    let _ = write!(line, " ({})", claim.status);
    for (role, codes) in claim.lists() {
        if !codes.is_empty() {
            let _ = write!(line, ", {role} {}", codes.join(", "));
        }
    }
    line
}

fn details(claim: &Claim) -> String {
    let mut parts = vec![format!("certainty {:.2}", claim.certainty), format!("context {}", claim.context)];
    parts.extend(claim.speaker.as_ref().map(|s| format!("says {s}")));
    parts.extend(claim.when.as_ref().map(|w| format!("when {w}")));
    parts.extend(claim.period.as_ref().map(|p| format!("period {p}")));
    parts.extend(claim.unit.as_ref().map(|u| format!("unit {u}")));
    parts.extend(claim.measure.map(|m| format!("measure {m}")));
    if claim.hedged {
        parts.push("hedged".to_owned());
    }
    parts.join(", ")
}

/// Which words say what: `figure "troops"; US "American"; deploy "sends"; planned "sends"; to PL "Poland"`.
fn reasons(text: &str, claim: &Claim, because: &Because) -> String {
    let quoted =
        |span: Option<Span>| span.map_or("(taken for granted)".to_owned(), |s| format!("\u{201c}{}\u{201d}", s.of(text)));
    let noun = because.noun.map_or("(by what stands around it)".to_owned(), |s| quoted(Some(s)));
    let mut parts = vec![format!("figure {noun}")];
    parts.extend(claim.force.as_ref().map(|force| format!("{force} {}", quoted(because.force))));
    parts.push(format!("{} {}", claim.action, quoted(because.action)));
    parts.push(format!("{} {}", claim.status, quoted(because.status)));
    parts.extend(claim.places.iter().map(|p| format!("{} {} {}", p.role, p.code, quoted(Some(p.span)))));
    format!("because: {}", parts.join("; "))
}

/// "2,000", "2,000 to 3,000", "at least 100", "about 500".
pub fn amount(amount: Amount) -> String {
    let about = if amount.approximate { "about " } else { "" };
    match (amount.low, amount.high) {
        (Some(low), Some(high)) if low == high => format!("{about}{}", grouped(low)),
        (Some(low), Some(high)) => format!("{} to {}", grouped(low), grouped(high)),
        (Some(low), None) => format!("at least {}", grouped(low)),
        (None, Some(high)) => format!("at most {}", grouped(high)),
        (None, None) => "some".to_owned(),
    }
}

fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}
