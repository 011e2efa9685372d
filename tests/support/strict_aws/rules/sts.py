"""Who one is.

Sources: STS API reference, GetCallerIdentity, AssumeRole (AccessDenied); BACKENDS.md: moto lets a role be assumed that
does not exist.
"""

from __future__ import annotations

from typing import Any

from ..errors import AwsError
from ..permissions import caller
from ..registry import Context, handles


@handles("sts", "GetCallerIdentity")
def identity(context: Context) -> Any:
    if not context.call.access_key.startswith("ASIA"):
        account = context.call.account
        return {"UserId": "AIDASTRICTSTRICTSTRIC", "Account": account, "Arn": caller(account)}
    return context.forward()


@handles("sts", "AssumeRole")
def assume(context: Context) -> Any:
    arn = context.params["RoleArn"]
    account, _, name = arn.split(":")[4], *arn.partition(":role/")[1:]
    name = name.rsplit("/", 1)[-1]
    roles = context.world.region(account, context.call.region).iam.roles.values()
    if not any(r.name == name and r.arn == arn for r in roles):
        who = caller(context.call.account)
        raise AwsError(
            "AccessDenied", f"User: {who} is not authorized to perform: sts:AssumeRole on resource: {arn}", 403
        )
    return context.forward()
