//! Limits of the account that a call shows: what is used, and what the environment would add.

use crate::aws::blueprint::blueprint;
use crate::aws::clients::Clients;
use crate::aws::error::{Failure, failed};
use crate::aws::provider::Aws;
use crate::aws::{
    auto_scaling_group, database, elastic_ip, load_balancer, parameter_group, subnet_group, target_group,
};
use crate::graph::{Graph, Resource};
use crate::model::{Inventory, Value};
use crate::provider::{Check, Error, ErrorKind, Provider};

/// One limit, and how much of it is used.
struct Limit {
    /// As it is called in the console of Service Quotas.
    name: &'static str,
    used: i64,
    most: i64,
    /// What the environment would add.
    more: i64,
}

pub async fn checks(provider: &Aws) -> Vec<Check> {
    let aws = provider.clients();
    let added = match added(provider).await {
        Ok(added) => added,
        Err(error) => return vec![unknown("what would be added", &error)],
    };
    let (addresses, databases, balancers, groups) =
        tokio::join!(addresses(aws, &added), databases(aws, &added), balancers(aws, &added), groups(aws, &added));
    let mut checks = Vec::new();
    for limits in [addresses, databases, balancers, groups] {
        match limits {
            Ok(limits) => checks.extend(limits.iter().map(check)),
            Err(failure) => checks.push(unknown("the limits of a service", &failure.error)),
        }
    }
    checks
}

fn unknown(what: &str, error: &Error) -> Check {
    Check::unknown("quota", format!("{what} cannot be told"), error.message.clone(), error.remedy())
}

fn check(limit: &Limit) -> Check {
    let Limit { name, used, most, more } = limit;
    match used + more <= *most {
        true => Check::in_order("quota", format!("{name}: {used} of {most} used, {more} to come")),
        false => Check::missing(
            "quota",
            format!("{name}: {used} of {most} are used, and {more} are to come"),
            "`up` would stop half-way, where the limit is met",
            format!("have \"{name}\" raised in Service Quotas, or free some"),
        ),
    }
}

/// The resources that the definition asks for and that are not there.
struct Added(Vec<Resource>);

impl Added {
    fn count(&self, kind: &str) -> i64 {
        i64::try_from(self.of(kind).count()).unwrap_or(i64::MAX)
    }

    fn of(&self, kind: &str) -> impl Iterator<Item = &Resource> {
        self.0.iter().filter(move |resource| resource.address.kind == kind)
    }
}

async fn added(provider: &Aws) -> Result<Added, Error> {
    let mut environment = provider.clients().environment.clone();
    // Whatever runs, it takes the same resources.
    environment.release.get_or_insert_with(|| "0".to_owned());
    let desired: Graph = blueprint(&environment).map_err(|error| Error::new(ErrorKind::Rejected, error.to_string()))?;
    let found: Inventory = provider.observe().await?;
    let lacking = desired.resources().filter(|resource| found.get(&resource.address).is_none());
    Ok(Added(lacking.cloned().collect()))
}

async fn addresses(aws: &Clients, added: &Added) -> Result<Vec<Limit>, Failure> {
    let answer = aws.ec2.describe_account_attributes().send().await;
    let answer = answer.map_err(failed("ec2:DescribeAccountAttributes"))?;
    let attribute = answer.account_attributes().iter().find(|one| one.attribute_name() == Some("vpc-max-elastic-ips"));
    let value = attribute.and_then(|one| one.attribute_values().first()?.attribute_value()?.parse().ok());
    let Some(most) = value else { return Ok(Vec::new()) };
    let used = aws.ec2.describe_addresses().send().await.map_err(failed("ec2:DescribeAddresses"))?;
    let more = added.count(elastic_ip::KIND);
    Ok(vec![Limit { name: "EC2-VPC Elastic IPs", used: length(used.addresses()), most, more }])
}

async fn databases(aws: &Clients, added: &Added) -> Result<Vec<Limit>, Failure> {
    let answer = aws.rds.describe_account_attributes().send().await;
    let answer = answer.map_err(failed("rds:DescribeAccountAttributes"))?;
    let storage = added.of(database::KIND).filter_map(|one| one.properties.get("storage").and_then(Value::as_integer));
    let wanted = [
        ("DBInstances", "DB instances", added.count(database::KIND)),
        ("AllocatedStorage", "Total storage for all DB instances", storage.sum()),
        ("DBParameterGroups", "Parameter groups", added.count(parameter_group::KIND)),
        ("DBSubnetGroups", "DB subnet groups", added.count(subnet_group::KIND)),
    ];
    let limits = wanted.into_iter().filter_map(|(quota, name, more)| {
        let quota = answer.account_quotas().iter().find(|one| one.account_quota_name() == Some(quota))?;
        Some(Limit { name, used: quota.used()?, most: quota.max()?, more })
    });
    Ok(limits.collect())
}

async fn balancers(aws: &Clients, added: &Added) -> Result<Vec<Limit>, Failure> {
    let answer = aws.balancing.describe_account_limits().send().await;
    let answer = answer.map_err(failed("elasticloadbalancing:DescribeAccountLimits"))?;
    let most = |name: &str| {
        let limit = answer.limits().iter().find(|limit| limit.name() == Some(name))?;
        limit.max()?.parse().ok()
    };
    let balancers = aws.balancing.describe_load_balancers().into_paginator().items().send();
    let balancers = balancers.collect::<Result<Vec<_>, _>>().await;
    let balancers = balancers.map_err(failed("elasticloadbalancing:DescribeLoadBalancers"))?;
    let targets = aws.balancing.describe_target_groups().into_paginator().items().send();
    let targets = targets.collect::<Result<Vec<_>, _>>().await;
    let targets = targets.map_err(failed("elasticloadbalancing:DescribeTargetGroups"))?;
    let limit = |quota: &str, name, used, kind| Some(Limit { name, used, most: most(quota)?, more: added.count(kind) });
    let limits = [
        limit(
            "application-load-balancers",
            "Application Load Balancers per Region",
            length(&balancers),
            load_balancer::KIND,
        ),
        limit("target-groups", "Target Groups per Region", length(&targets), target_group::KIND),
    ];
    Ok(limits.into_iter().flatten().collect())
}

async fn groups(aws: &Clients, added: &Added) -> Result<Vec<Limit>, Failure> {
    let answer = aws.autoscaling.describe_account_limits().send().await;
    let answer = answer.map_err(failed("autoscaling:DescribeAccountLimits"))?;
    let (Some(used), Some(most)) = (answer.number_of_auto_scaling_groups(), answer.max_number_of_auto_scaling_groups())
    else {
        return Ok(Vec::new());
    };
    let more = added.count(auto_scaling_group::KIND);
    Ok(vec![Limit { name: "Auto Scaling groups per region", used: used.into(), most: most.into(), more }])
}

fn length<T>(list: &[T]) -> i64 {
    i64::try_from(list.len()).unwrap_or(i64::MAX)
}
