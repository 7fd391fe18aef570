"""Hand committed events to durable consumers, each in order, each at its own pace.

    register_consumer("triggers", start_what_matches)          # from AppConfig.ready()

A consumer has a cursor in the database. Whichever worker is woken walks on from there, batch after batch; a consumer
that raises is rolled back and tried again later and longer apart, and the others go on. A wake-up that got lost costs a
second: the sweep looks for consumers that are behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

import structlog
from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models.signals import post_migrate
from django.utils import timezone

from common.application import services
from common.application.events.publishing import DISTRIBUTE_TASK
from common.application.system.processing import is_processing
from common.domain.envelope import Envelope
from common.domain.errors import Unavailable
from common.infrastructure.events import event_cursors, event_store
from common.infrastructure.events.event_cursors import Cursor
from common.infrastructure.work.waking import wake
from common.models import EventCursor

BATCH_SIZE = 250
PACE_SECONDS = 0.02  # between small batches: a cursor's move costs a commit, whether for one event or for two hundred
TURN_SECONDS = 0.5  # then the task ends and another is sent, so that other work has its turn

log = structlog.get_logger(__name__)

Handle = Callable[[Sequence[Envelope]], None]


@dataclass(frozen=True, slots=True)
class Consumer:
    name: str
    handle: Handle
    transactional: bool
    forget_after_seconds: float | None
    pauses: bool

    def __str__(self) -> str:
        return self.name


_consumers: dict[str, Consumer] = {}


def register_consumer(
    name: str,
    handle: Handle,
    *,
    transactional: bool = True,
    forget_after_seconds: float | None = None,
    pauses: bool = False,
) -> None:
    """Give `handle` every event that is committed from now on, in order and in batches; from AppConfig.ready().

    With `transactional` it runs inside the transaction that moves the cursor: what it writes to the database happens
    exactly once; it must be quick and do nothing else. Without, it runs outside of one and may see events again that it
    has had (a worker died). It raises where it cannot handle the batch, Unavailable for an outage of something else;
    it then gets the same events again, one by one up to the one that fails. `forget_after_seconds` is for consumers
    whom old news would mislead: what is older when its turn comes is skipped. One that `pauses` gets none while the
    hub's processing is paused, and those of the pause afterwards.
    """
    consumer = Consumer(name, handle, transactional, forget_after_seconds, pauses)
    if _consumers.get(name, consumer) != consumer:
        raise ValueError(f"A consumer of events named {name} is registered already")
    _consumers[name] = consumer


def connect() -> None:
    """Once, from CommonConfig.ready(): a new database has its cursors before its first event."""
    post_migrate.connect(_after_migrations, dispatch_uid="common.distribution")


def unregister_consumer(name: str) -> None:
    """Forget a consumer; its cursor stays. For tests."""
    _consumers.pop(name, None)


def consumer_names() -> tuple[str, ...]:
    return tuple(sorted(_consumers))


def behind() -> list[str]:
    """The consumers with events to come; one that rests after a failure, or pauses with the hub, is not among them."""
    return list(event_cursors.standing(_awake()).behind)


def _awake() -> dict[str, Consumer]:
    if is_processing():
        return _consumers
    return {name: consumer for name, consumer in _consumers.items() if not consumer.pauses}


def make_cursors() -> None:
    """Let the consumers that are new begin with the next event; called after migrations and by the sweep."""
    event_cursors.make_missing(_consumers)


def distribute(queue: str = "high") -> None:
    """Give every consumer what it has not had, until all have everything or the turn is over.

    Cursors in the hands of another worker are left to it: it looks again once it has let go, so an event that was
    committed before this call is never left behind.
    """
    ends_at, pages = monotonic() + TURN_SECONDS, _Pages()
    while not services.stopping.is_set():
        now = event_cursors.standing(_awake())
        if now.missing:
            make_cursors()
        largest = max((_advance(_consumers[name], pages, now.head) for name in now.behind), default=0)
        if not largest:
            return
        if largest < BATCH_SIZE:
            services.stopping.wait(PACE_SECONDS)
        if monotonic() > ends_at:
            wake(DISTRIBUTE_TASK, queue)
            return


def sweep() -> None:
    """Wake a worker where a consumer is behind; every second."""
    make_cursors()
    if behind():
        wake(DISTRIBUTE_TASK, "high")


def _after_migrations(*, app_config: AppConfig, using: str, **_: object) -> None:
    if app_config.label == EventCursor._meta.app_label and using == DEFAULT_DB_ALIAS:
        make_cursors()


class _Pages:
    """What was read last, since the consumers of one turn mostly want the same."""

    def __init__(self) -> None:
        self._after = 0
        self._page: list[Envelope] = []

    def read(self, after: int, *, limit: int, until: int) -> list[Envelope]:
        if self._page and self._after <= after < self._page[-1].position:
            return [envelope for envelope in self._page if envelope.position > after][:limit]
        self._after, self._page = after, event_store.read_after(after, limit=limit, until=until)
        return self._page


def _advance(consumer: Consumer, pages: _Pages, head: int) -> int:
    """Hand out one batch; return by how many positions the cursor moved."""
    try:
        return _step(consumer, pages, head, BATCH_SIZE)
    except Unavailable as error:
        _failed(consumer, error)
    except Exception:  # noqa: BLE001 # one event may be to blame; those before it shall not wait for it
        return _one_by_one(consumer, pages, head)
    return 0


def _one_by_one(consumer: Consumer, pages: _Pages, head: int) -> int:
    moved = 0
    try:
        for _ in range(BATCH_SIZE):
            if not (step := _step(consumer, pages, head, 1)):
                return moved
            moved += step
    except Exception as error:  # noqa: BLE001 # whatever it is, it is recorded and logged, and the others go on
        _failed(consumer, error)
    return moved


def _step(consumer: Consumer, pages: _Pages, head: int, limit: int) -> int:
    hold = event_cursors.locked if consumer.transactional else event_cursors.leased
    with hold(consumer.name) as cursor:
        if cursor is None or cursor.position >= head:
            return 0
        start, envelopes = _next(consumer, pages, cursor.position, head, limit)
        if envelopes:
            consumer.handle(envelopes)
        end = envelopes[-1].position if envelopes else head  # what is not found up to the head is not there any more
        if not event_cursors.move(cursor, end):
            return 0
    _tell(consumer, cursor, skipped=start - cursor.position)
    return end - cursor.position


def _next(consumer: Consumer, pages: _Pages, after: int, head: int, limit: int) -> tuple[int, list[Envelope]]:
    """After which position to go on, and the events from there."""
    envelopes = pages.read(after, limit=limit, until=head)
    if consumer.forget_after_seconds is None or not envelopes:
        return after, envelopes
    oldest = timezone.now() - timedelta(seconds=consumer.forget_after_seconds)
    if envelopes[0].time >= oldest:
        return after, envelopes
    start = max(after, event_cursors.newest_before(oldest))
    return start, pages.read(start, limit=limit, until=head)


def _tell(consumer: Consumer, before: Cursor, *, skipped: int) -> None:
    if before.failures:
        log.info("a consumer of events goes on", consumer=consumer.name, failures=before.failures)
    if skipped > 0:
        log.warning("events were too old for a consumer", consumer=consumer.name, skipped=skipped)


def _failed(consumer: Consumer, error: Exception) -> None:
    """Log the first failure in a row, and let it pause."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    if event_cursors.record_failure(consumer.name, f"{type(error).__name__}: {error}") > 1:
        return
    text = "a consumer of events fails; it is tried again, the others go on"
    if isinstance(error, Unavailable):
        log.warning(text, consumer=consumer.name, reason=str(error))
    else:
        log.error(text, consumer=consumer.name, exc_info=error)
