"""Auto Scaling groups as the API sees them.

Sources: Auto Scaling API reference (CreateAutoScalingGroup: AlreadyExists, ValidationError; DeleteAutoScalingGroup:
ResourceInUse, ScalingActivityInProgress; DescribeAutoScalingGroups: filters by tag); AWS.md, "Names and limits".
"""

from __future__ import annotations

from typing import Any

from ..errors import AwsError, validation
from ..groups import DELETE_SECONDS, Group, groups, set_tag, shown_tag
from ..launch import check, version
from ..registry import Context, handles
from ..world import Region
from .elb_targets import group_of

PLAIN = (
    "TerminationPolicies",
    "NewInstancesProtectedFromScaleIn",
    "CapacityRebalance",
    "MaxInstanceLifetime",
    "DefaultInstanceWarmup",
    "ServiceLinkedRoleARN",
    "InstanceMaintenancePolicy",
    "PlacementGroup",
)


def group(region: Region, name: str) -> Group:
    found = groups(region).get(name)
    if found is None:
        raise validation("AutoScalingGroup name not found - no such group: " + name)
    return found


@handles("autoscaling", "CreateAutoScalingGroup")
def create(context: Context) -> Any:
    region, params = context.region, context.params
    name = params["AutoScalingGroupName"]
    if ":" in name:
        raise validation(f"Invalid AutoScalingGroupName: {name}")
    if name in groups(region):
        raise AwsError(
            "AlreadyExists",
            "AutoScalingGroup by this name already exists - A group with the name " + name + " already exists",
        )
    new = Group(region, name)
    if not params.get("VPCZoneIdentifier"):
        raise validation("The strict layer needs VPCZoneIdentifier: it places no instances in the default VPC")
    _take(region, new, params)
    for arn in params.get("TargetGroupARNs", []):
        group_of(region, arn)
    new.target_groups = list(params.get("TargetGroupARNs", []))
    for tag in params.get("Tags", []):
        set_tag(new, tag)
    groups(region)[name] = new
    new.reconcile()
    return {}


def _take(region: Region, target: Group, params: dict[str, Any]) -> None:
    """Checks everything, then changes the group."""
    low, high = params.get("MinSize", target.minimum), params.get("MaxSize", target.maximum)
    if low > high:
        raise validation("Max bound must be greater than or equal to min bound")
    desired = params.get("DesiredCapacity")
    if desired is None:
        desired = min(max(target.desired, low), high)
    if not low <= desired <= high:
        side = "below min size" if desired < low else "above max size"
        raise validation(
            f"Desired capacity:{desired} must be between the specified min size:{low} and max size:{high} ({side})"
        )
    if params.get("MixedInstancesPolicy") or params.get("LaunchConfigurationName"):
        raise validation("The strict layer knows groups with a launch template alone")
    wanted = params.get("LaunchTemplate") or target.template
    if not wanted:
        raise validation(
            "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter."
        )
    if wanted.get("LaunchTemplateId") and wanted.get("LaunchTemplateName") and params.get("LaunchTemplate"):
        raise validation("Valid requests must contain either launchTemplateId or LaunchTemplateName")
    subnets = (
        [s for s in params["VPCZoneIdentifier"].split(",") if s] if params.get("VPCZoneIdentifier") else target.subnets
    )
    vpcs = set()
    for subnet_id in subnets:
        try:
            vpcs.add(region.ec2.get_subnet(subnet_id).vpc_id)
        except Exception:
            raise validation(f"The subnet ID '{subnet_id}' does not exist") from None
    if len(vpcs) > 1:
        raise validation("The subnets are in different VPCs")
    kind = params.get("HealthCheckType", target.health_type)
    if not set(kind.split(",")) <= {"EC2", "ELB", "EBS", "VPC_LATTICE"}:
        raise validation(f"{kind} is not a valid HealthCheckType")
    if params.get("LaunchTemplate"):
        check(region, version(region, wanted).data, subnets)
    target.minimum, target.maximum, target.desired = low, high, desired
    target.template, target.subnets = dict(wanted), subnets
    target.health_type = kind
    target.grace = params.get("HealthCheckGracePeriod", target.grace)
    target.cooldown = params.get("DefaultCooldown", target.cooldown)
    target.extra.update({k: params[k] for k in PLAIN if params.get(k) is not None})
    target.blocked_until = 0.0


@handles("autoscaling", "UpdateAutoScalingGroup")
def update(context: Context) -> Any:
    target = group(context.region, context.params["AutoScalingGroupName"])
    if target.deleting:
        raise AwsError("ScalingActivityInProgress", "The Auto Scaling group is being deleted")
    _take(context.region, target, context.params)
    target.leave()
    target.reconcile()
    return {}


