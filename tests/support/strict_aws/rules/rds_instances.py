"""Databases: five minutes to be created, a minute to be modified, three to be deleted.

Sources: RDS API reference (CreateDBInstance, ModifyDBInstance, DeleteDBInstance and their errors); RDS user guide,
"Viewing DB instance status" and "Password management with Secrets Manager"; AWS.md, "RDS delete", "multi-AZ".
"""

from __future__ import annotations

import json
import secrets
import string
import uuid
from typing import Any

from .. import interfaces, rds_engines, rds_modify
from ..errors import AwsError, invalid
from ..rds_names import (
    check_backup,
    check_database,
    check_identifier,
    check_password,
    check_storage,
    check_user,
    combination,
)
from ..rds_store import Databases, databases
from ..registry import Context, handles
from ..world import Region, wall
from .rds_groups import parameter_group, subnet_group
from .rds_snapshots import begin_snapshot

CREATE_SECONDS = 240.0
#: The first automated backup, while the endpoint already answers.
BACKUP_SECONDS = 60.0
DELETE_SECONDS = 180.0


@handles("rds", "CreateDBInstance")
def create(context: Context) -> Any:
    region, params = context.region, context.params
    store = databases(region)
    name, engine = check_identifier(params["DBInstanceIdentifier"]), params["Engine"]
    if name in store.instances:
        raise AwsError("DBInstanceAlreadyExists", "DB instance already exists")
    version = rds_engines.resolve(engine, params.get("EngineVersion"))
    if not params["DBInstanceClass"].startswith("db."):
        raise invalid(f"Invalid DB Instance class: {params['DBInstanceClass']}")
    if not params.get("MasterUsername"):
        raise invalid("The parameter MasterUsername must be provided and must not be blank.")
    check_user(engine, params["MasterUsername"])
    managed, password = params.get("ManageMasterUserPassword"), params.get("MasterUserPassword")
    if managed and password:
        raise combination("You can't specify both ManageMasterUserPassword and MasterUserPassword.")
    if not managed and not password:
        raise invalid("The parameter MasterUserPassword must be provided and must not be blank.")
    if password:
        check_password(engine, password)
    if params.get("MasterUserSecretKmsKeyId") and not managed:
        raise combination("You can specify MasterUserSecretKmsKeyId only with ManageMasterUserPassword.")
    check_storage(engine, params)
    check_backup(params.get("BackupRetentionPeriod"))
    if params.get("DBName"):
        check_database(engine, params["DBName"])
    if params.get("MultiAZ") and params.get("AvailabilityZone"):
        raise combination("Requesting a specific availability zone is not valid for Multi-AZ instances.")
    if not params.get("DBSubnetGroupName"):
        raise invalid("DBSubnetGroupName is needed here: the strict layer places no database in the default VPC")
    group = subnet_group(store, params["DBSubnetGroupName"])
    instance = _describe_new(store, region, name, version, group, params)
    for group_id in params.get("VpcSecurityGroupIds", []):
        found = region.ec2.get_security_group_from_id(group_id)
        if found is None:
            raise invalid(f"Invalid security group , groupId= {group_id}, groupName=")
        if found.vpc_id != group["VpcId"]:
            raise AwsError(
                "InvalidVPCNetworkStateFault", "The DB instance and EC2 security group are in different VPCs."
            )
    store.set_tags(instance["DBInstanceArn"], params.get("Tags"))
    _place(store, region, instance, group, params)
    if managed:
        instance["MasterUserSecret"] = _secret(region, instance, params.get("MasterUserSecretKmsKeyId"))
    store.instances[name] = instance
    region.after(CREATE_SECONDS, lambda: _created(region, instance))
    return {"DBInstance": shown(store, instance)}


