"""The independent witness: everything that an account holds in a region, asked with boto3 over HTTP.

It shares no code with the rules and none with the program under test, so that a test can compare what the program says
it did with what is there. Left out are the things that nobody made: default networks and their parts, managed
policies, AWS's own parameters.
"""

from __future__ import annotations

from .client import Account, Item
from .compute import balancing, compute
from .data import data, identity
from .network import network

__all__ = ["Account", "take"]


def take(asked: Account) -> list[Item]:
    found = [each for part in (network, compute, balancing, data, identity) for each in part(asked)]
    return sorted(found, key=lambda each: (each["kind"], each["name"] or "", each["id"]))