@handles("autoscaling", "SetDesiredCapacity")
def set_desired(context: Context) -> Any:
    target = group(context.region, context.params["AutoScalingGroupName"])
    _take(context.region, target, {"DesiredCapacity": context.params["DesiredCapacity"]})
    target.reconcile()
    return {}


@handles("autoscaling", "DeleteAutoScalingGroup")
def delete(context: Context) -> Any:
    region = context.region
    target = group(region, context.params["AutoScalingGroupName"])
    if target.deleting:
        raise AwsError(
            "ScalingActivityInProgress",
            "You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.",
        )
    if not context.params.get("ForceDelete"):
        if target.living():
            raise AwsError(
                "ResourceInUse",
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.",
            )
        if target.members:
            raise AwsError(
                "ScalingActivityInProgress",
                "You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.",
            )
    for refresh in target.refreshes:
        refresh.stop("Cancelled")
    target.delete()

    def gone() -> None:
        target.gone = True
        groups(region).pop(target.name, None)

    if target.members:
        region.after(DELETE_SECONDS, gone)
    else:
        gone()
    return {}


def shown(target: Group) -> dict[str, Any]:
    zones = sorted(
        {target.region.ec2.get_subnet(s).availability_zone for s in target.subnets if _exists(target.region, s)}
    )
    return {
        "AutoScalingGroupName": target.name,
        "AutoScalingGroupARN": target.arn,
        "LaunchTemplate": target.shown_template(),
        "MinSize": target.minimum,
        "MaxSize": target.maximum,
        "DesiredCapacity": target.desired,
        "DefaultCooldown": target.cooldown,
        "AvailabilityZones": zones,
        "TargetGroupARNs": list(target.target_groups),
        "LoadBalancerNames": [],
        "HealthCheckType": target.health_type,
        "HealthCheckGracePeriod": target.grace,
        "Instances": [m.shown() for m in target.members],
        "CreatedTime": target.created,
        "SuspendedProcesses": [],
        "VPCZoneIdentifier": ",".join(target.subnets),
        "EnabledMetrics": [],
        "Tags": [shown_tag(target, k) for k in sorted(target.tags)],
        "TerminationPolicies": ["Default"],
        "NewInstancesProtectedFromScaleIn": False,
        **target.extra,
        **({"Status": "Delete in progress"} if target.deleting else {}),
    }


def _exists(region: Region, subnet_id: str) -> bool:
    return any(subnet_id in zone for zone in region.ec2.subnets.values())


@handles("autoscaling", "DescribeAutoScalingGroups")
def describe(context: Context) -> Any:
    params = context.params
    found = [
        g
        for g in groups(context.region).values()
        if not params.get("AutoScalingGroupNames") or g.name in params["AutoScalingGroupNames"]
    ]
    for each in params.get("Filters", []):
        name, values = each["Name"], each["Values"]
        if name.startswith("tag:"):
            found = [g for g in found if g.tags.get(name[4:], (None,))[0] in values]
        elif name == "tag-key":
            found = [g for g in found if any(k in values for k in g.tags)]
        elif name == "tag-value":
            found = [g for g in found if any(v in values for v, _ in g.tags.values())]
        else:
            raise validation(
                f"Filter type {name} is not valid. The valid Filter types are tag-key, tag-value and tag:<key>."
            )
    return {"AutoScalingGroups": [shown(g) for g in found]}


@handles("autoscaling", "DescribeAutoScalingInstances")
def describe_instances(context: Context) -> Any:
    wanted = context.params.get("InstanceIds")
    items = []
    for each in groups(context.region).values():
        for member in each.members:
            if not wanted or member.instance.id in wanted:
                item = {**member.shown(), "AutoScalingGroupName": each.name}
                item["HealthStatus"] = item["HealthStatus"].upper()
                items.append(item)
    return {"AutoScalingInstances": items}


@handles("autoscaling", "TerminateInstanceInAutoScalingGroup")
def terminate_instance(context: Context) -> Any:
    for each in groups(context.region).values():
        for member in each.living():
            if member.instance.id == context.params["InstanceId"]:
                if context.params["ShouldDecrementDesiredCapacity"]:
                    if each.desired <= each.minimum:
                        raise validation(
                            "Currently, desiredSize equals minSize. Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size."
                        )
                    each.desired -= 1
                each.terminate(member, "instance was taken out of service in response to a user request")
                each.reconcile()
                return {"Activity": each.activities[0]}
    raise validation(
        f"Instance Id not found - No managed instance found for instance ID: {context.params['InstanceId']}"
    )


@handles("autoscaling", "DescribeScalingActivities")
def activities(context: Context) -> Any:
    name = context.params.get("AutoScalingGroupName")
    found = [group(context.region, name)] if name else list(groups(context.region).values())
    items = [a for g in found for a in g.activities]
    most = context.params.get("MaxRecords", 100)
    if wanted := context.params.get("ActivityIds"):
        items = [a for a in items if a["ActivityId"] in wanted]
    return {"Activities": items[:most]}
