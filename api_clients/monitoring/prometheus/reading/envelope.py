"""The envelope of every answer: {"status", "data", "errorType", "error", "warnings", "infos"}."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypedDict, TypeVar

from api_clients.domain.errors import Overloaded, Rejected, ServiceError, Unreachable
from api_clients.domain.values import Response
from api_clients.monitoring.prometheus.reading.primitives import texts

T = TypeVar("T")


class Notes(TypedDict):
    """What the server says of an answer that is there all the same."""

    warnings: tuple[str, ...]
    infos: tuple[str, ...]


# web/api/v1/api.go. A query that timed out or was cancelled would end so again: it says nothing of the server's health.
KINDS: dict[str, type[ServiceError]] = {
    "bad_data": Rejected,
    "canceled": Rejected,
    "execution": Rejected,
    "internal": Unreachable,
    "not_acceptable": Rejected,
    "not_found": Rejected,
    "timeout": Rejected,
    "unavailable": Overloaded,
}
# Said with a 403, 500 or 503, and true until somebody changes the server's flags or its file.
SWITCHED_OFF = ("Lifecycle API is not enabled", "admin APIs disabled", "failed to reload config")


@dataclass(frozen=True, slots=True)
class as_data(Generic[T]):  # noqa: N801 # reads as a function where it is used, like as_json
    """Read the envelope, and its data with `shape`. Raises the error that a status "error" tells."""

    shape: Callable[[Any], T]

    def __call__(self, response: Response) -> T:
        return self.shape(_data(response)["data"])


@dataclass(frozen=True, slots=True)
class as_noted(Generic[T]):  # noqa: N801
    """The same, with the warnings and infos of the answer."""

    shape: Callable[[Any, Notes], T]

    def __call__(self, response: Response) -> T:
        envelope = _data(response)
        notes = Notes(warnings=texts(envelope.get("warnings") or ()), infos=texts(envelope.get("infos") or ()))
        return self.shape(envelope["data"], notes)


def refused(error: ServiceError, body: bytes) -> ServiceError:
    """Make of a 4xx or 5xx what its errorType means, which says more than the status."""
    if any(words in error.reason for words in SWITCHED_OFF):
        return Rejected(error.reason, status=error.status)
    kind, said = _error_type(body)
    if not kind:
        return error
    made = KINDS.get(kind, type(error))
    told = f"answered {error.status} {kind}: {said}"
    if made is Overloaded:
        return Overloaded(told, status=error.status, retry_after_seconds=getattr(error, "retry_after_seconds", None))
    return made(told, status=error.status)


def _data(response: Response) -> dict[str, Any]:
    envelope: dict[str, Any] = json.loads(response.body)
    if envelope["status"] == "error":
        kind, said = str(envelope["errorType"]), str(envelope["error"])
        raise KINDS.get(kind, Rejected)(f"answered {response.status} {kind}: {said}", status=response.status)
    if envelope["status"] != "success":
        raise ValueError("neither success nor error")
    return envelope


def _error_type(body: bytes) -> tuple[str, str]:
    try:
        envelope = json.loads(body)
        return str(envelope["errorType"]), " ".join(str(envelope["error"]).split())[:500]
    except (ValueError, LookupError, TypeError, RecursionError):
        return "", ""
