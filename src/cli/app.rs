use std::io::IsTerminal;
use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand};
use jiff::SignedDuration;
use jiff::civil::Date;

use crate::engine::Options;
use crate::record::LEASE;
use crate::ui::Colour;
use crate::ui::plan::Detail;
use crate::ui::progress::Mode;

use super::{
    Machine, audit, check, completions, db, diff, doctor, down, history, logs, ls, man, plan, promote, reap, reset,
    rollback, run, secret, show, status, supervise, time, today, unlock, up,
};

/// Stamps out isolated copies of a product, and proves that they match
///
/// An environment is a complete copy of a product and of all it depends on: the running code, its database, its
/// configuration, its secrets and the cloud resources behind them. It is defined once, in `templates/` and
/// `environments/`; envctl makes copies of it, in AWS or on this machine, and proves before a release that staging has
/// production's shape.
#[derive(Debug, Parser)]
#[command(name = "envctl", version, max_term_width = 80, arg_required_else_help = true)]
#[command(after_help = "\
Exit codes:
   0  done, no differences
   1  differences or findings (audit, check, diff, doctor, plan --exit-code)
   2  an error in use or in a definition
   3  refused by a guard: protected, wrong account, locked, not confirmed
   4  partly applied, with the command that goes on
  70  a defect of envctl")]
pub struct Cli {
    #[command(flatten)]
    pub globals: Globals,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command understands.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// The project's folder [default: the nearest parent that has `environments/`]
    #[arg(long, value_name = "DIR", global = true)]
    pub project: Option<PathBuf>,
    /// Say more; twice, log each call to the provider too
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub verbose: u8,
    /// What to log to stderr: a level, or `module=level,…`; never what is sent or received
    #[arg(long, value_name = "FILTER", env = "ENVCTL_LOG", hide_env_values = true, global = true)]
    pub log: Option<String>,
    /// Colour the output
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: Colour,
    /// Divides every pause: for tests against a clock that runs faster than ours
    #[arg(long, env = "ENVCTL_TIME_SCALE", hide = true, default_value_t = 1.0, global = true)]
    pub time_scale: f64,
    /// The day that it is taken to be: for tests of what expires
    #[arg(long, env = "ENVCTL_TODAY", hide = true, global = true)]
    pub today: Option<Date>,
    /// How long a lock lasts that nobody renews: for tests that cannot wait for that
    #[arg(long, env = "ENVCTL_LEASE", hide = true, value_parser = time, global = true)]
    pub lease: Option<SignedDuration>,
    /// Set by CI systems: nobody watches
    #[arg(long, env = "CI", hide = true, global = true)]
    pub ci: Option<String>,
    #[command(flatten)]
    pub machine: Machine,
}

impl Globals {
    pub fn detail(&self) -> Detail {
        if self.verbose > 0 { Detail::Full } else { Detail::Brief }
    }

    /// The day by which it is judged what has expired.
    pub fn today(&self) -> Date {
        self.today.unwrap_or_else(today)
    }

    /// How long a lock lasts that nobody renews.
    pub fn lease(&self) -> SignedDuration {
        self.lease.unwrap_or(LEASE)
    }

    pub fn options(&self) -> Options {
        Options { time_scale: self.time_scale, ..Options::default() }
    }

    /// How progress is shown: lines that change in place only where somebody watches, and no log comes between them.
    pub fn progress(&self) -> Mode {
        let ci = self.ci.as_deref().is_some_and(|ci| !["", "0", "false"].contains(&ci));
        let logs = self.verbose > 1 || self.log.as_deref().is_some_and(|log| !log.is_empty());
        if ci || logs || !std::io::stderr().is_terminal() { Mode::Plain } else { Mode::Live }
    }
}

/// Whether somebody can be asked: sees the question, and can answer.
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Audit(audit::Args),
    Check(check::Args),
    Diff(diff::Args),
    Plan(plan::Args),
    Show(show::Args),
    Up(up::Args),
    Down(down::Args),
    Status(status::Args),
    Promote(promote::Args),
    Rollback(rollback::Args),
    Reset(reset::Args),
    Reap(reap::Args),
    Secret(secret::Args),
    Run(run::Args),
    Db(db::Args),
    Logs(logs::Args),
    History(history::Args),
    Unlock(unlock::Args),
    Ls(ls::Args),
    Doctor(doctor::Args),
    Completions(completions::Args),
    Man(man::Args),
    #[command(hide = true)]
    Supervise(supervise::Args),
}
