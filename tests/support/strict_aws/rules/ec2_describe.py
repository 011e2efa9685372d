"""Descriptions whose filters moto lacks.

Source: botocore's ec2 model, the documentation of each action's Filters.
"""

from __future__ import annotations

from typing import Any

from .. import ec2_filters, filters
from ..errors import AwsError
from ..registry import Context, handles

ZONE_FIELDS = {
    "group-name": "GroupName",
    "opt-in-status": "OptInStatus",
    "region-name": "RegionName",
    "state": "State",
    "zone-id": "ZoneId",
    "zone-name": "ZoneName",
    "zone-type": "ZoneType",
}
TAG_FIELDS = {"key": "Key", "value": "Value", "resource-id": "ResourceId", "resource-type": "ResourceType"}


@handles("ec2", "DescribeAvailabilityZones")
def describe_zones(context: Context) -> Any:
    params = dict(context.params)
    asked = params.pop("Filters", [])
    answer = context.forward(params)
    for zone in answer["AvailabilityZones"]:
        zone["OptInStatus"] = "opt-in-not-required"
        zone["GroupName"] = f"{zone['RegionName']}-zg-1"
    answer["AvailabilityZones"], unknown = filters.apply(answer["AvailabilityZones"], asked, ZONE_FIELDS)
    if unknown:
        raise NotImplementedError(f"the filter {unknown[0]}")
    return answer


@handles("ec2", "DescribeTags")
def describe_tags(context: Context) -> Any:
    """Moto has a word of its own for addresses, and keeps the tags of those that were released."""
    params = dict(context.params)
    asked = params.pop("Filters", [])
    items = context.forward(params).get("Tags", [])
    kept = {address.allocation_id for address in context.region.ec2.addresses}
    items = [i for i in items if i["ResourceType"] != "vpc-elastic-ip" or i["ResourceId"] in kept]
    for item in items:
        if item["ResourceType"] == "vpc-elastic-ip":
            item["ResourceType"] = "elastic-ip"
    for each in asked:
        name, wanted = each["Name"], each.get("Values", [])
        if name.startswith("tag:"):
            items = [i for i in items if i["Key"] == name[4:] and filters.matches(i["Value"], wanted)]
        elif name in TAG_FIELDS:
            items = [i for i in items if filters.matches(i[TAG_FIELDS[name]], wanted)]
        else:
            raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")
    return {"Tags": items}


@handles("ec2", "DescribeInstances")
def describe_instances(context: Context) -> Any:
    """With the filter `client-token`, which moto lacks."""
    params = dict(context.params)
    asked = params.pop("Filters", [])
    tokens = [v for f in asked if f["Name"] == "client-token" for v in f["Values"]]
    tags = [f for f in asked if f["Name"].startswith("tag")]
    rest = [f for f in asked if f not in tags and f["Name"] != "client-token"]
    answer = ec2_filters.tagged(context.forward({**params, **({"Filters": rest} if rest else {})}), tags)
    if tokens:
        for each in answer["Reservations"]:
            each["Instances"] = [
                i for i in each["Instances"] if context.region.ec2.get_instance(i["InstanceId"]).client_token in tokens
            ]
        answer["Reservations"] = [each for each in answer["Reservations"] if each["Instances"]]
    return answer
