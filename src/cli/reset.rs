use crate::model::Environment;
use crate::plan::plan;
use crate::record::Operation;
use crate::ui;
use crate::ui::status::addresses;
use crate::ui::summary::Doing;

use super::apply::Signals;
use super::change::Carried;
use super::lock::{Deed, Fate, LockArgs, holding};
use super::{Answer, Change, Consent, Error, Format, Globals, Site, Which, While, can_ask, observe, up};

/// Drop the data of an environment and build it anew
///
/// Stops its components, empties every database, applies all migrations and loads the seeds again. It says first what
/// is lost. A protected environment is refused.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl reset dev
  envctl reset dev --confirm dev         in a script: no question

Exits as `up` does.")]
pub struct Args {
    #[command(flatten)]
    pub which: Which,
    /// The environment's name once more, in place of the question
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    #[command(flatten)]
    pub lock: LockArgs,
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

pub fn command(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    args.which.with(globals, async |site| run(args, globals, site).await)
}

async fn run(args: &Args, globals: &Globals, site: &Site) -> Result<Answer, Error> {
    let environment = &site.environment;
    let local = site.provider.local().ok_or_else(|| Error::Use {
        message: format!("{} stands on AWS, and only environments on this machine can be reset", environment.name),
        hint: Some("there, remove it and make it again: `envctl down`, then `envctl up`".to_owned()),
    })?;
    if environment.protected {
        return Err(Error::refused(
            format!("`{}` is protected, and no flag resets a protected environment", environment.name),
            "set `protected = false` in its definition first",
        ));
    }
    // What will be asked for afterwards must be there: a reset that cannot be finished leaves nothing.
    up::check_secrets(environment, site.provider.as_ref()).await?;
    let lost = local.data().await?;
    ui::note(&ui::data::human(&environment.name, &lost));
    consent(args.confirm.as_deref(), environment)?;
    let deed = Deed {
        operation: Operation::Reset,
        release: environment.release.clone(),
        plan: None,
        note: Some(format!("lost: {}", ui::data::in_a_line(&lost))),
        fate: Fate::Kept,
    };
    let work = async |signals: &mut Signals| {
        local.empty().await?;
        let observed = observe(environment, site.provider.as_ref()).await?;
        let change = Change {
            doing: Doing::Up,
            operation: Operation::Reset,
            environment,
            plan: &plan(&site.provider.desired(environment)?, &observed),
            consent: Consent { yes: true, ..Consent::default() },
            format: args.format,
            detail: globals.detail(),
            address: &addresses(&observed),
            reviewed: None,
            fate: &Fate::Kept,
        };
        change.run_locked(&site.provider, globals, signals).await
    };
    holding(&site.provider, environment, deed, &args.lock, globals, work).await.map(Carried::into_answer)
}

/// `--yes` is not enough for data: the environment is named, on the command line or in answer to the question.
fn consent(confirm: Option<&str>, environment: &Environment) -> Result<(), Error> {
    let name = environment.name.as_str();
    let remedy = format!("name the one that is meant: `--confirm {name}`");
    let given = match confirm {
        Some(given) => given.to_owned(),
        None if can_ask() => {
            let question = format!("To lose this data of {name}, type its name: ");
            ui::ask(&question).while_doing("cannot read the answer")?.unwrap_or_default()
        }
        None => return Err(Error::refused("nobody can be asked: stdin is no terminal", remedy)),
    };
    if given == name { Ok(()) } else { Err(Error::refused(format!("`{given}` is not `{name}`"), remedy)) }
}
