"""DB subnet groups: subnets of two zones at least, held by their databases.

Source: RDS API reference, the pages of the actions and their errors; AWS.md, "Names and limits".
"""

from __future__ import annotations

from typing import Any

from ..errors import AwsError
from ..rds_names import check_subnet_group_name
from ..rds_store import Databases, databases
from ..registry import Context, handles


@handles("rds", "CreateDBSubnetGroup")
def create_subnet_group(context: Context) -> Any:
    store, params = databases(context.region), context.params
    name = check_subnet_group_name(params["DBSubnetGroupName"])
    if name in store.subnet_groups:
        raise AwsError("DBSubnetGroupAlreadyExists", f"The DB subnet group '{name}' already exists.")
    group = {
        "DBSubnetGroupName": name,
        "DBSubnetGroupDescription": params["DBSubnetGroupDescription"],
        "SubnetGroupStatus": "Complete",
        "DBSubnetGroupArn": store.arn("subgrp", name),
        "SupportedNetworkTypes": ["IPV4"],
        **_subnets(context, params["SubnetIds"]),
    }
    store.set_tags(group["DBSubnetGroupArn"], params.get("Tags"))
    store.subnet_groups[name] = group
    return {"DBSubnetGroup": group}


def _subnets(context: Context, ids: list[str]) -> dict[str, Any]:
    found, ec2 = [], context.region.ec2
    for subnet_id in ids:
        try:
            found.append(ec2.get_subnet(subnet_id))
        except Exception:
            raise AwsError("InvalidSubnet", f"The requested subnet is invalid: {subnet_id}") from None
    if len({s.vpc_id for s in found}) > 1:
        raise AwsError("InvalidSubnet", "The subnets are not all in the same VPC.")
    if len({s.availability_zone for s in found}) < 2:
        raise AwsError(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Add subnets to cover at least 2 AZs.",
        )
    return {
        "VpcId": found[0].vpc_id,
        "Subnets": [
            {
                "SubnetIdentifier": s.id,
                "SubnetAvailabilityZone": {"Name": s.availability_zone},
                "SubnetStatus": "Active",
            }
            for s in found
        ],
    }


def subnet_group(store: Databases, name: str) -> dict[str, Any]:
    if name.lower() not in store.subnet_groups:
        raise AwsError("DBSubnetGroupNotFoundFault", f"DB subnet group '{name}' does not exist.", 404)
    return store.subnet_groups[name.lower()]


@handles("rds", "ModifyDBSubnetGroup")
def modify_subnet_group(context: Context) -> Any:
    store, params = databases(context.region), context.params
    group = subnet_group(store, params["DBSubnetGroupName"])
    wanted = set(params["SubnetIds"])
    for instance in store.instances.values():
        if instance["DBSubnetGroup"]["DBSubnetGroupName"] != group["DBSubnetGroupName"]:
            continue
        for interface in store.interfaces.get(instance["DBInstanceIdentifier"], []):
            used = context.region.ec2.enis[interface].subnet.id
            if used not in wanted:
                raise AwsError(
                    "SubnetAlreadyInUse", f"The subnet {used} is in use by {instance['DBInstanceIdentifier']}"
                )
    group.update(_subnets(context, params["SubnetIds"]))
    group["DBSubnetGroupDescription"] = params.get("DBSubnetGroupDescription", group["DBSubnetGroupDescription"])
    return {"DBSubnetGroup": group}


@handles("rds", "DescribeDBSubnetGroups")
def describe_subnet_groups(context: Context) -> Any:
    store, name = databases(context.region), context.params.get("DBSubnetGroupName")
    return {"DBSubnetGroups": [subnet_group(store, name)] if name else list(store.subnet_groups.values())}


@handles("rds", "DeleteDBSubnetGroup")
def delete_subnet_group(context: Context) -> Any:
    store = databases(context.region)
    group = subnet_group(store, context.params["DBSubnetGroupName"])
    for instance in store.instances.values():
        if instance["DBSubnetGroup"]["DBSubnetGroupName"] == group["DBSubnetGroupName"]:
            raise AwsError(
                "InvalidDBSubnetGroupStateFault",
                f"Cannot delete the subnet group '{group['DBSubnetGroupName']}' because at least one database instance: "
                f"{instance['DBInstanceIdentifier']} is still using it.",
            )
    del store.subnet_groups[group["DBSubnetGroupName"]]
    store.tags.pop(group["DBSubnetGroupArn"], None)
    return {}
