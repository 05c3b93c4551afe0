//! `orbat export`: everything that is kept, as JSON lines or CSV.

use super::{Failure, Globals, Outcome};
use crate::store::{Export, Kind, Store};
use serde_json::Value;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Writes a file for each of: feeds articles versions mentions claims appearances superseded alerts deliveries feedback.
Times are RFC 3339 in UTC. Secrets are left out. In CSV a text that a spreadsheet would take for a formula has a ' before it.

Examples:
  orbat export ~/orbat-export
  orbat export --table claims | jq .claim.amount
  orbat export --table appearances --format csv > claims.csv"
)]
pub struct Args {
    /// The directory to write to, made where there is none
    #[arg(required_unless_present = "table", conflicts_with = "table")]
    dir: Option<PathBuf>,
    /// Only this table, to standard output
    #[arg(long, value_name = "NAME", value_parser = table)]
    table: Option<&'static Export>,
    /// jsonl (one object a line) or csv
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    #[default]
    Jsonl,
    Csv,
}

fn table(name: &str) -> Result<&'static Export, String> {
    let names = || Export::ALL.iter().map(|table| table.name).collect::<Vec<_>>().join(", ");
    Export::named(name).ok_or_else(|| format!("there are: {}", names()))
}

pub fn run(args: &Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let store = globals.existing_store()?;
    match (&args.dir, args.table) {
        (_, Some(table)) => drop(write(&store, table, args.format, out)?),
        (Some(dir), None) => all(&store, dir, args.format, globals, out)?,
        (None, None) => return Err(Failure::usage("say where to: orbat export DIR")),
    }
    Ok(ExitCode::SUCCESS)
}

fn all(store: &Store, dir: &Path, format: Format, globals: &Globals, out: &mut dyn Write) -> Result<(), Failure> {
    let failed = |path: &Path, e: io::Error| Failure::failed(format_args!("{}: {e}", path.display()));
    super::make_private(dir).map_err(|e| failed(dir, e))?;
    for table in Export::ALL {
        let end = if matches!(format, Format::Csv) { "csv" } else { "jsonl" };
        let path = dir.join(format!("{}.{end}", table.name));
        let part = dir.join(format!("{}.{end}.part", table.name));
        let mut file = BufWriter::new(private(&part).map_err(|e| failed(&part, e))?);
        let rows = write(store, table, format, &mut file)?;
        file.into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all())
            .map_err(|e| failed(&part, e))?;
        std::fs::rename(&part, &path).map_err(|e| failed(&path, e))?;
        globals.tell(out, format_args!("{}: {}", path.display(), super::output::grouped(rows)))?;
    }
    Ok(())
}

/// A new file that only its owner may read.
fn private(path: &Path) -> io::Result<File> {
    let mut file = File::options();
    file.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path)
}

/// Writes a table; how many rows.
fn write(store: &Store, table: &Export, format: Format, out: &mut dyn Write) -> Result<u64, Failure> {
    if matches!(format, Format::Csv) {
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        write!(out, "{}\r\n", names.join(","))?;
    }
    let mut ended = Ok(());
    let rows = store.export(table, |row| {
        ended = match format {
            Format::Jsonl => object(table, row, out),
            Format::Csv => record(table, &row, out),
        };
        if ended.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    ended?;
    Ok(rows)
}

fn object(table: &Export, row: Vec<Value>, out: &mut dyn Write) -> io::Result<()> {
    let object: serde_json::Map<String, Value> =
        table.columns.iter().map(|(name, _)| (*name).to_owned()).zip(row).filter(|(_, value)| !value.is_null()).collect();
    serde_json::to_writer(&mut *out, &object)?;
    writeln!(out)
}

/// A line of CSV (RFC 4180).
fn record(table: &Export, row: &[Value], out: &mut dyn Write) -> io::Result<()> {
    let cells: Vec<String> = table.columns.iter().zip(row).map(|((_, kind), value)| cell(*kind, value)).collect();
    write!(out, "{}\r\n", cells.join(","))
}

/// Texts come from strangers: none may become a formula in a spreadsheet.
fn cell(kind: Kind, value: &Value) -> String {
    let text = match value {
        Value::Null => return String::new(),
        Value::String(text) if kind == Kind::Text && text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;
    use crate::store::Kind;
    use serde_json::json;

    #[test]
    fn cells() {
        for (kind, value, written) in [
            (Kind::Text, json!("plain"), "plain"),
            (Kind::Text, json!("a, \"b\"\nc"), "\"a, \"\"b\"\"\nc\""),
            (Kind::Text, json!("=HYPERLINK(1)"), "'=HYPERLINK(1)"),
            (Kind::Number, json!(-3), "-3"),
            (Kind::Flag, json!(true), "true"),
            (Kind::Json, json!({"high": 2, "low": 1}), "\"{\"\"high\"\":2,\"\"low\"\":1}\""),
            (Kind::Text, json!(null), ""),
        ] {
            assert_eq!(cell(kind, &value), written);
        }
    }
}
