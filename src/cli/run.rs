use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use secrecy::{ExposeSecret, SecretString};

use crate::model::Environment;
use crate::provider::Access;
use crate::variables::{Known, variables};

use super::{Answer, Error, Exit, Globals, Which, check_caller, ensure_stands};

/// Run a command with an environment's config and secrets
///
/// The command sees them in its own environment, as the environment's components do: a test suite, a console, a
/// script. Values come from where they are kept: on this machine, or in Secrets Manager. Signals and the exit code are
/// the command's own.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl run dev -- npm test
  envctl run staging -- bin/console
  envctl run dev -- sh -c 'echo \"$DATABASE_URL\"'

Exits as the command does; with 127 where there is no such command, 126 where
it cannot be run.")]
pub struct Args {
    #[command(flatten)]
    pub which: Which,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

/// Becomes the command, and returns only where that fails.
pub fn command(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    let variables = args.which.with(globals, async |site| {
        check_caller(&site.environment, site.provider.as_ref()).await?;
        let seen = seen(&site.environment, site.provider.as_ref()).await;
        if let (Err(Error::Unknown { .. }), Some(local)) = (&seen, site.provider.local()) {
            ensure_stands(local)?;
        }
        seen
    })?;
    Ok(become_command(args, &variables))
}

/// What a process of the environment sees, beside what it inherits.
pub async fn seen(environment: &Environment, provider: &impl Access) -> Result<BTreeMap<String, SecretString>, Error> {
    let (secrets, databases, urls) = tokio::try_join!(provider.secret_values(), provider.databases(), provider.urls())?;
    let known = Known { environment, databases: &databases, secrets: &secrets, urls: &urls };
    variables(known, None).map_err(|unknown| Error::Unknown { environment: environment.argument(), unknown })
}

fn become_command(args: &Args, variables: &BTreeMap<String, SecretString>) -> Answer {
    let (program, arguments) = args.command.split_first().expect("clap requires one");
    let mut command = Command::new(program);
    command.args(arguments);
    command.envs(variables.iter().map(|(name, value)| (name, value.expose_secret())));
    let error = command.exec();
    crate::ui::note(&format!("envctl: cannot run {}: {error}\n", program.display()));
    let exit = if error.kind() == std::io::ErrorKind::NotFound { Exit::NoCommand } else { Exit::CannotRun };
    Answer { text: String::new(), exit }
}
