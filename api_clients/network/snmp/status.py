"""The error-status numbers of RFC 3416, and what each becomes in the error tree."""

from __future__ import annotations

from typing import Final

from api_clients.domain.errors import Rejected, ServiceError

from .errors import AccessDenied, AgentFailure, AnswerTooBig, BadValue, NoSuchObject, NotWritable

TOO_BIG: Final = 1
NO_SUCH_NAME: Final = 2
READ_ONLY: Final = 4
GEN_ERR: Final = 5
AUTHORIZATION_ERROR: Final = 16

NAMES: Final = (
    "noError",
    "tooBig",
    "noSuchName",
    "badValue",
    "readOnly",
    "genErr",
    "noAccess",
    "wrongType",
    "wrongLength",
    "wrongEncoding",
    "wrongValue",
    "noCreation",
    "inconsistentValue",
    "resourceUnavailable",
    "commitFailed",
    "undoFailed",
    "authorizationError",
    "notWritable",
    "inconsistentName",
)

_KINDS: Final[dict[str, type[Rejected]]] = {
    "tooBig": AnswerTooBig,
    "noSuchName": NoSuchObject,
    "badValue": BadValue,
    "readOnly": NotWritable,
    "genErr": AgentFailure,
    "noAccess": NotWritable,
    "wrongType": BadValue,
    "wrongLength": BadValue,
    "wrongEncoding": BadValue,
    "wrongValue": BadValue,
    "noCreation": NotWritable,
    "inconsistentValue": BadValue,
    "inconsistentName": NotWritable,
    "notWritable": NotWritable,
}


def name_of(status: int) -> str:
    return NAMES[status] if 0 <= status < len(NAMES) else f"error-status {status}"


def refusal(status: int, oid: str, *, operation: str, target: str) -> ServiceError:
    """The error for a non-zero error-status about `oid`."""
    name = name_of(status)
    reason = f"{oid}: the agent answered {name}"
    if status == AUTHORIZATION_ERROR:
        return AccessDenied(reason, service="snmp", operation=operation, target=target)
    kind = _KINDS.get(name, Rejected)
    return kind(reason, status=status, service="snmp", operation=operation, target=target)
