"""What EC2 refuses to delete while it is in use.

Sources: EC2 API reference, the pages of the actions and "Error codes" (DependencyViolation, InvalidIPAddress.InUse,
Gateway.NotAttached); VPC user guide, "Delete your VPC".
"""

from __future__ import annotations

from typing import Any

from .. import endpoints, interfaces
from ..errors import AwsError, dependency
from ..interfaces import lingering_addresses
from ..registry import Context, handles


@handles("ec2", "DeleteSubnet")
def delete_subnet(context: Context) -> Any:
    subnet_id = context.params["SubnetId"]
    if interfaces.in_subnet(context.region, subnet_id):
        raise dependency(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
    answer = context.forward()
    # AWS drops the subnet's route table association with it; moto leaves it, and then refuses the table.
    for table in context.region.ec2.route_tables.values():
        for association, target in list(table._associations.items()):
            if target == subnet_id:
                del table._associations[association]
    return answer


@handles("ec2", "DeleteSecurityGroup")
def delete_security_group(context: Context) -> Any:
    ec2, group_id = context.region.ec2, context.params.get("GroupId")
    group = ec2.get_security_group_from_id(group_id) if group_id else None
    if group:
        if group.name == "default":
            raise AwsError(
                "CannotDelete", f'the specified group: "{group_id}" name: "default" cannot be deleted by a user'
            )
        if interfaces.in_group(context.region, group_id) or _referenced(ec2, group_id):
            raise dependency(f"resource {group_id} has a dependent object")
    return context.forward()


def _referenced(ec2: Any, group_id: str) -> bool:
    """By a rule of another group; its own rules do not hold it."""
    for groups in ec2.groups.values():
        for other in groups.values():
            if other.id == group_id:
                continue
            for rule in [*other.ingress_rules, *other.egress_rules]:
                if (rule.source_group or {}).get("GroupId") == group_id:
                    return True
    return False


@handles("ec2", "DetachInternetGateway")
def detach_internet_gateway(context: Context) -> Any:
    gateway_id, vpc_id = context.params["InternetGatewayId"], context.params["VpcId"]
    gateway = context.region.ec2.internet_gateways.get(gateway_id)
    if gateway and gateway.vpc and gateway.vpc.id == vpc_id:
        if any(i.public_ip for i in interfaces.in_vpc(context.region, vpc_id)):
            raise dependency(
                f"Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) before "
                "detaching the gateway."
            )
    return context.forward()


@handles("ec2", "DeleteInternetGateway")
def delete_internet_gateway(context: Context) -> Any:
    gateway_id = context.params["InternetGatewayId"]
    gateway = context.region.ec2.internet_gateways.get(gateway_id)
    if gateway and gateway.vpc:
        raise dependency(f"The internetGateway '{gateway_id}' has dependencies and cannot be deleted.")
    return context.forward()


@handles("ec2", "AttachInternetGateway")
def attach_internet_gateway(context: Context) -> Any:
    gateway_id, vpc_id = context.params["InternetGatewayId"], context.params["VpcId"]
    for gateway in context.region.ec2.internet_gateways.values():
        if gateway.vpc and gateway.id == gateway_id:
            raise AwsError(
                "Resource.AlreadyAssociated", f"resource {gateway_id} is already attached to network {gateway.vpc.id}"
            )
        if gateway.vpc and gateway.vpc.id == vpc_id:
            raise AwsError("InvalidParameterValue", f"Network {vpc_id} already has an internet gateway attached")
    return context.forward()


@handles("ec2", "DeleteVpc")
def delete_vpc(context: Context) -> Any:
    region, vpc_id = context.region, context.params["VpcId"]
    ec2 = region.ec2
    if vpc_id in ec2.vpcs:
        held = (
            any(s.vpc_id == vpc_id for zone in ec2.subnets.values() for s in zone.values())
            or any(g.vpc and g.vpc.id == vpc_id for g in ec2.internet_gateways.values())
            or any(g.name != "default" for g in ec2.groups.get(vpc_id, {}).values())
            or any(t.vpc_id == vpc_id and not t.main_association_id for t in ec2.route_tables.values())
            or interfaces.in_vpc(region, vpc_id)
            or any(e.vpc_id == vpc_id for e in endpoints.present(region))
        )
        if held:
            raise dependency(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
    return context.forward()


@handles("ec2", "ReleaseAddress")
def release_address(context: Context) -> Any:
    region, allocation = context.region, context.params.get("AllocationId")
    # What a NAT gateway holds answers as if it were another's, and does so for a moment after the gateway is gone
    # (seen in eformat/sno-for-100, issues 5 and 9).
    held = AwsError("AuthFailure", "You do not have permission to access the specified resource.")
    if lingering_addresses(region).get(allocation, -1.0) > region.now():
        raise held
    for address in region.ec2.addresses:
        if allocation and address.allocation_id == allocation and address.association_id:
            if address.eni is not None and address.eni.requester_managed:
                raise held
            # Action's page: "[Nondefault VPC] … Amazon EC2 returns an error (InvalidIPAddress.InUse)."
            raise AwsError("InvalidIPAddress.InUse", f"Address with allocation id {allocation} is in use.")
    return context.forward()


@handles("ec2", "DeleteRouteTable")
def delete_route_table(context: Context) -> Any:
    table_id = context.params["RouteTableId"]
    table = context.region.ec2.route_tables.get(table_id)
    if table and (table.main_association_id or table._associations):
        raise dependency(f"The routeTable '{table_id}' has dependencies and cannot be deleted.")
    answer = context.forward()
    # Its route to a gateway endpoint goes with it.
    for endpoint in endpoints.present(context.region):
        endpoint.route_table_ids = [t for t in endpoint.route_table_ids if t != table_id]
    return answer


@handles("ec2", "AssociateRouteTable")
def associate_route_table(context: Context) -> Any:
    subnet_id, table_id = context.params.get("SubnetId"), context.params["RouteTableId"]
    for table in context.region.ec2.route_tables.values():
        if subnet_id and subnet_id in table._associations.values() and table.id != table_id:
            association = next(a for a, s in table._associations.items() if s == subnet_id)
            raise AwsError(
                "Resource.AlreadyAssociated",
                f"the specified association for route table {table_id} conflicts with an existing association {association}",
            )
    return context.forward()


@handles("ec2", "DeleteNetworkInterface")
def delete_network_interface(context: Context) -> Any:
    interface = context.region.ec2.enis.get(context.params["NetworkInterfaceId"])
    if interface and (interface.status == "in-use" or interface.attachment_id):
        raise AwsError("InvalidParameterValue", f"Network interface '{interface.id}' is currently in use.")
    return context.forward()
