use std::path::PathBuf;

use crate::graph::Graph;
use crate::model::Environment;
use crate::plan::{Plan, plan};
use crate::provider::Provider;
use crate::ui::Header;
use crate::ui::plan::{Detail, human, json};

use super::preview::check_release;
use super::reviewed::Reviewed;
use super::{Answer, Error, Exit, Format, Globals, Which, observe};

/// Show what `up` would do to an environment, and change nothing
///
/// Looks at what exists and compares it with the definition, property by property. A change made by hand is seen, and
/// shown as what it takes to set it right.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl plan staging
  envctl plan staging -v             every property, uncut
  envctl plan prod --out prod.plan   to be read, and applied by `up --plan`
  envctl plan prod --exit-code       exits with 1 when something would change
  envctl plan prod --format json | jq .tally")]
pub struct Args {
    #[command(flatten)]
    pub which: Which,
    /// The release that a preview is to run
    #[arg(long, value_name = "RELEASE", requires = "like")]
    pub release: Option<String>,
    /// Exit with 1 when there is something to do
    #[arg(long)]
    pub exit_code: bool,
    /// Write the plan to this file, for `up --plan`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

pub fn command(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    args.release.as_deref().map_or(Ok(()), check_release)?;
    args.which.with_release(args.release.as_deref(), globals, async |site| {
        let desired = site.provider.desired(&site.environment)?;
        run(args, &site.environment, &desired, site.provider.as_ref(), globals.detail()).await
    })
}

pub async fn run(
    args: &Args,
    environment: &Environment,
    desired: &Graph,
    provider: &impl Provider,
    detail: Detail,
) -> Result<Answer, Error> {
    let observed = observe(environment, provider).await?;
    let plan = plan(desired, &observed);
    if let Some(file) = &args.out {
        Reviewed::new(environment, &observed, &plan).write(file)?;
    }
    Ok(report(args, &Header::of(environment), &plan, detail))
}

pub fn report(args: &Args, header: &Header, plan: &Plan, detail: Detail) -> Answer {
    let exit = if args.exit_code && !plan.is_empty() { Exit::Differences } else { Exit::Done };
    match args.format {
        Format::Human => Answer { text: human(header, plan, detail), exit },
        Format::Json => Answer::json(&json(header, plan), exit),
    }
}
