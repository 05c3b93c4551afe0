//! `orbat config show`: the configuration in force, with every default.

use super::{Failure, Globals, Outcome, output};
use std::io::Write;
use std::process::ExitCode;

/// Look at the configuration in force.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the configuration in force, with every default; secrets as ***
    #[command(after_help = "Example:\n  orbat config show --format json")]
    Show {
        /// toml as it would be written, json for programs
        #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
        format: Format,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    #[default]
    Toml,
    Json,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let Command::Show { format } = args.command;
    let config = globals.config()?;
    if format == Format::Json {
        return output::json(out, &config.shown());
    }
    for file in &config.files {
        writeln!(out, "# {}", file.display())?;
    }
    writeln!(out, "\n{}", toml::to_string(&config.shown()).map_err(Failure::failed)?)?;
    Ok(ExitCode::SUCCESS)
}
