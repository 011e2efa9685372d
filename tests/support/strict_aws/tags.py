"""The rules on tags that every service shares.

Source: AWS general reference, "Tag naming limits and requirements"; AWS.md, "tags" (a key of 127 characters to be safe
is the program's own rule: AWS takes 128).
"""

from __future__ import annotations

from typing import Any

import regex

from .call import Call
from .errors import AwsError

MOST, LONGEST_KEY, LONGEST_VALUE = 50, 128, 256
#: RDS API reference, Tag: "Unicode letters, digits, white-space, '_', '.', ':', '/', '=', '+', '-', '@'".
RDS_TEXT = regex.compile(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*")
#: Actions whose tag structures name what is to go.
REMOVALS = {"DeleteTags", "UntagResource", "RemoveTags", "RemoveTagsFromResource"}


def check(call: Call) -> None:
    params = call.params
    if call.action in REMOVALS:
        return
    sets = [params.get("Tags") or []]
    sets += [s.get("Tags") or [] for s in params.get("TagSpecifications") or []]
    data = params.get("LaunchTemplateData") or {}
    sets += [s.get("Tags") or [] for s in data.get("TagSpecifications") or []]
    for each in sets:
        _check(call, [t for t in each if isinstance(t, dict) and "Key" in t])


def _check(call: Call, tags: list[dict[str, Any]]) -> None:
    keys = [(t.get("ResourceId"), t["Key"]) for t in tags]
    if len(keys) > MOST:
        raise _refused(call, "TooManyTags", f"More than {MOST} tags specified")
    if len(set(keys)) != len(keys):
        raise _refused(call, "DuplicateTagKeys", "Duplicate tag keys are not permitted")
    for tag in tags:
        key, value = tag["Key"], tag.get("Value") or ""
        if key.lower().startswith("aws:"):
            raise _refused(call, "", f"Tag keys starting with 'aws:' are reserved for internal use: {key}")
        if not 1 <= len(key) <= LONGEST_KEY or len(value) > LONGEST_VALUE:
            raise _refused(call, "", f"Tag key or value too long: {key[:40]}")
        if call.service == "rds" and not (RDS_TEXT.fullmatch(key) and RDS_TEXT.fullmatch(value)):
            raise _refused(call, "", f"Tag {key} has characters that are not allowed")


def _refused(call: Call, elb_code: str, message: str) -> AwsError:
    if call.service == "elbv2" and elb_code:
        return AwsError(elb_code, message)
    if call.service == "ec2":
        return AwsError("TagLimitExceeded" if elb_code == "TooManyTags" else "InvalidParameterValue", message)
    codes = {"iam": "InvalidInput", "secretsmanager": "InvalidParameterException", "rds": "InvalidParameterValue"}
    return AwsError(codes.get(call.service, "ValidationError"), message)
