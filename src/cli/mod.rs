//! The command line: one file per subcommand, tables for people, JSON for programs, set-up of the log.
//!
//! A subcommand is `Args` and `run`. It writes to a locked and buffered standard output, returns an exit code or a
//! [`Failure`], and neither prints errors nor ends the process itself.

mod agent;
mod alerts;
mod articles;
mod backup;
mod brief;
mod check;
mod claims;
mod completions;
mod config;
mod db;
mod deliveries;
mod demo;
mod entity;
mod export;
mod extract;
mod failure;
mod feed;
mod feedback;
mod init;
mod lines;
mod lock;
mod logging;
mod man;
mod mute;
mod open;
mod output;
mod receiver;
mod reload;
mod reprocess;
mod restore;
mod rule;
mod run;
mod screen;
mod search;
mod service;
mod status;
mod story;
mod table;
mod time;
mod versions;
mod why;

pub use failure::{Failure, Outcome, say};
pub use lock::Lock;
pub use screen::{Color, Screen};

use crate::config::Config;
use crate::store::Store;
use crate::text::language::Language;
use clap::{CommandFactory, Parser, Subcommand};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const DATABASE: &str = "orbat.db";
const GLOBAL: &str = "Global options";
const EXAMPLES: &str = "Examples:
  orbat init            # make a configuration
  orbat run             # read the news
  orbat brief           # sum up the last day

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration; `orbat status` adds 3 and 4.";

const EXTRACT: &str = "Examples:
  orbat extract 'The United States sends 2,000 troops to Poland.'
  orbat extract https://example.org/article --format json
  orbat extract --format jsonl < texts.jsonl > figures.jsonl";

