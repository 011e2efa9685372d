"""`python -m strict_aws.inventory`: prints the inventory of an account as JSON."""

from __future__ import annotations

import argparse
import json

from . import Account, take


def main() -> None:
    parser = argparse.ArgumentParser(prog="strict_aws.inventory", description="Lists what an account holds.")
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--region", required=True)
    asked = parser.parse_args()
    print(json.dumps(take(Account(asked.endpoint, asked.account, asked.region)), indent=2, sort_keys=True))


if __name__ == "__main__":
    main()
