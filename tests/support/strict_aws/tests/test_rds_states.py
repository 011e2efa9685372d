"""States of databases, and their storage."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import ACCOUNT, Aws
from .test_rds import database, made, modify, prepared, shown


def status(aws: Aws) -> str:
    return shown(aws)["DBInstanceStatus"]


def force(aws: Aws, **wanted: Any) -> None:
    aws.strict("database", {"identifier": "app", "account": ACCOUNT, **wanted})


def test_stopping_and_starting(aws: Aws) -> None:
    made(aws)
    named = {"DBInstanceIdentifier": "app"}
    aws.refused("InvalidDBInstanceState", aws.rds.start_db_instance, **named)
    aws.rds.stop_db_instance(**named)
    assert status(aws) == "stopping"
    aws.settle(120)
    assert status(aws) == "stopped"
    aws.refused("InvalidDBInstanceState", aws.rds.modify_db_instance, **named, BackupRetentionPeriod=3)
    aws.refused("InvalidDBInstanceState", aws.rds.stop_db_instance, **named)
    aws.refused("InvalidDBInstanceState", aws.rds.reboot_db_instance, **named)
    aws.rds.start_db_instance(**named)
    assert status(aws) == "starting"
    aws.settle(240)
    assert status(aws) == "available"


def test_a_stopped_database_starts_by_itself_after_a_week(aws: Aws) -> None:
    made(aws)
    aws.rds.stop_db_instance(DBInstanceIdentifier="app")
    aws.settle(120 + 7 * 86400 - 1)
    assert status(aws) == "stopped"
    aws.settle(1)
    assert status(aws) == "starting"


@pytest.mark.parametrize("state", ["failed", "incompatible-restore", "incompatible-network"])
def test_broken_databases_go_without_a_snapshot_only(aws: Aws, state: str) -> None:
    made(aws)
    force(aws, status=state)
    assert status(aws) == state
    named = {"DBInstanceIdentifier": "app"}
    aws.refused("InvalidDBInstanceState", aws.rds.delete_db_instance, **named, FinalDBSnapshotIdentifier="last")
    aws.refused("InvalidDBInstanceState", aws.rds.modify_db_instance, **named, BackupRetentionPeriod=3)
    aws.rds.delete_db_instance(**named, SkipFinalSnapshot=True)
    aws.settle(180)
    aws.refused("DBInstanceNotFound", aws.rds.describe_db_instances, status=404, **named)


def test_a_minor_version_may_come_by_itself(aws: Aws) -> None:
    made(aws, EngineVersion="16.8")
    force(aws, version="16.10")
    assert (shown(aws)["EngineVersion"], status(aws)) == ("16.10", "available")
    aws.refused(
        "InvalidParameterCombination", aws.rds.modify_db_instance, DBInstanceIdentifier="app", EngineVersion="16.8"
    )


def test_storage_only_grows(aws: Aws) -> None:
    made(aws, AllocatedStorage=100)
    aws.refused(
        "InvalidParameterCombination", aws.rds.modify_db_instance, DBInstanceIdentifier="app", AllocatedStorage=99
    )
    modify(aws, AllocatedStorage=101, ApplyImmediately=True)
    aws.settle(60)
    assert (shown(aws)["AllocatedStorage"], shown(aws)["DBInstanceStatus"]) == (110, "storage-optimization")
    aws.refused(
        "InvalidParameterCombination", aws.rds.modify_db_instance, DBInstanceIdentifier="app", AllocatedStorage=200
    )
    aws.settle(300)
    assert shown(aws)["DBInstanceStatus"] == "available"


def test_growth_beyond_the_threshold_needs_iops(aws: Aws) -> None:
    made(aws, AllocatedStorage=380)
    assert (shown(aws)["Iops"], shown(aws)["StorageThroughput"]) == (3000, 125)
    grow = {"DBInstanceIdentifier": "app", "AllocatedStorage": 381, "ApplyImmediately": True}
    # Rounded up to 418 GiB.
    aws.refused("InvalidParameterCombination", aws.rds.modify_db_instance, **grow)
    aws.refused("InvalidParameterCombination", aws.rds.modify_db_instance, **grow, Iops=11999)
    aws.rds.modify_db_instance(**grow, Iops=12000)
    aws.settle(60)
    found = shown(aws)
    assert (found["AllocatedStorage"], found["Iops"], found["StorageThroughput"]) == (418, 12000, 500)
    aws.settle(300)
    modify(aws, AllocatedStorage=500, ApplyImmediately=True)


@pytest.mark.parametrize("wrong", [{"Iops": 3000}, {"Iops": 0}, {"StorageThroughput": 125}])
def test_small_gp3_takes_no_iops(aws: Aws, wrong: dict[str, int]) -> None:
    net = prepared(aws)
    aws.refused("InvalidParameterCombination", aws.rds.create_db_instance, **database(net, **wrong))
    aws.rds.create_db_instance(**database(net))
    aws.settle(300)
    aws.refused("InvalidParameterCombination", aws.rds.modify_db_instance, DBInstanceIdentifier="app", **wrong)


def test_large_gp3_has_a_baseline(aws: Aws) -> None:
    net = prepared(aws)
    aws.refused(
        "InvalidParameterCombination", aws.rds.create_db_instance, **database(net, AllocatedStorage=400, Iops=3000)
    )
    created = aws.rds.create_db_instance(**database(net, AllocatedStorage=400))["DBInstance"]
    assert (created["Iops"], created["StorageThroughput"]) == (12000, 500)
