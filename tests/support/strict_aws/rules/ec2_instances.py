"""Instances: pending for half a minute, shutting down for another.

Sources: BACKENDS.md (times); EC2 user guide, "Instance state changes" and "Run commands when you launch" (user data
up to 16 KB before encoding); AWS.md, "Eventual consistency" (a fresh instance profile is refused).
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from ..errors import AwsError, invalid
from ..registry import Context, handles
from ..world import Region

PENDING_SECONDS = 30.0
STOPPING_SECONDS = 30.0
#: EC2 user guide, "Terminate instances": what is terminated is described for an hour at most.
TERMINATED_SECONDS = 3600.0
#: A fresh profile is not known to EC2 at once. AWS.md says up to two minutes; ten seconds are enough to be seen.
PROFILE_SECONDS = 10.0
USER_DATA_BYTES = 16 * 1024


def started(region: Region) -> dict[str, float]:
    """When each instance came to run."""
    return region.store("instances running since", lambda _region: {})


def check_user_data(encoded: Any) -> None:
    if not encoded:
        return
    try:
        decoded = base64.b64decode(str(encoded), validate=True)
    except (binascii.Error, ValueError):
        raise AwsError("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.") from None
    if len(decoded) > USER_DATA_BYTES:
        raise invalid("User data is limited to 16384 bytes")


def check_profile(region: Region, wanted: dict[str, str] | None) -> None:
    if not wanted:
        return
    name, arn = wanted.get("Name"), wanted.get("Arn")
    profile = next(
        (p for p in region.iam.instance_profiles.values() if (name and p.name == name) or (arn and p.arn == arn)), None
    )
    created = region.world.region(region.account, "aws").store("profiles", lambda _region: {})
    what = f"Value ({name or arn}) for parameter iamInstanceProfile.{'name' if name else 'arn'} is invalid."
    if profile is None or region.now() < created.get(profile.name, -PROFILE_SECONDS) + PROFILE_SECONDS:
        raise invalid(f"{what} Invalid IAM Instance Profile {'name' if name else 'ARN'}")
    if not profile.roles:
        raise invalid(f"{what} IAM Instance Profile has no associated IAM Roles")


def begin(region: Region, instance: Any) -> None:
    instance._state.name, instance._state.code = "pending", 0
    for interface in instance.nics.values():
        interface.delete_on_termination = True
        interface.status = "in-use"

    def runs() -> None:
        if instance._state.name == "pending":
            instance._state.name, instance._state.code = "running", 16
            started(region)[instance.id] = region.now()

    region.after(PENDING_SECONDS, runs)


def end(region: Region, instance: Any) -> None:
    if instance._state.name in ("shutting-down", "terminated"):
        return
    instance._state.name, instance._state.code = "shutting-down", 32
    started(region).pop(instance.id, None)

    def gone() -> None:
        # Its interfaces and addresses go with it, not before.
        instance.terminate()
        for interface in list(instance.nics.values()):
            region.ec2.enis.pop(interface.id, None)
        for address in region.ec2.addresses:
            if address.instance is instance or address.eni in instance.nics.values():
                address.eni = address.instance = address.association_id = None
        region.after(TERMINATED_SECONDS, forgotten)

    def forgotten() -> None:
        for reservation in list(region.ec2.reservations.values()):
            if instance in reservation.instances:
                reservation.instances.remove(instance)
            if not reservation.instances:
                region.ec2.reservations.pop(reservation.id, None)
        region.ec2.tags.pop(instance.id, None)

    region.after(STOPPING_SECONDS, gone)


@handles("ec2", "RunInstances")
def run_instances(context: Context) -> Any:
    region, params = context.region, dict(context.params)
    check_user_data(params.get("UserData"))
    check_profile(region, params.get("IamInstanceProfile"))
    _resolve_image(region, params)
    answer = context.forward(params)
    for item in answer["Instances"]:
        begin(region, region.ec2.get_instance(item["InstanceId"]))
        item["State"] = {"Code": 0, "Name": "pending"}
    return answer


def _resolve_image(region: Region, params: dict[str, Any]) -> None:
    """An image by its parameter, as Auto Scaling and RunInstances alike take it."""
    from ..launch import LaunchFailed, image, version

    named = params.get("ImageId")
    if not named and params.get("LaunchTemplate"):
        named = version(region, params["LaunchTemplate"]).data.get("ImageId")
    try:
        params["ImageId"] = image(region, named)
    except LaunchFailed as problem:
        raise invalid(str(problem)) from None


@handles("ec2", "TerminateInstances")
def terminate_instances(context: Context) -> Any:
    region, changes = context.region, []
    found = region.ec2.get_multi_instances_by_id(context.params["InstanceIds"])
    for instance in found:
        if instance.disable_api_termination is True:
            raise AwsError(
                "OperationNotPermitted",
                f"The instance '{instance.id}' may not be terminated. Modify its 'disableApiTermination' instance "
                "attribute and try again.",
            )
    for instance in found:
        before = {"Code": instance._state.code, "Name": instance._state.name}
        end(region, instance)
        after = {"Code": instance._state.code, "Name": instance._state.name}
        changes.append({"InstanceId": instance.id, "PreviousState": before, "CurrentState": after})
    return {"TerminatingInstances": changes}
