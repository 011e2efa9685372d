"""Tags of Auto Scaling groups.

Source: Auto Scaling API reference, CreateOrUpdateTags, DeleteTags, DescribeTags.
"""

from __future__ import annotations

from typing import Any

from ..groups import groups, set_tag, shown_tag
from ..registry import Context, handles
from .autoscaling_groups import group


@handles("autoscaling", "CreateOrUpdateTags")
def create_tags(context: Context) -> Any:
    for tag in context.params["Tags"]:
        set_tag(group(context.region, tag.get("ResourceId", "")), tag)
    return {}


@handles("autoscaling", "DeleteTags")
def delete_tags(context: Context) -> Any:
    for tag in context.params["Tags"]:
        group(context.region, tag.get("ResourceId", "")).tags.pop(tag["Key"], None)
    return {}


@handles("autoscaling", "DescribeTags")
def describe_tags(context: Context) -> Any:
    items = [shown_tag(g, k) for g in groups(context.region).values() for k in sorted(g.tags)]
    fields = {"auto-scaling-group": "ResourceId", "key": "Key", "value": "Value"}
    for each in context.params.get("Filters", []):
        if each["Name"] in fields:
            items = [i for i in items if i[fields[each["Name"]]] in each["Values"]]
    return {"Tags": items}
