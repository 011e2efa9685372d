use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use async_trait::async_trait;
use aws_sdk_ec2::types::{Filter, ResourceType, SubnetState};
use ipnet::Ipv4Net;

use super::clients::Clients;
use super::error::{Failure, failed, found, gone, lacking};
use super::kind::{Kind, Which};
use super::site::Site;
use super::{names, vpc};
use crate::graph::Resource;
use crate::model::{Address, Observed, State};
use crate::provider::{ErrorKind, Wanted};

pub const KIND: &str = "subnet";

/// Whether the internet can reach a subnet's addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Load balancers and NAT gateways.
    Public,
    /// Compute and databases.
    Private,
}

impl Reach {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }
}

/// `zone` counts from 1.
pub fn address(reach: Reach, zone: u8) -> Address {
    Address::new(KIND, format!("{}-{zone}", reach.as_str()))
}

pub fn all(site: &Site, reach: Reach) -> impl Iterator<Item = Address> + use<> {
    (1..=site.environment.shape.network.zones).map(move |zone| address(reach, zone))
}

/// One public and one private subnet in each zone.
///
/// Which zone a subnet stands in is settled when it is made, and then stays: AWS may list other zones later.
pub fn desired(site: &Site) -> Vec<Resource> {
    let zones = 1..=site.environment.shape.network.zones;
    let both = zones.flat_map(|zone| [(Reach::Public, zone), (Reach::Private, zone)]);
    both.map(|(reach, zone)| {
        let address = address(reach, zone);
        Resource::new(address.clone(), site.name(names::TAG, &[reach.as_str(), &zone.to_string()]))
            .fixed("vpc", vpc::address().attribute("id"))
            .fixed("cidr", range(site.target.cidr, reach, zone).to_string())
    })
    .collect()
}

/// A sixteenth of the VPC's range: the lower eight are private, the upper eight public.
fn range(vpc: Ipv4Net, reach: Reach, zone: u8) -> Ipv4Net {
    let length = vpc.prefix_len() + 4;
    let index = u32::from(zone - 1) + if reach == Reach::Public { 8 } else { 0 };
    let first = u32::from(vpc.network()) + (index << (32 - length));
    Ipv4Net::new_assert(Ipv4Addr::from(first), length)
}

pub struct Subnets;

#[async_trait]
impl Kind for Subnets {
    fn name(&self) -> &'static str {
        KIND
    }

    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        let request = aws.ec2.describe_subnets();
        let request = match which {
            Which::Owned => request.set_filters(Some(aws.scope.ec2_filters())),
            Which::Id(id) => request.subnet_ids(id),
        };
        let subnets = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let subnets = found(subnets.map_err(failed("ec2:DescribeSubnets")))?;
        let ours = subnets.iter().filter_map(|subnet| {
            let (address, id) = (aws.scope.ec2_address(subnet.tags())?, subnet.subnet_id()?);
            let state = match subnet.state() {
                Some(SubnetState::Pending) => State::Pending("pending".to_owned()),
                _ => State::Ready,
            };
            let observed = Observed::new(address, id, state)
                .with("vpc", subnet.vpc_id().unwrap_or_default())
                .with("cidr", subnet.cidr_block().unwrap_or_default())
                .with("zone", subnet.availability_zone().unwrap_or_default())
                .attribute("id", id);
            Some(observed)
        });
        Ok(ours.collect())
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        let request = aws.ec2.create_subnet().vpc_id(wanted.text("vpc")).cidr_block(wanted.text("cidr"));
        let request = request.availability_zone(zone(aws, wanted).await?);
        let request = request.tag_specifications(aws.scope.ec2_tagged(wanted, ResourceType::Subnet));
        let answer = request.customize().config_override(super::clients::once()).send().await;
        let answer = answer.map_err(failed("ec2:CreateSubnet"))?;
        let id = answer.subnet().and_then(|subnet| subnet.subnet_id());
        Ok(id.ok_or_else(|| lacking("ec2:CreateSubnet", "an id"))?.to_owned())
    }

    /// All of a subnet's properties are fixed.
    async fn update(&self, _: &Clients, _: &Wanted, _: &Observed, _: &[&str]) -> Result<(), Failure> {
        Ok(())
    }

    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        gone(aws.ec2.delete_subnet().subnet_id(&observed.id).send().await.map_err(failed("ec2:DeleteSubnet")))
    }
}

