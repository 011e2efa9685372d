"""`python -m strict_aws`: starts the server."""

from __future__ import annotations

import argparse

from .server import run


def main() -> None:
    parser = argparse.ArgumentParser(prog="strict_aws", description="A strict AWS on moto, for tests.")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one (the default)")
    parser.add_argument("--speed", type=float, default=600.0, help="AWS seconds per real second (default 600)")
    parser.add_argument("--account", default="123456789012", help="the account of credentials that name none")
    parser.add_argument("--stay", action="store_true", help="do not end when standard input does")
    asked = parser.parse_args()
    run(asked.port, asked.speed, asked.account, asked.stay)


if __name__ == "__main__":
    main()
