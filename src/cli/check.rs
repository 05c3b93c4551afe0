//! `orbat check`: everything that is wrong with the configuration, in one run.

use super::{Failure, Globals, Outcome, say};
use crate::config::{Config, Problem};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Report};
use std::collections::BTreeSet;
use std::io::Write;
use std::process::ExitCode;

/// Report everything that is wrong with the configuration.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 all well, 2 problems.\n\nExample:\n  orbat check --config orbat.toml")]
pub struct Args {}

pub fn run(_args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let config = globals.config()?;
    globals.tell(out, summary(&config))?;
    note(&config).map_or(Ok(()), |note| globals.tell(out, note))?;
    Ok(ExitCode::SUCCESS)
}

fn summary(config: &Config) -> String {
    let name = config.files.first().and_then(|path| path.file_name()).unwrap_or_default().to_string_lossy();
    let rules = config.rules.iter().filter(|rule| rule.enabled).count();
    format!(
        "{name}: {}, {}, {}, {}: all well",
        counted(config.feeds.len(), "feed"),
        counted(config.entities.len(), "entity"),
        counted(rules, "rule"),
        counted(config.receivers.len(), "receiver"),
    )
}

/// What is allowed and hardly meant.
fn note(config: &Config) -> Option<&'static str> {
    if config.feeds.is_empty() {
        return Some("note: there are no feeds in these files; add [[feed]] tables, or use `orbat feed add URL`");
    }
    if config.receivers.is_empty() {
        return Some("note: there are no receivers, so nothing will be sent; `orbat alerts --follow` shows what is new");
    }
    None
}

/// Shows all problems with the lines they stand in, and says how many there are.
pub fn refuse(problems: &[Problem], globals: &Globals) -> Failure {
    say(render(problems, globals.colour(&std::io::stderr())));
    let files: BTreeSet<_> = problems.iter().map(|p| &p.file).collect();
    Failure::usage(format_args!("{} in {}", counted(problems.len(), "problem"), counted(files.len(), "file")))
}

/// All problems, each under the line it stands in.
fn render(problems: &[Problem], color: bool) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false);
    let mut text = String::new();
    for problem in problems {
        let mut rendered = String::new();
        // Writing to a string does not fail; were it to, the plain line still tells.
        if problem.line == 0 || handler.render_report(&mut rendered, diagnostic(problem).as_ref()).is_err() {
            rendered = format!("  × {problem}\n");
        }
        text.push_str(&rendered);
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}

fn diagnostic(problem: &Problem) -> Report {
    let mut diagnostic =
        MietteDiagnostic::new(&problem.message).with_label(LabeledSpan::new_with_span(None, problem.span.clone()));
    diagnostic.help.clone_from(&problem.hint);
    let source = std::fs::read_to_string(&problem.file).unwrap_or_default();
    Report::new(diagnostic).with_source_code(NamedSource::new(problem.file.display().to_string(), source))
}

/// `1 feed`, `2 feeds`, `2 entities`.
pub fn counted(n: usize, noun: &str) -> String {
    match (n, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{n} {stem}ies"),
        (_, None) => format!("{n} {noun}s"),
    }
}
