//! `orbat man`: the manual, a page per command, for those who make packages. The pages say what `--help` says.

use super::{Failure, Globals, Outcome};
use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Write the manual pages into a directory.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  orbat man ~/.local/share/man/man1")]
pub struct Args {
    /// Is made where there is none
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let dir = args.directory;
    let pages = std::fs::create_dir_all(&dir)
        .and_then(|()| write(&dir))
        .map_err(|e| Failure::failed(format_args!("{} cannot be written: {e}; give another directory", dir.display())))?;
    globals.tell(out, format_args!("{pages} pages are in {}", dir.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes all pages and returns their number.
fn write(dir: &Path) -> io::Result<usize> {
    let mut root = super::command().disable_help_subcommand(true);
    root.build();
    write_below(&root, dir)
}

fn write_below(command: &Command, dir: &Path) -> io::Result<usize> {
    let man = Man::new(command.clone()).source(concat!("orbat ", env!("CARGO_PKG_VERSION"))).manual("orbat");
    std::fs::write(dir.join(man.get_filename()), page(&man, command)?)?;
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    shown.map(|command| write_below(command, dir)).sum::<io::Result<usize>>().map(|below| below + 1)
}

fn page(man: &Man, command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    if command.get_subcommands().any(|command| !command.is_hide_set()) {
        man.render_subcommands_section(&mut page)?;
    }
    man.render_options_section(&mut page)?;
    if let Some(help) = command.get_after_help() {
        notes(&help.to_string()).to_writer(&mut page)?;
    }
    Ok(page)
}

/// What stands below the options in `--help`, line for line; examples have a heading of their own.
fn notes(help: &str) -> Roff {
    let mut roff = Roff::new();
    let mut open = false;
    for line in help.lines() {
        let heading = matches!(line, "Example:" | "Examples:").then_some("EXAMPLES").or((!open).then_some("NOTES"));
        if let Some(heading) = heading {
            roff.control("SH", [heading]);
            roff.control("nf", []);
            open = true;
        }
        if heading != Some("EXAMPLES") {
            roff.text([roman(line)]);
        }
    }
    roff.control("fi", []);
    roff
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn every_command_has_a_page() {
        let dir = tempfile::tempdir().unwrap();
        let pages = write(dir.path()).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), pages);
        let page = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
        let add = page("orbat-feed-add.1");
        for part in [".TH orbat-feed-add 1", ".SH EXAMPLES\n.nf\n", "orbat feed add https", ".fi"] {
            assert!(add.contains(part), "no {part:?} in {add}");
        }
        assert!(page("orbat.1").contains("orbat\\-feed(1)"), "{}", page("orbat.1"));
        assert!(!dir.path().join("orbat-man.1").exists(), "it is hidden");
    }
}
