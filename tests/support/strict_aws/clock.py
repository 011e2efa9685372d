"""The scaled clock and the queue of things that happen later.

Everything that takes time on AWS is an event on one queue. Events run in the order of their due times whenever a
request arrives, each at its own instant, so what a client sees depends on the time of its call alone and never on how
often it looked.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable


class Clock:
    """AWS seconds since the start: `speed` of them pass in one real second."""

    def __init__(self, speed: float, monotonic: Callable[[], float] = time.monotonic):
        self._monotonic = monotonic
        self._speed = speed
        self._base = 0.0
        self._since = monotonic()

    @property
    def speed(self) -> float:
        return self._speed

    def now(self) -> float:
        return self._base + (self._monotonic() - self._since) * self._speed

    def set_speed(self, speed: float) -> None:
        self._base = self.now()
        self._since = self._monotonic()
        self._speed = speed

    def advance(self, seconds: float) -> None:
        self._base += seconds


class Timeline:
    """Events that are due at an instant of the clock."""

    def __init__(self, clock: Clock, happened: Callable[[], None] = lambda: None):
        self.clock = clock
        #: Called after each event, at its instant.
        self._happened = happened
        self.lock = threading.RLock()
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._instant: float | None = None

    def now(self) -> float:
        """The instant of the event that is running, else of the clock."""
        return self.clock.now() if self._instant is None else self._instant

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (self.now() + seconds, next(self._order), action))

    def run_due(self) -> None:
        until = self.clock.now()
        while self._queue and self._queue[0][0] <= until:
            self._instant, _, action = heapq.heappop(self._queue)
            try:
                action()
                self._happened()
            finally:
                self._instant = None

    def settle(self, seconds: float) -> None:
        """Let so many AWS seconds pass at once."""
        self.clock.advance(seconds)
        self.run_due()

    def pending(self) -> int:
        return len(self._queue)

    def clear(self) -> None:
        self._queue.clear()
