"""Listings that lag behind, when they are told to."""

from __future__ import annotations

import urllib.error

import pytest

from strict_aws.inventory import Account, take

from .conftest import ACCOUNT, REGION, Aws
from .test_identity import TRUST


def secrets(aws: Aws) -> list[str]:
    return [s["Name"] for s in aws.secretsmanager.list_secrets()["SecretList"]]


def roles(aws: Aws) -> list[str]:
    return [r["RoleName"] for r in aws.iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]]


def test_it_is_off_unless_told(aws: Aws) -> None:
    aws.secretsmanager.create_secret(Name="app", SecretString="x")
    assert secrets(aws) == ["app"] and aws.strict("lag") == {}


def test_secrets_are_listed_late(aws: Aws) -> None:
    aws.secretsmanager.create_secret(Name="old", SecretString="x")
    aws.strict("lag", {"secretsmanager:ListSecrets": 300})
    aws.secretsmanager.create_secret(Name="new", SecretString="x", Tags=[{"Key": "env", "Value": "a"}])
    assert secrets(aws) == ["old"]
    assert aws.secretsmanager.describe_secret(SecretId="new")["Name"] == "new"
    assert {i["name"] for i in take(Account(aws.url, ACCOUNT, REGION)) if i["kind"] == "secret"} == {"old", "new"}
    aws.settle(299)
    assert secrets(aws) == ["old"]
    aws.settle(1)
    by_tag = aws.secretsmanager.list_secrets(Filters=[{"Key": "tag-value", "Values": ["a"]}])["SecretList"]
    assert secrets(aws) == ["old", "new"] and [s["Name"] for s in by_tag] == ["new"]
    aws.secretsmanager.delete_secret(SecretId="old", ForceDeleteWithoutRecovery=True)
    aws.refused("ResourceNotFoundException", aws.secretsmanager.describe_secret, SecretId="old")
    assert secrets(aws) == ["old", "new"]
    aws.settle(300)
    assert secrets(aws) == ["new"]


def test_the_end_of_a_recovery_window_is_listed_late_too(aws: Aws) -> None:
    aws.secretsmanager.create_secret(Name="app", SecretString="x")
    aws.secretsmanager.delete_secret(SecretId="app", RecoveryWindowInDays=7)
    aws.strict("lag", {"secretsmanager:ListSecrets": 300})

    def planned() -> int:
        return len(aws.secretsmanager.list_secrets(IncludePlannedDeletion=True)["SecretList"])

    aws.settle(7 * 86400)
    assert planned() == 1
    aws.settle(300)
    assert planned() == 0


def test_an_account_that_was_not_used_before_shows_nothing_yet(aws: Aws) -> None:
    aws.strict("lag", {"secretsmanager:ListSecrets": 300})
    other = aws.other("222222222222")
    other.secretsmanager.create_secret(Name="app", SecretString="x")
    assert secrets(other) == []
    aws.settle(300)
    assert secrets(other) == ["app"]


def test_roles_are_listed_late(aws: Aws) -> None:
    aws.strict("lag", {"iam:GetAccountAuthorizationDetails": 10})
    aws.iam.create_role(RoleName="web", AssumeRolePolicyDocument=TRUST)
    assert roles(aws) == [] and aws.iam.get_role(RoleName="web")
    aws.settle(10)
    assert roles(aws) == ["web"]
    aws.iam.delete_role(RoleName="web")
    assert roles(aws) == ["web"]
    aws.strict("lag", {})
    assert roles(aws) == []


def test_only_known_listings_lag(aws: Aws) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400"):
        aws.strict("lag", {"ec2:DescribeVpcs": 5})
