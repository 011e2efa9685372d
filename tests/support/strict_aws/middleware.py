"""The WSGI application in front of moto: reads, checks, answers and records every request."""

from __future__ import annotations

import io
import time
import traceback
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from moto.core.exceptions import ServiceException as MotoError

from . import answer, control, ec2_filters, images, lag, needs, permissions, tags, tokens
from .call import Call, parse, read
from .errors import AwsError
from .faults import Cut
from .model import check, unknown_members
from .registry import HANDLERS, Context
from .world import World

#: moto's state of these is empty or wrong: nothing is passed on to it.
OWN = {"rds", "autoscaling", "resourcegroupstaggingapi"}


class Moto:
    """moto's server application, asked in the same process."""

    def __init__(self) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self._application = DomainDispatcherApplication(create_backend_app)

    def ask(self, environ: dict[str, Any], body: bytes) -> answer.Answer:
        seen: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], _exc: Any = None) -> Callable[[bytes], None]:
            seen["status"], seen["headers"] = int(status.split(" ", 1)[0]), dict(headers)
            return lambda _data: None

        environ = {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        chunks = self._application(environ, start)
        return seen["status"], seen["headers"], b"".join(chunks)

    def ask_encoded(self, call: Call, request: dict[str, Any]) -> answer.Answer:
        body = request["body"]
        if isinstance(body, dict):
            body = urlencode(body)
        if isinstance(body, str):
            body = body.encode()
        environ = dict(call.environ)
        if target := request["headers"].get("X-Amz-Target"):
            environ["HTTP_X_AMZ_TARGET"] = target
        return self.ask(environ, body)


class Strict:
    """The strict AWS. One request at a time: moto's state is not made for more, and order is what tests need.

    Only what a fault lets wait does so beside the others."""

    def __init__(self, world: World):
        self.world = world
        self.moto = Moto()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith("/strict/"):
            status, headers, body = control.serve(self.world, environ)
        elif path.startswith("/moto-api/"):
            length = int(environ.get("CONTENT_LENGTH") or 0)
            status, headers, body = self.moto.ask(environ, environ["wsgi.input"].read(length))
        else:
            status, headers, body = self.aws(environ)
        headers = {k: v for k, v in headers.items() if k.lower() not in ("content-length", "connection", "date")}
        headers["Content-Length"] = str(len(body))
        start_response(f"{status} {'OK' if status < 300 else 'Error'}", list(headers.items()))
        return [body]

    def aws(self, environ: dict[str, Any]) -> answer.Answer:
        started = time.time()
        # Before anything is locked: a client that dawdles holds up no other.
        length = int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length) if length else b"")
        try:
            with self.world.timeline.lock:
                call = read(environ, self.world.account)
        except AwsError as failure:
            self.world.record.violation(
                None, "unreadable", f"{environ.get('REQUEST_METHOD')} request without credentials"
            )
            return answer.error(None, failure)
        if control.is_witness(environ):
            return self.execute(call)[0]
        with self.world.faults.meeting(call, environ["werkzeug.socket"]) as met:
            try:
                met.before()
            except Cut:
                self.note(call, 0, None, started, met.fault)
                raise
            except AwsError as failure:
                given = answer.error(call, failure)
                self.note(call, given[0], failure.code, started, met.fault)
                return given
            given, code = self.execute(call)
            self.note(call, given[0], code or ("(from moto)" if given[0] >= 300 else None), started, met.fault)
            try:
                met.after()
            except AwsError as failure:
                return answer.error(call, failure)
            return given

    def note(self, call: Call, status: int, code: str | None, started: float, fault: str | None) -> None:
        world = self.world
        with world.timeline.lock:
            world.record.call(call, status, code, started, world.timeline.now(), time.time() - started, fault)

    def execute(self, call: Call) -> tuple[answer.Answer, str | None]:
        """The answer, and the code of the error that it is."""
        world = self.world
        with world.timeline.lock:
            try:
                world.timeline.run_due()
                return self.serve(call), None
            except AwsError as failure:
                problem = failure
            except MotoError as failure:
                # Raised by moto's state when a rule looks something up in it.
                problem = AwsError(failure.code or type(failure).__name__, str(failure.message))
            except NotImplementedError as missing:
                world.record.violation(call, "not implemented", str(missing))
                message = f"The strict layer does not implement {call.action}: {missing}"
                problem = AwsError("InvalidAction", message)
            except Exception:
                # A fault of the layer or of moto: said in the protocol's form, and never silently.
                world.record.violation(call, "broken", traceback.format_exc())
                problem = AwsError("InternalFailure", "The strict layer failed; see /strict/violations", 500)
            return answer.error(call, problem), problem.code

    def serve(self, call: Call) -> answer.Answer:
        record = self.world.record
        if not control.is_witness(call.environ):
            self.world.door.check(call)
        if call.operation is None or call.protocol.startswith("rest"):
            record.violation(call, "unknown action", f"{call.service} has no action {call.action!r} here")
            raise AwsError("InvalidAction", f"The action {call.action} is not valid for this web service.")
        try:
            call.params = parse(call)
        except Exception as problem:
            record.violation(call, "malformed", str(problem))
            raise AwsError("SerializationException", f"The request cannot be read: {problem}") from problem
        problems = unknown_members(call) + check(call)
        if problems:
            for problem in problems:
                record.violation(call, "model", problem.message)
            raise problems[0].error(call)
        context = Context(call, self.world, self.moto)
        if not control.is_witness(call.environ):
            permissions.check(self.world.denied, call)
            self.world.policies.check(call, needs.of(context))
        if call.service in ("ec2", "autoscaling"):
            images.seed(context.region)
        ec2_filters.check(context)
        tags.check(call)
        if call.params.pop("DryRun", False):
            # EC2 API reference, every action's DryRun: never executed; DryRunOperation when permitted.
            raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
        return tokens.once(context, lambda: self.answer(context))

    def answer(self, context: Context) -> answer.Answer:
        call = context.call
        if control.is_witness(call.environ):
            return self.answer_now(context)
        now = self.world.timeline.now()
        self.world.young.check(call, now)
        with self.world.lag.shown(self.world, call):
            given = self.world.young.seen(call, self.answer_now(context), now)
        if not call.action.startswith(lag.READS):
            self.world.lag.keep(self.world)
        return given

    def answer_now(self, context: Context) -> answer.Answer:
        call = context.call
        if handler := HANDLERS.get(call.key):
            return answer.result(call, handler(context))
        if ec2_filters.by_tag(context):
            return answer.result(call, ec2_filters.describe(context))
        if call.service in OWN:
            raise NotImplementedError(f"{call.service} is answered by the layer's own rules alone")
        status, headers, body = self.moto.ask(call.environ, call.body)
        if status >= 500 or ("html" in headers.get("Content-Type", "") and b"<html" in body.lower()):
            self.world.record.violation(
                call, "broken", f"moto answered {status}: {body[:500].decode(errors='replace')}"
            )
            raise AwsError("InternalFailure", f"moto failed at {call.action}", 500)
        if call.protocol == "json" and 400 < status < 500:
            # These services' errors are all 400 (botocore's models name no other status); moto says 404 and 409.
            status = 400
        return status, headers, body
