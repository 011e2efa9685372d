use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use rand::Rng;
use secrecy::ExposeSecret;

use crate::audit::{Audit, Seen, Verdict, audit, seal};
use crate::model::{Environment, Key, Name, Sealed};
use crate::provider::Access;
use crate::ui;

use super::reached::Reached;
use super::{Answer, Error, Exit, FindingsFormat, Globals, Project, block_on, check_caller, find};

/// Find what environments share: databases, credentials, access, networks
///
/// A mistake in one environment must not reach another. Every value of every definition is read, also within JSON, URLs
/// and base64, and compared with what the others own. No secret is shown; values are compared by digest.
///
/// Production is what is `protected`, and what another environment mirrors.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl audit
  envctl audit staging               only what staging has to do with
  envctl audit --secrets             with the values of secrets, which need
                                     credentials for each account
  envctl audit --format sarif > audit.sarif

A finding that is meant is waived in the file of one that it concerns:
  [[deliberate]]
  path    = \"audit.foreign-domain.config.API_URL\"  # audit.CODE.PATH
  reason  = \"read-only, by a key of its own\"
  owner   = \"platform\"
  expires = 2027-03-31

Exits with 0 when nothing is shared, 1 on findings, 2 on trouble.")]
pub struct Args {
    /// Full names of environments; without any, all of them
    #[arg(value_name = "ENV")]
    pub environments: Vec<String>,
    /// Read the values of secrets too, where they are kept, and compare them by digest
    #[arg(long)]
    pub secrets: bool,
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: FindingsFormat,
}

pub fn run(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    let project = Project::open(globals)?;
    // What does not resolve cannot be compared with, and might be the one that shares something.
    project.all()?.for_each(drop);
    let named = |name: &String| {
        let definition = find(&project.resolved.definitions, &project.sources, name)?;
        Ok(definition.environment.name.clone())
    };
    let names: Vec<Name> = args.environments.iter().map(named).collect::<Result<_, Error>>()?;
    let key = key();
    let secrets = if args.secrets { block_on(sealed(&project, &names, &key, globals))? } else { BTreeMap::new() };
    Ok(report(args.format, &of(&project, &names, &secrets, &key, globals)))
}

/// The audit of what definitions say.
pub fn declared(project: &Project, only: &[Name], globals: &Globals) -> Audit {
    of(project, only, &BTreeMap::new(), &key(), globals)
}

type Secrets = BTreeMap<Name, BTreeMap<String, Sealed>>;

fn of(project: &Project, only: &[Name], secrets: &Secrets, key: &Key, globals: &Globals) -> Audit {
    let (definitions, today) = (&project.resolved.definitions, globals.today());
    audit(&Seen { definitions, secrets, live: &BTreeMap::new(), key, today }, only)
}

/// What the values of secrets say, of all environments or of those named. No value lives longer than it takes to digest
/// it.
async fn sealed(project: &Project, only: &[Name], key: &Key, globals: &Globals) -> Result<Secrets, Error> {
    let definitions = &project.resolved.definitions;
    let of_one = async |environment: &Environment| {
        let provider = Reached::connect(environment, project, globals).await?;
        check_caller(environment, &provider).await?;
        let values = provider.secret_values().await?.into_iter();
        let sealed = values.map(|(name, value)| {
            let sealed = seal(definitions, key, &name, value.expose_secret());
            (name, sealed)
        });
        Ok::<_, Error>((environment.name.clone(), sealed.collect()))
    };
    let environments = definitions.values().map(|definition| &definition.environment);
    let asked = environments.filter(|environment| only.is_empty() || only.contains(&environment.name));
    Ok(try_join_all(asked.map(of_one)).await?.into_iter().collect())
}

/// A key for this run alone.
#[expect(clippy::disallowed_methods, reason = "nobody shall be able to compare digests with those of another run")]
fn key() -> Key {
    let mut bytes = [0; 64];
    rand::rng().fill_bytes(&mut bytes);
    Key::new(&bytes)
}

pub fn report(format: FindingsFormat, audit: &Audit) -> Answer {
    let exit = if audit.verdict() == Verdict::Leaking { Exit::Differences } else { Exit::Done };
    let entries = || ui::findings::of_audit(audit);
    match format {
        FindingsFormat::Human => Answer { text: ui::audit::human(audit), exit },
        FindingsFormat::Markdown => Answer { text: ui::audit::markdown(audit), exit },
        FindingsFormat::Json => Answer::json(&ui::audit::json(audit), exit),
        FindingsFormat::Sarif => Answer::json(&ui::findings::sarif(&entries()), exit),
        FindingsFormat::Junit => Answer { text: ui::findings::junit(&entries(), &["audit"]), exit },
    }
}
