//! Working in an environment on AWS: the values of its secrets, and where its databases are.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::clients::Clients;
use super::error::{Failure, failed, lacking};
use super::kind::{self, Kind, Which};
use super::provider::Aws;
use super::{database, elsewhere, secret, vpc};
use crate::graph::Resource;
use crate::model::{Engine, Name, Observed, Value};
use crate::provider::{Access, Error, ErrorKind, SecretState, Wanted};
use crate::variables::Endpoint;

impl Access for Aws {
    async fn secrets(&self) -> Result<BTreeMap<String, SecretState>, Error> {
        let aws = self.clients();
        let declared = &aws.environment.shape.secrets;
        let states = declared.iter().map(async |(name, spec)| {
            let state = state(aws, name).await?;
            Ok::<_, Failure>(
                state.map(|changed| (name.clone(), SecretState { generated: spec.generate.is_some(), changed })),
            )
        });
        Ok(try_join_all(states).await?.into_iter().flatten().collect())
    }

    async fn secret_values(&self) -> Result<BTreeMap<String, SecretString>, Error> {
        let aws = self.clients();
        let values = aws.environment.shape.secrets.keys().map(async |name| {
            let value = value(aws, &secret::name(&aws.environment, name)).await?;
            Ok::<_, Failure>(value.map(|value| (name.clone(), value)))
        });
        Ok(try_join_all(values).await?.into_iter().flatten().collect())
    }

    /// In the secret that is there, if it carries the environment's tags, or in a new one, as `up` would make it.
    async fn set_secret(&self, name: &str, value: &SecretString) -> Result<(), Error> {
        let aws = self.clients();
        let id = secret::name(&aws.environment, name);
        let kind = kind_of(secret::KIND)?;
        if kind.read(aws, Which::Id(&id)).await?.is_empty() {
            // As `up` looks into it, which may come later; whoever may not ask is not held up.
            if kind_of(vpc::KIND)?.read(aws, Which::Owned).await.is_ok_and(|found| found.is_empty()) {
                elsewhere::ensure_only_here(aws).await?;
            }
            let wanted = wanted(name, &id);
            match secret::make(aws, &wanted, Some(value)).await {
                Err(failure) if failure.is_already_exists() => {
                    let message = format!("a secret {id} exists and does not carry this environment's tags");
                    return Err(Error::new(ErrorKind::NotOurs, message));
                }
                made => match made? {
                    Some(_) => return Ok(()),
                    None => drop(secret::restore(aws, &wanted).await?),
                },
            }
        }
        Ok(secret::put(aws, &id, value).await?)
    }

    /// The secret goes with its value, at once and for good: a recovery window would bring the value back. The next `up`
    /// makes an empty one.
    async fn unset_secret(&self, name: &str) -> Result<bool, Error> {
        let aws = self.clients();
        let id = secret::name(&aws.environment, name);
        let kind = kind_of(secret::KIND)?;
        if kind.read(aws, Which::Id(&id)).await?.is_empty() || state(aws, name).await?.is_none() {
            return Ok(false);
        }
        let request = aws.secrets.delete_secret().secret_id(&id).force_delete_without_recovery(true);
        request.send().await.map_err(failed("secretsmanager:DeleteSecret"))?;
        Ok(true)
    }

    async fn databases(&self) -> Result<BTreeMap<Name, Endpoint>, Error> {
        let aws = self.clients();
        let kind = kind_of(database::KIND)?;
        let found = kind.read(aws, Which::Owned).await?;
        let endpoints = found.iter().map(async |observed| endpoint(aws, observed).await);
        Ok(try_join_all(endpoints).await?.into_iter().flatten().collect())
    }

    async fn urls(&self) -> Result<BTreeMap<Name, String>, Error> {
        let environment = &self.clients().environment;
        let public = environment.shape.compute.iter().filter(|(_, compute)| compute.public);
        let url = environment.audience.url();
        Ok(public.filter_map(|(name, _)| Some((name.clone(), url.clone()?))).collect())
    }
}

fn kind_of(name: &str) -> Result<&'static dyn Kind, Failure> {
    kind::by_name(name).ok_or_else(|| lacking(name, "its kind"))
}

/// What `up` would make for a declared secret, but for a value that it would generate.
fn wanted(name: &str, id: &str) -> Wanted {
    let resource = Resource::new(secret::address(name), id);
    Wanted {
        address: resource.address,
        name: resource.name,
        properties: BTreeMap::new(),
        initial: BTreeMap::new(),
        rules: BTreeMap::new(),
        holds_data: None,
    }
}

/// When its value was last set, if it has one.
async fn state(aws: &Clients, name: &str) -> Result<Option<Option<Timestamp>>, Failure> {
    let request = aws.secrets.describe_secret().secret_id(secret::name(&aws.environment, name));
    let answer = match request.send().await.map_err(failed("secretsmanager:DescribeSecret")) {
        Err(failure) if failure.is_not_found() => return Ok(None),
        answer => answer?,
    };
    let has_value = answer.version_ids_to_stages().is_some_and(|versions| !versions.is_empty());
    let alive = answer.deleted_date().is_none();
    let changed = answer.last_changed_date().and_then(|date| Timestamp::from_second(date.secs()).ok());
    Ok((has_value && alive).then_some(changed))
}

/// A secret's text; `None` if there is none yet.
async fn value(aws: &Clients, id: &str) -> Result<Option<SecretString>, Failure> {
    let request = aws.secrets.get_secret_value().secret_id(id);
    match request.send().await.map_err(failed("secretsmanager:GetSecretValue")) {
        Err(failure) if failure.is_not_found() => Ok(None),
        answer => Ok(answer?.secret_string().map(SecretString::from)),
    }
}

/// `None`: it is not reachable yet.
async fn endpoint(aws: &Clients, observed: &Observed) -> Result<Option<(Name, Endpoint)>, Failure> {
    let attribute = |name: &str| observed.attributes.get(name).cloned();
    let engine = observed.properties.get("engine").and_then(Value::as_text);
    let engine = Engine::ALL.into_iter().find(|one| Some(one.as_str()) == engine);
    let (Some(engine), Some(host), Some(port)) = (engine, attribute("host"), attribute("port")) else {
        return Ok(None);
    };
    let (Some(secret), Ok(name), Ok(port)) = (attribute("secret"), Name::new(&observed.address.name), port.parse())
    else {
        return Ok(None);
    };
    let Some(kept) = value(aws, &secret).await? else { return Ok(None) };
    // A message must not quote what was not understood.
    let kept: serde_json::Value = serde_json::from_str(kept.expose_secret()).unwrap_or_default();
    let Some(password) = kept["password"].as_str() else {
        return Err(Failure::new(
            ErrorKind::Unexpected,
            format!("the secret of {} holds no password", observed.address),
        ));
    };
    let endpoint = Endpoint {
        engine,
        host,
        port,
        name: attribute("name").unwrap_or_default(),
        user: attribute("user").unwrap_or_default(),
        password: password.into(),
        tls: true,
    };
    Ok(Some((name, endpoint)))
}
