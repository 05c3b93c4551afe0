//! `orbat extract`: a text in, its figures and claims out. Needs no config, no database and no network.

mod lines;
mod page;
mod paint;

use super::Globals;
use crate::text::claim::{Because, Claim};
use crate::text::fold::Tokens;
use crate::text::gazetteer::{Gazetteer, Mention};
use crate::text::language::Language;
use crate::text::{Annotation, Annotator};
use page::Source;
use std::io::{Read, Write};
use std::process::ExitCode;

/// Bytes of text that are read from a file or standard input in one piece.
const MOST_TEXT: u64 = 64 << 20;

/// What is asked of `orbat extract`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A URL, a file, `-` for standard input, or the text itself
    pub input: Option<String>,
    /// Take the argument as the text, whatever it looks like
    #[arg(long)]
    pub text: bool,
    /// text: coloured, for people; json: one object; jsonl: lines of {"id","text","lang"?,"title"?} in and out
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// The language of the text (default: what it looks like)
    #[arg(long, value_parser = language)]
    pub lang: Option<Language>,
    /// A TOML file of `[[entity]]` tables to look for [default: those of the configuration]
    #[arg(long, value_name = "FILE")]
    pub entities: Option<std::path::PathBuf>,
    /// Show which words made each figure, and gave its force, action, status and places
    #[arg(long)]
    pub explain: bool,
    /// A lexicon to read its language with, instead of the one compiled in and the words of the configuration
    #[arg(long, value_name = "FILE")]
    pub lexicon: Option<std::path::PathBuf>,
    /// Leave out figures that are less sure than this
    #[arg(long, value_name = "0..1", default_value_t = 0.5, value_parser = certainty)]
    pub min_certainty: f32,
}

/// How the result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Text,
    Json,
    Jsonl,
}

fn language(tag: &str) -> Result<Language, String> {
    Language::parse(tag).ok_or_else(|| "a language is two letters, such as nl or en".to_owned())
}

fn certainty(text: &str) -> Result<f32, String> {
    let value = text.parse().ok().filter(|v| (0.0..=1.0).contains(v));
    value.ok_or_else(|| "a certainty lies between 0 and 1".to_owned())
}

/// Runs the command.
pub fn run(args: Args, globals: &Globals) -> ExitCode {
    match extract(&args, globals, globals.colour(&std::io::stdout())) {
        Ok(code) => code,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("orbat extract: {error}");
            ExitCode::FAILURE
        }
    }
}

fn extract(args: &Args, globals: &Globals, colours: bool) -> std::io::Result<ExitCode> {
    let annotator = annotator(args, globals)?;
    if let Some(language) = args.lang.filter(|l| !annotator.languages().any(|known| known == *l)) {
        eprintln!("orbat extract: no lexicon of `{language}`: names are looked for, figures are not read");
    }
    if args.format == Format::Jsonl {
        return lines::run(args, &annotator);
    }
    let Source { text, title, declared } = read(args)?;
    let tokens = Tokens::of(&text);
    let annotation = match args.lang {
        None => annotator.read(&tokens, title, declared),
        given => annotator.annotate(&tokens, title, given),
    };
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Json => writeln!(out, "{}", Record::of(None, &annotation, args).line()?)?,
        _ => out.write_all(paint::page(&text, &annotation, args, colours).as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// With the names of `--entities` and the lexicon of `--lexicon`, or else the names and words of the configuration, where there is one.
fn annotator(args: &Args, globals: &Globals) -> std::io::Result<Annotator> {
    let config = globals.config_if_well();
    let names = match &args.entities {
        Some(file) => page::entities(file)?,
        None => config.iter().flat_map(|config| &config.entities).map(|entity| entity.value.clone()).collect(),
    };
    let annotator = if names.is_empty() { Annotator::without_names() } else { Annotator::new(Gazetteer::new(&names)) };
    match &args.lexicon {
        Some(file) => page::lexicon(annotator, file),
        None => {
            let words: Vec<String> = config.into_iter().flat_map(|config| config.words).map(|words| words.value).collect();
            annotator.with_words(&words).map_err(|(_, fault)| std::io::Error::other(fault.message))
        }
    }
}

/// The text that the argument stands for.
fn read(args: &Args) -> std::io::Result<Source> {
    let input = args.input.as_deref().unwrap_or("-");
    if args.text {
        return Ok(Source::plain(input.to_owned()));
    }
    if input == "-" {
        return Ok(Source::plain(lossy(std::io::stdin().lock())?));
    }
    if input.starts_with("http://") || input.starts_with("https://") {
        return page::article(input);
    }
    if std::path::Path::new(input).is_file() {
        return Ok(Source::plain(lossy(std::fs::File::open(input)?)?));
    }
    Ok(Source::plain(input.to_owned()))
}

fn lossy(from: impl Read) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    from.take(MOST_TEXT).read_to_end(&mut bytes)?;
    Ok(String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
}

/// A claim, with the words that it was read from where they are asked for.
#[derive(serde::Serialize)]
struct Figure<'a> {
    #[serde(flatten)]
    claim: &'a Claim,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'a Because>,
}

/// The annotation of one text as JSON.
#[derive(serde::Serialize)]
struct Record<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a serde_json::Value>,
    lang: Option<Language>,
    figures: Vec<Figure<'a>>,
    mentions: &'a [Mention],
}

impl<'a> Record<'a> {
    fn of(id: Option<&'a serde_json::Value>, annotation: &'a Annotation, args: &Args) -> Record<'a> {
        let all = annotation.claims.iter().zip(&annotation.reasons);
        let sure = all.filter(|(claim, _)| claim.certainty >= args.min_certainty);
        let figures = sure.map(|(claim, because)| Figure { claim, because: args.explain.then_some(because) }).collect();
        Record { id, lang: annotation.language, figures, mentions: &annotation.mentions }
    }

    fn line(&self) -> std::io::Result<String> {
        Ok(serde_json::to_string(self)?)
    }
}
