//! Many texts: a line of JSON in, a line out, in order.

use super::{Args, MOST_TEXT, Record, SHORT};
use crate::text::Annotator;
use crate::text::fold::Tokens;
use crate::text::language::Language;
use serde::Deserialize;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
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
    let mut input: Box<dyn BufRead> = match args.input.as_deref() {
        None | Some("-") => Box::new(std::io::stdin().lock()),
        Some(file) => Box::new(BufReader::new(open(file)?)),
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    let (mut number, mut good, mut bytes) = (0u64, true, Vec::new());
    loop {
        bytes.clear();
        number += 1;
        if input.by_ref().take(MOST_TEXT).read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        let line = String::from_utf8_lossy(&bytes);
        let line = line.strip_prefix('\u{feff}').unwrap_or(&line);
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<Line>(line) {
            Ok(line) => writeln!(out, "{}", answer(args, annotator, &line)?)?,
            Err(error) => {
                good = false;
                // Its own line and column count within this one line.
                let error = error.to_string();
                let error = error.split(" at line ").next().unwrap_or_default();
                eprintln!("orbat extract: line {number}: {error}; expected {{\"id\", \"text\", \"lang\"?, \"title\"?}}");
            }
        }
    }
    out.flush()?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn open(file: &str) -> std::io::Result<std::fs::File> {
    std::fs::File::open(file)
        .map_err(|e| std::io::Error::new(e.kind(), format!("{file}: {e}; with jsonl the input is a file or -")))
}

fn answer(args: &Args, annotator: &Annotator, line: &Line) -> std::io::Result<String> {
    let title = line.title.as_deref().filter(|title| !title.is_empty()).map(|title| format!("{title}\n\n")).unwrap_or_default();
    let whole = format!("{title}{}", line.text);
    let tokens = Tokens::of(&whole);
    let annotation = match args.lang.or(line.lang) {
        None if whole.len() <= SHORT => annotator.annotate_short(&tokens, title.len(), annotator.language(&whole, None)),
        given => annotator.annotate(&tokens, title.len(), given),
    };
    Record::of(Some(&line.id), &annotation.behind(title.len()), args).line()
}
