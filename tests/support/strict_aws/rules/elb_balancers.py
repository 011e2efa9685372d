"""Load balancers: provisioning for two and a half minutes; their interfaces outlive them.

Sources: ELBv2 API reference (CreateLoadBalancer: names, zones, "if you try to create a load balancer with the same
name and settings, the existing one is returned"; DeleteLoadBalancer: OperationNotPermitted under deletion protection);
AWS.md, "Names and limits", "Behaviour".
"""

from __future__ import annotations

import re
from typing import Any

from .. import interfaces
from ..errors import AwsError, validation
from ..registry import Context, handles
from ..world import Region

PROVISION_SECONDS = 150.0
#: How long its interfaces hold the subnets and groups of a load balancer that is gone.
LINGER_SECONDS = 120.0
NAME = re.compile(r"(?!internal-)[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?")


class Balancers:
    def __init__(self, _region: Region):
        self.active_at: dict[str, float] = {}
        self.interfaces: dict[str, list[str]] = {}
        self.settings: dict[str, Any] = {}


def balancers(region: Region) -> Balancers:
    return region.store("load balancers", Balancers)


def not_found(arn: str) -> AwsError:
    return AwsError("LoadBalancerNotFound", f"Load balancer '{arn}' not found")


def check_name(name: str, what: str) -> None:
    if not NAME.fullmatch(name):
        raise validation(
            f"The {what} name '{name}' must have at most 32 characters, only letters, digits and hyphens, and none of "
            "these at an end"
        )


def _check_subnets(region: Region, subnets: list[str], kind: str) -> None:
    zones = []
    for subnet_id in subnets:
        try:
            zones.append(region.ec2.get_subnet(subnet_id).availability_zone)
        except Exception:
            raise AwsError("SubnetNotFound", f"The subnet ID '{subnet_id}' does not exist") from None
    if len(set(zones)) != len(zones):
        raise AwsError(
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        )
    if kind == "application" and len(zones) < 2:
        raise validation("At least two subnets in two different Availability Zones must be specified")


def _check_groups(region: Region, groups: list[str]) -> None:
    for group_id in groups:
        if region.ec2.get_security_group_from_id(group_id) is None:
            raise AwsError("InvalidSecurityGroup", f"The security group '{group_id}' does not exist")


def _subnets_of(params: dict[str, Any]) -> list[str]:
    return params.get("Subnets") or [m["SubnetId"] for m in params.get("SubnetMappings") or []]


@handles("elbv2", "CreateLoadBalancer")
def create(context: Context) -> Any:
    region, params = context.region, dict(context.params)
    check_name(params["Name"], "load balancer")
    kind, subnets = params.get("Type", "application"), _subnets_of(params)
    if not subnets:
        raise validation("You must specify subnets or an availability zone")
    _check_subnets(region, subnets, kind)
    params.setdefault("Type", "application")
    params.setdefault("Scheme", "internet-facing")
    if kind == "application" and not params.get("SecurityGroups"):
        vpc_id = region.ec2.get_subnet(subnets[0]).vpc_id
        params["SecurityGroups"] = [region.ec2.get_default_security_group(vpc_id).id]
    _check_groups(region, params.get("SecurityGroups", []))
    if params["Scheme"] == "internet-facing":
        vpc_id = region.ec2.get_subnet(subnets[0]).vpc_id
        if not any(g.vpc and g.vpc.id == vpc_id for g in region.ec2.internet_gateways.values()):
            raise AwsError("InvalidSubnet", f"VPC {vpc_id} has no internet gateway")
    store = balancers(region)
    settings = _settings(params, subnets)
    for arn, balancer in region.elbv2.load_balancers.items():
        if balancer.name == params["Name"]:
            if store.settings.get(arn) != settings:
                raise AwsError(
                    "DuplicateLoadBalancerName",
                    f"A load balancer with the same name '{params['Name']}' exists, but with different settings",
                )
            return _described(context, [arn])
    answer = context.forward(params)
    arn = answer["LoadBalancers"][0]["LoadBalancerArn"]
    store.settings[arn] = settings
    store.active_at[arn] = region.now() + PROVISION_SECONDS
    _hold(region, arn)
    _show_states(region, answer)
    return answer


