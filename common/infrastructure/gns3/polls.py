"""Reads the nodes of many projects side by side, in threads that touch no database; who began them collects them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from api_clients.domain.errors import ServiceError
from api_clients.network.gns3.client import Gns3Client
from api_clients.network.gns3.values import Link, Node

POLLERS = 4


@dataclass(frozen=True, slots=True)
class Poll:
    """What was read of a project whose row was at `revision` before; `links` is None where they were not asked for."""

    project_id: str
    revision: int
    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] | None = None
    error: ServiceError | None = None


class Polls:
    """One at a time for each project: a server that hangs holds POLLERS threads, and nothing else."""

    def __init__(self, client: Gns3Client, server: str) -> None:
        self._client = client
        self._under_way: dict[str, Future[Poll]] = {}
        self._pool = ThreadPoolExecutor(POLLERS, thread_name_prefix=f"gns3 poll {server}")

    def is_under_way(self, project_id: str) -> bool:
        return project_id in self._under_way

    def begin(self, project_id: str, revision: int, *, with_links: bool) -> None:
        self._under_way[project_id] = self._pool.submit(self._read, project_id, revision, with_links=with_links)

    def done(self) -> Iterator[Poll]:
        """Those that have ended since. Raises where one failed by a defect."""
        for project_id in [key for key, future in self._under_way.items() if future.done()]:
            future = self._under_way.pop(project_id)
            if not future.cancelled():
                yield future.result()

    def stop(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _read(self, project_id: str, revision: int, *, with_links: bool) -> Poll:
        try:
            nodes = self._client.nodes(project_id)
            links = self._client.links(project_id) if with_links else None
        except ServiceError as error:
            return Poll(project_id, revision, error=error)
        return Poll(project_id, revision, nodes, links)
