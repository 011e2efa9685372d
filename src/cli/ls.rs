use crate::model::Definition;
use crate::ui::status::{environments_human, environments_json};

use super::{Answer, Error, Exit, Format, Globals, Project};

/// List the environments that the project defines
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl ls
  envctl ls --format json | jq -r '.environments[].name'")]
pub struct Args {
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

pub fn run(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    Ok(report(args, Project::open(globals)?.all()?))
}

pub fn report<'a>(args: &Args, definitions: impl IntoIterator<Item = &'a Definition>) -> Answer {
    match args.format {
        Format::Human => Answer::done(environments_human(definitions)),
        Format::Json => Answer::json(&environments_json(definitions), Exit::Done),
    }
}
