use async_trait::async_trait;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, Tag};
use futures_util::future::{try_join, try_join_all};
use rand::RngExt;
use secrecy::{ExposeSecret, SecretString};

use super::clients::{APP, Clients, ENVIRONMENT};
use super::error::{Failure, failed, lacking};
use super::kind::{Kind, Which};
use super::names;
use super::site::Site;
use crate::graph::Resource;
use crate::model::{Address, Environment, Observed, State};
use crate::provider::{ErrorKind, Wanted};

pub const KIND: &str = "secret";

/// How long a deleted secret can be brought back, by AWS's limits 7–30.
const RECOVERY_DAYS: i64 = 7;

pub fn address(secret: &str) -> Address {
    Address::new(KIND, secret)
}

/// A place for each declared secret; its value is made here only where the definition says `generate`.
pub fn desired(site: &Site) -> Vec<Resource> {
    let secrets = site.environment.shape.secrets.iter();
    secrets
        .map(|(name, spec)| {
            let resource = Resource::new(address(name), self::name(site.environment, name));
            match spec.generate {
                Some(length) => resource.with("has_value", true).initially("generate", length),
                None => resource,
            }
        })
        .collect()
}

pub fn name(environment: &Environment, secret: &str) -> String {
    names::secret_name(environment.app.as_str(), environment.name.as_str(), secret)
}

pub struct Secrets;

#[async_trait]
impl Kind for Secrets {
    fn name(&self) -> &'static str {
        KIND
    }

    fn is_found_by_name(&self) -> bool {
        true
    }

    /// A secret within its recovery window does not exist: making it anew brings it back.
    ///
    /// The list may lag behind by five minutes, for what went as for what came, so what is declared is asked for by its name.
    /// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html>
    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        if let Which::Id(secret) = which {
            return Ok(describe(aws, secret).await?.into_iter().collect());
        }
        let declared = aws.environment.shape.secrets.keys();
        let names: Vec<String> = declared.map(|secret| name(&aws.environment, secret)).collect();
        let asked_for = try_join_all(names.iter().map(|name| describe(aws, name)));
        let (declared, listed) = try_join(asked_for, list(aws)).await?;
        let is_declared = |seen: &Observed| names.contains(&seen.attributes["name"]);
        Ok(declared.into_iter().flatten().chain(listed.into_iter().filter(|seen| !is_declared(seen))).collect())
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        match make(aws, wanted, generated(wanted).as_ref()).await? {
            Some(arn) => Ok(arn),
            None => restore(aws, wanted).await,
        }
    }

    /// Its value is not the definition's, but whether it has one may be.
    async fn update(&self, aws: &Clients, wanted: &Wanted, observed: &Observed, _: &[&str]) -> Result<(), Failure> {
        match generated(wanted) {
            Some(value) => put(aws, &observed.id, &value).await,
            None => Ok(()),
        }
    }

    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        let request = aws.secrets.delete_secret().secret_id(&observed.id).recovery_window_in_days(RECOVERY_DAYS);
        super::error::gone(request.send().await.map_err(failed("secretsmanager:DeleteSecret")))
    }
}

/// Its ARN; `None` if one in its recovery window has that name.
pub async fn make(aws: &Clients, wanted: &Wanted, value: Option<&SecretString>) -> Result<Option<String>, Failure> {
    let tags = aws.scope.tags(wanted).into_iter();
    let tags: Vec<Tag> = tags.map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    let value = value.map(|value| value.expose_secret().to_owned());
    let request = aws.secrets.create_secret().name(&wanted.name).set_tags(Some(tags)).set_secret_string(value);
    match request.send().await.map_err(failed("secretsmanager:CreateSecret")) {
        Err(failure) if failure.error.message.contains("scheduled for deletion") => Ok(None),
        made => Ok(Some(made?.arn.ok_or_else(|| lacking("secretsmanager:CreateSecret", "an ARN"))?)),
    }
}

/// Brings back a secret of this name that was removed, with its value, if it is this environment's.
pub async fn restore(aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
    let described = aws.secrets.describe_secret().secret_id(&wanted.name).send().await;
    let described = described.map_err(failed("secretsmanager:DescribeSecret")).map_err(still_going)?;
    let marks = described.tags().iter().map(|tag| (tag.key(), tag.value()));
    if aws.scope.address(marks).as_ref() != Some(&wanted.address) {
        let message = format!("a deleted secret {} exists and is not this environment's", wanted.name);
        return Err(Failure::new(ErrorKind::NotOurs, message));
    }
    let answer = aws.secrets.restore_secret().secret_id(&wanted.name).send().await;
    let answer = answer.map_err(failed("secretsmanager:RestoreSecret")).map_err(still_going)?;
    answer.arn.ok_or_else(|| lacking("secretsmanager:RestoreSecret", "an ARN"))
}