def _describe_new(
    store: Databases, region: Region, name: str, version: str, group: dict[str, Any], params: dict[str, Any]
) -> dict[str, Any]:
    engine, kind = params["Engine"], params.get("StorageType", "gp2")
    parameters = params.get("DBParameterGroupName")
    if parameters and not parameters.startswith("default."):
        found = parameter_group(store, parameters)
        if found["DBParameterGroupFamily"] != rds_engines.family(engine, version):
            raise combination(
                f"The parameter group {parameters} with DBParameterGroupFamily {found['DBParameterGroupFamily']} can't be used for this instance. Please use a parameter group with DBParameterGroupFamily {rds_engines.family(engine, version)}"
            )
    instance: dict[str, Any] = {
        "DBInstanceIdentifier": name,
        "DBInstanceArn": store.arn("db", name),
        "DbiResourceId": "db-" + uuid.uuid4().hex[:26].upper(),
        "DBInstanceClass": params["DBInstanceClass"],
        "Engine": engine,
        "EngineVersion": version,
        "DBInstanceStatus": "creating",
        "MasterUsername": params["MasterUsername"],
        "AllocatedStorage": params["AllocatedStorage"],
        "StorageType": kind,
        "StorageEncrypted": params.get("StorageEncrypted", False),
        "BackupRetentionPeriod": params.get("BackupRetentionPeriod", 1),
        "MultiAZ": params.get("MultiAZ", False),
        "PubliclyAccessible": params.get("PubliclyAccessible", False),
        "DeletionProtection": params.get("DeletionProtection", False),
        "CopyTagsToSnapshot": params.get("CopyTagsToSnapshot", False),
        "AutoMinorVersionUpgrade": params.get("AutoMinorVersionUpgrade", True),
        "PreferredBackupWindow": params.get("PreferredBackupWindow", "03:05-03:35"),
        "PreferredMaintenanceWindow": params.get("PreferredMaintenanceWindow", "sun:04:10-sun:04:40"),
        "DbInstancePort": 0,
        "CACertificateIdentifier": params.get("CACertificateIdentifier", "rds-ca-rsa2048-g1"),
        "PendingModifiedValues": {},
        "DBSubnetGroup": group,
        "DBParameterGroups": [
            {
                "DBParameterGroupName": (parameters or f"default.{rds_engines.family(engine, version)}").lower(),
                "ParameterApplyStatus": "in-sync",
            }
        ],
        "DBSecurityGroups": [],
        "_port": params.get("Port", rds_engines.PORTS[engine]),
    }
    for key in (
        "DBName",
        "MaxAllocatedStorage",
        "KmsKeyId",
        "Iops",
        "StorageThroughput",
        "MonitoringInterval",
        "PerformanceInsightsEnabled",
    ):
        if params.get(key) is not None:
            instance[key] = params[key]
    if kind == "gp3" and "Iops" not in instance:
        instance["Iops"], instance["StorageThroughput"] = (
            (3000, 125) if params["AllocatedStorage"] < 400 else (12000, 500)
        )
    return instance


def _place(
    store: Databases, region: Region, instance: dict[str, Any], group: dict[str, Any], params: dict[str, Any]
) -> None:
    """Interfaces in one zone of the subnet group, in two of them with a standby."""
    subnets = {s["SubnetAvailabilityZone"]["Name"]: s["SubnetIdentifier"] for s in reversed(group["Subnets"])}
    zone = params.get("AvailabilityZone") or sorted(subnets)[0]
    if zone not in subnets:
        raise invalid(f"The DB subnet group has no subnet in {zone}")
    groups = params.get("VpcSecurityGroupIds") or [region.ec2.get_default_security_group(group["VpcId"]).id]
    zones = [zone, *[z for z in sorted(subnets) if z != zone][:1]] if instance["MultiAZ"] else [zone]
    instance["AvailabilityZone"] = zone
    instance["VpcSecurityGroups"] = [{"VpcSecurityGroupId": g, "Status": "active"} for g in groups]
    public = instance["PubliclyAccessible"]
    if public and not any(g.vpc and g.vpc.id == group["VpcId"] for g in region.ec2.internet_gateways.values()):
        raise AwsError(
            "InvalidVPCNetworkStateFault",
            "Cannot create a publicly accessible DBInstance. The specified VPC has no internet gateway attached.",
        )
    store.interfaces[instance["DBInstanceIdentifier"]] = [
        interfaces.hold(region, subnets[z], groups, "RDSNetworkInterface", public=public).id for z in zones
    ]


