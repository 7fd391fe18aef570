"""Call remote modules: what the registry knows of one becomes a client, what goes wrong the contract's words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache

import urllib3.exceptions

from api_clients.domain.errors import (
    CircuitOpen,
    DeadlineExceeded,
    Malformed,
    Overloaded,
    ServiceError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from common.application.clients import surroundings
from common.domain.known_modules import OfferedCapability
from common.domain.modules import Call, CapabilityFailed, EventReceived, Health, JsonObject
from common.domain.times import zulu
from common.infrastructure.encryption import SecretUnreadable, decrypt
from common.infrastructure.remote_modules import HEALTH_SECONDS, ModuleClient, RemoteError, connect
from common.models import Message, ModuleRecord

_NEVER_SENT = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)

DELIVERY_SECONDS = 10.0  # a module that needs longer takes the message, answers, and works on
MAX_CONNECTED = 256


class NotReached(CapabilityFailed):
    """Nothing was sent: nobody listens there now, or the circuit is open. The module knows nothing of it."""


def call_remote(offered: OfferedCapability, input: JsonObject, call: Call) -> JsonObject:
    """Return the output as it came. Raises CapabilityFailed with the module's own words, or with what hindered it."""
    with _told_as_failure(offered.module, f"{offered.name} of the module {offered.module}", _seconds(call)) as seconds:
        answer = _client_of(offered.module)(seconds).call(offered.name, input, circumstances(call))
    return _succeeded(answer) or {}


def deliver_message(module: str, message: Message, call: Call) -> JsonObject | None:
    """Return the reply. Raises CapabilityFailed."""
    told = {
        "id": str(message.uuid),
        "kind": message.kind,
        "type": message.type,
        "sender": message.sender,
        "priority": message.priority,
        "created_at": zulu(message.created_at),
        "attempt": message.attempts,
        "body": message.body,
    }
    with _told_as_failure(module, f"The module {module}", _seconds(call, DELIVERY_SECONDS)) as seconds:
        answer = _client_of(module)(seconds).deliver(told, circumstances(call))
    return _succeeded(answer)


def deliver_event(module: str, event: EventReceived, call: Call) -> None:
    """Raises CapabilityFailed."""
    told = {
        "position": event.position,
        "id": str(event.id),
        "type": event.type,
        "version": event.version,
        "source": event.source,
        "subject": event.subject,
        "priority": event.priority,
        "time": zulu(event.time),
        "actor": event.actor,
        "correlation_id": event.correlation_id,
        "causation_id": event.causation_id,
        "data": event.data,
    }
    with _told_as_failure(module, f"The module {module}", _seconds(call, DELIVERY_SECONDS)) as seconds:
        answer = _client_of(module)(seconds).tell(told, circumstances(call))
    _succeeded(answer)


def ask_health(module: str) -> Health:
    """Never raises for what the module does: one that cannot say how it is, is unhealthy."""
    try:
        answer = _client_of(module)(HEALTH_SECONDS).ask_health()
    except (ServiceError, SecretUnreadable) as error:
        return Health("unhealthy", _reason(error))
    return Health("unhealthy", answer.message[:500]) if isinstance(answer, RemoteError) else answer


def circumstances(call: Call) -> JsonObject:
    """The part `call` of a document: what there is to say, and the deadline as a moment in UTC."""
    said = {
        "actor": call.actor,
        "correlation_id": call.correlation_id,
        "causation_id": call.causation_id,
        "idempotency_key": call.idempotency_key,
        "deadline": zulu(call.deadline) if call.deadline else "",
    }
    return {name: value for name, value in said.items() if value}


def _client_of(module: str) -> Callable[[float], ModuleClient]:
    found = ModuleRecord.objects.filter(pk=module, kind=ModuleRecord.Kind.REMOTE)
    row = found.values_list("callback_url", "secret", "registered_at").first()
    if row is None:
        raise CapabilityFailed(f"The module {module} is not registered any more.", code="unregistered")
    return _connected(module, *row)


@lru_cache(maxsize=MAX_CONNECTED)
def _connected(
    module: str, callback_url: str, encrypted_secret: str, registered_at: datetime
) -> Callable[[float], ModuleClient]:
    """One chain for each registration, with connections and a circuit of its own: who comes back is called at once."""
    target = f"{module}:{registered_at.timestamp():.3f}"
    return connect(module, target, callback_url, decrypt(encrypted_secret), surroundings())


@contextmanager
def _told_as_failure(module: str, what: str, seconds: float) -> Iterator[float]:
    ends_at = time.monotonic() + seconds
    if seconds <= 0:
        raise CapabilityFailed(f"{what} was not asked: its time was up before.", code="timeout")
    try:
        yield seconds
    except SecretUnreadable as error:
        raise CapabilityFailed(f"{what} cannot be asked. {error}", code="secret_unreadable", retryable=False) from error
    except ServiceError as error:
        if time.monotonic() >= ends_at and isinstance(error, Unreachable):
            raise CapabilityFailed(f"{what} did not answer within {seconds:.3g} s.", code="timeout") from error
        if _was_never_sent(error):
            code = _kind(error)[0]
            raise NotReached(f"{what} cannot be reached: {_reason(error)}.", code=code) from error
        code, retryable = _kind(error)
        raise CapabilityFailed(f"{what} did not do it: {_reason(error)}.", code=code, retryable=retryable) from error


def _was_never_sent(error: ServiceError) -> bool:
    if isinstance(error, CircuitOpen | Throttled | DeadlineExceeded):
        return True
    wrapped = error.__cause__.args[0] if error.__cause__ and error.__cause__.args else None
    return isinstance(getattr(wrapped, "reason", wrapped), _NEVER_SENT)  # requests wraps what urllib3 gave up with


def _kind(error: ServiceError) -> tuple[str, bool]:
    match error:
        case Unreachable() | CircuitOpen():
            return "unreachable", True
        case Overloaded():
            return "overloaded", True
        case Malformed():
            return "malformed_answer", False
        case Unauthorized():
            return "unauthorized", False
        case _:
            return "rejected", False


def _reason(error: Exception) -> str:
    reason = error.reason if isinstance(error, ServiceError) else str(error)
    return reason[:500].replace("\0", "").rstrip(".")


def _succeeded(answer: JsonObject | RemoteError | None) -> JsonObject | None:
    if isinstance(answer, RemoteError):
        raise CapabilityFailed(answer.message, code=answer.code, retryable=answer.retryable)
    return answer


def _seconds(call: Call, longest: float = float("inf")) -> float:
    return longest if call.deadline is None else min(longest, (call.deadline - datetime.now(UTC)).total_seconds())
