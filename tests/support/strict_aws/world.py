"""The state beside moto's: one `Region` for each account and region, and the services' own stores in it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, TypeVar

from .clock import Clock, Timeline
from .door import Door
from .faults import Faults
from .lag import Lag
from .policies import Policies
from .record import Record
from .young import Young

Store = TypeVar("Store")


class Region:
    def __init__(self, world: World, account: str, name: str):
        self.world = world
        self.account = account
        self.name = name
        self._stores: dict[str, Any] = {}

    def store(self, name: str, make: Callable[[Region], Store]) -> Store:
        if name not in self._stores:
            self._stores[name] = make(self)
        return self._stores[name]

    def backend(self, service: str) -> Any:
        """moto's own state of a service."""
        from moto.backends import get_backend

        region = "aws" if service in ("iam", "sts") else self.name
        return get_backend(service)[self.account][region]

    @property
    def ec2(self) -> Any:
        return self.backend("ec2")

    @property
    def elbv2(self) -> Any:
        return self.backend("elbv2")

    @property
    def iam(self) -> Any:
        return self.backend("iam")

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self.world.timeline.after(seconds, action)

    def now(self) -> float:
        return self.world.timeline.now()


class World:
    def __init__(self, speed: float, account: str):
        self.clock = Clock(speed)
        self.lag = Lag()
        self.young = Young()
        self.timeline = Timeline(self.clock, lambda: self.lag.keep(self))
        self.record = Record()
        self.faults = Faults()
        self.door = Door()
        self.account = account
        self._regions: dict[tuple[str, str], Region] = {}
        #: Launch templates whose user data contains one of these start instances that never become healthy.
        self.sick: list[str] = []
        #: Actions that the caller may not do, as patterns: `rds:*`.
        self.denied: list[str] = []
        self.policies = Policies()
        #: How many of the next NAT gateways fail, and with what code and message.
        self.failing_nat: dict[str, Any] = {"count": 0}

    def region(self, account: str, name: str) -> Region:
        key = (account, name)
        if key not in self._regions:
            self._regions[key] = Region(self, account, name)
        return self._regions[key]

    def regions(self) -> list[Region]:
        return list(self._regions.values())

    def reset(self) -> None:
        from moto.core.base_backend import BackendDict, backend_lock
        from moto.core.model_instances import reset_model_data

        self.timeline.clear()
        self._regions.clear()
        self.record.clear()
        self.sick.clear()
        self.denied.clear()
        self.policies.clear()
        self.failing_nat = {"count": 0}
        self.lag.clear()
        self.young.clear()
        self.faults.clear()
        self.door.clear()
        # moto's own reset makes every backend anew and then drops it; dropping is enough.
        with backend_lock:
            for backends in BackendDict._instances:
                backends.clear()
            BackendDict._instances.clear()
        reset_model_data()


def wall() -> datetime.datetime:
    """The time that answers carry. Only durations are scaled: a client compares these stamps with its own clock."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)
