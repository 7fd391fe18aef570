"""What containers use, and the engine itself.

A share of the processor needs two looks. Each is the engine's one-shot sample, a few milliseconds; asking it for the
share itself would take it up to two seconds for each container.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from api_clients.domain.errors import Rejected
from api_clients.domain.figures import Figure
from api_clients.domain.operation import operation
from api_clients.infrastructure.http import as_json
from api_clients.platforms.docker import reading
from api_clients.platforms.docker.operations.containers import LABEL, ContainerOperations
from api_clients.platforms.docker.values import Container, Counters, EngineInfo, Statistics

SAMPLE_SECONDS = 0.5
MAX_SAMPLED = 100
MAX_AT_ONCE = 4  # fewer than the places of the lane
NOT_FOUND = 404


class UsageOperations(ContainerOperations):
    pause: Callable[[float], None] = staticmethod(time.sleep)

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def info(self) -> EngineInfo:
        """Return what the engine says of itself and its machine."""
        return self._ask("/info", read=as_json(reading.engine_info))

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def counters(self, container: str) -> Counters:
        """Return what a running container has used since it started."""
        params = {"stream": False, "one-shot": True}
        return self._ask(self._container_path("/stats", container), params=params, read=as_json(reading.counters))

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def statistics(self, container: str) -> Statistics:
        """Return what a running container uses, its share of the processor over half a second."""
        first = self.counters(container)
        self.pause(SAMPLE_SECONDS)
        return usage(first, self.counters(container))

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def figures(self) -> tuple[Figure, ...]:
        """Return the numbers of containers, and what each running one with the label nms.service=true uses.

        At most a hundred of these are looked at, by name.
        """
        every = self.containers(all=True)
        running = sorted(item.name for item in every if _is_watched(item))[:MAX_SAMPLED]
        return (*_counts(every), *(figure for item in self._usages(running) for figure in _figures_of(item)))

    def _usages(self, names: Sequence[str]) -> tuple[Statistics, ...]:
        if not names:
            return ()
        first = self._samples(names)
        self.pause(SAMPLE_SECONDS)
        second = self._samples(names)
        return tuple(usage(first[name], second[name]) for name in names if name in first and name in second)

    def _samples(self, names: Sequence[str]) -> dict[str, Counters]:
        with ThreadPoolExecutor(min(MAX_AT_ONCE, len(names))) as pool:
            asked = [pool.submit(copy_context().run, self._sample, name) for name in names]
            found = [future.result() for future in asked]
        return {name: item for name, item in zip(names, found, strict=True) if item is not None}

    def _sample(self, name: str) -> Counters | None:
        """None where the container has ended since it was listed."""
        try:
            return self.counters(name)
        except Rejected as error:
            if error.status in (None, NOT_FOUND):
                return None
            raise


def usage(first: Counters, second: Counters) -> Statistics:
    """Return what was used between two looks; the processor's counter starts anew when the container does."""
    span = (second.at - first.at).total_seconds()
    spent = second.cpu_seconds - first.cpu_seconds
    return Statistics(
        counters=second,
        span_seconds=span,
        cpu_percent=round(100.0 * spent / span, 2) if span > 0 and spent >= 0 else None,
        memory_percent=round(100.0 * second.memory_bytes / max(1, second.memory_limit_bytes), 2),
    )


def _is_watched(container: Container) -> bool:
    return container.state == "running" and container.labels.get(LABEL) == "true"


def _counts(every: Sequence[Container]) -> Iterator[Figure]:
    running = sum(item.state == "running" for item in every)
    yield Figure("containers.running", running, "count")
    yield Figure("containers.stopped", len(every) - running, "count")
    yield Figure("containers.unhealthy", sum(item.health == "unhealthy" for item in every), "count")


def _figures_of(item: Statistics) -> Iterator[Figure]:
    now = item.counters
    labels = {"container": now.name}
    if item.cpu_percent is not None:
        yield Figure("cpu.used", item.cpu_percent, "percent", labels)
    yield Figure("memory.used", now.memory_bytes, "bytes", labels)
    yield Figure("memory.limit", now.memory_limit_bytes, "bytes", labels)
    yield Figure("network.received", now.received_bytes, "bytes", labels)
    yield Figure("network.sent", now.sent_bytes, "bytes", labels)
    yield Figure("disk.read", now.read_bytes, "bytes", labels)
    yield Figure("disk.written", now.written_bytes, "bytes", labels)
