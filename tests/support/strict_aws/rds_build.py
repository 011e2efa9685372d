"""A new database: how RDS describes it, where it lies, who knows its password.

Sources: RDS API reference, DBInstance; RDS user guide, "Password management with Secrets Manager".
"""

from __future__ import annotations

import json
import secrets
import string
import uuid
from typing import Any

from . import interfaces, rds_engines
from .errors import AwsError, invalid
from .rds_storage import combination, show_baseline
from .rds_store import Databases
from .rules.rds_parameters import parameter_group
from .world import Region


def described(
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
    show_baseline(instance)
    return instance


def place(
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


def new_secret(region: Region, instance: dict[str, Any], key: str | None) -> dict[str, Any]:
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


def drop_secret(region: Region, instance: dict[str, Any]) -> None:
    if secret := instance.pop("MasterUserSecret", None):
        region.backend("secretsmanager").secrets.pop(secret["SecretArn"])
