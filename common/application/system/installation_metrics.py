"""Metrics of the whole installation, from the database; every web process tells the same.

They are what hub/status/ tells (common/application/system/status.py), and as cheap. While the database is away they are
absent, for no value beats a wrong one; /health/ says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import Error
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from common.application.system.status import hub_status

JsonObject = dict[str, Any]
Rows = Iterable[tuple[tuple[str, ...], float]]


class _Installation(Collector):
    def describe(self) -> Iterator[Metric]:
        return iter(())  # asking the database at the start of every command would be too much

    def collect(self) -> Iterator[Metric]:
        try:
            status = hub_status()
        except Error:
            return
        yield from _families(status)


_collector = _Installation()


def register() -> None:
    """Once, from AppConfig.ready()."""
    REGISTRY.register(_collector)


def leave_to_the_web() -> None:
    """For workers: they show what they count themselves; the installation's are the web processes' to tell."""
    try:
        REGISTRY.unregister(_collector)
    except KeyError:
        return  # done before


def _families(status: JsonObject) -> Iterator[Metric]:
    modules, messages, flows = status["modules"], status["messages"], status["workflows"]
    events, workers = status["events"], status["workers"]
    yield _one("nms_active_modules", "Modules that are not lost.", modules["active"])
    yield _one("nms_lost_modules", "Remote modules without heartbeats.", modules["lost"])
    yield _one("nms_processing", "1 while messages and steps are processed, 0 while paused.", _flag(status))
    yield _one("nms_event_position", "The newest position of the event store.", events["position"])
    yield _many(
        "nms_event_consumer_lag",
        "Events that a durable consumer has not had yet.",
        ["consumer"],
        (((name,), consumer["lag"]) for name, consumer in events["consumers"].items()),
    )
    yield _many(
        "nms_messages_pending",
        "Messages that are not done with.",
        ["state", "priority"],
        (
            ((state, priority), count)
            for state in ("waiting", "running", "dead")
            for priority, count in messages[state].items()
        ),
    )
    oldest = messages["oldest_waiting_seconds"] or 0.0
    yield _one("nms_messages_oldest_waiting_seconds", "Age of the oldest waiting message; 0 without one.", oldest)
    yield _many("nms_workflow_runs", "Workflow runs.", ["state"], _by_state(flows["runs"]))
    yield _many("nms_workflow_steps", "Steps that are not done with.", ["state"], _by_state(flows["steps"]))
    yield _one("nms_open_approvals", "Steps that wait for a person.", flows["open_approvals"])
    yield _many("nms_tasks", "Recorded tasks that are not done with.", ["state"], _by_state(status["tasks"]))
    yield _one("nms_workers", "Celery workers seen lately.", workers["live"])


def _flag(status: JsonObject) -> int:
    return int(status["state"] == "processing")


def _by_state(counts: dict[str, int]) -> Rows:
    return (((state,), count) for state, count in counts.items())


def _one(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _many(name: str, text: str, labels: list[str], rows: Rows) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, count in rows:
        family.add_metric(values, count)
    return family
