use std::sync::Arc;

use crate::graph::Graph;
use crate::model::Environment;
use crate::plan::teardown;
use crate::provider::{Keep, Provider};
use crate::record::Operation;
use crate::ui::summary::Doing;

use super::{Answer, Approval, Change, Consent, Error, Fate, Format, Globals, Which, can_ask, observe};

/// Remove an environment and all that belongs to it
///
/// In reverse order, and only what carries the environment's tags. Each database leaves a final snapshot, unless its
/// data is declared throwaway. What was done to the environment stays written down (`envctl history`), but for a preview,
/// which leaves nothing. A protected environment is refused.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl down staging
  envctl down review-17 --yes                in CI: no question

Exits with 0 when all is gone, 3 when it was refused and nothing was changed,
4 when something is left: run it again to go on.")]
pub struct Args {
    #[command(flatten)]
    pub which: Which,
    /// Permit to delete this database, as the plan names it; may be repeated
    #[arg(long, value_name = "PATH")]
    pub allow_data_loss: Vec<String>,
    #[command(flatten)]
    pub approval: Approval,
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

pub fn command(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    args.which.with(globals, async |site| {
        // It only helps to order what is removed, and an environment without a release has none.
        let desired = site.provider.desired(&site.environment).unwrap_or_default();
        run(args, globals, &site.environment, &desired, &site.provider).await
    })
}

pub async fn run<P: Provider + Keep>(
    args: &Args,
    globals: &Globals,
    environment: &Environment,
    desired: &Graph,
    provider: &Arc<P>,
) -> Result<Answer, Error> {
    let observed = observe(environment, provider.as_ref()).await?;
    let change = Change {
        doing: Doing::Down,
        operation: Operation::Down,
        environment,
        plan: &teardown(desired, &observed),
        consent: args.consent(can_ask()),
        format: args.format,
        detail: globals.detail(),
        address: &[],
        reviewed: None,
        fate: if environment.like.is_some() { &Fate::Ended } else { &Fate::Kept },
    };
    change.run(provider, |observed| teardown(desired, observed), &args.approval.lock, globals).await
}

impl Args {
    /// `terminal`: whether somebody can be asked.
    pub fn consent(&self, terminal: bool) -> Consent<'_> {
        Consent { allow_data_loss: &self.allow_data_loss, ..self.approval.consent(terminal) }
    }
}
