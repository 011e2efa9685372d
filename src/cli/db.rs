use std::ffi::OsString;
use std::os::unix::process::CommandExt;

use crate::model::{Environment, Name};

use super::{Answer, Error, Globals, Which, ensure_stands};

/// Open a database of an environment in its engine's own client
///
/// Starts `psql` (or `mysql`) with the right credentials; the password is no argument of it. What follows `--` goes to
/// the client.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl db dev
  envctl db dev -- -c 'select count(*) from products'
  envctl db dev --database orders < report.sql

Exits as the client does.")]
pub struct Args {
    #[command(flatten)]
    pub which: Which,
    /// Which of its databases; needed where it has several
    #[arg(long, value_name = "NAME")]
    pub database: Option<String>,
    /// Arguments of the client
    #[arg(last = true, value_name = "ARGS")]
    pub arguments: Vec<OsString>,
}

/// Becomes the client, and returns only where that fails.
pub fn command(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    let mut client = args.which.with(globals, async |site| {
        let database = chosen(&site.environment, args.database.as_deref())?;
        let local = site.provider.local().ok_or_else(|| private(&site.environment))?;
        ensure_stands(local)?;
        Ok(local.client(database, &args.arguments)?)
    })?;
    let error = client.exec();
    Err(Error::Io { doing: format!("cannot run {}", client.get_program().display()), source: error })
}

fn chosen<'a>(environment: &'a Environment, wanted: Option<&str>) -> Result<&'a Name, Error> {
    let all: Vec<&Name> = environment.shape.database.keys().collect();
    let names = || all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match (wanted, all.as_slice()) {
        (_, []) => Err(Error::Use { message: format!("{} has no database", environment.name), hint: None }),
        (Some(wanted), _) => all.iter().copied().find(|name| name.as_str() == wanted).ok_or_else(|| Error::Use {
            message: format!("{} has no database `{wanted}`", environment.name),
            hint: Some(format!("it has {}", names())),
        }),
        (None, [one]) => Ok(one),
        (None, _) => Err(Error::Use {
            message: format!("{} has several databases: {}", environment.name, names()),
            hint: Some("say which with `--database NAME`".to_owned()),
        }),
    }
}

fn private(environment: &Environment) -> Error {
    Error::Use {
        message: format!(
            "the databases of {} are private: nothing outside of its network reaches them",
            environment.name
        ),
        hint: Some(
            "open a session on one of its instances (`aws ssm start-session`), or look at a copy: `envctl db dev`"
                .to_owned(),
        ),
    }
}
