"""Auto Scaling, and what it asks of EC2, IAM and Systems Manager in the caller's name.

Sources: Service Authorization Reference, Amazon EC2 Auto Scaling; Auto Scaling user guide, "Control Amazon EC2 launch
template usage in Auto Scaling groups": ec2:RunInstances and iam:PassRole are judged when a group gets a launch template.
"""

from __future__ import annotations

from typing import Any

from ..groups import groups
from ..lag import READS
from ..launch import ALIAS
from ..policies import Need
from ..registry import Context
from . import ec2
from .common import arn, iam_arn, request, resource


def needs(context: Context) -> list[Need]:
    call, params = context.call, context.params
    action, name = f"autoscaling:{call.action}", params.get("AutoScalingGroupName", "*")
    if call.action.startswith(READS):
        return [Need(action)]
    made = arn(context, "autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{name}")
    if call.action == "CreateAutoScalingGroup":
        given = request(params.get("Tags"))
        found = [Need(action, made, given)]
        if given:
            found.append(Need("autoscaling:CreateOrUpdateTags", made, given))
    else:
        group = groups(context.region).get(name)
        tags = {k: v for k, (v, _) in group.tags.items()} if group else {}
        found = [Need(action, group.arn if group else made, resource(tags))]
    return found + (_launch(context, params["LaunchTemplate"]) if params.get("LaunchTemplate") else [])


def _launch(context: Context, wanted: dict[str, Any]) -> list[Need]:
    template = context.region.ec2.launch_templates.get(wanted.get("LaunchTemplateId"))
    if template is None:
        # The rule refuses it.
        return []
    data = template.get_version(wanted.get("Version") or "$Default").data
    subnets = [s for s in (context.params.get("VPCZoneIdentifier") or "").split(",") if s]
    found = ec2.run_instances(context, template.id, data, subnets)
    kinds = [s["ResourceType"] for s in data.get("TagSpecifications") or []]
    if any(t.get("PropagateAtLaunch") for t in context.params.get("Tags") or []):
        kinds.append("instance")
    for kind in kinds:
        found.append(Need("ec2:CreateTags", arn(context, "ec2", f"{kind}/*"), {"ec2:CreateAction": "RunInstances"}))
    profile = (data.get("IamInstanceProfile") or {}).get("Name")
    for role in [r for p in context.region.iam.instance_profiles.values() if p.name == profile for r in p.roles]:
        found.append(passing(context, role.name))
    if str(data.get("ImageId")).startswith(ALIAS):
        parameter = f"arn:aws:ssm:{context.region.name}::parameter{data['ImageId'].removeprefix(ALIAS)}"
        found.append(Need("ssm:GetParameters", parameter))
    return found


def passing(context: Context, role: str) -> Need:
    return Need("iam:PassRole", iam_arn(context, f"role/{role}"), {"iam:PassedToService": "ec2.amazonaws.com"})
