"""Auto Scaling groups: how they reach and keep their desired capacity.

moto's own are not used: they launch everything into one subnet, at once, and above the maximum. Sources: Auto Scaling
user guide, "Amazon EC2 Auto Scaling instance lifecycle", "Availability Zone distribution", "Verify a scaling activity";
AWS.md, "Typical times".
"""

from __future__ import annotations

import uuid
from typing import Any

from .errors import validation
from .launch import LaunchFailed, launch, template, version
from .rules.ec2_instances import end
from .rules.elb_targets import deregister, health, register
from .world import Region, wall

#: Beyond EC2's half minute, until an instance counts as in service.
SERVICE_SECONDS = 5.0
TERMINATE_SECONDS = 30.0
RETRY_SECONDS = 60.0
HEALTH_SECONDS = 15.0
DELETE_SECONDS = 60.0
#: After it came into service: what envctl's `stays-up` takes of its three minutes and one, and EC2 to stop it.
TURNED_OFF_SECONDS = 230.0


class Member:
    """An instance of a group."""

    def __init__(self, instance: Any, launched: Any, at: float):
        self.instance = instance
        self.version = launched
        self.state = "Pending"
        self.healthy = True
        self.in_service_at: float | None = None
        self.launched_at = at

    def shown(self) -> dict[str, Any]:
        return {
            "InstanceId": self.instance.id,
            "InstanceType": self.instance.instance_type,
            "AvailabilityZone": self.instance.availability_zone,
            "LifecycleState": self.state,
            "HealthStatus": "Healthy" if self.healthy else "Unhealthy",
            "LaunchTemplate": {
                "LaunchTemplateId": self.version.template.id,
                "LaunchTemplateName": self.version.template.name,
                "Version": str(self.version.number),
            },
            "ProtectedFromScaleIn": False,
        }


