//! `orbat completions`: what a shell needs to complete the command line, on standard output.

use super::Outcome;
use clap_complete::Shell;
use std::io::Write;
use std::process::ExitCode;

/// Print completions for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "A package has put them in place already. Otherwise:

Examples:
  orbat completions bash > ~/.local/share/bash-completion/completions/orbat
  orbat completions fish > ~/.config/fish/completions/orbat.fish
  orbat completions zsh > ~/.zfunc/_orbat

The last wants `fpath+=~/.zfunc` in ~/.zshrc, before `compinit`.")]
pub struct Args {
    /// bash, elvish, fish, powershell, zsh
    #[arg(value_name = "SHELL", value_enum, hide_possible_values = true)]
    shell: Shell,
}

pub fn run(args: Args, out: &mut dyn Write) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "orbat", &mut script);
    out.write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}
