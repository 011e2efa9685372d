"""Secrets Manager. Source: Service Authorization Reference, AWS Secrets Manager."""

from __future__ import annotations

from ..policies import Need
from ..registry import Context
from .common import arn, request

ALL = ("BatchGetSecretValue", "GetRandomPassword", "ListSecrets")


def needs(context: Context) -> list[Need]:
    call, params = context.call, context.params
    action = f"secretsmanager:{call.action}"
    if call.action in ALL:
        return [Need(action)]
    if call.action != "CreateSecret":
        return [of(context, call.action, params["SecretId"])]
    one, given = arn(context, "secretsmanager", f"secret:{params['Name']}"), request(params.get("Tags"))
    return [Need(action, one, given), *([Need("secretsmanager:TagResource", one, given)] if given else [])]


def of(context: Context, action: str, identifier: str) -> Need:
    """An action on one secret, by its name or its ARN."""
    found = context.region.backend("secretsmanager").secrets.get(identifier)
    if found is None:
        whole = identifier if identifier.startswith("arn:") else arn(context, "secretsmanager", f"secret:{identifier}")
        return Need(f"secretsmanager:{action}", whole)
    tags = {f"secretsmanager:ResourceTag/{t['Key']}": t["Value"] for t in found.tags or []}
    return Need(f"secretsmanager:{action}", found.arn, tags)
