use async_trait::async_trait;
use aws_sdk_rds::types::Tag;

use super::clients::{Clients, Scope};
use super::error::{Failure, failed, found, gone};
use super::kind::{Kind, Which};
use super::site::Site;
use super::subnet::{self, Reach};
use super::{names, vpc};
use crate::graph::Resource;
use crate::model::{Address, Name, Observed, State, Value};
use crate::provider::{ErrorKind, Wanted};

pub const KIND: &str = "subnet-group";

pub fn address(database: &Name) -> Address {
    Address::new(KIND, database.as_str())
}

/// Where a database and its standby may stand: the private subnets.
pub fn desired(site: &Site, database: &Name) -> Resource {
    let subnets = subnet::all(site, Reach::Private).map(|subnet| subnet.attribute("id"));
    Resource::new(address(database), site.name(names::RDS, &[database.as_str()]))
        .fixed("vpc", vpc::address().attribute("id"))
        .with("subnets", Value::set(subnets))
}

pub struct SubnetGroups;

#[async_trait]
impl Kind for SubnetGroups {
    fn name(&self) -> &'static str {
        KIND
    }

    fn is_found_by_name(&self) -> bool {
        true
    }

    /// The list shows no tags, so a group's description says whose it is.
    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        let request = aws.rds.describe_db_subnet_groups();
        let request = match which {
            Which::Owned => request,
            Which::Id(name) => request.db_subnet_group_name(name),
        };
        let groups = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let groups = found(groups.map_err(failed("rds:DescribeDBSubnetGroups")))?;
        let ours = groups.iter().filter_map(|group| {
            let address = aws.scope.marked(group.db_subnet_group_description()?)?;
            let name = group.db_subnet_group_name()?;
            let subnets = group.subnets().iter().filter_map(|subnet| subnet.subnet_identifier());
            let observed = Observed::new(address, name, State::Ready)
                .with("vpc", group.vpc_id().unwrap_or_default())
                .with("subnets", Value::set(subnets.map(Value::text)))
                .attribute("name", name)
                .attribute("arn", group.db_subnet_group_arn().unwrap_or_default());
            Some(observed)
        });
        Ok(ours.collect())
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        let request = aws
            .rds
            .create_db_subnet_group()
            .db_subnet_group_name(&wanted.name)
            .db_subnet_group_description(aws.scope.mark(&wanted.address))
            .set_subnet_ids(Some(wanted.strings("subnets")))
            .set_tags(Some(rds_tags(&aws.scope, wanted)));
        request.send().await.map_err(failed("rds:CreateDBSubnetGroup"))?;
        Ok(wanted.name.clone())
    }

    async fn update(&self, aws: &Clients, wanted: &Wanted, observed: &Observed, _: &[&str]) -> Result<(), Failure> {
        let request = aws
            .rds
            .modify_db_subnet_group()
            .db_subnet_group_name(&observed.id)
            .set_subnet_ids(Some(wanted.strings("subnets")));
        request.send().await.map_err(failed("rds:ModifyDBSubnetGroup"))?;
        Ok(())
    }

    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        ensure_tagged(aws, observed).await?;
        let request = aws.rds.delete_db_subnet_group().db_subnet_group_name(&observed.id);
        gone(request.send().await.map_err(failed("rds:DeleteDBSubnetGroup")))
    }
}

pub(super) fn rds_tags(scope: &Scope, wanted: &Wanted) -> Vec<Tag> {
    scope.tags(wanted).into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// A description is a mark, not a proof: what is about to be deleted must carry the tags as well.
pub(super) async fn ensure_tagged(aws: &Clients, observed: &Observed) -> Result<(), Failure> {
    let arn = observed.attributes.get("arn").map(String::as_str).unwrap_or_default();
    let answer = aws.rds.list_tags_for_resource().resource_name(arn).send().await;
    let answer = answer.map_err(failed("rds:ListTagsForResource"))?;
    let address = aws.scope.address(answer.tag_list().iter().map(|tag| (tag.key(), tag.value())));
    if address.as_ref() == Some(&observed.address) {
        return Ok(());
    }
    let message = format!("{} ({}) does not carry this environment's tags, so it stays", observed.address, observed.id);
    Err(Failure::new(ErrorKind::NotOurs, message))
}
