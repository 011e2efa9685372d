"""What holds what in a network."""

from __future__ import annotations

from .conftest import Aws


def test_interfaces_hold_subnets_and_groups(aws: Aws) -> None:
    net = aws.network()
    aws.balancer(net)
    aws.refused("DependencyViolation", aws.ec2.delete_subnet, SubnetId=net["subnets"][0])
    aws.refused("DependencyViolation", aws.ec2.delete_security_group, GroupId=net["group"])


def test_instances_hold_their_subnet_until_they_are_gone(aws: Aws) -> None:
    net = aws.network()
    image = aws.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    run = aws.ec2.run_instances(
        ImageId=image,
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        SubnetId=net["subnets"][0],
        SecurityGroupIds=[net["group"]],
    )
    instance = run["Instances"][0]["InstanceId"]

    def state() -> str:
        return aws.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["State"]["Name"]

    assert state() == "pending"
    aws.settle(30)
    assert state() == "running"
    aws.ec2.terminate_instances(InstanceIds=[instance])
    assert state() == "shutting-down"
    aws.refused("DependencyViolation", aws.ec2.delete_subnet, SubnetId=net["subnets"][0])
    aws.settle(30)
    assert state() == "terminated"
    aws.ec2.delete_subnet(SubnetId=net["subnets"][0])
    aws.settle(3600)
    aws.refused("InvalidInstanceID.NotFound", aws.ec2.describe_instances, InstanceIds=[instance])


def test_groups_that_others_reference_stay(aws: Aws) -> None:
    net = aws.network()
    other = aws.ec2.create_security_group(GroupName="db", Description="db", VpcId=net["vpc"])["GroupId"]
    rule = [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": net["group"]}]}]
    aws.ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=rule)
    aws.refused("DependencyViolation", aws.ec2.delete_security_group, GroupId=net["group"])
    aws.ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=rule)
    aws.ec2.delete_security_group(GroupId=net["group"])


def test_group_names_and_descriptions(aws: Aws) -> None:
    net = aws.network()

    def create(name: str, description: str = "x") -> dict:
        return {"GroupName": name, "Description": description, "VpcId": net["vpc"]}

    aws.refused("InvalidGroup.Duplicate", aws.ec2.create_security_group, **create("WEB"))
    aws.refused("InvalidParameterValue", aws.ec2.create_security_group, **create("sg-1"))
    aws.refused("InvalidParameterValue", aws.ec2.create_security_group, **create("a", "Zürich"))


def test_public_addresses_hold_the_internet_gateway(aws: Aws) -> None:
    net = aws.network()
    balancer = aws.balancer(net)
    aws.refused(
        "DependencyViolation", aws.ec2.detach_internet_gateway, InternetGatewayId=net["gateway"], VpcId=net["vpc"]
    )
    aws.refused("DependencyViolation", aws.ec2.delete_internet_gateway, InternetGatewayId=net["gateway"])
    aws.elbv2.delete_load_balancer(LoadBalancerArn=balancer)
    aws.settle(120)
    aws.ec2.detach_internet_gateway(InternetGatewayId=net["gateway"], VpcId=net["vpc"])
    aws.ec2.delete_internet_gateway(InternetGatewayId=net["gateway"])


def test_a_network_goes_last(aws: Aws) -> None:
    net = aws.network()
    aws.refused("DependencyViolation", aws.ec2.delete_vpc, VpcId=net["vpc"])
    aws.ec2.detach_internet_gateway(InternetGatewayId=net["gateway"], VpcId=net["vpc"])
    for subnet in net["subnets"]:
        aws.ec2.delete_subnet(SubnetId=subnet)
    aws.refused("DependencyViolation", aws.ec2.delete_vpc, VpcId=net["vpc"])
    aws.ec2.delete_security_group(GroupId=net["group"])
    aws.ec2.delete_vpc(VpcId=net["vpc"])


