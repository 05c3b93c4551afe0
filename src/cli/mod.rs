//! One file per subcommand; logging set-up; tables.

pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
