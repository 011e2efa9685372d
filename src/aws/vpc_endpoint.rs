use async_trait::async_trait;
use aws_sdk_ec2::types::{ResourceType, VpcEndpoint, VpcEndpointType};

use super::clients::Clients;
use super::error::{Failure, failed, found, lacking};
use super::kind::{Kind, Which, minutes};
use super::site::Site;
use super::subnet::{self, Reach};
use super::{names, route_table, security_group, vpc};
use crate::graph::Resource;
use crate::model::{Address, Egress, Observed, Source, State, Value};
use crate::provider::{ErrorKind, Patience, Wanted};

pub const KIND: &str = "vpc-endpoint";

/// Whether the environment's compute reaches AWS by endpoints, as it has no other way out.
pub fn are_needed(site: &Site) -> bool {
    let shape = &site.environment.shape;
    shape.network.egress == Egress::None && !shape.compute.is_empty()
}

/// Where there is no way out, what an instance needs to start still comes in: its release and packages from S3, its
/// secrets, and its image where it runs one.
pub fn desired(site: &Site) -> Vec<Resource> {
    if !are_needed(site) {
        return Vec::new();
    }
    let images = site.environment.shape.compute.values().any(|compute| matches!(compute.source, Source::Image(_)));
    let services = ["secretsmanager"].into_iter().chain(images.then_some(["ecr.api", "ecr.dkr"]).into_iter().flatten());
    std::iter::once(gateway(site, "s3")).chain(services.map(|service| interface(site, service))).collect()
}

/// It costs nothing and stands in the route tables.
fn gateway(site: &Site, service: &str) -> Resource {
    let tables = (1..=site.environment.shape.network.zones).map(|zone| route_table::private(zone).attribute("id"));
    endpoint(site, service).fixed("type", "Gateway").with("route_tables", Value::set(tables))
}

/// A network interface in each private subnet, under the service's usual name.
fn interface(site: &Site, service: &str) -> Resource {
    let subnets = subnet::all(site, Reach::Private).map(|subnet| subnet.attribute("id"));
    endpoint(site, service)
        .fixed("type", "Interface")
        .with("subnets", Value::set(subnets))
        .with("security_groups", Value::set([security_group::of_endpoints().attribute("id")]))
}

fn endpoint(site: &Site, service: &str) -> Resource {
    let parts: Vec<&str> = service.split('.').collect();
    Resource::new(Address::new(KIND, parts.join("-")), site.name(names::TAG, &parts))
        .fixed("vpc", vpc::address().attribute("id"))
        .fixed("service", format!("com.amazonaws.{}.{service}", site.target.region))
}

pub struct VpcEndpoints;

