"""Who asked a service to do what, and how it ended: an event for each action and target.

Arguments are told as far as an auditor needs them to know what it was about, and none that may hold a secret: those
whose names speak of one, contents of files, and structures, whose fields nobody knows here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from django.db import transaction
from pydantic import SecretStr

from api_clients.gateway.calling import Failure, Outcome
from api_clients.gateway.endpoints import Endpoint
from api_clients.gateway.results import plain
from api_clients.gateway.signatures import Parameter
from common.application.events.publishing import publish
from common.application.gateway.failures import hub_error
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
    error = hub_error(outcome.error, hidden=hidden_texts(endpoint, arguments)) if isinstance(outcome, Failure) else None
    ending = (
        _Ending("failed", error.code, str(error), outcome.seconds)
        if error
        else _Ending("done", "", "", outcome.seconds)
    )
    _publish(endpoint, arguments, outcome.target, ending, actor=actor, over=over)


def record_crash(
    endpoint: Endpoint, arguments: Mapping[str, Any], target: str, error: Exception, *, actor: str, over: Over
) -> None:
    """Of a defect in our own code: how far the action came, nobody knows."""
    ending = _Ending("failed", "internal_error", f"A defect ({type(error).__name__}); the log has the details.", 0.0)
    _publish(endpoint, arguments, target, ending, actor=actor, over=over)


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


def hidden_texts(endpoint: Endpoint, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts in arguments that are secrets by their names, wherever in them."""
    secret = {one.name for one in endpoint.signature.parameters if one.is_secret}
    return tuple(text for name, value in arguments.items() if name in secret for text in _texts(value))


def _is_hidden(parameter: Parameter, value: Any) -> bool:
    if parameter.is_secret or parameter.shape in ("structure", "bytes") or parameter.name in FREE_TEXT:
        return True
    return isinstance(value, str) and len(value) > MOST_TEXT


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case SecretStr():
            yield value.get_secret_value()
        case bytes():
            yield value.decode("utf-8", "replace")
        case Mapping():
            for inner in value.values():
                yield from _texts(inner)
        case list() | tuple() | set():
            for inner in value:
                yield from _texts(inner)
