"""ARNs, and tags as conditions see them."""

from __future__ import annotations

from typing import Any

from ..registry import Context


def arn(context: Context, service: str, rest: str) -> str:
    return f"arn:aws:{service}:{context.region.name}:{context.region.account}:{rest}"


def iam_arn(context: Context, rest: str) -> str:
    return f"arn:aws:iam::{context.region.account}:{rest}"


def request(tags: list[dict[str, Any]] | None) -> dict[str, str]:
    return {f"aws:RequestTag/{t['Key']}": t.get("Value") or "" for t in tags or []}


def resource(tags: dict[str, str]) -> dict[str, str]:
    return {f"aws:ResourceTag/{k}": v for k, v in tags.items()}
