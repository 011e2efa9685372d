//! An environment's record, in a secret of its own: its versions are what makes a change of it atomic.
//!
//! A version's id is the idempotency token of the call that wrote it, and a token that was used for one text is refused
//! for another. So a writer derives the token from the version that it has read: of two that read the same one, the
//! second is refused. About a hundred versions are kept, and none goes within a day: with two for a change that is enough
//! for some fifty changes a day.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html>

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::types::{ApiErrorType, Filter, FilterNameStringType, Tag};
use rand::distr::{Alphanumeric, SampleString};

use super::clients::Clients;
use super::error::{Failure, failed};
use super::names;
use super::provider::Aws;
use crate::model::{Address, Name};
use crate::provider::{Error, ErrorKind, Keep, Kept};
use crate::record::{Preview, Record};

/// No secret that a definition declares is called so: their names have no dot.
const NAME: &str = "envctl.record";

fn address() -> Address {
    Address::new("record", "main")
}

fn name(aws: &Clients) -> String {
    names::secret_name(aws.scope.app.as_str(), aws.scope.environment.as_str(), NAME)
}

impl Keep for Aws {
    async fn record(&self) -> Result<Kept, Error> {
        let aws = self.clients();
        let answer = aws.secrets.get_secret_value().secret_id(name(aws)).send().await;
        let answer = match answer.map_err(failed("secretsmanager:GetSecretValue")) {
            Err(failure) if failure.is_not_found() || is_deleted(&failure) => return Ok(Kept::default()),
            answer => answer?,
        };
        let record = read(&name(aws), answer.secret_string())?;
        Ok(Kept { record, version: answer.version_id().map(str::to_owned) })
    }

    async fn replace(&self, kept: &Kept, record: &Record) -> Result<bool, Error> {
        let aws = self.clients();
        let text =
            serde_json::to_string(record).map_err(|error| Error::new(ErrorKind::Unexpected, error.to_string()))?;
        let written = match &kept.version {
            Some(version) => overwrite(aws, version, &text).await,
            None => create(aws, &text).await,
        };
        match written {
            Err(failure) if failure.is_already_exists() => Ok(false),
            // Somebody has deleted it. Brought back, it is to be read before it is written.
            Err(failure) if is_deleted(&failure) => {
                let request = aws.secrets.restore_secret().secret_id(name(aws)).send().await;
                match request.map_err(failed("secretsmanager:RestoreSecret")) {
                    Ok(_) => Ok(false),
                    Err(failure) if failure.is_not_found() || is_deleted(&failure) => Err(Error::new(
                        ErrorKind::Transient,
                        format!("AWS is still removing the record of an earlier {}", aws.scope.environment),
                    )),
                    Err(failure) => Err(failure.into()),
                }
            }
            Err(failure) if failure.error.kind == ErrorKind::Quota => Err(Error::new(
                ErrorKind::Quota,
                format!(
                    "{} has been changed too often: Secrets Manager keeps 100 versions, and none of them for less than a day",
                    aws.scope.environment
                ),
            )),
            written => Ok(written.map(|()| true)?),
        }
    }

    async fn forget(&self) -> Result<(), Error> {
        let aws = self.clients();
        let request = aws.secrets.delete_secret().secret_id(name(aws)).force_delete_without_recovery(true);
        match request.send().await.map_err(failed("secretsmanager:DeleteSecret")) {
            Err(failure) if !failure.is_not_found() => Err(failure.into()),
            _ => Ok(()),
        }
    }

    async fn previews(&self) -> Result<BTreeMap<Name, Preview>, Error> {
        let aws = self.clients();
        let app = format!("{}/", aws.scope.app);
        let filter = |kind, value: &str| Filter::builder().key(kind).values(value).build();
        // Both are met by beginnings, so what comes is looked at again.
        let request = aws.secrets.batch_get_secret_value();
        let request = request.filters(filter(FilterNameStringType::Name, &app));
        let request = request.filters(filter(FilterNameStringType::TagValue, &address().to_string()));
        let pages = request.into_paginator().send().collect::<Result<Vec<_>, _>>().await;
        let pages = pages.map_err(failed("secretsmanager:BatchGetSecretValue"))?;
        // What is on its way out is no preview that stands; what may not be read may be one.
        let is_denied = |error: &&ApiErrorType| error.error_code() == Some("AccessDeniedException");
        if let Some(error) = pages.iter().flat_map(|page| page.errors()).find(is_denied) {
            let said =
                [error.secret_id(), error.error_code(), error.message()].map(Option::unwrap_or_default).join(": ");
            return Err(Error::new(ErrorKind::Denied, format!("secretsmanager:BatchGetSecretValue: {said}")));
        }
        let mut previews = BTreeMap::new();
        for secret in pages.iter().flat_map(|page| page.secret_values()) {
            let environment = secret.name().and_then(|name| name.strip_prefix(&app)?.strip_suffix(&format!("/{NAME}")));
            let Some(environment) = environment.and_then(|name| Name::new(name).ok()) else { continue };
            let record = read(secret.name().unwrap_or_default(), secret.secret_string())?;
            previews.extend(record.preview.map(|preview| (environment, preview)));
        }
        Ok(previews)
    }
}

fn read(name: &str, text: Option<&str>) -> Result<Record, Error> {
    serde_json::from_str(text.unwrap_or_default()).map_err(|error| {
        Error::new(ErrorKind::Faulty, format!("the secret {name} cannot be read as the environment's record: {error}"))
    })
}

/// Within its recovery window: it cannot be read, and its name is taken.
fn is_deleted(failure: &Failure) -> bool {
    failure.has_code("InvalidRequestException") && failure.error.message.contains("delet")
}

async fn overwrite(aws: &Clients, version: &str, text: &str) -> Result<(), Failure> {
    let token = names::token(&[&name(aws), version]);
    let request = aws.secrets.put_secret_value().secret_id(name(aws)).client_request_token(token);
    request.secret_string(text).send().await.map(drop).map_err(failed("secretsmanager:PutSecretValue"))
}

/// One that is there already refuses it, whatever its text.
async fn create(aws: &Clients, text: &str) -> Result<(), Failure> {
    let tags = aws.scope.marks(&address(), &name(aws)).into_iter();
    let tags: Vec<Tag> = tags.map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    let request = aws.secrets.create_secret().name(name(aws)).client_request_token(chance());
    let request = request.description("Who changes this environment, and what was done to it").set_tags(Some(tags));
    request.secret_string(text).send().await.map(drop).map_err(failed("secretsmanager:CreateSecret"))
}

#[expect(clippy::disallowed_methods, reason = "two that make it at once must not be taken for one")]
fn chance() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 32)
}
