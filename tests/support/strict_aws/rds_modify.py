"""What a modification of a database does, and when.

Sources: RDS user guide, "Modifying an Amazon RDS DB instance" (what is applied at once, what waits for the maintenance
window, that ApplyImmediately flushes whatever is pending) and "Working with storage" (storage-optimization); AWS.md,
"RDS modify" and "storage growth".
"""

from __future__ import annotations

from typing import Any

from . import rds_engines
from .errors import AwsError, invalid
from .rds_names import check_backup, check_password
from .rds_storage import STORAGE, check_growth, combination, show_baseline
from .world import Region

#: Just after the call the status still says available.
LAG_SECONDS = 10.0
MODIFY_SECONDS = 60.0
OPTIMIZE_SECONDS = 300.0

#: Request member -> the member of the answer that shows it; these wait in PendingModifiedValues.
PENDING = {
    "DBInstanceClass": "DBInstanceClass",
    "AllocatedStorage": "AllocatedStorage",
    "EngineVersion": "EngineVersion",
    "BackupRetentionPeriod": "BackupRetentionPeriod",
    "MultiAZ": "MultiAZ",
    "StorageType": "StorageType",
    "Iops": "Iops",
    "StorageThroughput": "StorageThroughput",
    "DBPortNumber": "DbInstancePort",
}
#: These take effect at once, whatever ApplyImmediately says.
AT_ONCE = (
    "DeletionProtection",
    "CopyTagsToSnapshot",
    "MaxAllocatedStorage",
    "AutoMinorVersionUpgrade",
    "PreferredBackupWindow",
    "PreferredMaintenanceWindow",
    "PubliclyAccessible",
    "CACertificateIdentifier",
    "MonitoringInterval",
    "PerformanceInsightsEnabled",
)


def wanted_changes(instance: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """The values that differ from the current ones, checked; to be applied now or later."""
    params = check_growth(instance, params)
    check_backup(params.get("BackupRetentionPeriod"))
    if (version := params.get("EngineVersion")) is not None:
        params["EngineVersion"] = _version(instance, version, bool(params.get("AllowMajorVersionUpgrade")))
    changes = {}
    for name, shown_as in PENDING.items():
        if params.get(name) is not None and params[name] != instance.get(shown_as):
            changes[name] = params[name]
    if set(changes) & STORAGE and instance["DBInstanceStatus"] == "storage-optimization":
        raise AwsError(
            "InvalidParameterCombination",
            "You can't currently modify the storage of this DB instance because the previous storage change is being optimized.",
        )
    return changes


def _version(instance: dict[str, Any], wanted: str, major_allowed: bool) -> str:
    engine, current = instance["Engine"], instance["EngineVersion"]
    have = rds_engines.major(engine, current)
    if wanted == have:
        return current
    resolved = rds_engines.resolve(engine, wanted)
    if _number(resolved) < _number(current):
        raise combination(f"Cannot upgrade {engine} from {current} to {resolved}")
    if rds_engines.major(engine, resolved) != have and not major_allowed:
        raise combination("The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.")
    return resolved


def _number(version: str) -> list[int]:
    return [int(p) for p in version.split(".")]


def check_new_password(instance: dict[str, Any], params: dict[str, Any]) -> None:
    password, manage = params.get("MasterUserPassword"), params.get("ManageMasterUserPassword")
    managed = "MasterUserSecret" in instance
    if password and (manage or (managed and manage is not False)):
        raise combination("You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.")
    if manage is False and managed and not password:
        raise combination("You must specify MasterUserPassword when you turn ManageMasterUserPassword off.")
    if password:
        check_password(instance["Engine"], password)


def apply_later(region: Region, instance: dict[str, Any]) -> None:
    """Everything pending is applied: a short lag, then modifying, then done."""

    def begin() -> None:
        if instance["DBInstanceStatus"] in ("available", "storage-optimization") and instance["PendingModifiedValues"]:
            upgrade = "EngineVersion" in instance["PendingModifiedValues"]
            instance["DBInstanceStatus"] = "upgrading" if upgrade else "modifying"
            region.after(MODIFY_SECONDS - LAG_SECONDS, finish)

    def finish() -> None:
        if instance["DBInstanceStatus"] not in ("modifying", "upgrading"):
            return
        pending, optimize = instance["PendingModifiedValues"], False
        for name, value in pending.items():
            if name == "MasterUserPassword":
                continue
            optimize = optimize or name in STORAGE
            if name == "Port":
                instance["Endpoint"]["Port"] = value
                instance["DbInstancePort"] = value
            else:
                instance[name] = value
        show_baseline(instance)
        instance["PendingModifiedValues"] = {}
        instance["DBInstanceStatus"] = "storage-optimization" if optimize else "available"
        if optimize:
            region.after(OPTIMIZE_SECONDS, optimized)

    def optimized() -> None:
        if instance["DBInstanceStatus"] == "storage-optimization":
            instance["DBInstanceStatus"] = "available"

    region.after(LAG_SECONDS, begin)


def as_pending(changes: dict[str, Any]) -> dict[str, Any]:
    return {"Port" if k == "DBPortNumber" else k: v for k, v in changes.items()}


def check_window(name: str, value: str | None) -> None:
    if value is not None and "-" not in value:
        raise invalid(f"The parameter {name} is not valid: {value}")