def _settings(params: dict[str, Any], subnets: list[str]) -> Any:
    return (
        params.get("Type"),
        params.get("Scheme"),
        sorted(subnets),
        sorted(params.get("SecurityGroups", [])),
        params.get("IpAddressType", "ipv4"),
        sorted((t["Key"], t.get("Value")) for t in params.get("Tags", [])),
    )


def _hold(region: Region, arn: str) -> None:
    """One interface a subnet, in the load balancer's groups; those of before are given back at once."""
    store, balancer = balancers(region), region.elbv2.load_balancers[arn]
    for interface in store.interfaces.get(arn, []):
        interfaces.release(region, interface)
    label = arn.split(":loadbalancer/")[1]
    kind = "network_load_balancer" if balancer.type == "network" else "interface"
    public = balancer.scheme != "internal"
    store.interfaces[arn] = [
        interfaces.hold(region, s.id, list(balancer.security_groups), f"ELB {label}", kind, public).id
        for s in balancer.subnets
    ]


def _show_states(region: Region, answer: dict[str, Any]) -> None:
    for item in answer.get("LoadBalancers", []):
        due = balancers(region).active_at.get(item["LoadBalancerArn"], 0.0)
        item["State"] = {"Code": "active" if region.now() >= due else "provisioning"}


def _described(context: Context, arns: list[str]) -> dict[str, Any]:
    answer = context.forward({"LoadBalancerArns": arns}, action="DescribeLoadBalancers")
    _show_states(context.region, answer)
    return answer


@handles("elbv2", "DescribeLoadBalancers")
def describe(context: Context) -> Any:
    answer = context.forward()
    _show_states(context.region, answer)
    return answer


@handles("elbv2", "DeleteLoadBalancer")
def delete(context: Context) -> Any:
    region, arn = context.region, context.params["LoadBalancerArn"]
    balancer = region.elbv2.load_balancers.get(arn)
    if balancer is None:
        # Action's page: "If the load balancer does not exist or has already been deleted, the call succeeds."
        return {}
    if str(balancer.attrs.get("deletion_protection.enabled")).lower() == "true":
        raise AwsError(
            "OperationNotPermitted", f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        )
    context.forward()
    store = balancers(region)
    store.settings.pop(arn, None)
    store.active_at.pop(arn, None)
    for interface in store.interfaces.pop(arn, []):
        region.after(LINGER_SECONDS, lambda interface=interface: interfaces.release(region, interface))
    return {}


@handles("elbv2", "DescribeTags")
def describe_tags(context: Context) -> Any:
    """One unknown among several refuses the whole call: the answer has no place for it (API reference, DescribeTags,
    "Errors")."""
    elb = context.region.elbv2
    listeners = {arn for balancer in elb.load_balancers.values() for arn in balancer.listeners}
    for arn in context.params["ResourceArns"]:
        if ":loadbalancer/" in arn and arn not in elb.load_balancers:
            raise not_found(arn)
        if ":targetgroup/" in arn and arn not in elb.target_groups:
            raise AwsError("TargetGroupNotFound", f"Target groups '{arn}' not found")
        if ":listener/" in arn and arn not in listeners:
            raise AwsError("ListenerNotFound", f"Listeners '{arn}' not found")
    return context.forward()


@handles("elbv2", "SetSecurityGroups")
def set_security_groups(context: Context) -> Any:
    region, arn = context.region, context.params["LoadBalancerArn"]
    if arn not in region.elbv2.load_balancers:
        raise not_found(arn)
    _check_groups(region, context.params["SecurityGroups"])
    answer = context.forward()
    _hold(region, arn)
    return answer


@handles("elbv2", "SetSubnets")
def set_subnets(context: Context) -> Any:
    region, arn = context.region, context.params["LoadBalancerArn"]
    balancer = region.elbv2.load_balancers.get(arn)
    if balancer is None:
        raise not_found(arn)
    _check_subnets(region, _subnets_of(context.params), balancer.type)
    answer = context.forward()
    _hold(region, arn)
    return answer
