"""The GNS3 central service on real servers: cached and cold topologies, a dashboard's load, fifty projects watched.

The peer of the cold reading is the API itself: the same four documents, fetched and parsed and nothing more.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from api_clients.network.gns3.tests.servers import GNS3_VERSIONS, Gns3Server, running_gns3
from bench.databases import on_both, print_rows
from bench.table import Row

NODES, PROJECTS, PAGES, ROUNDS = 200, 50, 4, 20
READINGS = 21
DOCUMENTS = ("", "/nodes", "/links", "/drawings")


def run() -> list[Row]:
    return on_both("bench.gns3")


def measure(database: str) -> list[Row]:
    rows: list[Row] = []
    for version in GNS3_VERSIONS:
        with _server(version) as server:
            rows += _topology(server, f"GNS3 {version}, {database}")
            if version == GNS3_VERSIONS[0]:
                rows += _watched(server, f"GNS3 {version}, {database}")
    return rows


@contextmanager
def _server(version: str) -> Iterator[Gns3Server]:
    """A server, and the central service configured for it."""
    from common.application import clients
    from common.application.gns3 import reading
    from common.tests.gns3.configured import configure

    with tempfile.TemporaryDirectory(prefix="nms-bench-gns3-") as folder, running_gns3(version, Path(folder)) as server:
        from django.conf import settings
        from prometheus_client import CollectorRegistry

        from api_clients.container import make_container

        name = version.replace(".", "-")
        file = configure(Path(folder) / "clients.yaml", {f"gns3-{name}": server})
        container = make_container(
            clients_file=file, redis_url=settings.REDIS_URL, prometheus_registry=CollectorRegistry()
        )
        clients._container = lambda: container  # type: ignore[assignment] # one process, one server after the other
        reading.state_cache.cache_clear()
        yield server


def _topology(server: Gns3Server, where: str) -> list[Row]:
    from common.application.gns3 import central

    name, project_id = central.servers()[0], _project(server, "large")
    for number in range(NODES):
        _node(server, project_id, f"PC{number}")
    central.topology(name, project_id)
    cached = _milliseconds(lambda: central.topology(name, project_id))
    cold = _milliseconds(lambda: central.topology(name, project_id, fresh=True))
    raw = _milliseconds(lambda: _raw(server, project_id))
    server.request("DELETE", f"projects/{project_id}")
    return [
        Row(f"topology of {NODES} nodes, cached ({where})", cached, "ms", 10.0),
        Row(
            f"topology of {NODES} nodes, read and recorded ({where})",
            *(cold, "ms", 3 * raw, "the API alone", raw),
            note="target: 3 times the API",
        ),
    ]


def _watched(server: Gns3Server, where: str) -> list[Row]:
    from common.application.gns3 import central
    from common.application.gns3.listener import Listener
    from common.models import Gns3Project

    labs = [_project(server, f"lab {number}") for number in range(PROJECTS)]
    nodes = [_node(server, project_id, "PC") for project_id in labs]
    listener = Listener()
    listener.start()
    try:
        _wait(lambda: Gns3Project.objects.exclude(state__nodes=None).count() >= PROJECTS)
        time.sleep(2)
        seen = [_seen_after(server, labs[number], nodes[number]) for number in (0, PROJECTS // 2, PROJECTS - 1)]
        ratio = _dashboards(central.servers()[0])
    finally:
        listener.stop()
    return [
        Row(f"a node that starts outside is an event, {PROJECTS} projects polled ({where})", max(seen), "s", 2.0),
        Row(f"hit ratio of {PAGES} dashboards ({where})", ratio * 100, "%", 95.0, higher_is_better=True),
    ]


def _dashboards(server: str) -> float:
    """Each looks at all projects and nodes, every quarter of a second."""
    from django.db import connections

    from common.application.gns3 import central

    began = central.status().cache

    def page(_: int) -> None:
        try:
            for _round in range(ROUNDS):
                for project in central.projects(server):
                    for node in central.topology(server, project.project_id).nodes:
                        central.node(server, project.project_id, node.node_id)
                time.sleep(0.25)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(PAGES) as pool:
        list(pool.map(page, range(PAGES)))
    ended = central.status().cache
    hits, misses = ended.hits - began.hits, ended.misses - began.misses
    return hits / (hits + misses)


def _seen_after(server: Gns3Server, project_id: str, node_id: str) -> float:
    from common.models import StoredEvent

    server.request("POST", f"projects/{project_id}/nodes/{node_id}/start", {})
    began = time.perf_counter()
    started = StoredEvent.objects.filter(type="node.started", subject=f"gns3:{project_id}/{node_id}")
    _wait(started.exists)
    return time.perf_counter() - began


def _project(server: Gns3Server, name: str) -> str:
    made: str = server.request("POST", "projects", {"name": name, "auto_close": False})["project_id"]
    return made


def _node(server: Gns3Server, project_id: str, name: str) -> str:
    body = {"name": name, "node_type": "vpcs", "compute_id": "local"}
    made: str = server.request("POST", f"projects/{project_id}/nodes", body)["node_id"]
    return made


def _raw(server: Gns3Server, project_id: str) -> list[Any]:
    with requests.Session() as session:
        session.headers.update(server.authorization().get("headers", {}))
        address = f"{server.url}/{server.api}/projects/{project_id}"
        return [session.get(f"{address}{document}", timeout=30).json() for document in DOCUMENTS]


def _milliseconds(act: Callable[[], object]) -> float:
    taken = []
    for _ in range(READINGS):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def _wait(true: Callable[[], object], seconds: float = 60.0) -> None:
    until, pause = time.monotonic() + seconds, threading.Event()
    while not true():
        if time.monotonic() > until:
            raise TimeoutError("the listener did not get there")
        pause.wait(0.01)


if __name__ == "__main__":
    import django

    os.environ.setdefault("NMS_LAB", "0")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print_rows(measure(sys.argv[1]))
