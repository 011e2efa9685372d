"""What was asked, and what no client should have asked."""

from __future__ import annotations

import base64
import datetime
from typing import Any

from .call import Call

#: Parameters that are not written down: a test that prints the record must not print a secret.
SECRET = {"MasterUserPassword", "SecretString", "SecretBinary"}


def plain(value: Any, name: str = "") -> Any:
    """A value as JSON can hold it."""
    if name in SECRET:
        return "(hidden)"
    if isinstance(value, dict):
        return {k: plain(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return value


class Record:
    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.violations: list[dict[str, Any]] = []

    def call(
        self, call: Call, status: int, error: str | None, real: float, aws: float, took: float, fault: str | None
    ) -> None:
        """`status` 0: it was cut off before it was executed."""
        parameters = plain(call.params)
        if call.key == ("ssm", "PutParameter") and parameters.get("Type") == "SecureString":
            parameters["Value"] = "(hidden)"
        self.calls.append(
            {
                "number": len(self.calls) + 1,
                "service": call.service,
                "action": call.action,
                "account": call.account,
                "region": call.region,
                "params": parameters,
                "status": status,
                "error": error,
                "fault": fault,
                "time": real,
                "aws_time": aws,
                "milliseconds": round(took * 1000, 3),
            }
        )

    def violation(self, call: Call | None, kind: str, message: str) -> None:
        self.violations.append(
            {
                "kind": kind,
                "service": call.service if call else "",
                "action": call.action if call else "",
                "account": call.account if call else "",
                "message": message,
                "params": plain(call.params) if call else {},
            }
        )

    def clear(self) -> None:
        self.calls.clear()
        self.violations.clear()
