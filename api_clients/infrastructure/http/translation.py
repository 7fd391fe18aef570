"""Translates what requests raises, and what HTTP statuses mean, into the one error tree."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus

import requests
import urllib3.exceptions

from api_clients.domain.errors import (
    InvalidRequest,
    Malformed,
    Overloaded,
    Rejected,
    ServiceError,
    Unauthorized,
    Unreachable,
)
from api_clients.domain.values import Labels, Request
from api_clients.infrastructure.http.retry_after import retry_after_seconds
from api_clients.infrastructure.http.service_message import service_message
from api_clients.infrastructure.http.unix_socket import SocketForbidden

INVALID = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    urllib3.exceptions.LocationValueError,
)
UNREADABLE = (
    http.client.BadStatusLine,
    http.client.LineTooLong,
    http.client.IncompleteRead,
    http.client.UnknownProtocol,
    urllib3.exceptions.DecodeError,
    urllib3.exceptions.InvalidHeader,
    requests.exceptions.InvalidHeader,
)
TIMEOUTS = (TimeoutError, requests.Timeout, urllib3.exceptions.ReadTimeoutError)
PERMANENT = frozenset({HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.HTTP_VERSION_NOT_SUPPORTED})


def refusal(request: Request, status: int, headers: Mapping[str, str], body: bytes, *, wall_now: float) -> ServiceError:
    """Make the error of a 4xx or 5xx answer to this request, as its sender understands it."""
    error = status_error(status, headers, body, request.labels(), wall_now=wall_now)
    if request.refused is None:
        return error
    error = request.refused(error, body)
    error.service, error.operation, error.target = request.service, request.operation.name, request.target
    return error


def status_error(
    status: int, headers: Mapping[str, str], body: bytes, labels: Labels, *, wall_now: float
) -> ServiceError:
    """Make the error of a 4xx or 5xx answer, with the service's own message. Header names are lower-case."""
    said = service_message(body, headers.get("content-type", ""))
    reason = f"answered {status} {_phrase(status)}".rstrip() + (f": {said}" if said else "")
    if status in (401, 403, 407):
        return Unauthorized(reason, status=status, **labels)
    if status in (429, 503):
        pause = retry_after_seconds(headers.get("retry-after"), wall_now=wall_now)
        return Overloaded(reason, retry_after_seconds=pause, status=status, **labels)
    if status < 500 or status in PERMANENT:
        return Rejected(reason, status=status, **labels)
    return Unreachable(reason, status=status, **labels)


def exchange_error(error: Exception, labels: Labels, *, host: str, timeout_seconds: float) -> ServiceError:
    """Translate a failure to send, or to read the answer."""
    found = list(_causes(error))
    if any(isinstance(cause, INVALID) for cause in found):
        return InvalidRequest(f"{host} is not an address that can be called", **labels)
    if any(isinstance(cause, SocketForbidden) for cause in found):
        return Unauthorized(
            f"this process may not use the socket {host}: its owner, group or mode forbids it", **labels
        )
    # A closed connection is a BadStatusLine to http.client, so it has to be told apart before the unreadable ones.
    if not any(isinstance(cause, http.client.RemoteDisconnected) for cause in found):
        for cause in found:
            # http.client raises its bare base class for more than 100 headers.
            if isinstance(cause, UNREADABLE) or type(cause) is http.client.HTTPException:
                return Malformed(f"{host} sent an answer that is broken or cut short: {_what(cause)}", **labels)
    unreachable = Unreachable(_why_unreachable(found, host, timeout_seconds), **labels)
    unreachable.timed_out = any(isinstance(cause, TIMEOUTS) for cause in found)
    return unreachable


def redact(error: ServiceError, secrets: Iterable[str]) -> ServiceError:
    """Take our secrets out of the service's words: some quote the credentials they were sent."""
    for secret in secrets:
        if secret:
            error.reason = error.reason.replace(secret, "***")
    error.args = (error.reason,)
    return error


def _why_unreachable(found: list[BaseException], host: str, timeout_seconds: float) -> str:
    for cause in found:
        match cause:
            case ssl.SSLCertVerificationError():
                return f"{host} showed a certificate that cannot be verified: {cause.verify_message}"
            case ssl.SSLError():
                return f"{host} and we could not agree on TLS: {cause.reason or 'handshake failed'}"
            case socket.gaierror():
                return f"the name {host} is not known: {cause.strerror}"
            case http.client.RemoteDisconnected():
                return f"{host} closed the connection without an answer"
            case FileNotFoundError():
                return f"there is no socket {host}"
            case ConnectionRefusedError():
                return f"{host} refused the connection"
            case ConnectionResetError() | BrokenPipeError():
                return f"{host} broke the connection off"
            case _ if isinstance(cause, TIMEOUTS):
                return f"no answer from {host} within {timeout_seconds:.3g} s"
    systems = [cause.strerror for cause in found if isinstance(cause, OSError) and cause.strerror]
    return f"{host} could not be reached: {systems[0] if systems else type(found[0]).__name__}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Every exception inside one: requests wraps urllib3, which wraps http.client, which wraps the socket's."""
    pending, seen = [error], {id(error)}
    while pending:
        one = pending.pop(0)
        yield one
        inner = [getattr(one, "reason", None), *one.args, one.__cause__, one.__context__]
        for cause in inner:
            if isinstance(cause, BaseException) and id(cause) not in seen:
                seen.add(id(cause))
                pending.append(cause)


def _what(cause: BaseException) -> str:
    if isinstance(cause, http.client.IncompleteRead):
        missing = f", {cause.expected} more were announced" if isinstance(cause.expected, int) else ""
        got = cause.partial if isinstance(cause.partial, int) else len(cause.partial or b"")
        return f"it ended after {got} bytes{missing}"
    return type(cause).__name__


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
