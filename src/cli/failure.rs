//! What ends a command early: a sentence for the user and an exit code.

use crate::store::StoreError;
use std::fmt::Display;
use std::io;
use std::process::ExitCode;

/// Something could not be done.
const FAILED: u8 = 1;
/// The command line or the configuration is wrong.
const USAGE: u8 = 2;

/// What a command returns.
pub type Outcome = Result<ExitCode, Failure>;

#[derive(Debug)]
pub enum Failure {
    Told {
        code: u8,
        message: String,
    },
    /// The reader of our output has gone (`orbat articles | head`): nothing is wrong.
    Unread,
}

impl Failure {
    pub fn failed(message: impl Display) -> Failure {
        Failure::Told { code: FAILED, message: message.to_string() }
    }

    pub fn usage(message: impl Display) -> Failure {
        Failure::Told { code: USAGE, message: message.to_string() }
    }

    /// Says what happened on standard error and gives the exit code.
    pub fn report(self) -> ExitCode {
        match self {
            Failure::Told { code, message } => {
                say(format_args!("orbat: {message}"));
                ExitCode::from(code)
            }
            Failure::Unread => ExitCode::SUCCESS,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::Unread,
            _ => Failure::failed(error),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        match error {
            // Only the service tries again.
            StoreError::Full => Failure::failed("the disk is full: free some space, then try again"),
            other => Failure::failed(other),
        }
    }
}

/// A line on standard error; a closed one is nobody's fault.
pub fn say(message: impl Display) {
    use io::Write;
    let _ = writeln!(io::stderr(), "{message}");
}
