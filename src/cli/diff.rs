use crate::diff::{Live, Parity, Verdict, declared};
use crate::ui;

use super::{Answer, Error, Exit, Globals, Project, ReportFormat};

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
    let live = if args.live { Some(compare(left, right, globals.today())?) } else { None };
    let parity = declared(left, right, globals.today());
    let parity = match &live {
        Some(live) => parity.heeding(live),
        None => parity,
    };
    Ok(report(args, &parity, live.as_ref()))
}

fn report(args: &Args, parity: &Parity, live: Option<&Live>) -> Answer {
    let verdict = parity.verdict().max(live.map_or(Verdict::Same, Live::verdict));
    let exit = if verdict == Verdict::Different { Exit::Differences } else { Exit::Done };
    match args.format {
        ReportFormat::Human => Answer { text: ui::diff::human(parity, live), exit },
        ReportFormat::Markdown => Answer { text: ui::diff::markdown(parity, live), exit },
        ReportFormat::Json => Answer::json(&ui::diff::json(parity, live), exit),
    }
}

#[cfg(feature = "aws")]
use super::on_aws::compare;

#[cfg(not(feature = "aws"))]
fn compare(_: &crate::model::Definition, _: &crate::model::Definition, _: jiff::civil::Date) -> Result<Live, Error> {
    let message = "this build of envctl has no AWS".to_owned();
    Err(Error::Use { message, hint: Some("build it with the feature `aws`".to_owned()) })
}
