"""The server: one port on loopback, a thread for each connection, gone when the test that started it is."""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import struct
import sys
import threading

#: BACKENDS.md: moto checks these only when told to.
MOTO_SETTINGS = {
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    "MOTO_ENABLE_AMI_VALIDATION": "1",
    "MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION": "1",
    # See images.py.
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
}


def prepare() -> None:
    """moto reads its settings when it is imported, so this comes first."""
    os.environ.update(MOTO_SETTINGS)
    # It would override the account of every request.
    os.environ.pop("MOTO_ACCOUNT_ID", None)
    from moto import backends

    # moto lists its own folders anew for every request: a quarter of what a request costs.
    modules = functools.cache(lambda listed=backends.list_of_moto_modules: tuple(listed()))
    backends.list_of_moto_modules = modules


def make(port: int, speed: float, account: str):
    """A server that is bound but does not serve yet, and its world."""
    prepare()
    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from werkzeug.serving import make_server

    from . import rules
    from .faults import Cut
    from .middleware import Strict
    from .world import World

    class Quiet(MotoRequestHandler):
        def log(self, *_args: object) -> None:
            """The calls are recorded; standard error is for faults."""

        def date_time_string(self, _timestamp: float | None = None) -> str:
            return world.door.date()

        def connection_dropped(self, error: BaseException, environ: dict | None = None) -> None:
            if isinstance(error, Cut) and not error.in_order:
                # Closed with nothing to linger for, TCP resets the connection. The handler's own way would end it in
                # good order before that.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                os.close(self.connection.detach())
            self.close_connection = True

    rules.load()
    world = World(speed, account)
    server = make_server("127.0.0.1", port, Strict(world), threaded=True, request_handler=Quiet)
    server.daemon_threads = True
    return server, world


def run(port: int, speed: float, account: str, stay: bool) -> None:
    server, _world = make(port, speed, account)
    print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
    if not stay:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


def _end_with_stdin() -> None:
    """The parent's end of the pipe closes however the parent ends, even when it is killed."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(0)
