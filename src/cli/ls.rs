use crate::model::Definition;
use crate::ui::status::{environments_human, environments_json};

use super::{Answer, Error, Exit, Format, Globals, Project};

/// List the environments that the project defines
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl ls
  envctl ls --live                   what exists of each, and where it answers
  envctl ls --format json | jq -r '.environments[].name'")]
pub struct Args {
    /// Ask each environment's provider what exists of it
    #[cfg(feature = "aws")]
    #[arg(long)]
    pub live: bool,
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

pub fn run(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    let project = Project::open(globals)?;
    let definitions = project.all()?;
    #[cfg(feature = "aws")]
    if args.live {
        return super::on_aws::overview(args, definitions);
    }
    Ok(report(args, definitions))
}

pub fn report<'a>(args: &Args, definitions: impl IntoIterator<Item = &'a Definition>) -> Answer {
    match args.format {
        Format::Human => Answer::done(environments_human(definitions)),
        Format::Json => Answer::json(&environments_json(definitions), Exit::Done),
    }
}
