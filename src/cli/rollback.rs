use std::sync::Arc;

use crate::model::Environment;
use crate::plan::plan;
use crate::provider::Keep;
use crate::record::{Operation, Preview, Record};
use crate::ui;
use crate::ui::status::addresses;
use crate::ui::summary::Doing;

use super::lock::{LockArgs, Settlement, is_dead, until_free};
use super::project::definition_says;
use super::reached::Reached;
use super::{
    Answer, Approval, Change, Error, Exit, Fate, Format, Globals, Which, can_ask, check_caller, migrated, now, observe,
};

/// Go back to a release that ran well in this environment before
///
/// Of its history the newest release that came up well, other than the one that was last brought there. Run again after
/// it was done, it goes one further back; after it was cut off, it goes on. Migrations are not undone.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl rollback prod --confirm prod
  envctl rollback prod --to 1.4.2 --confirm prod --write

Exits as `up` does.")]
pub struct Args {
    #[command(flatten)]
    pub which: Which,
    /// This release, which must have run well here
    #[arg(long, value_name = "RELEASE")]
    pub to: Option<String>,
    /// Write the release into the definition, layout and comments kept
    #[arg(long)]
    pub write: bool,
    #[command(flatten)]
    pub approval: Approval,
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

pub fn command(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    args.which.with(globals, async |site| {
        check_caller(&site.environment, site.provider.as_ref()).await?;
        if let Some(wait) = args.approval.lock.lock_timeout {
            // Whoever is at work there may be bringing what is to be gone back from.
            until_free(site.provider.as_ref(), now() + wait, globals).await?;
        }
        let record = site.provider.record().await?.record.as_of(now(), is_dead);
        if let Some(held) = record.lock {
            return Err(Error::Locked { environment: site.environment.argument(), held: Box::new(held) });
        }
        let release = target(args, &site.environment, &record)?;
        let environment = Environment { release: Some(release.clone()), ..site.environment.clone() };
        let provider = Arc::new(Reached::connect(&environment, &site.project, globals).await?);
        let desired = provider.desired(&environment)?;
        let observed = observe(&environment, provider.as_ref()).await?;
        let fate = match site.preview.clone() {
            Some(Preview { like, .. }) => {
                Fate::Settled(Settlement { like, release: Some(release.clone()), until: None })
            }
            None => Fate::Kept,
        };
        let change = Change {
            doing: Doing::Up,
            operation: Operation::Rollback,
            environment: &environment,
            plan: &plan(&desired, &observed),
            consent: args.approval.consent(can_ask()),
            format: args.format,
            detail: globals.detail(),
            address: &addresses(&observed),
            reviewed: None,
            fate: &fate,
        };
        // Nor is there anything to wait for again: it would be gone back from something else.
        let at_once = LockArgs::default();
        let mut answer = change.run(&provider, |observed| plan(&desired, observed), &at_once, globals).await?;
        migrated::note(&environment, &migrated::none_brought(&environment), false, provider.as_ref()).await;
        let is_defined = environment.like.is_none();
        if answer.exit != Exit::Done || !is_defined {
            return Ok(answer);
        }
        let unwritten = if args.write { site.project.write_release(&environment.name, &release).err() } else { None };
        if args.format == Format::Human {
            let is_written = args.write && unwritten.is_none();
            answer.text.push_str(&definition_says(environment.name.as_str(), &release, is_written));
        }
        if let Some(error) = unwritten {
            // What was done is done, and its summary must not be lost.
            ui::note(&error.human());
            answer.exit = Exit::Partial;
        }
        Ok(answer)
    })
}

fn target(args: &Args, environment: &Environment, record: &Record) -> Result<String, Error> {
    let healthy = record.healthy_releases();
    let known = || match healthy.is_empty() {
        true => "a release comes by `up` or `promote`, and none has run well here yet".to_owned(),
        false => format!("these did: {}; a new one comes by `up` or `promote`", healthy.join(", ")),
    };
    if let Some(wanted) = &args.to {
        return match healthy.contains(&wanted.as_str()) {
            true => Ok(wanted.clone()),
            false => Err(Error::refused(format!("{wanted} has not run well in {}", environment.name), known())),
        };
    }
    record.previous().map(str::to_owned).ok_or_else(|| {
        Error::refused(
            format!("no other release ran well in {} before", environment.name),
            match healthy.is_empty() {
                true => known(),
                false => format!("name one with `--to RELEASE`: {}", known()),
            },
        )
    })
}
