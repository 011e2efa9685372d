//! What carries the app's tags: this environment's, and that of environments that perhaps nobody knows any more.

use std::collections::BTreeMap;

use aws_sdk_autoscaling::types::Filter as GroupFilter;
use aws_sdk_ec2::types::Filter;
use aws_sdk_secretsmanager::types::{Filter as SecretFilter, FilterNameStringType};

use super::data::Instances;
use super::identity::{self, Account};
use crate::aws::clients::{APP, Clients, ENVIRONMENT, RESOURCE};
use crate::aws::error::{Failure, failed};
use crate::model::{Inventory, Tagged};

/// What exists of the environment.
pub fn of(aws: &Clients, inventory: &Inventory) -> impl Iterator<Item = Tagged> {
    inventory.resources.iter().map(|observed| Tagged {
        arn: observed.attributes.get("arn").unwrap_or(&observed.id).clone(),
        app: aws.scope.app.to_string(),
        environment: aws.scope.environment.to_string(),
        resource: observed.address.to_string(),
    })
}

/// What the account has of the app's other environments in this region. Load balancers, which tell no tags where they are
/// listed, are known by the security groups that stand before them.
pub async fn elsewhere(aws: &Clients, instances: &Instances, account: &Account) -> Result<Vec<Tagged>, Failure> {
    let (network, groups, secrets) = tokio::try_join!(network(aws), groups(aws), secrets(aws))?;
    let databases = instances.all().iter().filter_map(|instance| {
        let tags = instance.tag_list().iter().map(|tag| (tag.key(), tag.value()));
        read(instance.db_instance_arn()?, tags)
    });
    let roles = account.roles().iter().filter_map(|role| read(role.arn()?, identity::tags(role)));
    let all = network.into_iter().chain(groups).chain(secrets).chain(databases).chain(roles);
    let (app, own) = (aws.scope.app.as_str(), aws.scope.environment.as_str());
    // The history of what was is meant to stay.
    let is_record = |tagged: &Tagged| tagged.resource.starts_with("record.");
    Ok(all.filter(|tagged| tagged.app == app && tagged.environment != own && !is_record(tagged)).collect())
}

/// A key and a value, as most services give them.
type Tag<'a> = (Option<&'a str>, Option<&'a str>);

fn read<'a>(arn: &str, tags: impl Iterator<Item = Tag<'a>>) -> Option<Tagged> {
    let tags: BTreeMap<&str, &str> = tags.filter_map(|(key, value)| key.zip(value)).collect();
    let value = |key: &str| tags.get(key).map(|value| (*value).to_owned());
    Some(Tagged { arn: arn.to_owned(), app: value(APP)?, environment: value(ENVIRONMENT)?, resource: value(RESOURCE)? })
}

/// All kinds of EC2's in one call.
async fn network(aws: &Clients) -> Result<Vec<Tagged>, Failure> {
    let keys = Filter::builder().name("key").values(APP).values(ENVIRONMENT).values(RESOURCE).build();
    let tags = aws.ec2.describe_tags().filters(keys).into_paginator().items().send();
    let tags = tags.collect::<Result<Vec<_>, _>>().await.map_err(failed("ec2:DescribeTags"))?;
    let mut by_id: BTreeMap<&str, Vec<Tag<'_>>> = BTreeMap::new();
    for tag in &tags {
        by_id.entry(tag.resource_id().unwrap_or_default()).or_default().push((tag.key(), tag.value()));
    }
    Ok(by_id.into_iter().filter_map(|(id, tags)| read(id, tags.into_iter())).collect())
}

async fn groups(aws: &Clients) -> Result<Vec<Tagged>, Failure> {
    let of_app = GroupFilter::builder().name(format!("tag:{APP}")).values(aws.scope.app.as_str()).build();
    let groups = aws.autoscaling.describe_auto_scaling_groups().filters(of_app).into_paginator().items().send();
    let groups =
        groups.collect::<Result<Vec<_>, _>>().await.map_err(failed("autoscaling:DescribeAutoScalingGroups"))?;
    let tagged = groups.iter().filter_map(|group| {
        read(group.auto_scaling_group_arn()?, group.tags().iter().map(|tag| (tag.key(), tag.value())))
    });
    Ok(tagged.collect())
}

async fn secrets(aws: &Clients) -> Result<Vec<Tagged>, Failure> {
    let filter = |kind: FilterNameStringType, value: &str| SecretFilter::builder().key(kind).values(value).build();
    let request = aws
        .secrets
        .list_secrets()
        .filters(filter(FilterNameStringType::TagKey, APP))
        .filters(filter(FilterNameStringType::TagValue, aws.scope.app.as_str()));
    let pages = request.into_paginator().send().collect::<Result<Vec<_>, _>>().await;
    let pages = pages.map_err(failed("secretsmanager:ListSecrets"))?;
    let alive = pages.iter().flat_map(|page| page.secret_list()).filter(|secret| secret.deleted_date().is_none());
    let tagged =
        alive.filter_map(|secret| read(secret.arn()?, secret.tags().iter().map(|tag| (tag.key(), tag.value()))));
    Ok(tagged.collect())
}
