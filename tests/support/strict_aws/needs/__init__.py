"""What a call must be allowed: its own action and those that go with it, each on its resources.

Source: Service Authorization Reference, "Actions, resources, and condition keys" of each service. Tags of a resource that
does not exist are none, so a policy that asks for them refuses it: AWS is no milder for certain.
"""

from __future__ import annotations

from ..policies import Need
from ..registry import Context
from . import autoscaling, ec2, elbv2, iam, rds, secretsmanager

SERVICES = {m.__name__.rsplit(".", 1)[-1]: m for m in (autoscaling, ec2, elbv2, iam, rds, secretsmanager)}


def of(context: Context) -> list[Need]:
    call = context.call
    if call.key == ("sts", "GetCallerIdentity"):
        # STS API reference: "No permissions are required".
        return []
    service = SERVICES.get(call.service)
    return service.needs(context) if service else [Need(f"{call.service}:{call.action}")]
