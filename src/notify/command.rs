//! A program of the user's, started for each alert with the alert as JSON on its standard input.

use super::Outcome;
use crate::alert::DeliveryId;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

/// What is kept of the program's complaints, in bytes; the rest is read and dropped.
const MAX_OUTPUT: usize = 2048;
/// The longest a program may take, whatever the configuration says.
const MAX_TIME: Duration = Duration::from_secs(50);
/// How long the output of a program is read after its end.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// `json` is the alert.
pub(super) async fn send(argv: &[String], limit: Duration, (id, key): (DeliveryId, &str), json: Vec<u8>) -> Outcome {
    let Some((program, arguments)) = argv.split_first() else {
        return Outcome::Refused("the command of the receiver is empty".into());
    };
    let mut command = Command::new(program);
    command.args(arguments).env("ORBAT_DELIVERY", id.to_string()).env("ORBAT_KEY", key);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return later(format!("{program} could not be started: {error}")),
    };
    let mut group = Group::of(&child);
    let limit = limit.min(MAX_TIME);
    let ended = tokio::time::timeout(limit, run(&mut child, json)).await;
    match ended {
        Ok(Ok((status, complaint))) => {
            group.release();
            if status.success() { Outcome::Sent } else { later(format!("{program} failed ({status}){}", said(&complaint))) }
        }
        Ok(Err(error)) => later(format!("{program} could not be waited for: {error}")),
        Err(_) => {
            drop(group);
            let _ = child.kill().await;
            later(format!("{program} did not end within {limit:?}, and was killed"))
        }
    }
}

fn later(reason: String) -> Outcome {
    Outcome::Later { at: None, absent: false, reason }
}

fn said(complaint: &[u8]) -> String {
    let text = String::from_utf8_lossy(complaint);
    text.lines().rev().find(|line| !line.trim().is_empty()).map_or(String::new(), |line| format!(": {}", line.trim()))
}

async fn run(child: &mut Child, json: Vec<u8>) -> std::io::Result<(ExitStatus, Vec<u8>)> {
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let mut complaint = Vec::new();
    let feed = async {
        // A program that does not read its input to the end may be content nevertheless.
        if let Some(mut stdin) = stdin {
            let _ = stdin.write_all(&json).await;
        }
    };
    let status = {
        let talk = async { tokio::join!(feed, drain(stderr, &mut complaint)) };
        tokio::pin!(talk);
        let mut talking = true;
        let status = loop {
            tokio::select! {
                status = child.wait() => break status?,
                _ = &mut talk, if talking => talking = false,
            }
        };
        // What the program has left running may hold its standard error open.
        if talking {
            let _ = tokio::time::timeout(LAST_WORDS, talk).await;
        }
        status
    };
    Ok((status, complaint))
}

async fn drain(from: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) {
    let Some(mut from) = from else { return };
    let mut piece = [0; 1024];
    while let Ok(n @ 1..) = from.read(&mut piece).await {
        kept.extend_from_slice(&piece[..n.min(MAX_OUTPUT - kept.len())]);
    }
}

/// The program and all that it started, killed together when this is dropped before the program has ended.
struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

impl Group {
    #[cfg(unix)]
    fn of(child: &Child) -> Group {
        Group { leader: child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) }
    }

    #[cfg(not(unix))]
    fn of(_child: &Child) -> Group {
        Group {}
    }

    /// Lets live what the program has left running on purpose.
    fn release(&mut self) {
        #[cfg(unix)]
        self.leader.take();
    }
}

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            // Fails where all have ended, as they should have.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}
