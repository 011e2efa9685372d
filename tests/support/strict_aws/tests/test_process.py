"""The server as a process, and the inventory as another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..inventory import Account, take
from .conftest import Aws

SUPPORT = Path(__file__).resolve().parents[2]


@pytest.fixture
def process() -> Iterator[subprocess.Popen]:
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT)}
    command = [sys.executable, "-m", "strict_aws", "--port", "0", "--speed", "60"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as started:
        yield started
        started.kill()


def test_it_says_where_and_ends_with_its_input(process: subprocess.Popen) -> None:
    line = process.stdout.readline()
    assert line.startswith("listening on http://127.0.0.1:")
    aws = Aws(line.split()[-1])
    assert aws.sts.get_caller_identity()["Account"] == "111111111111"
    assert aws.strict("clock")["speed"] == 60.0
    assert aws.strict("clock", {"speed": 5})["speed"] == 5.0
    command = [sys.executable, "-m", "strict_aws.inventory", "--endpoint", aws.url, "--region", "eu-central-1"]

    def listed(*more: str, accounts: str = "") -> list[str]:
        environment = {**os.environ, "PYTHONPATH": str(SUPPORT)}
        ended = subprocess.run(
            [*command, *more], input=accounts, capture_output=True, text=True, check=True, env=environment
        )
        return ended.stdout.splitlines()

    assert json.loads("".join(listed("--account", "111111111111"))) == []
    assert [json.loads(line) for line in listed(accounts="111111111111\n222222222222\n")] == [[], []]
    process.stdin.close()
    assert process.wait(timeout=10) == 0


def test_the_inventory_of_an_empty_account_is_empty(aws: Aws) -> None:
    assert take(Account(aws.url, "111111111111", "eu-central-1")) == []


def test_the_inventory_lists_everything_and_leaves_no_trace(aws: Aws) -> None:
    net = aws.network()
    aws.listener(aws.balancer(net), aws.target_group(net))
    aws.ec2.create_nat_gateway(SubnetId=net["subnets"][0], AllocationId=aws.address())
    aws.ec2.create_route_table(VpcId=net["vpc"])
    template = aws.template(net)
    aws.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="web",
        MinSize=1,
        MaxSize=1,
        LaunchTemplate={"LaunchTemplateId": template},
        VPCZoneIdentifier=net["subnets"][0],
    )
    aws.rds.create_db_subnet_group(DBSubnetGroupName="app", DBSubnetGroupDescription="x", SubnetIds=net["subnets"])
    aws.rds.create_db_parameter_group(DBParameterGroupName="app", DBParameterGroupFamily="postgres16", Description="x")
    aws.rds.create_db_instance(
        DBInstanceIdentifier="app",
        Engine="postgres",
        EngineVersion="16",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername="owner",
        ManageMasterUserPassword=True,
        DBSubnetGroupName="app",
    )
    aws.settle(300)
    aws.rds.create_db_snapshot(DBInstanceIdentifier="app", DBSnapshotIdentifier="one")
    aws.iam.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
    aws.iam.create_instance_profile(InstanceProfileName="web")
    aws.ssm.put_parameter(Name="/envctl/x", Value="y", Type="String")
    calls = len(aws.strict("calls"))
    found = take(Account(aws.url, "111111111111", "eu-central-1"))
    assert len(aws.strict("calls")) == calls
    assert sorted({i["kind"] for i in found}) == [
        "address",
        "auto-scaling-group",
        "db-instance",
        "db-parameter-group",
        "db-snapshot",
        "db-subnet-group",
        "instance",
        "instance-profile",
        "internet-gateway",
        "launch-template",
        "listener",
        "load-balancer",
        "nat-gateway",
        "network-interface",
        "role",
        "route-table",
        "secret",
        "security-group",
        "ssm-parameter",
        "subnet",
        "target-group",
        "volume",
        "vpc",
    ]
    assert take(Account(aws.url, "222222222222", "eu-central-1")) == []
