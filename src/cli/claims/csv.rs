//! Claims as comma-separated values (RFC 4180), for spreadsheets.

use super::Entry;
use crate::cli::Outcome;
use std::io::Write;
use std::process::ExitCode;

const TITLES: &str = "id,first_seen,last_seen,force,low,high,approx,action,status,disputed,from,to,at,speaker,certainty,reports,independent,outlets,changes,first_outlet,story";

pub fn write(entries: &[Entry], out: &mut dyn Write) -> Outcome {
    writeln!(out, "{TITLES}\r")?;
    for entry in entries {
        writeln!(out, "{}\r", row(entry).join(","))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn row(Entry { line, certainty }: &Entry) -> Vec<String> {
    let number = |n: Option<u64>| n.map_or(String::new(), |n| n.to_string());
    vec![
        line.id.to_string(),
        line.first_seen.to_string(),
        line.last_seen.to_string(),
        cell(line.force.as_deref().unwrap_or_default()),
        number(line.amount.low),
        number(line.amount.high),
        line.amount.approximate.to_string(),
        line.action.to_string(),
        line.status.to_string(),
        line.disputed.to_string(),
        cell(&line.from.join(" ")),
        cell(&line.to.join(" ")),
        cell(&line.at.join(" ")),
        cell(line.speaker.as_deref().unwrap_or_default()),
        certainty.map_or(String::new(), |c| format!("{c:.2}")),
        line.reports.to_string(),
        line.outlets.len().to_string(),
        cell(&line.outlets.join("; ")),
        line.revision.to_string(),
        cell(&line.first_outlet),
        line.story.to_string(),
    ]
}

/// Words as a cell. What a spreadsheet would take for a formula gets an apostrophe before it: names come from strangers.
fn cell(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_hold_what_they_are_given() {
        for (text, written) in [
            ("Pentagon", "Pentagon"),
            ("", ""),
            ("Kirby, John", "\"Kirby, John\""),
            ("the \"army\"", "\"the \"\"army\"\"\""),
            ("=1+1", "'=1+1"),
            ("two\nlines", "\"two\nlines\""),
        ] {
            assert_eq!(cell(text), written);
        }
    }
}
