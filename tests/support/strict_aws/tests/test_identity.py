"""IAM, STS, Secrets Manager, parameters."""

from __future__ import annotations

import json

import pytest

from .conftest import Aws

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "secretsmanager:Get*", "Resource": "*"}]}
)
MANAGED = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


def role(aws: Aws) -> None:
    aws.iam.create_role(
        RoleName="web", Path="/envctl/", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "env", "Value": "a"}]
    )


def test_roles_are_emptied_before_they_go(aws: Aws) -> None:
    role(aws)
    aws.iam.create_instance_profile(InstanceProfileName="web")
    aws.iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    aws.iam.put_role_policy(RoleName="web", PolicyName="p", PolicyDocument=POLICY)
    aws.iam.attach_role_policy(RoleName="web", PolicyArn=MANAGED)
    aws.refused("DeleteConflict", aws.iam.delete_role, status=409, RoleName="web")
    aws.refused("DeleteConflict", aws.iam.delete_instance_profile, status=409, InstanceProfileName="web")
    aws.iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="web")
    aws.iam.delete_instance_profile(InstanceProfileName="web")
    aws.refused("DeleteConflict", aws.iam.delete_role, RoleName="web")
    aws.iam.detach_role_policy(RoleName="web", PolicyArn=MANAGED)
    aws.refused("DeleteConflict", aws.iam.delete_role, RoleName="web")
    aws.iam.delete_role_policy(RoleName="web", PolicyName="p")
    aws.iam.delete_role(RoleName="web")


def test_roles_are_unique_ignoring_case(aws: Aws) -> None:
    role(aws)
    aws.refused("EntityAlreadyExists", aws.iam.create_role, status=409, RoleName="WEB", AssumeRolePolicyDocument=TRUST)


def test_one_role_a_profile(aws: Aws) -> None:
    role(aws)
    aws.iam.create_role(RoleName="other", AssumeRolePolicyDocument=TRUST)
    aws.iam.create_instance_profile(InstanceProfileName="web", Tags=[{"Key": "env", "Value": "a"}])
    aws.iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    for name in ("web", "other"):
        asked = {"InstanceProfileName": "web", "RoleName": name}
        aws.refused("LimitExceeded", aws.iam.add_role_to_instance_profile, status=409, **asked)
    tags = aws.iam.list_instance_profile_tags(InstanceProfileName="web")["Tags"]
    assert tags == [{"Key": "env", "Value": "a"}]
    held = {"InstanceProfileName": "web", "RoleName": "web"}
    aws.iam.remove_role_from_instance_profile(**held)
    aws.refused("NoSuchEntity", aws.iam.remove_role_from_instance_profile, status=404, **held)


def test_profiles_are_unique(aws: Aws) -> None:
    aws.iam.create_instance_profile(InstanceProfileName="web")
    for name in ("web", "WEB"):
        aws.refused("EntityAlreadyExists", aws.iam.create_instance_profile, status=409, InstanceProfileName=name)


def test_a_managed_policy_holds_its_role(aws: Aws) -> None:
    role(aws)
    aws.iam.attach_role_policy(RoleName="web", PolicyArn=MANAGED)
    aws.refused("DeleteConflict", aws.iam.delete_role, status=409, RoleName="web")
    aws.iam.detach_role_policy(RoleName="web", PolicyArn=MANAGED)
    aws.iam.delete_role(RoleName="web")


def test_authorization_details(aws: Aws) -> None:
    role(aws)
    aws.iam.put_role_policy(RoleName="web", PolicyName="p", PolicyDocument=POLICY)
    aws.iam.create_instance_profile(InstanceProfileName="web", Path="/envctl/", Tags=[{"Key": "env", "Value": "a"}])
    aws.iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    aws.iam.attach_role_policy(RoleName="web", PolicyArn=MANAGED)
    found = aws.iam.get_account_authorization_details(Filter=["Role"])
    [detail] = [r for r in found["RoleDetailList"] if r["RoleName"] == "web"]
    assert detail["Tags"] == [{"Key": "env", "Value": "a"}] and detail["Path"] == "/envctl/"
    assert detail["AssumeRolePolicyDocument"] == json.loads(TRUST)
    assert detail["RolePolicyList"][0]["PolicyDocument"] == json.loads(POLICY)
    assert detail["AttachedManagedPolicies"][0]["PolicyArn"] == MANAGED
    [profile] = detail["InstanceProfileList"]
    assert (profile["InstanceProfileName"], profile["Path"]) == ("web", "/envctl/")
    assert profile["Tags"] == [{"Key": "env", "Value": "a"}]


def test_simulation(aws: Aws) -> None:
    role(aws)
    aws.iam.put_role_policy(RoleName="web", PolicyName="p", PolicyDocument=POLICY)
    arn = aws.iam.get_role(RoleName="web")["Role"]["Arn"]

    def decisions(source: str) -> list[str]:
        asked = aws.iam.simulate_principal_policy(
            PolicySourceArn=source, ActionNames=["secretsmanager:GetSecretValue", "rds:CreateDBInstance"]
        )
        return [r["EvalDecision"] for r in asked["EvaluationResults"]]

    assert decisions(arn) == ["allowed", "implicitDeny"]
    caller = aws.sts.get_caller_identity()["Arn"]
    assert decisions(caller) == ["allowed", "allowed"]
    aws.strict("deny", {"actions": ["rds:*"]})
    assert decisions(caller) == ["allowed", "implicitDeny"]


@pytest.mark.parametrize(
    "text", ["{}", "not json", '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*"}]}']
)
def test_malformed_policies(aws: Aws, text: str) -> None:
    role(aws)
    asked = {"RoleName": "web", "PolicyName": "p", "PolicyDocument": text}
    aws.refused("MalformedPolicyDocument", aws.iam.put_role_policy, **asked)


