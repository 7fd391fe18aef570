"""One round: every configured service is asked for its alerts and figures at once, and what came is kept.

Which services have any, their clients say (`active_alerts`, `figures`). One that fails keeps what it told before, with
its age and the error; a round takes as long as the slowest answer, and nobody who reads the overview waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from api_clients.clients import NotConfigured
from api_clients.configuration import ConfigurationInvalid
from api_clients.domain.alerts import Alert
from api_clients.domain.errors import ServiceError
from api_clients.domain.figures import Figure
from api_clients.domain.operation import observe
from common.application.clients import clients
from common.domain.times import zulu
from common.infrastructure.exclusive import exclusively
from common.infrastructure.parallel_checks import Answer, ask_all
from nms.monitoring.models import CollectedPart, CollectedRound

DEADLINE_SECONDS = 10.0
MOST_ITEMS = 500  # of one service and kind; a service with more tells that it has
METHODS = {CollectedPart.Kind.ALERTS: "active_alerts", CollectedPart.Kind.FIGURES: "figures"}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    service: str
    target: str
    kind: str

    def __str__(self) -> str:
        return f"overview:{self.service}/{self.target}:{self.kind}"


@dataclass(frozen=True, slots=True)
class Collected:
    """What a round did: parts that were asked for, and those that failed, by name."""

    parts: int
    failed: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Told:
    """What a service told, and how old it is: answers may be of the cache, and stale ones where the circuit is open."""

    items: list[Any]
    age_seconds: float
    is_stale: bool


def collect(*, deadline_seconds: float = DEADLINE_SECONDS) -> Collected | None:
    """Do one round; None where another process is at it."""
    with exclusively("monitoring overview") as alone:
        return _collect(deadline_seconds) if alone else None


def _collect(deadline_seconds: float) -> Collected:
    began = time.monotonic()
    places = _places()
    checks = {str(place): partial(_ask, place) for place in places}
    answers = ask_all(checks, deadline_seconds=deadline_seconds)
    failed = _store(places, answers)
    seconds = round(time.monotonic() - began, 3)
    CollectedRound.objects.update_or_create(pk=1, defaults={"ended_at": timezone.now(), "seconds": seconds})
    return Collected(len(places), failed, seconds)


def _places() -> tuple[Place, ...]:
    try:
        ready = clients()
        ready.refresh()
    except ConfigurationInvalid:
        return ()  # the health of the system tells it
    return tuple(
        Place(service, target, kind)
        for service, target in ready.configured()
        for kind, method in METHODS.items()
        if callable(getattr(ready.get(service, target), method, None))
    )


def _ask(place: Place) -> Told:
    method: Callable[[], Iterable[Alert | Figure]]
    method = getattr(clients().get(place.service, place.target), METHODS[CollectedPart.Kind(place.kind)])
    with observe() as seen:
        items = [_plain(item) for item in method()]
    return Told(items, seen.oldest_seconds, seen.stale > 0)


def _plain(item: Alert | Figure) -> dict[str, Any]:
    """What JSON can keep."""
    plain = asdict(item)
    if isinstance(item, Alert):
        plain["since"] = zulu(item.since) if item.since else None
    plain["labels"] = dict(item.labels)
    return plain


def _store(places: tuple[Place, ...], answers: dict[str, Answer[Told]]) -> tuple[str, ...]:
    now = timezone.now()
    problems = {place: _problem(place, answers[str(place)]) for place in places}
    with transaction.atomic():
        known = {(row.service, row.target, row.kind): row for row in CollectedPart.objects.all()}
        for place, problem in problems.items():
            row = known.pop((place.service, place.target, place.kind), None) or CollectedPart(**asdict(place))
            row.attempted_at, row.error = now, problem
            if told := answers[str(place)].value:
                row.items, row.total = told.items[:MOST_ITEMS], len(told.items)
                row.collected_at = now - timedelta(seconds=told.age_seconds)
            row.save()
        CollectedPart.objects.filter(pk__in=[row.pk for row in known.values()]).delete()
    return tuple(str(place).removeprefix("overview:") for place, problem in problems.items() if problem)


def _problem(place: Place, answer: Answer[Told]) -> str:
    """Why nothing new came; empty where it did."""
    if answer.value is not None:
        return "not asked, for its circuit is open; this is its last answer" if answer.value.is_stale else ""
    if isinstance(answer.error, ServiceError | NotConfigured):
        return str(answer.error)
    if answer.error is not None:
        log.error("a part of the overview cannot be collected", part=str(place), exc_info=answer.error)
        return f"asking failed with {type(answer.error).__name__}; the log says more"
    return f"no answer within {answer.seconds:.1f} seconds"
