"""EC2's filters: an unknown name is refused, and tags are filtered here rather than where moto may overlook them.

Source: botocore's ec2 model, the documentation of each action's Filters, which names the ones there are.
"""

from __future__ import annotations

import functools
import html
import re
from typing import Any

from . import filters
from .errors import AwsError
from .registry import Context

NAME = re.compile(r"<li>\s*<p>\s*<code>([^<]+)</code>")


@functools.cache
def _known(documentation: str) -> tuple[frozenset[str], tuple[str, ...]]:
    # `tag` alone is half of `tag:<key>`, torn apart by the documentation's markup.
    names = [n for n in (html.unescape(n).strip() for n in NAME.findall(documentation)) if n != "tag"]
    prefixes = tuple(n.split("<")[0] for n in names if "<" in n)
    return frozenset(n for n in names if "<" not in n), prefixes


def check(context: Context) -> None:
    call = context.call
    asked = call.params.get("Filters") or call.params.get("Filter") or []
    shape = call.operation.input_shape if call.operation else None
    if call.service != "ec2" or not asked or shape is None:
        return
    member = shape.members.get("Filters") or shape.members.get("Filter")
    names, prefixes = _known(member.documentation)
    for each in asked:
        name = each.get("Name", "")
        if names and name not in names and not name.startswith(prefixes or ("tag:",)):
            context.world.record.violation(call, "model", f"The filter '{name}' is invalid")
            raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")
        if not each.get("Values"):
            raise AwsError("InvalidParameterValue", f"The filter '{name}' has no values")


def by_tag(context: Context) -> bool:
    """Whether this is a description by tags that no rule of its own answers."""
    call = context.call
    asked = call.params.get("Filters") or []
    describes = call.action.startswith("Describe") and call.action != "DescribeTags"
    return call.service == "ec2" and describes and any(_is_tag(f) for f in asked)


def _is_tag(each: dict[str, Any]) -> bool:
    return each["Name"].startswith("tag:") or each["Name"] in ("tag-key", "tag-value")


def describe(context: Context) -> dict[str, Any]:
    """moto's answer without the tag filters, then these."""
    params = dict(context.params)
    asked = params.pop("Filters", [])
    rest = [f for f in asked if not _is_tag(f)]
    if rest:
        params["Filters"] = rest
    return tagged(context.forward(params), [f for f in asked if _is_tag(f)])


def tagged(answer: dict[str, Any], asked: list[dict[str, Any]]) -> dict[str, Any]:
    for name, items in answer.items():
        if not isinstance(items, list):
            continue
        if name == "Reservations":
            for each in items:
                each["Instances"] = filters.only_tagged(each["Instances"], asked)
            answer[name] = [each for each in items if each["Instances"]]
        else:
            answer[name] = filters.only_tagged(items, asked)
    return answer
