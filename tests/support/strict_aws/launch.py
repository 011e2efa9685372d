"""How Auto Scaling makes instances of a launch template.

Sources: EC2 user guide, "Use a Systems Manager parameter instead of an AMI ID in launch templates"; Auto Scaling user
guide, "Troubleshoot: instance launch failures"; AWS.md, "Eventual consistency".
"""

from __future__ import annotations

import base64
import gzip
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES

from .errors import AwsError, validation
from .rules.ec2_instances import begin, check_profile, check_user_data
from .world import Region

ALIAS = "resolve:ssm:"


class LaunchFailed(Exception):
    """What the activity's StatusMessage says."""


def template(region: Region, wanted: dict[str, Any]) -> Any:
    ec2 = region.ec2
    template_id = wanted.get("LaunchTemplateId") or ec2.launch_template_name_to_ids.get(
        wanted.get("LaunchTemplateName")
    )
    found = ec2.launch_templates.get(template_id)
    if found is None:
        raise validation(
            "You must use a valid fully-formed launch template. The specified launch template does not exist."
        )
    return found


def version(region: Region, wanted: dict[str, Any]) -> Any:
    found = template(region, wanted)
    number = wanted.get("Version") or "$Default"
    try:
        return found.get_version(number)
    except Exception:
        raise validation(
            f"You must use a valid fully-formed launch template. The specified launch template, with template ID {found.id}, and version {number} does not exist."
        ) from None


def image(region: Region, image_id: str | None) -> str:
    if not image_id:
        raise LaunchFailed(
            "You must use a valid fully-formed launch template. The request must contain the parameter ImageId"
        )
    if image_id.startswith(ALIAS):
        name = image_id.removeprefix(ALIAS)
        parameter = region.backend("ssm").get_parameter(name)
        if parameter is None:
            raise LaunchFailed(f"The parameter {name} cannot be resolved: Systems Manager parameter not found.")
        return str(parameter.value)
    return image_id


def check(region: Region, data: dict[str, Any], subnet_ids: list[str]) -> None:
    """What CreateAutoScalingGroup finds out before it promises anything."""
    try:
        _resolve(region, data, subnet_ids[0] if subnet_ids else None)
    except LaunchFailed as problem:
        text = str(problem)
        prefix = "You must use a valid fully-formed launch template. "
        raise validation(text if text.startswith(prefix) else prefix + text) from None


def _resolve(region: Region, data: dict[str, Any], subnet_id: str | None) -> dict[str, Any]:
    ec2 = region.ec2
    image_id = image(region, data.get("ImageId"))
    try:
        [found] = ec2.describe_images(ami_ids=[image_id])
    except Exception:
        raise LaunchFailed(f"The image id '[{image_id}]' does not exist") from None
    interfaces = data.get("NetworkInterfaces") or []
    groups = list(data.get("SecurityGroupIds") or []) + [
        g for i in interfaces for g in i.get("Groups") or i.get("SecurityGroupId") or []
    ]
    vpc_id = ec2.get_subnet(subnet_id).vpc_id if subnet_id else None
    for group_id in groups:
        group = ec2.get_security_group_from_id(group_id)
        if group is None:
            raise LaunchFailed(f"The security group '{group_id}' does not exist")
        if vpc_id and group.vpc_id != vpc_id:
            raise LaunchFailed(f"Security group {group_id} and subnet {subnet_id} belong to different networks.")
    try:
        check_user_data(data.get("UserData"))
        check_profile(region, data.get("IamInstanceProfile"))
    except AwsError as problem:
        raise LaunchFailed(problem.message) from None
    if not data.get("InstanceType"):
        raise LaunchFailed("The request must contain the parameter InstanceType")
    _check_architecture(data["InstanceType"], found.architecture)
    public = interfaces[0].get("AssociatePublicIpAddress") if interfaces else None
    return {"image_id": image_id, "groups": groups, "public": public}


def _check_architecture(instance_type: str, architecture: str) -> None:
    known = INSTANCE_TYPES.get(instance_type, {}).get("ProcessorInfo", {}).get("SupportedArchitectures")
    if known and architecture not in known:
        raise LaunchFailed(
            f"The architecture '{','.join(known)}' of the specified instance type does not match the architecture "
            f"'{architecture}' of the specified AMI. Specify an instance type and an AMI that have matching "
            "architectures, and try again."
        )


def launch(region: Region, data: dict[str, Any], subnet_id: str, tags: dict[str, str]) -> Any:
    """A pending instance, or LaunchFailed."""
    resolved = _resolve(region, data, subnet_id)
    user_data = data.get("UserData")
    devices = [
        {"DeviceName": d["DeviceName"], "Ebs": {"VolumeSize": 8, "DeleteOnTermination": True, **d["Ebs"]}}
        for d in data.get("BlockDeviceMappings") or []
        if d.get("Ebs")
    ]
    ec2 = region.ec2
    try:
        reservation = ec2.run_instances(
            resolved["image_id"],
            1,
            user_data,
            [],
            security_group_ids=resolved["groups"]
            or [ec2.get_default_security_group(ec2.get_subnet(subnet_id).vpc_id).id],
            instance_type=data["InstanceType"],
            is_instance_type_default=False,
            region_name=region.name,
            subnet_id=subnet_id,
            key_name=data.get("KeyName"),
            associate_public_ip=resolved["public"],
            metadata_options=data.get("MetadataOptions") or {},
            tags={"instance": {**_tags(data, "instance"), **tags}, "volume": _tags(data, "volume")},
            **({"block_device_mappings": devices} if devices else {}),
        )
    except Exception as problem:
        raise LaunchFailed(getattr(problem, "message", None) or str(problem)) from None
    instance = reservation.instances[0]
    if profile := data.get("IamInstanceProfile"):
        found = next(
            p
            for p in region.iam.instance_profiles.values()
            if profile.get("Name") == p.name or profile.get("Arn") == p.arn
        )
        instance.iam_instance_profile = {"Arn": found.arn, "Id": found.id}
    instance.strict_sick = is_sick(region, user_data)
    begin(region, instance)
    return instance


def _tags(data: dict[str, Any], kind: str) -> dict[str, str]:
    specifications = [s for s in data.get("TagSpecifications") or [] if s.get("ResourceType") == kind]
    return {t["Key"]: t.get("Value", "") for s in specifications for t in s.get("Tags") or []}


def is_sick(region: Region, user_data: Any) -> bool:
    """Whether a test said that instances of this user data never become healthy (`/strict/sick`)."""
    decoded = base64.b64decode(str(user_data or ""))
    # As cloud-init does.
    text = (gzip.decompress(decoded) if decoded.startswith(b"\x1f\x8b") else decoded).decode(errors="replace")
    return any(mark in text for mark in region.world.sick)
