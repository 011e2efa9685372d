use async_trait::async_trait;
use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, PrefixListId, ResourceType, UserIdGroupPair};

use super::clients::Clients;
use super::error::{Failure, failed, found, gone, lacking, not_visible_yet};
use super::kind::{Kind, Which};
use super::site::Site;
use super::{names, vpc, vpc_endpoint};
use crate::graph::Resource;
use crate::model::{Address, Compute, Database, Name, Observed, State, Value};
use crate::provider::Wanted;

pub const KIND: &str = "security-group";

const EVERYWHERE: &str = "0.0.0.0/0";

const BALANCER: &str = "balancer";
const COMPUTE: &str = "compute";
const DATABASE: &str = "database";
const ENDPOINTS: &str = "endpoints";

pub fn of_balancer(component: &Name) -> Address {
    Address::new(KIND, format!("{component}-{BALANCER}"))
}

/// Whether it is what the audience reaches.
pub fn is_of_balancer(address: &Address) -> bool {
    address.kind == KIND && address.name.ends_with(&format!("-{BALANCER}"))
}

pub fn of_compute(component: &Name) -> Address {
    Address::new(KIND, format!("{component}-{COMPUTE}"))
}

pub fn of_database(database: &Name) -> Address {
    Address::new(KIND, format!("{database}-{DATABASE}"))
}

pub fn of_endpoints() -> Address {
    Address::new(KIND, ENDPOINTS)
}

/// The audience reaches the balancer, the balancer reaches compute, compute reaches the database, and nothing else
/// goes in anywhere.
pub fn desired(site: &Site) -> Vec<Resource> {
    let mut groups = Vec::new();
    for (name, compute) in &site.environment.shape.compute {
        if compute.public {
            groups.push(balancer(site, name));
        }
        groups.push(component(site, name, compute));
    }
    for (name, database) in &site.environment.shape.database {
        groups.push(database_group(site, name, database));
    }
    if vpc_endpoint::are_needed(site) {
        groups.push(endpoints(site));
    }
    groups
}

fn endpoints(site: &Site) -> Resource {
    let components = site.environment.shape.compute.keys();
    let ingress = components.map(|component| rule(Some(443), of_compute(component).attribute("id")));
    let group = group(site, of_endpoints(), &[ENDPOINTS], "the way to the services of AWS", ingress);
    group.with("egress", Value::List(Vec::new()))
}

fn balancer(site: &Site, component: &Name) -> Resource {
    let ports: &[u16] = if site.environment.audience.certificate.is_some() { &[80, 443] } else { &[80] };
    let allowed = site.environment.audience.allow.iter();
    let ingress =
        allowed.flat_map(|network| ports.iter().map(|port| rule(Some(*port), Value::text(network.to_string()))));
    group(site, of_balancer(component), &[component.as_str(), BALANCER], "what the audience reaches", ingress)
}

fn component(site: &Site, name: &Name, compute: &Compute) -> Resource {
    let from = compute.public.then(|| of_balancer(name).attribute("id"));
    let ingress = compute.port.zip(from).map(|(port, from)| rule(Some(port), from));
    group(site, of_compute(name), &[name.as_str(), COMPUTE], "the instances of a component", ingress)
}

fn database_group(site: &Site, name: &Name, database: &Database) -> Resource {
    let components = site.environment.shape.compute.keys();
    let ingress = components.map(|component| rule(Some(database.engine.port()), of_compute(component).attribute("id")));
    group(site, of_database(name), &[name.as_str(), DATABASE], "a database", ingress)
        .with("egress", Value::List(Vec::new()))
}

fn group(
    site: &Site,
    address: Address,
    parts: &[&str],
    what: &str,
    ingress: impl IntoIterator<Item = Value>,
) -> Resource {
    Resource::new(address, site.name(names::SECURITY_GROUP, parts))
        .fixed("vpc", vpc::address().attribute("id"))
        .fixed("description", what)
        .with("ingress", Value::set(ingress))
        .with("egress", Value::set([rule(None, Value::text(EVERYWHERE))]))
}

/// TCP on one port, or anything where no port is given; the peer is a network or a security group's id.
fn rule(port: Option<u16>, peer: Value) -> Value {
    let protocol = if port.is_some() { "tcp" } else { "-1" };
    let port = port.map_or(-1, i32::from);
    Value::map([("protocol", Value::text(protocol)), ("from", port.into()), ("to", port.into()), ("peer", peer)])
}

pub struct SecurityGroups;

#[async_trait]
impl Kind for SecurityGroups {
    fn name(&self) -> &'static str {
        KIND
    }

    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        let request = aws.ec2.describe_security_groups();
        let request = match which {
            Which::Owned => request.set_filters(Some(aws.scope.ec2_filters())),
            Which::Id(id) => request.group_ids(id),
        };
        let groups = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let groups = found(groups.map_err(failed("ec2:DescribeSecurityGroups")))?;
        let ours = groups.iter().filter_map(|group| {
            let (address, id) = (aws.scope.ec2_address(group.tags())?, group.group_id()?);
            let observed = Observed::new(address, id, State::Ready)
                .with("vpc", group.vpc_id().unwrap_or_default())
                .with("description", group.description().unwrap_or_default())
                .with("ingress", rules(group.ip_permissions()))
                .with("egress", rules(group.ip_permissions_egress()))
                .attribute("id", id);
            Some(observed)
        });
        Ok(ours.collect())
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        let request = aws
            .ec2
            .create_security_group()
            .group_name(&wanted.name)
            .description(wanted.text("description"))
            .vpc_id(wanted.text("vpc"))
            .tag_specifications(aws.scope.ec2_tagged(wanted, ResourceType::SecurityGroup));
        let answer = request.send().await.map_err(failed("ec2:CreateSecurityGroup"))?;
        Ok(answer.group_id().ok_or_else(|| lacking("ec2:CreateSecurityGroup", "an id"))?.to_owned())
    }

    async fn complete(&self, aws: &Clients, wanted: &Wanted, id: &str) -> Result<(), Failure> {
        settle(aws, wanted, id).await
    }

    async fn update(&self, aws: &Clients, wanted: &Wanted, observed: &Observed, _: &[&str]) -> Result<(), Failure> {
        settle(aws, wanted, &observed.id).await
    }

    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        gone(
            aws.ec2
                .delete_security_group()
                .group_id(&observed.id)
                .send()
                .await
                .map_err(failed("ec2:DeleteSecurityGroup")),
        )
    }
}

