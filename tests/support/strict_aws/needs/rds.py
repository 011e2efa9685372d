"""RDS, and what it asks of KMS and Secrets Manager in the caller's name.

Sources: Service Authorization Reference, Amazon RDS; RDS user guide, "Policy examples" (option groups are judged, too) and
"Password management with Secrets Manager" (permissions of whoever asks for a managed password); YaleSpinup/rds-api,
release v0.19.2 (a final snapshot needs CreateDBSnapshot, and AddTagsToResource where tags are copied).
"""

from __future__ import annotations

from .. import rds_engines
from ..policies import Need
from ..rds_store import databases
from ..registry import Context
from .common import arn, request, resource

NAMED = {"DBInstanceIdentifier": "db", "DBParameterGroupName": "pg", "DBSubnetGroupName": "subgrp"}
MADE = {
    "CreateDBInstance": "DBInstanceIdentifier",
    "CreateDBParameterGroup": "DBParameterGroupName",
    "CreateDBSubnetGroup": "DBSubnetGroupName",
}


def needs(context: Context) -> list[Need]:
    call, params = context.call, context.params
    action = f"rds:{call.action}"
    if call.action.startswith("Describe"):
        return [Need(action)]
    found = []
    for name, kind in NAMED.items():
        if params.get(name):
            one = arn(context, "rds", f"{kind}:{params[name]}")
            if MADE.get(call.action) == name:
                given = request(params.get("Tags"))
                found += [Need(action, one, given), *([Need("rds:AddTagsToResource", one, given)] if given else [])]
            else:
                found.append(Need(action, one, _tags(context, one)))
    if one := params.get("ResourceName"):
        found.append(Need(action, one, {**request(params.get("Tags")), **_tags(context, one)}))
    if call.action == "CreateDBInstance":
        found += _instance(context)
    if snapshot := params.get("FinalDBSnapshotIdentifier"):
        one = arn(context, "rds", f"snapshot:{snapshot}")
        database = arn(context, "rds", f"db:{params['DBInstanceIdentifier']}")
        found.append(Need("rds:CreateDBSnapshot", one))
        found.append(Need("rds:CreateDBSnapshot", database, _tags(context, database)))
        found.append(Need("rds:AddTagsToResource", one))
    return found or [Need(action)]


def _tags(context: Context, one: str) -> dict[str, str]:
    return resource(databases(context.region).tags.get(one, {}))


def _instance(context: Context) -> list[Need]:
    params = context.params
    engine, version = params["Engine"], params.get("EngineVersion")
    major = rds_engines.major(engine, rds_engines.resolve(engine, version)).replace(".", "-")
    found = [Need("rds:CreateDBInstance", arn(context, "rds", f"og:default:{engine}-{major}"))]
    if params.get("ManageMasterUserPassword"):
        secret = arn(context, "secretsmanager", "secret:rds!db-*")
        found += [Need("secretsmanager:CreateSecret", secret), Need("secretsmanager:TagResource", secret)]
        found.append(Need("kms:DescribeKey", arn(context, "kms", "key/*")))
    return found
