"""The calls around instance refreshes.

Source: Auto Scaling API reference, StartInstanceRefresh, CancelInstanceRefresh, RollbackInstanceRefresh and their
errors.
"""

from __future__ import annotations

from typing import Any

from ..errors import AwsError, validation
from ..launch import check, version
from ..refresh import Refresh
from ..registry import Context, handles
from .autoscaling_groups import group


@handles("autoscaling", "StartInstanceRefresh")
def start(context: Context) -> Any:
    region, params = context.region, context.params
    target = group(region, params["AutoScalingGroupName"])
    if any(r.active for r in target.refreshes):
        raise AwsError(
            "InstanceRefreshInProgress",
            "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.",
        )
    if target.deleting:
        raise AwsError("ScalingActivityInProgress", "The Auto Scaling group is being deleted")
    preferences = params.get("Preferences", {})
    low, high = preferences.get("MinHealthyPercentage"), preferences.get("MaxHealthyPercentage")
    if high is not None and low is None:
        raise validation("MinHealthyPercentage must be specified with MaxHealthyPercentage")
    if high is not None and high - low > 100:
        raise validation(
            "The difference between MaxHealthyPercentage and MinHealthyPercentage cannot be greater than 100"
        )
    desired = params.get("DesiredConfiguration", {}).get("LaunchTemplate")
    if preferences.get("AutoRollback"):
        if not desired:
            raise validation("Auto rollback requires a desired configuration")
        for each in (desired, target.template):
            if str(each.get("Version", "$Default")).startswith("$"):
                raise validation("Auto rollback cannot be used with a launch template version of $Latest or $Default")
    check(region, version(region, desired or target.template).data, target.subnets)
    refresh = Refresh(target, desired, preferences)
    target.refreshes.insert(0, refresh)
    return {"InstanceRefreshId": refresh.id}


@handles("autoscaling", "DescribeInstanceRefreshes")
def describe(context: Context) -> Any:
    target = group(context.region, context.params["AutoScalingGroupName"])
    wanted = context.params.get("InstanceRefreshIds")
    found = [r for r in target.refreshes if not wanted or r.id in wanted]
    return {"InstanceRefreshes": [r.shown() for r in found]}


def _active(context: Context, code: str) -> Refresh:
    target = group(context.region, context.params.get("AutoScalingGroupName", ""))
    for refresh in target.refreshes:
        if refresh.status in ("Pending", "InProgress"):
            return refresh
    raise AwsError(code, "No in progress or pending Instance Refresh found for Auto Scaling group " + target.name)


@handles("autoscaling", "CancelInstanceRefresh")
def cancel(context: Context) -> Any:
    refresh = _active(context, "ActiveInstanceRefreshNotFound")
    refresh.cancel()
    return {"InstanceRefreshId": refresh.id}


@handles("autoscaling", "RollbackInstanceRefresh")
def roll_back(context: Context) -> Any:
    refresh = _active(context, "ActiveInstanceRefreshNotFound")
    if not refresh.desired:
        raise AwsError(
            "IrreversibleInstanceRefresh", "The instance refresh has no desired configuration to roll back from"
        )
    refresh.roll_back()
    return {"InstanceRefreshId": refresh.id}