class Group:
    def __init__(self, region: Region, name: str):
        self.region = region
        self.name = name
        self.arn = f"arn:aws:autoscaling:{region.name}:{region.account}:autoScalingGroup:{uuid.uuid4()}:autoScalingGroupName/{name}"
        self.created = wall()
        self.template: dict[str, Any] = {}
        self.minimum = self.maximum = self.desired = 0
        self.subnets: list[str] = []
        self.target_groups: list[str] = []
        self.health_type = "EC2"
        self.grace = 0
        self.cooldown = 300
        self.extra: dict[str, Any] = {}
        self.tags: dict[str, tuple[str, bool]] = {}
        self.members: list[Member] = []
        self.activities: list[dict[str, Any]] = []
        self.refreshes: list[Any] = []
        self.deleting = False
        self.gone = False
        #: While an instance refresh runs: the template of new instances, and how many may be there beyond the desired.
        self.refresh_template: dict[str, Any] | None = None
        self.surge = 0
        #: Launches wait until then after a failure.
        self.blocked_until = 0.0

    def living(self) -> list[Member]:
        return [m for m in self.members if not m.state.startswith("Terminat")]

    def in_service(self) -> list[Member]:
        return [m for m in self.members if m.state == "InService"]

    def current_version(self) -> Any:
        return version(self.region, self.refresh_template or self.template)

    def reconcile(self) -> None:
        """Launches what is missing and ends what is too much."""
        if self.deleting or self.gone:
            return
        while len(self.living()) < self.desired and self.region.now() >= self.blocked_until:
            if (
                self.launch("an instance was started in response to a difference between desired and actual capacity")
                is None
            ):
                break
        while len(self.living()) > self.desired + self.surge:
            self.terminate(
                self._surplus(),
                "an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity",
            )

    def leave(self) -> None:
        """Replaces what stands in a subnet that is the group's no more (user guide, "Availability Zone distribution")."""
        cause = "an instance was taken out of service to balance availability zones"
        for member in [m for m in self.living() if m.instance.subnet_id not in self.subnets]:
            if self.launch("an instance was launched to balance availability zones") is not None:
                self.terminate(member, cause)

    def _surplus(self) -> Member:
        """Default termination policy: the zone with most instances, then the oldest template, then the oldest."""
        living = self.living()
        zones = [m.instance.availability_zone for m in living]
        return min(living, key=lambda m: (-zones.count(m.instance.availability_zone), m.version.number, m.launched_at))

    def launch(self, cause: str) -> Member | None:
        region = self.region
        spread = {s: sum(m.instance.subnet_id == s for m in self.living()) for s in self.subnets}
        subnet_id = min(self.subnets, key=lambda s: (spread[s], self.subnets.index(s)))
        activity = self.activity("Launching a new EC2 instance", cause)
        try:
            launched = self.current_version()
            tags = {k: v for k, (v, propagate) in self.tags.items() if propagate}
            tags |= {
                "aws:autoscaling:groupName": self.name,
                "aws:ec2launchtemplate:id": launched.template.id,
                "aws:ec2launchtemplate:version": str(launched.number),
            }
            instance = launch(region, launched.data, subnet_id, tags)
        except LaunchFailed as problem:
            return self._failed(activity, str(problem))
        except Exception as problem:
            return self._failed(activity, getattr(problem, "message", str(problem)))
        member = Member(instance, launched, region.now())
        self.members.append(member)
        activity["Description"] += f": {instance.id}"
        activity["Progress"] = 30

        def ready() -> None:
            if member.state == "Pending" and instance.state == "running":
                member.state, member.in_service_at = "InService", region.now()
                for arn in self.target_groups:
                    if arn in region.elbv2.target_groups:
                        register(region, arn, instance.id)
                finish(activity)
                region.after(HEALTH_SECONDS, lambda: self.watch(member))
                if instance.strict_sick and self.health_type == "EC2":
                    region.after(TURNED_OFF_SECONDS, lambda: self.turned_off(member))
            elif member.state == "Pending":
                self.lost(member)

        region.after(30.0 + SERVICE_SECONDS, ready)
        return member

    def _failed(self, activity: dict[str, Any], message: str) -> None:
        finish(activity, "Failed", f"{message}. Launching EC2 instance failed.")
        self.blocked_until = self.region.now() + RETRY_SECONDS
        self.region.after(RETRY_SECONDS, self.reconcile)

    def terminate(self, member: Member, cause: str) -> None:
        region = self.region
        member.state = "Terminating"
        activity = self.activity(f"Terminating EC2 instance: {member.instance.id}", cause)
        for arn in self.target_groups:
            deregister(region, arn, member.instance.id)
        end(region, member.instance)

        def gone() -> None:
            if member in self.members:
                self.members.remove(member)
            finish(activity)

        region.after(TERMINATE_SECONDS, gone)

    def watch(self, member: Member) -> None:
        """The health check of one instance, again and again while it serves."""
        if member.state != "InService" or self.gone or self.deleting:
            return
        if member.instance.state != "running":
            self.lost(member)
            return
        graced = self.region.now() < (member.in_service_at or 0.0) + self.grace
        if self.health_type == "ELB" and not graced:
            if any(self.target_health(arn, member) == "unhealthy" for arn in self.target_groups):
                member.healthy = False
                self.terminate(
                    member, "an instance was taken out of service in response to an ELB system health check failure"
                )
                self.reconcile()
                return
        self.region.after(HEALTH_SECONDS, lambda: self.watch(member))

    def turned_off(self, member: Member) -> None:
        """What its own software does when the process in it does not stay up."""
        if member.state == "InService" and not (self.gone or self.deleting):
            self.lost(member)

    def target_health(self, arn: str, member: Member) -> str:
        group = self.region.elbv2.target_groups.get(arn)
        return health(self.region, group, member.instance.id)["State"] if group else "unused"

    def lost(self, member: Member) -> None:
        """Somebody else ended it."""
        member.healthy = False
        self.terminate(
            member,
            "an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped",
        )
        self.reconcile()

    def delete(self) -> None:
        self.deleting = True
        for member in self.living():
            self.terminate(member, "the group is being deleted")

    def activity(self, description: str, cause: str) -> dict[str, Any]:
        started = wall()
        activity = {
            "ActivityId": str(uuid.uuid4()),
            "AutoScalingGroupName": self.name,
            "AutoScalingGroupARN": self.arn,
            "Description": description,
            "Cause": f"At {started.strftime('%Y-%m-%dT%H:%M:%SZ')} {cause}.",
            "StartTime": started,
            "StatusCode": "InProgress",
            "Progress": 0,
            "Details": "{}",
        }
        self.activities.insert(0, activity)
        return activity

    def shown_template(self) -> dict[str, str]:
        found = template(self.region, self.template) if self._template_exists() else None
        return {
            "LaunchTemplateId": found.id if found else self.template.get("LaunchTemplateId", ""),
            "LaunchTemplateName": found.name if found else self.template.get("LaunchTemplateName", ""),
            **({"Version": self.template["Version"]} if self.template.get("Version") else {}),
        }

    def _template_exists(self) -> bool:
        try:
            return template(self.region, self.template) is not None
        except Exception:
            return False


def finish(activity: dict[str, Any], status: str = "Successful", message: str | None = None) -> None:
    activity.update(StatusCode=status, EndTime=wall(), Progress=100)
    if message:
        activity["StatusMessage"] = message


def shown_tag(target: Group, key: str) -> dict[str, Any]:
    value, propagate = target.tags[key]
    return {
        "ResourceId": target.name,
        "ResourceType": "auto-scaling-group",
        "Key": key,
        "Value": value,
        "PropagateAtLaunch": propagate,
    }


def set_tag(target: Group, tag: dict[str, Any]) -> None:
    if tag["Key"].lower().startswith("aws:"):
        raise validation("Tag keys must not start with aws:")
    target.tags[tag["Key"]] = (tag.get("Value", ""), bool(tag.get("PropagateAtLaunch", False)))


def groups(region: Region) -> dict[str, Group]:
    return region.store("auto scaling groups", lambda _region: {})
