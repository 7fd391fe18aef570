"""Turns an answer into the caller's value inside the chain, so that an unreadable one counts against the breaker."""

from __future__ import annotations

from dataclasses import replace

from api_clients.domain.errors import Malformed, Rejected, ServiceError
from api_clients.domain.ports import Transport
from api_clients.domain.values import Request, Response

UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)


class ReadingTransport:
    def __init__(self, inner: Transport) -> None:
        self._inner = inner

    def send(self, request: Request) -> Response:
        response = self._inner.send(request)
        if 300 <= response.status < 400:
            raise _redirect(request, response)
        return read(request, response)


def read(request: Request, response: Response) -> Response:
    """Return the response with its value made by the request's `read`; raises Malformed where that cannot."""
    if request.read is None:
        return response
    try:
        value = request.read(response)
    except ServiceError as error:
        error.service, error.operation, error.target = request.service, request.operation.name, request.target
        raise
    except UNREADABLE as error:
        # Only the kind of fault is told: its text may quote the answer, secrets included.
        page = ", an HTML page" if "html" in response.headers.get("content-type", "") else ""
        raise Malformed(
            f"answered {response.status} with {len(response.body)} bytes that cannot be read"
            f" ({type(error).__name__}{page})",
            status=response.status,
            **request.labels(),
        ) from error
    return replace(response, value=value)


def redirect_refused(response: Response) -> ServiceError:
    """Make the error of a redirect that means nothing in particular; its query may hold a token and is left out."""
    where = response.headers.get("location", "nowhere").partition("?")[0]
    return Rejected(f"answered {response.status}, a redirect to {where}", status=response.status)


def _redirect(request: Request, response: Response) -> ServiceError:
    error = (request.redirected or redirect_refused)(response)
    error.service, error.operation, error.target = request.service, request.operation.name, request.target
    return error
