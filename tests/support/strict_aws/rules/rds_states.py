"""Databases that are stopped, started and rebooted.

Sources: RDS API reference, StopDBInstance ("must be in the available state"), StartDBInstance ("must be in the stopped
state"), RebootDBInstance; RDS user guide, "Stopping an Amazon RDS DB instance temporarily" ("you can't modify a stopped
DB instance"; it is started again after seven days) and "Viewing DB instance status".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import AwsError
from ..rds_store import databases, shown
from ..registry import Context, handles
from ..world import Region

STOP_SECONDS = 120.0
START_SECONDS = 240.0
REBOOT_SECONDS = 60.0
STOPPED_SECONDS = 7 * 86400.0


def state_error(instance: dict[str, Any], message: str) -> AwsError:
    return AwsError("InvalidDBInstanceState", f"Instance {instance['DBInstanceIdentifier']} {message}")


def _after(region: Region, seconds: float, instance: dict[str, Any], status: str, then: Callable[[], None]) -> None:
    """Nothing happens to a database that is in another state by then."""
    since = instance["_since"] = region.now()

    def due() -> None:
        if instance["DBInstanceStatus"] == status and instance["_since"] == since:
            then()

    region.after(seconds, due)


def _begin_start(region: Region, instance: dict[str, Any]) -> None:
    instance["DBInstanceStatus"] = "starting"

    def started() -> None:
        instance["DBInstanceStatus"] = "available"

    _after(region, START_SECONDS, instance, "starting", started)


@handles("rds", "StopDBInstance")
def stop(context: Context) -> Any:
    region, store = context.region, databases(context.region)
    instance = store.instance(context.params["DBInstanceIdentifier"])
    if instance["DBInstanceStatus"] != "available":
        raise state_error(instance, "is not in available state.")
    if snapshot := context.params.get("DBSnapshotIdentifier"):
        raise NotImplementedError(f"StopDBInstance with the snapshot {snapshot}")
    instance["DBInstanceStatus"] = "stopping"

    def stopped() -> None:
        instance["DBInstanceStatus"] = "stopped"
        _after(region, STOPPED_SECONDS, instance, "stopped", lambda: _begin_start(region, instance))

    _after(region, STOP_SECONDS, instance, "stopping", stopped)
    return {"DBInstance": shown(store, instance)}


@handles("rds", "StartDBInstance")
def start(context: Context) -> Any:
    store = databases(context.region)
    instance = store.instance(context.params["DBInstanceIdentifier"])
    if instance["DBInstanceStatus"] != "stopped":
        raise state_error(instance, "is not in stopped state.")
    _begin_start(context.region, instance)
    return {"DBInstance": shown(store, instance)}


@handles("rds", "RebootDBInstance")
def reboot(context: Context) -> Any:
    region, store = context.region, databases(context.region)
    instance = store.instance(context.params["DBInstanceIdentifier"])
    if instance["DBInstanceStatus"] not in ("available", "storage-optimization"):
        raise state_error(instance, "is not in available state.")
    instance["DBInstanceStatus"] = "rebooting"

    def done() -> None:
        instance["DBInstanceStatus"] = "available"
        instance["DBParameterGroups"][0]["ParameterApplyStatus"] = "in-sync"

    _after(region, REBOOT_SECONDS, instance, "rebooting", done)
    return {"DBInstance": shown(store, instance)}
