"""Snapshots of databases: two minutes to be taken; manual ones outlive their database.

Source: RDS API reference, CreateDBSnapshot, DescribeDBSnapshots, DeleteDBSnapshot.
"""

from __future__ import annotations

from typing import Any

from ..errors import AwsError, invalid
from ..rds_names import check_identifier
from ..rds_store import Databases, databases
from ..registry import Context, handles
from ..world import Region, wall

SNAPSHOT_SECONDS = 120.0


def begin_snapshot(region: Region, instance: dict[str, Any], name: str, tags: list[dict[str, str]]) -> dict[str, Any]:
    store = databases(region)
    name = check_identifier(name, "DBSnapshotIdentifier", 255)
    if name in store.snapshots:
        raise AwsError(
            "DBSnapshotAlreadyExists",
            f"Cannot create the snapshot because a snapshot with the identifier {name} already exists.",
        )
    snapshot = {
        "DBSnapshotIdentifier": name,
        "DBSnapshotArn": store.arn("snapshot", name),
        "DBInstanceIdentifier": instance["DBInstanceIdentifier"],
        "Engine": instance["Engine"],
        "EngineVersion": instance["EngineVersion"],
        "AllocatedStorage": instance["AllocatedStorage"],
        "StorageType": instance["StorageType"],
        "MasterUsername": instance["MasterUsername"],
        "Encrypted": instance["StorageEncrypted"],
        "SnapshotType": "manual",
        "Status": "creating",
        "PercentProgress": 0,
        "DbiResourceId": instance["DbiResourceId"],
    }
    kept = store.tag_list(instance["DBInstanceArn"]) if instance["CopyTagsToSnapshot"] else []
    store.set_tags(snapshot["DBSnapshotArn"], kept + tags)
    store.snapshots[name] = snapshot

    def done() -> None:
        snapshot.update(Status="available", PercentProgress=100, SnapshotCreateTime=wall())

    region.after(SNAPSHOT_SECONDS, done)
    return snapshot


def shown(store: Databases, snapshot: dict[str, Any]) -> dict[str, Any]:
    return {**snapshot, "TagList": store.tag_list(snapshot["DBSnapshotArn"])}


@handles("rds", "CreateDBSnapshot")
def create(context: Context) -> Any:
    store, params = databases(context.region), context.params
    instance = store.instance(params["DBInstanceIdentifier"])
    if instance["DBInstanceStatus"] not in ("available", "storage-optimization"):
        raise AwsError(
            "InvalidDBInstanceState",
            f"Cannot create a snapshot because the database instance {instance['DBInstanceIdentifier']} is not currently in the available state.",
        )
    snapshot = begin_snapshot(context.region, instance, params["DBSnapshotIdentifier"], params.get("Tags", []))
    return {"DBSnapshot": shown(store, snapshot)}


@handles("rds", "DescribeDBSnapshots")
def describe(context: Context) -> Any:
    store, params = databases(context.region), context.params
    found, name = list(store.snapshots.values()), params.get("DBSnapshotIdentifier")
    if name:
        found = [s for s in found if name.lower() in (s["DBSnapshotIdentifier"], s["DBSnapshotArn"])]
        if not found:
            raise AwsError("DBSnapshotNotFound", f"DBSnapshot {name} not found.", 404)
    if params.get("DBInstanceIdentifier"):
        found = [s for s in found if s["DBInstanceIdentifier"] == params["DBInstanceIdentifier"].lower()]
    if params.get("SnapshotType") not in (None, "manual", "automated"):
        raise invalid(f"Invalid snapshot type: {params['SnapshotType']}")
    if params.get("SnapshotType") == "automated":
        found = []
    return {"DBSnapshots": [shown(store, s) for s in found]}


@handles("rds", "DeleteDBSnapshot")
def delete(context: Context) -> Any:
    store, name = databases(context.region), context.params["DBSnapshotIdentifier"].lower()
    if name not in store.snapshots:
        raise AwsError("DBSnapshotNotFound", f"DBSnapshot {name} not found.", 404)
    if store.snapshots[name]["Status"] != "available":
        raise AwsError(
            "InvalidDBSnapshotState",
            f"Cannot delete the snapshot because it is in the {store.snapshots[name]['Status']} state.",
        )
    snapshot = store.snapshots.pop(name)
    store.tags.pop(snapshot["DBSnapshotArn"], None)
    return {"DBSnapshot": {**snapshot, "Status": "deleted"}}
