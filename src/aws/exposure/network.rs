//! An environment's network: who is let in, and what it is joined with.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{
    Filter, IpPermission, IpRange, Ipv6Range, Route, RouteTable, SecurityGroup as Group, UserIdGroupPair,
    Vpc as Network, VpcPeeringConnection, VpcPeeringConnectionStateReasonCode as Peering,
};

use futures_util::future::try_join_all;

use crate::aws::clients::Clients;
use crate::aws::error::{Failure, failed, found};
use crate::aws::{security_group, vpc};
use crate::model::{Inventory, Join, KeyPair, Peer, Rule, SecurityGroup, Vpc};

#[derive(Default)]
pub struct Surroundings {
    pub vpcs: Vec<Vpc>,
    pub security_groups: Vec<SecurityGroup>,
    pub joins: Vec<Join>,
}

/// Security groups that somebody made by hand in the environment's network count, too.
pub async fn read(aws: &Clients, inventory: &Inventory) -> Result<Surroundings, Failure> {
    let own = inventory.resources.iter().filter(|observed| observed.address.kind == vpc::KIND);
    let ids: Vec<String> = own.map(|observed| observed.id.clone()).collect();
    if ids.is_empty() {
        return Ok(Surroundings::default());
    }
    let (networks, subnets, groups, tables) =
        tokio::try_join!(networks(aws, &ids), subnets(aws, &ids), groups(aws, &ids), tables(aws, &ids))?;
    let routes: Vec<&Route> = tables.iter().flat_map(RouteTable::routes).collect();
    let (mut joins, attached) = tokio::try_join!(peerings(aws, &ids, &routes), gateways(aws, &ids, &routes))?;
    joins.extend(attached);
    let vpcs = networks.iter().map(|network| {
        let id = network.vpc_id().unwrap_or_default();
        Vpc { id: id.to_owned(), ranges: ranges(network), subnets: subnets.get(id).cloned().unwrap_or_default() }
    });
    let lists = lists(aws, &groups).await?;
    let security_groups = groups.iter().map(|group| security_group(aws, group, &lists)).collect();
    Ok(Surroundings { vpcs: vpcs.collect(), security_groups, joins })
}

fn within(ids: &[String], name: &str) -> Filter {
    Filter::builder().name(name).set_values(Some(ids.to_vec())).build()
}

async fn networks(aws: &Clients, ids: &[String]) -> Result<Vec<Network>, Failure> {
    let request = aws.ec2.describe_vpcs().set_vpc_ids(Some(ids.to_vec())).into_paginator().items().send();
    found(request.collect::<Result<Vec<_>, _>>().await.map_err(failed("ec2:DescribeVpcs")))
}

async fn subnets(aws: &Clients, ids: &[String]) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    let request = aws.ec2.describe_subnets().filters(within(ids, "vpc-id")).into_paginator().items().send();
    let subnets = request.collect::<Result<Vec<_>, _>>().await.map_err(failed("ec2:DescribeSubnets"))?;
    let mut by_vpc: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (vpc, subnet) in subnets.iter().filter_map(|subnet| subnet.vpc_id().zip(subnet.subnet_id())) {
        by_vpc.entry(vpc.to_owned()).or_default().push(subnet.to_owned());
    }
    Ok(by_vpc)
}

async fn groups(aws: &Clients, ids: &[String]) -> Result<Vec<Group>, Failure> {
    let request = aws.ec2.describe_security_groups().filters(within(ids, "vpc-id")).into_paginator().items().send();
    request.collect::<Result<Vec<_>, _>>().await.map_err(failed("ec2:DescribeSecurityGroups"))
}

async fn tables(aws: &Clients, ids: &[String]) -> Result<Vec<RouteTable>, Failure> {
    let request = aws.ec2.describe_route_tables().filters(within(ids, "vpc-id")).into_paginator().items().send();
    request.collect::<Result<Vec<_>, _>>().await.map_err(failed("ec2:DescribeRouteTables"))
}

/// Filters of one request must all hold, so each end of a connection has a request of its own.
async fn peerings(aws: &Clients, ids: &[String], routes: &[&Route]) -> Result<Vec<Join>, Failure> {
    let ask = async |end: &str| {
        let request = aws.ec2.describe_vpc_peering_connections().filters(within(ids, end)).into_paginator();
        let answer = request.items().send().collect::<Result<Vec<_>, _>>().await;
        answer.map_err(failed("ec2:DescribeVpcPeeringConnections"))
    };
    let (asked, accepted) = tokio::try_join!(ask("requester-vpc-info.vpc-id"), ask("accepter-vpc-info.vpc-id"))?;
    let alive = asked.iter().chain(&accepted).filter(|one| stands(one));
    Ok(alive.filter_map(|one| join(one, routes)).collect())
}

/// One that is pending joins nothing yet, and one that is gone stays listed for a while.
/// <https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle>
fn stands(connection: &VpcPeeringConnection) -> bool {
    let code = connection.status().and_then(|status| status.code());
    matches!(code, Some(Peering::Active | Peering::Provisioning))
}

fn join(connection: &VpcPeeringConnection, routes: &[&Route]) -> Option<Join> {
    let id = connection.vpc_peering_connection_id()?;
    let ends = [connection.requester_vpc_info(), connection.accepter_vpc_info()].into_iter().flatten();
    Some(Join {
        id: id.to_owned(),
        vpcs: ends.filter_map(|end| end.vpc_id()).map(str::to_owned).collect(),
        routed: routes.iter().any(|route| route.vpc_peering_connection_id() == Some(id)),
    })
}

