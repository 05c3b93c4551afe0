//! `orbat agent`: shows the popups of an orbat that runs as a service of the machine.

use super::{Failure, Globals, Outcome};
use crate::notify::agent::SOCKET;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "For an orbat that runs as a system service and has no desktop: its receiver says `via = \"agent\"`. Needs no configuration and no
database. It waits for the service and for the notification server, and shows nothing twice.

Examples:
  orbat agent
  orbat service install --agent"
)]
pub struct Args {
    /// The socket of the service
    #[arg(long, value_name = "PATH", default_value = SOCKET)]
    socket: PathBuf,
}

#[cfg(unix)]
pub fn run(args: &Args, _globals: &Globals) -> Outcome {
    use crate::clock::Clock;
    use crate::notify::agent::{Place, attend};
    // Gone with the session, as popups are.
    let memory = std::env::var_os("XDG_RUNTIME_DIR").map(|dir| PathBuf::from(dir).join("orbat-agent.json"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let stop = super::run::told_to_stop()?;
        let place = Place { memory, ..Place::default() };
        tokio::select! {
            () = stop => {}
            () = attend(&args.socket, place, || Clock::System.now()) => {}
        }
        Ok::<_, Failure>(())
    })?;
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

#[cfg(not(unix))]
pub fn run(_args: &Args, _globals: &Globals) -> Outcome {
    Err(Failure::failed("agents are for Unix systems"))
}
