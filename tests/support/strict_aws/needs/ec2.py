"""EC2: what a call makes is judged by the tags that it gives, what it names by the tags that are there.

Source: Service Authorization Reference, Amazon EC2; EC2 user guide, "Grant permission to tag Amazon EC2 resources during
creation".
"""

from __future__ import annotations

from collections.abc import Iterator

from ..lag import READS
from ..policies import Need
from ..registry import Context
from .common import arn, request, resource

MADE = {
    "AllocateAddress": "elastic-ip",
    "CreateInternetGateway": "internet-gateway",
    "CreateLaunchTemplate": "launch-template",
    "CreateNatGateway": "natgateway",
    "CreateRouteTable": "route-table",
    "CreateSecurityGroup": "security-group",
    "CreateSubnet": "subnet",
    "CreateVpc": "vpc",
    "CreateVpcEndpoint": "vpc-endpoint",
}
NAMED = {
    "AllocationId": "elastic-ip",
    "GroupId": "security-group",
    "InternetGatewayId": "internet-gateway",
    "LaunchTemplateId": "launch-template",
    "NatGatewayId": "natgateway",
    "RouteTableId": "route-table",
    "SecurityGroupId": "security-group",
    "SubnetId": "subnet",
    "VpcEndpointId": "vpc-endpoint",
    "VpcId": "vpc",
}
#: Judged by their table alone, wherever the route leads to.
ROUTES = ("CreateRoute", "DeleteRoute", "ReplaceRoute")


def needs(context: Context) -> list[Need]:
    call = context.call
    action = f"ec2:{call.action}"
    if call.action.startswith(READS):
        return [Need(action)]
    found = [Need(action, arn(context, "ec2", f"{k}/{i}"), tags(context, i)) for k, i in _named(context)]
    kind = MADE.get(call.action)
    if kind:
        specified = [t for s in call.params.get("TagSpecifications") or [] for t in s.get("Tags") or []]
        made, given = arn(context, "ec2", f"{kind}/*"), request(specified)
        found.append(Need(action, made, given))
        if specified:
            found.append(Need("ec2:CreateTags", made, {**given, "ec2:CreateAction": call.action}))
    return found or [Need(action)]


def tags(context: Context, identifier: str) -> dict[str, str]:
    return resource(context.region.ec2.tags.get(identifier, {}))


def _named(context: Context) -> Iterator[tuple[str, str]]:
    params = context.params
    if context.call.action in ROUTES:
        yield "route-table", params["RouteTableId"]
        return
    if association := params.get("AssociationId"):
        for table in context.region.ec2.route_tables.values():
            if subnet := table._associations.get(association):
                yield from (("route-table", table.id), ("subnet", subnet))
    for name, value in params.items():
        single = name.removeprefix("Add").removeprefix("Remove").removesuffix("s")
        if kind := NAMED.get(single):
            yield from ((kind, i) for i in (value if isinstance(value, list) else [value]))


def run_instances(context: Context, template: str, data: dict, subnets: list[str]) -> list[Need]:
    """What starting an instance of a launch template is judged on."""
    named = [("launch-template", template), *(("subnet", s) for s in subnets)]
    named += [("security-group", g) for g in data.get("SecurityGroupIds") or []]
    found = [Need("ec2:RunInstances", arn(context, "ec2", f"{k}/{i}"), tags(context, i)) for k, i in named]
    image = f"arn:aws:ec2:{context.region.name}::image/*"
    others = [arn(context, "ec2", f"{kind}/*") for kind in ("instance", "network-interface", "volume")]
    return found + [Need("ec2:RunInstances", one) for one in [*others, image]]
