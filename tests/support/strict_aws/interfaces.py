"""Network interfaces: what really holds a subnet and a security group on AWS.

Load balancers, NAT gateways and databases live in a subnet through an interface that they manage (EC2 user guide,
"Requester-managed network interfaces"), so one look at the interfaces answers whether anything is in use.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.utils import random_ip

from .world import Region


def hold(
    region: Region, subnet_id: str, groups: list[str], description: str, kind: str = "interface", public: bool = False
) -> Any:
    interface = region.ec2.create_network_interface(subnet_id, "", group_ids=groups or None, description=description)
    if not groups:
        # moto puts it into the default group; a NAT gateway's interface is in none.
        interface._group_set = []
    interface.requester_managed = True
    interface.status = "in-use"
    interface.interface_type = kind
    if public:
        interface.public_ip = random_ip()
    return interface


def release(region: Region, interface_id: str) -> None:
    region.ec2.enis.pop(interface_id, None)


def in_subnet(region: Region, subnet_id: str) -> list[Any]:
    return [i for i in region.ec2.enis.values() if i.subnet.id == subnet_id]


def in_vpc(region: Region, vpc_id: str) -> list[Any]:
    return [i for i in region.ec2.enis.values() if i.subnet.vpc_id == vpc_id]


def in_group(region: Region, group_id: str) -> list[Any]:
    return [i for i in region.ec2.enis.values() if any(g.id == group_id for g in i.group_set)]


def lingering_addresses(region: Region) -> dict[str, float]:
    """Until when an address of a NAT gateway that is gone cannot be released."""
    return region.store("lingering addresses", lambda _region: {})
