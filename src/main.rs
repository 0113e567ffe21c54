//! The `entrada` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    entrada::cli::run(std::env::args_os())
}
