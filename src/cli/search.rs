//! `orbat search`: articles by their words, newest first, with the lines that hold them.

use super::articles::{marked, summary};
use super::output::{self, FormatArg};
use super::screen::{Screen, clean};
use super::{Failure, Globals, Outcome, time};
use crate::store::ArticleRow;
use crate::text::fold::Tokens;
use crate::text::query::{Query, QueryError};
use crate::text::span::Span;
use jiff::Zoned;
use serde_json::json;
use std::io::Write;
use std::process::ExitCode;

/// Tokens shown before and after the first word found.
const BEFORE: usize = 8;
const AFTER: usize = 24;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Words all have to be there. \"a phrase\", prefix*, AND, OR, NOT, NEAR(a b, 10), title:word narrow or widen.

Examples:
  orbat search 'mobilis* NOT title:sport'
  orbat search '\"eastern flank\" OR oostflank'
  orbat search --best 'brigade litouwen'"
)]
pub struct Args {
    /// What to look for
    #[arg(required = true, value_name = "QUERY")]
    query: Vec<String>,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u32,
    /// The best first, not the newest
    #[arg(long)]
    best: bool,
    #[command(flatten)]
    format: FormatArg,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let text = args.query.join(" ");
    let query = Query::parse(&text).map_err(|error| wrong(&text, &error))?;
    let store = globals.existing_store()?;
    let rows = if args.best { store.search_best(&query, args.limit)? } else { store.search(&query, args.limit)? };
    let words = words(&query);
    if args.format.is_json() {
        let found = rows.iter().map(|row| {
            let mut value = summary(row);
            value["snippet"] = json!(snippet(row, &words, &Screen::default()));
            value
        });
        return output::json(out, &found.collect::<Vec<_>>());
    }
    let (screen, now) = (globals.screen(), time::now());
    if rows.is_empty() {
        writeln!(out, "Nothing found.")?;
    }
    rows.iter().try_for_each(|row| print(row, &words, &screen, &now, out))?;
    Ok(ExitCode::SUCCESS)
}

/// The query with a mark under the place that is wrong.
fn wrong(text: &str, error: &QueryError) -> Failure {
    let before = text.get(..error.at).unwrap_or(text).chars().count();
    Failure::usage(format_args!("{}\n  {}\n  {}^", error.message, clean(text), " ".repeat(before)))
}

fn print(row: &ArticleRow, words: &[Wanted], screen: &Screen, now: &Zoned, out: &mut dyn Write) -> std::io::Result<()> {
    let article = &row.article;
    let head = format!("{}  {}  {}", article.id, time::short(article.first_seen, now), clean(&article.outlet));
    writeln!(out, "{}  {}", screen.faint(&head), screen.bold(&clean(&article.title)))?;
    let snippet = snippet(row, words, screen);
    if !snippet.is_empty() {
        writeln!(out, "  {snippet}")?;
    }
    Ok(())
}

/// A folded word that is looked for, or the beginning of one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    word: String,
    prefix: bool,
}

impl Wanted {
    fn is(&self, folded: &str) -> bool {
        if self.prefix { folded.starts_with(&self.word) } else { folded == self.word }
    }
}

/// The words that a query asks for; those that it forbids are left out.
fn words(query: &Query) -> Vec<Wanted> {
    match query {
        Query::Phrase { words, prefix, .. } => {
            let last = words.len().saturating_sub(1);
            words.iter().enumerate().map(|(i, w)| Wanted { word: w.clone(), prefix: *prefix && i == last }).collect()
        }
        Query::And(a, b) | Query::Or(a, b) => [words(a), words(b)].concat(),
        Query::Not(a, _) => words(a),
        Query::Near { phrases, .. } => phrases.iter().flatten().map(|w| Wanted { word: w.clone(), prefix: false }).collect(),
    }
}

/// The words of the body around the first that was looked for; the beginning where only the title holds it.
fn snippet(row: &ArticleRow, words: &[Wanted], screen: &Screen) -> String {
    let body = &row.article.body;
    let tokens = Tokens::of(body);
    let hit = |i: &usize| words.iter().any(|w| w.is(tokens.folded(*i)));
    let first = (0..tokens.len()).find(hit).unwrap_or(0);
    let range = first.saturating_sub(BEFORE)..(first + AFTER).min(tokens.len());
    let (Some(start), Some(end)) = (tokens.list.get(range.start), tokens.list.get(range.end.wrapping_sub(1))) else {
        return String::new();
    };
    let (start, end) = (start.span.start, end.span.end);
    let shifted = |span: Span| Span { start: span.start - start, end: span.end - start };
    let spans: Vec<_> = range.clone().filter(hit).map(|i| shifted(tokens.list[i].span)).collect();
    let text = marked(Span { start, end }.of(body), &spans, screen);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut = |missing: bool| if missing { "… " } else { "" };
    format!("{}{text}{}", cut(range.start > 0), cut(range.end < tokens.len()).trim_end())
}
