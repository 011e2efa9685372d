//! The connections to AWS, and the marks by which an environment's resources are known.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region};
use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use rand::distr::{Alphanumeric, SampleString};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::model::{Address, Environment, Name, Target};
use crate::provider::{Error, ErrorKind, Wanted};

/// The environment whose resources the clients may touch.
#[derive(Clone, Debug)]
pub struct Scope {
    pub app: Name,
    pub environment: Name,
    pub region: String,
}

pub struct Clients {
    pub scope: Scope,
    pub ec2: aws_sdk_ec2::Client,
    pub rds: aws_sdk_rds::Client,
    pub iam: aws_sdk_iam::Client,
    pub autoscaling: aws_sdk_autoscaling::Client,
    pub balancing: aws_sdk_elasticloadbalancingv2::Client,
    pub secrets: aws_sdk_secretsmanager::Client,
    pub sts: aws_sdk_sts::Client,
    /// The definition: what some answers are only understood by.
    pub environment: Environment,
    /// Random, of this process: what it makes twice under one token is one thing, and what an earlier run made is not.
    pub nonce: String,
    attempts: Mutex<HashMap<Address, Attempt>>,
    /// How long one waits for what may have been made to show; also for what a killed run had asked for.
    pub unseen: Duration,
    /// The region's zones; asked for once.
    pub zones: OnceCell<Vec<String>>,
    /// That the environment stands here, or nowhere; settled by the first look.
    pub only_here: OnceCell<()>,
}

#[expect(clippy::disallowed_methods, reason = "chance is what tells one process from another")]
fn nonce() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 16)
}

/// For a call that makes something and takes no idempotency token: if its answer is lost, sending it again would make
/// a second one. The engine tries again instead, after a look at what is there.
pub fn once() -> aws_sdk_ec2::config::Builder {
    aws_sdk_ec2::config::Builder::new().retry_config(RetryConfig::disabled())
}

/// What this process has tried to make.
#[derive(Clone, Debug, Default)]
pub struct Attempt {
    pub tries: u32,
    /// Known as soon as the call that makes it was answered.
    pub id: Option<String>,
    /// Since when it may exist and not show: an answer was lost, or its name is taken.
    pub unseen_since: Option<Instant>,
}

/// EC2 says of its descriptions that they are eventually consistent, and not how soon: they mostly are within seconds.
/// <https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html>
const UNSEEN: Duration = Duration::from_secs(15);

pub const APP: &str = "envctl:app";
pub const ENVIRONMENT: &str = "envctl:environment";
pub const RESOURCE: &str = "envctl:resource";
pub const REGION: &str = "envctl:region";

impl Clients {
    /// Loads the caller's configuration as every AWS tool does; the region is the definition's. `scaled` is how long a pause
    /// is on the clock of who asks.
    pub async fn connect(environment: &Environment, scaled: impl Fn(Duration) -> Duration) -> Result<Self, Error> {
        let Target::Aws(target) = &environment.target else {
            return Err(Error::new(ErrorKind::Rejected, format!("{} does not run on AWS", environment.name)));
        };
        // The SDK sets a connect timeout alone; against a stuck server a call would hang for minutes.
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(Duration::from_secs(30))
            .operation_attempt_timeout(Duration::from_secs(40))
            .operation_timeout(Duration::from_secs(120))
            .build();
        let retries = RetryConfig::standard()
            .with_max_attempts(12)
            .with_initial_backoff(scaled(Duration::from_secs(1)))
            .with_max_backoff(scaled(Duration::from_secs(10)));
        let https =
            aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let loader = || {
            aws_config::defaults(BehaviorVersion::latest())
                .http_client(https.clone())
                .region(Region::new(target.region.clone()))
                .retry_config(retries.clone())
                .timeout_config(timeouts.clone())
                .app_name(AppName::new("envctl").expect("letters alone are a valid app name"))
        };
        let mut config = loader().load().await;
        if let Some(role) = &target.role {
            let assumed = AssumeRoleProvider::builder(role).session_name("envctl").configure(&config).build().await;
            config = loader().credentials_provider(assumed).load().await;
        }
        // The SDK's own allows some 35 retries in a row for all calls of a service together (500 tokens, 14 for each), which
        // two dozen calls use up on a bad day. Each call is bounded, and so is how many there are.
        // <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
        let patient = RetryPartition::custom("envctl").token_bucket(TokenBucket::unlimited()).build();
        macro_rules! client {
            ($sdk:ident) => {
                $sdk::Client::from_conf($sdk::config::Builder::from(&config).retry_partition(patient.clone()).build())
            };
        }
        Ok(Self {
            scope: Scope {
                app: environment.app.clone(),
                environment: environment.name.clone(),
                region: target.region.clone(),
            },
            ec2: client!(aws_sdk_ec2),
            rds: client!(aws_sdk_rds),
            iam: client!(aws_sdk_iam),
            autoscaling: client!(aws_sdk_autoscaling),
            balancing: client!(aws_sdk_elasticloadbalancingv2),
            secrets: client!(aws_sdk_secretsmanager),
            sts: client!(aws_sdk_sts),
            environment: environment.clone(),
            nonce: nonce(),
            attempts: Mutex::default(),
            unseen: scaled(UNSEEN),
            zones: OnceCell::new(),
            only_here: OnceCell::new(),
        })
    }

