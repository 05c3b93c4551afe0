//! Passages written for this test, with the figures that they hold: one folder per language.

use orbat::text::Annotator;
use orbat::text::claim::{Amount, Claim};
use orbat::text::fold::Tokens;
use orbat::text::language::Language;
use std::fmt::Write;
use std::path::Path;

/// Figures that are less sure are not told either.
const SURE: f32 = 0.5;

/// A passage with its figures, as the file writes them.
struct Case {
    line: usize,
    text: String,
    figures: Vec<String>,
}

#[test]
fn dutch() {
    check("nl");
}

#[test]
fn english() {
    check("en");
}

fn check(language: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(language);
    let mut files: Vec<_> = std::fs::read_dir(&folder).expect("the corpus").map(|f| f.expect("a file").path()).collect();
    files.sort();
    let (annotator, mut wrong, mut count) = (Annotator::without_names(), String::new(), 0);
    for file in &files {
        for case in cases(&std::fs::read_to_string(file).expect("a readable file")) {
            count += 1;
            let claims = annotator.annotate(&Tokens::of(&case.text), 0, Language::parse(language)).claims;
            let found: Vec<_> = claims.iter().filter(|c| c.certainty >= SURE).map(shown).collect();
            if found != case.figures {
                let place = format!("tests/corpus/{language}/{}:{}", file.file_name().unwrap_or_default().display(), case.line);
                let _ = writeln!(wrong, "help: {place}: {}\n  expected {:#?}\n  found {found:#?}", case.text, case.figures);
            }
        }
    }
    assert!(count >= 60, "help: tests/corpus/{language}: {count} passages, at least 60 are wanted");
    assert!(wrong.is_empty(), "{wrong}");
}

/// Reads passages: lines of text, then lines that begin with `- `; headings and what stands before the first figure list are told apart by
/// an empty line.
fn cases(file: &str) -> Vec<Case> {
    let (mut list, mut text, mut start) = (Vec::<Case>::new(), String::new(), 0);
    for (n, line) in file.lines().enumerate() {
        if let Some(figure) = line.strip_prefix("- ") {
            if !text.is_empty() {
                list.push(Case { line: start, text: std::mem::take(&mut text), figures: Vec::new() });
            }
            if let Some(case) = list.last_mut().filter(|_| figure != "none") {
                case.figures.push(figure.to_owned());
            }
        } else if line.is_empty() || line.starts_with('#') {
            text.clear();
        } else {
            if text.is_empty() {
                start = n + 1;
            } else {
                text.push('\n');
            }
            text.push_str(line);
        }
    }
    list
}

/// A claim as the files write it.
fn shown(claim: &Claim) -> String {
    let force = claim.force.as_deref().unwrap_or("?");
    let mut line = format!("`{}` {} {force} {} {}", claim.text, amount(claim.amount), claim.action, claim.status);
    for (role, codes) in claim.lists() {
        if !codes.is_empty() {
            let _ = write!(line, " {role}={}", codes.join(","));
        }
    }
    line
}

fn amount(amount: Amount) -> String {
    let bound = |b: Option<u64>| b.map_or(String::new(), |b| b.to_string());
    let rough = if amount.approximate { "~" } else { "" };
    match (amount.low, amount.high) {
        (Some(low), Some(high)) if low == high => format!("{rough}{low}"),
        (low, high) => format!("{rough}{}..{}", bound(low), bound(high)),
    }
}
