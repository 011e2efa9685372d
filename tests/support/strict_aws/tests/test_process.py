"""Servers as processes, and the inventory as another."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..inventory import Account, take
from .conftest import Aws

SUPPORT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def python(*arguments: str) -> Iterator[subprocess.Popen]:
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT)}
    command = [sys.executable, "-m", *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as started:
        yield started
        started.kill()


def address(process: subprocess.Popen) -> str:
    line = process.stdout.readline()
    assert line.startswith("listening on http://127.0.0.1:")
    return line.split()[-1]


def test_it_says_where_and_ends_with_its_input() -> None:
    with python("strict_aws", "--port", "0", "--speed", "60") as process:
        aws = Aws(address(process))
        assert aws.sts.get_caller_identity()["Account"] == "111111111111"
        assert aws.strict("clock")["speed"] == 60.0
        assert aws.strict("clock", {"speed": 5})["speed"] == 5.0
        listed = ("--endpoint", aws.url, "--region", "eu-central-1", "--account", "111111111111")
        with python("strict_aws.inventory", *listed) as inventory:
            assert json.load(inventory.stdout) == []
        process.stdin.close()
        assert process.wait(timeout=10) == 0


def test_a_nursery_makes_servers_that_know_nothing_of_each_other_and_end_with_it() -> None:
    with python("strict_aws.nursery") as nursery:
        servers = []
        for speed in ("60\n", "600\n"):
            nursery.stdin.write(speed)
            nursery.stdin.flush()
            servers.append(Aws(address(nursery)))
        one, other = servers
        assert [aws.strict("clock")["speed"] for aws in servers] == [60.0, 600.0]
        vpc = one.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        shown = "inventory?account=111111111111&region=eu-central-1"
        assert [(each["kind"], each["id"]) for each in one.strict(shown) if each["kind"] == "vpc"] == [("vpc", vpc)]
        assert other.strict(shown) == []
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            one.strict("end", {})
        assert other.strict("calls") == []
        nursery.stdin.close()
        assert nursery.wait(timeout=10) == 0
        for aws in servers:
            assert not eventually_answers(aws.url)


def eventually_answers(url: str) -> bool:
    """Whether a server still answers after all the time that it may take to end."""
    for _ in range(100):
        try:
            urllib.request.urlopen(f"{url}/strict/clock").close()
        except OSError:
            return False
        time.sleep(0.05)
    return True


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
