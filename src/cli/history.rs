use crate::provider::Keep;
use crate::ui::{Header, history};

use super::lock::is_dead;
use super::{Answer, Error, Exit, Format, Globals, Which, check_caller, now};

/// Show what was done to an environment: when, by whom, which release, and how it ended
///
/// Every `up`, `down`, `reset`, `promote`, `rollback` and `unlock` is written down in the environment's own account, and
/// stays there when the environment goes. The newest come first; beyond 200 the oldest are dropped.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl history prod
  envctl history prod --format json | jq -r '.entries[0].release'")]
pub struct Args {
    #[command(flatten)]
    pub which: Which,
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

pub fn command(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    args.which.with(globals, async |site| {
        check_caller(&site.environment, site.provider.as_ref()).await?;
        // A lock that holds nothing any more is part of the past.
        let record = site.provider.record().await?.record.as_of(now(), is_dead);
        let header = Header::of(&site.environment);
        Ok(match args.format {
            Format::Human => Answer::done(history::human(&header, &record)),
            Format::Json => Answer::json(&history::json(&header, &record), Exit::Done),
        })
    })
}
