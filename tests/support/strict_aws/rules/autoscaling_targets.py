"""Which target groups an Auto Scaling group registers its instances with.

Source: Auto Scaling API reference, AttachLoadBalancerTargetGroups, DetachLoadBalancerTargetGroups.
"""

from __future__ import annotations

from typing import Any

from ..errors import validation
from ..registry import Context, handles
from .autoscaling_groups import group
from .elb_targets import deregister, group_of, register


@handles("autoscaling", "AttachLoadBalancerTargetGroups")
def attach_target_groups(context: Context) -> Any:
    target = group(context.region, context.params["AutoScalingGroupName"])
    for arn in context.params["TargetGroupARNs"]:
        group_of(context.region, arn)
        if arn not in target.target_groups:
            target.target_groups.append(arn)
            for member in target.in_service():
                register(context.region, arn, member.instance.id)
    return {}


@handles("autoscaling", "DetachLoadBalancerTargetGroups")
def detach_target_groups(context: Context) -> Any:
    target = group(context.region, context.params["AutoScalingGroupName"])
    for arn in context.params["TargetGroupARNs"]:
        if arn not in target.target_groups:
            raise validation(f"Trying to remove Target Groups that are not part of the group: {arn}")
        target.target_groups.remove(arn)
        for member in target.members:
            deregister(context.region, arn, member.instance.id)
    return {}


@handles("autoscaling", "DescribeLoadBalancerTargetGroups")
def describe_target_groups(context: Context) -> Any:
    target = group(context.region, context.params["AutoScalingGroupName"])
    return {
        "LoadBalancerTargetGroups": [
            {"LoadBalancerTargetGroupARN": a, "State": "InService"} for a in target.target_groups
        ]
    }
