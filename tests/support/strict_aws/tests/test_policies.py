"""Policies that are enforced: by action, resource and condition, and what goes with a call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from strict_aws.policies import Need, decision

from .conftest import ACCOUNT, REGION, Aws

USER = f"arn:aws:iam::{ACCOUNT}:user/strict"
TAGS = [{"Key": "env", "Value": "a"}]
OWN = {"StringEquals": {"aws:ResourceTag/env": "a"}}
BORN = {"StringEquals": {"aws:RequestTag/env": "a"}}


def allow(action: Any, resource: Any = "*", condition: dict | None = None) -> dict:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def install(aws: Aws, *statements: dict) -> None:
    aws.strict("policy", {"account": ACCOUNT, "documents": [{"Version": "2012-10-17", "Statement": list(statements)}]})


def specification(kind: str, tags: list[dict[str, str]] = TAGS) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": tags}]


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        (allow("rds:Describe*"), "allowed"),
        (allow("RDS:describedbinstances"), "allowed"),
        (allow(["rds:Create*"]), "implicitDeny"),
        (allow("rds:*", "arn:aws:rds:*:*:db:shop-?"), "allowed"),
        (allow("rds:*", "arn:aws:rds:*:*:db:Shop-a"), "implicitDeny"),
        (allow("rds:*", "*", {"StringEquals": {"aws:ResourceTag/env": ["a", "b"]}}), "allowed"),
        (allow("rds:*", "*", {"StringLike": {"aws:ResourceTag/none": "*"}}), "implicitDeny"),
        ({**allow("rds:*"), "Effect": "Deny"}, "explicitDeny"),
    ],
)
def test_what_a_statement_allows(statement: dict, wanted: str) -> None:
    need = Need("rds:DescribeDBInstances", "arn:aws:rds:eu:1:db:shop-a", {"aws:ResourceTag/env": "a"})
    assert decision([{"Statement": statement}], need) == wanted


def test_without_a_policy_everything_is_allowed_and_with_one_nothing_else(aws: Aws) -> None:
    aws.ec2.describe_vpcs()
    install(aws, allow("ec2:DescribeVpcs"))
    aws.ec2.describe_vpcs()
    message = aws.refused("UnauthorizedOperation", aws.ec2.describe_subnets, status=403)
    assert "ec2:DescribeSubnets" in message
    aws.refused("AccessDenied", aws.rds.describe_db_instances, status=403)
    aws.refused("AccessDeniedException", aws.secretsmanager.list_secrets, status=400)
    aws.sts.get_caller_identity()
    aws.other("222222222222").ec2.describe_subnets()
    aws.strict("policy", {"account": ACCOUNT, "documents": None})
    aws.ec2.describe_subnets()


def test_what_is_made_is_judged_by_the_tags_that_it_gets(aws: Aws) -> None:
    asked = {"CidrBlock": "10.0.0.0/16"}
    vpc, tagging = f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/*", {"StringLike": {"ec2:CreateAction": "*"}}
    install(aws, allow("ec2:CreateVpc", vpc, BORN))
    aws.refused("UnauthorizedOperation", aws.ec2.create_vpc, **asked)
    message = aws.refused("UnauthorizedOperation", aws.ec2.create_vpc, **asked, TagSpecifications=specification("vpc"))
    assert "ec2:CreateTags" in message
    install(aws, allow("ec2:CreateVpc", vpc, BORN), allow("ec2:CreateTags", vpc, tagging))
    aws.ec2.create_vpc(**asked, TagSpecifications=specification("vpc"))
    aws.refused("UnauthorizedOperation", aws.ec2.create_tags, Resources=["vpc-1"], Tags=TAGS)
    assert {"ec2:CreateTags", "ec2:CreateVpc"} <= set(aws.strict(f"judged?account={ACCOUNT}"))


def test_what_is_there_is_judged_by_its_tags(aws: Aws) -> None:
    own = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=specification("vpc"))["Vpc"]["VpcId"]
    other = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    install(aws, allow("ec2:*Vpc", f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/*", OWN))
    aws.refused("UnauthorizedOperation", aws.ec2.delete_vpc, VpcId=other)
    aws.ec2.delete_vpc(VpcId=own)


def test_a_role_is_passed_by_whoever_may(aws: Aws) -> None:
    aws.iam.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
    aws.iam.create_instance_profile(InstanceProfileName="web")
    adding, asked = allow("iam:AddRoleToInstanceProfile"), {"InstanceProfileName": "web", "RoleName": "web"}
    install(aws, adding)
    assert "iam:PassRole" in aws.refused("AccessDenied", aws.iam.add_role_to_instance_profile, **asked)
    install(aws, adding, allow("iam:PassRole", "*:role/other"))
    aws.refused("AccessDenied", aws.iam.add_role_to_instance_profile, **asked)
    to_instances = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    install(aws, adding, allow("iam:PassRole", "*:role/web", to_instances))
    aws.iam.add_role_to_instance_profile(**asked)


def test_of_several_secrets_those_come_that_may_be_read(aws: Aws) -> None:
    for name in ("a/x", "b/x"):
        aws.secretsmanager.create_secret(Name=name, SecretString="x")
    reading = allow("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:a/*")
    install(aws, allow("secretsmanager:BatchGetSecretValue"), reading)
    answer = aws.secretsmanager.batch_get_secret_value(Filters=[{"Key": "name", "Values": ["a/", "b/"]}])
    assert [s["Name"] for s in answer["SecretValues"]] == ["a/x"]
    assert [e["ErrorCode"] for e in answer["Errors"]] == ["AccessDeniedException"]


def test_the_policy_is_simulated_with_the_context_that_is_given(aws: Aws) -> None:
    install(aws, allow("ec2:DeleteVpc", "*", OWN), allow("iam:SimulatePrincipalPolicy", USER))
    entry = {"ContextKeyName": "aws:ResourceTag/env", "ContextKeyType": "string", "ContextKeyValues": ["a"]}
    asked = {"PolicySourceArn": USER, "ActionNames": ["ec2:DeleteVpc"]}
    for context, wanted in (([entry], "allowed"), ([], "implicitDeny")):
        answer = aws.iam.simulate_principal_policy(**asked, ContextEntries=context)
        assert [r["EvalDecision"] for r in answer["EvaluationResults"]] == [wanted]
