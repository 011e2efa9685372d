"""Permissions that a test takes away (`POST /strict/deny`), in the service's own words.

Sources: EC2 API reference, "Error codes" (UnauthorizedOperation, 403); IAM user guide, "Access denied error messages".
"""

from __future__ import annotations

import fnmatch

from .call import Call
from .errors import AwsError

#: botocore's service name -> the prefix of its actions in policies, where the two differ.
PREFIXES = {"elbv2": "elasticloadbalancing", "resourcegroupstaggingapi": "tag"}


def action_name(call: Call) -> str:
    return f"{PREFIXES.get(call.service, call.service)}:{call.action}"


def denied(patterns: list[str], action: str) -> bool:
    return any(fnmatch.fnmatchcase(action.lower(), p.lower()) for p in patterns)


def caller(account: str) -> str:
    return f"arn:aws:iam::{account}:user/strict"


def check(patterns: list[str], call: Call) -> None:
    action = action_name(call)
    if not denied(patterns, action):
        return
    message = f"User: {caller(call.account)} is not authorized to perform: {action} because no identity-based policy allows the {action} action"
    if call.service == "ec2":
        raise AwsError("UnauthorizedOperation", f"You are not authorized to perform this operation. {message}", 403)
    raise AwsError(
        "AccessDeniedException" if call.protocol == "json" else "AccessDenied",
        message,
        400 if call.protocol == "json" else 403,
    )