async fn gateways(aws: &Clients, ids: &[String], routes: &[&Route]) -> Result<Vec<Join>, Failure> {
    let request = aws.ec2.describe_transit_gateway_vpc_attachments().filters(within(ids, "vpc-id")).into_paginator();
    let attachments = request.items().send().collect::<Result<Vec<_>, _>>().await;
    let attachments = attachments.map_err(failed("ec2:DescribeTransitGatewayVpcAttachments"))?;
    let joins = attachments.iter().filter_map(|attachment| {
        let (id, vpc) = (attachment.transit_gateway_id()?, attachment.vpc_id()?);
        let gone = attachment.state().is_some_and(|state| state.as_str().starts_with("delet"));
        let routed = routes.iter().any(|route| route.transit_gateway_id() == Some(id));
        (!gone).then(|| Join { id: id.to_owned(), vpcs: vec![vpc.to_owned()], routed })
    });
    Ok(joins.collect())
}

/// Those that open a machine in the environment's networks.
pub async fn key_pairs(aws: &Clients, vpcs: &[Vpc]) -> Result<Vec<KeyPair>, Failure> {
    let ids: Vec<String> = vpcs.iter().map(|vpc| vpc.id.clone()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let request = aws.ec2.describe_instances().filters(within(&ids, "vpc-id")).into_paginator().items().send();
    let reservations = request.collect::<Result<Vec<_>, _>>().await.map_err(failed("ec2:DescribeInstances"))?;
    let instances = reservations.iter().flat_map(|reservation| reservation.instances());
    let names: BTreeSet<String> = instances.filter_map(|instance| instance.key_name().map(str::to_owned)).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    // By a filter: a name that is gone is no error then.
    let filter = within(&names.into_iter().collect::<Vec<_>>(), "key-name");
    let answer = aws.ec2.describe_key_pairs().filters(filter).send().await.map_err(failed("ec2:DescribeKeyPairs"))?;
    let pairs = answer.key_pairs().iter().filter_map(|pair| pair.key_name().zip(pair.key_fingerprint()));
    Ok(pairs.map(|(name, print)| KeyPair { name: name.to_owned(), fingerprint: print.to_owned() }).collect())
}

fn ranges(network: &Network) -> Vec<ipnet::IpNet> {
    let first = network.cidr_block();
    let more = network.cidr_block_association_set().iter().filter_map(|one| one.cidr_block());
    let of_ipv6 = network.ipv6_cidr_block_association_set().iter().filter_map(|one| one.ipv6_cidr_block());
    let all: BTreeSet<&str> = first.into_iter().chain(more).chain(of_ipv6).collect();
    all.into_iter().filter_map(|range| range.parse().ok()).collect()
}

/// The networks of the prefix lists that rules name; one call for each.
async fn lists(aws: &Clients, groups: &[Group]) -> Result<Lists, Failure> {
    let permissions = groups.iter().flat_map(Group::ip_permissions);
    let named =
        permissions.flat_map(|permission| permission.prefix_list_ids()).filter_map(|list| list.prefix_list_id());
    let named: BTreeSet<&str> = named.collect();
    let entries = named.into_iter().map(async |id| {
        let request = aws.ec2.get_managed_prefix_list_entries().prefix_list_id(id).into_paginator().items().send();
        let entries = request.collect::<Result<Vec<_>, _>>().await;
        let entries = entries.map_err(failed("ec2:GetManagedPrefixListEntries"))?;
        let networks = entries.iter().filter_map(|entry| entry.cidr()?.parse().ok()).collect();
        Ok::<_, Failure>((id.to_owned(), networks))
    });
    Ok(try_join_all(entries).await?.into_iter().collect())
}

type Lists = BTreeMap<String, Vec<ipnet::IpNet>>;

fn security_group(aws: &Clients, group: &Group, lists: &Lists) -> SecurityGroup {
    let address = aws.scope.ec2_address(group.tags());
    let name = address.as_ref().map_or(group.group_name().unwrap_or_default(), |address| address.name.as_str());
    SecurityGroup {
        id: group.group_id().unwrap_or_default().to_owned(),
        name: name.to_owned(),
        audience: address.as_ref().is_some_and(security_group::is_of_balancer),
        inbound: group.ip_permissions().iter().flat_map(|permission| rules(permission, lists)).collect(),
    }
}

fn rules(permission: &IpPermission, lists: &Lists) -> Vec<Rule> {
    let networks = permission.ip_ranges().iter().filter_map(IpRange::cidr_ip);
    let networks6 = permission.ipv6_ranges().iter().filter_map(Ipv6Range::cidr_ipv6);
    let listed = permission.prefix_list_ids().iter().filter_map(|list| lists.get(list.prefix_list_id()?));
    let ranges = networks.chain(networks6).filter_map(|network| network.parse().ok());
    let ranges = ranges.chain(listed.flatten().copied()).map(Peer::Range);
    let groups = permission.user_id_group_pairs().iter().filter_map(UserIdGroupPair::group_id);
    let peers = ranges.chain(groups.map(|group| Peer::Group(group.to_owned())));
    peers.map(|from| Rule { what: traffic(permission), from }).collect()
}

/// `tcp 5432`, `tcp 8000-8999`, `all traffic`.
fn traffic(permission: &IpPermission) -> String {
    let protocol = permission.ip_protocol().unwrap_or("-1");
    match (protocol, permission.from_port(), permission.to_port()) {
        ("-1", ..) => "all traffic".to_owned(),
        ("tcp" | "udp", Some(from), Some(to)) if from == to => format!("{protocol} {from}"),
        ("tcp" | "udp", Some(from), Some(to)) => format!("{protocol} {from}-{to}"),
        _ => protocol.to_owned(),
    }
}
