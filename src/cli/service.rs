//! `orbat service`: the unit of the user's own systemd, written, enabled and looked at.

use super::status::{DEGRADED, NOT_RUNNING};
use super::{Failure, Globals, Outcome, say};
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};

/// The units as they are shipped, with their comments; `config/` holds them for reading as well.
const SERVICE: &str = include_str!("../../config/orbat.service");
const AGENT: &str = include_str!("../../config/orbat-agent.service");
/// Where the shipped units suppose the program.
const SUPPOSED: &str = "%h/.cargo/bin/orbat";
/// What a unit that this command wrote begins with; others are the user's own.
const MARK: &str = "# Written by `orbat service install`. Changes belong into `systemctl --user edit`.\n";

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Where there is no systemd (macOS, Windows, other init systems), have `orbat run` started at login by what is there.

Examples:
  orbat service install
  orbat service install --dry-run
  orbat service status
  orbat service uninstall"
)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Write the unit, enable and start it; doing so again changes nothing
    #[command(after_help = "Example:\n  orbat --config ~/news/orbat.toml service install")]
    Install {
        #[command(flatten)]
        unit: UnitArgs,
        /// Show the unit and what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
        /// Write over a unit that this command has not written
        #[arg(long)]
        force: bool,
    },
    /// Stop and disable the service, remove its unit; configuration and database stay
    #[command(after_help = "Example:\n  orbat service uninstall")]
    Uninstall {
        #[command(flatten)]
        unit: UnitArgs,
        /// Say what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Say whether the unit is there, enabled and running: exit code 0 running, 3 installed and not running, 4 not installed
    #[command(after_help = "Example:\n  orbat service status")]
    Status {
        #[command(flatten)]
        unit: UnitArgs,
    },
}

#[derive(Clone, Copy, Debug, clap::Args)]
struct UnitArgs {
    /// The agent that shows popups of the machine's orbat, in the place of the service
    #[arg(long)]
    agent: bool,
}

/// One of the two units.
struct Unit {
    name: &'static str,
    path: PathBuf,
    text: String,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    match args.what {
        What::Install { unit, dry_run, force } => install(&Unit::new(unit, globals)?, dry_run, force, globals, out),
        What::Uninstall { unit, dry_run } => uninstall(&Unit::new(unit, globals)?, dry_run, globals, out),
        What::Status { unit } => status(&Unit::new(unit, globals)?, out),
    }
}

impl Unit {
    fn new(args: UnitArgs, globals: &Globals) -> Result<Unit, Failure> {
        let (name, shipped) = if args.agent { ("orbat-agent", AGENT) } else { ("orbat", SERVICE) };
        let directory = crate::config::default_units().ok_or_else(|| Failure::usage("there is no home directory for a unit"))?;
        let exe = std::env::current_exe().map_err(|e| Failure::failed(format_args!("where orbat lies cannot be told: {e}")))?;
        let program = program(&exe, &options(globals, args.agent)?)?;
        let text = format!("{MARK}{}", shipped.replace(SUPPOSED, &program));
        Ok(Unit { name, path: directory.join(format!("{name}.service")), text })
    }

    fn written(&self) -> Option<String> {
        std::fs::read_to_string(&self.path).ok()
    }

    /// What makes systemd take it up.
    fn enable(&self) -> [Vec<&str>; 2] {
        [vec!["daemon-reload"], vec!["enable", "--now", self.name]]
    }
}

/// The options by which the service has to find its files again, absolute.
fn options(globals: &Globals, agent: bool) -> Result<Vec<(&'static str, PathBuf)>, Failure> {
    if agent {
        return Ok(Vec::new());
    }
    let given = [("--config", &globals.config), ("--data", &globals.data)];
    let given = given.into_iter().filter_map(|(option, path)| Some((option, path.as_ref()?)));
    given.map(|(option, path)| Ok((option, std::path::absolute(path)?))).collect()
}

/// The program with its options, as a line of a unit has it.
fn program(exe: &Path, options: &[(&str, PathBuf)]) -> Result<String, Failure> {
    let mut words = vec![quoted(exe)?];
    for (option, path) in options {
        words.extend([(*option).to_owned(), quoted(path)?]);
    }
    Ok(words.join(" "))
}

