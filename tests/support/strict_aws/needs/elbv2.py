"""Elastic Load Balancing. Source: Service Authorization Reference, Elastic Load Balancing V2."""

from __future__ import annotations

from ..lag import READS
from ..policies import Need
from ..registry import Context
from .common import arn, request, resource

NAMED = ("LoadBalancerArn", "TargetGroupArn", "ListenerArn")


def needs(context: Context) -> list[Need]:
    call, params = context.call, context.params
    action = f"elasticloadbalancing:{call.action}"
    if call.action.startswith(READS):
        return [Need(action)]
    given, made = request(params.get("Tags")), None
    if call.action == "CreateLoadBalancer":
        made = arn(context, "elasticloadbalancing", f"loadbalancer/app/{params['Name']}/*")
    elif call.action == "CreateTargetGroup":
        made = arn(context, "elasticloadbalancing", f"targetgroup/{params['Name']}/*")
    if made:
        found = [Need(action, made, given)]
    else:
        named = [params[n] for n in NAMED if params.get(n)]
        found = [Need(action, one, resource(_tags(context, one))) for one in named]
    if call.action == "CreateListener":
        made = params["LoadBalancerArn"].replace(":loadbalancer/", ":listener/") + "/*"
    if made and given:
        found.append(Need("elasticloadbalancing:AddTags", made, given))
    return found or [Need(action)]


def _tags(context: Context, one: str) -> dict[str, str]:
    return context.region.elbv2.tagging_service.get_tag_dict_for_resource(one)