/// Reads the news for troop figures and tracked names, and tells you once.
#[derive(Debug, Parser)]
#[command(name = "orbat", version, after_help = EXAMPLES, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// What every subcommand takes.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Globals {
    /// The configuration [default: orbat/orbat.toml in the XDG config directory]
    #[arg(long, value_name = "FILE", help_heading = GLOBAL, env = "ORBAT_CONFIG", hide_env_values = true, global = true)]
    pub config: Option<PathBuf>,
    /// Where the database lies [default: orbat in the XDG data directory]
    #[arg(long, value_name = "DIR", help_heading = GLOBAL, env = "ORBAT_DATA", hide_env_values = true, global = true)]
    pub data: Option<PathBuf>,
    /// When to use colours: auto, always, never
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, hide_possible_values = true, help_heading = GLOBAL, global = true)]
    pub color: Color,
    /// Say less; twice: only errors
    #[arg(short, long, action = clap::ArgAction::Count, help_heading = GLOBAL, global = true)]
    pub quiet: u8,
    /// Say more; twice: everything
    #[arg(short, long, action = clap::ArgAction::Count, help_heading = GLOBAL, global = true)]
    pub verbose: u8,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show in half a minute what orbat does: no network, no configuration, nothing kept
    Demo(demo::Args),
    /// Write a first configuration with feeds and a watch list, and try a popup
    Init(init::Args),
    /// Report everything that is wrong with the configuration
    Check(check::Args),
    /// Look at the configuration in force
    #[command(after_help = "Example:\n  orbat config show --format json")]
    Config(config::Args),
    /// Run the service: poll the feeds, read what is new, tell you
    Run(run::Args),
    /// Have the running service read its configuration again, and see what came of it
    Reload(reload::Args),
    /// Install the service into your systemd session, or remove it
    Service(service::Args),
    /// Show the popups of the machine's orbat in this session
    Agent(agent::Args),
    /// Put articles that tell the same news together
    #[command(after_help = story::EXAMPLES)]
    Story(story::Args),
    /// Find the troop figures and names in a text
    #[command(after_help = EXTRACT)]
    Extract(extract::Args),
    /// Subscribe to feeds, look after them
    Feed(feed::Args),
    /// Track names, see what they find
    Entity(entity::Args),
    /// List the articles that were read, newest first
    Articles(articles::Args),
    /// List what has been said about troops: the ledger
    Claims(claims::Args),
    /// List what you were told, or follow it as it comes
    Alerts(alerts::Args),
    /// Sum up what is new: gaps in the coverage, claims, tracked names
    Brief(brief::Args),
    /// Say why an alert was told: from the fetch of its article to its delivery
    Why(why::Args),
    /// Say why an article was not told of
    WhyNot(why::NotArgs),
    /// See the rules, try one on what is read already
    Rule(rule::Args),
    /// Leave something to the digest for a while
    Mute(mute::Args),
    /// See what is on its way to receivers, send again what was refused
    Deliveries(deliveries::Args),
    /// See where alerts go, send a sample there
    Receiver(receiver::Args),
    /// See and export what was called wrong
    Feedback(feedback::Args),
    /// Search the articles
    Search(search::Args),
    /// Open an article in the browser
    Open(open::Args),
    /// Copy the database, verified, while the service runs
    Backup(backup::Args),
    /// Put a backup in the place of the database
    Restore(restore::Args),
    /// Look whether the database is in order, put it in order
    Db(db::Args),
    /// Write out everything that is kept, as JSON lines or CSV
    Export(export::Args),
    /// Read stored articles again with the words and names of today
    Reprocess(reprocess::Args),
    /// Say how the service is: exit code 0 well, 3 degraded, 4 not running
    Status(status::Args),
    /// Print completions for a shell
    Completions(completions::Args),
    /// Write the manual pages into a directory
    #[command(hide = true)]
    Man(man::Args),
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(asked) => {
            let _ = asked.print();
            return ExitCode::from(u8::try_from(asked.exit_code()).unwrap_or(1));
        }
    };
    let globals = &cli.globals;
    logging::start(globals, matches!(cli.command, Command::Run(_) | Command::Agent(_)));
    match cli.command {
        Command::Run(args) => run::run(args, globals).unwrap_or_else(Failure::report),
        Command::Agent(args) => agent::run(&args, globals).unwrap_or_else(Failure::report),
        Command::Demo(args) => demo::run(args, globals).unwrap_or_else(Failure::report),
        Command::Init(args) => writing(|out| init::run(args, globals, out)),
        Command::Check(args) => writing(|out| check::run(args, globals, out)),
        Command::Config(args) => writing(|out| config::run(args, globals, out)),
        Command::Story(args) => story::run(&args),
        Command::Extract(args) => extract::run(args, globals),
        Command::Feed(args) => writing(|out| feed::run(args, globals, out)),
        Command::Entity(args) => writing(|out| entity::run(args, globals, out)),
        Command::Articles(args) => writing(|out| articles::run(args, globals, out)),
        Command::Claims(args) => writing(|out| claims::run(args, globals, out)),
        Command::Alerts(args) => writing(|out| alerts::run(args, globals, out)),
        Command::Brief(args) => writing(|out| brief::run(args, globals, out)),
        Command::Why(args) => writing(|out| why::run(args, globals, out)),
        Command::WhyNot(args) => writing(|out| why::run_not(args, globals, out)),
        Command::Rule(args) => writing(|out| rule::run(args, globals, out)),
        Command::Mute(args) => writing(|out| mute::run(args, globals, out)),
        Command::Deliveries(args) => writing(|out| deliveries::run(args, globals, out)),
        Command::Receiver(args) => writing(|out| receiver::run(args, globals, out)),
        Command::Feedback(args) => writing(|out| feedback::run(args, globals, out)),
        Command::Search(args) => writing(|out| search::run(args, globals, out)),
        Command::Open(args) => writing(|out| open::run(args, globals, out)),
        Command::Reload(args) => writing(|out| reload::run(args, globals, out)),
        Command::Service(args) => writing(|out| service::run(args, globals, out)),
        Command::Backup(args) => writing(|out| backup::run(&args, globals, out)),
        Command::Restore(args) => writing(|out| restore::run(&args, globals, out)),
        Command::Db(args) => writing(|out| db::run(&args, globals, out)),
        Command::Export(args) => writing(|out| export::run(&args, globals, out)),
        Command::Reprocess(args) => writing(|out| reprocess::run(&args, globals, out)),
        Command::Status(args) => writing(|out| status::run(args, globals, out)),
        Command::Completions(args) => writing(|out| completions::run(args, out)),
        Command::Man(args) => writing(|out| man::run(args, globals, out)),
    }
}

/// The whole command line, for man pages and completions.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs a subcommand over standard output, written in large pieces.
fn writing(work: impl FnOnce(&mut dyn Write) -> Outcome) -> ExitCode {
    let mut out = BufWriter::new(io::stdout().lock());
    let outcome = work(&mut out);
    let flushed = out.flush().map_err(Failure::from);
    outcome.and_then(|code| flushed.map(|()| code)).unwrap_or_else(Failure::report)
}

