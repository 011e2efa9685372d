use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::types::{
    LoadBalancer, LoadBalancerSchemeEnum, LoadBalancerStateEnum, LoadBalancerTypeEnum, Tag,
};

use super::clients::{Clients, Scope};
use super::error::{Failure, failed, found, gone, lacking};
use super::kind::{Kind, Which, minutes};
use super::site::Site;
use super::subnet::{self, Reach};
use super::{internet_gateway, names, security_group, vpc};
use crate::graph::Resource;
use crate::model::{Address, Name, Observed, State, Value};
use crate::provider::{Patience, Wanted};

pub const KIND: &str = "load-balancer";

pub fn address(component: &Name) -> Address {
    Address::new(KIND, component.as_str())
}

/// What the audience of a public component talks to.
pub fn desired(site: &Site, component: &Name) -> Resource {
    let subnets = subnet::all(site, Reach::Public).map(|subnet| subnet.attribute("id"));
    Resource::new(address(component), site.name(names::LOAD_BALANCER, &[component.as_str()]))
        .fixed("scheme", "internet-facing")
        .fixed("vpc", vpc::address().attribute("id"))
        .with("subnets", Value::set(subnets))
        .with("security_groups", Value::set([security_group::of_balancer(component).attribute("id")]))
        .after([internet_gateway::address()])
}

pub struct LoadBalancers;

#[async_trait]
impl Kind for LoadBalancers {
    fn name(&self) -> &'static str {
        KIND
    }

    /// Two to three minutes as a rule.
    fn patience(&self) -> Patience {
        minutes(15, 5)
    }

    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        let balancers = describe(aws, which).await?;
        let arns: Vec<&str> = balancers.iter().filter_map(|balancer| balancer.load_balancer_arn()).collect();
        let owned = addresses(aws, &arns).await?;
        let observed = balancers.iter().filter_map(|balancer| {
            let arn = balancer.load_balancer_arn()?;
            let (_, address) = owned.iter().find(|(owned, _)| owned == arn)?;
            Some(observed(address.clone(), arn, balancer))
        });
        Ok(observed.collect())
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        let request = aws
            .balancing
            .create_load_balancer()
            .name(&wanted.name)
            .r#type(LoadBalancerTypeEnum::Application)
            .scheme(LoadBalancerSchemeEnum::from(wanted.text("scheme")))
            .set_subnets(Some(wanted.strings("subnets")))
            .set_security_groups(Some(wanted.strings("security_groups")))
            .set_tags(Some(elb_tags(&aws.scope, wanted)));
        let answer = request.send().await.map_err(failed("elasticloadbalancing:CreateLoadBalancer"))?;
        let arn = answer.load_balancers().first().and_then(|balancer| balancer.load_balancer_arn());
        Ok(arn.ok_or_else(|| lacking("elasticloadbalancing:CreateLoadBalancer", "an ARN"))?.to_owned())
    }

    async fn update(
        &self,
        aws: &Clients,
        wanted: &Wanted,
        observed: &Observed,
        properties: &[&str],
    ) -> Result<(), Failure> {
        let texts = |property: &str| Some(wanted.strings(property));
        if properties.contains(&"subnets") {
            let request = aws.balancing.set_subnets().load_balancer_arn(&observed.id).set_subnets(texts("subnets"));
            request.send().await.map_err(failed("elasticloadbalancing:SetSubnets"))?;
        }
        if properties.contains(&"security_groups") {
            let request = aws.balancing.set_security_groups().load_balancer_arn(&observed.id);
            let request = request.set_security_groups(texts("security_groups"));
            request.send().await.map_err(failed("elasticloadbalancing:SetSecurityGroups"))?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        let request = aws.balancing.delete_load_balancer().load_balancer_arn(&observed.id);
        gone(request.send().await.map_err(failed("elasticloadbalancing:DeleteLoadBalancer")))
    }
}

async fn describe(aws: &Clients, which: Which<'_>) -> Result<Vec<LoadBalancer>, Failure> {
    let request = aws.balancing.describe_load_balancers();
    let request = match which {
        Which::Owned => request,
        Which::Id(arn) => request.load_balancer_arns(arn),
    };
    let balancers = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    found(balancers.map_err(failed("elasticloadbalancing:DescribeLoadBalancers")))
}

/// The ARNs of the environment's load balancers.
pub(super) async fn owned_arns(aws: &Clients) -> Result<Vec<String>, Failure> {
    let balancers = LoadBalancers.read(aws, Which::Owned).await?;
    Ok(balancers.into_iter().map(|balancer| balancer.id).collect())
}

fn observed(address: Address, arn: &str, balancer: &LoadBalancer) -> Observed {
    let subnets = balancer.availability_zones().iter().filter_map(|zone| zone.subnet_id());
    let state = match balancer.state().and_then(|state| state.code()) {
        Some(LoadBalancerStateEnum::Active) => State::Ready,
        Some(LoadBalancerStateEnum::Failed) => {
            let reason = balancer.state().and_then(|state| state.reason()).unwrap_or("failed");
            State::Failed(reason.to_owned())
        }
        // It serves, with less capacity than it wants.
        Some(LoadBalancerStateEnum::ActiveImpaired) => State::Ready,
        other => State::Pending(other.map_or("provisioning", |state| state.as_str()).to_owned()),
    };
    Observed::new(address, arn, state)
        .with("vpc", balancer.vpc_id().unwrap_or_default())
        .with("scheme", balancer.scheme().map(|scheme| scheme.as_str()).unwrap_or_default())
        .with("subnets", Value::set(subnets.map(Value::text)))
        .with("security_groups", Value::set(balancer.security_groups().iter().map(Value::text)))
        .attribute("arn", arn)
        .attribute("url", format!("http://{}", balancer.dns_name().unwrap_or_default()))
        .attribute("host", balancer.dns_name().unwrap_or_default())
}

pub(super) fn elb_tags(scope: &Scope, wanted: &Wanted) -> Vec<Tag> {
    let tags = scope.tags(wanted).into_iter();
    tags.map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// DescribeTags takes at most 20 resources a call.
const AT_ONCE: usize = 20;

/// Which of the resources are this environment's, by their tags. What has gone since it was listed is left out.
pub(super) async fn addresses(aws: &Clients, arns: &[&str]) -> Result<Vec<(String, Address)>, Failure> {
    let mut owned = Vec::new();
    for some in arns.chunks(AT_ONCE) {
        match tags(aws, some).await {
            // One that is gone has the whole call refused.
            Err(failure) if failure.is_not_found() => {
                for arn in some {
                    owned.extend(found(tags(aws, &[arn]).await)?);
                }
            }
            answer => owned.extend(answer?),
        }
    }
    Ok(owned)
}

async fn tags(aws: &Clients, arns: &[&str]) -> Result<Vec<(String, Address)>, Failure> {
    let arns = arns.iter().map(|arn| (*arn).to_owned()).collect();
    let answer = aws.balancing.describe_tags().set_resource_arns(Some(arns)).send().await;
    let answer = answer.map_err(failed("elasticloadbalancing:DescribeTags"))?;
    let owned = answer.tag_descriptions().iter().filter_map(|resource| {
        let address = aws.scope.address(resource.tags().iter().map(|tag| (tag.key(), tag.value())))?;
        Some((resource.resource_arn()?.to_owned(), address))
    });
    Ok(owned.collect())
}
