"""Databases, secrets, parameters, roles."""

from __future__ import annotations

from collections.abc import Iterator

from .client import Account, Item, item, tags_of


def data(account: Account) -> Iterator[Item]:
    def tags(arn: str) -> dict[str, str]:
        return tags_of(account.call("rds", "list_tags_for_resource", ResourceName=arn)["TagList"])

    for instance in account.pages("rds", "describe_db_instances", "DBInstances"):
        yield item(
            "db-instance",
            instance["DBInstanceIdentifier"],
            instance.get("TagList"),
            instance["DBInstanceIdentifier"],
            status=instance["DBInstanceStatus"],
            instance_class=instance["DBInstanceClass"],
            engine=instance["Engine"],
            version=instance["EngineVersion"],
            storage=instance["AllocatedStorage"],
            storage_type=instance["StorageType"],
            backups=instance["BackupRetentionPeriod"],
            multi_az=instance["MultiAZ"],
            encrypted=instance["StorageEncrypted"],
            public=instance["PubliclyAccessible"],
            protected=instance["DeletionProtection"],
            pending=sorted(instance.get("PendingModifiedValues", {})),
            secret=instance.get("MasterUserSecret", {}).get("SecretArn"),
        )
    for group in account.pages("rds", "describe_db_subnet_groups", "DBSubnetGroups"):
        name, arn = group["DBSubnetGroupName"], group["DBSubnetGroupArn"]
        yield item(
            "db-subnet-group", name, tags(arn), name, subnets=sorted(s["SubnetIdentifier"] for s in group["Subnets"])
        )
    for group in account.pages("rds", "describe_db_parameter_groups", "DBParameterGroups"):
        name, arn = group["DBParameterGroupName"], group["DBParameterGroupArn"]
        changed = account.pages("rds", "describe_db_parameters", "Parameters", DBParameterGroupName=name, Source="user")
        values = {p["ParameterName"]: p.get("ParameterValue") for p in changed}
        yield item(
            "db-parameter-group", name, tags(arn), name, family=group["DBParameterGroupFamily"], parameters=values
        )
    for snapshot in account.pages("rds", "describe_db_snapshots", "DBSnapshots"):
        name = snapshot["DBSnapshotIdentifier"]
        yield item(
            "db-snapshot",
            name,
            snapshot.get("TagList"),
            name,
            status=snapshot["Status"],
            instance=snapshot["DBInstanceIdentifier"],
        )
    for secret in account.pages("secretsmanager", "list_secrets", "SecretList", IncludePlannedDeletion=True):
        yield item(
            "secret",
            secret["ARN"],
            secret.get("Tags"),
            secret["Name"],
            planned_deletion="DeletedDate" in secret,
            owner=secret.get("OwningService"),
        )
    for parameter in account.pages("ssm", "describe_parameters", "Parameters"):
        if not parameter["Name"].startswith("/aws/"):
            found = account.call(
                "ssm", "list_tags_for_resource", ResourceType="Parameter", ResourceId=parameter["Name"]
            )
            yield item(
                "ssm-parameter",
                parameter["Name"],
                found.get("TagList"),
                parameter["Name"],
                type=parameter["Type"],
                version=parameter.get("Version"),
            )


def identity(account: Account) -> Iterator[Item]:
    for role in account.pages("iam", "list_roles", "Roles"):
        if role["Path"].startswith("/aws-service-role/"):
            continue
        name = role["RoleName"]
        tags = tags_of(account.call("iam", "list_role_tags", RoleName=name)["Tags"])
        inline = account.call("iam", "list_role_policies", RoleName=name)["PolicyNames"]
        attached = account.call("iam", "list_attached_role_policies", RoleName=name)["AttachedPolicies"]
        yield item(
            "role",
            name,
            tags,
            name,
            path=role["Path"],
            inline=sorted(inline),
            attached=sorted(p["PolicyArn"] for p in attached),
        )
    for profile in account.pages("iam", "list_instance_profiles", "InstanceProfiles"):
        name = profile["InstanceProfileName"]
        tags = tags_of(account.call("iam", "list_instance_profile_tags", InstanceProfileName=name)["Tags"])
        yield item(
            "instance-profile",
            name,
            tags,
            name,
            path=profile["Path"],
            roles=sorted(r["RoleName"] for r in profile["Roles"]),
        )
