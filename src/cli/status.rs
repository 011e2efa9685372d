use crate::model::Environment;
use crate::provider::Provider;
use crate::ui::Header;
use crate::ui::status::StatusReport;

use super::{Answer, Error, Exit, Format, Globals, Which, observe};

/// Show what exists of an environment, and its health
///
/// Each resource with its state, its health and its id, and the addresses where the environment answers.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl status staging
  envctl status staging --format json | jq -r '.address[]'")]
pub struct Args {
    #[command(flatten)]
    pub which: Which,
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

pub fn command(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    args.which.with(globals, async |site| run(args, &site.environment, site.provider.as_ref()).await)
}

pub async fn run(args: &Args, environment: &Environment, provider: &impl Provider) -> Result<Answer, Error> {
    let observed = observe(environment, provider).await?;
    Ok(report(args, &StatusReport::new(Header::of(environment), &observed)))
}

fn report(args: &Args, report: &StatusReport) -> Answer {
    match args.format {
        Format::Human => Answer::done(report.human()),
        Format::Json => Answer::json(&report.json(), Exit::Done),
    }
}
