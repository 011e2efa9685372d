use futures_util::future::join_all;

use crate::model::Definition;
use crate::ui::Header;
use crate::ui::overview::{self, Overview};
use crate::ui::status::{StatusReport, environments_human, environments_json};

use super::reached::Reached;
use super::reap::standing;
use super::{Answer, Error, Exit, Format, Globals, Project, block_on, now, observe};

/// List the environments that the project defines
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl ls
  envctl ls --live                   what exists of each, where it answers, and
                                     which previews stand, for how long
  envctl ls --format json | jq -r '.environments[].name'

With --live it exits with 0 also where one of them could not be asked: that
stands in its place, and hides none of the others.")]
pub struct Args {
    /// Ask each environment's provider what exists of it
    #[arg(long)]
    pub live: bool,
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

pub fn run(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    let project = Project::open(globals)?;
    let definitions = project.all()?;
    if args.live {
        return overview(args, globals, &project, definitions);
    }
    Ok(report(args, definitions))
}

/// What exists of each, all asked at once. That one of them cannot be asked hides none of the others.
fn overview<'a>(
    args: &Args,
    globals: &Globals,
    project: &Project,
    definitions: impl Iterator<Item = &'a Definition>,
) -> Result<Answer, Error> {
    let look = async |definition: &Definition| {
        let environment = &definition.environment;
        let header = Header::of(environment);
        let found = match Reached::connect(environment, project, globals).await {
            Ok(provider) => observe(environment, &provider).await,
            Err(error) => Err(error),
        };
        Overview {
            environment: header.clone(),
            found: found.map(|found| StatusReport::new(header, &found)).map_err(|error| error.in_a_line()),
        }
    };
    let (all, previews) =
        block_on(async { Ok(tokio::join!(join_all(definitions.map(look)), standing(project, globals))) })?;
    let previews = previews?;
    Ok(match args.format {
        Format::Human => Answer::done(overview::human(&all, &previews, now())),
        Format::Json => Answer::json(&overview::json(&all, &previews), Exit::Done),
    })
}

pub fn report<'a>(args: &Args, definitions: impl IntoIterator<Item = &'a Definition>) -> Answer {
    match args.format {
        Format::Human => Answer::done(environments_human(definitions)),
        Format::Json => Answer::json(&environments_json(definitions), Exit::Done),
    }
}
