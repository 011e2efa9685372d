"""VPC endpoints, and prefix lists in the rules of groups."""

from __future__ import annotations

from typing import Any

from strict_aws.inventory import Account, take

from .conftest import ACCOUNT, REGION, Aws

S3 = f"com.amazonaws.{REGION}.s3"
SECRETS = f"com.amazonaws.{REGION}.secretsmanager"


def table(aws: Aws, net: dict[str, Any]) -> str:
    return aws.ec2.create_route_table(VpcId=net["vpc"])["RouteTable"]["RouteTableId"]


def routes(aws: Aws, table_id: str) -> list[dict[str, Any]]:
    found = aws.ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"][0]["Routes"]
    return [r for r in found if r.get("GatewayId") != "local"]


def gateway(aws: Aws, net: dict[str, Any], *tables: str, **more: Any) -> str:
    made = aws.ec2.create_vpc_endpoint(VpcId=net["vpc"], ServiceName=S3, RouteTableIds=list(tables), **more)
    return made["VpcEndpoint"]["VpcEndpointId"]


def private(net: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "VpcId": net["vpc"],
        "VpcEndpointType": "Interface",
        "ServiceName": SECRETS,
        "SubnetIds": net["subnets"],
        "SecurityGroupIds": [net["group"]],
        **more,
    }


def names(aws: Aws, net: dict[str, Any]) -> None:
    aws.ec2.modify_vpc_attribute(VpcId=net["vpc"], EnableDnsHostnames={"Value": True})


def state(aws: Aws, endpoint: str) -> str:
    return aws.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]["State"]


def prefix_list(aws: Aws) -> str:
    by_name = [{"Name": "prefix-list-name", "Values": [S3]}]
    return aws.ec2.describe_managed_prefix_lists(Filters=by_name)["PrefixLists"][0]["PrefixListId"]


def test_a_gateway_is_a_route(aws: Aws) -> None:
    net = aws.network()
    first, second = table(aws, net), table(aws, net)
    endpoint = gateway(aws, net, first)
    assert state(aws, endpoint) == "available"
    [route] = routes(aws, first)
    assert (route["GatewayId"], route["Origin"]) == (endpoint, "CreateRoute")
    assert route["DestinationPrefixListId"] == prefix_list(aws) and "DestinationCidrBlock" not in route
    again = {"VpcId": net["vpc"], "ServiceName": S3, "RouteTableIds": [first]}
    aws.refused("RouteAlreadyExists", aws.ec2.create_vpc_endpoint, **again)
    asked = {"RouteTableId": first, "DestinationPrefixListId": prefix_list(aws)}
    aws.refused("InvalidParameterValue", aws.ec2.delete_route, **asked)
    aws.refused("InvalidParameterValue", aws.ec2.create_route, **{**asked, "RouteTableId": second}, GatewayId=endpoint)
    aws.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[second], RemoveRouteTableIds=[first])
    assert routes(aws, first) == [] and len(routes(aws, second)) == 1
    aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert routes(aws, second) == [] and state(aws, endpoint) == "deleting"
    aws.settle(5)
    assert state(aws, endpoint) == "deleted"
    aws.settle(60)
    aws.refused("InvalidVpcEndpointId.NotFound", aws.ec2.describe_vpc_endpoints, VpcEndpointIds=[endpoint])


def test_an_interface_endpoint_holds_subnets_and_groups(aws: Aws) -> None:
    net = aws.network()
    names(aws, net)
    endpoint = aws.ec2.create_vpc_endpoint(**private(net))["VpcEndpoint"]
    identity = endpoint["VpcEndpointId"]
    assert endpoint["State"] == "pending" and len(endpoint["NetworkInterfaceIds"]) == 2
    aws.settle(60)
    assert state(aws, identity) == "available"
    found = aws.ec2.describe_network_interfaces(NetworkInterfaceIds=endpoint["NetworkInterfaceIds"])
    assert {g["GroupId"] for i in found["NetworkInterfaces"] for g in i["Groups"]} == {net["group"]}
    assert all(i["RequesterManaged"] for i in found["NetworkInterfaces"])
    aws.refused("DependencyViolation", aws.ec2.delete_subnet, SubnetId=net["subnets"][0])
    aws.refused("DependencyViolation", aws.ec2.delete_security_group, GroupId=net["group"])
    aws.ec2.modify_vpc_endpoint(VpcEndpointId=identity, RemoveSubnetIds=net["subnets"][:1])
    aws.ec2.delete_subnet(SubnetId=net["subnets"][0])
    aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[identity])
    assert state(aws, identity) == "deleting"
    aws.refused("DependencyViolation", aws.ec2.delete_security_group, GroupId=net["group"])
    aws.settle(60)
    assert state(aws, identity) == "deleted"
    aws.ec2.delete_security_group(GroupId=net["group"])


