use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_ec2::types::{Filter, ResourceType, RouteOrigin, RouteTable};

use super::clients::Clients;
use super::error::{Failure, failed, found, gone, lacking, not_visible_yet};
use super::kind::{Kind, Which};
use super::site::Site;
use super::subnet::{self, Reach};
use super::{internet_gateway, names, nat_gateway, vpc};
use crate::graph::Resource;
use crate::model::{Address, Egress, Observed, State, Value};
use crate::provider::{ErrorKind, Wanted};

pub const KIND: &str = "route-table";

const EVERYWHERE: &str = "0.0.0.0/0";

pub fn private(zone: u8) -> Address {
    Address::new(KIND, format!("private-{zone}"))
}

/// One for all public subnets, and one for each zone's private subnet.
pub fn desired(site: &Site) -> Vec<Resource> {
    let public = table(site, &["public"])
        .with("routes", Value::map([(EVERYWHERE, internet_gateway::address().attribute("id"))]))
        .with("subnets", Value::set(subnet::all(site, Reach::Public).map(|subnet| subnet.attribute("id"))));
    let private = (1..=site.environment.shape.network.zones).map(|zone| {
        let subnet = subnet::address(Reach::Private, zone).attribute("id");
        let table = table(site, &["private", &zone.to_string()]).with("subnets", Value::set([subnet]));
        let gateway = match site.environment.shape.network.egress {
            Egress::PerZone => zone,
            Egress::Single => 1,
            Egress::None => return table.with("routes", Value::Map(BTreeMap::new())),
        };
        table.with("routes", Value::map([(EVERYWHERE, nat_gateway::address(gateway).attribute("id"))]))
    });
    std::iter::once(public).chain(private).collect()
}

fn table(site: &Site, parts: &[&str]) -> Resource {
    Resource::new(Address::new(KIND, parts.join("-")), site.name(names::TAG, parts))
        .fixed("vpc", vpc::address().attribute("id"))
}

pub struct RouteTables;

#[async_trait]
impl Kind for RouteTables {
    fn name(&self) -> &'static str {
        KIND
    }

    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        let tables = found(describe(aws, which).await)?;
        let ours = tables.iter().filter_map(|table| {
            let (address, id) = (aws.scope.ec2_address(table.tags())?, table.route_table_id()?);
            let subnets = table.associations().iter().filter_map(|association| association.subnet_id());
            let observed = Observed::new(address, id, State::Ready)
                .with("vpc", table.vpc_id().unwrap_or_default())
                .with("routes", Value::map(routes(table).into_iter().map(|(to, by)| (to, Value::text(by)))))
                .with("subnets", Value::set(subnets.map(Value::text)))
                .attribute("id", id);
            Some(observed)
        });
        Ok(ours.collect())
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        let request = aws
            .ec2
            .create_route_table()
            .vpc_id(wanted.text("vpc"))
            .client_token(names::token(&[KIND, wanted.text("vpc"), &wanted.address.name, &aws.nonce]))
            .tag_specifications(aws.scope.ec2_tagged(wanted, ResourceType::RouteTable));
        let answer = request.send().await.map_err(failed("ec2:CreateRouteTable"))?;
        let id = answer.route_table().and_then(|table| table.route_table_id());
        Ok(id.ok_or_else(|| lacking("ec2:CreateRouteTable", "an id"))?.to_owned())
    }

    async fn complete(&self, aws: &Clients, wanted: &Wanted, id: &str) -> Result<(), Failure> {
        settle(aws, wanted, id).await
    }

    async fn update(&self, aws: &Clients, wanted: &Wanted, observed: &Observed, _: &[&str]) -> Result<(), Failure> {
        settle(aws, wanted, &observed.id).await
    }

    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        for table in found(describe(aws, Which::Id(&observed.id)).await)? {
            for association in table.associations() {
                if let Some(id) = association.route_table_association_id() {
                    disassociate(aws, id).await?;
                }
            }
        }
        let request = aws.ec2.delete_route_table().route_table_id(&observed.id);
        gone(request.send().await.map_err(failed("ec2:DeleteRouteTable")))
    }
}

/// Gives the table its routes and its subnets, whatever it has now.
async fn settle(aws: &Clients, wanted: &Wanted, id: &str) -> Result<(), Failure> {
    let tables = describe(aws, Which::Id(id)).await?;
    let table = tables.first().ok_or_else(|| not_visible_yet("the route table"))?;
    set_routes(aws, id, &routes(table), wanted).await?;
    let wanted = wanted.texts("subnets");
    for association in table.associations() {
        let (Some(id), Some(subnet)) = (association.route_table_association_id(), association.subnet_id()) else {
            continue;
        };
        if !wanted.contains(&subnet) {
            disassociate(aws, id).await?;
        }
    }
    for subnet in wanted {
        if !table.associations().iter().any(|association| association.subnet_id() == Some(subnet)) {
            associate(aws, id, subnet).await?;
        }
    }
    Ok(())
}

