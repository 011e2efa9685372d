"""VPC endpoints: interfaces take a minute to come and to go, gateways are routes and are there at once.

Sources: EC2 API reference, CreateVpcEndpoint, ModifyVpcEndpoint, DeleteVpcEndpoints, DescribeVpcEndpoints (states,
filters; PrivateDnsEnabled is true unless told) and "Error codes"; AWS PrivateLink guide, "Gateway endpoints" ("you
can't modify or delete an endpoint route by using the route table APIs"; one endpoint of a service a route table) and
"Access an AWS service using an interface VPC endpoint" (one subnet a zone; the default group unless one is named;
private names need the network's DNS support and host names).
"""

from __future__ import annotations

from typing import Any

from .. import endpoints, filters
from ..errors import AwsError, invalid
from ..registry import Context, handles
from ..world import Region

CREATE_SECONDS = 60.0
DELETE_SECONDS = 60.0
#: A gateway is taken out of its route tables at once, and shown a little longer.
GATEWAY_DELETE_SECONDS = 5.0
#: How long a deleted endpoint is shown.
VISIBLE_SECONDS = 60.0
FIELDS = {
    "ip-address-type": "IpAddressType",
    "service-name": "ServiceName",
    "vpc-endpoint-id": "VpcEndpointId",
    "vpc-endpoint-state": "State",
    "vpc-endpoint-type": "VpcEndpointType",
    "vpc-id": "VpcId",
}


def not_found(endpoint_id: str) -> AwsError:
    return AwsError("InvalidVpcEndpointId.NotFound", f"The Vpc Endpoint Id '{endpoint_id}' does not exist")


@handles("ec2", "CreateVpcEndpoint")
def create(context: Context) -> Any:
    region, params = context.region, dict(context.params)
    params.pop("ClientToken", None)
    kind = params.setdefault("VpcEndpointType", "Gateway")
    vpc_id, service = params["VpcId"], params.get("ServiceName", "")
    vpc = region.ec2.get_vpc(vpc_id)
    known = {"Gateway": endpoints.GATEWAYS, "Interface": endpoints.INTERFACES}
    if kind not in known:
        raise NotImplementedError(f"VPC endpoints of the type {kind}")
    if service not in [f"com.amazonaws.{region.name}.{name}" for name in known[kind]]:
        raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{service}' does not exist")
    if kind == "Gateway":
        for name in ("SubnetIds", "SecurityGroupIds", "PrivateDnsEnabled"):
            if params.get(name):
                raise AwsError("InvalidParameter", f"{name} cannot be given for a VPC endpoint of type Gateway")
        tables = params.get("RouteTableIds", [])
        endpoints.check_tables(region, vpc_id, service, tables)
    else:
        if params.get("RouteTableIds"):
            raise AwsError("InvalidParameter", "Route table IDs are only supported for Gateway type VPC endpoints.")
        endpoints.check_subnets(region, params.get("SubnetIds", []))
        params["SecurityGroupIds"] = params.get("SecurityGroupIds") or [
            region.ec2.get_default_security_group(vpc_id).id
        ]
        endpoints.check_groups(region, vpc_id, params["SecurityGroupIds"])
        if params.setdefault("PrivateDnsEnabled", True):
            _check_names(region, vpc, service)
    # moto's interfaces are in no group of theirs.
    answer = context.forward({k: v for k, v in params.items() if k != "SubnetIds"})
    endpoint = region.ec2.vpc_end_points[answer["VpcEndpoint"]["VpcEndpointId"]]
    endpoint.subnet_ids = list(params.get("SubnetIds", []))
    if kind == "Interface":
        endpoint.state = "pending"
        endpoints.place(region, endpoint)

        def settle() -> None:
            if endpoint.state == "pending":
                endpoint.state = "available"

        region.after(CREATE_SECONDS, settle)
    return {"VpcEndpoint": _described(context, [endpoint.id])[0]}


def _check_names(region: Region, vpc: Any, service: str) -> None:
    if not (_enabled(vpc.enable_dns_support) and _enabled(vpc.enable_dns_hostnames)):
        raise AwsError(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true",
        )
    for other in endpoints.present(region):
        if other.vpc_id == vpc.id and other.service_name == service and other.private_dns_enabled:
            raise AwsError(
                "InvalidParameter",
                f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for {service} in the VPC {vpc.id}",
            )


def _enabled(value: Any) -> bool:
    return str(value).lower() == "true"


