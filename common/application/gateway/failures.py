"""What the errors of services are called in the hub: the table of docs/gateway.md.

| error | code | status |
|---|---|---|
| InvalidRequest | request_invalid | 400 |
| Rejected, by 404 or 410 | service_not_found | 404 |
| Rejected, by 409 or 412 | service_conflict | 409 |
| Rejected, by another 4xx | service_rejected | 400 |
| Rejected, by anything else (501, a redirect) | service_refused | 502 |
| Unauthorized | service_unauthorized | 502 |
| Malformed | service_malformed | 502 |
| Unreachable, timed out; DeadlineExceeded | service_timed_out | 504 |
| Unreachable | service_unreachable | 503 |
| Overloaded | service_overloaded | 503, Retry-After |
| Throttled | service_throttled | 503, Retry-After |
| CircuitOpen | service_circuit_open | 503, Retry-After |
"""

from __future__ import annotations

from collections.abc import Iterable

from api_clients.clients import NotConfigured
from api_clients.domain.errors import (
    CircuitOpen,
    DeadlineExceeded,
    InvalidRequest,
    Malformed,
    Overloaded,
    Rejected,
    ServiceError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from api_clients.gateway.calling import Crash, Failure
from common.domain.errors import Conflict, Failed, HubError, Invalid, TimedOut, Unavailable, Unknown

GONE = frozenset({404, 410})
CONTRADICTS = frozenset({409, 412})
SHORTEST_SECRET = 4  # hiding every "a" of a message would tell more than it hides


def hub_error(error: ServiceError, *, hidden: Iterable[str] = ()) -> HubError:
    """`hidden` are texts that the message must not repeat, such as a password that the service quotes."""
    said = f"{error.service}/{error.target}: {without(error.reason, hidden)}"
    match error:
        case InvalidRequest():
            return Invalid(said, code="request_invalid")
        case Rejected(status=status):
            return _refusal(said, status)
        case Unauthorized():
            return Failed(f"{said}. Check the login in the clients' configuration.", code="service_unauthorized")
        case Malformed():
            return Failed(said, code="service_malformed")
        case DeadlineExceeded() | Unreachable(timed_out=True):
            return TimedOut(said, code="service_timed_out")
        case Unreachable():
            return Unavailable(said, code="service_unreachable")
        case CircuitOpen(retry_in_seconds=seconds):
            return Unavailable(said, code="service_circuit_open", retry_after_seconds=seconds)
        case Overloaded(retry_after_seconds=seconds):
            code = "service_throttled" if isinstance(error, Throttled) else "service_overloaded"
            return Unavailable(said, code=code, retry_after_seconds=seconds)
    return Failed(said, code="service_failed")


def outcome_error(outcome: Failure | Crash, *, hidden: Iterable[str] = ()) -> HubError:
    """The same of an outcome; of a defect as much as may be told."""
    match outcome:
        case Failure():
            return hub_error(outcome.error, hidden=hidden)
        case Crash(error=NotConfigured()):
            return Unknown(str(outcome.error), code="unknown_target")
    kind = type(outcome.error).__name__
    return HubError(f"A defect ({kind}); the log has the details.", code="internal_error")


def without(text: str, hidden: Iterable[str]) -> str:
    for secret in sorted(hidden, key=len, reverse=True):  # one may be a part of another
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, "***")
    return text


def _refusal(said: str, status: int | None) -> HubError:
    if status in GONE:
        return Unknown(said, code="service_not_found")
    if status in CONTRADICTS:
        return Conflict(said, code="service_conflict")
    if status is None or 400 <= status < 500:
        return Invalid(said, code="service_rejected")
    return Failed(said, code="service_refused")
