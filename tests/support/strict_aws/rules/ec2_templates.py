"""Launch templates and their versions.

Sources: EC2 API reference, CreateLaunchTemplate and CreateLaunchTemplateVersion ("SourceVersion … the new version
inherits the same launch parameters as the source version, except for parameters that you specify"),
DescribeLaunchTemplates; AWS.md, "Names and limits".
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import AwsError
from ..registry import Context, handles
from ..world import Region
from .ec2_instances import check_user_data

NAME = re.compile(r"[A-Za-z0-9().\-/_]{3,128}")

#: moto shows fifteen unless told, without a token for the rest.
PAGE = 100000


def given(region: Region) -> dict[tuple[str, int], dict[str, Any]]:
    """The data of each version as it was asked for, for those that inherit it."""
    return region.store("template data", lambda _region: {})


def _check(data: dict[str, Any]) -> None:
    check_user_data(data.get("UserData"))
    if data.get("NetworkInterfaces") and (data.get("SecurityGroupIds") or data.get("SecurityGroups")):
        raise AwsError(
            "InvalidParameterCombination",
            "Network interfaces and an instance-level security groups may not be specified on the same request",
        )
    for device in data.get("BlockDeviceMappings", []):
        ebs = device.get("Ebs", {})
        if ebs.get("Iops") and ebs.get("VolumeType", "gp2") == "gp2":
            raise AwsError("InvalidParameterCombination", "The parameter iops is not supported for gp2 volumes.")


@handles("ec2", "CreateLaunchTemplate")
def create(context: Context) -> Any:
    params = dict(context.params)
    if not NAME.fullmatch(params["LaunchTemplateName"]):
        raise AwsError(
            "InvalidLaunchTemplateName.MalformedException",
            "The launch template name must have 3 to 128 characters of letters, digits and ().-/_",
        )
    _check(params["LaunchTemplateData"])
    params.pop("ClientToken", None)
    answer = context.forward(params)
    given(context.region)[(answer["LaunchTemplate"]["LaunchTemplateId"], 1)] = params["LaunchTemplateData"]
    return answer


@handles("ec2", "CreateLaunchTemplateVersion")
def create_version(context: Context) -> Any:
    params, store = dict(context.params), given(context.region)
    template = _template(context, params)
    data = params["LaunchTemplateData"]
    if source := params.pop("SourceVersion", None):
        number = {"$Latest": template.latest_version_number, "$Default": template.default_version_number}.get(
            source, source
        )
        if (template.id, int(number)) not in store:
            raise AwsError(
                "InvalidLaunchTemplateId.VersionNotFound",
                f"Could not find launch template version {source} for {template.id}",
            )
        data = {**store[(template.id, int(number))], **data}
    _check(data)
    params["LaunchTemplateData"] = data
    params.pop("ClientToken", None)
    answer = context.forward(params)
    store[(template.id, answer["LaunchTemplateVersion"]["VersionNumber"])] = data
    return answer


def _template(context: Context, params: dict[str, Any]) -> Any:
    ec2 = context.region.ec2
    template_id, name = params.get("LaunchTemplateId"), params.get("LaunchTemplateName")
    if bool(template_id) == bool(name):
        raise AwsError(
            "MissingParameter" if not name else "InvalidParameterCombination",
            "Specify either a launch template ID or a launch template name.",
        )
    if name and name not in ec2.launch_template_name_to_ids:
        raise AwsError(
            "InvalidLaunchTemplateName.NotFoundException",
            f"The specified launch template, with template name {name}, does not exist.",
        )
    found = ec2.launch_templates.get(template_id or ec2.launch_template_name_to_ids[name])
    if found is None:
        raise AwsError(
            "InvalidLaunchTemplateId.NotFound",
            f"The specified launch template, with template ID {template_id}, does not exist.",
        )
    return found


@handles("ec2", "ModifyLaunchTemplate", "DeleteLaunchTemplate")
def existing(context: Context) -> Any:
    _template(context, context.params)
    params = {k: v for k, v in context.params.items() if k != "ClientToken"}
    return context.forward(params)


@handles("ec2", "DescribeLaunchTemplates")
def describe(context: Context) -> Any:
    for template_id in context.params.get("LaunchTemplateIds", []):
        _template(context, {"LaunchTemplateId": template_id})
    for name in context.params.get("LaunchTemplateNames", []):
        _template(context, {"LaunchTemplateName": name})
    return context.forward({**context.params, "MaxResults": context.params.get("MaxResults", PAGE)})


@handles("ec2", "DescribeLaunchTemplateVersions")
def describe_versions(context: Context) -> Any:
    params = context.params
    if params.get("LaunchTemplateId") or params.get("LaunchTemplateName"):
        _template(context, params)
    answer = context.forward({**params, "MaxResults": params.get("MaxResults", PAGE)})
    # "$Latest" and "$Default" may name the same version: it is shown once.
    seen, shown = set(), []
    for item in answer.get("LaunchTemplateVersions", []):
        key = (item["LaunchTemplateId"], item["VersionNumber"])
        if key not in seen:
            seen.add(key)
            shown.append(item)
    answer["LaunchTemplateVersions"] = shown
    return answer
