//! Arguments in, exit code out.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    orbat::cli::main()
}
