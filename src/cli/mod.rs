//! One file per subcommand; logging set-up; tables.

pub mod extract;

use clap::{Parser, Subcommand};

/// Reads the news for troop figures and tracked names, and tells you once.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find the troop figures and names in a text
    Extract(extract::Args),
}

pub fn main() -> std::process::ExitCode {
    match Cli::parse().command {
        Command::Extract(args) => extract::run(args),
    }
}
