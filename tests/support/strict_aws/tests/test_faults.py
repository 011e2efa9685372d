"""What goes wrong on request."""

from __future__ import annotations

import contextlib
import http.client
import time
import urllib.error
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError

from .conftest import Aws

CUT = (ConnectionClosedError, HTTPClientError)
MINE = [{"Name": "is-default", "Values": ["false"]}]


def rules(aws: Aws, *given: dict[str, Any], seed: int = 0) -> None:
    aws.strict("faults", {"seed": seed, "rules": given})


def vpc(aws: Aws) -> None:
    aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")


def networks(aws: Aws) -> int:
    return len(aws.ec2.describe_vpcs(Filters=MINE)["Vpcs"])


def until(holds: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < 10
        time.sleep(0.005)


@pytest.mark.parametrize(
    ("fault", "service", "operation", "code", "status"),
    [
        ("throttle", "ec2", "describe_vpcs", "RequestLimitExceeded", 503),
        ("throttle", "rds", "describe_db_instances", "Throttling", 400),
        ("throttle", "iam", "list_roles", "Throttling", 400),
        ("throttle", "secretsmanager", "list_secrets", "ThrottlingException", 400),
        ("fail", "ec2", "describe_vpcs", "InternalError", 500),
        ("fail", "autoscaling", "describe_auto_scaling_groups", "InternalFailure", 500),
        ("fail", "iam", "list_roles", "ServiceFailure", 500),
        ("fail", "secretsmanager", "list_secrets", "InternalServiceError", 500),
        ("unavailable", "ec2", "describe_vpcs", "Unavailable", 503),
        ("unavailable", "elbv2", "describe_load_balancers", "ServiceUnavailable", 503),
        ("unavailable", "secretsmanager", "list_secrets", "ServiceUnavailable", 503),
    ],
)
def test_errors_are_written_as_the_service_writes_them(
    aws: Aws, fault: str, service: str, operation: str, code: str, status: int
) -> None:
    rules(aws, {"fault": fault})
    aws.refused(code, getattr(getattr(aws, service), operation), status)
    [call] = aws.strict("calls")
    assert (call["status"], call["error"], call["fault"]) == (status, code, f"{fault} before")


def test_an_error_can_come_after_the_effect(aws: Aws) -> None:
    rules(aws, {"fault": "fail", "when": "after", "at": 1})
    aws.refused("InternalError", aws.ec2.create_vpc, 500, CidrBlock="10.0.0.0/16")
    assert networks(aws) == 1
    assert [(c["status"], c["error"], c["fault"]) for c in aws.strict("calls")] == [
        (200, None, "fail after"),
        (200, None, None),
    ]


@pytest.mark.parametrize(("fault", "ends"), [("cut", ConnectionResetError), ("close", http.client.RemoteDisconnected)])
@pytest.mark.parametrize(("when", "made", "status"), [("before", 0, 0), ("after", 1, 200)])
def test_a_connection_ends_by_a_reset_or_in_good_order(
    aws: Aws, fault: str, ends: type[Exception], when: str, made: int, status: int
) -> None:
    rules(aws, {"fault": fault, "when": when, "actions": ["ec2:Create*"]})
    credential = f"ACCOUNT{aws.account}/20260101/eu-central-1/ec2/aws4_request"
    connection = http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=10)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    headers |= {"Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"}
    connection.request("POST", "/", "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16", headers)
    with pytest.raises(ConnectionError) as ended:
        connection.getresponse()
    assert type(ended.value) is ends
    rules(aws)
    assert networks(aws) == made
    cut = aws.strict("calls")[0]
    assert (cut["action"], cut["status"], cut["fault"]) == ("CreateVpc", status, f"{fault} {when}")


def test_what_stands_before_aws_answers_with_a_page(aws: Aws) -> None:
    rules(aws, {"fault": "page", "actions": ["ec2:Create*"]})
    # botocore cannot read it, and gives the status for the code.
    aws.refused("502", aws.ec2.create_vpc, 502, CidrBlock="10.0.0.0/16")
    assert networks(aws) == 0