def test_only_roles_that_exist_can_be_assumed(aws: Aws) -> None:
    asked = {"RoleArn": "arn:aws:iam::222222222222:role/deploy", "RoleSessionName": "session"}
    aws.refused("AccessDenied", aws.sts.assume_role, status=403, **asked)
    aws.other("222222222222").iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=TRUST)
    assert aws.sts.assume_role(**asked)["Credentials"]["AccessKeyId"].startswith("ASIA")


def test_a_deleted_secrets_name_is_blocked(aws: Aws) -> None:
    asked = {"Name": "app", "SecretString": "x"}
    aws.secretsmanager.create_secret(**asked)
    aws.secretsmanager.delete_secret(SecretId="app", RecoveryWindowInDays=7)
    aws.refused("InvalidRequestException", aws.secretsmanager.create_secret, **asked)
    aws.refused("InvalidRequestException", aws.secretsmanager.put_secret_value, SecretId="app", SecretString="y")
    aws.refused("InvalidRequestException", aws.secretsmanager.get_secret_value, SecretId="app")
    assert aws.secretsmanager.list_secrets()["SecretList"] == []
    [planned] = aws.secretsmanager.list_secrets(IncludePlannedDeletion=True)["SecretList"]
    assert "DeletedDate" in planned
    named = {"Filters": [{"Key": "name", "Values": ["ap"]}]}
    assert aws.secretsmanager.batch_get_secret_value(**named)["SecretValues"] == []
    aws.secretsmanager.restore_secret(SecretId="app")
    [found] = aws.secretsmanager.batch_get_secret_value(**named)["SecretValues"]
    assert found["SecretString"] == "x"
    aws.secretsmanager.put_secret_value(SecretId="app", SecretString="y")
    aws.settle(8 * 86400)
    assert aws.secretsmanager.get_secret_value(SecretId="app")["SecretString"] == "y"


def test_values_come_twenty_at_a_time(aws: Aws) -> None:
    for number in range(25):
        aws.secretsmanager.create_secret(Name=f"app/{number}", SecretString=str(number))
    named = {"Filters": [{"Key": "name", "Values": ["app/"]}]}
    first = aws.secretsmanager.batch_get_secret_value(**named)
    rest = aws.secretsmanager.batch_get_secret_value(**named, NextToken=first["NextToken"])
    assert (len(first["SecretValues"]), len(rest["SecretValues"]), "NextToken" in rest) == (20, 5, False)


def test_the_recovery_window_ends(aws: Aws) -> None:
    aws.secretsmanager.create_secret(Name="app", SecretString="x")
    aws.secretsmanager.delete_secret(SecretId="app", RecoveryWindowInDays=7)
    aws.settle(7 * 86400)
    aws.refused("ResourceNotFoundException", aws.secretsmanager.describe_secret, SecretId="app")
    aws.secretsmanager.create_secret(Name="app", SecretString="x")


def test_forced_deletion_is_asynchronous(aws: Aws) -> None:
    asked = {"Name": "app", "SecretString": "x"}
    aws.secretsmanager.create_secret(**asked)
    aws.secretsmanager.delete_secret(SecretId="app", ForceDeleteWithoutRecovery=True)
    aws.refused("InvalidRequestException", aws.secretsmanager.create_secret, **asked)
    aws.settle(10)
    aws.secretsmanager.create_secret(**asked)


def test_secrets_can_be_found_by_tag(aws: Aws) -> None:
    for name in ("a", "b"):
        aws.secretsmanager.create_secret(Name=name, SecretString="x", Tags=[{"Key": "env", "Value": name}])
    found = aws.secretsmanager.list_secrets(Filters=[{"Key": "tag-value", "Values": ["b"]}])["SecretList"]
    assert [s["Name"] for s in found] == ["b"]
    aws.secretsmanager.tag_resource(SecretId="a", Tags=[{"Key": "more", "Value": "x"}])
    assert {"Key": "more", "Value": "x"} in aws.secretsmanager.describe_secret(SecretId="a")["Tags"]


@pytest.mark.parametrize("wrong", [{"SecretString": "x" * 65537}, {"Name": "a b"}])
def test_wrong_secrets(aws: Aws, wrong: dict) -> None:
    aws.provoked = {"model"}
    aws.refused(
        "ValidationException", aws.secretsmanager.create_secret, **{"Name": "app", "SecretString": "x", **wrong}
    )


def test_parameters(aws: Aws) -> None:
    asked = {"Name": "/envctl/lock", "Value": "me", "Type": "String"}
    aws.ssm.put_parameter(**asked, Tags=[{"Key": "env", "Value": "a"}])
    aws.refused("ParameterAlreadyExists", aws.ssm.put_parameter, **asked)
    aws.ssm.put_parameter(**asked, Overwrite=True)
    found = aws.ssm.get_parameters_by_path(Path="/envctl", Recursive=True)["Parameters"]
    assert [p["Version"] for p in found] == [2]
    aws.ssm.delete_parameter(Name="/envctl/lock")
    aws.refused("ParameterNotFound", aws.ssm.delete_parameter, Name="/envctl/lock")
    aws.refused("ParameterNotFound", aws.ssm.get_parameter, Name="/envctl/lock")


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("AccessDeniedException", {"Name": "/aws/x"}),
        ("ValidationException", {"Name": "/a b"}),
        ("ValidationException", {"Value": "x" * 4097}),
        ("HierarchyLevelLimitExceededException", {"Name": "/" + "/".join("a" * 16)}),
    ],
)
def test_wrong_parameters(aws: Aws, code: str, wrong: dict) -> None:
    aws.refused(code, aws.ssm.put_parameter, **{"Name": "/a", "Value": "x", "Type": "String", **wrong})
