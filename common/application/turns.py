"""Take turns at durable work: what a worker does that was woken for one kind of work and one queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from common.application import services
from common.application.processing import is_processing
from common.infrastructure.leases import holding
from common.infrastructure.waking import wake
from common.infrastructure.work import Batch, claim
from common.models.work import Work

TURN_SECONDS = 0.2  # then the task ends and another is sent, so that queues take turns
QUICK_SECONDS, SLOW_SECONDS = 0.02, 0.1
FIRST_BATCH, LARGEST_BATCH = 8, 128


@dataclass(frozen=True, slots=True)
class WorkKind:
    """One table of work: `perform` does a batch and writes each row's end; it raises only for defects and outages."""

    model: type[Work]
    task: str  # the Celery task that calls take_turn for this kind
    perform: Callable[[Batch], None]
    largest_batch: int = LARGEST_BATCH


def take_turn(kind: WorkKind, queue: str) -> None:
    """What a woken worker does: batch after batch for a short while, then it lets other queues have their turn."""
    ends_at = monotonic() + TURN_SECONDS
    size = min(FIRST_BATCH, kind.largest_batch)
    while not services.stopping.is_set() and is_processing():
        batch = claim(kind.model, queue, limit=size)
        if batch is None:
            return
        if len(batch.rows) == size:
            wake(kind.task, queue)  # there is probably more: let another worker help
        began = monotonic()
        with holding(kind.model, batch.claim):
            kind.perform(batch)
        took = monotonic() - began
        if monotonic() > ends_at:
            wake(kind.task, queue)
            return
        size = _next_size(size, took, kind.largest_batch)


def _next_size(size: int, took_seconds: float, largest: int) -> int:
    if took_seconds > SLOW_SECONDS:
        return max(1, size // 2)
    return min(largest, size * 2) if took_seconds < QUICK_SECONDS else size