def test_rules_choose_by_number_action_and_whether_it_changes_anything(aws: Aws) -> None:
    rules(
        aws,
        {"fault": "unavailable", "actions": ["rds:*"]},
        {"fault": "throttle", "changes": True, "at": 2},
        {"fault": "delay", "milliseconds": 30},
    )
    networks(aws)
    vpc(aws)
    aws.refused("RequestLimitExceeded", aws.ec2.create_vpc, CidrBlock="10.0.0.0/16")
    vpc(aws)
    aws.refused("ServiceUnavailable", aws.rds.describe_db_instances)
    assert [c["fault"] for c in aws.strict("calls")] == [
        "delay",
        "delay",
        "throttle before",
        "delay",
        "unavailable before",
    ]
    assert min(c["milliseconds"] for c in aws.strict("calls")) >= 30
    assert [r["struck"] for r in aws.strict("faults")["rules"]] == [1, 1, 5]
    rules(aws)
    assert networks(aws) == 2


def test_a_rule_can_pass_over_the_second_try(aws: Aws) -> None:
    rules(aws, {"fault": "fail", "every": 2, "changes": True})
    aws.refused("InternalError", aws.ec2.create_vpc, CidrBlock="10.0.0.0/16")
    aws.refused("InternalError", aws.ec2.create_internet_gateway)
    vpc(aws)
    aws.refused("InternalError", aws.ec2.create_vpc, CidrBlock="10.0.0.0/16")
    assert networks(aws) == 1


def test_chance_is_the_same_for_the_same_seed(aws: Aws) -> None:
    def storm(seed: int) -> list[str | None]:
        rules(aws, {"fault": "throttle", "probability": 0.3}, seed=seed)
        before = len(aws.strict("calls"))
        for _ in range(40):
            with contextlib.suppress(ClientError):
                aws.ec2.describe_vpcs()
        return [c["fault"] for c in aws.strict(f"calls?after={before}")]

    first = storm(1)
    assert storm(1) == first and storm(2) != first
    assert 4 <= first.count("throttle before") <= 20


def test_a_hang_ends_when_its_client_goes_or_the_rules_do(aws: Aws) -> None:
    rules(aws, {"fault": "hang", "actions": ["ec2:CreateVpc"]})
    with ThreadPoolExecutor(2) as pool:
        hangs = pool.submit(vpc, aws)
        until(lambda: aws.strict("held")["held"] == 1)
        assert aws.rds.describe_db_instances()["DBInstances"] == [], "others are answered meanwhile"
        rules(aws)
        with pytest.raises(CUT):
            hangs.result(10)
    assert networks(aws) == 0
    assert aws.strict("calls")[1]["fault"] == "hang before"


@pytest.mark.parametrize(("when", "made"), [("before", 1), ("after", 2)])
def test_all_stops_at_a_call(aws: Aws, when: str, made: int) -> None:
    rules(aws, {"fault": "hold", "when": when, "changes": True, "at": 2})
    with ThreadPoolExecutor(3) as pool:
        vpc(aws)
        first = pool.submit(vpc, aws)
        until(lambda: aws.strict("held") == {"stopped_at": "ec2:CreateVpc", "held": 1, "serving": 0})
        later = pool.submit(aws.ec2.describe_vpcs)
        until(lambda: aws.strict("held")["held"] == 2)
        rules(aws)
        for held in (first, later):
            with pytest.raises(CUT):
                held.result(10)
    assert aws.strict("held") == {"stopped_at": None, "held": 0, "serving": 0}
    assert networks(aws) == made
    assert sorted((c["action"], c["fault"]) for c in aws.strict("calls")[1:3]) == [
        ("CreateVpc", f"hold {when}"),
        ("DescribeVpcs", "hold before"),
    ]


def test_what_makes_no_sense_is_refused(aws: Aws) -> None:
    for wrong in [{"fault": "flood"}, {"fault": "throttle", "when": "after"}, {"fault": "cut", "often": 1}, {}]:
        with pytest.raises(urllib.error.HTTPError, match="400"):
            rules(aws, wrong)
    assert aws.strict("faults")["rules"] == []