/// The zone that a subnet and its sibling are to be in.
async fn zone(aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
    let there = Subnets.read(aws, Which::Owned).await?;
    let taken = there.iter().filter_map(|subnet| {
        let zone = subnet.properties.get("zone").and_then(|zone| zone.as_text())?;
        Some((number(&subnet.address)?, zone))
    });
    let zones = aws.zones.get_or_try_init(|| async {
        let filter = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
        // Local and wavelength zones do not count.
        let request = aws.ec2.describe_availability_zones().filters(filter("zone-type", "availability-zone"));
        let answer = request.filters(filter("state", "available")).send().await;
        let answer = answer.map_err(failed("ec2:DescribeAvailabilityZones"))?;
        let mut zones: Vec<String> =
            answer.availability_zones().iter().filter_map(|zone| zone.zone_name.clone()).collect();
        zones.sort();
        Ok::<_, Failure>(zones)
    });
    let zones = zones.await?;
    let mut spread = spread(zones, &taken.collect(), aws.environment.shape.network.zones);
    number(&wanted.address).and_then(|number| spread.remove(&number)).map(str::to_owned).ok_or_else(|| {
        let (region, count) = (&aws.scope.region, zones.len());
        let message = format!("{region} gives this account {count} zones; network.zones asks for more");
        Failure::new(ErrorKind::Rejected, message)
    })
}

/// Of `public-2`: 2.
fn number(address: &Address) -> Option<u8> {
    address.name.rsplit_once('-')?.1.parse().ok()
}

/// Each number's zone: the one that it has; else the one of its own place among the region's, by name; else, where another
/// number has that one (zones come and go), the first that is left. Whichever of them is made first, it comes out the same.
fn spread<'a>(zones: &'a [String], taken: &BTreeMap<u8, &'a str>, count: u8) -> BTreeMap<u8, &'a str> {
    let mut spread = taken.clone();
    let is_free = |spread: &BTreeMap<u8, &str>, zone: &str| !spread.values().any(|taken| *taken == zone);
    for (number, zone) in (1..=count).zip(zones) {
        if !spread.contains_key(&number) && is_free(&spread, zone) {
            spread.insert(number, zone.as_str());
        }
    }
    for number in 1..=count {
        if !spread.contains_key(&number)
            && let Some(zone) = zones.iter().find(|zone| is_free(&spread, zone))
        {
            spread.insert(number, zone.as_str());
        }
    }
    spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_a_zone_of_its_own_whatever_zones_come_and_go() {
        let zones = |names: &str| names.chars().map(|name| name.to_string()).collect::<Vec<String>>();
        let all = zones("abc");
        assert_eq!(spread(&all, &BTreeMap::new(), 3), BTreeMap::from([(1, "a"), (2, "b"), (3, "c")]));
        // `a` was away when the first was made.
        let first = BTreeMap::from([(1, "b")]);
        let whole = BTreeMap::from([(1, "b"), (2, "a"), (3, "c")]);
        assert_eq!(spread(&all, &first, 3), whole);
        // Those that are made meanwhile change nothing.
        for made in [(2, "a"), (3, "c")] {
            assert_eq!(spread(&all, &BTreeMap::from([(1, "b"), made]), 3), whole);
        }
        // Where one stands that is away by now.
        assert_eq!(spread(&zones("ab"), &BTreeMap::from([(1, "c")]), 2), BTreeMap::from([(1, "c"), (2, "b")]));
        assert!(!spread(&zones("ab"), &BTreeMap::new(), 3).contains_key(&3));
    }

    #[test]
    fn subnets_of_a_vpc_do_not_overlap() {
        for vpc in ["10.0.0.0/16", "172.16.16.0/20"] {
            let vpc: Ipv4Net = vpc.parse().unwrap();
            let all: Vec<Ipv4Net> =
                (1..=3).flat_map(|zone| [range(vpc, Reach::Public, zone), range(vpc, Reach::Private, zone)]).collect();
            for (index, one) in all.iter().enumerate() {
                assert!(vpc.contains(one), "{one} lies in {vpc}");
                assert!(all[index + 1..].iter().all(|other| !one.contains(other) && !other.contains(one)));
            }
        }
    }
}
