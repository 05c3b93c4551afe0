//! `orbat init`: a first configuration in two questions, and a sample popup.

use super::check::{counted, refuse};
use super::{Failure, Globals, Outcome, make_private, say};
use crate::alert::{self, DeliveryId};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::notify::{self, Kind, Notifier};
use crate::text::language::Language;
use clap::ValueEnum;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// The languages in which messages and popups are worded.
const WORDED: [&str; 2] = ["en", "nl"];
/// How long the notification server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a question is put again after an answer that cannot be read.
const TRIES: usize = 3;
/// A longer answer is none, in bytes.
const MAX_ANSWER: u64 = 1_000;

/// Write a first configuration with feeds and a watch list, and try a popup.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  orbat init
  orbat init --languages nl,en --region nato-east --yes")]
pub struct Args {
    /// Languages you read, the first for messages as well: nl,en [default: from the locale]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = spoken)]
    languages: Vec<Language>,
    /// What to watch: nato-east, middle-east, world [default: nato-east]
    #[arg(long, value_name = "PRESET", value_enum, hide_possible_values = true)]
    region: Option<Region>,
    /// Ask nothing: take the defaults for what is not given
    #[arg(short, long)]
    yes: bool,
}

/// A choice of starter feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Region {
    NatoEast,
    MiddleEast,
    World,
}

impl Region {
    /// The tag of its feeds.
    fn tag(self) -> &'static str {
        match self {
            Region::NatoEast => "nato-east",
            Region::MiddleEast => "middle-east",
            Region::World => "world",
        }
    }
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let path = globals.config_path()?;
    let files = Files::beside(&path)?;
    let asks = !args.yes && io::stdin().is_terminal();
    if !asks && !args.yes && (args.languages.is_empty() || args.region.is_none()) {
        return Err(Failure::usage("nobody is there to be asked: give --languages and --region, or --yes for the defaults"));
    }
    let languages = languages(&args, asks, out)?;
    let region = region(&args, asks, out)?;
    let (feeds, count) = starter_feeds(&languages, region);
    files.write(&main_file(languages[0]), &feeds, config::ENTITIES)?;
    let config = config::load(&path).map_err(|problems| refuse(&problems, globals))?;
    globals.tell(out, format_args!("Written: {}", path.display()))?;
    globals.tell(
        out,
        format_args!(
            "  feeds.toml with {}, entities.toml with {}",
            counted(count, "feed"),
            counted(config.entities.len(), "entity")
        ),
    )?;
    out.flush()?;
    globals.tell(out, popup(config, Clock::System.now())?)?;
    globals.tell(out, next_step(globals, &path))?;
    Ok(ExitCode::SUCCESS)
}

/// The three files of a first configuration.
struct Files {
    main: PathBuf,
    feeds: PathBuf,
    entities: PathBuf,
}

impl Files {
    /// Where they will lie; refused where one is there already.
    fn beside(main: &Path) -> Result<Files, Failure> {
        let files = Files {
            main: main.to_owned(),
            feeds: main.with_file_name("feeds.toml"),
            entities: main.with_file_name("entities.toml"),
        };
        let there = [&files.main, &files.feeds, &files.entities].into_iter().find(|file| file.exists());
        there.map_or(Ok(()), |there| {
            Err(Failure::failed(format_args!(
                "{} is there already and stays as it is; move it away first, or give another place with --config FILE",
                there.display()
            )))
        })?;
        Ok(files)
    }

    /// The main file last: with it the configuration is whole.
    fn write(&self, main: &str, feeds: &str, entities: &str) -> Result<(), Failure> {
        let dir = self.main.parent().filter(|dir| !dir.as_os_str().is_empty());
        dir.map_or(Ok(()), make_private).map_err(|e| Failure::failed(format_args!("{}: {e}", self.main.display())))?;
        for (path, text) in [(&self.feeds, feeds), (&self.entities, entities), (&self.main, main)] {
            write_private(path, text).map_err(|e| Failure::failed(format_args!("cannot write {}: {e}", path.display())))?;
        }
        Ok(())
    }
}

/// Writes a new file that only its owner may read.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

