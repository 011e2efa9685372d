"""Roles and instance profiles: what holds what.

Sources: IAM API reference, DeleteRole and DeleteInstanceProfile (DeleteConflict), AddRoleToInstanceProfile
(LimitExceeded: one role a profile), RemoveRoleFromInstanceProfile (NoSuchEntity), CreateRole; AWS.md, "Names and
limits" (a role is unique ignoring case).
"""

from __future__ import annotations

from typing import Any

from ..errors import AwsError
from ..registry import Context, handles


def no_such(what: str, name: str) -> AwsError:
    return AwsError("NoSuchEntity", f"The {what} with name {name} cannot be found.", 404)


def conflict(message: str) -> AwsError:
    return AwsError("DeleteConflict", message, 409)


def _role(context: Context, name: str) -> Any:
    for role in context.region.iam.roles.values():
        if role.name == name:
            return role
    raise no_such("role", name)


@handles("iam", "CreateRole")
def create_role(context: Context) -> Any:
    name = context.params["RoleName"]
    if any(r.name.lower() == name.lower() for r in context.region.iam.roles.values()):
        raise AwsError("EntityAlreadyExists", f"Role with name {name} already exists.", 409)
    _check_tags(context)
    return context.forward()


@handles("iam", "DeleteRole")
def delete_role(context: Context) -> Any:
    role = _role(context, context.params["RoleName"])
    if any(role in p.roles for p in context.region.iam.instance_profiles.values()):
        raise conflict("Cannot delete entity, must remove roles from instance profile first.")
    if role.managed_policies:
        raise conflict("Cannot delete entity, must detach all policies first.")
    if role.policies:
        raise conflict("Cannot delete entity, must delete policies first.")
    return context.forward()


@handles("iam", "CreateInstanceProfile")
def create_profile(context: Context) -> Any:
    name = context.params["InstanceProfileName"]
    if any(p.name.lower() == name.lower() for p in context.region.iam.instance_profiles.values()):
        raise AwsError("EntityAlreadyExists", f"Instance Profile {name} already exists.", 409)
    _check_tags(context)
    answer = context.forward()
    # EC2 learns of it later; see ec2_instances.check_profile.
    everywhere = context.world.region(context.call.account, "aws")
    everywhere.store("profiles", lambda _region: {})[name] = context.world.timeline.now()
    return answer


def _check_tags(context: Context) -> None:
    for tag in context.params.get("Tags", []):
        if tag["Key"].lower().startswith("aws:"):
            raise AwsError("InvalidInput", "Tag keys beginning with aws: are reserved for system use.")


@handles("iam", "AddRoleToInstanceProfile")
def add_role(context: Context) -> Any:
    profile = _profile(context)
    _role(context, context.params["RoleName"])
    if profile.roles:
        raise AwsError("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1", 409)
    return context.forward()


@handles("iam", "RemoveRoleFromInstanceProfile")
def remove_role(context: Context) -> Any:
    """moto breaks where the profile does not hold the role."""
    name = context.params["RoleName"]
    if _role(context, name) not in _profile(context).roles:
        raise no_such("role", name)
    return context.forward()


@handles("iam", "DeleteInstanceProfile")
def delete_profile(context: Context) -> Any:
    if _profile(context).roles:
        raise conflict("Cannot delete entity, must remove roles from instance profile first.")
    return context.forward()


def _profile(context: Context) -> Any:
    name = context.params["InstanceProfileName"]
    for profile in context.region.iam.instance_profiles.values():
        if profile.name == name:
            return profile
    raise no_such("instance profile", name)


@handles("iam", "ListInstanceProfileTags")
def profile_tags(context: Context) -> Any:
    tags = _profile(context).tags
    pairs = tags.items() if isinstance(tags, dict) else [(t["Key"], t["Value"]) for t in tags]
    return {"Tags": [{"Key": k, "Value": v} for k, v in pairs], "IsTruncated": False}
