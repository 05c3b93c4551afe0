//! `orbat articles`: what was read, and what was found in it.

use super::output::{self, FormatArg};
use super::screen::{Screen, clean_lines};
use super::table::{Column, Table};
use super::time::{self, Since};
use super::{Failure, Globals, Outcome, versions};
use crate::article::ArticleId;
use crate::ledger::Said;
use crate::store::{ArticleFilter, ArticleRow, Store, Version};
use crate::text::language::Language;
use crate::text::span::Span;
use jiff::Zoned;
use serde_json::{Value, json};
use std::io::Write;

/// Shown unless `--limit` says otherwise.
pub const LIMIT: u32 = 50;

#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  orbat articles --since 24h --with-claims
  orbat articles --entity zelensky --format json
  orbat articles show 1234"
)]
pub struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    list: List,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// One article with all that was found in it
    #[command(after_help = "Example:\n  orbat articles show 1234")]
    Show(Show),
    /// Remove old articles; the ledger and the alerts stay, and none comes back as new
    #[command(after_help = "Example:\n  orbat articles purge --before 365d --dry-run")]
    Purge(Purge),
}

#[derive(Debug, clap::Args)]
struct Purge {
    /// Those first seen before (365d, 2026-01-01)
    #[arg(long, value_name = "TIME")]
    before: Since,
    /// Say how many, remove none
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
struct Show {
    /// Number of the article
    id: i64,
    #[command(flatten)]
    format: FormatArg,
}

#[derive(Debug, clap::Args)]
struct List {
    /// Only of this feed
    #[arg(long)]
    feed: Option<String>,
    /// Only of feeds with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Only in this language
    #[arg(long, value_name = "CODE", value_parser = output::language)]
    language: Option<Language>,
    /// Only those first seen since (24h, 7d, 2026-11-20)
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
    /// Only those that mention this entity
    #[arg(long, value_name = "ID")]
    entity: Option<String>,
    /// Only those that say something about troops
    #[arg(long)]
    with_claims: bool,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = LIMIT)]
    limit: u32,
    #[command(flatten)]
    format: FormatArg,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let store = globals.existing_store()?;
    match args.verb {
        Some(Verb::Show(show)) => article(&store, show, globals, out),
        Some(Verb::Purge(args)) => purge(&store, &args, globals, out),
        None => list(&store, args.list, globals, out),
    }
}

fn purge(store: &Store, args: &Purge, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let before = args.before.before(&time::now());
    if args.dry_run {
        let count = output::grouped(store.purgeable_articles(before)?);
        globals.tell(out, format_args!("{count} articles would be removed"))?;
    } else {
        let count = output::grouped(store.purge_articles(before)?);
        globals.tell(out, format_args!("{count} articles removed"))?;
    }
    Ok(std::process::ExitCode::SUCCESS)
}

fn list(store: &Store, args: List, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let now = time::now();
    let filter = ArticleFilter {
        feed: args.feed,
        tag: args.tag,
        language: args.language,
        since: args.since.map(|s| s.before(&now)),
        entity: args.entity,
        with_claims: args.with_claims,
        limit: args.limit,
    };
    let rows = store.articles(&filter)?;
    if args.format.is_json() {
        return output::json(out, &rows.iter().map(summary).collect::<Vec<_>>());
    }
    output::table(out, &globals.screen(), &table(&rows, &now), "No articles.")
}

fn table(rows: &[ArticleRow], now: &Zoned) -> Table {
    let columns = [
        Column::Right("ID"),
        Column::Left("SEEN"),
        Column::Left("OUTLET"),
        Column::Left("LANG"),
        Column::Right("CLAIMS"),
        Column::Wide("TITLE"),
    ];
    let mut table = Table::new(&columns);
    for row in rows {
        let article = &row.article;
        table.row([
            article.id.to_string(),
            time::short(article.first_seen, now),
            article.outlet.clone(),
            article.language.map_or("-".to_owned(), |l| l.to_string()),
            if row.pending { "unread".to_owned() } else { row.claims.len().to_string() },
            article.title.clone(),
        ]);
    }
    table
}

/// An article in a list, for programs.
pub fn summary(row: &ArticleRow) -> Value {
    let article = &row.article;
    json!({
        "id": article.id,
        "feed": article.feed,
        "outlet": article.outlet,
        "tags": article.tags,
        "url": article.url,
        "title": article.title,
        "language": article.language,
        "published": article.published,
        "first_seen": article.first_seen,
        "story": row.story,
        "baseline": article.baseline,
        "pending": row.pending,
        "claims": row.claims.len(),
        "mentions": row.mentions.len(),
        "versions": row.versions,
    })
}

fn article(store: &Store, args: Show, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let row = store.article(ArticleId(args.id))?;
    let row = row.ok_or_else(|| Failure::failed(format_args!("there is no article {}", args.id)))?;
    let versions = store.versions(row.article.id)?;
    if args.format.is_json() {
        return output::json(out, &whole(&row, &versions));
    }
    show(&row, &globals.screen(), &time::now(), out)?;
    versions::print(&row, &versions, &globals.screen(), &time::now(), out)?;
    Ok(std::process::ExitCode::SUCCESS)
}

