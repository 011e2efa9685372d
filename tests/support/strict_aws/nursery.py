"""`python -m strict_aws.nursery`: servers in no time, each a fork of one process that has loaded all that they need.

A line of standard input is the speed of a server's clock; the answer is the line in which that server says where it
listens. moto's modules and botocore's models take seconds to load, more than most tests. All servers end with the
nursery, and the nursery with its standard input.
"""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
import threading
import time

from .inventory import Account, take
from .server import make, run

#: Nothing is made in it, so nothing of it is left in the servers.
NOBODY = "000000000000"


def main() -> None:
    load()
    # What has ended is gone, and nobody has to wait for it.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    ends_with_us, ours = os.pipe()
    for line in sys.stdin:
        if os.fork() == 0:
            os.close(ours)
            os.dup2(ends_with_us, sys.stdin.fileno())
            random.seed()
            run(0, float(line), NOBODY, stay=False)
            os._exit(0)


def load() -> None:
    """A look at everything that there is, once, loads what the looks and most changes of any server need."""
    server, _world = make(0, 1.0, NOBODY)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    take(Account(f"http://127.0.0.1:{server.server_address[1]}", NOBODY, "eu-west-1"))
    server.shutdown()
    serving.join()
    server.server_close()
    # A fork has one thread: none may hold a lock in which the others would leave it.
    while threading.active_count() > 1:
        # What serves a connection ends with the client that holds it.
        gc.collect()
        time.sleep(0.01)
    gc.freeze()


if __name__ == "__main__":
    main()
