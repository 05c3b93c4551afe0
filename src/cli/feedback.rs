//! `orbat feedback`: the passages that were read wrongly, as their readers say, as cases for a lexicon.

use super::output::{self, FormatArg};
use super::table::{Column, Table};
use super::time::{self, Since};
use super::{Globals, Outcome};
use crate::store::Feedback;
use crate::text::claim::Claim;
use crate::text::language::Language;
use jiff::Zoned;
use serde_json::{Value, json};
use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "`Wrong` on a popup and `orbat alerts wrong ID` bring them here.

Examples:
  orbat feedback list
  orbat feedback export --language nl > wrong.jsonl"
)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// What was called wrong, and what was read there
    #[command(after_help = "Example:\n  orbat feedback list --since 30d")]
    List(List),
    /// The same as JSON lines for an annotator
    #[command(
        after_help = "A line holds `text`, `lang` and `figures`, as annotated texts do: `figures` are those that nobody called wrong, so that the line is a test as it stands; under `wrong` are those that were, to be corrected and moved, or left out.

Example:
  orbat feedback export > wrong.jsonl"
    )]
    Export(Export),
}

#[derive(Debug, clap::Args)]
struct List {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    format: FormatArg,
}

#[derive(Debug, clap::Args)]
struct Export {
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, clap::Args)]
struct Which {
    /// Only those since (24h, 7d, 2026-11-20)
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
    /// Only in this language
    #[arg(long, value_name = "CODE", value_parser = output::language)]
    language: Option<Language>,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let now = time::now();
    let (Verb::List(List { which, .. }) | Verb::Export(Export { which })) = &args.verb;
    let mut all = globals.existing_store()?.feedback(which.since.map(|since| since.before(&now)))?;
    all.retain(|one| which.language.is_none() || one.passage.language == which.language);
    match args.verb {
        Verb::Export(_) => export(&all, out),
        Verb::List(list) if list.format.is_json() => output::json(out, &all.iter().map(value).collect::<Vec<_>>()),
        Verb::List(_) => output::table(out, &globals.screen(), &table(&all, &now), "Nothing was called wrong."),
    }
}

fn export(all: &[Feedback], out: &mut dyn Write) -> Outcome {
    for one in all {
        serde_json::to_writer(&mut *out, &gold(one)).map_err(std::io::Error::from)?;
        writeln!(out)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn table(all: &[Feedback], now: &Zoned) -> Table {
    use Column::{Left, Right, Wide};
    let columns = [Right("ID"), Left("TIME"), Right("ALERT"), Left("LANG"), Left("READ AS"), Wide("PASSAGE"), Wide("NOTE")];
    let mut table = Table::new(&columns);
    for one in all {
        let claims = one.passage.wrong.iter().map(|c| format!("{} {}", output::amount(c.amount), super::claims::Said::of(c)));
        let read: Vec<String> = claims.chain(one.passage.entities.iter().cloned()).collect();
        table.row([
            one.id.to_string(),
            time::short(one.at, now),
            one.alert.to_string(),
            one.passage.language.map_or("-".to_owned(), |l| l.to_string()),
            read.join("; "),
            one.passage.wrong.first().map_or(&*one.passage.text, |c| c.sentence.of(&one.passage.text)).to_owned(),
            one.note.clone().unwrap_or_default(),
        ]);
    }
    table
}

fn value(one: &Feedback) -> Value {
    json!({"id": one.id, "alert": one.alert, "at": one.at, "note": one.note, "passage": one.passage})
}

/// A passage as annotated texts are written.
fn gold(one: &Feedback) -> Value {
    let passage = &one.passage;
    let figures = |claims: &[Claim]| claims.iter().map(|claim| figure(claim, &passage.text)).collect::<Vec<_>>();
    let mut line = json!({
        "id": format!("feedback-{}", one.id),
        "lang": passage.language,
        "text": passage.text,
        "figures": figures(&passage.others),
        "ignore": [],
        "wrong": figures(&passage.wrong),
        "alert": one.alert,
        "at": one.at,
        "note": one.note,
    });
    if !passage.entities.is_empty() {
        line["entities"] = json!(passage.entities);
    }
    line
}

/// `num` is the number as written, `occ` which of its occurrences in the text it is, from 1.
fn figure(claim: &Claim, text: &str) -> Value {
    let before = text.match_indices(&claim.text).take_while(|(at, _)| *at < claim.span.start as usize).count();
    json!({
        "num": claim.text,
        "occ": before + 1,
        "low": claim.amount.low,
        "high": claim.amount.high,
        "approx": claim.amount.approximate,
        "force": claim.force,
        "action": claim.action,
        "status": claim.status,
        "from": claim.from,
        "to": claim.to,
        "at": claim.at,
        "source": claim.speaker,
    })
}
