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
    raise refused(call, action)


def refused(call: Call, action: str, resource: str | None = None) -> AwsError:
    on = f" on resource: {resource}" if resource and resource != "*" else ""
    message = f"User: {caller(call.account)} is not authorized to perform: {action}{on} because no identity-based policy allows the {action} action"
    if call.service == "ec2":
        return AwsError("UnauthorizedOperation", f"You are not authorized to perform this operation. {message}", 403)
    json = call.protocol == "json"
    return AwsError("AccessDeniedException" if json else "AccessDenied", message, 400 if json else 403)
