"""The Celery workers and queues, from what the database knows and what Celery answers in a second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone

from common.infrastructure.work.claims import QUEUES
from common.infrastructure.workers.celery_inspection import BrokerUnreachable, active_tasks, queue_lengths
from common.infrastructure.workers.worker_records import LIVE_SECONDS
from common.models import Message, StepRun, TaskRecord, WorkerRecord
from common.models.work import WAITING

JsonObject = dict[str, Any]


def describe_workers() -> JsonObject:
    """Every worker that was seen within a day. The broker's trouble is told, not raised."""
    now = timezone.now()
    rows = list(WorkerRecord.objects.all())
    live = {row.name for row in rows if now - row.seen_at < timedelta(seconds=LIVE_SECONDS)}
    active, problem = _active(sorted(live))
    return {
        "workers": [
            {
                "name": row.name,
                "state": "live" if row.name in live else "lost",
                "pid": row.pid,
                "pool": row.pool,
                "concurrency": row.concurrency,
                "queues": row.queues,
                "started_at": row.started_at,
                "seen_at": row.seen_at,
                "uptime_seconds": round((row.seen_at - row.started_at).total_seconds(), 1),
                "active_tasks": active.get(row.name),
            }
            for row in rows
        ],
        "broker_error": problem,
    }


def describe_queues() -> JsonObject:
    """Every queue: wake-ups in the broker, rows in the database, and who serves it."""
    since = timezone.now() - timedelta(seconds=LIVE_SECONDS)
    workers = list(WorkerRecord.objects.filter(seen_at__gte=since).values_list("name", "queues"))
    waiting = {
        name: _waiting(model) for name, model in (("messages", Message), ("steps", StepRun), ("tasks", TaskRecord))
    }
    problem = None
    lengths: dict[str, int] = {}
    try:
        lengths = queue_lengths(QUEUES)
    except BrokerUnreachable as error:
        problem = str(error)
    return {
        "queues": [
            {
                "name": queue,
                "wakeups": lengths.get(queue),
                **{name: counts.get(queue, 0) for name, counts in waiting.items()},
                "workers": [worker for worker, served in workers if queue in served],
            }
            for queue in QUEUES
        ],
        "broker_error": problem,
    }


def _active(names: list[str]) -> tuple[dict[str, list[JsonObject]], str | None]:
    try:
        told = active_tasks(names)
    except BrokerUnreachable as error:
        return {}, str(error)
    return {name: [_active_task(task) for task in tasks] for name, tasks in told.items()}, None


def _active_task(task: JsonObject) -> JsonObject:
    started = task.get("time_start")
    return {
        "id": task["id"],
        "name": task["name"],
        "started_at": datetime.fromtimestamp(started, UTC) if started else None,
    }


def _waiting(model: Any) -> dict[str, int]:
    rows = model.objects.filter(state=WAITING).order_by().values("queue").annotate(count=Count("pk"))
    return {row["queue"]: row["count"] for row in rows}
