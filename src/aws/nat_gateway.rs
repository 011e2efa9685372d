use async_trait::async_trait;
use aws_sdk_ec2::types::{NatGatewayState, ResourceType};

use super::clients::Clients;
use super::error::{Failure, failed, found, gone, lacking};
use super::kind::{Kind, Which, minutes};
use super::site::Site;
use super::subnet::{self, Reach};
use super::{elastic_ip, internet_gateway, names};
use crate::graph::Resource;
use crate::model::{Address, Egress, Observed, State};
use crate::provider::{Patience, Wanted};

pub const KIND: &str = "nat-gateway";

/// The zones (from 1) that have a gateway of their own.
pub fn zones(site: &Site) -> std::ops::RangeInclusive<u8> {
    match site.environment.shape.network.egress {
        Egress::PerZone => 1..=site.environment.shape.network.zones,
        Egress::Single => 1..=1,
        #[expect(clippy::reversed_empty_ranges, reason = "no zone has one")]
        Egress::None => 1..=0,
    }
}

pub fn address(zone: u8) -> Address {
    Address::new(KIND, zone.to_string())
}

/// It works only once the internet gateway is attached, and must be gone before that one is detached.
pub fn desired(site: &Site, zone: u8) -> Resource {
    Resource::new(address(zone), site.name(names::TAG, &["nat", &zone.to_string()]))
        .fixed("subnet", subnet::address(Reach::Public, zone).attribute("id"))
        .fixed("elastic_ip", elastic_ip::address(zone).attribute("id"))
        .after([internet_gateway::address()])
}

pub struct NatGateways;

#[async_trait]
impl Kind for NatGateways {
    fn name(&self) -> &'static str {
        KIND
    }

    /// Usually two minutes.
    fn patience(&self) -> Patience {
        minutes(15, 5)
    }

    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        let request = aws.ec2.describe_nat_gateways();
        let request = match which {
            Which::Owned => request.set_filter(Some(aws.scope.ec2_filters())),
            Which::Id(id) => request.nat_gateway_ids(id),
        };
        let gateways = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let gateways = found(gateways.map_err(failed("ec2:DescribeNatGateways")))?;
        let ours = gateways.iter().filter_map(|gateway| {
            let (address, id) = (aws.scope.ec2_address(gateway.tags())?, gateway.nat_gateway_id()?);
            let state = match gateway.state()? {
                // AWS shows it for an hour after it is gone.
                NatGatewayState::Deleted => return None,
                NatGatewayState::Available => State::Ready,
                NatGatewayState::Deleting => State::Leaving("deleting".to_owned()),
                NatGatewayState::Failed => State::Failed(gateway.failure_message().unwrap_or("failed").to_owned()),
                other => State::Pending(other.as_str().to_owned()),
            };
            let allocation = gateway.nat_gateway_addresses().first().and_then(|ip| ip.allocation_id());
            let observed = Observed::new(address, id, state)
                .with("subnet", gateway.subnet_id().unwrap_or_default())
                .attribute("id", id);
            Some(match allocation {
                Some(allocation) => observed.with("elastic_ip", allocation),
                None => observed,
            })
        });
        Ok(ours.collect())
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        let (subnet, ip) = (wanted.text("subnet"), wanted.text("elastic_ip"));
        let request = aws
            .ec2
            .create_nat_gateway()
            .subnet_id(subnet)
            .allocation_id(ip)
            .client_token(names::token(&[KIND, subnet, ip, &aws.nonce]))
            .tag_specifications(aws.scope.ec2_tagged(wanted, ResourceType::Natgateway));
        let answer = request.send().await.map_err(failed("ec2:CreateNatGateway"))?;
        let id = answer.nat_gateway().and_then(|gateway| gateway.nat_gateway_id());
        Ok(id.ok_or_else(|| lacking("ec2:CreateNatGateway", "an id"))?.to_owned())
    }

    /// All of its properties are fixed.
    async fn update(&self, _: &Clients, _: &Wanted, _: &Observed, _: &[&str]) -> Result<(), Failure> {
        Ok(())
    }

    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        let request = aws.ec2.delete_nat_gateway().nat_gateway_id(&observed.id);
        gone(request.send().await.map_err(failed("ec2:DeleteNatGateway")))
    }
}
