"""Every request checked against botocore's model: required members, lengths, ranges, patterns, enums, unknown members.

botocore's own validator, which boto3 runs on the client's side, leaves max, pattern and enum to the service; this is
that side.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import regex
from botocore.model import Shape

from .call import Call, encode
from .errors import AwsError


@dataclass
class Problem:
    kind: str
    path: str
    message: str

    def error(self, call: Call) -> AwsError:
        """In the words of the service's protocol: EC2 and RDS name the parameter, the others the constraint."""
        if self.kind == "unknown":
            if call.protocol == "json":
                return AwsError("SerializationException", self.message)
            return AwsError("UnknownParameter", self.message)
        if call.service in ("ec2", "rds"):
            code = "MissingParameter" if self.kind == "required" else "InvalidParameterValue"
            return AwsError(code, self.message)
        code = "ValidationException" if call.protocol == "json" else "ValidationError"
        return AwsError(code, f"1 validation error detected: {self.message}")


def check(call: Call) -> list[Problem]:
    problems: list[Problem] = []
    shape = call.operation.input_shape if call.operation else None
    if shape is not None:
        _structure(call.params, shape, "", problems)
    return problems


def _value(value: Any, shape: Shape, path: str, problems: list[Problem]) -> None:
    kind = shape.type_name
    if kind == "structure":
        _structure(value, shape, path, problems)
    elif kind == "list":
        _bounds(len(value), shape, path, "length", problems)
        for index, item in enumerate(value):
            _value(item, shape.member, f"{path}[{index}]", problems)
    elif kind == "map":
        _bounds(len(value), shape, path, "length", problems)
        for key, item in value.items():
            _value(key, shape.key, f"{path} key", problems)
            _value(item, shape.value, f"{path}.{key}", problems)
    elif kind == "string":
        _string(value, shape, path, problems)
    elif kind == "blob":
        _bounds(len(value), shape, path, "length", problems)
    elif kind in ("integer", "long", "float", "double"):
        _bounds(value, shape, path, "value", problems)


def _structure(value: Any, shape: Shape, path: str, problems: list[Problem]) -> None:
    if not isinstance(value, dict):
        problems.append(Problem("type", path, f"{path or 'the request'} must be a structure"))
        return
    for name in shape.required_members:
        if value.get(name) is None:
            where = f"{path}.{name}".lstrip(".")
            problems.append(Problem("required", where, f"The request must contain the parameter {where}"))
    for name, item in value.items():
        if name in shape.members and item is not None:
            _value(item, shape.members[name], f"{path}.{name}".lstrip("."), problems)


def _string(value: Any, shape: Shape, path: str, problems: list[Problem]) -> None:
    if not isinstance(value, str):
        problems.append(Problem("type", path, f"{path} must be a string"))
        return
    _bounds(len(value), shape, path, "length", problems)
    values = shape.metadata.get("enum")
    if values and value not in values:
        shown = ", ".join(values[:20])
        problems.append(_failed(value, path, f"Member must satisfy enum value set: [{shown}]"))
    pattern = shape.metadata.get("pattern")
    compiled = _compiled(pattern) if pattern else None
    if compiled and not compiled.fullmatch(value):
        problems.append(_failed(value, path, f"Member must satisfy regular expression pattern: {pattern}"))


def _bounds(size: Any, shape: Shape, path: str, what: str, problems: list[Problem]) -> None:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if isinstance(size, str):
        problems.append(Problem("type", path, f"{path} must be a number"))
        return
    if low is not None and size < low:
        problems.append(_failed(size, path, f"Member must have {what} greater than or equal to {low}"))
    if high is not None and size > high:
        problems.append(_failed(size, path, f"Member must have {what} less than or equal to {high}"))


def _failed(value: Any, path: str, rule: str) -> Problem:
    return Problem("value", path, f"Value '{value}' at '{path}' failed to satisfy constraint: {rule}")


@functools.cache
def _compiled(pattern: str) -> regex.Pattern | None:
    """Patterns are Java's. What `regex` cannot read (ranges over surrogates) has these taken out or is left unchecked."""
    for candidate in (
        pattern,
        regex.sub(r"[\ud800-\udfff]-?", "", pattern),
        pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", ""),
    ):
        try:
            # Java's \\w is ASCII.
            return regex.compile(candidate, regex.DOTALL | (0 if "\\p" in candidate else regex.ASCII))
        except regex.error:
            continue
    return None


def unknown_members(call: Call) -> list[Problem]:
    """Members that the model does not know: AWS answers them with UnknownParameter, or ignores what it should not."""
    if call.protocol == "json":
        shape = call.operation.input_shape if call.operation else None
        document = json.loads(call.body) if call.body.strip() else {}
        found: list[str] = []
        if shape is not None:
            _unknown(document, shape, "", found)
        return [Problem("unknown", name, f"Unknown member {name}") for name in found]
    sent = dict(parse_qsl(call.body.decode(), keep_blank_values=True))
    read_back = encode(call, call.params)["body"]
    known = {"Action", "Version", *(str(k) for k in read_back)}
    # An empty list is written as a bare name, by SDK and botocore alike, and read back as nothing.
    extra = [k for k, v in sent.items() if k not in known and v != ""]
    return [Problem("unknown", k, f"The parameter {k} is not recognized") for k in extra]


def _unknown(value: Any, shape: Shape, path: str, found: list[str]) -> None:
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, item in value.items():
            if name not in shape.members:
                found.append(f"{path}.{name}".lstrip("."))
            else:
                _unknown(item, shape.members[name], f"{path}.{name}", found)
    elif shape.type_name == "list" and isinstance(value, list):
        for index, item in enumerate(value):
            _unknown(item, shape.member, f"{path}[{index}]", found)
