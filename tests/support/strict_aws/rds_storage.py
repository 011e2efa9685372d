"""RDS's rules on the size, the IOPS and the throughput of storage.

Sources: botocore's rds model, documentation of AllocatedStorage, Iops and StorageThroughput; RDS user guide, "Amazon RDS
DB instance storage", gp3: below 400 GiB 3,000 IOPS and 125 MiB/s and neither can be chosen, from there on 12,000 and
500 at least, for the engines that the layer knows (Oracle: from 200 GiB; SQL Server knows no such threshold); AWS.md,
"storage growth" and "gp3 under 400 GiB". Messages: cloudtools/troposphere, issue 2141.
"""

from __future__ import annotations

from typing import Any

from .errors import AwsError, invalid

RANGES = {"gp2": (20, 65536), "gp3": (20, 65536), "io1": (100, 65536), "io2": (100, 65536)}
#: gp3 below this takes neither IOPS nor throughput.
GP3_THRESHOLD_GIB = 400
#: (IOPS, MiB/s) of gp3 below the threshold, and the least from it on.
GP3_SMALL, GP3_LARGE = (3000, 125), (12000, 500)
STORAGE = {"AllocatedStorage", "StorageType", "Iops", "StorageThroughput"}


def combination(message: str) -> AwsError:
    return AwsError("InvalidParameterCombination", message)


def check_storage(engine: str, params: dict[str, Any]) -> None:
    kind, size = params.get("StorageType", "gp2"), params.get("AllocatedStorage")
    if kind not in RANGES:
        raise invalid(f"Invalid storage type: {kind}")
    low, high = RANGES[kind]
    if size is None:
        raise invalid("The request must contain the parameter AllocatedStorage")
    if not low <= size <= high:
        raise invalid(f"Invalid storage size for engine name {engine} and storage type {kind}: {size}")
    iops, throughput = params.get("Iops"), params.get("StorageThroughput")
    if kind in ("io1", "io2"):
        if iops is None:
            raise invalid(f"You must specify Iops for storage type {kind}")
        if not 0.5 <= iops / size <= 50:
            raise combination(f"The IOPS to GiB ratio must be between 0.5 and 50, not {iops / size:.2f}")
    elif kind == "gp3":
        _check_gp3(engine, size, iops, throughput)
    elif iops is not None or throughput is not None:
        raise combination("You can't specify IOPS or storage throughput for storage type gp2")
    most = params.get("MaxAllocatedStorage")
    if most is not None and most != 0 and most < size:
        raise combination("Max storage size must be greater than storage size")


def _check_gp3(engine: str, size: int, iops: int | None, throughput: int | None) -> None:
    if size < GP3_THRESHOLD_GIB:
        # Also 0 and the very baseline are refused (pulumi/pulumi-aws-native, issue 968).
        if iops is not None or throughput is not None:
            raise combination(
                f"You can't specify IOPS or storage throughput for engine {engine} and a storage size less than {GP3_THRESHOLD_GIB}."
            )
        return
    for name, given, least in (("IOPS", iops, GP3_LARGE[0]), ("storage throughput", throughput, GP3_LARGE[1])):
        if given is not None and given < least:
            raise combination(
                f"Invalid {name} value for engine {engine} and storage type gp3: {given}, at least {least}"
            )


def check_growth(instance: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a modification with the size that it comes to."""
    params = dict(params)
    size, before = params.get("AllocatedStorage"), instance["AllocatedStorage"]
    if size is not None and size < before:
        raise combination(
            f"Invalid storage size: {size}. Requested storage is less than the current {before} GiB; storage cannot be reduced"
        )
    if size is not None and size > before:
        # botocore's documentation of AllocatedStorage: "rounded up so that they are 10% greater".
        params["AllocatedStorage"] = max(size, before + -(-before // 10))
    if not set(params) & STORAGE:
        return params
    shown = {k: instance.get(k) for k in STORAGE}
    if params.get("StorageType") not in (None, instance["StorageType"]) or shown["StorageType"] in ("gp2", "gp3"):
        # A baseline that RDS shows by itself is not the client's wish.
        shown.update(Iops=None, StorageThroughput=None)
    shown.update({k: params[k] for k in STORAGE & set(params)})
    check_storage(instance["Engine"], shown)
    crosses = before < GP3_THRESHOLD_GIB <= shown["AllocatedStorage"]
    if crosses and shown["StorageType"] == instance["StorageType"] == "gp3" and shown["Iops"] is None:
        # Seen at ModifyDBInstance (opensupplyhub/open-supply-hub, pull request 1114); CreateDBInstance takes the
        # baseline by itself (cloudtools/troposphere, pull request 2153).
        raise combination(
            f"You must specify at least {GP3_LARGE[0]} IOPS for engine {instance['Engine']}, storage type gp3 and a storage size of {GP3_THRESHOLD_GIB} GiB or more."
        )
    return params


def show_baseline(instance: dict[str, Any]) -> None:
    """gp3 shows IOPS and throughput whether they were chosen or not; gp2 shows none."""
    if instance["StorageType"] == "gp2":
        instance.pop("Iops", None)
        instance.pop("StorageThroughput", None)
    elif instance["StorageType"] == "gp3" and instance["AllocatedStorage"] < GP3_THRESHOLD_GIB:
        instance["Iops"], instance["StorageThroughput"] = GP3_SMALL
    elif instance["StorageType"] == "gp3":
        instance["Iops"] = max(instance.get("Iops") or 0, GP3_LARGE[0])
        instance["StorageThroughput"] = max(instance.get("StorageThroughput") or 0, GP3_LARGE[1])
