//! `orbat story assign`: articles in, the story of each out. Needs no configuration, no database and no network.

use super::lines;
use crate::article::StoryId;
use crate::story::{Byline, Desk, Print, agency_of};
use crate::text::Annotator;
use crate::text::fold::Tokens;
use crate::text::language::Language;
use jiff::Timestamp;
use serde::Deserialize;
use std::process::ExitCode;

pub const EXAMPLES: &str = "Example:
  orbat story assign --format jsonl < articles.jsonl > stories.jsonl";

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Read articles in order and say which tell the same news
    #[command(after_help = EXAMPLES)]
    Assign(Assign),
}

#[derive(Debug, clap::Args)]
struct Assign {
    /// A file of articles, `-` for standard input
    #[arg(default_value = "-", hide_default_value = true)]
    input: String,
    /// jsonl: lines of {"id","title"?,"text"?,"lang"?,"published"?,"outlet"?} in, lines of {"id","story"} out
    #[arg(long, value_enum, default_value = "jsonl", hide_possible_values = true)]
    format: Format,
    /// Say with each why: what it shares with its story, how much (from 1 on it is one), whose text it is, what else it may belong to
    #[arg(long)]
    explain: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Jsonl,
}

/// One article. What is null or left out is not known.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: serde_json::Value,
    title: Option<String>,
    text: Option<String>,
    lang: Option<String>,
    published: Option<String>,
    outlet: Option<String>,
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    let Command::Assign(assign) = &args.command;
    match answer_all(assign) {
        Ok(code) => code,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("orbat story assign: {error}");
            ExitCode::FAILURE
        }
    }
}

fn answer_all(args: &Assign) -> std::io::Result<ExitCode> {
    let Format::Jsonl = args.format;
    let (annotator, mut desk, mut stories) = (Annotator::without_names(), Desk::default(), 0);
    let expected = r#"{"id", "title"?, "text"?, "lang"?, "published"?, "outlet"?}"#;
    lines::answer_each(("story assign", expected), &args.input, |line: Line| {
        let (answer, new) = answer(&mut desk, &annotator, &line, StoryId(stories + 1), args.explain);
        stories += i64::from(new);
        Ok(answer.to_string())
    })
}

/// What is said of an article, and whether it `begins` a story of this number. Stories are numbered from 1 in the order in which they began.
fn answer(desk: &mut Desk, annotator: &Annotator, line: &Line, begins: StoryId, explain: bool) -> (serde_json::Value, bool) {
    let title = line.title.as_deref().unwrap_or_default();
    let text = format!("{title}\n\n{}", line.text.as_deref().unwrap_or_default());
    let language = annotator.language(&text, line.lang.as_deref().and_then(Language::parse));
    let at = line.published.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
    let tokens = Tokens::of(&text);
    let annotation = annotator.annotate(&tokens, title.len() + 2, language);
    let print = Print::new(&tokens, language, at, &annotation);
    let by = Byline { owner: line.outlet.as_deref().unwrap_or_default(), state: false, agency: agency_of(&tokens) };
    let decision = desk.take(&print, &by, begins);
    let mut answer = serde_json::json!({ "id": line.id, "story": decision.story.0 });
    if explain {
        let likeness = |l: &crate::story::Likeness| serde_json::json!({ "score": l.score, "by": l.by, "shared": l.shared });
        answer["why"] = if decision.new { serde_json::Value::Null } else { likeness(&decision.likeness) };
        answer["origin"] = decision.origin.into();
        answer["state"] = decision.state.into();
        answer["maybe"] = decision.maybe.map_or(serde_json::Value::Null, |(story, l)| {
            let mut maybe = likeness(&l);
            maybe["story"] = story.0.into();
            maybe
        });
    }
    (answer, decision.new)
}
