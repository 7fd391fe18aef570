"""Refuses what must not leave this process: a path that escapes its place, a header that smuggles another.

The first link of the chain, so a bad request costs nothing and counts nowhere. Clients build paths with
`url_path`; this is the net under them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import get_args
from urllib.parse import unquote

from api_clients.domain.errors import InvalidRequest
from api_clients.domain.ports import Transport
from api_clients.domain.values import Method, Request, Response

METHODS = frozenset(get_args(Method))
PATH = re.compile(r"/[!-~]*\Z")  # printable ASCII (RFC 3986); everything else is percent-encoded before it gets here
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")  # token (RFC 9110, 5.6.2)
HEADER_VALUE = re.compile(r"[\t -~]*\Z")
TARGET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\[\]-]{0,252}\Z")


@dataclass(frozen=True, slots=True)
class RequestLimits:
    max_path_bytes: int = 8_192
    max_params: int = 256
    max_param_bytes: int = 65_536
    max_body_bytes: int = 16 * 1024 * 1024


class ValidatingTransport:
    def __init__(self, inner: Transport, limits: RequestLimits | None = None) -> None:
        self._inner = inner
        self._limits = limits or RequestLimits()

    def send(self, request: Request) -> Response:
        problem = find_problem(request, self._limits)
        if problem:
            raise InvalidRequest(problem, **request.labels())
        return self._inner.send(request)


def find_problem(request: Request, limits: RequestLimits) -> str | None:
    """Return what is wrong with the request, in words for its sender, or None."""
    return (
        _in_address(request)
        or _in_path(request.path, limits)
        or _in_params(request, limits)
        or _in_headers(request)
        or _in_body(request, limits)
    )


def _in_address(request: Request) -> str | None:
    if request.method not in METHODS:
        return f"method {request.method!r} is not one of {', '.join(sorted(METHODS))}"
    if not TARGET.match(request.target):
        return f"target {request.target!r} is not a name or an address"
    return None


def _in_path(path: str, limits: RequestLimits) -> str | None:
    if not PATH.match(path) or path.startswith("//"):
        return f"path {path[:80]!r} is not an absolute path of printable, percent-encoded characters"
    if "?" in path or "#" in path or "\\" in path:
        return f"path {path[:80]!r} holds a query, a fragment or a backslash; parameters belong in params"
    if ("." in path or "%2" in path) and any(unquote(segment) in (".", "..") for segment in path.split("/")):
        return f"path {path[:80]!r} holds a dotted segment, which would change its meaning"
    if len(path) > limits.max_path_bytes:
        return f"path is longer than {limits.max_path_bytes} bytes"
    return None


def _in_params(request: Request, limits: RequestLimits) -> str | None:
    if not request.params:
        return None
    if len(request.params) > limits.max_params:
        return f"more than {limits.max_params} parameters"
    for name, value in request.params:
        if not isinstance(name, str) or not isinstance(value, str):
            return f"parameter {name!r} is {type(value).__name__}, not text"
        if "\x00" in name or "\x00" in value:
            return f"parameter {name!r} holds a NUL character"
        if len(value) > limits.max_param_bytes:
            return f"parameter {name!r} is longer than {limits.max_param_bytes} characters"
    return None


def _in_headers(request: Request) -> str | None:
    for name, value in request.headers.items():
        if not HEADER_NAME.match(name):
            return f"header name {name!r} is not a token"
        if not HEADER_VALUE.match(value):
            return f"header {name} holds a line break or a character outside of printable ASCII"
    return None


def _in_body(request: Request, limits: RequestLimits) -> str | None:
    if request.body is None:
        return None
    if not isinstance(request.body, bytes):
        return f"body is {type(request.body).__name__}, not bytes"
    if len(request.body) > limits.max_body_bytes:
        return f"body of {len(request.body)} bytes is over the limit of {limits.max_body_bytes}"
    return None
