"""The databases of one region, kept as RDS describes them. moto's own are not used: they know no time and no refusal."""

from __future__ import annotations

from typing import Any

from . import rds_engines
from .errors import AwsError
from .world import Region


class Databases:
    def __init__(self, region: Region):
        self.region = region
        self.instances: dict[str, dict[str, Any]] = {}
        self.subnet_groups: dict[str, dict[str, Any]] = {}
        self.parameter_groups: dict[str, dict[str, Any]] = {}
        #: Parameter group -> what was set in it.
        self.parameters: dict[str, dict[str, dict[str, Any]]] = {}
        self.snapshots: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        #: Instance -> its network interfaces.
        self.interfaces: dict[str, list[str]] = {}

    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:rds:{self.region.name}:{self.region.account}:{kind}:{name}"

    def instance(self, name: str) -> dict[str, Any]:
        if name.lower() not in self.instances:
            raise AwsError("DBInstanceNotFound", f"DBInstance {name} not found.", 404)
        return self.instances[name.lower()]

    def tag_list(self, arn: str) -> list[dict[str, str]]:
        return [{"Key": k, "Value": v} for k, v in sorted(self.tags.get(arn, {}).items())]

    def set_tags(self, arn: str, tags: list[dict[str, str]] | None) -> None:
        for tag in tags or []:
            if tag["Key"].lower().startswith(("aws:", "rds:")):
                raise AwsError("InvalidParameterValue", f"The tag key {tag['Key']} is reserved")
        kept = self.tags.setdefault(arn, {})
        kept.update({t["Key"]: t.get("Value", "") for t in tags or []})

    def known_arn(self, arn: str) -> bool:
        items = [
            *self.instances.values(),
            *self.subnet_groups.values(),
            *self.parameter_groups.values(),
            *self.snapshots.values(),
        ]
        return any(v == arn for item in items for k, v in item.items() if k.endswith("Arn") and isinstance(v, str))


def force(region: Region, wanted: dict[str, Any]) -> dict[str, Any]:
    """For tests: what AWS does to a database by itself: a state, or a minor version."""
    instance = databases(region).instance(wanted["identifier"])
    if "status" in wanted:
        instance["DBInstanceStatus"] = str(wanted["status"])
    if "version" in wanted:
        instance["EngineVersion"] = rds_engines.resolve(instance["Engine"], str(wanted["version"]))
    return {"status": instance["DBInstanceStatus"], "version": instance["EngineVersion"]}


def databases(region: Region) -> Databases:
    return region.store("databases", Databases)


def shown(store: Databases, instance: dict[str, Any]) -> dict[str, Any]:
    """As the API describes it: what begins with an underscore is the layer's own."""
    pending = dict(instance["PendingModifiedValues"])
    public = {k: v for k, v in instance.items() if not k.startswith("_")}
    return {**public, "PendingModifiedValues": pending, "TagList": store.tag_list(instance["DBInstanceArn"])}
