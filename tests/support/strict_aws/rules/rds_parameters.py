"""DB parameter groups and what is set in them.

Source: RDS API reference, the pages of the actions and their errors; RDS user guide, "Modifying parameters in a DB
parameter group" (static parameters take no immediate change).
"""

from __future__ import annotations

from typing import Any

from .. import rds_engines
from ..errors import AwsError, invalid
from ..rds_names import check_identifier
from ..rds_store import Databases, databases
from ..registry import Context, handles

#: A sample of each family's parameters: name, data type, apply type, allowed values.
PARAMETERS = {
    "postgres": [
        ("max_connections", "integer", "static", "6-8388607"),
        ("shared_buffers", "integer", "static", "16-1073741823"),
        ("work_mem", "integer", "dynamic", "64-2147483647"),
        ("maintenance_work_mem", "integer", "dynamic", "1024-2147483647"),
        ("rds.force_ssl", "boolean", "dynamic", "0,1"),
        ("rds.logical_replication", "boolean", "static", "0,1"),
        ("log_statement", "string", "dynamic", "none,ddl,mod,all"),
        ("log_min_duration_statement", "integer", "dynamic", "-1-2147483647"),
        ("statement_timeout", "integer", "dynamic", "0-2147483647"),
        ("idle_in_transaction_session_timeout", "integer", "dynamic", "0-2147483647"),
        ("shared_preload_libraries", "list", "static", ""),
        ("random_page_cost", "float", "dynamic", "0-1.79769e+308"),
        ("timezone", "string", "dynamic", ""),
    ],
    "mysql": [
        ("max_connections", "integer", "dynamic", "1-100000"),
        ("character_set_server", "string", "dynamic", ""),
        ("collation_server", "string", "dynamic", ""),
        ("innodb_buffer_pool_size", "integer", "dynamic", "5242880-9223372036854775807"),
        ("require_secure_transport", "boolean", "dynamic", "0,1"),
        ("slow_query_log", "boolean", "dynamic", "0,1"),
        ("long_query_time", "float", "dynamic", "0-31536000"),
        ("time_zone", "string", "dynamic", ""),
    ],
}


@handles("rds", "CreateDBParameterGroup")
def create_parameter_group(context: Context) -> Any:
    store, params = databases(context.region), context.params
    name = check_identifier(params["DBParameterGroupName"], "DBParameterGroupName", 255)
    family = params["DBParameterGroupFamily"]
    if name in store.parameter_groups:
        raise AwsError("DBParameterGroupAlreadyExists", f"Parameter group {name} already exists")
    if family not in rds_engines.families():
        raise invalid(f"ParameterGroupFamily {family} is not a valid parameter group family")
    group = {
        "DBParameterGroupName": name,
        "DBParameterGroupFamily": family,
        "Description": params["Description"],
        "DBParameterGroupArn": store.arn("pg", name),
    }
    store.set_tags(group["DBParameterGroupArn"], params.get("Tags"))
    store.parameter_groups[name], store.parameters[name] = group, {}
    return {"DBParameterGroup": group}


def parameter_group(store: Databases, name: str) -> dict[str, Any]:
    if name.lower() not in store.parameter_groups:
        raise AwsError("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}", 404)
    return store.parameter_groups[name.lower()]


@handles("rds", "DescribeDBParameterGroups")
def describe_parameter_groups(context: Context) -> Any:
    store, name = databases(context.region), context.params.get("DBParameterGroupName")
    return {"DBParameterGroups": [parameter_group(store, name)] if name else list(store.parameter_groups.values())}


@handles("rds", "DeleteDBParameterGroup")
def delete_parameter_group(context: Context) -> Any:
    store = databases(context.region)
    group = parameter_group(store, context.params["DBParameterGroupName"])
    name = group["DBParameterGroupName"]
    for instance in store.instances.values():
        if any(g["DBParameterGroupName"] == name for g in instance["DBParameterGroups"]):
            raise AwsError(
                "InvalidDBParameterGroupState",
                "One or more database instances are still members of this parameter group, so the group cannot be deleted",
            )
    del store.parameter_groups[name], store.parameters[name]
    store.tags.pop(group["DBParameterGroupArn"], None)
    return {}


def _catalogue(family: str) -> dict[str, tuple[str, str, str, str]]:
    engine = "postgres" if family.startswith("postgres") else "mysql"
    return {p[0]: p for p in PARAMETERS[engine]}


@handles("rds", "ModifyDBParameterGroup")
def modify_parameter_group(context: Context) -> Any:
    store = databases(context.region)
    group = parameter_group(store, context.params["DBParameterGroupName"])
    name, family = group["DBParameterGroupName"], group["DBParameterGroupFamily"]
    asked = context.params["Parameters"]
    if len(asked) > 20:
        raise invalid("A maximum of 20 parameters can be modified in a single request")
    catalogue, wanted = _catalogue(family), {}
    for each in asked:
        key = each.get("ParameterName")
        if key not in catalogue:
            raise invalid(f"Could not find parameter with name: {key}")
        if each.get("ParameterValue") is None or not each.get("ApplyMethod"):
            raise invalid(
                "The parameters ParameterName, ParameterValue, and ApplyMethod must be provided for each parameter"
            )
        if catalogue[key][2] == "static" and each["ApplyMethod"] == "immediate":
            raise AwsError(
                "InvalidParameterCombination", f"cannot use immediate apply method for static parameter: {key}"
            )
        _check_value(catalogue[key], each["ParameterValue"])
        wanted[key] = {"ParameterValue": each["ParameterValue"], "ApplyMethod": each["ApplyMethod"]}
    store.parameters[name].update(wanted)
    return {"DBParameterGroupName": name}


def _check_value(parameter: tuple[str, str, str, str], value: str) -> None:
    name, kind, _apply, allowed = parameter
    if kind in ("integer", "boolean") and not value.lstrip("-").isdigit() and "{" not in value:
        raise invalid(f"Invalid parameter value: {value} for: {name} allowed values are: {allowed}")
    if (kind == "boolean" and value not in ("0", "1")) or (
        kind == "string" and "," in allowed and value not in allowed.split(",")
    ):
        raise invalid(f"Invalid parameter value: {value} for: {name} allowed values are: {allowed}")


@handles("rds", "ResetDBParameterGroup")
def reset_parameter_group(context: Context) -> Any:
    store = databases(context.region)
    name = parameter_group(store, context.params["DBParameterGroupName"])["DBParameterGroupName"]
    if context.params.get("ResetAllParameters"):
        store.parameters[name].clear()
    for each in context.params.get("Parameters", []):
        store.parameters[name].pop(each.get("ParameterName"), None)
    return {"DBParameterGroupName": name}


@handles("rds", "DescribeDBParameters")
def describe_parameters(context: Context) -> Any:
    store, source = databases(context.region), context.params.get("Source")
    name = context.params["DBParameterGroupName"].lower()
    if name.startswith("default."):
        family, changed = name.removeprefix("default."), {}
    else:
        family, changed = parameter_group(store, name)["DBParameterGroupFamily"], store.parameters[name]
    shown = []
    for key, kind, apply, allowed in _catalogue(family).values():
        item = {
            "ParameterName": key,
            "DataType": kind,
            "ApplyType": apply,
            "AllowedValues": allowed,
            "IsModifiable": True,
            "Source": "user" if key in changed else "engine-default",
            **changed.get(key, {}),
        }
        if source in (None, item["Source"]):
            shown.append(item)
    return {"Parameters": shown}
