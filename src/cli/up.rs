use std::path::PathBuf;
use std::sync::Arc;

use crate::graph::Graph;
use crate::model::{Environment, Target};
use crate::plan::plan;
use crate::provider::{Access, Keep, Provider};
use crate::record::Operation;
use crate::ui::status::addresses;
use crate::ui::summary::Doing;

use super::preview::{self, PreviewArgs};
use super::reviewed::Reviewed;
use super::{
    Answer, Approval, Change, Consent, Error, Fate, Format, Globals, Which, can_ask, migrated, observe, secret,
};

/// Make an environment as its definition says
///
/// Shows the plan, asks, and applies it: in parallel, each step as soon as what it needs is there. Run again, it goes
/// on where it stopped; with nothing to change, it changes nothing. Ctrl-C stops it cleanly between steps.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl up staging
  envctl up staging --yes                    in CI: no question
  envctl up prod --plan prod.plan            what was read before, and nothing else
  envctl up prod --confirm prod              a protected environment
  envctl up staging --allow-data-loss database.main
  envctl up pr-123 --like staging --release 4f1c2d --ttl 48h
                                             a copy for two days

Exits with 0 when all is done, 3 when it was refused and nothing was changed,
4 when it was partly applied: run it again to go on.")]
pub struct Args {
    #[command(flatten)]
    pub which: Which,
    /// Apply the plan in this file, which `plan --out` wrote, and nothing else
    #[arg(long, value_name = "FILE", conflicts_with = "yes")]
    pub plan: Option<PathBuf>,
    /// Permit to delete this data, as the plan names it; may be repeated
    #[arg(long, value_name = "PATH")]
    pub allow_data_loss: Vec<String>,
    #[command(flatten)]
    pub preview: PreviewArgs,
    #[command(flatten)]
    pub approval: Approval,
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

pub fn command(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    args.preview.check(&args.which)?;
    args.which.with_release(args.preview.release.as_deref(), globals, async |site| {
        let desired = site.provider.desired(&site.environment)?;
        if site.environment.like.is_some() {
            preview::check(site, globals)?;
        }
        check_secrets(&site.environment, site.provider.as_ref()).await?;
        let fate = args.preview.fate(site)?;
        let brought = migrated::brought(&site.environment, &site.project)?;
        let answer = run(args, globals, &site.environment, &desired, &site.provider, &fate).await?;
        migrated::note(&site.environment, &brought, false, site.provider.as_ref()).await;
        Ok(answer)
    })
}

/// Names what is missing before anything starts. On AWS the instances wait for a secret; here nobody would see why
/// they do.
pub async fn check_secrets(environment: &Environment, provider: &impl Access) -> Result<(), Error> {
    if !matches!(environment.target, Target::Local(_)) {
        return Ok(());
    }
    let missing = missing_secrets(environment, provider).await?;
    let names: Vec<&str> = missing.iter().map(String::as_str).collect();
    if names.is_empty() { Ok(()) } else { Err(secret::missing(environment, &names)) }
}

/// The declared secrets that somebody has to set and nobody has.
pub async fn missing_secrets(environment: &Environment, provider: &impl Access) -> Result<Vec<String>, Error> {
    let there = provider.secrets().await?;
    let declared = environment.shape.secrets.iter();
    let lacking = declared.filter(|(name, spec)| spec.generate.is_none() && !there.contains_key(*name));
    Ok(lacking.map(|(name, _)| name.clone()).collect())
}

pub async fn run<P: Provider + Keep>(
    args: &Args,
    globals: &Globals,
    environment: &Environment,
    desired: &Graph,
    provider: &Arc<P>,
    fate: &Fate,
) -> Result<Answer, Error> {
    let observed = observe(environment, provider.as_ref()).await?;
    let now = plan(desired, &observed);
    let reviewed = args.plan.as_deref().map(Reviewed::read).transpose()?;
    if let Some(reviewed) = &reviewed {
        reviewed.ensure_same(environment, &observed, &now)?;
    }
    let change = Change {
        doing: Doing::Up,
        operation: Operation::Up,
        environment,
        plan: &now,
        reviewed: reviewed.as_ref(),
        consent: args.consent(can_ask()),
        format: args.format,
        detail: globals.detail(),
        address: &addresses(&observed),
        fate,
    };
    change.run(provider, |observed| plan(desired, observed), &args.approval.lock, globals).await
}

impl Args {
    /// `terminal`: whether somebody can be asked.
    pub fn consent(&self, terminal: bool) -> Consent<'_> {
        Consent {
            reviewed: self.plan.is_some(),
            allow_data_loss: &self.allow_data_loss,
            ..self.approval.consent(terminal)
        }
    }
}
