//! The command line: one file a command, with its arguments and a thin function; what they share stands beside them.
//!
//! Data goes to stdout; progress, questions and errors go to stderr; [`Exit`] says how it ended. A command that can be
//! judged without a terminal is a function to an [`Answer`], so that its text and its exit code are tested together.

mod answer;
mod app;
mod apply;
pub mod audit;
mod change;
pub mod check;
mod clock;
pub mod completions;
pub mod db;
mod defect;
pub mod diff;
mod dispatch;
pub mod doctor;
mod dotenv;
pub mod down;
mod drift;
mod environment;
mod error;
mod exit;
mod format;
mod guard;
pub mod history;
mod lock;
mod logging;
pub mod logs;
mod looked;
pub mod ls;
mod machine;
pub mod man;
mod migrated;
mod observe;
pub mod plan;
mod preview;
mod project;
pub mod promote;
mod reached;
pub mod reap;
pub mod reset;
mod reviewed;
pub mod rollback;
pub mod run;
mod runtime;
pub mod secret;
pub mod show;
mod site;
pub mod status;
pub mod supervise;
pub mod unlock;
pub mod up;
mod watch;

pub use answer::Answer;
pub use app::{Cli, Command, Globals, can_ask};
pub use apply::{Signals, apply};
pub use change::{Applied, Change};
pub use clock::{now, time, today};
pub use defect::install_hook;
pub use dispatch::execute;
pub use drift::drift;
pub use environment::find;
pub use error::{Error, While};
pub use exit::Exit;
pub use format::{FindingsFormat, Format, ReportFormat};
pub use guard::{
    Approval, Consent, Permit, Refusal, check_account, check_caller, confirm_protected, ensure_stands, judge, said,
};
pub use lock::{Fate, LockArgs};
pub use machine::Machine;
pub use observe::observe;
pub use project::Project;

pub use runtime::block_on;
pub use site::{Site, Which};
