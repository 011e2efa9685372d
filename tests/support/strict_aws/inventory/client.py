"""One account, asked with boto3, and the form of what is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

Item = dict[str, Any]

#: Of all sessions: it keeps the models that it has read.
LOADER = Loader()


class Account:
    def __init__(self, endpoint: str, account: str, region: str):
        session = botocore.session.get_session()
        session.register_component("data_loader", LOADER)
        self._session = boto3.Session(
            aws_access_key_id=f"ACCOUNT{account}",
            aws_secret_access_key="inventory",
            region_name=region,
            botocore_session=session,
        )
        self._endpoint = endpoint
        self._config = Config(retries={"total_max_attempts": 1}, user_agent_extra="strict-inventory")
        #: Clients are dear to make.
        self._clients: dict[str, Any] = {}

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._session.client(service, endpoint_url=self._endpoint, config=self._config)
        return self._clients[service]

    def pages(self, service: str, operation: str, member: str, **asked: Any) -> Iterator[Any]:
        client = self._client(service)
        if client.can_paginate(operation):
            for page in client.get_paginator(operation).paginate(**asked):
                yield from page.get(member, [])
        else:
            yield from getattr(client, operation)(**asked).get(member, [])

    def call(self, service: str, operation: str, **asked: Any) -> Any:
        return getattr(self._client(service), operation)(**asked)


def tags_of(pairs: Any) -> dict[str, str]:
    return {t["Key"]: t.get("Value", "") for t in pairs or []}


def item(kind: str, identity: str, tags: Any, name: str | None = None, **properties: Any) -> Item:
    found = tags if isinstance(tags, dict) else tags_of(tags)
    return {"kind": kind, "id": identity, "name": name or found.get("Name"), "tags": found, "properties": properties}
