use crate::ui::summary::Doing;

use super::{Consent, Format};
#[cfg(feature = "aws")]
use super::{Answer, Change, Error, Globals, Project, block_on, can_ask, connect, desired};
#[cfg(feature = "aws")]
use crate::plan::teardown;

/// Remove an environment and all that belongs to it
///
/// In reverse order, and only what carries the environment's tags. A database is deleted only when it is named with
/// --allow-data-loss, and leaves a final snapshot; one whose data is declared throwaway needs and leaves neither. A
/// protected environment is refused.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl down staging --allow-data-loss database.main
  envctl down review-17 --yes                in CI: no question

Exits with 0 when all is gone, 3 when it was refused and nothing was changed,
4 when something is left: run it again to go on.")]
pub struct Args {
    /// The environment's full name
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Remove it without asking
    #[arg(short, long)]
    pub yes: bool,
    /// The environment's name once more, in place of the question
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    /// Permit to delete this database, as the plan names it; may be repeated
    #[arg(long, value_name = "PATH")]
    pub allow_data_loss: Vec<String>,
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

#[cfg(feature = "aws")]
pub fn run(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    let project = Project::open(globals)?;
    let environment = &project.environment(&args.environment)?.environment;
    // What shall exist only helps to order what is removed, and an environment without a release has none.
    let desired = desired(environment).unwrap_or_default();
    block_on(async {
        let world = connect(environment).await?;
        let change = Change {
            doing: Args::DOING,
            environment,
            plan: &teardown(&desired, &world.inventory),
            consent: args.consent(can_ask()),
            format: args.format,
            detail: globals.detail(),
            address: &[],
        };
        change.carry_out(async |plan| world.apply(plan, globals.options(), globals.progress()).await).await
    })
}

impl Args {
    pub const DOING: Doing = Doing::Down;

    /// `terminal`: whether somebody can be asked.
    pub fn consent(&self, terminal: bool) -> Consent<'_> {
        Consent { yes: self.yes, confirm: self.confirm.as_deref(), allow_data_loss: &self.allow_data_loss, terminal }
    }
}
