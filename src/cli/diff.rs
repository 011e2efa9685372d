use crate::diff::{Live, Parity, Side, Verdict, declared, live};
use crate::model::{Definition, Environment, Target};
use crate::ui;

use super::reached::Reached;
use super::{Answer, Error, Exit, Globals, Project, ReportFormat, block_on, drift, observe};

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
    let live = if args.live { Some(compare(left, right, &project, globals)?) } else { None };
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

/// What exists of both, and where each has left its own definition.
fn compare(left: &Definition, right: &Definition, project: &Project, globals: &Globals) -> Result<Live, Error> {
    let (left, right) = (&left.environment, &right.environment);
    let look = async |environment: &Environment| {
        let provider = Reached::connect(environment, project, globals).await?;
        let desired = provider.desired(environment)?;
        let found = observe(environment, &provider).await?;
        Ok::<_, Error>((drift(&desired, &found), found))
    };
    if let [Target::Local(_), Target::Aws(_)] | [Target::Aws(_), Target::Local(_)] = [&left.target, &right.target] {
        return Err(Error::Use {
            message: "what exists on a laptop and what exists on AWS are different things".to_owned(),
            hint: Some("compare the definitions, without `--live`".to_owned()),
        });
    }
    let ((left_drift, left_found), (right_drift, right_found)) =
        block_on(async { tokio::try_join!(look(left), look(right)) })?;
    let left = Side { environment: left, inventory: &left_found, drift: &left_drift };
    let right = Side { environment: right, inventory: &right_found, drift: &right_drift };
    Ok(live(&left, &right, globals.today()))
}
