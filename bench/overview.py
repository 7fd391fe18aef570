"""The overview of 25 services with 1,000 alerts and 1,000 figures, through Django's whole request path; and the looks
at 24 services that take up to half a second each, over real sockets, together against one after the other.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from bench.databases import on_both, print_rows
from bench.table import Row

SERVICES, ITEMS, ROUNDS, LOOKS = 25, 40, 101, 5
SLOW = 24
OVERVIEW_MS, LOOK_MS = 50.0, 200.0


def run() -> list[Row]:
    return on_both("bench.overview")


def measure(database: str) -> list[Row]:
    with TemporaryDirectory(prefix="nms-bench-") as folder:
        file = Path(folder) / "clients.yaml"
        with _slow_services() as urls:
            _configure(file, urls)
            together, slowest, added = _looks()
        _collected()
        overview, slowest_answer, size = _overview()
    return [
        Row(
            f"GET the overview of {SERVICES} services ({database})",
            overview,
            "ms",
            OVERVIEW_MS,
            note=f"p95 {slowest_answer:.1f} ms, {size // 1024} KiB, {SERVICES * ITEMS} alerts and as many figures",
        ),
        Row(
            f"{SLOW} health checks beyond the slowest one, stored ({database})",
            together - slowest,
            "ms",
            LOOK_MS,
            "one after the other",
            added - slowest,
            note=f"all {together:.0f} ms, the slowest {slowest:.0f} ms",
        ),
    ]


def _overview() -> tuple[float, float, int]:
    """Median and p95 in milliseconds, and the bytes of the answer."""
    from django.contrib.auth.models import User
    from rest_framework.test import APIClient

    user, _ = User.objects.get_or_create(username="bench", is_superuser=True)
    client = APIClient()
    client.force_authenticate(user)
    client.get("/api/monitoring/overview/", HTTP_HOST="localhost")  # the first one imports the paths of everything
    times, size = [], 0
    for _ in range(ROUNDS):
        started = time.perf_counter()
        answer = client.get("/api/monitoring/overview/", HTTP_HOST="localhost")
        times.append((time.perf_counter() - started) * 1000)
        assert answer.status_code == 200, answer.content
        size = len(answer.content)
    times.sort()
    return statistics.median(times), times[int(0.95 * len(times))], size


def _looks() -> tuple[float, float, float]:
    """All of a look with its storing, the slowest service, and the services added up, in milliseconds."""
    from common.application.system.monitoring import monitor_system

    monitor_system()  # connections are open, as in use
    found = []
    for _ in range(LOOKS):
        started = time.perf_counter()
        report = monitor_system()
        total = (time.perf_counter() - started) * 1000
        spans = [one.milliseconds for name, one in report.components.items() if name.startswith("service:netdata/")]
        assert len(spans) == SLOW
        found.append((total, max(spans), sum(spans)))
    return sorted(found, key=lambda one: one[0] - one[1])[LOOKS // 2]


def _collected() -> None:
    from django.utils import timezone

    from nms.monitoring.models import CollectedPart
    from nms.monitoring.overview.collecting import end_round
    from nms.monitoring.overview.composing import counts_of

    now, parts = timezone.now(), []
    for number in range(SERVICES):
        for kind, items in (("alerts", _alerts()), ("figures", _figures())):
            part = CollectedPart(service="netdata", target=f"t{number}", kind=kind, items=items, total=ITEMS)
            part.counts = counts_of(items) if kind == "alerts" else {}
            part.collected_at = part.attempted_at = now
            parts.append(part)
    CollectedPart.objects.bulk_create(parts)
    end_round(parts, now)


def _alerts() -> list[dict[str, Any]]:
    return [
        {
            "id": f"node.disk_space_usage.{number}",
            "severity": ("critical", "high", "medium", "low", "info")[number % 5],
            "title": "disk_space_usage",
            "source": f"disk_space._var_{number}",
            "description": "disk /var space utilization is above what its warning allows",
            "since": f"2026-11-21T12:{number:02}:00Z",
            "is_silenced": number % 7 == 0,
            "labels": {"family": "/var", "role": "sysadmin", "mount": f"/var/{number}"},
        }
        for number in range(ITEMS)
    ]


def _figures() -> list[dict[str, Any]]:
    names = ("cpu.used", "memory.used", "sessions.current", "disk.used")
    return [
        {"name": names[number % 4], "value": number * 1.5, "unit": "percent", "labels": {"node": f"n{number}"}}
        for number in range(ITEMS)
    ]


def _configure(file: Path, urls: list[str]) -> None:
    from django.conf import settings

    targets = {f"t{number}": {"instances": [{"url": url}]} for number, url in enumerate(urls)}
    file.write_text(yaml.safe_dump({"services": {"netdata": {"targets": targets}}}))
    settings.NMS_CLIENTS_FILE = file


@contextmanager
def _slow_services() -> Iterator[list[str]]:
    from api_clients.monitoring.netdata.simulator import make_simulator
    from api_clients.simulation import SimulatorServer

    servers = []
    for number in range(SLOW):
        simulator = make_simulator()
        simulator.answer = _slowly(simulator.answer, 0.2 + number * 0.0125)  # type: ignore[method-assign]
        servers.append(SimulatorServer(simulator))
        servers[-1].start()
    try:
        yield [server.url for server in servers]
    finally:
        for server in servers:
            server.stop()


def _slowly(answer: Any, seconds: float) -> Any:
    def answer_slowly(received: Any) -> Any:
        time.sleep(seconds)
        return answer(received)

    return answer_slowly


if __name__ == "__main__":
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print_rows(measure(sys.argv[1]))
