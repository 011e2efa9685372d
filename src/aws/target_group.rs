use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::types::{
    Matcher, ProtocolEnum, TargetHealthDescription, TargetHealthStateEnum, TargetTypeEnum,
};

use super::clients::Clients;
use super::error::{Failure, failed, found, gone, lacking};
use super::kind::{Kind, Which, minutes};
use super::load_balancer::{addresses, elb_tags};
use super::site::Site;
use super::{names, vpc};
use crate::graph::Resource;
use crate::model::{Address, Name, Observed, State};
use crate::provider::{Patience, Wanted};

pub const KIND: &str = "target-group";

/// A group's port is fixed, and a listener always needs a group: another port is another group, so that the new one
/// is there before the old one goes.
pub fn address(component: &Name, port: u16) -> Address {
    Address::new(KIND, format!("{component}-{port}"))
}

pub fn desired(site: &Site, component: &Name, port: u16, health: Option<&str>) -> Resource {
    let name = site.name(names::TARGET_GROUP, &[component.as_str(), &port.to_string()]);
    Resource::new(address(component, port), name)
        .fixed("vpc", vpc::address().attribute("id"))
        .fixed("port", port)
        .with("health", health.unwrap_or("/"))
}

pub struct TargetGroups;

#[async_trait]
impl Kind for TargetGroups {
    fn name(&self) -> &'static str {
        KIND
    }

    fn patience(&self) -> Patience {
        minutes(10, 5)
    }

    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        let request = aws.balancing.describe_target_groups();
        let request = match which {
            Which::Owned => request,
            Which::Id(arn) => request.target_group_arns(arn),
        };
        let groups = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let groups = found(groups.map_err(failed("elasticloadbalancing:DescribeTargetGroups")))?;
        let arns: Vec<&str> = groups.iter().filter_map(|group| group.target_group_arn()).collect();
        let owned = addresses(aws, &arns).await?;
        let mut all = Vec::new();
        for group in &groups {
            let Some((arn, address)) = owned.iter().find(|(owned, _)| group.target_group_arn() == Some(owned)) else {
                continue;
            };
            let (healthy, registered) = healthy(aws, arn).await?;
            all.push(
                Observed::new(address.clone(), arn, State::Ready)
                    .with("vpc", group.vpc_id().unwrap_or_default())
                    .with("port", group.port().unwrap_or_default())
                    .with("health", group.health_check_path().unwrap_or_default())
                    .attribute("arn", arn)
                    .attribute("health", format!("{healthy}/{registered} healthy")),
            );
        }
        Ok(all)
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        let request = aws
            .balancing
            .create_target_group()
            .name(&wanted.name)
            .protocol(ProtocolEnum::Http)
            .port(wanted.integer("port"))
            .vpc_id(wanted.text("vpc"))
            .target_type(TargetTypeEnum::Instance)
            .health_check_path(wanted.text("health"))
            .matcher(Matcher::builder().http_code("200").build())
            .set_tags(Some(elb_tags(&aws.scope, wanted)));
        let answer = request.send().await.map_err(failed("elasticloadbalancing:CreateTargetGroup"))?;
        let arn = answer.target_groups().first().and_then(|group| group.target_group_arn());
        Ok(arn.ok_or_else(|| lacking("elasticloadbalancing:CreateTargetGroup", "an ARN"))?.to_owned())
    }

    async fn update(&self, aws: &Clients, wanted: &Wanted, observed: &Observed, _: &[&str]) -> Result<(), Failure> {
        let request = aws.balancing.modify_target_group().target_group_arn(&observed.id);
        let request = request.health_check_path(wanted.text("health"));
        request.send().await.map_err(failed("elasticloadbalancing:ModifyTargetGroup"))?;
        Ok(())
    }

    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        let request = aws.balancing.delete_target_group().target_group_arn(&observed.id);
        gone(request.send().await.map_err(failed("elasticloadbalancing:DeleteTargetGroup")))
    }
}

/// How many targets answer their health check, and how many there are.
pub(super) async fn healthy(aws: &Clients, group: &str) -> Result<(usize, usize), Failure> {
    let answer = aws.balancing.describe_target_health().target_group_arn(group).send().await;
    let answer = answer.map_err(failed("elasticloadbalancing:DescribeTargetHealth"));
    let targets = found(answer.map(|answer| answer.target_health_descriptions.unwrap_or_default()))?;
    let state = |target: &TargetHealthDescription| target.target_health().and_then(|health| health.state()).cloned();
    let healthy = targets.iter().filter(|target| state(target) == Some(TargetHealthStateEnum::Healthy)).count();
    Ok((healthy, targets.len()))
}
