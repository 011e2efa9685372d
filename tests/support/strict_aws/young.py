"""What EC2 has just made, and does not see everywhere yet.

Off unless told (`/strict/young`). Source: EC2 API reference, "Eventual consistency": right after it was made, a resource
may be missing from descriptions, and whoever names it may be told that there is none. Here that is so of every one, for
as long as was told, which is harsher than EC2 is.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .answer import Answer
from .errors import AwsError

if TYPE_CHECKING:
    from .call import Call

#: What is made: the element of its id, and what is said of an id that there is none of (EC2 API reference, "Error codes").
KINDS = {
    "Vpc": ("vpcId", "InvalidVpcID.NotFound"),
    "Subnet": ("subnetId", "InvalidSubnetID.NotFound"),
    "SecurityGroup": ("groupId", "InvalidGroup.NotFound"),
    "RouteTable": ("routeTableId", "InvalidRouteTableID.NotFound"),
    "InternetGateway": ("internetGatewayId", "InvalidInternetGatewayID.NotFound"),
    "NatGateway": ("natGatewayId", "NatGatewayNotFound"),
    "Address": ("allocationId", "InvalidAllocationID.NotFound"),
    "LaunchTemplate": ("launchTemplateId", "InvalidLaunchTemplateId.NotFound"),
    "VpcEndpoint": ("vpcEndpointId", "InvalidVpcEndpointId.NotFound"),
}
MAKERS = {("Allocate" if kind == "Address" else "Create") + kind: kind for kind in KINDS}
LISTINGS = {f"Describe{kind}es" if kind == "Address" else f"Describe{kind}s": kind for kind in KINDS}


class Young:
    def __init__(self) -> None:
        #: AWS seconds.
        self.seconds = 0.0
        #: Id -> its kind, and when it was made.
        self._made: dict[str, tuple[str, float]] = {}

    def set(self, wanted: dict[str, Any]) -> None:
        self.seconds = float(wanted.get("seconds", 0))
        self._made.clear()

    def check(self, call: Call, now: float) -> None:
        """Refuses a request that names one."""
        if call.service != "ec2" or not self.seconds:
            return
        named = {name: value for name, value in call.params.items() if name != "Filters"}
        for text in texts(named):
            if self._is_young(text, now):
                _, code = KINDS[self._made[text][0]]
                raise AwsError(code, f"The ID '{text}' does not exist")

    def seen(self, call: Call, given: Answer, now: float) -> Answer:
        """The answer without them, and with what it brings known as one."""
        status, headers, body = given
        if call.service != "ec2" or not self.seconds or status >= 300:
            return given
        if kind := MAKERS.get(call.action):
            element = next(e for e in ET.fromstring(body).iter() if local(e) == KINDS[kind][0])
            self._made[element.text or ""] = (kind, now)
        elif kind := LISTINGS.get(call.action):
            return status, headers, self._without(body, KINDS[kind][0], now)
        return given

    def clear(self) -> None:
        self.set({})

    def _is_young(self, text: str, now: float) -> bool:
        return text in self._made and now < self._made[text][1] + self.seconds

    def _without(self, body: bytes, name: str, now: float) -> bytes:
        root = ET.fromstring(body)
        ET.register_namespace("", root.tag.partition("}")[0].lstrip("{"))
        for items in root:
            for item in list(items):
                if any(local(part) == name and self._is_young(part.text or "", now) for part in item):
                    items.remove(item)
        return ET.tostring(root)


def local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
