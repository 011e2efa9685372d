"""NAT gateways: pending for a minute and a half, deleting for three quarters of one.

Sources: BACKENDS.md (times); VPC user guide, "Troubleshoot NAT gateways" (a gateway whose address is taken or whose
network has no internet gateway is created and then fails); botocore's ec2 model, DescribeNatGateways (filters).
"""

from __future__ import annotations

from typing import Any

from .. import filters, interfaces
from ..errors import AwsError, missing
from ..registry import Context, handles
from ..world import Region

CREATE_SECONDS = 90.0
FAIL_SECONDS = 10.0
DELETE_SECONDS = 45.0
#: How long its address cannot be released after that; see ec2_delete.release_address.
LINGER_SECONDS = 5.0
#: A deleted gateway stays visible for about an hour (DeleteNatGateway's page).
VISIBLE_SECONDS = 3600.0
#: VPC user guide, "NAT gateway creation fails": the code and message of what is AWS's own fault.
FAILURE = (
    "InternalError",
    "Network interface created and used internally by this NAT gateway is in an invalid state. Please try again.",
)
FIELDS = {"nat-gateway-id": "NatGatewayId", "state": "State", "subnet-id": "SubnetId", "vpc-id": "VpcId"}


def failures(region: Region) -> dict[str, tuple[str, str]]:
    return region.store("nat failures", lambda _region: {})


@handles("ec2", "CreateNatGateway")
def create(context: Context) -> Any:
    region, params = context.region, context.params
    ec2 = region.ec2
    public = params.get("ConnectivityType", "public") == "public"
    allocation = params.get("AllocationId")
    if public and not allocation:
        raise missing("AllocationId")
    params.setdefault("ConnectivityType", "public")
    address = next((a for a in ec2.addresses if a.allocation_id == allocation), None) if public else None
    if public and address is None:
        raise AwsError("InvalidAllocationID.NotFound", f"The allocation ID '{allocation}' does not exist")
    subnet = ec2.get_subnet(params["SubnetId"])
    problem = None
    if address is not None and address.association_id:
        problem = ("Resource.AlreadyAssociated", f"Elastic IP address [{allocation}] is already associated")
    elif public and not any(g.vpc and g.vpc.id == subnet.vpc_id for g in ec2.internet_gateways.values()):
        problem = ("Gateway.NotAttached", f"Network {subnet.vpc_id} has no Internet gateway attached")
    if problem is None and context.world.failing_nat["count"] > 0:
        told = context.world.failing_nat
        told["count"] -= 1
        problem = (told.get("code", FAILURE[0]), told.get("message", FAILURE[1]))
    if problem:
        params = {**params, "ConnectivityType": "private"}
        params.pop("AllocationId", None)
    answer = context.forward(params)
    gateway = ec2.nat_gateways[answer["NatGateway"]["NatGatewayId"]]
    gateway.state = "pending"
    gateway.connectivity_type = "public" if public else "private"
    interface = gateway._eni
    interface._group_set = []
    interface.requester_managed = True
    interface.status = "in-use"
    interface.interface_type = "nat_gateway"
    interface.description = f"Interface for NAT Gateway {gateway.id}"

    def settle() -> None:
        if gateway.state != "pending":
            return
        if problem:
            gateway.state = "failed"
            failures(region)[gateway.id] = problem
            interfaces.release(region, interface.id)
            # Same page: "a failed NAT gateway is automatically deleted after a short period; usually about an hour".
            region.after(VISIBLE_SECONDS, lambda: ec2.nat_gateways.pop(gateway.id, None))
        else:
            gateway.state = "available"

    region.after(FAIL_SECONDS if problem else CREATE_SECONDS, settle)
    answer["NatGateway"]["State"] = "pending"
    return answer


@handles("ec2", "DeleteNatGateway")
def delete(context: Context) -> Any:
    region, gateway_id = context.region, context.params["NatGatewayId"]
    ec2 = region.ec2
    gateway = ec2.nat_gateways.get(gateway_id)
    if gateway is None or gateway.state == "deleted":
        raise AwsError("NatGatewayNotFound", f"The Nat Gateway {gateway_id} was not found")
    if gateway.state != "deleting":
        gateway.state = "deleting"
        region.after(DELETE_SECONDS, lambda: _deleted(region, gateway))
    return {"NatGatewayId": gateway_id}


def _deleted(region: Region, gateway: Any) -> None:
    gateway.state = "deleted"
    for address in region.ec2.addresses:
        if address.eni is not None and address.eni.id == gateway._eni.id:
            address.eni = address.instance = address.association_id = None
            interfaces.lingering_addresses(region)[address.allocation_id] = region.now() + LINGER_SECONDS
    interfaces.release(region, gateway._eni.id)
    region.after(VISIBLE_SECONDS, lambda: region.ec2.nat_gateways.pop(gateway.id, None))


@handles("ec2", "DescribeNatGateways")
def describe(context: Context) -> Any:
    params = dict(context.params)
    asked = params.pop("Filters", None) or params.pop("Filter", None) or []
    params.pop("Filter", None)
    known = context.region.ec2.nat_gateways
    for gateway_id in params.get("NatGatewayIds", []):
        if gateway_id not in known:
            raise AwsError("NatGatewayNotFound", f"The Nat Gateway {gateway_id} was not found")
    answer = context.forward(params)
    items, unknown = filters.apply(answer.get("NatGateways", []), asked, FIELDS)
    if unknown:
        raise AwsError("InvalidParameterValue", f"The filter '{unknown[0]}' is invalid")
    for item in items:
        if item["NatGatewayId"] in failures(context.region):
            item["FailureCode"], item["FailureMessage"] = failures(context.region)[item["NatGatewayId"]]
    answer["NatGateways"] = items
    return answer
