"""Target groups and the health of their targets.

Sources: ELBv2 API reference (TargetHealth: states and reasons; ResourceInUse of DeleteTargetGroup; DuplicateListener);
load balancer guide, "Target health status": a target is initial while it registers, must pass one check to be healthy.
"""

from __future__ import annotations

from typing import Any

from ..errors import AwsError, invalid
from ..registry import Context, handles
from ..world import Region
from .ec2_instances import started
from .elb_balancers import check_name


class Targets:
    def __init__(self, _region: Region):
        #: (target group, target) -> when it was registered.
        self.registered: dict[tuple[str, str], float] = {}
        #: … -> until when its connections drain.
        self.draining: dict[tuple[str, str], float] = {}


#: With no connection left a target drains at once; the load balancer notices after a moment.
DRAIN_SECONDS = 15.0


def targets(region: Region) -> Targets:
    return region.store("targets", Targets)


def group_of(region: Region, arn: str) -> Any:
    group = region.elbv2.target_groups.get(arn)
    if group is None:
        raise AwsError("TargetGroupNotFound", f"Target groups '{arn}' not found")
    return group


def register(region: Region, arn: str, target: str, port: int | None = None) -> None:
    group = group_of(region, arn)
    group.targets[target] = {"Id": target, "Port": port or group.port}
    group.deregistered_targets.pop(target, None)
    targets(region).registered[(arn, target)] = region.now()
    targets(region).draining.pop((arn, target), None)


def deregister(region: Region, arn: str, target: str) -> None:
    group = region.elbv2.target_groups.get(arn)
    if group is not None and group.targets.pop(target, None):
        targets(region).registered.pop((arn, target), None)
        targets(region).draining[(arn, target)] = region.now() + DRAIN_SECONDS


def health(region: Region, group: Any, target: str) -> dict[str, str]:
    store, now = targets(region), region.now()
    if target not in group.targets:
        if store.draining.get((group.arn, target), -1.0) > now:
            return {
                "State": "draining",
                "Reason": "Target.DeregistrationInProgress",
                "Description": "Target deregistration is in progress",
            }
        return {
            "State": "unused",
            "Reason": "Target.NotRegistered",
            "Description": "Target is not registered to the target group",
        }
    if not region.elbv2._any_listener_using(group.arn):
        return {
            "State": "unused",
            "Reason": "Target.NotInUse",
            "Description": "Target group is not configured to receive traffic from the load balancer",
        }
    since = store.registered.get((group.arn, target), now)
    if target.startswith("i-"):
        instance = region.ec2.get_instance_by_id(target)
        if instance is None or instance.state in ("terminated", "shutting-down", "stopped", "stopping"):
            return {"State": "unused", "Reason": "Target.InvalidState", "Description": "Target is in the stopped state"}
        if instance.state != "running":
            return {
                "State": "initial",
                "Reason": "Elb.RegistrationInProgress",
                "Description": "Target registration is in progress",
            }
        since = max(since, started(region).get(target, since))
        if getattr(instance, "strict_sick", False):
            if now < since + int(group.health_check_interval_seconds) * int(group.unhealthy_threshold_count):
                return {
                    "State": "initial",
                    "Reason": "Elb.InitialHealthChecking",
                    "Description": "Initial health checks in progress",
                }
            return {"State": "unhealthy", "Reason": "Target.FailedHealthChecks", "Description": "Health checks failed"}
    if now < since + int(group.health_check_interval_seconds):
        return {
            "State": "initial",
            "Reason": "Elb.InitialHealthChecking",
            "Description": "Initial health checks in progress",
        }
    return {"State": "healthy"}


@handles("elbv2", "DescribeTargetHealth")
def describe_health(context: Context) -> Any:
    region = context.region
    group = group_of(region, context.params["TargetGroupArn"])
    draining = [t for (arn, t), until in targets(region).draining.items() if arn == group.arn and until > region.now()]
    asked = [t["Id"] for t in context.params.get("Targets") or []] or [*group.targets, *draining]
    shown = []
    for target in asked:
        port = group.targets.get(target, {}).get("Port", group.port)
        shown.append(
            {
                "Target": {"Id": target, **({"Port": int(port)} if port else {})},
                "HealthCheckPort": str(port if group.health_check_port == "traffic-port" else group.health_check_port),
                "TargetHealth": health(region, group, target),
            }
        )
    return {"TargetHealthDescriptions": shown}


