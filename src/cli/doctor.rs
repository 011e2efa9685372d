use crate::aws::grants::{Scope, documents};
use crate::model::{Environment, Target};
use crate::provider::{Check, Examine};
use crate::ui::{self, Header};

use super::{Answer, Error, Exit, Format, Globals, Project, Site, Which, now, preview, up};

/// Say whether the caller may do all that an environment takes, and whether its place is in order
///
/// On AWS: the account, the region, the clock, the services, every permission and the quotas. It asks EC2 by dry runs, and
/// IAM for the rest; nothing is changed. On this machine: the database servers, the folder and the ports.
///
/// What cannot be told, such as permissions where IAM may not be asked, is named and fails nothing.
///
/// With `--policy` it prints the least that envctl must be allowed, as a list of IAM policies, each within the 6,144
/// characters that IAM takes, and asks nobody. They belong to whoever acts in the account: a user, or the role of
/// `aws.role`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl doctor staging
  envctl doctor pr-123 --like staging
  envctl doctor --policy staging > policies.json
  envctl doctor --policy             for any environment of any app
  envctl doctor --policy staging | jq -c '.[0]' > first.json
  aws iam create-policy --policy-name envctl-staging-1 \\
      --policy-document file://first.json

Exits with 0 when nothing is missing, 1 when something is, 2 on trouble.")]
pub struct Args {
    /// The environment's full name; with `--policy` it may be left out
    #[arg(value_name = "ENV", required_unless_present = "policy")]
    pub environment: Option<String>,
    /// Print the IAM policies that envctl needs
    #[arg(long, conflicts_with_all = ["local", "format"])]
    pub policy: bool,
    /// Examine this machine for a rehearsal of it, whatever its target is
    #[arg(long, conflicts_with = "like")]
    pub local: bool,
    /// It is a preview of this environment
    #[arg(long, value_name = "ENV", requires = "environment")]
    pub like: Option<String>,
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

pub fn command(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    let which = args.environment.as_ref().map(|environment| Which {
        environment: environment.clone(),
        local: args.local,
        like: args.like.clone(),
    });
    match which {
        Some(which) if !args.policy => which.with(globals, async |site| {
            let mut checks = site.provider.examine(now()).await?;
            checks.extend(secrets(site, &checks).await?);
            Ok(report(args, &site.environment, &checks))
        }),
        which => policy(which.as_ref(), globals),
    }
}

/// What nobody has set yet, where the place is in order. On AWS instances wait for it, and so nothing has to be set first.
async fn secrets(site: &Site, place: &[Check]) -> Result<Option<Check>, Error> {
    let environment = &site.environment;
    if ui::doctor::lacks(place) || environment.shape.secrets.is_empty() || !environment.is_local() {
        return Ok(None);
    }
    let missing = up::missing_secrets(environment, site.provider.as_ref()).await?;
    let argument = environment.argument();
    Ok(Some(match missing.is_empty() {
        true => Check::in_order("secrets", "each has a value or gets one"),
        false => Check::missing(
            "secrets",
            format!("{} without a value", missing.join(", ")),
            "components do not start without it",
            missing.iter().map(|name| format!("`envctl secret set {argument} {name}`")).collect::<Vec<_>>().join(", "),
        ),
    }))
}

pub fn report(args: &Args, environment: &Environment, checks: &[Check]) -> Answer {
    let header = Header::of(environment);
    let exit = if ui::doctor::lacks(checks) { Exit::Differences } else { Exit::Done };
    match args.format {
        Format::Human => Answer { text: ui::doctor::human(&header, checks), exit },
        Format::Json => Answer::json(&ui::doctor::json(&header, checks), exit),
    }
}

/// One environment's, or any one's.
fn policy(which: Option<&Which>, globals: &Globals) -> Result<Answer, Error> {
    let scope = match which {
        None => Scope::any(),
        Some(which) => {
            let project = match &which.like {
                Some(like) => preview::project(&which.environment, like, globals)?,
                None => Project::open(globals)?,
            };
            let environment = &project.environment(&which.environment)?.environment;
            match &environment.target {
                Target::Aws(target) => Scope::of(&environment.app, &environment.name, target),
                Target::Local(_) => {
                    return Err(Error::Use {
                        message: format!("{} is on this machine, where no policy is needed", environment.name),
                        hint: Some("name an environment on AWS".to_owned()),
                    });
                }
            }
        }
    };
    Ok(Answer::json(&documents(&scope).into(), Exit::Done))
}