/// All of an article, for programs. Spans are bytes of `text`.
fn whole(row: &ArticleRow, versions: &[Version]) -> Value {
    let (text, _) = row.article.text();
    let claims = row.claims.iter().map(|(claim, verdict, line)| json!({"line": line, "verdict": verdict, "claim": claim}));
    let mut value = summary(row);
    value["text"] = json!(text);
    value["text_from"] = json!(row.text_from);
    value["note"] = json!(row.note);
    value["claims"] = claims.collect();
    value["mentions"] = json!(row.mentions);
    value["versions"] = versions::values(row, versions);
    value
}

fn show(row: &ArticleRow, screen: &Screen, now: &Zoned, out: &mut dyn Write) -> std::io::Result<()> {
    let article = &row.article;
    let names: Vec<_> = row.mentions.iter().map(|m| m.entity.clone()).collect();
    let facts = [
        ("outlet", Some(article.outlet.clone())),
        ("url", article.url.as_ref().map(ToString::to_string)),
        ("published", article.published.map(|at| time::long(at, now))),
        ("first seen", Some(time::long(article.first_seen, now))),
        ("language", article.language.map(|l| l.to_string())),
        ("text from", Some(if row.pending { "unread as yet".to_owned() } else { row.text_from.to_string() })),
        ("note", row.note.clone()),
        ("story", row.story.map(|s| s.to_string())),
        ("first poll", article.baseline.then(|| "told of in no alert".to_owned())),
        ("edited", (row.versions > 0).then(|| format!("{} times", row.versions))),
        ("names", Some(counted(&names))),
    ];
    output::fields(out, screen, &facts)?;
    if !row.claims.is_empty() {
        writeln!(out)?;
        claim_table(&row.claims, &article.text().0).print(out, screen)?;
    }
    let (text, _) = article.text();
    let spans: Vec<_> = row.claims.iter().map(|(claim, ..)| claim.span).chain(row.mentions.iter().map(|m| m.span)).collect();
    writeln!(out, "\n{}", marked(&text, &spans, screen).trim_end())
}

/// What an edition of an article says about troops.
pub fn claim_table(claims: &[Said], text: &str) -> Table {
    use Column::{Left, Right, Wide};
    let mut table = Table::new(&[Right("LINE"), Left("IS"), Right("HOW MANY"), Left("WHAT"), Wide("AS WRITTEN")]);
    for (claim, verdict, line) in claims {
        let said = super::claims::Said::of(claim);
        table.row([
            line.to_string(),
            verdict.to_string(),
            output::amount(claim.amount),
            said.to_string(),
            claim.sentence.of(text).to_owned(),
        ]);
    }
    table
}

/// Each name once, with how often where it is more: `nato ×3, zelensky`.
pub fn counted(names: &[String]) -> String {
    let mut counts = std::collections::BTreeMap::<&str, u32>::new();
    names.iter().for_each(|name| *counts.entry(name).or_default() += 1);
    let written = counts.iter().map(|(name, n)| if *n > 1 { format!("{name} ×{n}") } else { (*name).to_owned() });
    written.collect::<Vec<_>>().join(", ")
}

/// The text, safe to print, with these spans in bold.
pub fn marked(text: &str, spans: &[Span], screen: &Screen) -> String {
    let mut spans = spans.to_vec();
    spans.sort();
    let (mut out, mut at) = (String::new(), 0);
    for span in spans {
        let (start, end) = (span.start as usize, span.end as usize);
        let (Some(before), Some(inside)) = (text.get(at..start.max(at)), text.get(start.max(at)..end.max(at))) else { continue };
        out += &clean_lines(before);
        if !inside.is_empty() {
            out += &screen.bold(&clean_lines(inside));
        }
        at = end.max(at);
    }
    out + &clean_lines(text.get(at..).unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::{counted, marked};
    use crate::cli::Screen;
    use crate::text::span::Span;

    #[test]
    fn spans_are_marked_and_no_letter_is_lost() {
        let screen = Screen { width: None, bold: true };
        let text = "één 2.000 man\x1b naar 🇵🇱";
        let spans = [Span::new(6, 11), Span::new(6, 11), Span::new(8, 15), Span::new(90, 99)];
        let marked = marked(text, &spans, &screen);
        assert_eq!(marked, "één \x1b[1m2.000\x1b[0m\x1b[1m man\x1b[0m naar 🇵🇱");
        assert_eq!(super::marked(text, &spans, &Screen::default()), "één 2.000 man naar 🇵🇱");
    }

    #[test]
    fn names_are_counted() {
        assert_eq!(counted(&["nato".into(), "eu".into(), "nato".into()]), "eu, nato ×2");
    }
}
