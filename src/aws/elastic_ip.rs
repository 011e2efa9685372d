use async_trait::async_trait;
use aws_sdk_ec2::types::{DomainType, ResourceType};

use super::clients::Clients;
use super::error::{Failure, failed, found, gone, lacking};
use super::kind::{Kind, Which};
use super::names;
use super::site::Site;
use crate::graph::Resource;
use crate::model::{Address, Observed, State};
use crate::provider::{ErrorKind, Wanted};

pub const KIND: &str = "elastic-ip";

pub fn address(zone: u8) -> Address {
    Address::new(KIND, format!("nat-{zone}"))
}

/// The address under which the world sees a zone's outgoing traffic.
pub fn desired(site: &Site, zone: u8) -> Resource {
    Resource::new(address(zone), site.name(names::TAG, &["nat", &zone.to_string()]))
}

pub struct ElasticIps;

#[async_trait]
impl Kind for ElasticIps {
    fn name(&self) -> &'static str {
        KIND
    }

    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        let request = aws.ec2.describe_addresses();
        let request = match which {
            Which::Owned => request.set_filters(Some(aws.scope.ec2_filters())),
            Which::Id(id) => request.allocation_ids(id),
        };
        // This call has no pages.
        let answer = request.send().await.map_err(failed("ec2:DescribeAddresses"));
        let addresses = found(answer.map(|answer| answer.addresses.unwrap_or_default()))?;
        let ours = addresses.iter().filter_map(|ip| {
            let (address, id) = (aws.scope.ec2_address(ip.tags())?, ip.allocation_id()?);
            let observed = Observed::new(address, id, State::Ready).attribute("id", id);
            Some(observed.attribute("ip", ip.public_ip().unwrap_or_default()))
        });
        Ok(ours.collect())
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        let request = aws.ec2.allocate_address().domain(DomainType::Vpc);
        let request = request.tag_specifications(aws.scope.ec2_tagged(wanted, ResourceType::ElasticIp));
        let answer = request.customize().config_override(super::clients::once()).send().await;
        let answer = answer.map_err(failed("ec2:AllocateAddress"))?;
        Ok(answer.allocation_id().ok_or_else(|| lacking("ec2:AllocateAddress", "an id"))?.to_owned())
    }

    /// It has no properties.
    async fn update(&self, _: &Clients, _: &Wanted, _: &Observed, _: &[&str]) -> Result<(), Failure> {
        Ok(())
    }

    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        let request = aws.ec2.release_address().allocation_id(&observed.id);
        gone(request.send().await.map_err(failed("ec2:ReleaseAddress")).map_err(|mut failure| {
            // What AWS says for a few seconds more of an address whose NAT gateway is gone already.
            if failure.has_code("AuthFailure") {
                failure.error.kind = ErrorKind::InUse;
            }
            failure
        }))
    }
}
