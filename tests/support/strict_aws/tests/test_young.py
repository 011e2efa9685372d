"""What EC2 has just made is not seen yet, when that is told."""

from __future__ import annotations

from strict_aws.inventory import Account, take

from .conftest import ACCOUNT, REGION, Aws


def vpcs(aws: Aws) -> set[str]:
    return {v["VpcId"] for v in aws.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"]}


def test_it_is_off_unless_told(aws: Aws) -> None:
    made = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert vpcs(aws) == {made}
    assert aws.strict("young") == {"seconds": 0}


def test_what_was_made_is_seen_late(aws: Aws) -> None:
    old = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    aws.strict("young", {"seconds": 10})
    new = aws.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    assert vpcs(aws) == {old}
    aws.refused("InvalidVpcID.NotFound", aws.ec2.describe_vpcs, VpcIds=[new])
    aws.refused("InvalidVpcID.NotFound", aws.ec2.create_subnet, VpcId=new, CidrBlock="10.1.0.0/24")
    assert {i["id"] for i in take(Account(aws.url, ACCOUNT, REGION)) if i["kind"] == "vpc"} >= {old, new}
    aws.settle(10)
    assert vpcs(aws) == {old, new}
    subnet = aws.ec2.create_subnet(VpcId=new, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]
    aws.refused("InvalidSubnetID.NotFound", aws.ec2.delete_subnet, SubnetId=subnet)


def test_each_kind_is_known_by_its_id(aws: Aws) -> None:
    vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = aws.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    address = aws.ec2.allocate_address(Domain="vpc")["AllocationId"]
    aws.strict("young", {"seconds": 10})
    group = aws.ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    aws.refused("InvalidGroup.NotFound", aws.ec2.describe_security_groups, GroupIds=[group])
    table = aws.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    aws.refused("InvalidRouteTableID.NotFound", aws.ec2.associate_route_table, RouteTableId=table, SubnetId=subnet)
    gateway = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    aws.refused(
        "InvalidInternetGatewayID.NotFound", aws.ec2.attach_internet_gateway, InternetGatewayId=gateway, VpcId=vpc
    )
    nat = aws.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    aws.refused("NatGatewayNotFound", aws.ec2.describe_nat_gateways, NatGatewayIds=[nat])
    other = aws.ec2.allocate_address(Domain="vpc")["AllocationId"]
    aws.refused("InvalidAllocationID.NotFound", aws.ec2.release_address, AllocationId=other)
    endpoint = aws.ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway"
    )["VpcEndpoint"]["VpcEndpointId"]
    aws.refused("InvalidVpcEndpointId.NotFound", aws.ec2.describe_vpc_endpoints, VpcEndpointIds=[endpoint])
