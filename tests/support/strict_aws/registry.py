"""Which rule answers which action."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .call import Call, encode, read_answer
from .world import Region, World

if TYPE_CHECKING:
    from .middleware import Moto

Handler = Callable[["Context"], Any]
HANDLERS: dict[tuple[str, str], Handler] = {}


class Context:
    """What a rule works with: the call, the region's state, and the way on to moto."""

    def __init__(self, call: Call, world: World, moto: Moto):
        self.call = call
        self.params = call.params
        self.world = world
        self.region: Region = world.region(call.account, call.region)
        self._moto = moto

    def forward(self, params: dict[str, Any] | None = None, action: str | None = None) -> dict[str, Any]:
        """moto's answer to this call, to this call with other parameters, or to another action of the service."""
        call, operation = self.call, self.call.operation
        if action:
            operation = operation.service_model.operation_model(action)
        if params is None and action is None:
            status, headers, body = self._moto.ask(call.environ, call.body)
        else:
            request = encode(call, params or {}, operation)
            status, headers, body = self._moto.ask_encoded(call, request)
        return read_answer(call, operation, status, headers, body)


def handles(service: str, *actions: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        for action in actions:
            assert (service, action) not in HANDLERS, f"two rules for {service} {action}"
            HANDLERS[(service, action)] = handler
        return handler

    return register
