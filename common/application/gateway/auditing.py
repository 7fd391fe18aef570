"""Who asked a service to do what, and how it ended: an event for each action and target.

Arguments are told as far as an auditor needs them to know what it was about, and none that may hold a secret: those
whose names speak of one, contents of files, and structures, whose fields nobody knows here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

import structlog
from django.db import transaction
from pydantic import SecretStr

from api_clients.gateway.calling import Answer, Outcome
from api_clients.gateway.endpoints import Endpoint
from api_clients.gateway.results import plain
from api_clients.gateway.signatures import SECRET_NAMES, Parameter
from common.application.events.publishing import publish
from common.application.gateway.failures import outcome_error
from common.domain.hub_events.clients import SOURCE, ClientActionTaken, Over

HIDDEN = "***"
MOST_TEXT = 200  # characters; what is longer is a document
FREE_TEXT = frozenset(
    {"body", "command", "content", "data", "document", "expression", "query", "script", "sql", "value"}
)

log = structlog.get_logger("nms.gateway")


def begin(endpoint: Endpoint, target: str, *, actor: str, over: Over) -> None:
    """A line in the log before anything happens, so that a hub that dies meanwhile leaves a trace."""
    log.info("client action", service=endpoint.service, operation=endpoint.name, target=target, actor=actor, over=over)


def record(endpoint: Endpoint, arguments: Mapping[str, Any], outcome: Outcome, *, actor: str, over: Over) -> None:
    """Of a defect in our own code (a Crash): how far the action came, nobody knows."""
    if isinstance(outcome, Answer):
        ending = _Ending("done", "", "", outcome.seconds)
    else:
        error = outcome_error(outcome, hidden=hidden_texts(endpoint, arguments))
        ending = _Ending("failed", error.code, str(error), outcome.seconds)
    _publish(endpoint, arguments, outcome.target, ending, actor=actor, over=over)


@dataclass(frozen=True, slots=True)
class _Ending:
    outcome: Literal["done", "failed"]
    code: str
    message: str
    seconds: float


def _publish(
    endpoint: Endpoint, arguments: Mapping[str, Any], target: str, ending: _Ending, *, actor: str, over: Over
) -> None:
    event = ClientActionTaken(
        service=endpoint.service,
        operation=endpoint.name,
        target=target,
        role=endpoint.operation.role,
        arguments=told_arguments(endpoint, arguments),
        outcome=ending.outcome,
        code=ending.code,
        message=ending.message,
        seconds=round(ending.seconds, 3),
        over=over,
    )
    with transaction.atomic():
        publish(event, source=SOURCE, actor=actor)


def told_arguments(endpoint: Endpoint, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What may be told, as JSON; a hidden one is there by name."""
    parameters = {one.name: one for one in endpoint.signature.parameters}
    return {name: HIDDEN if _is_hidden(parameters[name], value) else plain(value) for name, value in arguments.items()}


def secret_texts(endpoint: Endpoint, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts that are secrets by the name of their argument or of a key above them, or by their type."""
    by_name = {one.name for one in endpoint.signature.parameters if one.is_secret}
    return tuple(text for name, value in arguments.items() for text in _texts(value, is_secret=name in by_name))


def hidden_texts(endpoint: Endpoint, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """What the message of an event may not repeat: secrets, and texts that the arguments do not tell either.

    Whoever asked may read the latter in his answer: a query that the service quotes is what he must mend.
    """
    free = {name: value for name, value in arguments.items() if name in FREE_TEXT or _is_long(value)}
    return (*secret_texts(endpoint, arguments), *_texts(free, is_secret=True))


def _is_hidden(parameter: Parameter, value: Any) -> bool:
    if parameter.is_secret or parameter.shape in ("structure", "bytes") or parameter.name in FREE_TEXT:
        return True
    return _is_long(value)


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and len(value) > MOST_TEXT


def _texts(value: Any, *, is_secret: bool) -> Iterator[str]:
    """The texts in a value, of all that is secret, else of what is so by a key's name or its type."""
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case str() if is_secret:
            yield value
        case bytes() if is_secret:
            yield value.decode("utf-8", "replace")
        case Mapping():
            for name, inner in value.items():
                yield from _texts(inner, is_secret=is_secret or SECRET_NAMES.search(str(name).lower()) is not None)
        case list() | tuple() | set() | frozenset():
            for inner in value:
                yield from _texts(inner, is_secret=is_secret)
        case _ if is_dataclass(value):
            yield from _texts({one.name: getattr(value, one.name) for one in fields(value)}, is_secret=is_secret)
