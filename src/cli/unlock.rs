use std::cell::Cell;

use crate::provider::Keep;
use crate::record::{Entry, Operation, Outcome, Record};
use crate::ui::history;

use super::lock::{actor, change};
use super::{Answer, Error, Globals, Which, check_caller, confirm_protected, now, said};

/// Break the lock of whoever changes an environment
///
/// A lock expires by itself 30 minutes after its holder was last heard of; one whose process has died on this machine is
/// taken over at once. Break one only if you know that nobody is at work: two changes at once can undo each other. It is
/// written down.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl unlock staging --reason \"the runner was shut down\"")]
pub struct Args {
    #[command(flatten)]
    pub which: Which,
    /// Why it is broken; written down
    #[arg(long, value_name = "TEXT", value_parser = said)]
    pub reason: Option<String>,
    /// The environment's name once more; what is protected needs it
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
}

pub fn command(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    args.which.with(globals, async |site| {
        let (environment, provider) = (&site.environment, site.provider.as_ref());
        check_caller(environment, provider).await?;
        confirm_protected(environment, args.confirm.as_deref())?;
        let Some(held) = provider.record().await?.record.lock else {
            return Ok(Answer::done(format!("Nobody holds {}.\n", environment.name)));
        };
        let entry = Entry {
            at: now(),
            by: actor(provider).await?,
            operation: Operation::Unlock,
            outcome: Outcome::Done,
            release: None,
            plan: None,
            note: args.reason.clone(),
        };
        // Only the lock that was seen: another may have come in its place.
        let is_broken = Cell::new(false);
        let break_it = |record: Record| {
            is_broken.set(record.lock.as_ref().is_some_and(|lock| lock.id == held.id));
            if is_broken.get() { record.broken(entry.clone()) } else { record }
        };
        change(provider, break_it).await?;
        let came_of_it = if is_broken.get() { "Broken" } else { "Given back meanwhile, so nothing was broken" };
        Ok(Answer::done(format!("{came_of_it}: {}\n", history::holder(&held))))
    })
}
