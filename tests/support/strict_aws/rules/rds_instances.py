"""Databases: five minutes to be created, a minute to be modified, three to be deleted.

Sources: RDS API reference (CreateDBInstance, ModifyDBInstance, DeleteDBInstance and their errors); RDS user guide,
"Viewing DB instance status" and "Password management with Secrets Manager"; AWS.md, "RDS delete", "multi-AZ".
"""

from __future__ import annotations

from typing import Any

from .. import interfaces, rds_engines, rds_modify
from ..errors import AwsError, invalid
from ..rds_build import described, drop_secret, new_secret, place
from ..rds_names import (
    check_backup,
    check_database,
    check_identifier,
    check_password,
    check_user,
)
from ..rds_storage import check_storage, combination
from ..rds_store import Databases, databases, shown
from ..registry import Context, handles
from ..world import Region, wall
from .rds_parameters import parameter_group
from .rds_snapshots import begin_snapshot
from .rds_subnet_groups import subnet_group

CREATE_SECONDS = 240.0
#: The first automated backup, while the endpoint already answers.
BACKUP_SECONDS = 60.0
DELETE_SECONDS = 180.0
#: How long a database counts as protected after its protection was switched off: hashicorp/terraform-provider-aws
#: repeats a deletion that is refused so after it has changed the setting.
PROTECTED_SECONDS = 5.0
#: DeleteDBInstance's page, SkipFinalSnapshot: in these states "you can delete it only when" it is set.
NO_SNAPSHOT = ("failed", "incompatible-restore", "incompatible-network")


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
    instance = described(store, region, name, version, group, params)
    for group_id in params.get("VpcSecurityGroupIds", []):
        found = region.ec2.get_security_group_from_id(group_id)
        if found is None:
            raise invalid(f"Invalid security group , groupId= {group_id}, groupName=")
        if found.vpc_id != group["VpcId"]:
            raise AwsError(
                "InvalidVPCNetworkStateFault", "The DB instance and EC2 security group are in different VPCs."
            )
    store.set_tags(instance["DBInstanceArn"], params.get("Tags"))
    place(store, region, instance, group, params)
    if managed:
        instance["MasterUserSecret"] = new_secret(region, instance, params.get("MasterUserSecretKmsKeyId"))
    store.instances[name] = instance
    region.after(CREATE_SECONDS, lambda: _created(region, instance))
    return {"DBInstance": shown(store, instance)}


def _created(region: Region, instance: dict[str, Any]) -> None:
    """It answers already while its first backup is made; without backups it is just created a little longer."""
    if instance["DBInstanceStatus"] != "creating":
        return
    if instance["BackupRetentionPeriod"]:
        _answers(region, instance)
        instance["DBInstanceStatus"] = "backing-up"

    def available() -> None:
        if instance["DBInstanceStatus"] in ("backing-up", "creating"):
            _answers(region, instance)
            instance["DBInstanceStatus"] = "available"

    region.after(BACKUP_SECONDS, available)


def _answers(region: Region, instance: dict[str, Any]) -> None:
    host = f"{instance['DBInstanceIdentifier']}.c1a2b3c4d5e6.{region.name}.rds.amazonaws.com"
    instance["Endpoint"] = {"Address": host, "Port": instance["_port"], "HostedZoneId": "Z1RLNUO7B9Q6NB"}
    instance["InstanceCreateTime"] = wall()
    if "MasterUserSecret" in instance:
        instance["MasterUserSecret"]["SecretStatus"] = "active"


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
    if instance["DeletionProtection"] and params.get("DeletionProtection") is False:
        instance["_protected_until"] = region.now() + PROTECTED_SECONDS
    for key in rds_modify.AT_ONCE:
        if params.get(key) is not None:
            instance[key] = params[key]
    if params.get("MasterUserPassword"):
        changes["MasterUserPassword"] = "****"
    if params.get("ManageMasterUserPassword") and "MasterUserSecret" not in instance:
        instance["MasterUserSecret"] = new_secret(region, instance, params.get("MasterUserSecretKmsKeyId"))
        instance["MasterUserSecret"]["SecretStatus"] = "active"
    elif params.get("ManageMasterUserPassword") is False:
        drop_secret(region, instance)
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
    if instance["DeletionProtection"] or region.now() < instance.get("_protected_until", 0):
        raise combination("Cannot delete protected DB Instance, please disable deletion protection and try again.")
    if not skip and not final:
        raise combination("FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
    if skip and final:
        raise combination(
            "FinalDBSnapshotIdentifier can not be specified when deleting with SkipFinalSnapshot set to true."
        )
    if final:
        if instance["DBInstanceStatus"] in NO_SNAPSHOT:
            raise AwsError(
                "InvalidDBInstanceState",
                f"Cannot create a final snapshot because the database instance is in the {instance['DBInstanceStatus']} state; it can only be deleted with SkipFinalSnapshot.",
            )
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
        drop_secret(region, instance)

    region.after(DELETE_SECONDS, gone)
    return {"DBInstance": shown(store, instance)}
