//! The network: EC2 without its instances.

use super::grant::On::{All, Born, Own, Tagged};
use super::grant::{Grant, On, Purpose, grant};

const VPC: &str = "ec2:vpc/*";
const SUBNET: &str = "ec2:subnet/*";
const GROUP: &str = "ec2:security-group/*";
const TABLE: &str = "ec2:route-table/*";
const GATEWAY: &str = "ec2:internet-gateway/*";
const NAT: &str = "ec2:natgateway/*";
const ADDRESS: &str = "ec2:elastic-ip/*";
const ENDPOINT: &str = "ec2:vpc-endpoint/*";

/// What gets its tags at birth, and by no other call.
const TAGGED: &[On] = &[
    Tagged(ADDRESS),
    Tagged("ec2:instance/*"),
    Tagged(GATEWAY),
    Tagged("ec2:launch-template/*"),
    Tagged(NAT),
    Tagged(TABLE),
    Tagged(GROUP),
    Tagged(SUBNET),
    Tagged("ec2:volume/*"),
    Tagged(VPC),
    Tagged(ENDPOINT),
];

pub(super) const PURPOSES: &[Purpose] = &[
    Purpose { why: "no command sees what exists of the network", grants: LOOK },
    Purpose { why: "`audit --live` cannot tell who reaches the network", grants: AUDIT },
    Purpose { why: "`up` cannot make the network", grants: MAKE },
    Purpose { why: "`up` cannot change the network", grants: CHANGE },
    Purpose { why: "`down` cannot remove the network", grants: REMOVE },
];

const LOOK: &[Grant] = &[
    grant("ec2:DescribeAddresses", &[All]),
    grant("ec2:DescribeAvailabilityZones", &[All]),
    grant("ec2:DescribeInternetGateways", &[All]),
    grant("ec2:DescribeNatGateways", &[All]),
    grant("ec2:DescribeRegions", &[All]),
    grant("ec2:DescribeRouteTables", &[All]),
    grant("ec2:DescribeSecurityGroups", &[All]),
    grant("ec2:DescribeSubnets", &[All]),
    grant("ec2:DescribeVpcAttribute", &[All]),
    grant("ec2:DescribeVpcEndpoints", &[All]),
    grant("ec2:DescribeVpcs", &[All]),
];

const AUDIT: &[Grant] = &[
    grant("ec2:DescribeInstances", &[All]),
    grant("ec2:DescribeKeyPairs", &[All]),
    grant("ec2:DescribeNetworkInterfaces", &[All]),
    grant("ec2:DescribeTags", &[All]),
    grant("ec2:DescribeTransitGatewayVpcAttachments", &[All]),
    grant("ec2:DescribeVpcPeeringConnections", &[All]),
    grant("ec2:GetManagedPrefixListEntries", &[All]),
];

const MAKE: &[Grant] = &[
    grant("ec2:AllocateAddress", &[Born(ADDRESS)]),
    grant("ec2:AssociateRouteTable", &[Own(TABLE), Own(SUBNET)]),
    grant("ec2:AttachInternetGateway", &[Own(GATEWAY), Own(VPC)]),
    grant("ec2:AuthorizeSecurityGroupEgress", &[Own(GROUP)]),
    grant("ec2:AuthorizeSecurityGroupIngress", &[Own(GROUP)]),
    grant("ec2:CreateInternetGateway", &[Born(GATEWAY)]),
    grant("ec2:CreateNatGateway", &[Born(NAT), Own(SUBNET), Own(ADDRESS)]),
    grant("ec2:CreateRoute", &[Own(TABLE)]),
    grant("ec2:CreateRouteTable", &[Born(TABLE), Own(VPC)]),
    grant("ec2:CreateSecurityGroup", &[Born(GROUP), Own(VPC)]),
    grant("ec2:CreateSubnet", &[Born(SUBNET), Own(VPC)]),
    grant("ec2:CreateTags", TAGGED),
    grant("ec2:CreateVpc", &[Born(VPC)]),
    grant("ec2:CreateVpcEndpoint", &[Born(ENDPOINT), Own(VPC), Own(TABLE), Own(SUBNET), Own(GROUP)]),
    grant("ec2:ModifyVpcAttribute", &[Own(VPC)]),
    grant("ec2:RevokeSecurityGroupEgress", &[Own(GROUP)]),
];

const CHANGE: &[Grant] = &[
    grant("ec2:DeleteRoute", &[Own(TABLE)]),
    grant("ec2:ModifyVpcEndpoint", &[Own(ENDPOINT), Own(TABLE), Own(SUBNET), Own(GROUP)]),
    grant("ec2:ReplaceRoute", &[Own(TABLE)]),
    grant("ec2:ReplaceRouteTableAssociation", &[Own(TABLE), Own(SUBNET)]),
    grant("ec2:RevokeSecurityGroupIngress", &[Own(GROUP)]),
];

const REMOVE: &[Grant] = &[
    grant("ec2:DeleteInternetGateway", &[Own(GATEWAY)]),
    grant("ec2:DeleteNatGateway", &[Own(NAT)]),
    grant("ec2:DeleteRouteTable", &[Own(TABLE)]),
    grant("ec2:DeleteSecurityGroup", &[Own(GROUP)]),
    grant("ec2:DeleteSubnet", &[Own(SUBNET)]),
    grant("ec2:DeleteVpc", &[Own(VPC)]),
    grant("ec2:DeleteVpcEndpoints", &[Own(ENDPOINT)]),
    grant("ec2:DetachInternetGateway", &[Own(GATEWAY), Own(VPC)]),
    grant("ec2:DisassociateRouteTable", &[Own(TABLE), Own(SUBNET)]),
    grant("ec2:ReleaseAddress", &[Own(ADDRESS)]),
];