def _secret(region: Region, instance: dict[str, Any], key: str | None) -> dict[str, Any]:
    """RDS user guide: the secret is `rds!db-…` and holds the chosen user name and a generated password."""
    password = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(28))
    secret = region.backend("secretsmanager").create_managed_secret(
        service_name="rds",
        secret_id=f"rds!db-{uuid.uuid4()}",
        secret_string=json.dumps({"username": instance["MasterUsername"], "password": password}),
        description=f"The secret associated with the primary RDS DB instance: {instance['DBInstanceArn']}",
        tags=[{"Key": "aws:rds:primaryDBInstanceArn", "Value": instance["DBInstanceArn"]}],
    )
    arn = f"arn:aws:kms:{region.name}:{region.account}:key/{uuid.uuid4()}"
    return {"SecretArn": secret.arn, "SecretStatus": "creating", "KmsKeyId": key or arn}


def _drop_secret(region: Region, instance: dict[str, Any]) -> None:
    if secret := instance.pop("MasterUserSecret", None):
        region.backend("secretsmanager").secrets.pop(secret["SecretArn"])


def _created(region: Region, instance: dict[str, Any]) -> None:
    if instance["DBInstanceStatus"] != "creating":
        return
    host = f"{instance['DBInstanceIdentifier']}.c1a2b3c4d5e6.{region.name}.rds.amazonaws.com"
    instance["Endpoint"] = {"Address": host, "Port": instance["_port"], "HostedZoneId": "Z1RLNUO7B9Q6NB"}
    instance["InstanceCreateTime"] = wall()
    if "MasterUserSecret" in instance:
        instance["MasterUserSecret"]["SecretStatus"] = "active"
    instance["DBInstanceStatus"] = "backing-up"
    if not instance["BackupRetentionPeriod"]:
        instance["DBInstanceStatus"] = "configuring-enhanced-monitoring"

    def available() -> None:
        if instance["DBInstanceStatus"] in ("backing-up", "configuring-enhanced-monitoring"):
            instance["DBInstanceStatus"] = "available"

    region.after(BACKUP_SECONDS, available)


def shown(store: Databases, instance: dict[str, Any]) -> dict[str, Any]:
    """As the API describes it: what begins with an underscore is the layer's own."""
    pending = dict(instance["PendingModifiedValues"])
    public = {k: v for k, v in instance.items() if not k.startswith("_")}
    return {**public, "PendingModifiedValues": pending, "TagList": store.tag_list(instance["DBInstanceArn"])}


@handles("rds", "DescribeDBInstances")
def describe(context: Context) -> Any:
    store, name = databases(context.region), context.params.get("DBInstanceIdentifier")
    found = [store.instance(name.rsplit(":", 1)[-1])] if name else list(store.instances.values())
    fields = {"db-instance-id": "DBInstanceIdentifier", "engine": "Engine", "dbi-resource-id": "DbiResourceId"}
    for each in context.params.get("Filters", []):
        if each["Name"] not in fields:
            raise invalid(f"Unrecognized filter name: {each['Name']}")
        wanted = {v.rsplit(":", 1)[-1] for v in each["Values"]}
        found = [i for i in found if i[fields[each["Name"]]] in wanted]
    return {"DBInstances": [shown(store, i) for i in found]}