def test_associated_route_tables_stay(aws: Aws) -> None:
    net = aws.network()
    table = aws.ec2.create_route_table(VpcId=net["vpc"])["RouteTable"]["RouteTableId"]
    other = aws.ec2.create_route_table(VpcId=net["vpc"])["RouteTable"]["RouteTableId"]
    association = aws.ec2.associate_route_table(RouteTableId=table, SubnetId=net["subnets"][0])["AssociationId"]
    aws.refused("DependencyViolation", aws.ec2.delete_route_table, RouteTableId=table)
    aws.refused(
        "Resource.AlreadyAssociated", aws.ec2.associate_route_table, RouteTableId=other, SubnetId=net["subnets"][0]
    )
    replaced = aws.ec2.replace_route_table_association(AssociationId=association, RouteTableId=other)[
        "NewAssociationId"
    ]
    aws.ec2.delete_route_table(RouteTableId=table)
    aws.ec2.disassociate_route_table(AssociationId=replaced)
    aws.ec2.delete_route_table(RouteTableId=other)


def test_a_subnet_takes_its_association_along(aws: Aws) -> None:
    net = aws.network()
    table = aws.ec2.create_route_table(VpcId=net["vpc"])["RouteTable"]["RouteTableId"]
    aws.ec2.associate_route_table(RouteTableId=table, SubnetId=net["subnets"][0])
    aws.ec2.delete_subnet(SubnetId=net["subnets"][0])
    aws.ec2.delete_route_table(RouteTableId=table)


def test_routes(aws: Aws) -> None:
    net = aws.network()
    table = aws.ec2.create_route_table(VpcId=net["vpc"])["RouteTable"]["RouteTableId"]
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": net["gateway"]}
    aws.ec2.create_route(**route)
    aws.refused("RouteAlreadyExists", aws.ec2.create_route, **route)
    aws.ec2.replace_route(**route)
    aws.ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    aws.refused("InvalidRoute.NotFound", aws.ec2.delete_route, RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")


def test_client_tokens(aws: Aws) -> None:
    net = aws.network()
    asked = {"VpcId": net["vpc"], "ClientToken": "t1"}
    first = aws.ec2.create_route_table(**asked)["RouteTable"]["RouteTableId"]
    assert aws.ec2.create_route_table(**asked)["RouteTable"]["RouteTableId"] == first
    other = aws.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    aws.refused("IdempotentParameterMismatch", aws.ec2.create_route_table, VpcId=other, ClientToken="t1")
    image = aws.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    run = {
        "ImageId": image,
        "InstanceType": "t3.micro",
        "MinCount": 1,
        "MaxCount": 1,
        "SubnetId": net["subnets"][0],
        "ClientToken": "t2",
    }
    first = aws.ec2.run_instances(**run)["Instances"][0]["InstanceId"]
    assert aws.ec2.run_instances(**run)["Instances"][0]["InstanceId"] == first
    by_token = [{"Name": "client-token", "Values": ["t2"]}]
    [found] = aws.ec2.describe_instances(Filters=by_token)["Reservations"]
    assert [i["InstanceId"] for i in found["Instances"]] == [first]


def test_nat_gateways_take_their_time(aws: Aws) -> None:
    net, allocation = aws.network(), aws.address()
    tags = [{"ResourceType": "natgateway", "Tags": [{"Key": "env", "Value": "a"}]}]
    asked = {"SubnetId": net["subnets"][0], "AllocationId": allocation, "ClientToken": "t", "TagSpecifications": tags}
    gateway = aws.ec2.create_nat_gateway(**asked)["NatGateway"]["NatGatewayId"]
    assert aws.ec2.create_nat_gateway(**asked)["NatGateway"]["NatGatewayId"] == gateway

    def state() -> str:
        return aws.ec2.describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"][0]["State"]

    assert state() == "pending"
    aws.settle(90)
    assert state() == "available"
    by_tag = [{"Name": "tag:env", "Values": ["b"]}]
    assert aws.ec2.describe_nat_gateways(Filters=by_tag)["NatGateways"] == []
    by_tag = [{"Name": "tag:env", "Values": ["a"]}, {"Name": "state", "Values": ["available"]}]
    assert len(aws.ec2.describe_nat_gateways(Filters=by_tag)["NatGateways"]) == 1
    aws.refused("AuthFailure", aws.ec2.release_address, AllocationId=allocation)
    aws.refused("DependencyViolation", aws.ec2.delete_subnet, SubnetId=net["subnets"][0])
    aws.ec2.delete_nat_gateway(NatGatewayId=gateway)
    assert state() == "deleting"
    aws.refused("AuthFailure", aws.ec2.release_address, AllocationId=allocation)
    aws.settle(45)
    assert state() == "deleted"
    aws.refused("AuthFailure", aws.ec2.release_address, AllocationId=allocation)
    aws.settle(5)
    aws.ec2.release_address(AllocationId=allocation)
    aws.ec2.delete_subnet(SubnetId=net["subnets"][0])


def test_a_nat_gateway_without_a_way_out_fails(aws: Aws) -> None:
    net, allocation = aws.network(gateway=False), aws.address()
    gateway = aws.ec2.create_nat_gateway(SubnetId=net["subnets"][0], AllocationId=allocation)["NatGateway"][
        "NatGatewayId"
    ]
    aws.settle(90)
    [found] = aws.ec2.describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"]
    assert (found["State"], found["FailureCode"]) == ("failed", "Gateway.NotAttached")


def test_a_nat_gateway_can_be_made_to_fail(aws: Aws) -> None:
    net, allocation = aws.network(), aws.address()
    aws.strict("nat", {"count": 1})
    asked = {"SubnetId": net["subnets"][0], "AllocationId": allocation, "ClientToken": "t"}
    failed = aws.ec2.create_nat_gateway(**asked)["NatGateway"]["NatGatewayId"]
    aws.settle(10)
    [found] = aws.ec2.describe_nat_gateways(NatGatewayIds=[failed])["NatGateways"]
    assert (found["State"], found["FailureCode"]) == ("failed", "InternalError") and found["FailureMessage"]
    # The token belongs to the gateway that failed: only another one makes another gateway.
    assert aws.ec2.create_nat_gateway(**asked)["NatGateway"]["NatGatewayId"] == failed
    gateway = aws.ec2.create_nat_gateway(**{**asked, "ClientToken": "u"})["NatGateway"]["NatGatewayId"]
    assert gateway != failed
    aws.settle(90)
    assert aws.ec2.describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"][0]["State"] == "available"
    aws.settle(3600)
    aws.refused("NatGatewayNotFound", aws.ec2.describe_nat_gateways, NatGatewayIds=[failed])


def test_group_rules_can_be_listed(aws: Aws) -> None:
    net = aws.network()
    rules = aws.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [net["group"]]}])
    assert [r["IsEgress"] for r in rules["SecurityGroupRules"]] == [True]


