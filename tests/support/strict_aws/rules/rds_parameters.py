"""DB parameter groups and what is set in them.

Source: RDS API reference, the pages of the actions and their errors; RDS user guide, "Modifying parameters in a DB
parameter group" (static parameters take no immediate change).
"""

from __future__ import annotations

from typing import Any

from .. import rds_engines
from ..errors import AwsError, invalid
from ..rds_catalogue import Parameter, catalogue
from ..rds_names import check_identifier
from ..rds_store import Databases, databases
from ..registry import Context, handles


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


@handles("rds", "ModifyDBParameterGroup")
def modify_parameter_group(context: Context) -> Any:
    store = databases(context.region)
    group = parameter_group(store, context.params["DBParameterGroupName"])
    name, family = group["DBParameterGroupName"], group["DBParameterGroupFamily"]
    asked = context.params["Parameters"]
    if len(asked) > 20:
        raise invalid("A maximum of 20 parameters can be modified in a single request")
    known, wanted = catalogue(family), {}
    for each in asked:
        key = each.get("ParameterName")
        if key not in known:
            raise invalid(f"Could not find parameter with name: {key}")
        if each.get("ParameterValue") is None or not each.get("ApplyMethod"):
            raise invalid(
                "The parameters ParameterName, ParameterValue, and ApplyMethod must be provided for each parameter"
            )
        if known[key][2] == "static" and each["ApplyMethod"] == "immediate":
            raise AwsError(
                "InvalidParameterCombination", f"cannot use immediate apply method for static parameter: {key}"
            )
        _check_value(known[key], each["ParameterValue"])
        wanted[key] = {"ParameterValue": each["ParameterValue"], "ApplyMethod": each["ApplyMethod"]}
    store.parameters[name].update(wanted)
    return {"DBParameterGroupName": name}


def _check_value(parameter: Parameter, value: str) -> None:
    name, kind, _apply, allowed, _default = parameter
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
    for key, kind, apply, allowed, default in catalogue(family).values():
        # A parameter that is set to what it is anyway is not the user's: `Source=user` leaves it out
        # (hashicorp/terraform-provider-aws, issue 23335).
        value = changed.get(key, {}).get("ParameterValue", default)
        item = {
            "ParameterName": key,
            "DataType": kind,
            "ApplyType": apply,
            "AllowedValues": allowed,
            "IsModifiable": True,
            "Source": "user" if value != default else "system" if default else "engine-default",
            **changed.get(key, {}),
            **({"ParameterValue": value} if value else {}),
        }
        if source in (None, item["Source"]):
            shown.append(item)
    return {"Parameters": shown}
