//! Arguments in, exit code out.

fn main() -> std::process::ExitCode {
    orbat::cli::main()
}
