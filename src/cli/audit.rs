use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use futures_util::future::join_all;
use rand::Rng;
use secrecy::ExposeSecret;

use crate::audit::{Audit, Seen, Verdict, audit, seal, store_hosts};
use crate::model::{Environment, Exposure, Key, Name, Sealed};
use crate::provider::{Access, Inspect};
use crate::ui;

use super::reached::Reached;
use super::{Answer, Error, Exit, FindingsFormat, Globals, Project, block_on, check_caller, find};

/// Find what environments share: databases, credentials, access, networks
///
/// A mistake in one environment must not reach another. Every value of every definition is read, also within JSON, URLs
/// and base64, and compared with what the others own. No secret is shown; values are compared by digest.
///
/// With `--live` it looks at the real resources as well: who may reach what by IAM, by resource policies, by security
/// groups and joined networks, and what nobody defines. It changes nothing and reads no data.
///
/// Production is what is `protected`, and what another environment mirrors.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl audit
  envctl audit staging               only what staging has to do with
  envctl audit --live                what really exists, too; needs credentials
                                     for each account
  envctl audit --live --secrets      with the values of secrets
  envctl audit --live --resolve      with what DNS says of hosts in definitions
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
    /// Look at what exists, too, and not at the definitions alone
    #[arg(long)]
    pub live: bool,
    /// Read the values of secrets too, where they are kept, and compare them by digest
    #[arg(long)]
    pub secrets: bool,
    /// Look up in DNS where the hosts in definitions lead to: an alias can be another's database
    #[arg(long, requires = "live")]
    pub resolve: bool,
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
    let look = Look { live: args.live, secrets: args.secrets, resolve: args.resolve };
    Ok(report(args.format, &of(&project, &names, look, globals)?))
}

/// What to look at beside the definitions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    pub live: bool,
    pub secrets: bool,
    /// Ask DNS.
    pub resolve: bool,
}

/// Of all environments, or of those named.
pub fn of(project: &Project, only: &[Name], look: Look, globals: &Globals) -> Result<Audit, Error> {
    let key = key();
    let found = match look {
        Look { live: false, secrets: false, .. } => Found::default(),
        look => block_on(found(project, only, look, &key, globals))?,
    };
    let definitions = &project.resolved.definitions;
    let seen = Seen {
        definitions,
        secrets: &found.secrets,
        live: &found.live,
        resolved: &found.resolved,
        key: &key,
        today: globals.today(),
    };
    Ok(audit(&seen, only))
}

#[derive(Default)]
struct Found {
    live: BTreeMap<Name, Exposure>,
    secrets: BTreeMap<Name, BTreeMap<String, Sealed>>,
    resolved: BTreeMap<String, BTreeSet<IpAddr>>,
}

/// All environments are looked at at once. One that cannot be is an error: half an audit would say too little.
async fn found(project: &Project, only: &[Name], look: Look, key: &Key, globals: &Globals) -> Result<Found, Error> {
    let definitions = &project.resolved.definitions;
    let of_one = async |environment: &Environment| {
        let provider = Reached::connect(environment, project, globals).await?;
        check_caller(environment, &provider).await?;
        let exposure = async { if look.live { provider.exposure().await.map(Some) } else { Ok(None) } };
        let values = async { if look.secrets { provider.secret_values().await.map(Some) } else { Ok(None) } };
        let (exposure, values) = tokio::try_join!(exposure, values)?;
        // No value lives longer than it takes to digest it.
        let sealed = values.map(|values| {
            let sealed = values.into_iter().map(|(name, value)| {
                let sealed = seal(definitions, key, &name, value.expose_secret());
                (name, sealed)
            });
            sealed.collect::<BTreeMap<_, _>>()
        });
        Ok((exposure, sealed))
    };
    let of_one = async |environment: &Environment| (environment.name.clone(), of_one(environment).await);
    let environments = definitions.values().map(|definition| &definition.environment);
    let asked = environments.filter(|environment| only.is_empty() || only.contains(&environment.name));
    let (mut found, mut unseen) = (Found::default(), Vec::new());
    for (name, seen) in join_all(asked.map(of_one)).await {
        match seen {
            Ok((exposure, sealed)) => {
                found.secrets.extend(sealed.map(|sealed| (name.clone(), sealed)));
                found.live.extend(exposure.map(|exposure| (name, exposure)));
            }
            Err(error) => unseen.push((name, error)),
        }
    }
    if !unseen.is_empty() {
        return Err(Error::Unseen(unseen));
    }
    if look.resolve {
        let databases = found.live.values().flat_map(|exposure| &exposure.databases);
        let endpoints =
            databases.flat_map(|database| &database.endpoints).map(|endpoint| endpoint.to_ascii_lowercase());
        let hosts: BTreeSet<String> = store_hosts(definitions, key).into_iter().chain(endpoints).collect();
        found.resolved = resolved(hosts).await;
    }
    Ok(found)
}

/// How long DNS is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What has no address leads nowhere, and is left out.
async fn resolved(hosts: BTreeSet<String>) -> BTreeMap<String, BTreeSet<IpAddr>> {
    let of_one = async |host: String| {
        let found = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((host.as_str(), 0))).await;
        let addresses = found.ok()?.ok()?.map(|address| address.ip()).collect();
        Some((host, addresses))
    };
    join_all(hosts.into_iter().map(of_one)).await.into_iter().flatten().collect()
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
        FindingsFormat::Junit => Answer { text: ui::findings::junit(&entries(), &[("audit", None)]), exit },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_has_no_address_leads_nowhere() {
        let hosts = ["localhost", "no host at all"].map(str::to_owned).into();
        let found = resolved(hosts).await;
        assert_eq!(found.keys().collect::<Vec<_>>(), ["localhost"]);
        assert!(found["localhost"].iter().all(IpAddr::is_loopback));
    }
}