#[async_trait]
impl Kind for VpcEndpoints {
    fn name(&self) -> &'static str {
        KIND
    }

    fn patience(&self) -> Patience {
        minutes(15, 5)
    }

    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        let request = aws.ec2.describe_vpc_endpoints();
        let request = match which {
            Which::Owned => request.set_filters(Some(aws.scope.ec2_filters())),
            Which::Id(id) => request.vpc_endpoint_ids(id),
        };
        let endpoints = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let endpoints = found(endpoints.map_err(failed("ec2:DescribeVpcEndpoints")))?;
        Ok(endpoints.iter().filter_map(|endpoint| observed(aws, endpoint)).collect())
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        let kind = VpcEndpointType::from(wanted.text("type"));
        let request = aws
            .ec2
            .create_vpc_endpoint()
            .vpc_id(wanted.text("vpc"))
            .service_name(wanted.text("service"))
            .client_token(names::token(&[KIND, wanted.text("vpc"), wanted.text("service"), &aws.nonce]))
            .tag_specifications(aws.scope.ec2_tagged(wanted, ResourceType::VpcEndpoint));
        let ids = |property: &str| Some(wanted.strings(property));
        let request = match kind {
            VpcEndpointType::Gateway => request.set_route_table_ids(ids("route_tables")),
            _ => request
                .private_dns_enabled(true)
                .set_subnet_ids(ids("subnets"))
                .set_security_group_ids(ids("security_groups")),
        };
        let answer = request.vpc_endpoint_type(kind).send().await.map_err(failed("ec2:CreateVpcEndpoint"))?;
        let id = answer.vpc_endpoint().and_then(|endpoint| endpoint.vpc_endpoint_id());
        Ok(id.ok_or_else(|| lacking("ec2:CreateVpcEndpoint", "an id"))?.to_owned())
    }

    async fn update(&self, aws: &Clients, wanted: &Wanted, observed: &Observed, _: &[&str]) -> Result<(), Failure> {
        let now = |property: &str| -> Vec<&str> {
            let list = observed.properties.get(property).map(Value::as_list).unwrap_or_default();
            list.iter().filter_map(Value::as_text).collect()
        };
        let missing = |of: Vec<&str>, from: Vec<&str>| -> Option<Vec<String>> {
            let missing: Vec<String> = of.into_iter().filter(|id| !from.contains(id)).map(str::to_owned).collect();
            (!missing.is_empty()).then_some(missing)
        };
        let more = |property: &str| missing(wanted.texts(property), now(property));
        let less = |property: &str| missing(now(property), wanted.texts(property));
        let request = aws
            .ec2
            .modify_vpc_endpoint()
            .vpc_endpoint_id(&observed.id)
            .set_add_route_table_ids(more("route_tables"))
            .set_remove_route_table_ids(less("route_tables"))
            .set_add_subnet_ids(more("subnets"))
            .set_remove_subnet_ids(less("subnets"))
            .set_add_security_group_ids(more("security_groups"))
            .set_remove_security_group_ids(less("security_groups"));
        request.send().await.map(drop).map_err(failed("ec2:ModifyVpcEndpoint"))
    }

    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        let request = aws.ec2.delete_vpc_endpoints().vpc_endpoint_ids(&observed.id);
        let answer = request.send().await.map_err(failed("ec2:DeleteVpcEndpoints"))?;
        // This call reports failures in an answer that is a success.
        match answer.unsuccessful().iter().filter_map(|item| item.error()).next() {
            Some(error) if !error.code().unwrap_or_default().contains("NotFound") => {
                let (code, text) = (error.code().unwrap_or_default(), error.message().unwrap_or_default());
                Err(Failure::new(ErrorKind::InUse, format!("ec2:DeleteVpcEndpoints: {code}: {text}")))
            }
            _ => Ok(()),
        }
    }
}

fn observed(aws: &Clients, endpoint: &VpcEndpoint) -> Option<Observed> {
    let (address, id) = (aws.scope.ec2_address(endpoint.tags())?, endpoint.vpc_endpoint_id()?);
    // The API's model writes the states with a capital, and the service without.
    let state = endpoint.state()?.as_str().to_lowercase();
    let state = match state.as_str() {
        "deleted" => return None,
        "available" => State::Ready,
        "deleting" => State::Leaving(state),
        "failed" | "rejected" | "expired" => State::Failed(state),
        _ => State::Pending(state),
    };
    let groups = endpoint.groups().iter().filter_map(|group| group.group_id());
    let texts = |ids: &[String]| Value::set(ids.iter().map(Value::text));
    let observed = Observed::new(address, id, state)
        .with("vpc", endpoint.vpc_id().unwrap_or_default())
        .with("service", endpoint.service_name().unwrap_or_default())
        .with("type", endpoint.vpc_endpoint_type().map(|kind| kind.as_str()).unwrap_or_default())
        .with("route_tables", texts(endpoint.route_table_ids()))
        .with("subnets", texts(endpoint.subnet_ids()))
        .with("security_groups", Value::set(groups.map(Value::text)))
        .attribute("id", id);
    Some(observed)
}
