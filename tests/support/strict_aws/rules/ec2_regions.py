"""Which regions there are, and which of them the account has enabled."""

from __future__ import annotations

from typing import Any

from ..errors import invalid
from ..registry import Context, handles


@handles("ec2", "DescribeRegions")
def describe_regions(context: Context) -> dict[str, Any]:
    given = context.forward()
    known = {region["RegionName"] for region in given["Regions"]}
    for name in context.params.get("RegionNames") or []:
        if name not in known:
            raise invalid(f"Invalid region: '{name}'")
    for region in given["Regions"]:
        if region["RegionName"] in context.world.door.disabled:
            region["OptInStatus"] = "not-opted-in"
    if not context.params.get("AllRegions"):
        given["Regions"] = [region for region in given["Regions"] if region["OptInStatus"] != "not-opted-in"]
    return given
