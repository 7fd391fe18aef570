"""Take turns at durable work: what a worker does that was woken for one kind of work and one queue.

A turn claims batch after batch for a short while, then another Celery task is sent, so that queues take turns. Kinds
whose work is quick do not end at the first empty look: as long as there was work they look again a few milliseconds
later, and keep the mark that tells everyone that no wake-up is needed (wake_marks.py). So under load a look costs a
query and not a Celery task.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from common.application import services
from common.application.system.processing import is_processing
from common.infrastructure.work import wake_marks
from common.infrastructure.work.claims import Batch, claim, is_due
from common.infrastructure.work.leases import holding
from common.infrastructure.work.waking import wake
from common.models.work import Work

TURN_SECONDS = 0.5
QUICK_SECONDS, SLOW_SECONDS = 0.05, 0.1
# One row first, since nobody knows how long it takes: more would wait in this worker's hands, and others, finding the
# best rows taken, would do worse ones before them.
FIRST_BATCH, GROWTH, LARGEST_BATCH = 1, 4, 128
LOOK_SECONDS, MOST_LOOKS = 0.006, 5
QUICK_TURNS = 2  # at once in one process; more threads would only wait for one another


@dataclass(frozen=True, slots=True)
class WorkKind:
    """One table of work: `perform` does a batch and writes each row's end; it raises only for defects and outages.

    `quick`: a batch takes milliseconds; where one is not, `perform` says so beforehand by `step_aside()`.
    """

    model: type[Work]
    task: str  # the Celery task that calls take_turn for this kind
    perform: Callable[[Batch], None]
    largest_batch: int = LARGEST_BATCH
    quick: bool = False


def take_turn(kind: WorkKind, queue: str) -> None:
    """What a woken worker does: batch after batch for a short while, then it lets other queues have their turn."""
    turn = _Turn(kind, queue)
    if kind.quick and not _places.take(turn):
        return  # those who are at it look once more for this wake-up
    _current.turn = turn
    try:
        turn.run()
    finally:
        _current.turn = None
        turn.step_aside()


def step_aside() -> None:
    """What follows in this batch may take long: let other turns look for work meanwhile."""
    turn: _Turn | None = getattr(_current, "turn", None)
    if turn is not None:
        turn.step_aside()


class _Turn:
    def __init__(self, kind: WorkKind, queue: str) -> None:
        self.kind, self.queue = kind, queue
        self.key = (kind.task, queue)
        self._aside = not kind.quick
        self._marked = False
        self._looks = 0
        self._helped = False
        self._ends_at = monotonic() + TURN_SECONDS

    def run(self) -> None:
        size = _sizes.get(self.key, FIRST_BATCH)
        while not services.stopping.is_set() and is_processing():
            batch = claim(self.kind.model, self.queue, limit=size)
            if batch is None:
                if self._look_again():
                    continue
                return
            full = len(batch.rows) == size
            took = self._perform(batch, full=full)
            size = _next_size(size, took, self.kind.largest_batch, full=full)
            if self.kind.quick:
                _sizes[self.key] = size
            if self._over():
                self._wake_another()
                return
            if self.kind.quick and not full:
                if not self._marked:
                    return  # somebody else looks, and there is not work for two
                time.sleep(LOOK_SECONDS)  # a few more at once cost less than a look for each

    def step_aside(self) -> None:
        self._unmark()
        if not self._aside:
            self._aside = True
            if _places.leave(self):
                self._wake_another()

    def _perform(self, batch: Batch, *, full: bool) -> float:
        if full and not self._helped and (len(batch.rows) > 1 or is_due(self.kind.model, self.queue)):
            self._wake_another()  # there is probably more: let another worker help
            self._helped = self.kind.quick  # one helper for each turn; it gets one of its own
        else:
            self._mark()
        self._looks = min(MOST_LOOKS, self._looks + 2)
        began = monotonic()
        with holding(self.kind.model, batch.claim):
            self.kind.perform(batch)
        return monotonic() - began

    def _look_again(self) -> bool:
        """After an empty look: whether to look once more, now or in a moment."""
        if self._looks > 0 and not self._over() and self._mark():
            self._looks -= 1
            time.sleep(LOOK_SECONDS)
            return True
        return self._unmark()  # what was committed under the mark has nobody else

    def _over(self) -> bool:
        stepped_aside = self.kind.quick and self._aside
        return stepped_aside or monotonic() > self._ends_at

    def _wake_another(self) -> None:
        self._unmark()
        wake(self.kind.task, self.queue)

    def _mark(self) -> bool:
        """Keep wake-ups away, since this turn looks again; False where a wake-up is on its way already."""
        if not self._aside and not self._marked:
            self._marked = wake_marks.keep(self.kind.task, self.queue)
        return self._marked

    def _unmark(self) -> bool:
        """Return whether there was a mark of this turn."""
        marked, self._marked = self._marked, False
        if marked:
            wake_marks.clear(self.kind.task, self.queue)
        return marked


class _Places:
    """How many quick turns of a kind and queue there are in this process, and whether one more was wanted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: Counter[tuple[str, str]] = Counter()
        self._wanted: set[tuple[str, str]] = set()

    def take(self, turn: _Turn) -> bool:
        key = turn.key
        with self._lock:
            if self._taken[key] >= QUICK_TURNS:
                self._wanted.add(key)
                return False
            self._taken[key] += 1
            return True

    def leave(self, turn: _Turn) -> bool:
        """Return whether somebody was sent away meanwhile, for whom another turn is due."""
        key = turn.key
        with self._lock:
            self._taken[key] -= 1
            wanted = key in self._wanted
            self._wanted.discard(key)
            return wanted


_places = _Places()
# What the turns of this process have learned of quick kinds: how many rows a batch may have.
_sizes: dict[tuple[str, str], int] = {}
_current = threading.local()


def _next_size(size: int, took_seconds: float, largest: int, *, full: bool) -> int:
    if took_seconds > SLOW_SECONDS:
        return max(1, size // 2)
    return min(largest, size * GROWTH) if full and took_seconds < QUICK_SECONDS else size
