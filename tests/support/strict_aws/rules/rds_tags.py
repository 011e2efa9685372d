"""Tags of databases, their groups and snapshots.

Source: RDS API reference, AddTagsToResource, RemoveTagsFromResource, ListTagsForResource and their errors.
"""

from __future__ import annotations

from typing import Any

from ..errors import AwsError, invalid
from ..rds_store import databases
from ..registry import Context, handles


@handles("rds", "ListTagsForResource")
def list_tags(context: Context) -> Any:
    return {"TagList": databases(context.region).tag_list(_arn(context))}


@handles("rds", "AddTagsToResource")
def add_tags(context: Context) -> Any:
    databases(context.region).set_tags(_arn(context), context.params["Tags"])
    return {}


@handles("rds", "RemoveTagsFromResource")
def remove_tags(context: Context) -> Any:
    tags = databases(context.region).tags.setdefault(_arn(context), {})
    for key in context.params["TagKeys"]:
        tags.pop(key, None)
    return {}


def _arn(context: Context) -> str:
    arn = context.params["ResourceName"]
    if not databases(context.region).known_arn(arn):
        if not arn.startswith("arn:"):
            raise invalid(f"Invalid resource name: {arn}")
        code = {"db": "DBInstanceNotFound", "subgrp": "DBSubnetGroupNotFoundFault", "pg": "DBParameterGroupNotFound"}
        kind = arn.split(":")[5] if arn.count(":") >= 6 else ""
        raise AwsError(code.get(kind, "InvalidParameterValue"), f"The resource {arn} was not found", 404)
    return arn
