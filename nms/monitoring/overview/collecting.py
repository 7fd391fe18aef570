"""One round: every configured service is asked for its alerts and figures at once, and what came is kept.

Which services have any, their clients say (`active_alerts`, `figures`). One that fails keeps what it told before, with
its age and the error; a round takes as long as the slowest answer, and nobody who reads the overview waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from api_clients.clients import NotConfigured
from api_clients.domain.alerts import Alert
from api_clients.domain.errors import ServiceError
from api_clients.domain.figures import Figure
from api_clients.domain.operation import observe, without_fallback
from common.application.clients import clients, ready_clients
from common.domain.errors import Unavailable
from common.domain.times import zulu
from common.infrastructure.exclusive import exclusively
from common.infrastructure.parallel_checks import Answer, ask_all
from nms.monitoring.models import CollectedPart, CollectedRound
from nms.monitoring.overview.composing import compose, counts_of, gravest_first

DEADLINE_SECONDS = 10.0
MOST_ITEMS = 500  # of one service and kind; a service with more tells that it has
METHODS = {CollectedPart.Kind.ALERTS: "active_alerts", CollectedPart.Kind.FIGURES: "figures"}

ATTEMPT = ("attempted_at", "error", "collected_at")
BROUGHT = ("items", "total", "counts")

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
    places = tuple(_places())
    checks = {str(place): partial(_ask, place) for place in places}
    answers = ask_all(checks, deadline_seconds=deadline_seconds)
    with transaction.atomic():
        parts = _store(places, answers)
        end_round(parts, timezone.now())
    failed = tuple(f"{part.service}/{part.target}:{part.kind}" for part in parts if part.error)
    return Collected(len(places), failed, round(time.monotonic() - began, 3))


def end_round(parts: Sequence[CollectedPart], at: datetime) -> None:
    """Write what is read from then on; pieces that are as they were are left alone."""
    pieces = compose(parts, at)
    row = CollectedRound.objects.filter(pk=1).first()
    if row is None:
        CollectedRound.objects.create(ended_at=at, is_partial=_is_partial(parts), **pieces)
        return
    changed = {name: piece for name, piece in pieces.items() if getattr(row, name) != piece}
    CollectedRound.objects.filter(pk=1).update(ended_at=at, is_partial=_is_partial(parts), **changed)


def _is_partial(parts: Iterable[CollectedPart]) -> bool:
    return any(part.error for part in parts)


def _places() -> Iterator[Place]:
    try:
        ready = ready_clients()
    except Unavailable:
        return  # the health of the system tells it
    for service, target in ready.configured():
        try:
            client = ready.get(service, target)
        except NotConfigured:  # it left the file this moment
            continue
        for kind, method in METHODS.items():
            if callable(getattr(client, method, None)):
                yield Place(service, target, kind)


def _ask(place: Place) -> Told:
    method: Callable[[], Iterable[Alert | Figure]]
    method = getattr(clients().get(place.service, place.target), METHODS[CollectedPart.Kind(place.kind)])
    with observe() as seen, without_fallback():
        items = [_plain(item) for item in method()]
    return Told(items, seen.oldest_seconds, seen.stale > 0)


def _plain(item: Alert | Figure) -> dict[str, Any]:
    """What JSON can keep."""
    plain = asdict(item)
    if isinstance(item, Alert):
        plain["since"] = zulu(item.since) if item.since else None
    plain["labels"] = dict(item.labels)
    return plain


def _store(places: Sequence[Place], answers: dict[str, Answer[Told]]) -> list[CollectedPart]:
    """Every part as it is now. Items are written where they are others than before."""
    now = timezone.now()
    known = {(row.service, row.target, row.kind): row for row in CollectedPart.objects.all()}
    parts: list[CollectedPart] = []
    changed: list[CollectedPart] = []
    same: list[CollectedPart] = []
    for place in places:
        row = known.pop((place.service, place.target, place.kind), None) or CollectedPart(**asdict(place))
        (changed if _take_up(row, place, answers[str(place)], now) or row.pk is None else same).append(row)
        parts.append(row)
    CollectedPart.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["service", "target", "kind"], update_fields=[*ATTEMPT, *BROUGHT]
    )
    CollectedPart.objects.bulk_update(same, ATTEMPT)
    CollectedPart.objects.filter(pk__in=[row.pk for row in known.values()]).delete()
    return parts


def _take_up(row: CollectedPart, place: Place, answer: Answer[Told], now: datetime) -> bool:
    """Whether it brought other items than there were."""
    row.attempted_at, row.error = now, _problem(place, answer)
    told = answer.value
    if told is None:
        return False
    before = (row.items, row.total, row.counts)
    is_alerts = place.kind == CollectedPart.Kind.ALERTS
    items = gravest_first(told.items) if is_alerts else told.items
    row.items, row.total, row.counts = items[:MOST_ITEMS], len(items), counts_of(items) if is_alerts else {}
    row.collected_at = now - timedelta(seconds=told.age_seconds)
    return before != (row.items, row.total, row.counts)


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
