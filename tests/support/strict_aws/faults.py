"""Faults that a test asks for (`POST /strict/faults`): what goes wrong between a client and AWS.

Each rule names a `fault`, and whether it comes `before` the effect (the call is not executed) or `after` it (executed,
and the answer is lost or an error). It strikes the calls that meet all of its conditions.

Codes: EC2 API reference, "Error codes" (RequestLimitExceeded, InternalError, Unavailable); "Common errors" of the RDS,
Auto Scaling and Elastic Load Balancing references (Throttling, InternalFailure, ServiceUnavailable); IAM and Secrets
Manager references (ServiceFailure, ThrottlingException, InternalServiceError).
"""

from __future__ import annotations

import random
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .call import Call
from .errors import AwsError, Page
from .lag import READS
from .permissions import action_name, denied

#: Between two looks whether a client that waits for nothing has gone.
LOOK_SECONDS = 0.02


class Cut(ConnectionResetError):
    """The connection ends here, without an answer: by a reset, or in good order."""

    def __init__(self, in_order: bool = False):
        super().__init__()
        self.in_order = in_order


FAULTS = ("throttle", "fail", "unavailable", "page", "delay", "cut", "close", "hang", "hold")


@dataclass
class Rule:
    #: `throttle`, `fail` (500), `unavailable` (503), `page` (502, and not AWS's own), `delay`, `cut` (reset), `close` (in
    #: good order), `hang`, or `hold`: this call and all after it hang.
    fault: str
    when: str = "before"
    #: Patterns such as `rds:Create*`; none: every action.
    actions: list[str] = field(default_factory=list)
    #: Only calls that change something.
    changes: bool = False
    #: Only the call of this number, of those that meet the conditions above, since the rules were set.
    at: int | None = None
    #: Of the calls of each action the first, and from then on every so many-th.
    every: int = 1
    #: Of those that meet the conditions above, each with this probability.
    probability: float | None = None
    milliseconds: float = 0
    seen: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        if self.fault not in FAULTS:
            raise ValueError(f"no fault is called {self.fault!r}")
        if self.when not in ("before", "after") or (self.when == "after" and self.fault in ("throttle", "delay")):
            raise ValueError(f"{self.fault} cannot come {self.when!r}")

    def strikes(self, call: Call, number: int, chance: float) -> bool:
        """`number` counts the calls of this action."""
        if self.actions and not denied(self.actions, action_name(call)):
            return False
        if self.changes and call.action.startswith(READS):
            return False
        if (number - 1) % self.every:
            return False
        self.seen += 1
        strikes = (self.at is None or self.at == self.seen) and (self.probability is None or chance < self.probability)
        self.struck += strikes
        return strikes


def error(call: Call, fault: str) -> AwsError:
    """As the service of this call writes it."""
    if fault == "throttle":
        if call.protocol == "ec2":
            return AwsError("RequestLimitExceeded", "Request limit exceeded.", 503)
        return AwsError("ThrottlingException" if call.protocol == "json" else "Throttling", "Rate exceeded", 400)
    if fault == "page":
        return Page()
    if fault == "unavailable":
        code = "Unavailable" if call.protocol == "ec2" else "ServiceUnavailable"
        return AwsError(code, "The service is unavailable. Please try again shortly.", 503)
    codes = {"ec2": "InternalError", "iam": "ServiceFailure", "secretsmanager": "InternalServiceError"}
    return AwsError(codes.get(call.service, "InternalFailure"), "An internal error has occurred", 500)


class Faults:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held = 0
        self._serving = 0
        self.clear()

    def set(self, asked: dict[str, Any]) -> None:
        """Puts these rules in the place of those before. Whatever hangs or is held is dropped, and never executed later."""
        known = {each.name for each in fields(Rule)} - {"seen", "struck"}
        if unknown := {k for rule in asked.get("rules", []) for k in rule} - known | set(asked) - {"seed", "rules"}:
            raise ValueError(f"nothing here is called {', '.join(sorted(unknown))}")
        rules = [Rule(**rule) for rule in asked.get("rules", [])]
        with self._changed:
            self._rules, self._seed = rules, asked.get("seed", 0)
            self._numbers: Counter[str] = Counter()
            #: The action at which all stopped.
            self._stopped_at: str | None = None
            self._generation = object()
            self._changed.notify_all()

    def clear(self) -> None:
        self.set({})

    def shown(self) -> dict[str, Any]:
        with self._changed:
            return {"seed": self._seed, "rules": [asdict(rule) for rule in self._rules]}

    def held(self) -> dict[str, Any]:
        """Where all stopped. Once nothing is being served any more, nothing changes until the next rules."""
        with self._changed:
            return {"stopped_at": self._stopped_at, "held": self._held, "serving": self._serving}

    @contextmanager
    def meeting(self, call: Call, connection: socket.socket) -> Iterator[Meeting]:
        """Around all that is done for a call."""
        with self._changed:
            self._serving += 1
            met = Meeting(self, self._generation, connection, call, self._struck(call))
        try:
            yield met
        finally:
            with self._changed:
                self._serving -= 1

    def _struck(self, call: Call) -> list[Rule]:
        if self._stopped_at:
            return [Rule("hold")]
        name, struck = action_name(call), []
        self._numbers[name] += 1
        for number, rule in enumerate(self._rules):
            # By the call's number among those of its action: the order in which others arrive changes nothing.
            chance = random.Random(f"{self._seed}/{number}/{name}/{self._numbers[name]}").random()
            if rule.strikes(call, self._numbers[name], chance):
                struck.append(rule)
                if rule.fault == "hold":
                    self._stopped_at = name
        return struck

    def pause(self, generation: object, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: generation is not self._generation, seconds)

    def hang(self, generation: object, connection: socket.socket) -> None:
        """Until there are other rules or the client goes."""
        with self._changed:
            self._serving, self._held = self._serving - 1, self._held + 1
            while generation is self._generation and not has_gone(connection):
                self._changed.wait(LOOK_SECONDS)
            self._serving, self._held = self._serving + 1, self._held - 1


class Meeting:
    """One call, and what strikes it. Delays add to whatever else; of that, the first rule's."""

    def __init__(
        self, faults: Faults, generation: object, connection: socket.socket, call: Call, struck: list[Rule]
    ) -> None:
        self._faults, self._generation, self._connection, self._call = faults, generation, connection, call
        self._delay = sum(rule.milliseconds for rule in struck if rule.fault == "delay") / 1000
        self._rule = next((rule for rule in struck if rule.fault != "delay"), None)

    @property
    def fault(self) -> str | None:
        """As it stands in the record of calls."""
        if self._rule:
            return f"{self._rule.fault} {self._rule.when}"
        return "delay" if self._delay else None

    def before(self) -> None:
        """
        :raises Cut: The connection is to be cut.
        :raises AwsError: The call is to be refused.
        """
        if self._delay:
            self._faults.pause(self._generation, self._delay)
        self._strike("before")

    def after(self) -> None:
        """The same, once the call has been executed."""
        self._strike("after")

    def _strike(self, when: str) -> None:
        if self._rule is None or self._rule.when != when:
            return
        if self._rule.fault in ("hang", "hold"):
            self._faults.hang(self._generation, self._connection)
        if self._rule.fault in ("hang", "hold", "cut", "close"):
            raise Cut(in_order=self._rule.fault == "close")
        raise error(self._call, self._rule.fault)


def has_gone(connection: socket.socket) -> bool:
    """Whether the client has closed its end: nothing else can be read from it before the answer."""
    try:
        return not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
