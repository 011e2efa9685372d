"""VPC endpoints: the interfaces and routes through which they reach into a network.

Sources: see rules/ec2_endpoints.py.
"""

from __future__ import annotations

from typing import Any

from . import interfaces
from .errors import AwsError
from .world import Region

#: Services with a gateway; all that are listed, but DynamoDB, take interfaces too.
GATEWAYS = ("s3", "dynamodb")
INTERFACES = ("s3", "secretsmanager", "ecr.api", "ecr.dkr", "logs", "ssm", "ssmmessages", "ec2messages", "sts", "kms")


def present(region: Region) -> list[Any]:
    return [e for e in region.ec2.vpc_end_points.values() if e.state != "deleted"]


def is_gateway(endpoint: Any) -> bool:
    return endpoint.vpc_endpoint_type == "Gateway"


def check_subnets(region: Region, endpoint_subnets: list[str]) -> None:
    zones = [region.ec2.get_subnet(s).availability_zone for s in endpoint_subnets]
    if len(set(zones)) != len(zones):
        raise AwsError(
            "DuplicateSubnetsInSameZone", "Found another VPC endpoint subnet in the availability zone of a subnet."
        )


def check_tables(region: Region, vpc_id: str, service: str, tables: list[str]) -> None:
    for table_id in tables:
        if region.ec2.get_route_table(table_id).vpc_id != vpc_id:
            raise AwsError("InvalidParameter", f"Route table {table_id} belongs to a different network than {vpc_id}")
        for other in present(region):
            if is_gateway(other) and other.service_name == service and table_id in other.route_table_ids:
                raise AwsError(
                    "RouteAlreadyExists",
                    f"route table {table_id} already has a route with destination-prefix-list-id {other.destination_prefix_list_id}",
                )


def check_groups(region: Region, vpc_id: str, groups: list[str]) -> None:
    for group_id in groups:
        group = region.ec2.get_security_group_from_id(group_id)
        if group is None or group.vpc_id != vpc_id:
            raise AwsError(
                "InvalidSecurityGroupId.NotFound", f"The security group '{group_id}' does not exist in VPC '{vpc_id}'"
            )


def route(region: Region, endpoint: Any, tables: list[str]) -> None:
    for table_id in tables:
        region.ec2.create_route(
            table_id, None, gateway_id=endpoint.id, destination_prefix_list_id=endpoint.destination_prefix_list_id
        )


def unroute(region: Region, endpoint: Any, tables: list[str]) -> None:
    for table_id in tables:
        table = region.ec2.route_tables.get(table_id)
        for key, each in list(table._routes.items()) if table else []:
            if each.gateway_id == endpoint.id:
                del table._routes[key]


def place(region: Region, endpoint: Any) -> None:
    """An interface in each of its subnets, in its groups."""
    held = {region.ec2.enis[i].subnet.id: i for i in endpoint.network_interface_ids if i in region.ec2.enis}
    for subnet_id, interface_id in held.items():
        if subnet_id not in endpoint.subnet_ids:
            interfaces.release(region, interface_id)
        else:
            found = [region.ec2.get_security_group_from_id(g) for g in endpoint.security_group_ids]
            region.ec2.enis[interface_id]._group_set = found
    what = f"VPC Endpoint Interface {endpoint.id}"
    for subnet_id in endpoint.subnet_ids:
        if subnet_id not in held:
            held[subnet_id] = interfaces.hold(region, subnet_id, endpoint.security_group_ids, what, "vpc_endpoint").id
    endpoint.network_interface_ids = [held[s] for s in endpoint.subnet_ids]


def remove(region: Region, endpoint: Any) -> None:
    for interface in endpoint.network_interface_ids:
        interfaces.release(region, interface)
    endpoint.network_interface_ids = []