@handles("elbv2", "RegisterTargets")
def register_targets(context: Context) -> Any:
    region, arn = context.region, context.params["TargetGroupArn"]
    group_of(region, arn)
    for target in context.params["Targets"]:
        if target["Id"].startswith("i-"):
            instance = region.ec2.get_instance_by_id(target["Id"])
            if instance is None or instance.state != "running":
                raise AwsError(
                    "InvalidTarget",
                    f"The following targets are not in a running state and cannot be registered: '{target['Id']}'",
                )
        register(region, arn, target["Id"], target.get("Port"))
    return {}


@handles("elbv2", "DeregisterTargets")
def deregister_targets(context: Context) -> Any:
    arn = context.params["TargetGroupArn"]
    group_of(context.region, arn)
    for target in context.params["Targets"]:
        deregister(context.region, arn, target["Id"])
    return {}


@handles("elbv2", "CreateTargetGroup")
def create_target_group(context: Context) -> Any:
    region, params = context.region, context.params
    check_name(params["Name"], "target group")
    if params.get("VpcId") and params["VpcId"] not in region.ec2.vpcs:
        raise AwsError("ValidationError", f"The VPC ID '{params['VpcId']}' is not found")
    interval, timeout = params.get("HealthCheckIntervalSeconds", 30), params.get("HealthCheckTimeoutSeconds", 5)
    if timeout >= interval:
        raise AwsError(
            "ValidationError", f"Health check timeout '{timeout}' must be smaller than the interval '{interval}'"
        )
    for group in region.elbv2.target_groups.values():
        if group.name == params["Name"]:
            same = (group.protocol, str(group.port), group.vpc_id) == (
                params.get("Protocol"),
                str(params.get("Port")),
                params.get("VpcId"),
            )
            if not same:
                raise AwsError(
                    "DuplicateTargetGroupName",
                    f"A target group with the same name '{params['Name']}' exists, but with different settings",
                )
            return context.forward({"TargetGroupArns": [group.arn]}, action="DescribeTargetGroups")
    # moto's default is 10; the guide's is 5.
    return context.forward({**params, "HealthCheckTimeoutSeconds": timeout})


@handles("elbv2", "CreateListener")
def create_listener(context: Context) -> Any:
    region, params = context.region, context.params
    balancer = region.elbv2.load_balancers.get(params["LoadBalancerArn"])
    if balancer is None:
        raise AwsError("LoadBalancerNotFound", f"Load balancer '{params['LoadBalancerArn']}' not found")
    if params.get("Protocol") in ("HTTPS", "TLS") and not params.get("Certificates"):
        raise AwsError("CertificateNotFound", "You must specify exactly one certificate for secure listeners")
    for listener in balancer.listeners.values():
        if str(listener.port) == str(params.get("Port")):
            raise AwsError("DuplicateListener", "A listener already exists on this port for this load balancer")
    _check_actions(region, balancer, params.get("DefaultActions", []))
    return context.forward()


@handles("elbv2", "ModifyListener")
def modify_listener(context: Context) -> Any:
    region, params = context.region, context.params
    for balancer in region.elbv2.load_balancers.values():
        if params["ListenerArn"] in balancer.listeners:
            for arn, listener in balancer.listeners.items():
                if arn != params["ListenerArn"] and params.get("Port") and str(listener.port) == str(params["Port"]):
                    raise AwsError("DuplicateListener", "A listener already exists on this port for this load balancer")
            _check_actions(region, balancer, params.get("DefaultActions", []))
            return context.forward()
    raise AwsError("ListenerNotFound", f"Listener '{params['ListenerArn']}' not found")


def _check_actions(region: Region, balancer: Any, actions: list[dict[str, Any]]) -> None:
    for action in actions:
        if action["Type"] != "forward":
            continue
        arns = [action["TargetGroupArn"]] if action.get("TargetGroupArn") else []
        arns += [g["TargetGroupArn"] for g in action.get("ForwardConfig", {}).get("TargetGroups", [])]
        for arn in arns:
            if group_of(region, arn).vpc_id != balancer.vpc_id:
                raise invalid(f"The target group {arn} and the load balancer are in different VPCs")
