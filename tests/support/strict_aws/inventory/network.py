"""Networks and their parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .client import Account, Item, item


def network(account: Account) -> Iterator[Item]:
    def ec2(operation: str, member: str, **asked: Any) -> Iterator[Any]:
        return account.pages("ec2", operation, member, **asked)

    default = set()
    for vpc in ec2("describe_vpcs", "Vpcs"):
        if vpc.get("IsDefault"):
            default.add(vpc["VpcId"])
            continue
        yield item("vpc", vpc["VpcId"], vpc.get("Tags"), cidr=vpc["CidrBlock"])
    for subnet in ec2("describe_subnets", "Subnets"):
        if subnet["VpcId"] not in default:
            yield item(
                "subnet",
                subnet["SubnetId"],
                subnet.get("Tags"),
                vpc=subnet["VpcId"],
                cidr=subnet["CidrBlock"],
                zone=subnet["AvailabilityZone"],
                public=subnet.get("MapPublicIpOnLaunch", False),
            )
    for gateway in ec2("describe_internet_gateways", "InternetGateways"):
        attached = [a["VpcId"] for a in gateway.get("Attachments", [])]
        if not set(attached) & default:
            yield item("internet-gateway", gateway["InternetGatewayId"], gateway.get("Tags"), vpcs=attached)
    for address in ec2("describe_addresses", "Addresses"):
        yield item(
            "address", address["AllocationId"], address.get("Tags"), associated=bool(address.get("AssociationId"))
        )
    for gateway in ec2("describe_nat_gateways", "NatGateways"):
        if gateway["State"] != "deleted":
            yield item(
                "nat-gateway",
                gateway["NatGatewayId"],
                gateway.get("Tags"),
                state=gateway["State"],
                subnet=gateway["SubnetId"],
            )
    for table in ec2("describe_route_tables", "RouteTables"):
        associations = table.get("Associations", [])
        if table["VpcId"] in default or any(a.get("Main") for a in associations):
            continue
        routes = sorted(
            (
                r.get("DestinationCidrBlock") or r.get("DestinationPrefixListId") or "",
                r.get("GatewayId") or r.get("NatGatewayId") or "",
            )
            for r in table.get("Routes", [])
        )
        subnets = sorted(a["SubnetId"] for a in associations if a.get("SubnetId"))
        yield item(
            "route-table", table["RouteTableId"], table.get("Tags"), vpc=table["VpcId"], routes=routes, subnets=subnets
        )
    for group in ec2("describe_security_groups", "SecurityGroups"):
        if group.get("VpcId") not in default and group["GroupName"] != "default":
            yield item(
                "security-group",
                group["GroupId"],
                group.get("Tags"),
                group["GroupName"],
                vpc=group.get("VpcId"),
                ingress=_rules(group.get("IpPermissions", [])),
                egress=_rules(group.get("IpPermissionsEgress", [])),
            )
    for endpoint in ec2("describe_vpc_endpoints", "VpcEndpoints"):
        if endpoint["State"] != "deleted":
            yield item(
                "vpc-endpoint",
                endpoint["VpcEndpointId"],
                endpoint.get("Tags"),
                state=endpoint["State"],
                vpc=endpoint["VpcId"],
                type=endpoint["VpcEndpointType"],
                service=endpoint["ServiceName"],
                subnets=sorted(endpoint.get("SubnetIds", [])),
                groups=sorted(g["GroupId"] for g in endpoint.get("Groups", [])),
                route_tables=sorted(endpoint.get("RouteTableIds", [])),
            )
    for interface in ec2("describe_network_interfaces", "NetworkInterfaces"):
        yield item(
            "network-interface",
            interface["NetworkInterfaceId"],
            interface.get("TagSet"),
            description=interface.get("Description"),
            subnet=interface["SubnetId"],
            groups=sorted(g["GroupId"] for g in interface.get("Groups", [])),
        )


def _rules(permissions: list[dict[str, Any]]) -> list[str]:
    shown = []
    for each in permissions:
        sources = [r["CidrIp"] for r in each.get("IpRanges", [])] + [r["CidrIpv6"] for r in each.get("Ipv6Ranges", [])]
        sources += [p.get("GroupId", "") for p in each.get("UserIdGroupPairs", [])]
        sources += [p["PrefixListId"] for p in each.get("PrefixListIds", [])]
        ports = f"{each.get('FromPort', '*')}-{each.get('ToPort', '*')}"
        shown += [f"{each['IpProtocol']} {ports} {source}" for source in sources]
    return sorted(shown)
