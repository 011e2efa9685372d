//! What EC2 itself says of the caller's permissions: every call of EC2's can be tried without being done. That counts all
//! that IAM's simulation may not see, such as a session's policy. Calls on what must exist first are not tried: of an id
//! that stands for nothing AWS says so, or that it is not allowed, and either says nothing.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{DomainType, RequestLaunchTemplateData, ResourceType};
use futures_util::future::{BoxFuture, join_all};

use crate::aws::clients::Clients;
use crate::aws::error::failed;
use crate::aws::names;
use crate::model::Address;

/// Whether each action is allowed, as far as it could be tried.
pub async fn verdicts(aws: &Clients) -> BTreeMap<&'static str, bool> {
    join_all(calls(aws)).await.into_iter().filter_map(|(action, verdict)| Some((action, verdict?))).collect()
}

type Call<'a> = BoxFuture<'a, (&'static str, Option<bool>)>;

/// The code that says that it would have been done, or that it may not.
fn verdict(action: &str, code: Option<&str>, said: &str) -> Option<bool> {
    match code {
        Some("DryRunOperation") => Some(true),
        // What goes with a call, such as its tags, may be what is not allowed.
        Some("UnauthorizedOperation") if !said.contains("ec2:CreateTags") || action == "ec2:CreateTags" => Some(false),
        _ => None,
    }
}

fn boxed<'a>(call: impl Future<Output = (&'static str, Option<bool>)> + Send + 'a) -> Call<'a> {
    Box::pin(call)
}

macro_rules! tried {
    ($($action:literal: $request:expr,)*) => {
        vec![$(boxed(async move {
            let failure = $request.dry_run(true).send().await.map_err(failed($action)).err();
            let code = failure.as_ref().and_then(|failure| failure.code.as_deref());
            let said = failure.as_ref().map(|failure| failure.error.message.as_str()).unwrap_or_default();
            ($action, verdict($action, code, said))
        }),)*]
    };
}

fn calls(aws: &Clients) -> Vec<Call<'_>> {
    let ec2 = &aws.ec2;
    // As a resource of this environment would be made.
    let tagged = move |kind: ResourceType| {
        let marks = aws.scope.marks(&Address::new("doctor", "main"), "doctor").into_iter();
        let tags = marks.map(|(key, value)| aws_sdk_ec2::types::Tag::builder().key(key).value(value).build());
        let specification = aws_sdk_ec2::types::TagSpecification::builder().resource_type(kind);
        specification.set_tags(Some(tags.collect())).build()
    };
    let name =
        names::derive(names::LAUNCH_TEMPLATE, &[aws.scope.app.as_str(), aws.scope.environment.as_str(), "doctor"]);
    let data = RequestLaunchTemplateData::builder().instance_type("t4g.small".into()).build();
    tried![
        "ec2:AllocateAddress": ec2.allocate_address().domain(DomainType::Vpc).tag_specifications(tagged(ResourceType::ElasticIp)),
        "ec2:CreateInternetGateway": ec2.create_internet_gateway().tag_specifications(tagged(ResourceType::InternetGateway)),
        "ec2:CreateLaunchTemplate": ec2
            .create_launch_template()
            .launch_template_name(name)
            .launch_template_data(data)
            .tag_specifications(tagged(ResourceType::LaunchTemplate)),
        "ec2:CreateVpc": ec2.create_vpc().cidr_block("10.0.0.0/16").tag_specifications(tagged(ResourceType::Vpc)),
        "ec2:DescribeAccountAttributes": ec2.describe_account_attributes(),
        "ec2:DescribeAddresses": ec2.describe_addresses(),
        "ec2:DescribeAvailabilityZones": ec2.describe_availability_zones(),
        "ec2:DescribeInstances": ec2.describe_instances(),
        "ec2:DescribeInternetGateways": ec2.describe_internet_gateways(),
        "ec2:DescribeKeyPairs": ec2.describe_key_pairs(),
        "ec2:DescribeLaunchTemplateVersions": ec2.describe_launch_template_versions().versions("$Latest"),
        "ec2:DescribeLaunchTemplates": ec2.describe_launch_templates(),
        "ec2:DescribeNatGateways": ec2.describe_nat_gateways(),
        "ec2:DescribeNetworkInterfaces": ec2.describe_network_interfaces(),
        "ec2:DescribeRegions": ec2.describe_regions(),
        "ec2:DescribeRouteTables": ec2.describe_route_tables(),
        "ec2:DescribeSecurityGroups": ec2.describe_security_groups(),
        "ec2:DescribeSubnets": ec2.describe_subnets(),
        "ec2:DescribeTags": ec2.describe_tags(),
        "ec2:DescribeTransitGatewayVpcAttachments": ec2.describe_transit_gateway_vpc_attachments(),
        "ec2:DescribeVpcEndpoints": ec2.describe_vpc_endpoints(),
        "ec2:DescribeVpcPeeringConnections": ec2.describe_vpc_peering_connections(),
        "ec2:DescribeVpcs": ec2.describe_vpcs(),
    ]
}