impl Globals {
    /// Where the configuration is, whether it exists or not.
    pub fn config_path(&self) -> Result<PathBuf, Failure> {
        self.config.clone().or_else(crate::config::default_path).ok_or_else(|| {
            Failure::usage("there is no home directory to look for a configuration in: give one with --config FILE")
        })
    }

    /// The directory of the database.
    pub fn data_dir(&self) -> Result<PathBuf, Failure> {
        self.data
            .clone()
            .or_else(crate::config::default_data)
            .ok_or_else(|| Failure::usage("there is no home directory to keep the database in: give a directory with --data DIR"))
    }

    /// The directory of the database, made where there is none; only its owner may read it.
    pub fn private_data_dir(&self) -> Result<PathBuf, Failure> {
        let data = self.data_dir()?;
        make_private(&data).map_err(|e| {
            Failure::failed(format_args!("{} cannot be made: {e}; give another place with --data", data.display()))
        })?;
        Ok(data)
    }

    /// The database, made where there is none.
    pub fn store(&self) -> Result<Store, Failure> {
        Ok(Store::open(&self.private_data_dir()?.join(DATABASE))?)
    }

    pub fn has_database(&self) -> Result<bool, Failure> {
        Ok(self.data_dir()?.join(DATABASE).exists())
    }

    /// The database of somebody who only looks: none is made.
    pub fn existing_store(&self) -> Result<Store, Failure> {
        let path = self.data_dir()?.join(DATABASE);
        if !self.has_database()? {
            let path = path.display();
            return Err(Failure::failed(format_args!(
                "there is no database at {path} yet: `orbat run` makes it, --data names another"
            )));
        }
        Ok(Store::open(&path)?)
    }

    /// The configuration, for commands that cannot do without.
    pub fn config(&self) -> Result<Config, Failure> {
        self.config_beside(&self.added_entities())
    }

    /// The configuration, where its rules may name this entity too.
    pub fn config_with(&self, entity: &str) -> Result<Config, Failure> {
        let added: Vec<String> = self.added_entities().into_iter().chain([entity.to_owned()]).collect();
        self.config_beside(&added)
    }

    fn config_beside(&self, entities: &[String]) -> Result<Config, Failure> {
        let path = self.config_path()?;
        if !path.exists() {
            return Err(Failure::usage(crate::config::missing_message(&path)));
        }
        crate::config::load_beside(&path, entities).map_err(|problems| check::refuse(&problems, self))
    }

    /// The configuration, for commands that can do without: `None` where there is none or it has problems (which is said).
    pub fn config_if_well(&self) -> Option<Config> {
        let path = self.config_path().ok().filter(|path| path.exists())?;
        let problems = match crate::config::load_beside(&path, &self.added_entities()) {
            Ok(config) => return Some(config),
            Err(problems) => problems.len(),
        };
        if self.quiet == 0 {
            let path = path.display();
            say(format_args!("orbat: {path} is left out of account, it has {problems} problem(s): see `orbat check`"));
        }
        None
    }

    /// The entities that commands have added, by which rules may name them. A database that cannot be read is told of by who needs it.
    fn added_entities(&self) -> Vec<String> {
        let store = self.has_database().unwrap_or(false).then(|| self.existing_store().ok()).flatten();
        store.and_then(|store| store.entities().ok()).into_iter().flatten().map(|entity| entity.id).collect()
    }

    /// Of messages.
    pub fn language(&self) -> Language {
        let english = Language::parse("en").expect("en is a language code");
        self.config_if_well().map_or(english, |config| config.language)
    }

    /// Are there to be colours on this stream?
    pub fn colour(&self, stream: &impl io::IsTerminal) -> bool {
        self.color.is_on(stream.is_terminal())
    }

    pub fn screen(&self) -> Screen {
        Screen::stdout(self.color)
    }

    /// A line that says what was done; not with `-q`.
    pub fn tell(&self, out: &mut dyn Write, what: impl std::fmt::Display) -> io::Result<()> {
        if self.quiet > 0 { Ok(()) } else { writeln!(out, "{what}") }
    }
}

/// Makes a directory that only its owner may read.
fn make_private(dir: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}
