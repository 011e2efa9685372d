"""Policies that a test gives to an account's caller (`POST /strict/policy`): from then on only what they allow is done.

Sources: IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements: Condition operators"; the Service
Authorization Reference for what each action is judged on (`needs`).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .call import Call
from .permissions import refused


@dataclass
class Need:
    """One action that a call must be allowed, on one resource."""

    action: str
    resource: str = "*"
    #: Condition key -> value.
    context: dict[str, str] = field(default_factory=dict)


class Policies:
    def __init__(self) -> None:
        #: Account -> its caller's policies. An account without an entry may do everything.
        self.of: dict[str, list[dict[str, Any]]] = {}
        #: Account -> the actions that its policies have judged, of calls that were more than tried.
        self.judged: dict[str, set[str]] = {}

    def set(self, account: str, documents: list[dict[str, Any]] | None) -> None:
        if documents is None:
            self.of.pop(account, None)
        else:
            self.of[account] = documents

    def check(self, call: Call, needs: Iterable[Need]) -> None:
        """
        :raises AwsError: In the service's own words, at the first that is not allowed.
        """
        documents = self.of.get(call.account)
        if documents is None:
            return
        for need in needs:
            if not call.params.get("DryRun"):
                self.judged.setdefault(call.account, set()).add(need.action)
            if decision(documents, need) != "allowed":
                raise refused(call, need.action, need.resource)

    def clear(self) -> None:
        self.of.clear()
        self.judged.clear()


def decision(documents: list[dict[str, Any]], need: Need) -> str:
    """As SimulatePrincipalPolicy calls it."""
    statements = [s for d in documents for s in _list(d["Statement"])]
    effects = {s["Effect"] for s in statements if _applies(s, need)}
    if "Deny" in effects:
        return "explicitDeny"
    return "allowed" if "Allow" in effects else "implicitDeny"


def _applies(statement: dict[str, Any], need: Need) -> bool:
    if unknown := set(statement) - {"Sid", "Effect", "Action", "Resource", "Condition"}:
        raise NotImplementedError(f"a policy with {', '.join(sorted(unknown))}")
    return (
        any(matches(a.lower(), need.action.lower()) for a in _list(statement["Action"]))
        and any(matches(r, need.resource) for r in _list(statement["Resource"]))
        and all(
            _holds(operator, need.context.get(key), _list(wanted))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _holds(operator: str, value: str | None, wanted: list[str]) -> bool:
    """A key that the request does not have meets none of these."""
    if operator == "StringEquals":
        return value in wanted
    if operator in ("StringLike", "ArnLike"):
        return value is not None and any(matches(w, value) for w in wanted)
    raise NotImplementedError(f"a policy with the condition operator {operator}")


def matches(pattern: str, text: str) -> bool:
    return bool(_compiled(pattern).fullmatch(text))


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern), re.DOTALL)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
