"""Client tokens: the same request under the same token is executed once.

EC2 user guide, "Ensuring idempotency in Amazon EC2 API requests"; a token under which other parameters were sent is
refused with IdempotentParameterMismatch. Secrets Manager's tokens are moto's and work.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from .answer import Answer
from .errors import AwsError
from .record import plain
from .registry import Context

ACTIONS = {
    "RunInstances",
    "CreateLaunchTemplate",
    "CreateLaunchTemplateVersion",
    "CreateNatGateway",
    "CreateRouteTable",
    "CreateVpcEndpoint",
}
#: AWS.md, "Behaviour": ≤ 64 ASCII characters.
LONGEST = 64


def once(context: Context, answer: Callable[[], Answer]) -> Answer:
    call = context.call
    token = call.params.get("ClientToken")
    if call.service != "ec2" or call.action not in ACTIONS or not token:
        return answer()
    if len(token) > LONGEST:
        raise AwsError("InvalidParameterValue", f"Client token must not be longer than {LONGEST} characters")
    store = context.region.store("tokens", lambda _region: {})
    asked = json.dumps(plain(call.params), sort_keys=True)
    key = (call.action, token)
    if key in store:
        before, given = store[key]
        if before != asked:
            raise AwsError(
                "IdempotentParameterMismatch",
                f"The client token '{token}' was used before with other parameters.",
            )
        return given
    given = answer()
    if given[0] < 300:
        store[key] = (asked, given)
    return given
