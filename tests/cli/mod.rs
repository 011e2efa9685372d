//! The command line: arguments, exit codes, what stands between a plan and applying it.

mod apply;
mod arguments;
mod change;
mod defect;
mod errors;
mod guard;
mod observe;
mod program;
mod up;

/// The output of an ignored test of this module, run in a process of its own.
fn in_own_process(test: &str) -> std::process::Output {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--ignored", "--nocapture"]).output().unwrap()
}
