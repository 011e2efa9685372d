use crate::diff::{Live, Parity, Verdict, declared};
use crate::model::Definition;
use crate::ui;

use super::{Answer, Error, Exit, Globals, Project, ReportFormat, today};

/// Compare two environments: shape must be equal, data must not
///
/// Values are compared by meaning, not by spelling. Each difference names its path, both values, and the file and line
/// that set each side; those that a `[[deliberate]]` entry covers stand apart.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl diff staging prod
  envctl diff staging prod --live
  envctl diff staging prod --format json | jq .

Exits with 0 when they match, 1 on differences, 2 on trouble.")]
pub struct Args {
    /// An environment's full name
    #[arg(value_name = "A")]
    pub left: String,
    /// The one to compare it with
    #[arg(value_name = "B")]
    pub right: String,
    /// Compare what exists, not what is defined
    #[arg(long)]
    pub live: bool,
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: ReportFormat,
}

pub fn run(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    let project = Project::open(globals)?;
    let (left, right) = (project.environment(&args.left)?, project.environment(&args.right)?);
    let parity = declared(left, right, today());
    let live = if args.live { Some(compare_live(left, right)?) } else { None };
    Ok(report(args, &parity, live.as_ref()))
}

fn report(args: &Args, parity: &Parity, live: Option<&Live>) -> Answer {
    let verdicts = [Some(parity.verdict()), live.map(Live::verdict)];
    let exit = if verdicts.contains(&Some(Verdict::Different)) { Exit::Differences } else { Exit::Done };
    match args.format {
        ReportFormat::Human => Answer { text: ui::diff::human(parity, live), exit },
        ReportFormat::Markdown => Answer { text: ui::diff::markdown(parity, live), exit },
        ReportFormat::Json => Answer::json(&ui::diff::json(parity, live), exit),
    }
}

#[cfg(feature = "aws")]
fn compare_live(left: &Definition, right: &Definition) -> Result<Live, Error> {
    use super::{World, block_on, connect, desired};
    use crate::diff::{Side, live};

    let (left, right) = (&left.environment, &right.environment);
    let (left_graph, right_graph) = (desired(left)?, desired(right)?);
    let both = block_on(async { tokio::try_join!(connect(left), connect(right)) })?;
    let drifts = [World::drift(&both.0, &left_graph), World::drift(&both.1, &right_graph)];
    let side = |environment, inventory, drift| Side { environment, inventory, drift };
    let left = side(left, &both.0.inventory, drifts[0].as_slice());
    let right = side(right, &both.1.inventory, drifts[1].as_slice());
    Ok(live(&left, &right, today()))
}

#[cfg(not(feature = "aws"))]
fn compare_live(_: &Definition, _: &Definition) -> Result<Live, Error> {
    let message = "this build of envctl has no AWS".to_owned();
    Err(Error::Use { message, hint: Some("build it with the feature `aws`".to_owned()) })
}
