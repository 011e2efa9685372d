use crate::ui::status::StatusReport;

use super::{Answer, Exit, Format};
#[cfg(feature = "aws")]
use super::{Error, Globals, Project, block_on, connect};
#[cfg(feature = "aws")]
use crate::ui::Header;

/// Show what exists of an environment: each resource, its health, and where it answers
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl status staging
  envctl status staging --format json | jq -r '.address[]'")]
pub struct Args {
    /// The environment's full name
    #[arg(value_name = "ENV")]
    pub environment: String,
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

#[cfg(feature = "aws")]
pub fn run(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    let project = Project::open(globals)?;
    let environment = &project.environment(&args.environment)?.environment;
    let world = block_on(connect(environment))?;
    Ok(report(args, &StatusReport::new(Header::of(environment), &world.inventory)))
}

pub fn report(args: &Args, report: &StatusReport) -> Answer {
    match args.format {
        Format::Human => Answer::done(report.human()),
        Format::Json => Answer::json(&report.json(), Exit::Done),
    }
}
