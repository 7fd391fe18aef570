"""What containers use, and the engine itself.

The engine looks at what its containers use once a second. A share of the processor needs two looks, so an answer takes
one to two seconds; several containers are asked about at once, for they share the looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from api_clients.domain.errors import NOT_FOUND, Rejected
from api_clients.domain.figures import Figure
from api_clients.domain.operation import operation
from api_clients.infrastructure.http import as_json
from api_clients.platforms.docker import reading
from api_clients.platforms.docker.operations.containers import LABEL, ContainerOperations
from api_clients.platforms.docker.values import Container, EngineInfo, Statistics

MAX_WATCHED = 40
MAX_AT_ONCE = 6  # fewer than the places of the lane


class UsageOperations(ContainerOperations):
    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def info(self) -> EngineInfo:
        """Return what the engine says of itself and its machine."""
        return self._ask("/info", read=as_json(reading.engine_info))

    @operation(idempotent=True, role="viewer", cache_seconds=2.0, lane="monitoring")
    def statistics(self, container: str) -> Statistics:
        """Return what a running container uses: processor, memory, network, disk. Takes up to two seconds."""
        return self._statistics(container)

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def figures(self) -> tuple[Figure, ...]:
        """Return the numbers of containers, and what the running ones with the label nms.service=true use: forty of
        them, by name, for each takes the engine a second or two.
        """
        params = {"all": True}
        every = self._ask("/containers/json", params=params, read=as_json(reading.containers))
        watched = sorted(item.name for item in every if _is_watched(item))[:MAX_WATCHED]
        return (*_counts(every), *(figure for item in self._usages(watched) for figure in _figures_of(item)))

    def _statistics(self, container: str) -> Statistics:
        path = self._container_path("/stats", container)
        return self._ask(path, params={"stream": False}, read=as_json(reading.statistics))

    def _usages(self, names: Sequence[str]) -> tuple[Statistics, ...]:
        if not names:
            return ()
        with ThreadPoolExecutor(min(MAX_AT_ONCE, len(names))) as pool:
            asked = [pool.submit(copy_context().run, self._statistics_of_running, name) for name in names]
            return tuple(item for item in (future.result() for future in asked) if item is not None)

    def _statistics_of_running(self, name: str) -> Statistics | None:
        """None where the container has ended since it was listed."""
        try:
            return self._statistics(name)
        except Rejected as error:
            if error.status in (None, NOT_FOUND):
                return None
            raise


def _is_watched(container: Container) -> bool:
    return container.state == "running" and container.labels.get(LABEL) == "true"


def _counts(every: Sequence[Container]) -> Iterator[Figure]:
    running = sum(item.state == "running" for item in every)
    yield Figure("containers.running", running, "count")
    yield Figure("containers.stopped", len(every) - running, "count")
    yield Figure("containers.unhealthy", sum(item.health == "unhealthy" for item in every), "count")


def _figures_of(item: Statistics) -> Iterator[Figure]:
    labels = {"container": item.name}
    if item.cpu_percent is not None:
        yield Figure("cpu.used", item.cpu_percent, "percent", labels)
    yield Figure("memory.used", item.memory_bytes, "bytes", labels)
    yield Figure("memory.limit", item.memory_limit_bytes, "bytes", labels)
    yield Figure("network.received", item.received_bytes, "bytes", labels)
    yield Figure("network.sent", item.sent_bytes, "bytes", labels)
    yield Figure("disk.read", item.read_bytes, "bytes", labels)
    yield Figure("disk.written", item.written_bytes, "bytes", labels)