def test_interfaces_can_be_found_by_group_and_subnet(aws: Aws) -> None:
    net = aws.network()
    aws.balancer(net)
    for name, value in [("group-id", net["group"]), ("vpc-id", net["vpc"])]:
        found = aws.ec2.describe_network_interfaces(Filters=[{"Name": name, "Values": [value]}])
        assert len(found["NetworkInterfaces"]) == 2
    by_subnet = [{"Name": "subnet-id", "Values": net["subnets"][:1]}]
    [found] = aws.ec2.describe_network_interfaces(Filters=by_subnet)["NetworkInterfaces"]
    assert found["Description"].startswith("ELB app/web/") and found["RequesterManaged"]


def test_what_does_not_exist_is_not_found(aws: Aws) -> None:
    net = aws.network()
    table = aws.ec2.create_route_table(VpcId=net["vpc"])["RouteTable"]["RouteTableId"]
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-0123456789abcdef0"}
    aws.refused("InvalidNatGatewayID.NotFound", aws.ec2.create_route, **route)
    group = {"GroupName": "a", "Description": "b", "VpcId": "vpc-0123456789abcdef0"}
    aws.refused("InvalidVpcID.NotFound", aws.ec2.create_security_group, **group)
    aws.refused("InvalidInstanceID.NotFound", aws.ec2.terminate_instances, InstanceIds=["i-0123456789abcdef0"])
    subnet = {"VpcId": net["vpc"], "CidrBlock": "10.0.9.0/24", "AvailabilityZone": "us-east-1a"}
    aws.refused("InvalidParameterValue", aws.ec2.create_subnet, **subnet)
    aws.refused("ResourceNotFoundException", aws.secretsmanager.describe_secret, status=400, SecretId="none")
