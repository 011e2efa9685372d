//! Parse, run, exit code: all else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    envctl::cli::install_hook();
    envctl::cli::run(std::env::args_os()).into()
}