/// Gives the group its rules, whatever it has now: a new one lets everything out.
async fn settle(aws: &Clients, wanted: &Wanted, id: &str) -> Result<(), Failure> {
    let now = SecurityGroups.read(aws, Which::Id(id)).await?;
    let now = now.first().ok_or_else(|| not_visible_yet("the security group"))?;
    let none = Value::List(Vec::new());
    let rules = |property: &str| now.properties.get(property).unwrap_or(&none);
    set_ingress(aws, id, rules("ingress"), wanted).await?;
    set_egress(aws, id, rules("egress"), wanted).await
}

/// One rule per peer, as AWS lists them.
fn rules(permissions: &[IpPermission]) -> Value {
    let each = permissions.iter().flat_map(|permission| {
        let networks = permission.ip_ranges().iter().filter_map(IpRange::cidr_ip);
        let networks6 = permission.ipv6_ranges().iter().filter_map(Ipv6Range::cidr_ipv6);
        let groups = permission.user_id_group_pairs().iter().filter_map(UserIdGroupPair::group_id);
        let lists = permission.prefix_list_ids().iter().filter_map(|list| list.prefix_list_id());
        networks.chain(networks6).chain(groups).chain(lists).map(|peer| {
            Value::map([
                ("protocol", Value::text(permission.ip_protocol().unwrap_or("-1"))),
                ("from", permission.from_port().unwrap_or(-1).into()),
                ("to", permission.to_port().unwrap_or(-1).into()),
                ("peer", Value::text(peer)),
            ])
        })
    });
    Value::set(each)
}

fn permission(rule: &Value) -> IpPermission {
    let field = |name: &str| rule.as_map().and_then(|fields| fields.get(name));
    let port = |name: &str| field(name).and_then(Value::as_integer).and_then(|port| i32::try_from(port).ok());
    let protocol = field("protocol").and_then(Value::as_text).unwrap_or("-1");
    let peer = field("peer").and_then(Value::as_text).unwrap_or_default();
    let permission = IpPermission::builder().ip_protocol(protocol);
    let permission = match protocol {
        "-1" => permission,
        _ => permission.set_from_port(port("from")).set_to_port(port("to")),
    };
    match peer {
        group if group.starts_with("sg-") => {
            permission.user_id_group_pairs(UserIdGroupPair::builder().group_id(group).build())
        }
        list if list.starts_with("pl-") => {
            permission.prefix_list_ids(PrefixListId::builder().prefix_list_id(list).build())
        }
        network if network.contains(':') => permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(network).build()),
        network => permission.ip_ranges(IpRange::builder().cidr_ip(network).build()),
    }
    .build()
}

/// The rules of one list that the other lacks, in the form that the calls take; `None` where there are none.
fn missing(from: &Value, of: &Value) -> Option<Vec<IpPermission>> {
    let missing: Vec<_> = of.as_list().iter().filter(|rule| !from.as_list().contains(rule)).map(permission).collect();
    (!missing.is_empty()).then_some(missing)
}

/// New rules first, so that what stays allowed is never cut off in between.
async fn set_ingress(aws: &Clients, id: &str, now: &Value, wanted: &Wanted) -> Result<(), Failure> {
    let Some(wanted) = wanted.properties.get("ingress") else { return Ok(()) };
    if let Some(rules) = missing(now, wanted) {
        let request = aws.ec2.authorize_security_group_ingress().group_id(id).set_ip_permissions(Some(rules));
        unless_duplicate(request.send().await.map_err(failed("ec2:AuthorizeSecurityGroupIngress")))?;
    }
    if let Some(rules) = missing(wanted, now) {
        let request = aws.ec2.revoke_security_group_ingress().group_id(id).set_ip_permissions(Some(rules));
        gone(request.send().await.map_err(failed("ec2:RevokeSecurityGroupIngress")))?;
    }
    Ok(())
}

async fn set_egress(aws: &Clients, id: &str, now: &Value, wanted: &Wanted) -> Result<(), Failure> {
    let Some(wanted) = wanted.properties.get("egress") else { return Ok(()) };
    if let Some(rules) = missing(now, wanted) {
        let request = aws.ec2.authorize_security_group_egress().group_id(id).set_ip_permissions(Some(rules));
        unless_duplicate(request.send().await.map_err(failed("ec2:AuthorizeSecurityGroupEgress")))?;
    }
    if let Some(rules) = missing(wanted, now) {
        let request = aws.ec2.revoke_security_group_egress().group_id(id).set_ip_permissions(Some(rules));
        gone(request.send().await.map_err(failed("ec2:RevokeSecurityGroupEgress")))?;
    }
    Ok(())
}

fn unless_duplicate<T>(result: Result<T, Failure>) -> Result<(), Failure> {
    match result {
        Err(failure) if failure.has_code("InvalidPermission.Duplicate") => Ok(()),
        result => result.map(drop),
    }
}