fn languages(args: &Args, asks: bool, out: &mut dyn Write) -> Result<Vec<Language>, Failure> {
    if !args.languages.is_empty() {
        return Ok(args.languages.clone());
    }
    let default = default_languages(|name| std::env::var(name).ok());
    let written = default.iter().map(Language::code).collect::<Vec<_>>().join(",");
    let question = format!("Which languages do you read? ({})", listed(&offered()));
    let read = |answer: &str| answer.split([',', ' ']).filter(|s| !s.is_empty()).map(spoken).collect::<Result<Vec<_>, _>>();
    if asks { ask(out, &question, &written, default, read) } else { Ok(default) }
}

fn region(args: &Args, asks: bool, out: &mut dyn Write) -> Result<Region, Failure> {
    match args.region {
        Some(region) => Ok(region),
        None if asks => {
            let read = |answer: &str| Region::from_str(answer.trim(), true).map_err(|_| "one of the three, please".to_owned());
            ask(out, "What do you watch? (nato-east, middle-east, world)", Region::NatoEast.tag(), Region::NatoEast, read)
        }
        None => Ok(Region::NatoEast),
    }
}

/// Puts a question until the answer can be read. An empty answer is the default.
fn ask<T>(
    out: &mut dyn Write,
    question: &str,
    written: &str,
    default: T,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<T, Failure> {
    for _ in 0..TRIES {
        write!(out, "{question} [{written}] ")?;
        out.flush()?;
        let mut answer = String::new();
        io::Read::take(io::stdin().lock(), MAX_ANSWER).read_line(&mut answer)?;
        if answer.trim().is_empty() {
            return Ok(default);
        }
        match read(&answer.trim().to_lowercase()) {
            Ok(value) => return Ok(value),
            Err(why) => say(why),
        }
    }
    Err(Failure::usage("no answer that can be read; nothing was written"))
}

/// The language of the locale, if there are feeds in it, and English.
fn default_languages(variable: impl Fn(&str) -> Option<String>) -> Vec<Language> {
    // The order in which a locale is looked up (POSIX, Environment Variables).
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| variable(name).filter(|v| !v.is_empty()));
    let own = locale.and_then(|tag| spoken(&tag).ok());
    let english = spoken("en").ok().filter(|english| Some(*english) != own);
    own.into_iter().chain(english).collect()
}

/// A language in which there are starter feeds.
fn spoken(tag: &str) -> Result<Language, String> {
    let offered = offered();
    let language = Language::parse(tag.trim()).filter(|language| offered.contains(language));
    language.ok_or_else(|| format!("`{tag}` is none of the languages there are feeds in: {}", listed(&offered)))
}

fn listed(languages: &BTreeSet<Language>) -> String {
    languages.iter().map(Language::code).collect::<Vec<_>>().join(" ")
}

/// A starter feed as it is written.
struct Starter {
    text: &'static str,
    language: Option<Language>,
    tags: Vec<String>,
}

/// The blocks of the list of feeds, which are parted by empty lines.
fn starters() -> impl Iterator<Item = Starter> {
    config::FEEDS.split("\n\n").map(str::trim).filter(|block| block.starts_with("[[feed]]")).map(|text| {
        let feed = config::parse(Path::new("feeds.toml"), text).ok().and_then(|config| config.feeds.into_iter().next());
        let (language, tags) = feed.map(|feed| (feed.value.language, feed.value.tags)).unwrap_or_default();
        Starter { text, language, tags }
    })
}

fn offered() -> BTreeSet<Language> {
    starters().filter_map(|feed| feed.language).collect()
}

/// A `feeds.toml` with what suits, and how many that are.
fn starter_feeds(languages: &[Language], region: Region) -> (String, usize) {
    let spoken = |feed: &Starter| feed.language.is_some_and(|l| languages.contains(&l));
    let chosen: Vec<_> = starters().filter(|feed| spoken(feed) && feed.tags.iter().any(|tag| tag == region.tag())).collect();
    let head = config::FEEDS.split("\n\n").next().filter(|block| block.starts_with('#')).unwrap_or_default();
    let blocks = std::iter::once(head).chain(chosen.iter().map(|feed| feed.text));
    (blocks.collect::<Vec<_>>().join("\n\n") + "\n", chosen.len())
}

/// The documented default, with the two other files taken in and the language of messages.
fn main_file(first: Language) -> String {
    let text = config::DEFAULT.replacen("\n#include = ", "\ninclude = ", 1);
    if first.code() != WORDED[0] && WORDED.contains(&first.code()) {
        return text.replacen("\n#language = \"en\"", &format!("\nlanguage = \"{first}\""), 1);
    }
    text
}

