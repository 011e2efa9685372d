use std::path::PathBuf;

use crate::ui::visible;

use super::reviewed::Reviewed;
use super::{Answer, Error, Exit, Format};

/// Show a plan that `plan --out` wrote
///
/// The file holds the plan, and digests of all that it was made from. `up --plan` applies it as it stands here, or refuses.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl plan prod --out prod.plan
  envctl show prod.plan
  envctl show prod.plan --exit-code          exits with 1 when it changes something
  envctl show prod.plan --format json | jq .changes")]
pub struct Args {
    /// The plan's file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Exit with 1 when there is something to do
    #[arg(long)]
    pub exit_code: bool,
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

pub fn run(args: &Args) -> Result<Answer, Error> {
    let plan = Reviewed::read(&args.file)?;
    let exit = if args.exit_code && plan.changes { Exit::Differences } else { Exit::Done };
    Ok(match args.format {
        Format::Human => {
            let made = plan.made.strftime("%Y-%m-%d %H:%M:%SZ");
            let [text, envctl, digest] = [&plan.text, &plan.envctl, &plan.digest].map(|part| visible(part));
            let text = format!("{text}\nMade {made} by envctl {envctl}, plan {digest}\n");
            Answer { text, exit }
        }
        Format::Json => Answer::json(&serde_json::to_value(&plan).unwrap_or_default(), exit),
    })
}
