"""`python -m strict_aws.inventory`: prints the inventory of an account as JSON.

Without `--account`, one line of JSON for each account that is named in a line of standard input: what costs most is to
load the models of so many services.
"""

from __future__ import annotations

import argparse
import json
import sys

from . import Account, take


def main() -> None:
    parser = argparse.ArgumentParser(prog="strict_aws.inventory", description="Lists what an account holds.")
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--account")
    parser.add_argument("--region", required=True)
    asked = parser.parse_args()
    if asked.account:
        found = take(Account(asked.endpoint, asked.account, asked.region))
        print(json.dumps(found, indent=2, sort_keys=True))
        return
    accounts: dict[str, Account] = {}
    for line in sys.stdin:
        name = line.strip()
        account = accounts.setdefault(name, Account(asked.endpoint, name, asked.region))
        print(json.dumps(take(account), sort_keys=True), flush=True)


if __name__ == "__main__":
    main()
