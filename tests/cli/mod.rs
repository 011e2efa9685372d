//! The command line: arguments, exit codes, what stands between a plan and applying it.

mod arguments;
mod change;
mod defect;
mod errors;
mod guard;
mod program;
