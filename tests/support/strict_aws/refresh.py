"""Instance refresh: the instances of a group replaced, batch by batch.

Sources: Auto Scaling user guide, "How an instance refresh works in an Auto Scaling group" (healthy percentages,
warm-up, skip matching, rollback; fails when it makes no progress for an hour); botocore's model, InstanceRefresh.
"""

from __future__ import annotations

import uuid
from typing import Any

from .groups import Group, Member
from .launch import version
from .world import wall

BEGIN_SECONDS = 5.0
TICK_SECONDS = 5.0
STUCK_SECONDS = 3600.0
CANCEL_SECONDS = 10.0
ACTIVE = ("Pending", "InProgress", "Cancelling", "RollbackInProgress")


class Refresh:
    def __init__(self, group: Group, desired: dict[str, Any] | None, preferences: dict[str, Any]):
        self.id = str(uuid.uuid4())
        self.group = group
        self.desired = desired
        self.preferences = preferences
        self.status = "Pending"
        self.reason: str | None = None
        self.started = wall()
        self.ended = None
        self.since = group.region.now()
        self.progressed_at = self.since
        self.replaced = 0
        self.batch: list[Member] = []
        self.old: list[Member] = []
        self.total = 0
        group.region.after(BEGIN_SECONDS, self._begin)

    @property
    def active(self) -> bool:
        return self.status in ACTIVE

    def _begin(self) -> None:
        if self.status != "Pending":
            return
        self.status = "InProgress"
        self._choose(self.desired)

    def _choose(self, template: dict[str, Any] | None) -> None:
        group = self.group
        group.refresh_template = template
        wanted = version(group.region, template or group.template)
        skip = self.preferences.get("SkipMatching", False) or self.status == "RollbackInProgress"
        same = [
            m
            for m in group.living()
            if m.version.template.id == wanted.template.id and m.version.number == wanted.number
        ]
        self.old = [m for m in group.living() if not (skip and m in same)]
        self.since = self.progressed_at = group.region.now()
        self.total, self.replaced, self.batch = len(self.old), 0, []
        self._tick()

    def _tick(self) -> None:
        group, region = self.group, self.group.region
        if self.status not in ("InProgress", "RollbackInProgress") or group.gone or group.deleting:
            return
        new = [m for m in group.living() if m not in self.old and m.launched_at >= self.since]
        ready = [m for m in new if self._ready(m)]
        if not self.old and len(ready) >= min(self.total, group.desired):
            self._succeed()
            return
        needed = min(self.replaced + len(self.batch), group.desired)
        if self.batch and len(ready) >= needed:
            self.replaced += len(self.batch)
            self.progressed_at = region.now()
            for member in self.batch:
                self._end(member)
            self.batch, group.surge = [], 0
        if not self.batch and self.old:
            self._next_batch()
        missing = group.desired + group.surge - len(group.living())
        if missing > 0 and region.now() >= group.blocked_until:
            group.launch("an instance was launched in response to an instance refresh")
        if region.now() - self.progressed_at > STUCK_SECONDS:
            self._stuck()
            return
        region.after(TICK_SECONDS, self._tick)

    def _next_batch(self) -> None:
        group = self.group
        self.old = [m for m in self.old if m in group.living()] or []
        if not self.old:
            return
        low = self.preferences.get("MinHealthyPercentage", 90)
        size = max(1, int(max(group.desired, 1) * (100 - low) / 100))
        self.batch = self.old[:size]
        if low >= 100:
            # Launch before terminate: MaxHealthyPercentage gives the room.
            group.surge = len(self.batch)
            for _ in self.batch:
                group.launch("an instance was launched in response to an instance refresh")
        else:
            for member in list(self.batch):
                self._end(member)
            group.reconcile()

    def _end(self, member: Member) -> None:
        if member in self.old:
            self.old.remove(member)
        if member in self.group.living():
            self.group.terminate(member, "an instance was taken out of service in response to an instance refresh")

    def _ready(self, member: Member) -> bool:
        if member.state != "InService" or member.in_service_at is None:
            return False
        group = self.group
        warmup = self.preferences.get("InstanceWarmup")
        if warmup is None:
            warmup = group.extra.get("DefaultInstanceWarmup", group.grace)
        if group.region.now() < member.in_service_at + warmup:
            return False
        if group.health_type == "EC2":
            return True
        return all(group.target_health(arn, member) in ("healthy", "unused") for arn in group.target_groups)

    def _succeed(self) -> None:
        group = self.group
        rolled_back = self.status == "RollbackInProgress"
        if self.desired and not rolled_back:
            group.template = dict(self.desired)
        self._close("RollbackSuccessful" if rolled_back else "Successful")

    def _stuck(self) -> None:
        if self.preferences.get("AutoRollback") and self.status == "InProgress":
            self.roll_back()
        else:
            failed = "RollbackFailed" if self.status == "RollbackInProgress" else "Failed"
            self._close(failed, "Instances failed to become healthy within the time limit")

    def roll_back(self) -> None:
        self.status, self.group.surge = "RollbackInProgress", 0
        self.reason = "The instance refresh is being rolled back"
        self._choose(None)

    def cancel(self) -> None:
        self.status = "Cancelling"
        self.group.region.after(CANCEL_SECONDS, lambda: self.stop("Cancelled"))

    def stop(self, status: str) -> None:
        if self.active:
            self._close(status)

    def _close(self, status: str, reason: str | None = None) -> None:
        self.status, self.ended = status, wall()
        self.reason = reason
        self.group.refresh_template, self.group.surge = None, 0
        if status == "Successful":
            self.replaced = self.total
        self.group.reconcile()

    def shown(self) -> dict[str, Any]:
        done = 100 if self.status == "Successful" else int(100 * self.replaced / self.total) if self.total else 0
        waiting = self.status == "Pending"
        return {
            "InstanceRefreshId": self.id,
            "AutoScalingGroupName": self.group.name,
            "Status": self.status,
            "StartTime": self.started,
            "PercentageComplete": done,
            "InstancesToUpdate": len(self.group.living()) if waiting else self.total - self.replaced,
            "Preferences": {"MinHealthyPercentage": 90, **self.preferences},
            **({"EndTime": self.ended} if self.ended else {}),
            **({"StatusReason": self.reason} if self.reason else {}),
            **({"DesiredConfiguration": {"LaunchTemplate": self.desired}} if self.desired else {}),
        }
