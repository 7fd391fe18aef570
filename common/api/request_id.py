"""Give every request an id that stands in each of its log lines and in its answer.

A sane X-Request-ID of the caller (a proxy, a script that traces its calls) is kept; anything else is replaced, so that
nobody writes into our logs what they please.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Awaitable, Callable

import structlog
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9._:-]{1,128}")
log = structlog.get_logger("nms.request")

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


def request_id_of(request: object) -> str:
    """The id of a Django or DRF request; "" where the middleware did not run."""
    return str(getattr(request, "request_id", "") or getattr(getattr(request, "_request", None), "request_id", ""))


def choose_request_id(offered: str | None) -> str:
    return offered if offered and _SANE.fullmatch(offered) else uuid.uuid4().hex


class RequestIdMiddleware:
    """Sync and async, so that neither kind of view pays for a switch of threads."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._answer(request)
        started = _begin(request)
        with structlog.contextvars.bound_contextvars(request_id=request_id_of(request)):
            response = self.get_response(request)
            assert isinstance(response, HttpResponseBase)
            return _end(request, response, started)

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        started = _begin(request)
        with structlog.contextvars.bound_contextvars(request_id=request_id_of(request)):
            answer = self.get_response(request)
            assert isinstance(answer, Awaitable)
            return _end(request, await answer, started)


def _begin(request: HttpRequest) -> float:
    request.request_id = choose_request_id(request.headers.get(HEADER))  # type: ignore[attr-defined] # our addition
    return time.perf_counter()


def _end(request: HttpRequest, response: HttpResponseBase, started: float) -> HttpResponseBase:
    response[HEADER] = request_id_of(request)
    milliseconds = round((time.perf_counter() - started) * 1000, 1)
    write = log.info if response.status_code < 500 else log.error
    # The path only: a query string may carry what does not belong in a log.
    write("request", method=request.method, path=request.path, status=response.status_code, ms=milliseconds)
    return response
