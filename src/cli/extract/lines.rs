//! Many texts: a line of JSON in, a line out, in order.

use super::{Args, Record};
use crate::cli::lines;
use crate::text::Annotator;
use crate::text::fold::Tokens;
use crate::text::language::Language;
use serde::Deserialize;
use std::process::ExitCode;

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: serde_json::Value,
    text: String,
    lang: Option<Language>,
    title: Option<String>,
}

/// Reads to the end; a bad line is told and passed over.
pub fn run(args: &Args, annotator: &Annotator) -> std::io::Result<ExitCode> {
    let expected = r#"{"id", "text", "lang"?, "title"?}"#;
    let input = args.input.as_deref().unwrap_or("-");
    lines::answer_each(("extract", expected), input, |line: Line| answer(args, annotator, &line))
}

fn answer(args: &Args, annotator: &Annotator, line: &Line) -> std::io::Result<String> {
    let title = line.title.as_deref().filter(|title| !title.is_empty()).map(|title| format!("{title}\n\n")).unwrap_or_default();
    let whole = format!("{title}{}", line.text);
    let tokens = Tokens::of(&whole);
    let annotation = match args.lang.or(line.lang) {
        None => annotator.read(&tokens, title.len(), None),
        given => annotator.annotate(&tokens, title.len(), given),
    };
    Record::of(Some(&line.id), &annotation.behind(title.len()), args).line()
}
