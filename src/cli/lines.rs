//! Lines of JSON in, lines of JSON out, in order: how a program drives a command.

use serde::de::DeserializeOwned;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::process::ExitCode;

/// Bytes of one line that are read.
pub const MOST: u64 = 64 << 20;

/// Answers each line of a file (`-`: of standard input). Empty lines are passed over; of a bad one `command` says what it `expected` instead,
/// and goes on. It succeeds where no line was bad.
pub fn answer_each<T: DeserializeOwned>(
    (command, expected): (&str, &str),
    input: &str,
    mut answer: impl FnMut(T) -> std::io::Result<String>,
) -> std::io::Result<ExitCode> {
    let mut input = open(input)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let (mut number, mut good, mut bytes) = (0u64, true, Vec::new());
    loop {
        bytes.clear();
        number += 1;
        if input.by_ref().take(MOST).read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        let line = String::from_utf8_lossy(&bytes);
        let line = line.strip_prefix('\u{feff}').unwrap_or(&line);
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<T>(line) {
            Ok(line) => writeln!(out, "{}", answer(line)?)?,
            Err(error) => {
                good = false;
                // Its own line and column count within this one line.
                let error = error.to_string();
                let error = error.split(" at line ").next().unwrap_or_default();
                eprintln!("orbat {command}: line {number}: {error}; expected {expected}");
            }
        }
    }
    out.flush()?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn open(input: &str) -> std::io::Result<Box<dyn BufRead>> {
    if input == "-" {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let said = |e: std::io::Error| std::io::Error::new(e.kind(), format!("{input}: {e}; with jsonl the input is a file or -"));
    Ok(Box::new(BufReader::new(std::fs::File::open(input).map_err(said)?)))
}