/// A path as an argument in a unit (systemd.service(5), "Command lines"; systemd.unit(5), "Specifiers").
fn quoted(path: &Path) -> Result<String, Failure> {
    let text = path.to_str().filter(|text| !text.contains(char::is_control));
    let text = text.ok_or_else(|| Failure::usage(format_args!("{} cannot stand in a unit: rename it", path.display())))?;
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$");
    let plain = escaped.chars().all(|c| c.is_alphanumeric() || "/._-+@:,=".contains(c));
    Ok(if plain { escaped } else { format!("\"{escaped}\"") })
}

fn install(unit: &Unit, dry_run: bool, force: bool, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let path = unit.path.display();
    let written = unit.written();
    if dry_run {
        writeln!(out, "# {path}\n{}", unit.text)?;
        unit.enable().iter().try_for_each(|args| writeln!(out, "# systemctl --user {}", args.join(" ")))?;
        return Ok(ExitCode::SUCCESS);
    }
    let own = written.as_ref().is_none_or(|text| text.starts_with(MARK));
    if !own && !force {
        return Err(Failure::failed(format_args!("{path} is a unit of your own: `--force` writes over it")));
    }
    if unit.name == "orbat" {
        // A service whose configuration has problems would not start.
        globals.config()?;
    }
    let changed = written.as_ref() != Some(&unit.text);
    if changed {
        put(unit)?;
        globals.tell(out, format_args!("{path} is written"))?;
    } else {
        globals.tell(out, format_args!("{path} is as it should be"))?;
    }
    out.flush()?;
    for args in unit.enable() {
        systemctl(&args).map_err(|why| by_hand(unit, &why))?;
    }
    if changed && written.is_some() {
        systemctl(&["restart", unit.name]).map_err(|why| by_hand(unit, &why))?;
    }
    globals.tell(out, format_args!("{} is enabled and started: `systemctl --user status {0}` shows it", unit.name))?;
    if !lingers() && unit.name == "orbat" {
        globals.tell(out, "It ends when you log out, unless you say once: loginctl enable-linger")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn put(unit: &Unit) -> Result<(), Failure> {
    let failed = |e| Failure::failed(format_args!("{} cannot be written: {e}", unit.path.display()));
    unit.path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(failed)?;
    let new = unit.path.with_extension("service.new");
    std::fs::write(&new, &unit.text).and_then(|()| std::fs::rename(&new, &unit.path)).map_err(failed)
}

/// The unit is there, and systemd cannot be told now.
fn by_hand(unit: &Unit, why: &str) -> Failure {
    let name = unit.name;
    Failure::failed(format_args!(
        "{why}\nThe unit is written. In your own session run: systemctl --user daemon-reload && systemctl --user enable --now {name}\n\
        Without systemd, have `orbat run` started at login."
    ))
}

fn uninstall(unit: &Unit, dry_run: bool, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let path = unit.path.display();
    let Some(text) = unit.written() else {
        globals.tell(out, format_args!("{path} is not there: nothing to do"))?;
        return Ok(ExitCode::SUCCESS);
    };
    if !text.starts_with(MARK) {
        return Err(Failure::failed(format_args!("{path} is a unit of your own: remove it yourself")));
    }
    if dry_run {
        writeln!(out, "systemctl --user disable --now {0}\nrm {path}\nsystemctl --user daemon-reload", unit.name)?;
        return Ok(ExitCode::SUCCESS);
    }
    let stopped = systemctl(&["disable", "--now", unit.name]);
    std::fs::remove_file(&unit.path).map_err(|e| Failure::failed(format_args!("{path} cannot be removed: {e}")))?;
    match stopped.and_then(|()| systemctl(&["daemon-reload"])) {
        Ok(()) => {
            globals.tell(out, format_args!("{} is stopped, and {path} removed; configuration and database stay", unit.name))?
        }
        Err(why) => say(format_args!("orbat: {why}\n{path} is removed; a service that still runs ends with your session")),
    }
    Ok(ExitCode::SUCCESS)
}

fn status(unit: &Unit, out: &mut dyn Write) -> Outcome {
    let Some(text) = unit.written() else {
        writeln!(out, "{} is not installed: `orbat service install` does that", unit.name)?;
        return Ok(ExitCode::from(NOT_RUNNING));
    };
    let kept = match text {
        text if text == unit.text => "as this version writes it",
        text if text.starts_with(MARK) => "of another version or place: `orbat service install` renews it",
        _ => "your own",
    };
    let (enabled, active) = (word("is-enabled", unit.name), word("is-active", unit.name));
    writeln!(out, "unit     {} ({kept})\nenabled  {enabled}\nactive   {active}", unit.path.display())?;
    let linger = if lingers() { "yes: it runs while you are logged out, too" } else { "no: it ends when you log out" };
    writeln!(out, "lingers  {linger}")?;
    if active == "active" {
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "its log: journalctl --user -u {}", unit.name)?;
    Ok(ExitCode::from(DEGRADED))
}

/// The one word that systemctl says, or why it says none.
fn word(verb: &str, unit: &str) -> String {
    match call("systemctl", &["--user", verb, unit]) {
        Ok(output) => first_line(&output.stdout).or_else(|| first_line(&output.stderr)).unwrap_or_else(|| "unknown".to_owned()),
        Err(why) => why,
    }
}

/// Does systemd keep the user's services while he is logged out? It remembers that in a file (systemd-logind, `enable-linger`).
fn lingers() -> bool {
    let user = call("id", &["-un"]).ok().and_then(|output| first_line(&output.stdout));
    user.is_some_and(|user| Path::new("/var/lib/systemd/linger").join(user).exists())
}

fn systemctl(args: &[&str]) -> Result<(), String> {
    let all: Vec<&str> = std::iter::once("--user").chain(args.iter().copied()).collect();
    let output = call("systemctl", &all)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(format!("systemctl {}: {}", all.join(" "), if said.is_empty() { output.status.to_string() } else { said }))
}

fn call<S: AsRef<OsStr>>(program: &str, args: &[S]) -> Result<Output, String> {
    Command::new(program).args(args).stdin(Stdio::null()).output().map_err(|e| format!("{program} cannot be run: {e}"))
}

fn first_line(bytes: &[u8]) -> Option<String> {
    String::from_utf8_lossy(bytes).lines().next().map(str::to_owned).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{AGENT, SERVICE, SUPPOSED, program, quoted};
    use std::path::{Path, PathBuf};

    #[test]
    fn paths_stand_in_a_unit_as_systemd_reads_them() {
        for (path, written) in [
            ("/usr/bin/orbat", "/usr/bin/orbat"),
            ("/home/a b/orbat", "\"/home/a b/orbat\""),
            ("/100%/$x/\"q\"", "\"/100%%/$$x/\\\"q\\\"\""),
        ] {
            assert_eq!(quoted(Path::new(path)).unwrap(), written);
        }
        assert!(quoted(Path::new("/a\nb")).is_err());
        let options = [("--config", PathBuf::from("/etc/o.toml"))];
        assert_eq!(program(Path::new("/bin/orbat"), &options).unwrap(), "/bin/orbat --config /etc/o.toml");
    }

    #[test]
    fn every_line_of_the_units_is_explained_and_names_the_program() {
        for unit in [SERVICE, AGENT, include_str!("../../config/orbat-system.service")] {
            let mut explained = false;
            for line in unit.lines() {
                match line {
                    "" => explained = false,
                    _ if line.starts_with('#') => explained = true,
                    // These say themselves what they are.
                    _ if line.starts_with('[') || line.starts_with("Description") || line.starts_with("Documentation") => {
                        explained = true
                    }
                    _ => assert!(explained, "{line}"),
                }
            }
        }
        assert!(
            SERVICE.contains(&format!("ExecStart={SUPPOSED} run\n")) && AGENT.contains(&format!("ExecStart={SUPPOSED} agent\n"))
        );
    }
}