def _described(context: Context, ids: list[str]) -> list[dict[str, Any]]:
    asked = {"VpcEndpointIds": ids} if ids else {}
    return context.forward(asked, action="DescribeVpcEndpoints").get("VpcEndpoints", [])


@handles("ec2", "DescribeVpcEndpoints")
def describe(context: Context) -> Any:
    ids, known = context.params.get("VpcEndpointIds", []), context.region.ec2.vpc_end_points
    for endpoint_id in ids:
        if endpoint_id not in known:
            raise not_found(endpoint_id)
    items, unknown = filters.apply(_described(context, ids), context.params.get("Filters", []), FIELDS)
    if unknown:
        raise invalid(f"The filter '{unknown[0]}' is invalid")
    return {"VpcEndpoints": items}


@handles("ec2", "ModifyVpcEndpoint")
def modify(context: Context) -> Any:
    region, params = context.region, context.params
    endpoint = region.ec2.vpc_end_points.get(params["VpcEndpointId"])
    if endpoint is None or endpoint.state in ("deleting", "deleted"):
        raise not_found(params["VpcEndpointId"])
    if params.get("ResetPolicy"):
        raise NotImplementedError("ModifyVpcEndpoint with ResetPolicy")
    added, removed = params.get("AddRouteTableIds", []), params.get("RemoveRouteTableIds", [])
    subnets = {"AddSubnetIds", "RemoveSubnetIds", "AddSecurityGroupIds", "RemoveSecurityGroupIds"}
    if endpoints.is_gateway(endpoint):
        if named := sorted(subnets & set(params)):
            raise AwsError("InvalidParameter", f"{named[0]} cannot be given for a VPC endpoint of type Gateway")
        endpoints.check_tables(region, endpoint.vpc_id, endpoint.service_name, added)
    elif added or removed:
        raise AwsError("InvalidParameter", "Route table IDs are only supported for Gateway type VPC endpoints.")
    else:
        kept = [s for s in endpoint.subnet_ids if s not in params.get("RemoveSubnetIds", [])]
        endpoints.check_subnets(region, list(dict.fromkeys([*kept, *params.get("AddSubnetIds", [])])))
        endpoints.check_groups(region, endpoint.vpc_id, params.get("AddSecurityGroupIds", []))
        groups = set(endpoint.security_group_ids) | set(params.get("AddSecurityGroupIds", []))
        if not groups - set(params.get("RemoveSecurityGroupIds", [])):
            raise AwsError("InvalidParameter", "An interface endpoint must have at least one security group.")
    context.forward({k: v for k, v in params.items() if k not in ("PrivateDnsEnabled", "ResetPolicy")})
    if params.get("PrivateDnsEnabled") is not None:
        endpoint.private_dns_enabled = params["PrivateDnsEnabled"]
    if endpoints.is_gateway(endpoint):
        endpoints.route(region, endpoint, added)
        endpoints.unroute(region, endpoint, removed)
    else:
        endpoints.place(region, endpoint)
    return {"Return": True}


@handles("ec2", "DeleteVpcEndpoints")
def delete(context: Context) -> Any:
    """What cannot be deleted is told in the answer, which is no error (action's page, Unsuccessful)."""
    region, failed = context.region, []
    for endpoint_id in context.params["VpcEndpointIds"]:
        endpoint = region.ec2.vpc_end_points.get(endpoint_id)
        if endpoint is None or endpoint.state == "deleted":
            message = f"The Vpc Endpoint Id '{endpoint_id}' does not exist"
            failed.append(
                {"ResourceId": endpoint_id, "Error": {"Code": "InvalidVpcEndpoint.NotFound", "Message": message}}
            )
        elif endpoint.state != "deleting":
            _begin_delete(region, endpoint)
    return {"Unsuccessful": failed}


def _begin_delete(region: Region, endpoint: Any) -> None:
    endpoint.state = "deleting"
    gateway = endpoints.is_gateway(endpoint)
    if gateway:
        endpoints.unroute(region, endpoint, endpoint.route_table_ids)

    def gone() -> None:
        endpoints.remove(region, endpoint)
        endpoint.state = "deleted"
        region.after(VISIBLE_SECONDS, lambda: region.ec2.vpc_end_points.pop(endpoint.id, None))

    region.after(GATEWAY_DELETE_SECONDS if gateway else DELETE_SECONDS, gone)
