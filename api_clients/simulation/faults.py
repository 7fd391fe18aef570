"""The ways in which an HTTP service fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["status", "hang", "close", "garbage", "truncate", "drip"]


@dataclass(frozen=True, slots=True)
class Fault:
    """`times` calls meet it, then the service is well again; None lasts until it is cleared."""

    kind: Kind
    times: int | None = None
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 5.0


def status(code: int, *, body: bytes = b"", retry_after: str | None = None, times: int | None = None) -> Fault:
    """Answer with this status instead; `retry_after` is the header's text, seconds or a date."""
    headers = {"Retry-After": retry_after} if retry_after is not None else {}
    return Fault("status", times, code, headers, body)


def hang(seconds: float = 5.0, *, times: int | None = None) -> Fault:
    """Take the request and say nothing for that long."""
    return Fault("hang", times, seconds=seconds)


def close(*, times: int | None = None) -> Fault:
    """Close the connection without an answer."""
    return Fault("close", times)


def garbage(body: bytes = b"\xff\xfe not what was asked for", *, times: int | None = None) -> Fault:
    """Answer 200 with a body that means nothing."""
    return Fault("garbage", times, body=body)


def truncate(*, times: int | None = None) -> Fault:
    """Announce the whole body, send half of it, and close."""
    return Fault("truncate", times)


def drip(seconds: float, *, times: int | None = None) -> Fault:
    """Send the body byte by byte, that long between two of them."""
    return Fault("drip", times, seconds=seconds)
