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

/// Passages that a language has at least; a third of all are without a figure.
const LEAST: usize = 150;

/// Every folder is read with the lexicon as the file says it now, whether it is compiled in or not.
#[test]
fn passages_come_out_as_written() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = String::new();
    let mut languages: Vec<String> = names(&root.join("tests/corpus"));
    languages.sort();
    for language in &languages {
        let source = std::fs::read_to_string(root.join("src/text/lexicon").join(language).with_extension("toml"));
        let source = source.unwrap_or_else(|e| panic!("help: src/text/lexicon/{language}.toml: {e}"));
        let annotator = Annotator::without_names().with_lexicon(&source);
        let annotator = annotator.unwrap_or_else(|fault| panic!("help: src/text/lexicon/{language}.toml: {fault:?}"));
        check(language, &annotator, &root.join("tests/corpus").join(language), &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong}");
    let read: Vec<String> = Annotator::without_names().languages().map(|l| l.to_string()).collect();
    assert!(read.iter().all(|l| languages.contains(l)), "help: a language of {read:?} has no folder in tests/corpus");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("help: {}: {e}", folder.display()));
    entries.map(|f| f.expect("a file").file_name().to_string_lossy().into_owned()).collect()
}

fn check(language: &str, annotator: &Annotator, folder: &Path, wrong: &mut String) {
    let mut files = names(folder);
    files.sort();
    let (mut count, mut negative) = (0, 0);
    for file in &files {
        for case in cases(&std::fs::read_to_string(folder.join(file)).expect("a readable file")) {
            (count, negative) = (count + 1, negative + usize::from(case.figures.is_empty()));
            let claims = annotator.annotate(&Tokens::of(&case.text), 0, Language::parse(language)).claims;
            let found: Vec<_> = claims.iter().filter(|c| c.certainty >= SURE).map(shown).collect();
            if found != case.figures {
                let place = format!("tests/corpus/{language}/{file}:{}", case.line);
                let _ = writeln!(wrong, "help: {place}: {}\n  expected {:#?}\n  found {found:#?}", case.text, case.figures);
            }
        }
    }
    if count < LEAST || negative * 3 < count {
        let _ = writeln!(
            wrong,
            "help: tests/corpus/{language}: {count} passages, {negative} without a figure: {LEAST} are wanted, a third of them without"
        );
    }
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
