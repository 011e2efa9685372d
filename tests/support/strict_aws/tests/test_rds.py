"""Databases, their groups and their passwords."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Aws


def prepared(aws: Aws) -> dict[str, Any]:
    net = aws.network()
    aws.rds.create_db_subnet_group(DBSubnetGroupName="App", DBSubnetGroupDescription="x", SubnetIds=net["subnets"])
    aws.rds.create_db_parameter_group(DBParameterGroupName="app", DBParameterGroupFamily="postgres16", Description="x")
    return net


def database(net: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "DBInstanceIdentifier": "app",
        "Engine": "postgres",
        "EngineVersion": "16",
        "DBInstanceClass": "db.t4g.micro",
        "AllocatedStorage": 20,
        "StorageType": "gp3",
        "MasterUsername": "owner",
        "ManageMasterUserPassword": True,
        "DBSubnetGroupName": "app",
        "DBParameterGroupName": "app",
        "VpcSecurityGroupIds": [net["group"]],
        "Tags": [{"Key": "env", "Value": "a"}],
        **more,
    }


def made(aws: Aws, **more: Any) -> dict[str, Any]:
    net = prepared(aws)
    aws.rds.create_db_instance(**database(net, **more))
    aws.settle(300)
    return net


def shown(aws: Aws) -> dict[str, Any]:
    return aws.rds.describe_db_instances(DBInstanceIdentifier="app")["DBInstances"][0]


def modify(aws: Aws, **more: Any) -> None:
    aws.rds.modify_db_instance(DBInstanceIdentifier="app", **more)


def test_creation_takes_five_minutes(aws: Aws) -> None:
    net = prepared(aws)
    created = aws.rds.create_db_instance(**database(net))["DBInstance"]
    assert created["DBInstanceStatus"] == "creating" and "Endpoint" not in created
    assert created["EngineVersion"].startswith("16.")
    aws.settle(240)
    assert shown(aws)["DBInstanceStatus"] == "backing-up"
    aws.settle(60)
    assert shown(aws)["DBInstanceStatus"] == "available" and shown(aws)["Endpoint"]["Port"] == 5432
    assert shown(aws)["TagList"] == [{"Key": "env", "Value": "a"}]


def test_without_backups_there_is_no_backup(aws: Aws) -> None:
    net = prepared(aws)
    aws.rds.create_db_instance(**database(net, BackupRetentionPeriod=0))
    aws.settle(240)
    assert shown(aws)["DBInstanceStatus"] == "creating" and "Endpoint" not in shown(aws)
    aws.settle(60)
    assert shown(aws)["DBInstanceStatus"] == "available" and "Endpoint" in shown(aws)


def test_the_managed_password_belongs_to_the_chosen_user(aws: Aws) -> None:
    made(aws)
    secret = shown(aws)["MasterUserSecret"]
    assert secret["SecretStatus"] == "active"
    value = json.loads(aws.secretsmanager.get_secret_value(SecretId=secret["SecretArn"])["SecretString"])
    assert value["username"] == "owner" and len(value["password"]) >= 20
    aws.refused("InvalidRequestException", aws.secretsmanager.delete_secret, SecretId=secret["SecretArn"])
    aws.rds.delete_db_instance(DBInstanceIdentifier="app", SkipFinalSnapshot=True)
    aws.settle(180)
    assert aws.secretsmanager.list_secrets(IncludePlannedDeletion=True)["SecretList"] == []


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("InvalidParameterCombination", {"MasterUserPassword": "longenough"}),
        ("InvalidParameterValue", {"ManageMasterUserPassword": False}),
        ("InvalidParameterValue", {"ManageMasterUserPassword": False, "MasterUserPassword": "short"}),
        ("InvalidParameterValue", {"ManageMasterUserPassword": False, "MasterUserPassword": "with/slash"}),
        ("InvalidParameterValue", {"MasterUsername": "admin"}),
        ("InvalidParameterValue", {"MasterUsername": "rdsadmin"}),
        ("InvalidParameterValue", {"MasterUsername": "pg_owner"}),
        ("InvalidParameterValue", {"MasterUsername": "a" * 17}),
        ("InvalidParameterValue", {"AllocatedStorage": 19}),
        ("InvalidParameterValue", {"AllocatedStorage": 65537}),
        ("InvalidParameterCombination", {"Iops": 4000}),
        ("InvalidParameterValue", {"StorageType": "io1", "AllocatedStorage": 100}),
        ("InvalidParameterCombination", {"StorageType": "io1", "AllocatedStorage": 100, "Iops": 6000}),
        ("InvalidParameterValue", {"BackupRetentionPeriod": 36}),
        ("InvalidParameterCombination", {"MultiAZ": True, "AvailabilityZone": "eu-central-1a"}),
        ("InvalidParameterValue", {"DBInstanceIdentifier": "a--b"}),
        ("InvalidParameterValue", {"DBInstanceIdentifier": "1a"}),
        ("InvalidParameterValue", {"DBInstanceIdentifier": "a-"}),
        ("InvalidParameterValue", {"DBName": "1x"}),
        ("InvalidParameterCombination", {"EngineVersion": "9.6"}),
        ("InvalidParameterCombination", {"EngineVersion": "17"}),
        ("InvalidParameterValue", {"Engine": "sybase"}),
        ("InvalidParameterValue", {"Tags": [{"Key": "rds:x", "Value": ""}]}),
        ("InvalidParameterValue", {"Tags": [{"Key": "x", "Value": "a*b"}]}),
        ("DBSubnetGroupNotFoundFault", {"DBSubnetGroupName": "none"}),
        ("DBParameterGroupNotFound", {"DBParameterGroupName": "none"}),
    ],
)
def test_wrong_databases(aws: Aws, code: str, wrong: dict[str, Any]) -> None:
    net = prepared(aws)
    aws.refused(code, aws.rds.create_db_instance, **database(net, **wrong))
    assert aws.rds.describe_db_instances()["DBInstances"] == []


def test_names_are_lower_case_and_taken_once(aws: Aws) -> None:
    net = made(aws)
    aws.refused("DBInstanceAlreadyExists", aws.rds.create_db_instance, **database(net, DBInstanceIdentifier="APP"))


def test_changes_wait_for_the_window(aws: Aws) -> None:
    made(aws)
    modify(aws, DBInstanceClass="db.t4g.small")
    aws.settle(3600)
    assert shown(aws)["PendingModifiedValues"] == {"DBInstanceClass": "db.t4g.small"}
    modify(aws, BackupRetentionPeriod=7, ApplyImmediately=True)
    aws.settle(60)
    assert (shown(aws)["DBInstanceClass"], shown(aws)["BackupRetentionPeriod"]) == ("db.t4g.small", 7)
    assert shown(aws)["PendingModifiedValues"] == {}


def test_the_status_lags_behind_a_change(aws: Aws) -> None:
    made(aws)
    modify(aws, DBInstanceClass="db.t4g.small", ApplyImmediately=True)
    assert shown(aws)["DBInstanceStatus"] == "available"
    aws.settle(10)
    assert (shown(aws)["DBInstanceStatus"], shown(aws)["DBInstanceClass"]) == ("modifying", "db.t4g.micro")
    aws.refused(
        "InvalidDBInstanceState", aws.rds.modify_db_instance, DBInstanceIdentifier="app", BackupRetentionPeriod=3
    )
    aws.settle(50)
    assert (shown(aws)["DBInstanceStatus"], shown(aws)["DBInstanceClass"]) == ("available", "db.t4g.small")


def test_versions(aws: Aws) -> None:
    made(aws, EngineVersion="16.8", DBParameterGroupName="default.postgres16")
    modify(aws, EngineVersion="16", ApplyImmediately=True)
    assert shown(aws)["PendingModifiedValues"] == {}
    aws.refused(
        "InvalidParameterCombination", aws.rds.modify_db_instance, DBInstanceIdentifier="app", EngineVersion="17"
    )
    aws.refused(
        "InvalidParameterCombination", aws.rds.modify_db_instance, DBInstanceIdentifier="app", EngineVersion="15"
    )
    modify(aws, EngineVersion="16.9", ApplyImmediately=True)
    aws.settle(10)
    assert shown(aws)["DBInstanceStatus"] == "upgrading"
    aws.settle(50)
    assert shown(aws)["EngineVersion"] == "16.9"


def test_the_password_cannot_be_set_while_it_is_managed(aws: Aws) -> None:
    made(aws)
    aws.refused(
        "InvalidParameterCombination",
        aws.rds.modify_db_instance,
        DBInstanceIdentifier="app",
        MasterUserPassword="longenough",
    )
    aws.refused(
        "InvalidParameterCombination",
        aws.rds.modify_db_instance,
        DBInstanceIdentifier="app",
        ManageMasterUserPassword=False,
    )
    modify(aws, ManageMasterUserPassword=False, MasterUserPassword="longenough", ApplyImmediately=True)
    assert "MasterUserSecret" not in shown(aws)
    modify(aws, ManageMasterUserPassword=True, ApplyImmediately=True)
    assert "MasterUserSecret" in shown(aws)


def test_deletion(aws: Aws) -> None:
    net = made(aws, DeletionProtection=True)
    aws.refused(
        "InvalidParameterCombination", aws.rds.delete_db_instance, DBInstanceIdentifier="app", SkipFinalSnapshot=True
    )
    modify(aws, DeletionProtection=False, ApplyImmediately=True)
    aws.refused(
        "InvalidParameterCombination", aws.rds.delete_db_instance, DBInstanceIdentifier="app", SkipFinalSnapshot=True
    )
    aws.settle(5)
    both = {"SkipFinalSnapshot": True, "FinalDBSnapshotIdentifier": "last"}
    aws.refused("InvalidParameterCombination", aws.rds.delete_db_instance, DBInstanceIdentifier="app", **both)
    aws.refused("InvalidParameterCombination", aws.rds.delete_db_instance, DBInstanceIdentifier="app")
    aws.rds.delete_db_instance(DBInstanceIdentifier="app", FinalDBSnapshotIdentifier="last")
    assert shown(aws)["DBInstanceStatus"] == "deleting"
    aws.refused(
        "InvalidDBInstanceState", aws.rds.delete_db_instance, DBInstanceIdentifier="app", SkipFinalSnapshot=True
    )
    aws.refused("InvalidDBSubnetGroupStateFault", aws.rds.delete_db_subnet_group, DBSubnetGroupName="app")
    aws.refused("InvalidDBParameterGroupState", aws.rds.delete_db_parameter_group, DBParameterGroupName="app")
    aws.refused("DependencyViolation", aws.ec2.delete_security_group, GroupId=net["group"])
    aws.settle(180)
    aws.refused("DBInstanceNotFound", aws.rds.describe_db_instances, status=404, DBInstanceIdentifier="app")
    assert aws.rds.describe_db_snapshots()["DBSnapshots"][0]["Status"] == "available"
    aws.rds.delete_db_subnet_group(DBSubnetGroupName="app")
    aws.rds.delete_db_parameter_group(DBParameterGroupName="app")
    aws.ec2.delete_security_group(GroupId=net["group"])
    aws.rds.delete_db_snapshot(DBSnapshotIdentifier="last")


def test_subnet_groups_need_two_zones(aws: Aws) -> None:
    net = aws.network()
    asked = {"DBSubnetGroupDescription": "x"}
    aws.refused(
        "DBSubnetGroupDoesNotCoverEnoughAZs",
        aws.rds.create_db_subnet_group,
        DBSubnetGroupName="a",
        SubnetIds=net["subnets"][:1],
        **asked,
    )
    aws.refused(
        "InvalidParameterValue",
        aws.rds.create_db_subnet_group,
        DBSubnetGroupName="default",
        SubnetIds=net["subnets"],
        **asked,
    )


def test_tags(aws: Aws) -> None:
    made(aws)
    arn = shown(aws)["DBInstanceArn"]
    aws.rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "more", "Value": "b"}])
    aws.rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["env"])
    assert aws.rds.list_tags_for_resource(ResourceName=arn)["TagList"] == [{"Key": "more", "Value": "b"}]


def test_engine_versions_are_known(aws: Aws) -> None:
    found = aws.rds.describe_db_engine_versions(Engine="postgres", EngineVersion="16")["DBEngineVersions"]
    assert found and all(v["MajorEngineVersion"] == "16" for v in found)
    [default] = aws.rds.describe_db_engine_versions(Engine="postgres", DefaultOnly=True)["DBEngineVersions"]
    assert default["EngineVersion"].startswith("17.")


def test_a_changed_parameter_group_waits_for_a_reboot(aws: Aws) -> None:
    made(aws, DBParameterGroupName="default.postgres16")
    modify(aws, DBParameterGroupName="app", ApplyImmediately=True)
    assert shown(aws)["DBParameterGroups"][0] == {
        "DBParameterGroupName": "app",
        "ParameterApplyStatus": "pending-reboot",
    }
    aws.rds.reboot_db_instance(DBInstanceIdentifier="app")
    assert shown(aws)["DBInstanceStatus"] == "rebooting"
    aws.settle(60)
    assert shown(aws)["DBParameterGroups"][0]["ParameterApplyStatus"] == "in-sync"
