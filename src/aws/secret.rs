use async_trait::async_trait;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, Tag};
use futures_util::future::try_join_all;
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
                Some(length) => resource.initially("generate", length),
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
    /// The list may lag behind by five minutes, so what is declared and not listed is asked for by its name.
    /// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html>
    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        if let Which::Id(secret) = which {
            return Ok(describe(aws, secret).await?.into_iter().collect());
        }
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
        let listed = pages.iter().flat_map(|page| page.secret_list()).filter(|secret| secret.deleted_date().is_none());
        let mut all: Vec<Observed> = listed.filter_map(|secret| observed(aws, secret.arn(), secret.tags())).collect();
        let declared = aws.environment.shape.secrets.keys();
        let unlisted = declared.filter(|secret| !all.iter().any(|one| one.address.name == **secret));
        let names: Vec<String> = unlisted.map(|secret| name(&aws.environment, secret)).collect();
        let found = try_join_all(names.iter().map(|name| describe(aws, name))).await?;
        all.extend(found.into_iter().flatten());
        Ok(all)
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        let tags = aws.scope.tags(wanted).into_iter();
        let tags: Vec<Tag> = tags.map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
        let generated = wanted.initial.get("generate").and_then(|length| length.as_integer()).map(generate);
        let value = generated.as_ref().map(|value| value.expose_secret().to_owned());
        let request = aws.secrets.create_secret().name(&wanted.name).set_tags(Some(tags)).set_secret_string(value);
        let answer = request.send().await.map_err(failed("secretsmanager:CreateSecret"));
        match answer {
            Ok(answer) => Ok(answer.arn().ok_or_else(|| lacking("secretsmanager:CreateSecret", "an ARN"))?.to_owned()),
            Err(failure) if failure.error.message.contains("scheduled for deletion") => restore(aws, wanted).await,
            Err(failure) => Err(failure),
        }
    }

    /// It has no properties: its value is not the definition's.
    async fn update(&self, _: &Clients, _: &Wanted, _: &Observed, _: &[&str]) -> Result<(), Failure> {
        Ok(())
    }

    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        let request = aws.secrets.delete_secret().secret_id(&observed.id).recovery_window_in_days(RECOVERY_DAYS);
        super::error::gone(request.send().await.map_err(failed("secretsmanager:DeleteSecret")))
    }
}

async fn describe(aws: &Clients, secret: &str) -> Result<Option<Observed>, Failure> {
    let request = aws.secrets.describe_secret().secret_id(secret);
    match request.send().await.map_err(failed("secretsmanager:DescribeSecret")) {
        Err(failure) if failure.is_not_found() => Ok(None),
        answer => {
            let answer = answer?;
            let alive = answer.deleted_date().is_none();
            Ok(alive.then(|| observed(aws, answer.arn(), answer.tags())).flatten())
        }
    }
}

fn observed(aws: &Clients, arn: Option<&str>, tags: &[Tag]) -> Option<Observed> {
    let address = aws.scope.address(tags.iter().map(|tag| (tag.key(), tag.value())))?;
    // The environment's record is kept in a secret, too, and is none of the definition's.
    if address.kind != KIND {
        return None;
    }
    let leaves = format!("its value, recoverable for {RECOVERY_DAYS} days");
    Some(Observed::new(address, arn?, State::Ready).attribute("arn", arn?).attribute("leaves", leaves))
}

/// Brings back a secret of this name that an earlier `down` removed, with its value, if it is this environment's.
async fn restore(aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
    let described = aws.secrets.describe_secret().secret_id(&wanted.name).send().await;
    let described = described.map_err(failed("secretsmanager:DescribeSecret"))?;
    if observed(aws, described.arn(), described.tags()).is_none_or(|observed| observed.address != wanted.address) {
        let message = format!("a deleted secret {} exists and is not this environment's", wanted.name);
        return Err(Failure::new(ErrorKind::NotOurs, message));
    }
    let answer = aws.secrets.restore_secret().secret_id(&wanted.name).send().await;
    let answer = answer.map_err(failed("secretsmanager:RestoreSecret"))?;
    Ok(answer.arn().ok_or_else(|| lacking("secretsmanager:RestoreSecret", "an ARN"))?.to_owned())
}

/// Letters and digits from the operating system's generator: 5.95 bits a character, and safe in any quoting.
#[expect(clippy::disallowed_methods, reason = "chance is what a generated secret consists of")]
fn generate(length: i64) -> SecretString {
    let length = usize::try_from(length).unwrap_or_default();
    let characters = rand::rng().sample_iter(rand::distr::Alphanumeric).take(length);
    characters.map(char::from).collect::<String>().into()
}
