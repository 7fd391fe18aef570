"""Celery tasks in the log: one line for each that ended, and the request id of whoever started it in all its lines.

Wake-ups and sweeps come many times a second and say nothing of what they did; theirs are lines of the level DEBUG.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import structlog
from celery import signals

log = structlog.get_logger("nms.task")
HEADER = "request_id"
WAKE_UP = "nms_wake"  # the header of wake-ups, see waking.py
SWEEP = "common.sweep"
_NAMES = ("task", "task_id", HEADER)


def connect() -> None:
    """Once, from AppConfig.ready()."""
    signals.before_task_publish.connect(_carry_request_id, weak=False)
    signals.task_prerun.connect(_begin, weak=False)
    signals.task_postrun.connect(_end, weak=False)


def _carry_request_id(headers: dict[str, Any] | None = None, **_: Any) -> None:
    request_id = structlog.contextvars.get_contextvars().get(HEADER)
    if headers is not None and request_id:
        headers[HEADER] = request_id


def _begin(task_id: str, task: Any, **_: Any) -> None:
    request_id = getattr(task.request, HEADER, None)
    # A pool's thread keeps its context from task to task, so what an earlier one left must go.
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(
        task=task.name, task_id=task_id, **({HEADER: request_id} if request_id else {})
    )
    task.request.nms_started = time.perf_counter()


def _end(task: Any, state: str | None = None, **_: Any) -> None:
    started = getattr(task.request, "nms_started", None)
    milliseconds = None if started is None else round((time.perf_counter() - started) * 1000, 1)
    level = logging.DEBUG if state == "SUCCESS" and _is_routine(task) else logging.INFO
    log.log(level, "task", state=state, ms=milliseconds)
    structlog.contextvars.unbind_contextvars(*_NAMES)


def _is_routine(task: Any) -> bool:
    return task.name == SWEEP or getattr(task.request, WAKE_UP, None) is not None
