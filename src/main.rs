//! Parse, run, exit code: all else is in the library.

use std::process::ExitCode;

#[expect(clippy::disallowed_methods, reason = "they are passed on")]
fn main() -> ExitCode {
    envctl::cli::install_hook();
    envctl::cli::execute(std::env::args_os()).into()
}
