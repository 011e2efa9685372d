"""Proxies before databases: made by others, and read by envctl's audit.

Source: RDS API reference, CreateDBProxy, RegisterDBProxyTargets, DescribeDBProxies, DescribeDBProxyTargets and their
errors.
"""

from __future__ import annotations

from typing import Any

from ..errors import AwsError
from ..rds_store import databases
from ..registry import Context, handles


def _proxies(context: Context) -> dict[str, dict[str, Any]]:
    return context.region.store("proxies", lambda _region: {})


def _proxy(context: Context) -> dict[str, Any]:
    name = context.params["DBProxyName"]
    if name not in _proxies(context):
        raise AwsError("DBProxyNotFoundFault", f"DBProxy {name} not found.", 404)
    return _proxies(context)[name]


def _shown(proxy: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in proxy.items() if not k.startswith("_")}


@handles("rds", "CreateDBProxy")
def create(context: Context) -> Any:
    params, region = context.params, context.region
    name = params["DBProxyName"]
    if name in _proxies(context):
        raise AwsError("DBProxyAlreadyExistsFault", f"DBProxy {name} already exists.", 400)
    proxy = {
        "DBProxyName": name,
        "DBProxyArn": databases(region).arn("db-proxy", name),
        "Status": "available",
        "EngineFamily": params["EngineFamily"],
        "VpcSubnetIds": params["VpcSubnetIds"],
        "RoleArn": params["RoleArn"],
        "Endpoint": f"{name}.proxy-c9akciq32rgw.{region.name}.rds.amazonaws.com",
        "_targets": [],
    }
    _proxies(context)[name] = proxy
    return {"DBProxy": _shown(proxy)}


@handles("rds", "RegisterDBProxyTargets")
def register(context: Context) -> Any:
    proxy, store = _proxy(context), databases(context.region)
    instances = [store.instance(name) for name in context.params.get("DBInstanceIdentifiers", [])]
    added = [{"RdsResourceId": i["DBInstanceIdentifier"], "Type": "RDS_INSTANCE"} for i in instances]
    proxy["_targets"].extend(added)
    return {"DBProxyTargets": added}


@handles("rds", "DescribeDBProxies")
def describe(context: Context) -> Any:
    found = [_proxy(context)] if "DBProxyName" in context.params else list(_proxies(context).values())
    return {"DBProxies": [_shown(p) for p in found]}


@handles("rds", "DescribeDBProxyTargets")
def targets(context: Context) -> Any:
    return {"Targets": _proxy(context)["_targets"]}
