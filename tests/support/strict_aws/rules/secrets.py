"""Secrets: names that stay blocked, deletion that takes a while.

Sources: Secrets Manager API reference, CreateSecret, DeleteSecret ("Secrets Manager performs the actual deletion with an
asynchronous background process, so there might be a short delay"), RestoreSecret; AWS.md, "Secret deletion" and "Names
and limits".
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import AwsError
from ..needs.secretsmanager import of
from ..registry import Context, handles

#: How long a forced deletion goes on blocking the name.
FORCED_SECONDS = 10.0
DAY_SECONDS = 86400.0
NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")
#: "Do not end your secret name with a hyphen followed by six characters." AWS takes it; a program must not do it.
CONFUSING = re.compile(r".*-[A-Za-z0-9]{6}")
LONGEST = 65536


def request(message: str) -> AwsError:
    return AwsError("InvalidRequestException", message)


def _blocked(context: Context) -> dict[str, float]:
    return context.region.store("deleted secrets", lambda _region: {})


def _find(context: Context, secret_id: str) -> Any:
    return context.region.backend("secretsmanager").secrets.get(secret_id)


def _check_value(context: Context) -> None:
    text, binary = context.params.get("SecretString"), context.params.get("SecretBinary")
    if text is not None and binary is not None:
        raise AwsError(
            "InvalidParameterException",
            "You can't specify both a binary secret value and a string secret value in the same secret.",
        )
    if len((text or "").encode()) > LONGEST or len(binary or b"") > LONGEST:
        raise AwsError("ValidationException", f"The secret value must have at most {LONGEST} bytes")


@handles("secretsmanager", "CreateSecret")
def create(context: Context) -> Any:
    name = context.params["Name"]
    if not NAME.fullmatch(name):
        raise AwsError(
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
        )
    if CONFUSING.fullmatch(name):
        context.world.record.violation(
            context.call, "advice", f"the secret's name {name} ends in a hyphen and six characters"
        )
    _check_value(context)
    found = _find(context, name)
    scheduled = found is not None and found.is_deleted()
    if scheduled or _blocked(context).get(name, -1.0) > context.region.now():
        raise request("You can't create this secret because a secret with this name is already scheduled for deletion.")
    return context.forward()


@handles("secretsmanager", "PutSecretValue", "UpdateSecret")
def put(context: Context) -> Any:
    _check_value(context)
    found = _find(context, context.params["SecretId"])
    if found is not None and found.is_deleted():
        raise request("You can't perform this operation on the secret because it was marked for deletion.")
    return context.forward()


@handles("secretsmanager", "TagResource", "UntagResource")
def tag(context: Context) -> Any:
    found = _find(context, context.params["SecretId"])
    if found is not None and found.is_deleted():
        raise request("You can't perform this operation on the secret because it was marked for deletion.")
    return context.forward()


@handles("secretsmanager", "DeleteSecret")
def delete(context: Context) -> Any:
    region, params = context.region, context.params
    force, days = params.get("ForceDeleteWithoutRecovery", False), params.get("RecoveryWindowInDays")
    if force and days is not None:
        raise AwsError(
            "InvalidParameterException",
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        )
    if days is not None and not 7 <= days <= 30:
        raise AwsError(
            "InvalidParameterException", "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
        )
    found = _find(context, params["SecretId"])
    if found is not None and any(t["Key"] == "aws:secretsmanager:owningService" for t in found.tags or []):
        raise request("You can't delete this secret: it is managed by another service.")
    if found is not None and found.is_deleted() and not force:
        raise request("You can't perform this operation on the secret because it was already scheduled for deletion.")
    answer = context.forward()
    if found is None:
        return answer
    if force:
        _blocked(context)[found.name] = region.now() + FORCED_SECONDS
        return answer
    due = found.deleted_date

    def purge() -> None:
        # Restored, or deleted anew, since then?
        if found.is_deleted() and found.deleted_date == due:
            region.backend("secretsmanager").secrets.pop(found.arn)

    region.after((days or 30) * DAY_SECONDS, purge)
    return answer


#: BatchGetSecretValue: "If there are more … than MaxResults": at most 20 a page.
PAGE = 20


def _may_read(context: Context, secret: str) -> bool:
    try:
        context.world.policies.check(context.call, [of(context, "GetSecretValue", secret)])
    except AwsError:
        return False
    return True


@handles("secretsmanager", "BatchGetSecretValue")
def batch(context: Context) -> Any:
    """With filters it gives what ListSecrets lists, and that leaves out what is scheduled for deletion."""
    if not (filters := context.params.get("Filters")):
        return context.forward()
    listed = context.forward({"Filters": filters}, "ListSecrets")["SecretList"]
    start, size = int(context.params.get("NextToken", 0)), context.params.get("MaxResults", PAGE)
    page = [secret["ARN"] for secret in listed][start : start + size]
    allowed = [one for one in page if _may_read(context, one)]
    answer = context.forward({"SecretIdList": allowed}) if allowed else {"SecretValues": [], "Errors": []}
    refusal = {"ErrorCode": "AccessDeniedException", "Message": "You are not authorized to access the secret."}
    answer["Errors"] += [{"SecretId": one, **refusal} for one in page if one not in allowed]
    if start + size < len(listed):
        answer["NextToken"] = str(start + size)
    return answer
