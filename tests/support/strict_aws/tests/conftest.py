"""One server for all tests, in this process, with its clock standing still: time passes when a test says so."""

from __future__ import annotations

import base64
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from strict_aws.server import make

ACCOUNT = "111111111111"
REGION = "eu-central-1"
IMAGE = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
#: Clients are dear to make, and keep no state of their own.
CLIENTS: dict[tuple[str, str], dict[str, Any]] = {}


class Aws:
    """Clients of one account, the control interface, and the small networks that most tests need."""

    def __init__(self, url: str, account: str = ACCOUNT):
        self.url = url
        self.account = account
        self._clients = CLIENTS.setdefault((url, account), {})
        #: Kinds of violations that the test provokes.
        self.provoked: set[str] = set()

    def __getattr__(self, service: str) -> Any:
        if service.startswith("_"):
            raise AttributeError(service)
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.url,
                region_name=REGION,
                aws_access_key_id=f"ACCOUNT{self.account}",
                aws_secret_access_key="test",
                config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
            )
        return self._clients[service]

    def other(self, account: str) -> Aws:
        return Aws(self.url, account)

    def strict(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/strict/{path}", data=data)) as answer:
            return json.load(answer)

    def settle(self, seconds: float) -> None:
        self.strict("settle", {"seconds": seconds})

    def refused(self, code: str, call: Callable[..., Any], status: int | None = None, **asked: Any) -> str:
        """The message of the refusal."""
        with pytest.raises(ClientError) as caught:
            call(**asked)
        answer = caught.value.response
        assert answer["Error"]["Code"] == code, answer["Error"]
        if status:
            assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
        return answer["Error"]["Message"]

    def network(self, gateway: bool = True) -> dict[str, Any]:
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            self.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"][
                "SubnetId"
            ]
            for i, zone in enumerate("ab")
        ]
        made = {"vpc": vpc, "subnets": subnets}
        made["group"] = self.ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
        if gateway:
            made["gateway"] = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
            self.ec2.attach_internet_gateway(InternetGatewayId=made["gateway"], VpcId=vpc)
        return made

    def address(self) -> str:
        return self.ec2.allocate_address(Domain="vpc")["AllocationId"]

    def balancer(self, net: dict[str, Any], name: str = "web") -> str:
        made = self.elbv2.create_load_balancer(Name=name, Subnets=net["subnets"], SecurityGroups=[net["group"]])
        return made["LoadBalancers"][0]["LoadBalancerArn"]

    def target_group(self, net: dict[str, Any], name: str = "web") -> str:
        made = self.elbv2.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=net["vpc"])
        return made["TargetGroups"][0]["TargetGroupArn"]

    def listener(self, balancer: str, group: str, port: int = 80) -> str:
        action = {"Type": "forward", "TargetGroupArn": group}
        made = self.elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=port, DefaultActions=[action])
        return made["Listeners"][0]["ListenerArn"]

    def template(self, net: dict[str, Any], user_data: str = "one", **more: Any) -> str:
        data = {
            "ImageId": IMAGE,
            "InstanceType": "t4g.micro",
            "SecurityGroupIds": [net["group"]],
            "UserData": encoded(user_data),
            **more,
        }
        made = self.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
        return made["LaunchTemplate"]["LaunchTemplateId"]

    def version(self, template: str, user_data: str) -> None:
        self.ec2.create_launch_template_version(
            LaunchTemplateId=template, SourceVersion="$Latest", LaunchTemplateData={"UserData": encoded(user_data)}
        )


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    server, _world = make(0, 0.0, "123456789012")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture
def aws(url: str) -> Iterator[Aws]:
    made = Aws(url)
    made.strict("reset", {})
    yield made
    left = [v for v in made.strict("violations") if v["kind"] not in made.provoked]
    assert not left, left
