"""One call of a service's operation, as REST and the command make it.

result = call(endpoint, arguments, target="main,backup", actor="ada", over="rest")
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from api_clients.clients import Clients, NotConfigured
from api_clients.gateway.calling import Answer, Crash, Failure, Outcome, ask_all, attempt, may_stand_in
from api_clients.gateway.endpoints import Endpoint
from api_clients.gateway.merging import Row, merged
from api_clients.gateway.targets import Chosen, NoTarget, choose
from common.application.clients import ready_clients
from common.application.gateway import auditing
from common.application.gateway.failures import outcome_error
from common.domain.errors import HubError, Invalid, Unavailable, Unknown
from common.domain.hub_events.clients import Over

log = structlog.get_logger("nms.gateway")


@dataclass(frozen=True, slots=True)
class Single:
    """`instead_of` is who was asked first where another stood in, with the reason."""

    answer: Answer
    instead_of: tuple[str, HubError] | None = None


@dataclass(frozen=True, slots=True)
class Several:
    """Of each target its answer or its error; at least one answered. `is_merged`: one list of rows was asked for."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    errors: Mapping[str, HubError] = field(default_factory=dict)
    is_merged: bool = False

    @property
    def is_partial(self) -> bool:
        return bool(self.errors)

    @property
    def rows(self) -> tuple[Row, ...]:
        return merged(self.answers.values())


Result = Single | Several


def call(
    endpoint: Endpoint,
    arguments: Mapping[str, Any],
    *,
    actor: str,
    over: Over,
    target: str | None = None,
    fallback: str | None = None,
    merge: bool = False,
) -> Result:
    """`merge` wants the answers of several targets as one list.

    Raises a HubError: what the arguments or targets lack, or what the service said.
    """
    return _Call(endpoint, arguments, actor, over, merge).make(target, fallback)


@dataclass(frozen=True, slots=True)
class _Call:
    endpoint: Endpoint
    arguments: Mapping[str, Any]
    actor: str
    over: Over
    merge: bool

    def make(self, target: str | None, fallback: str | None) -> Result:
        ready = ready_clients()
        chosen = self._choose(ready, target)
        if self.merge and not chosen.is_fan_out:
            raise _invalid("merge", "Only the answers of several targets can be merged: name them, or * for all.")
        if fallback is not None:
            self._refuse_fallback(chosen)
            (second,) = self._choose(ready, fallback).names
            return self._one_or(chosen.names[0], second, ready)
        if chosen.is_fan_out:
            return self._several(chosen.names, ready)
        return Single(self._answered(self._ask(chosen.names, ready)[0]))

    def _choose(self, ready: Clients, asked: str | None) -> Chosen:
        service = self.endpoint.service
        try:
            return choose(targets_of(ready, service), asked, service=service)
        except NoTarget as error:
            raise _as_hub_error(error) from error

    def _refuse_fallback(self, chosen: Chosen) -> None:
        if not self.endpoint.is_read:
            raise _invalid("fallback", "Only reads may be answered by another target; an action is for one.")
        if chosen.is_fan_out:
            raise _invalid("fallback", "Name one target beside it.")

    def _one_or(self, first: str, second: str, ready: Clients) -> Single:
        (outcome,) = self._ask((first,), ready)
        if isinstance(outcome, Answer) or first == second or not may_stand_in(outcome.error):
            return Single(self._answered(outcome))
        failed = self._error(outcome)
        (instead,) = self._ask((second,), ready)
        if not isinstance(instead, Answer):
            raise both_failed(failed, self._error(instead)) from instead.error
        return Single(instead, (first, failed))

    def _several(self, names: tuple[str, ...], ready: Clients) -> Several:
        outcomes = self._ask(names, ready)
        errors = {outcome.target: self._error(outcome) for outcome in outcomes if not isinstance(outcome, Answer)}
        if len(errors) == len(outcomes):
            raise none_answered(errors.values())
        return Several(
            {outcome.target: outcome for outcome in outcomes if isinstance(outcome, Answer)}, errors, self.merge
        )

    def _ask(self, names: tuple[str, ...], ready: Clients) -> tuple[Outcome, ...]:
        """Ask them all, and record what became of each where it was more than a question; then raise what is a defect.

        A Crash that is returned is a target that went with a changed configuration between two lines.
        """
        is_action = not self.endpoint.is_read
        if is_action:
            for name in names:
                auditing.begin(self.endpoint, name, actor=self.actor, over=self.over)

        def client_of(target: str) -> Any:
            return ready.get(self.endpoint.service, target)

        if len(names) == 1:
            outcomes: tuple[Outcome, ...] = (attempt(client_of, self.endpoint, self.arguments, names[0]),)
        else:
            outcomes = ask_all(client_of, self.endpoint, self.arguments, names)
        for outcome in outcomes if is_action else ():
            auditing.record(self.endpoint, self.arguments, outcome, actor=self.actor, over=self.over)
        _raise_defects(outcomes)
        return outcomes

    def _answered(self, outcome: Outcome) -> Answer:
        if isinstance(outcome, Answer):
            return outcome
        raise self._error(outcome) from outcome.error

    def _error(self, outcome: Failure | Crash) -> HubError:
        return outcome_error(outcome, hidden=auditing.secret_texts(self.endpoint, self.arguments))


def _raise_defects(outcomes: Iterable[Outcome]) -> None:
    """Raise the first, which whoever catches it writes to the log; the others are written here."""
    found = [one for one in outcomes if isinstance(one, Crash) and not isinstance(one.error, NotConfigured)]
    for other in found[1:]:
        log.error("a defect at one of several targets", target=other.target, exc_info=other.error)
    if found:
        raise found[0].error


def targets_of(ready: Clients, service: str) -> tuple[str, ...]:
    return tuple(target for name, target in ready.configured() if name == service)


def both_failed(first: HubError, second: HubError) -> HubError:
    """The first error, which is about whom one asked for, with the second beside it."""
    error = type(first)(f"{first}; and who should stand in, {second}", code=first.code)
    return _with_pause(error, (first, second))


def none_answered(errors: Iterable[HubError]) -> HubError:
    """All failed: as one error where they are of one kind, else Unavailable."""
    found = list(errors)
    said = "; ".join(str(error) for error in found)
    kinds = {(type(error), error.code) for error in found}
    kind, code = kinds.pop() if len(kinds) == 1 else (Unavailable, "no_target_answered")
    return _with_pause(kind(said, code=code), found)


def _with_pause(error: HubError, causes: Iterable[HubError]) -> HubError:
    pauses = [one.retry_after_seconds for one in causes if isinstance(one, Unavailable) and one.retry_after_seconds]
    if isinstance(error, Unavailable) and pauses:
        error.retry_after_seconds = min(pauses)
    return error


def _as_hub_error(error: NoTarget) -> HubError:
    match error.code:
        case "unknown_target":
            return Unknown(str(error), code=error.code)
        case "service_unconfigured":
            return Unavailable(str(error), code=error.code)
    return _invalid("target", str(error), code="required")


def _invalid(field_name: str, message: str, *, code: str = "invalid") -> Invalid:
    details = ({"field": field_name, "code": code, "message": message},)
    return Invalid(f"{field_name}: {message}", details=details)
