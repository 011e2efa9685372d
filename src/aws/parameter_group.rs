use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_rds::types::{ApplyMethod, Parameter};

use super::clients::Clients;
use super::error::{Failure, failed, found, gone};
use super::kind::{Kind, Which};
use super::names;
use super::site::Site;
use super::subnet_group::{ensure_tagged, rds_tags};
use crate::graph::Resource;
use crate::model::{Address, Database, Name, Observed, State, Value};
use crate::provider::Wanted;

pub const KIND: &str = "parameter-group";

/// A group belongs to one major version, so each has its own: an upgrade moves the database from one to the next.
pub fn address(name: &Name, database: &Database) -> Address {
    Address::new(KIND, format!("{name}-{}", family(database).replace('.', "-")))
}

/// `postgres16`, `mysql8.0`, `mariadb10.11`.
fn family(database: &Database) -> String {
    format!("{}{}", database.engine, database.version.major(database.engine.major_parts()))
}

pub fn desired(site: &Site, name: &Name, database: &Database) -> Resource {
    let parameters = database.parameters.iter().map(|(name, value)| (name.clone(), Value::text(value)));
    let named = site.name(names::RDS, &[name.as_str(), &family(database)]);
    Resource::new(address(name, database), named)
        .fixed("family", family(database))
        .with("parameters", Value::map(parameters))
}

pub struct ParameterGroups;

#[async_trait]
impl Kind for ParameterGroups {
    fn name(&self) -> &'static str {
        KIND
    }

    fn is_found_by_name(&self) -> bool {
        true
    }

    /// The list shows no tags, so a group's description says whose it is.
    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        let request = aws.rds.describe_db_parameter_groups();
        let request = match which {
            Which::Owned => request,
            Which::Id(name) => request.db_parameter_group_name(name),
        };
        let groups = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let mut ours = Vec::new();
        for group in found(groups.map_err(failed("rds:DescribeDBParameterGroups")))? {
            let Some(address) = group.description().and_then(|description| aws.scope.marked(description)) else {
                continue;
            };
            let Some(name) = group.db_parameter_group_name() else { continue };
            let set = effective(aws, &address, name).await?;
            ours.push(
                Observed::new(address, name, State::Ready)
                    .with("family", group.db_parameter_group_family().unwrap_or_default())
                    .with("parameters", Value::Map(set))
                    .attribute("name", name)
                    .attribute("arn", group.db_parameter_group_arn().unwrap_or_default()),
            );
        }
        Ok(ours)
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        let request = aws
            .rds
            .create_db_parameter_group()
            .db_parameter_group_name(&wanted.name)
            .db_parameter_group_family(wanted.text("family"))
            .description(aws.scope.mark(&wanted.address))
            .set_tags(Some(rds_tags(&aws.scope, wanted)));
        request.send().await.map_err(failed("rds:CreateDBParameterGroup"))?;
        Ok(wanted.name.clone())
    }

    async fn complete(&self, aws: &Clients, wanted: &Wanted, name: &str) -> Result<(), Failure> {
        let now = effective(aws, &wanted.address, name).await?;
        set_parameters(aws, name, &now, wanted).await
    }

    async fn update(&self, aws: &Clients, wanted: &Wanted, observed: &Observed, _: &[&str]) -> Result<(), Failure> {
        let none = BTreeMap::new();
        let now = observed.properties.get("parameters").and_then(Value::as_map).unwrap_or(&none);
        set_parameters(aws, &observed.id, now, wanted).await
    }

    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        ensure_tagged(aws, observed).await?;
        let request = aws.rds.delete_db_parameter_group().db_parameter_group_name(&observed.id);
        gone(request.send().await.map_err(failed("rds:DeleteDBParameterGroup")))
    }
}

/// The parameters that were set, and those that the definition names. RDS counts a parameter as set only where its
/// value is not the default, so what is declared as it is anyway is found among all of them.
async fn effective(aws: &Clients, address: &Address, group: &str) -> Result<BTreeMap<String, Value>, Failure> {
    let pair = |parameter: Parameter| Some((parameter.parameter_name?, Value::text(parameter.parameter_value?)));
    let mut set: BTreeMap<String, Value> =
        parameters(aws, group, Some("user")).await?.into_iter().filter_map(pair).collect();
    let databases = aws.environment.shape.database.iter();
    let declared: Vec<&String> = databases
        .filter(|(name, database)| self::address(name, database) == *address)
        .flat_map(|(_, database)| database.parameters.keys())
        .filter(|name| !set.contains_key(*name))
        .collect();
    if !declared.is_empty() {
        let all: Vec<_> = parameters(aws, group, None).await?.into_iter().filter_map(pair).collect();
        let named: Vec<_> = all.into_iter().filter(|(name, _)| declared.contains(&name)).collect();
        set.extend(named);
    }
    Ok(set)
}

async fn parameters(aws: &Clients, group: &str, source: Option<&str>) -> Result<Vec<Parameter>, Failure> {
    let request = aws.rds.describe_db_parameters().db_parameter_group_name(group);
    let request = request.set_source(source.map(str::to_owned));
    let parameters = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    parameters.map_err(failed("rds:DescribeDBParameters"))
}

/// ModifyDBParameterGroup and ResetDBParameterGroup take at most 20 parameters a call.
const AT_ONCE: usize = 20;

async fn set_parameters(
    aws: &Clients,
    group: &str,
    now: &BTreeMap<String, Value>,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let none = BTreeMap::new();
    let wanted = wanted.properties.get("parameters").and_then(Value::as_map).unwrap_or(&none);
    if wanted == now {
        return Ok(());
    }
    // A static parameter is refused when it is asked to change at once; a dynamic one should not wait for a reboot.
    let known = parameters(aws, group, None).await?;
    let dynamic = |name: &str| {
        let known = known.iter().find(|known| known.parameter_name() == Some(name));
        known.and_then(|known| known.apply_type()) == Some("dynamic")
    };
    let parameter = |name: &String| {
        let method = if dynamic(name) { ApplyMethod::Immediate } else { ApplyMethod::PendingReboot };
        Parameter::builder().parameter_name(name).apply_method(method)
    };
    let changed: Vec<Parameter> = wanted
        .iter()
        .filter(|(name, value)| now.get(*name) != Some(value))
        .map(|(name, value)| parameter(name).parameter_value(value.as_text().unwrap_or_default()).build())
        .collect();
    for some in changed.chunks(AT_ONCE) {
        let request = aws.rds.modify_db_parameter_group().db_parameter_group_name(group);
        let request = request.set_parameters(Some(some.to_vec()));
        request.send().await.map_err(failed("rds:ModifyDBParameterGroup"))?;
    }
    let unset: Vec<Parameter> =
        now.keys().filter(|name| !wanted.contains_key(*name)).map(|name| parameter(name).build()).collect();
    for some in unset.chunks(AT_ONCE) {
        let request = aws.rds.reset_db_parameter_group().db_parameter_group_name(group);
        let request = request.set_parameters(Some(some.to_vec()));
        request.send().await.map_err(failed("rds:ResetDBParameterGroup"))?;
    }
    Ok(())
}