def test_groups_of_an_interface_endpoint_can_be_changed(aws: Aws) -> None:
    net = aws.network()
    endpoint = aws.ec2.create_vpc_endpoint(**private(net, PrivateDnsEnabled=False))["VpcEndpoint"]["VpcEndpointId"]
    other = aws.ec2.create_security_group(GroupName="other", Description="x", VpcId=net["vpc"])["GroupId"]
    swap = {"AddSecurityGroupIds": [other], "RemoveSecurityGroupIds": [net["group"]]}
    aws.refused(
        "InvalidParameter", aws.ec2.modify_vpc_endpoint, VpcEndpointId=endpoint, RemoveSecurityGroupIds=[net["group"]]
    )
    aws.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, **swap)
    aws.ec2.delete_security_group(GroupId=net["group"])
    aws.refused("DependencyViolation", aws.ec2.delete_security_group, GroupId=other)


def test_private_names(aws: Aws) -> None:
    net = aws.network()
    aws.refused("InvalidParameter", aws.ec2.create_vpc_endpoint, **private(net))
    names(aws, net)
    aws.ec2.create_vpc_endpoint(**private(net))
    aws.refused("InvalidParameter", aws.ec2.create_vpc_endpoint, **private(net))
    for service in ("ecr.api", "ecr.dkr"):
        aws.ec2.create_vpc_endpoint(**private(net, ServiceName=f"com.amazonaws.{REGION}.{service}"))


def test_wrong_endpoints(aws: Aws) -> None:
    net = aws.network()
    create = aws.ec2.create_vpc_endpoint
    aws.refused("InvalidServiceName", create, **private(net, ServiceName="com.amazonaws.us-east-1.ecr.api"))
    aws.refused("InvalidServiceName", create, VpcId=net["vpc"], ServiceName=SECRETS)
    twin = aws.ec2.create_subnet(VpcId=net["vpc"], CidrBlock="10.0.9.0/24", AvailabilityZone="eu-central-1a")
    same = [net["subnets"][0], twin["Subnet"]["SubnetId"]]
    aws.refused("DuplicateSubnetsInSameZone", create, **private(net, SubnetIds=same, PrivateDnsEnabled=False))
    [failed] = aws.ec2.delete_vpc_endpoints(VpcEndpointIds=["vpce-0123456789abcdef0"])["Unsuccessful"]
    assert failed["Error"]["Code"] == "InvalidVpcEndpoint.NotFound"


def test_endpoints_are_found_by_tag_and_token(aws: Aws) -> None:
    net = aws.network()
    tags = [{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "env", "Value": "a"}]}]
    endpoint = gateway(aws, net, TagSpecifications=tags, ClientToken="t")
    assert gateway(aws, net, TagSpecifications=tags, ClientToken="t") == endpoint
    for name, value, count in [("tag:env", "a", 1), ("tag:env", "b", 0), ("vpc-id", net["vpc"], 1)]:
        found = aws.ec2.describe_vpc_endpoints(Filters=[{"Name": name, "Values": [value]}])["VpcEndpoints"]
        assert len(found) == count, name


def test_endpoints_hold_the_network_and_are_in_the_inventory(aws: Aws) -> None:
    net = aws.network(gateway=False)
    endpoint = gateway(aws, net, table(aws, net))
    [found] = [i for i in take(Account(aws.url, ACCOUNT, REGION)) if i["kind"] == "vpc-endpoint"]
    assert (found["id"], found["properties"]["type"]) == (endpoint, "Gateway")
    for subnet in net["subnets"]:
        aws.ec2.delete_subnet(SubnetId=subnet)
    aws.ec2.delete_security_group(GroupId=net["group"])
    aws.ec2.delete_route_table(RouteTableId=found["properties"]["route_tables"][0])
    aws.refused("DependencyViolation", aws.ec2.delete_vpc, VpcId=net["vpc"])
    aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    aws.settle(5)
    aws.ec2.delete_vpc(VpcId=net["vpc"])


def test_rules_with_prefix_lists(aws: Aws) -> None:
    net, listed = aws.network(), prefix_list(aws)
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    asked = {"GroupId": net["group"], "IpPermissions": [{**rule, "PrefixListIds": [{"PrefixListId": listed}]}]}
    aws.ec2.authorize_security_group_egress(**asked)
    aws.refused("InvalidPermission.Duplicate", aws.ec2.authorize_security_group_egress, **asked)
    unknown = [{**rule, "PrefixListIds": [{"PrefixListId": "pl-0123456789abcdef0"}]}]
    aws.refused(
        "InvalidPrefixListID.NotFound",
        aws.ec2.authorize_security_group_egress,
        GroupId=net["group"],
        IpPermissions=unknown,
    )

    def shown() -> list[str]:
        [group] = aws.ec2.describe_security_groups(GroupIds=[net["group"]])["SecurityGroups"]
        return [p["PrefixListId"] for each in group["IpPermissionsEgress"] for p in each.get("PrefixListIds", [])]

    assert shown() == [listed]
    rules = aws.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [net["group"]]}])
    assert [r["PrefixListId"] for r in rules["SecurityGroupRules"] if "PrefixListId" in r] == [listed]
    [group] = [i for i in take(Account(aws.url, ACCOUNT, REGION)) if i["kind"] == "security-group"]
    assert any(listed in each for each in group["properties"]["egress"])
    aws.ec2.revoke_security_group_egress(**asked)
    assert shown() == []