/// Shows a sample popup and says what came of it.
fn popup(config: Config, now: Timestamp) -> Result<String, Failure> {
    let Some(desktop) = config.receivers.iter().find(|r| matches!(r.kind, Kind::Desktop)).map(|r| r.name.clone()) else {
        return Ok("No desktop receiver is configured, so no popup was tried.".to_owned());
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let said = runtime.block_on(async {
        let (answers, _) = tokio::sync::mpsc::channel(1);
        let notifier = Notifier::new(config.receivers, config.language, answers);
        let sample = alert::sample(config.language, now);
        let trying = async {
            let server = notifier.desktop().await;
            (server, notifier.send(&desktop, DeliveryId(0), &sample).await)
        };
        tokio::time::timeout(PATIENCE, trying).await
    });
    Ok(match said {
        Ok((Some(Ok(server)), notify::Outcome::Sent)) => format!("A sample popup is on your screen now, shown by {server}."),
        Ok((_, notify::Outcome::Sent)) => "A sample popup is on your screen now.".to_owned(),
        Ok((Some(Err(why)), _)) | Ok((_, notify::Outcome::Later { reason: why, .. } | notify::Outcome::Refused(why))) => {
            no_server(&why)
        }
        Err(_) => no_server(&format!("no answer within {} seconds", PATIENCE.as_secs())),
    })
}

fn no_server(why: &str) -> String {
    format!(
        "No notification server answered ({why}).\nPopups will wait until there is one; `orbat alerts --follow` shows what is new in a terminal."
    )
}

fn next_step(globals: &Globals, path: &Path) -> String {
    let with = globals.config.as_ref().map_or(String::new(), |_| format!(" --config {}", path.display()));
    format!(
        "Next: `orbat{with} run` reads the feeds for the first time and then tells you what is new.\nLook at {} whenever you like; `orbat{with} check` says whether it is well.",
        path.display()
    )
}

#[cfg(test)]
mod tests {
    use super::{Region, WORDED, default_languages, main_file, offered, starter_feeds};
    use crate::config;
    use crate::text::language::Language;
    use clap::ValueEnum;
    use std::path::Path;

    fn language(code: &str) -> Language {
        Language::parse(code).expect("a code")
    }

    #[test]
    fn the_locale_is_asked_in_the_order_of_posix() {
        for (variables, expected) in [
            (&[("LANG", "nl_NL.UTF-8")][..], &["nl", "en"][..]),
            (&[("LANG", "nl_NL.UTF-8"), ("LC_ALL", "uk_UA.UTF-8")], &["uk", "en"]),
            (&[("LANG", "en_US.UTF-8")], &["en"]),
            (&[("LANG", "C.UTF-8")], &["en"]),
            (&[("LANG", "ja_JP.UTF-8")], &["en"]),
            (&[("LC_ALL", ""), ("LANG", "de_AT")], &["de", "en"]),
            (&[], &["en"]),
        ] {
            let variable = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
            let codes: Vec<_> = default_languages(variable).iter().map(|l| l.code().to_owned()).collect();
            assert_eq!(codes, expected, "{variables:?}");
        }
    }

    #[test]
    fn every_language_has_feeds_for_every_region() {
        assert_eq!(offered().len(), 10);
        for one in offered() {
            for region in Region::value_variants() {
                let (text, count) = starter_feeds(&[one], *region);
                let config = config::parse(Path::new("feeds.toml"), &text).expect("feeds without problems");
                assert!(count > 1 && config.feeds.len() == count, "{one} {}", region.tag());
                assert!(config.feeds.iter().all(|f| f.value.language == Some(one)), "{one} {}", region.tag());
            }
        }
    }

    #[test]
    fn the_main_file_takes_in_the_others() {
        for code in ["en", "nl", "pl"] {
            let text = main_file(language(code));
            assert!(text.contains("\ninclude = [\"feeds.toml\", \"entities.toml\"]\n"));
            let said = if WORDED.contains(&code) { code } else { "en" };
            let alone = text.replace("\ninclude", "\n#include");
            assert_eq!(config::parse(Path::new("orbat.toml"), &alone).expect("well").language, language(said));
        }
    }
}
