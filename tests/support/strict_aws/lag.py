"""Listings that lag behind: they answer from the state of some seconds ago.

Off unless told (`/strict/lag`). Sources: Secrets Manager API reference, ListSecrets ("eventually consistent.
ListSecrets might not reflect changes from the last five minutes … more recent information … by calling
DescribeSecret"); IAM user guide, "Changes that I make are not always immediately visible".

While a lag is set, a copy of what the listing shows is kept after every request and event that may have changed it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .call import Call
    from .world import World

#: Listing -> moto's service and the parts of its state that the listing shows.
LISTINGS = {
    "secretsmanager:ListSecrets": ("secretsmanager", ("secrets",)),
    "iam:GetAccountAuthorizationDetails": ("iam", ("roles", "instance_profiles")),
}
READS = ("BatchGet", "Describe", "List", "Get")
#: One copy: when it was taken, and the parts.
Copy = tuple[float, dict[str, Any]]


class Lag:
    def __init__(self) -> None:
        #: Listing -> AWS seconds.
        self.seconds: dict[str, float] = {}
        self._copies: dict[tuple[str, str, str], list[Copy]] = {}

    def set(self, world: World, wanted: dict[str, Any]) -> None:
        """What is there now counts as long visible."""
        if unknown := set(wanted) - set(LISTINGS):
            raise ValueError(f"no listing that can lag: {', '.join(sorted(unknown))}")
        self.seconds = {k: float(v) for k, v in wanted.items() if float(v) > 0}
        self._copies.clear()
        self.keep(world, float("-inf"))

    def keep(self, world: World, when: float | None = None) -> None:
        if not self.seconds:
            return
        now = world.timeline.now() if when is None else when
        for region in world.regions():
            for listing, seconds in self.seconds.items():
                service, parts = LISTINGS[listing]
                # What has no region stands in one of its own, which no other service has.
                if region.name == "aws" and service != "iam":
                    continue
                backend = region.backend(service)
                copies = self._copies.setdefault((listing, region.account, region.name), [])
                # Together, for what they refer to in each other.
                copies.append((now, copy.deepcopy({p: getattr(backend, p) for p in parts})))
                while len(copies) > 1 and copies[1][0] <= now - seconds:
                    copies.pop(0)

    @contextmanager
    def shown(self, world: World, call: Call) -> Iterator[None]:
        """Puts the old state into moto's place while a listing is answered."""
        listing = f"{call.service}:{call.action}"
        if listing not in self.seconds:
            yield
            return
        service, parts = LISTINGS[listing]
        backend = world.region(call.account, call.region).backend(service)
        until = world.timeline.now() - self.seconds[listing]
        copies = self._copies.get((listing, call.account, call.region), [])
        old = next((kept for when, kept in reversed(copies) if when <= until), None)
        present = {p: getattr(backend, p) for p in parts}
        for part, value in present.items():
            # In a region that was not used before there was nothing.
            setattr(backend, part, type(value)() if old is None else old[part])
        try:
            yield
        finally:
            for part, value in present.items():
                setattr(backend, part, value)

    def clear(self) -> None:
        self.seconds.clear()
        self._copies.clear()
