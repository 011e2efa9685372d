"""The record, accounts, the clock, the models."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from ..clock import Clock, Timeline
from .conftest import Aws


def test_every_call_is_recorded(aws: Aws) -> None:
    aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")
    [call] = aws.strict("calls")
    assert (call["service"], call["action"], call["account"], call["status"]) == (
        "ec2",
        "CreateVpc",
        "111111111111",
        200,
    )
    assert call["params"]["CidrBlock"] == "10.0.0.0/16" and call["region"] == "eu-central-1"
    aws.refused("InvalidVpcID.NotFound", aws.ec2.describe_vpcs, VpcIds=["vpc-none"])
    assert [c["action"] for c in aws.strict("calls?after=1")] == ["DescribeVpcs"]
    assert aws.strict("calls?action=CreateVpc")[0]["number"] == 1


def test_secrets_are_not_recorded(aws: Aws) -> None:
    aws.secretsmanager.create_secret(Name="app", SecretString="hunter2")
    assert aws.strict("calls")[0]["params"]["SecretString"] == "(hidden)"


def test_reset_empties_everything(aws: Aws) -> None:
    aws.network()
    aws.strict("reset", {})
    assert all(v["IsDefault"] for v in aws.ec2.describe_vpcs()["Vpcs"])
    assert len(aws.strict("calls")) == 1


def test_credentials_choose_the_account(aws: Aws) -> None:
    other = aws.other("222222222222")
    assert aws.sts.get_caller_identity()["Account"] == "111111111111"
    assert other.sts.get_caller_identity()["Account"] == "222222222222"
    aws.secretsmanager.create_secret(Name="mine", SecretString="x")
    assert other.secretsmanager.list_secrets()["SecretList"] == []


def test_dry_run_executes_nothing(aws: Aws) -> None:
    aws.refused("DryRunOperation", aws.ec2.create_vpc, status=412, CidrBlock="10.0.0.0/16", DryRun=True)
    assert len(aws.ec2.describe_vpcs()["Vpcs"]) == 1


def test_denied_actions(aws: Aws) -> None:
    aws.strict("deny", {"actions": ["ec2:CreateVpc", "rds:*", "secretsmanager:*"]})
    aws.refused("UnauthorizedOperation", aws.ec2.create_vpc, status=403, CidrBlock="10.0.0.0/16", DryRun=True)
    aws.refused("AccessDenied", aws.rds.describe_db_instances, status=403)
    aws.refused("AccessDeniedException", aws.secretsmanager.list_secrets)


def test_unimplemented_actions_answer_in_the_protocols_form(aws: Aws) -> None:
    aws.provoked = {"not implemented"}
    aws.refused("InvalidAction", aws.ec2.describe_fpga_images, status=400)
    aws.refused("InvalidAction", aws.rds.describe_db_clusters, status=400)
    assert [v["action"] for v in aws.strict("violations")] == ["DescribeFpgaImages", "DescribeDBClusters"]


def test_many_callers_one_winner(aws: Aws) -> None:
    def put(number: int) -> bool:
        try:
            aws.ssm.put_parameter(Name="/lock", Value=str(number), Type="String")
        except ClientError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(put, range(8))) == 1


@pytest.mark.parametrize(
    ("code", "service", "operation", "asked"),
    [
        ("MissingParameter", "rds", "delete_db_subnet_group", {}),
        ("ValidationError", "iam", "create_role", {"RoleName": "a b", "AssumeRolePolicyDocument": "{}"}),
        ("ValidationError", "iam", "create_role", {"RoleName": "r" * 65, "AssumeRolePolicyDocument": "{}"}),
        (
            "InvalidParameterValue",
            "ec2",
            "describe_volumes",
            {"MaxResults": 5, "VolumeIds": ["v"], "Filters": [{"Name": "nonsense", "Values": ["x"]}]},
        ),
        (
            "InvalidParameterValue",
            "ec2",
            "create_launch_template",
            {"LaunchTemplateName": "abc", "LaunchTemplateData": {"InstanceType": "t9.none"}},
        ),
        ("ValidationException", "secretsmanager", "create_secret", {"Name": "n" * 513, "SecretString": "x"}),
        ("ValidationException", "ssm", "put_parameter", {"Name": "/a", "Value": "x", "Type": "Number"}),
    ],
)
def test_requests_are_checked_against_the_models(
    aws: Aws, code: str, service: str, operation: str, asked: dict
) -> None:
    aws.provoked = {"model"}
    aws.refused(code, getattr(getattr(aws, service), operation), **asked)
    assert [v["kind"] for v in aws.strict("violations")][:1] == ["model"]


def test_unknown_members_are_refused(aws: Aws) -> None:
    aws.provoked = {"model"}
    client = aws.ec2

    def smuggle(params: dict, **_: object) -> None:
        params["body"]["Colour"] = "blue"

    client.meta.events.register("before-call.ec2.CreateVpc", smuggle)
    try:
        assert "Colour" in aws.refused("UnknownParameter", client.create_vpc, CidrBlock="10.0.0.0/16")
    finally:
        client.meta.events.unregister("before-call.ec2.CreateVpc", smuggle)


def test_tags_are_checked(aws: Aws) -> None:
    def vpc(**tags: str) -> dict:
        listed = [{"Key": k.replace("_", ":"), "Value": v} for k, v in tags.items()]
        return {"CidrBlock": "10.0.0.0/16", "TagSpecifications": [{"ResourceType": "vpc", "Tags": listed}]}

    aws.refused("InvalidParameterValue", aws.ec2.create_vpc, **vpc(aws_x="1"))
    aws.refused("InvalidParameterValue", aws.ec2.create_vpc, **vpc(k="v" * 257))
    aws.refused("TagLimitExceeded", aws.ec2.create_vpc, **vpc(**{f"k{i}": "" for i in range(51)}))


@pytest.mark.parametrize("kind", ["vpc", "subnet", "security-group", "elastic-ip", "launch-template"])
def test_tag_filters_hold_everywhere(aws: Aws, kind: str) -> None:
    net = aws.network()
    aws.address()
    aws.template(net)
    wanted = [{"Name": "tag:none", "Values": ["x"]}]
    client = aws.ec2
    found = {
        "vpc": lambda: client.describe_vpcs(Filters=wanted)["Vpcs"],
        "subnet": lambda: client.describe_subnets(Filters=wanted)["Subnets"],
        "security-group": lambda: client.describe_security_groups(Filters=wanted)["SecurityGroups"],
        "elastic-ip": lambda: client.describe_addresses(Filters=wanted)["Addresses"],
        "launch-template": lambda: client.describe_launch_templates(Filters=wanted)["LaunchTemplates"],
    }
    assert found[kind]() == []


def test_descriptions_of_tags_and_zones(aws: Aws) -> None:
    net = aws.network()
    aws.ec2.create_tags(Resources=[net["vpc"], net["group"]], Tags=[{"Key": "env", "Value": "a"}])

    def tagged(name: str, value: str) -> list[str]:
        found = aws.ec2.describe_tags(Filters=[{"Name": name, "Values": [value]}])["Tags"]
        return sorted(t["ResourceId"] for t in found)

    assert tagged("tag:env", "a") == sorted([net["vpc"], net["group"]]) and tagged("tag:env", "b") == []
    assert tagged("resource-type", "vpc") == [net["vpc"]]
    kept = [{"ResourceType": "elastic-ip", "Tags": [{"Key": "env", "Value": "c"}]}]
    address = aws.ec2.allocate_address(Domain="vpc", TagSpecifications=kept)["AllocationId"]
    assert tagged("resource-type", "elastic-ip") == [address]
    aws.ec2.release_address(AllocationId=address)
    assert tagged("resource-type", "elastic-ip") == []
    zones = aws.ec2.describe_availability_zones(Filters=[{"Name": "opt-in-status", "Values": ["opt-in-not-required"]}])
    assert [z["ZoneName"][-1] for z in zones["AvailabilityZones"]] == ["a", "b", "c"]
    none = aws.ec2.describe_availability_zones(Filters=[{"Name": "opt-in-status", "Values": ["opted-in"]}])
    assert none["AvailabilityZones"] == []


def test_filters_that_moto_lacks_are_no_500(aws: Aws) -> None:
    aws.provoked = {"not implemented"}
    aws.network()
    aws.refused(
        "InvalidAction", aws.ec2.describe_subnets, status=400, Filters=[{"Name": "outpost-arn", "Values": ["x"]}]
    )


def test_events_run_in_the_order_of_their_instants() -> None:
    seen: list[tuple[str, float]] = []
    timeline = Timeline(Clock(1.0, monotonic=lambda: 0.0))

    def first() -> None:
        seen.append(("first", timeline.now()))
        timeline.after(5, lambda: seen.append(("chained", timeline.now())))

    timeline.after(20, lambda: seen.append(("last", timeline.now())))
    timeline.after(10, first)
    timeline.settle(100)
    assert seen == [("first", 10.0), ("chained", 15.0), ("last", 20.0)]


def test_the_clock_keeps_its_time_when_its_speed_changes() -> None:
    real = [0.0]
    clock = Clock(600.0, monotonic=lambda: real[0])
    real[0] = 2.0
    assert clock.now() == 1200.0
    clock.set_speed(1.0)
    real[0] = 3.0
    assert clock.now() == 1201.0


def test_answers_carry_wall_time(aws: Aws) -> None:
    aws.settle(86400)
    net = aws.network()
    aws.template(net)
    [found] = aws.ec2.describe_launch_templates()["LaunchTemplates"]
    age = datetime.datetime.now(datetime.UTC) - found["CreateTime"]
    assert abs(age.total_seconds()) < 60
