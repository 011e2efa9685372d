"""Limits of an account that RDS and Auto Scaling tell of, with AWS's defaults.

Sources: RDS API reference, DescribeAccountAttributes; Auto Scaling API reference, DescribeAccountLimits; RDS user guide,
"Quotas and constraints". Nothing is refused by them.
"""

from __future__ import annotations

from typing import Any

from ..groups import groups
from ..rds_store import databases
from ..registry import Context, handles


@handles("rds", "DescribeAccountAttributes")
def attributes(context: Context) -> Any:
    store = databases(context.region)
    storage = sum(instance["AllocatedStorage"] for instance in store.instances.values())
    quotas = {
        "DBInstances": (len(store.instances), 40),
        "DBParameterGroups": (len(store.parameter_groups), 50),
        "AllocatedStorage": (storage, 100000),
        "DBSubnetGroups": (len(store.subnet_groups), 50),
    }
    shown = [{"AccountQuotaName": name, "Used": used, "Max": most} for name, (used, most) in quotas.items()]
    return {"AccountQuotas": shown}


@handles("autoscaling", "DescribeAccountLimits")
def limits(context: Context) -> Any:
    return {
        "MaxNumberOfAutoScalingGroups": 500,
        "MaxNumberOfLaunchConfigurations": 200,
        "NumberOfAutoScalingGroups": len(groups(context.region)),
        "NumberOfLaunchConfigurations": 0,
    }