@handles("rds", "ModifyDBInstance")
def modify(context: Context) -> Any:
    region, params = context.region, context.params
    store = databases(region)
    instance = store.instance(params["DBInstanceIdentifier"])
    if instance["DBInstanceStatus"] not in ("available", "storage-optimization"):
        raise AwsError(
            "InvalidDBInstanceState",
            f"Database instance is not in available state. Current state: {instance['DBInstanceStatus']}",
        )
    if params.get("NewDBInstanceIdentifier"):
        raise invalid("The strict layer does not rename databases")
    rds_modify.check_new_password(instance, params)
    changes = rds_modify.wanted_changes(instance, params)
    for key in ("PreferredBackupWindow", "PreferredMaintenanceWindow"):
        rds_modify.check_window(key, params.get(key))
    if parameters := params.get("DBParameterGroupName"):
        found = parameter_group(store, parameters)
        if found["DBParameterGroupName"] != instance["DBParameterGroups"][0]["DBParameterGroupName"]:
            # "changes … are not applied until the instance is rebooted".
            instance["DBParameterGroups"] = [
                {"DBParameterGroupName": found["DBParameterGroupName"], "ParameterApplyStatus": "pending-reboot"}
            ]
    if groups := params.get("VpcSecurityGroupIds"):
        _change_groups(store, region, instance, groups)
    for key in rds_modify.AT_ONCE:
        if params.get(key) is not None:
            instance[key] = params[key]
    if params.get("MasterUserPassword"):
        changes["MasterUserPassword"] = "****"
    if params.get("ManageMasterUserPassword") and "MasterUserSecret" not in instance:
        instance["MasterUserSecret"] = _secret(region, instance, params.get("MasterUserSecretKmsKeyId"))
        instance["MasterUserSecret"]["SecretStatus"] = "active"
    elif params.get("ManageMasterUserPassword") is False:
        _drop_secret(region, instance)
    instance["PendingModifiedValues"].update(rds_modify.as_pending(changes))
    if params.get("ApplyImmediately") and instance["PendingModifiedValues"]:
        rds_modify.apply_later(region, instance)
    return {"DBInstance": shown(store, instance)}


def _change_groups(store: Databases, region: Region, instance: dict[str, Any], groups: list[str]) -> None:
    found = []
    for group_id in groups:
        group = region.ec2.get_security_group_from_id(group_id)
        if group is None:
            raise invalid(f"Invalid security group , groupId= {group_id}, groupName=")
        found.append(group)
    for interface in store.interfaces[instance["DBInstanceIdentifier"]]:
        region.ec2.enis[interface]._group_set = found
    instance["VpcSecurityGroups"] = [{"VpcSecurityGroupId": g, "Status": "active"} for g in groups]


@handles("rds", "RebootDBInstance")
def reboot(context: Context) -> Any:
    region, store = context.region, databases(context.region)
    instance = store.instance(context.params["DBInstanceIdentifier"])
    if instance["DBInstanceStatus"] not in ("available", "storage-optimization"):
        raise AwsError(
            "InvalidDBInstanceState", f"Instance {instance['DBInstanceIdentifier']} is not in available state."
        )
    instance["DBInstanceStatus"] = "rebooting"

    def done() -> None:
        if instance["DBInstanceStatus"] == "rebooting":
            instance["DBInstanceStatus"] = "available"
            instance["DBParameterGroups"][0]["ParameterApplyStatus"] = "in-sync"

    region.after(60.0, done)
    return {"DBInstance": shown(store, instance)}


@handles("rds", "DeleteDBInstance")
def delete(context: Context) -> Any:
    region, params = context.region, context.params
    store = databases(region)
    instance = store.instance(params["DBInstanceIdentifier"])
    skip, final = params.get("SkipFinalSnapshot", False), params.get("FinalDBSnapshotIdentifier")
    if instance["DBInstanceStatus"] == "deleting":
        raise AwsError(
            "InvalidDBInstanceState", f"Instance {instance['DBInstanceIdentifier']} is already being deleted."
        )
    if instance["DeletionProtection"]:
        raise combination("Cannot delete protected DB Instance, please disable deletion protection and try again.")
    if not skip and not final:
        raise combination("FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
    if skip and final:
        raise combination(
            "FinalDBSnapshotIdentifier can not be specified when deleting with SkipFinalSnapshot set to true."
        )
    if final:
        if instance["DBInstanceStatus"] in ("creating", "rebooting", "modifying"):
            raise AwsError(
                "InvalidDBInstanceState",
                f"Instance {instance['DBInstanceIdentifier']} is currently {instance['DBInstanceStatus']} - try again later.",
            )
        begin_snapshot(region, instance, final, [])
    instance["DBInstanceStatus"] = "deleting"

    def gone() -> None:
        name = instance["DBInstanceIdentifier"]
        store.instances.pop(name, None)
        store.tags.pop(instance["DBInstanceArn"], None)
        for interface in store.interfaces.pop(name, []):
            interfaces.release(region, interface)
        _drop_secret(region, instance)

    region.after(DELETE_SECONDS, gone)
    return {"DBInstance": shown(store, instance)}
