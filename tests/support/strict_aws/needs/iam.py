"""IAM. Source: Service Authorization Reference, AWS Identity and Access Management."""

from __future__ import annotations

from typing import Any

from ..policies import Need
from ..registry import Context
from .autoscaling import passing
from .common import iam_arn, request, resource

TAGGING = {"CreateRole": "iam:TagRole", "CreateInstanceProfile": "iam:TagInstanceProfile"}


def needs(context: Context) -> list[Need]:
    call, params = context.call, context.params
    action, role, profile = f"iam:{call.action}", params.get("RoleName"), params.get("InstanceProfileName")
    if call.action == "SimulatePrincipalPolicy":
        return [Need(action, params["PolicySourceArn"])]
    if profile:
        one, tags = iam_arn(context, f"instance-profile/{profile}"), _tags(context, "instance_profiles", profile)
    elif role:
        one, tags = iam_arn(context, f"role/{role}"), _tags(context, "roles", role)
    else:
        return [Need(action)]
    if call.action in TAGGING:
        given = request(params.get("Tags"))
        return [Need(action, one, given), *([Need(TAGGING[call.action], one, given)] if given else [])]
    found = [Need(action, one, resource(tags))]
    if call.action == "AddRoleToInstanceProfile":
        found.append(passing(context, role))
    return found


def _tags(context: Context, kind: str, name: str) -> dict[str, str]:
    for one in getattr(context.region.iam, kind).values():
        if one.name == name:
            return dict(map(_pair, one.tags.values() if isinstance(one.tags, dict) else one.tags or []))
    return {}


def _pair(tag: Any) -> tuple[str, str]:
    return tag["Key"], tag["Value"]
