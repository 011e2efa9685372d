"""The control interface under `/strict/`: plain JSON, for the tests."""

from __future__ import annotations

import functools
import json
import os
from typing import Any
from urllib.parse import parse_qs

from .answer import Answer
from .inventory import Account, take
from .rds_store import databases, force
from .world import World

#: What `settle` lets pass unless told: longer than anything but a secret's recovery window.
SETTLE_SECONDS = 3600.0
#: A client that names itself so in its user agent is not recorded, and nothing lags, fails or is forbidden to it: the
#: inventory is no part of what is tested.
WITNESS = "strict-inventory"


def serve(world: World, environ: dict[str, Any]) -> Answer:
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"].rstrip("/")
    length = int(environ.get("CONTENT_LENGTH") or 0)
    given = environ["wsgi.input"].read(length) if length else b""
    query = {k: v[0] for k, v in parse_qs(environ.get("QUERY_STRING", "")).items()}
    try:
        asked = json.loads(given) if given.strip() else {}
    except ValueError as problem:
        return reply(400, {"error": str(problem)})
    if method == "GET" and path == "/strict/inventory":
        # Asked of this server by its own requests, over HTTP like all others.
        return reply(200, take(witness(environ["HTTP_HOST"], query["account"], query["region"])))
    if method == "POST" and path == "/strict/end":
        os._exit(0)
    with world.timeline.lock:
        if method == "POST" and path == "/strict/reset":
            world.reset()
            return reply(200, {})
        if method == "GET" and path == "/strict/calls":
            calls = world.record.calls[int(query.get("after", 0)) :]
            wanted = [c for c in calls if all(str(c.get(k)) == v for k, v in query.items() if k != "after")]
            return reply(200, wanted)
        if method == "GET" and path == "/strict/violations":
            found = [v for v in world.record.violations if all(v.get(k) == w for k, w in query.items())]
            return reply(200, found)
        if method == "POST" and path == "/strict/settle":
            world.timeline.settle(float(asked.get("seconds", SETTLE_SECONDS)))
            return reply(200, {"now": world.clock.now(), "pending": world.timeline.pending()})
        if path == "/strict/clock":
            if method == "POST":
                world.clock.set_speed(float(asked["speed"]))
            return reply(200, {"speed": world.clock.speed, "now": world.clock.now()})
        if path == "/strict/door":
            if method == "POST":
                world.door.ahead = float(asked.get("ahead", 0))
                world.door.disabled[:] = [str(x) for x in asked.get("disabled", [])]
            return reply(200, {"ahead": world.door.ahead, "disabled": world.door.disabled})
        if path == "/strict/sick":
            if method == "POST":
                world.sick[:] = [str(x) for x in asked.get("user_data", [])]
            return reply(200, {"user_data": world.sick})
        if path == "/strict/deny":
            if method == "POST":
                world.denied[:] = [str(x) for x in asked.get("actions", [])]
            return reply(200, {"actions": world.denied})
        if method == "GET" and path == "/strict/judged":
            return reply(200, sorted(world.policies.judged.get(query.get("account", world.account), ())))
        if method == "POST" and path == "/strict/policy":
            world.policies.set(str(asked.get("account", world.account)), asked.get("documents"))
            return reply(200, {})
        if path == "/strict/nat":
            if method == "POST":
                world.failing_nat = {**asked, "count": int(asked.get("count", 1))}
            return reply(200, world.failing_nat)
        if method == "POST" and path == "/strict/database":
            account = str(asked.get("account", world.account))
            found = [r for r in world.regions() if r.account == account and asked.get("region") in (None, r.name)]
            found = [r for r in found if str(asked.get("identifier")) in databases(r).instances]
            if len(found) != 1:
                return reply(404, {"error": f"{len(found)} databases {asked.get('identifier')} in {account}"})
            return reply(200, force(found[0], asked))
        if method == "GET" and path == "/strict/held":
            return reply(200, world.faults.held())
        try:
            if path == "/strict/faults":
                if method == "POST":
                    world.faults.set(asked)
                return reply(200, world.faults.shown())
            if path == "/strict/young":
                if method == "POST":
                    world.young.set(asked)
                return reply(200, {"seconds": world.young.seconds})
            if path == "/strict/lag":
                if method == "POST":
                    world.lag.set(world, asked)
                return reply(200, world.lag.seconds)
        except (TypeError, ValueError) as problem:
            return reply(400, {"error": str(problem)})
    return reply(404, {"error": f"no {method} {path} here"})


@functools.cache
def witness(host: str, account: str, region: str) -> Account:
    """boto3's clients are dear to make."""
    return Account(f"http://{host}", account, region)


def is_witness(environ: dict[str, Any]) -> bool:
    return WITNESS in environ.get("HTTP_USER_AGENT", "")


def reply(status: int, value: Any) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(value).encode()
