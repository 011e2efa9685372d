use async_trait::async_trait;
use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, VpcAttributeName, VpcState};

use super::clients::Clients;
use super::error::{Failure, failed, found, gone, lacking};
use super::kind::{Kind, Which};
use super::site::Site;
use crate::graph::{Resource, Rule};
use crate::model::{Address, Observed, State};
use crate::provider::Wanted;

pub const KIND: &str = "vpc";

pub fn address() -> Address {
    Address::new(KIND, "main")
}

/// The environment's own network, which nothing else shares.
pub fn desired(site: &Site) -> Resource {
    Resource::new(address(), site.name(super::names::TAG, &[]))
        .with("cidr", site.target.cidr.to_string())
        .rule("cidr", Rule::Never)
        .with("dns_hostnames", true)
}

pub struct Vpcs;

#[async_trait]
impl Kind for Vpcs {
    fn name(&self) -> &'static str {
        KIND
    }

    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        let request = aws.ec2.describe_vpcs();
        let request = match which {
            Which::Owned => request.set_filters(Some(aws.scope.ec2_filters())),
            Which::Id(id) => request.vpc_ids(id),
        };
        let vpcs = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let mut all = Vec::new();
        for vpc in found(vpcs.map_err(failed("ec2:DescribeVpcs")))? {
            let (Some(address), Some(id)) = (aws.scope.ec2_address(vpc.tags()), vpc.vpc_id()) else { continue };
            let attribute = aws.ec2.describe_vpc_attribute().vpc_id(id).attribute(VpcAttributeName::EnableDnsHostnames);
            let attribute = attribute.send().await.map_err(failed("ec2:DescribeVpcAttribute"))?;
            let hostnames = attribute.enable_dns_hostnames().and_then(AttributeBooleanValue::value);
            let state = match vpc.state() {
                Some(VpcState::Pending) => State::Pending("pending".to_owned()),
                _ => State::Ready,
            };
            all.push(
                Observed::new(address, id, state)
                    .with("cidr", vpc.cidr_block().unwrap_or_default())
                    .with("dns_hostnames", hostnames.unwrap_or_default())
                    .attribute("id", id),
            );
        }
        Ok(all)
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        let request = aws.ec2.create_vpc().cidr_block(wanted.text("cidr"));
        let request = request.tag_specifications(aws.scope.ec2_tagged(wanted, ResourceType::Vpc));
        let answer = request.customize().config_override(super::clients::once()).send().await;
        let answer = answer.map_err(failed("ec2:CreateVpc"))?;
        let id = answer.vpc().and_then(|vpc| vpc.vpc_id()).ok_or_else(|| lacking("ec2:CreateVpc", "an id"))?;
        Ok(id.to_owned())
    }

    async fn complete(&self, aws: &Clients, _: &Wanted, id: &str) -> Result<(), Failure> {
        set_hostnames(aws, id).await
    }

    async fn update(&self, aws: &Clients, _: &Wanted, observed: &Observed, _: &[&str]) -> Result<(), Failure> {
        set_hostnames(aws, &observed.id).await
    }

    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        gone(aws.ec2.delete_vpc().vpc_id(&observed.id).send().await.map_err(failed("ec2:DeleteVpc")))
    }
}

/// A private RDS address resolves only where the VPC gives host names.
async fn set_hostnames(aws: &Clients, id: &str) -> Result<(), Failure> {
    let on = AttributeBooleanValue::builder().value(true).build();
    let request = aws.ec2.modify_vpc_attribute().vpc_id(id).enable_dns_hostnames(on);
    request.send().await.map_err(failed("ec2:ModifyVpcAttribute"))?;
    Ok(())
}
