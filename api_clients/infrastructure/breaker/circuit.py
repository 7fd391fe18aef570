"""One circuit breaker: the pure rules of domain/policies/breaker.py over a store, with counters and listeners.

Nothing here blocks when the store is in memory, so the same object serves threads and event loops:

    with breaker.guard():
        await session.get(...)
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import structlog

from api_clients.domain.errors import CircuitOpen, ServiceError
from api_clients.domain.policies import breaker as rules
from api_clients.domain.policies.breaker import BreakerPolicy, Change, Permit, Phase, Verdict
from api_clients.domain.ports import BreakerListener, BreakerStore, Clock, PhaseChange

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class BreakerCounters:
    """What this process saw of one circuit; other workers count their own calls."""

    admitted: int = 0
    refused: int = 0
    success: int = 0
    failure: int = 0
    neutral: int = 0
    opened: int = 0


class CircuitBreaker:
    def __init__(
        self,
        service: str,
        target: str,
        *,
        policy: BreakerPolicy,
        store: BreakerStore,
        clock: Clock,
        listeners: Sequence[BreakerListener] = (),
    ) -> None:
        self.service = service
        self.target = target
        self._key = f"{service}\x1f{target}"
        self.policy = policy
        self._store = store
        self._clock = clock
        self._listeners = listeners
        self._counters = BreakerCounters()
        self._lock = threading.Lock()

    def admit(self, now: float | None = None) -> Permit:
        """Let a call through, or raise CircuitOpen. `now` is monotonic; hand the permit back to `record`."""
        moment = self._clock.monotonic() if now is None else now
        change = self._step(lambda state: rules.admit(state, self.policy, moment))
        if change.permit is None:
            self._count("refused")
            raise CircuitOpen(
                f"the circuit is {change.after.phase.replace('_', '-')} after repeated failures; "
                f"the next trial is let through in {change.retry_in_seconds:.1f} s",
                retry_in_seconds=change.retry_in_seconds,
                service=self.service,
                target=self.target,
            )
        self._count("admitted")
        return change.permit

    def record(self, verdict: Verdict, now: float | None = None, permit: Permit | None = None) -> None:
        """Say how an admitted call went; one that never reports holds its trial slot until the timeout."""
        moment = self._clock.monotonic() if now is None else now
        self._count(verdict)
        if rules.is_no_news(verdict, permit):
            return
        self._step(lambda state: rules.record(state, self.policy, verdict, moment, permit))

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Admit the block and record how it ended; anything but a ServiceError (a cancellation too) is neutral."""
        permit = self.admit()
        try:
            yield
        except ServiceError as error:
            self.record(error.verdict, permit=permit)
            raise
        except BaseException:
            self.record("neutral", permit=permit)
            raise
        self.record("success", permit=permit)

    @property
    def phase(self) -> Phase:
        return self._store.load(self._key).phase

    @property
    def counters(self) -> BreakerCounters:
        """A copy of the counts so far."""
        with self._lock:
            return replace(self._counters)

    def _step(self, step: Callable[[rules.BreakerState], Change]) -> Change:
        change = self._store.update(self._key, step)
        if change.before.phase != change.after.phase:
            self._announce(PhaseChange(self.service, self.target, change.before.phase, change.after.phase))
        return change

    def _announce(self, change: PhaseChange) -> None:
        if change.after == "open":
            self._count("opened")
        for listener in self._listeners:
            try:
                listener(change)
            except Exception:  # a listener's fault must not fail the call it only watches
                log.exception("breaker_listener_failed", service=self.service, target=self.target)

    def _count(self, name: str) -> None:
        with self._lock:
            setattr(self._counters, name, getattr(self._counters, name) + 1)
