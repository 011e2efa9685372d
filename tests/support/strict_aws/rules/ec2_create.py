"""Names, and what a network may hold twice.

Sources: EC2 API reference, CreateSecurityGroup (characters, not `sg-…`), "Error codes" (InvalidGroup.Duplicate,
InvalidPermission.Duplicate); AWS.md, "Names and limits" (unique in its network ignoring case).
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import AwsError, invalid, missing
from ..registry import Context, handles

TEXT = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}")


@handles("ec2", "CreateSubnet")
def create_subnet(context: Context) -> Any:
    zone = context.params.get("AvailabilityZone")
    zones = [z.name for z in context.region.ec2.describe_availability_zones()]
    if zone and zone not in zones:
        raise invalid(
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the "
            f"following availability zones: {', '.join(zones)}."
        )
    return context.forward()


@handles("ec2", "CreateRoute", "ReplaceRoute")
def create_route(context: Context) -> Any:
    _not_to_an_endpoint(context)
    gateway = context.params.get("NatGatewayId")
    known = context.region.ec2.nat_gateways
    if gateway and (gateway not in known or known[gateway].state in ("deleted", "failed")):
        raise AwsError("InvalidNatGatewayID.NotFound", f"The natGateway ID '{gateway}' does not exist")
    return context.forward()


def _not_to_an_endpoint(context: Context) -> None:
    """PrivateLink guide, "Gateway endpoints": their routes are made and removed by the endpoint alone."""
    params = context.params
    if str(params.get("GatewayId", "")).startswith("vpce-"):
        raise invalid("Cannot create or replace a prefix list route targeting a VPC Endpoint.")
    table = context.region.ec2.route_tables.get(params["RouteTableId"])
    wanted = params.get("DestinationPrefixListId")
    for route in table._routes.values() if table and wanted else []:
        if route.destination_prefix_list_id == wanted and str(route.gateway_id).startswith("vpce-"):
            raise invalid(f"cannot change or remove the VPC endpoint route {wanted} in route table {table.id}")


@handles("ec2", "DeleteRoute")
def delete_route(context: Context) -> Any:
    _not_to_an_endpoint(context)
    return context.forward()


@handles("ec2", "CreateSecurityGroup")
def create_security_group(context: Context) -> Any:
    params = context.params
    name, description, vpc_id = params["GroupName"], params["Description"], params.get("VpcId")
    if not vpc_id:
        raise missing("VpcId")
    if vpc_id not in context.region.ec2.vpcs:
        raise AwsError("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")
    if not TEXT.fullmatch(name) or name.lower().startswith("sg-"):
        raise invalid(
            f"Value ({name}) for parameter GroupName is invalid. Character sets beyond ASCII are not supported."
        )
    if not TEXT.fullmatch(description):
        raise invalid(
            f"Value ({description}) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported."
        )
    for group in context.region.ec2.groups.get(vpc_id, {}).values():
        if group.name.lower() == name.lower():
            raise AwsError("InvalidGroup.Duplicate", f"The security group '{name}' already exists for VPC '{vpc_id}'")
    return context.forward()


@handles("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def authorize(context: Context) -> Any:
    """A rule's description has its own characters (botocore's model, IpRange.Description)."""
    for permission in context.params.get("IpPermissions", []):
        for member in ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds"):
            for each in permission.get(member, []):
                if each.get("Description") and not TEXT.fullmatch(each["Description"]):
                    raise invalid(
                        "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
                    )
        for each in permission.get("PrefixListIds", []):
            # EC2 API reference, "Error codes": InvalidPrefixListID.NotFound.
            if each.get("PrefixListId") not in context.region.ec2.managed_prefix_lists:
                raise AwsError(
                    "InvalidPrefixListID.NotFound", f"The prefix list ID '{each.get('PrefixListId')}' does not exist"
                )
        for pair in permission.get("UserIdGroupPairs", []):
            if pair.get("GroupId") and context.region.ec2.get_security_group_from_id(pair["GroupId"]) is None:
                raise AwsError(
                    "InvalidGroup.NotFound",
                    f"You have specified two resources that belong to different networks, or the group '{pair['GroupId']}' does not exist",
                )
    return context.forward()
