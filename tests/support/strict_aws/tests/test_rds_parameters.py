"""Parameter groups of databases."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Aws

GROUP = {"DBParameterGroupName": "app", "DBParameterGroupFamily": "postgres16", "Description": "x"}


def set_to(name: str, value: str, method: str) -> dict[str, Any]:
    return {
        "DBParameterGroupName": "app",
        "Parameters": [{"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}],
    }


def test_parameters(aws: Aws) -> None:
    aws.rds.create_db_parameter_group(**GROUP)
    assert aws.rds.describe_db_parameters(DBParameterGroupName="app", Source="user")["Parameters"] == []
    aws.rds.modify_db_parameter_group(**set_to("work_mem", "65536", "immediate"))
    [found] = aws.rds.describe_db_parameters(DBParameterGroupName="app", Source="user")["Parameters"]
    assert (found["ParameterName"], found["ParameterValue"]) == ("work_mem", "65536")
    aws.refused("InvalidParameterValue", aws.rds.modify_db_parameter_group, **set_to("nonsense", "1", "immediate"))
    aws.refused(
        "InvalidParameterValue", aws.rds.modify_db_parameter_group, **set_to("rds.force_ssl", "yes", "immediate")
    )
    aws.refused(
        "InvalidParameterCombination",
        aws.rds.modify_db_parameter_group,
        **set_to("max_connections", "100", "immediate"),
    )


@pytest.mark.parametrize(
    ("family", "name", "default", "other"),
    [
        ("postgres16", "rds.force_ssl", "1", "0"),
        ("postgres14", "rds.force_ssl", "0", "1"),
        ("mysql8.4", "require_secure_transport", "1", "0"),
    ],
)
def test_what_equals_the_default_is_not_the_users(aws: Aws, family: str, name: str, default: str, other: str) -> None:
    aws.rds.create_db_parameter_group(**{**GROUP, "DBParameterGroupFamily": family})

    def listed(**more: Any) -> dict[str, str | None]:
        found = aws.rds.describe_db_parameters(DBParameterGroupName="app", **more)["Parameters"]
        return {p["ParameterName"]: p.get("ParameterValue") for p in found}

    assert listed()[name] == default
    aws.rds.modify_db_parameter_group(**set_to(name, default, "immediate"))
    assert listed(Source="user") == {} and listed()[name] == default
    aws.rds.modify_db_parameter_group(**set_to(name, other, "immediate"))
    assert listed(Source="user") == {name: other} and listed()[name] == other
    aws.rds.reset_db_parameter_group(DBParameterGroupName="app", ResetAllParameters=True)
    assert listed(Source="user") == {} and listed()[name] == default