async fn describe(aws: &Clients, which: Which<'_>) -> Result<Vec<RouteTable>, Failure> {
    let request = aws.ec2.describe_route_tables();
    let request = match which {
        Which::Owned => request.set_filters(Some(aws.scope.ec2_filters())),
        Which::Id(id) => request.route_table_ids(id),
    };
    let tables = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    tables.map_err(failed("ec2:DescribeRouteTables"))
}

/// Destination to target; what AWS itself puts into each table is left out.
fn routes(table: &RouteTable) -> BTreeMap<&str, &str> {
    let routes = table.routes().iter().filter(|route| route.origin() != Some(&RouteOrigin::CreateRouteTable));
    let pairs = routes.filter_map(|route| {
        let destination = route.destination_cidr_block().or(route.destination_ipv6_cidr_block())?;
        let target = route
            .nat_gateway_id()
            .or(route.transit_gateway_id())
            .or(route.vpc_peering_connection_id())
            .or(route.network_interface_id())
            .or(route.gateway_id())?;
        Some((destination, target))
    });
    pairs.collect()
}

async fn set_routes(aws: &Clients, table: &str, now: &BTreeMap<&str, &str>, wanted: &Wanted) -> Result<(), Failure> {
    let empty = BTreeMap::new();
    let wanted = wanted.properties.get("routes").and_then(Value::as_map).unwrap_or(&empty);
    for destination in now.keys().filter(|destination| !wanted.contains_key(**destination)) {
        let request = aws.ec2.delete_route().route_table_id(table);
        let request = match destination.contains(':') {
            true => request.destination_ipv6_cidr_block(*destination),
            false => request.destination_cidr_block(*destination),
        };
        gone(request.send().await.map_err(failed("ec2:DeleteRoute")))?;
    }
    for (destination, target) in wanted {
        let target = target.as_text().unwrap_or_default();
        let nat = target.starts_with("nat-");
        let (nat, gateway) = (nat.then(|| target.to_owned()), (!nat).then(|| target.to_owned()));
        match now.get(destination.as_str()) {
            Some(now) if *now == target => {}
            Some(_) => {
                let request = aws.ec2.replace_route().route_table_id(table).destination_cidr_block(destination);
                let request = request.set_nat_gateway_id(nat).set_gateway_id(gateway);
                request.send().await.map_err(failed("ec2:ReplaceRoute"))?;
            }
            None => {
                let request = aws.ec2.create_route().route_table_id(table).destination_cidr_block(destination);
                let request = request.set_nat_gateway_id(nat).set_gateway_id(gateway);
                match request.send().await.map_err(failed("ec2:CreateRoute")) {
                    // Sent again because its answer was lost: the next look tells whether it is this one.
                    Err(failure) if failure.has_code("RouteAlreadyExists") => {
                        return Err(Failure::new(ErrorKind::Transient, failure.error.message));
                    }
                    result => drop(result?),
                }
            }
        }
    }
    Ok(())
}

async fn associate(aws: &Clients, table: &str, subnet: &str) -> Result<(), Failure> {
    let request = aws.ec2.associate_route_table().route_table_id(table).subnet_id(subnet);
    match request.send().await.map_err(failed("ec2:AssociateRouteTable")) {
        // Sent again because its answer was lost, or somebody has led the subnet elsewhere.
        Err(failure) if failure.has_code("Resource.AlreadyAssociated") => lead_back(aws, table, subnet).await,
        result => result.map(drop),
    }
}

/// Takes the subnet from the table that it is associated with now.
async fn lead_back(aws: &Clients, table: &str, subnet: &str) -> Result<(), Failure> {
    let of_subnet = Filter::builder().name("association.subnet-id").values(subnet).build();
    let request = aws.ec2.describe_route_tables().filters(of_subnet).send().await;
    let answer = request.map_err(failed("ec2:DescribeRouteTables"))?;
    let associations = answer.route_tables().iter().flat_map(|table| table.associations());
    let now = associations.into_iter().find(|association| association.subnet_id() == Some(subnet));
    let Some(now) = now.filter(|association| association.route_table_id() != Some(table)) else { return Ok(()) };
    let request = aws.ec2.replace_route_table_association().route_table_id(table);
    let request = request.set_association_id(now.route_table_association_id.clone());
    match request.send().await.map_err(failed("ec2:ReplaceRouteTableAssociation")) {
        // The policy that `doctor` prints covers the environment's own tables.
        Err(failure) if failure.error.kind == ErrorKind::Denied => {
            let there = now.route_table_id().unwrap_or_default();
            let message = format!("{}; {subnet} is associated with {there}: take it off there", failure.error.message);
            Err(Failure::new(ErrorKind::Denied, message))
        }
        // Somebody was faster.
        Err(failure) if failure.is_not_found() => Err(not_visible_yet("the subnet's association")),
        replaced => replaced.map(drop),
    }
}

async fn disassociate(aws: &Clients, association: &str) -> Result<(), Failure> {
    let request = aws.ec2.disassociate_route_table().association_id(association);
    gone(request.send().await.map_err(failed("ec2:DisassociateRouteTable")))
}
