use crate::plan::Plan;
use crate::ui::Header;
use crate::ui::plan::{Detail, human, json};

use super::{Answer, Exit, Format};
#[cfg(feature = "aws")]
use super::{Error, Globals, Project, block_on, connect, desired};

/// Show what `up` would do to an environment, and change nothing
///
/// Looks at what exists and compares it with the definition, property by property. A change made by hand is seen, and
/// shown as what it takes to set it right.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl plan staging
  envctl plan staging -v             every property, uncut
  envctl plan prod --exit-code       exits with 1 when something would change
  envctl plan prod --format json | jq .tally")]
pub struct Args {
    /// The environment's full name
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Exit with 1 when there is something to do
    #[arg(long)]
    pub exit_code: bool,
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

#[cfg(feature = "aws")]
pub fn run(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    let project = Project::open(globals)?;
    let environment = &project.environment(&args.environment)?.environment;
    let desired = desired(environment)?;
    let world = block_on(connect(environment))?;
    let plan = crate::plan::plan(&desired, &world.inventory);
    Ok(report(args, &Header::of(environment), &plan, globals.detail()))
}

pub fn report(args: &Args, header: &Header, plan: &Plan, detail: Detail) -> Answer {
    let exit = if args.exit_code && !plan.is_empty() { Exit::Differences } else { Exit::Done };
    match args.format {
        Format::Human => Answer { text: human(header, plan, detail), exit },
        Format::Json => Answer::json(&json(header, plan), exit),
    }
}