    /// What has been tried to make this, and is now known of it.
    pub fn attempt(&self, address: &Address, learn: impl FnOnce(&mut Attempt)) -> Attempt {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let attempt = attempts.entry(address.clone()).or_default();
        learn(attempt);
        attempt.clone()
    }

    #[expect(clippy::disallowed_methods, reason = "what may show yet is waited for on no clock but this")]
    pub fn may_exist(&self, address: &Address) {
        self.attempt(address, |attempt| attempt.unseen_since = Some(Instant::now()));
    }

    pub fn remember(&self, address: &Address, id: &str) {
        self.attempt(address, |attempt| attempt.id = Some(id.to_owned()));
    }
}

impl Scope {
    /// What a resource is marked with at birth.
    pub fn tags(&self, wanted: &Wanted) -> Vec<(String, String)> {
        self.marks(&wanted.address, &wanted.name)
    }

    pub fn marks(&self, address: &Address, name: &str) -> Vec<(String, String)> {
        [
            (APP, self.app.to_string()),
            (ENVIRONMENT, self.environment.to_string()),
            (RESOURCE, address.to_string()),
            (REGION, self.region.clone()),
            ("Name", name.to_owned()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .to_vec()
    }

    /// The address that the tags give the resource, if they say that it is this environment's.
    pub fn address<'a>(&self, tags: impl IntoIterator<Item = (Option<&'a str>, Option<&'a str>)>) -> Option<Address> {
        let (mut app, mut environment, mut address) = (None, None, None);
        for (key, value) in tags {
            match key {
                Some(APP) => app = value,
                Some(ENVIRONMENT) => environment = value,
                Some(RESOURCE) => address = value,
                _ => {}
            }
        }
        let ours = app == Some(self.app.as_str()) && environment == Some(self.environment.as_str());
        if ours { Address::parse(address?) } else { None }
    }

    /// For the few kinds that have a description but show no tags where they are listed.
    pub fn mark(&self, address: &Address) -> String {
        format!("envctl {} {} {address}", self.app, self.environment)
    }

    /// Reads what [`mark`](Self::mark) wrote.
    pub fn marked(&self, description: &str) -> Option<Address> {
        let parts: Vec<&str> = description.split(' ').collect();
        match parts.as_slice() {
            ["envctl", app, environment, address]
                if *app == self.app.as_str() && *environment == self.environment.as_str() =>
            {
                Address::parse(address)
            }
            _ => None,
        }
    }

    pub fn ec2_filters(&self) -> Vec<Filter> {
        let filter =
            |key: &str, value: &Name| Filter::builder().name(format!("tag:{key}")).values(value.as_str()).build();
        vec![filter(APP, &self.app), filter(ENVIRONMENT, &self.environment)]
    }

    pub fn ec2_address(&self, tags: &[Tag]) -> Option<Address> {
        self.address(tags.iter().map(|tag| (tag.key(), tag.value())))
    }

    pub fn ec2_tags(&self, wanted: &Wanted) -> Vec<Tag> {
        let tags = self.tags(wanted).into_iter();
        tags.map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
    }

    pub fn ec2_tagged(&self, wanted: &Wanted, kind: ResourceType) -> TagSpecification {
        TagSpecification::builder().resource_type(kind).set_tags(Some(self.ec2_tags(wanted))).build()
    }
}
