"""EC2's filters on plain answers: tags everywhere, and fields by a map from filter name to member."""

from __future__ import annotations

import fnmatch
from typing import Any


def matches(value: str, wanted: list[str]) -> bool:
    """EC2 user guide, "Filtering": values are case-sensitive, `*` and `?` are wildcards."""
    escaped = [w.replace("[", "[[]") for w in wanted]
    return any(fnmatch.fnmatchcase(value, w) for w in escaped)


def tag_filter(item: dict[str, Any], name: str, wanted: list[str]) -> bool | None:
    """Whether the item passes; None when this is no tag filter."""
    tags = {t["Key"]: t.get("Value", "") for t in item.get("Tags") or item.get("TagSet") or []}
    if name.startswith("tag:"):
        key = name[4:]
        return key in tags and matches(tags[key], wanted)
    if name == "tag-key":
        return any(matches(key, wanted) for key in tags)
    if name == "tag-value":
        return any(matches(value, wanted) for value in tags.values())
    return None


def only_tagged(items: list[dict[str, Any]], asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def passes(item: dict[str, Any]) -> bool:
        return all(tag_filter(item, f["Name"], f.get("Values", [])) is not False for f in asked)

    return [item for item in items if passes(item)]


def apply(
    items: list[dict[str, Any]], asked: list[dict[str, Any]], fields: dict[str, str]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The items that pass every filter, and the names of the filters that are not known."""
    unknown = []
    for each in asked:
        name, wanted = each["Name"], each.get("Values", [])
        if name.startswith("tag:") or name in ("tag-key", "tag-value"):
            items = [i for i in items if tag_filter(i, name, wanted)]
        elif name in fields:
            items = [i for i in items if matches(str(i.get(fields[name], "")), wanted)]
        else:
            unknown.append(name)
    return items, unknown