/// What is removed for good takes AWS a while, in which its name is neither free nor anybody's.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html>
fn still_going(failure: Failure) -> Failure {
    if failure.is_not_found() {
        return Failure::new(ErrorKind::Transient, format!("{}; AWS is still removing it", failure.error.message));
    }
    failure
}

pub async fn put(aws: &Clients, id: &str, value: &SecretString) -> Result<(), Failure> {
    let request = aws.secrets.put_secret_value().secret_id(id).secret_string(value.expose_secret());
    request.send().await.map(drop).map_err(failed("secretsmanager:PutSecretValue"))
}

async fn list(aws: &Clients) -> Result<Vec<Observed>, Failure> {
    let filter = |kind: FilterNameStringType, value: &str| Filter::builder().key(kind).values(value).build();
    let request = aws
        .secrets
        .list_secrets()
        .filters(filter(FilterNameStringType::TagKey, APP))
        .filters(filter(FilterNameStringType::TagValue, aws.scope.app.as_str()))
        .filters(filter(FilterNameStringType::TagKey, ENVIRONMENT))
        .filters(filter(FilterNameStringType::TagValue, aws.scope.environment.as_str()));
    let pages = request.into_paginator().send().collect::<Result<Vec<_>, _>>().await;
    let pages = pages.map_err(failed("secretsmanager:ListSecrets"))?;
    let living = pages.iter().flat_map(|page| page.secret_list()).filter(|secret| secret.deleted_date().is_none());
    Ok(living.filter_map(|secret| observed(aws, secret.arn()?, secret.name()?, secret.tags())).collect())
}

async fn describe(aws: &Clients, secret: &str) -> Result<Option<Observed>, Failure> {
    let request = aws.secrets.describe_secret().secret_id(secret);
    let answer = match request.send().await.map_err(failed("secretsmanager:DescribeSecret")) {
        Err(failure) if failure.is_not_found() => return Ok(None),
        answer => answer?,
    };
    let (Some(arn), Some(name), None) = (answer.arn(), answer.name(), answer.deleted_date()) else { return Ok(None) };
    let Some(observed) = observed(aws, arn, name, answer.tags()) else { return Ok(None) };
    let spec = aws.environment.shape.secrets.get(&observed.address.name);
    if spec.is_none_or(|spec| spec.generate.is_none()) {
        // Whether somebody has set a value is no part of an environment's shape.
        return Ok(Some(observed));
    }
    let has_value = answer.version_ids_to_stages().is_some_and(|versions| !versions.is_empty());
    Ok(Some(observed.with("has_value", has_value)))
}

fn observed(aws: &Clients, arn: &str, name: &str, tags: &[Tag]) -> Option<Observed> {
    let address = aws.scope.address(tags.iter().map(|tag| (tag.key(), tag.value())))?;
    // The environment's record is kept in a secret, too, and is none of the definition's; nor is a copy that somebody made.
    if address.kind != KIND || name != self::name(&aws.environment, &address.name) {
        return None;
    }
    let observed = Observed::new(address, arn, State::Ready)
        .attribute("arns", arns(arn))
        .attribute("name", name)
        .attribute("leaves", format!("its value, recoverable for {RECOVERY_DAYS} days"));
    Some(observed)
}

/// A pattern for this secret's ARN and for that of each one that takes its place, which end in six characters of chance. Who
/// may read it still may when its value was taken away and set again.
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html>
fn arns(arn: &str) -> String {
    arn.rsplit_once('-').map_or_else(|| arn.to_owned(), |(stem, _)| format!("{stem}-??????"))
}

/// A value as the definition asks for, if it does.
fn generated(wanted: &Wanted) -> Option<SecretString> {
    wanted.initial.get("generate").and_then(|length| length.as_integer()).map(generate)
}

/// Letters and digits from the operating system's generator: 5.95 bits a character, and safe in any quoting.
#[expect(clippy::disallowed_methods, reason = "chance is what a generated secret consists of")]
fn generate(length: i64) -> SecretString {
    let length = usize::try_from(length).unwrap_or_default();
    let characters = rand::rng().sample_iter(rand::distr::Alphanumeric).take(length);
    characters.map(char::from).collect::<String>().into()
}
