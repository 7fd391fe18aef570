"""The threads of the embedded worker, in lanes: work of one kind can fill its own lane and no other.

A Celery pool has one line for everything, so a few long discoveries would hold up an urgent message. Separate worker
processes do the same in production (docker-compose.yml).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from celery.concurrency.thread import ApplyResult, TaskPool, apply_target


@dataclass(frozen=True, slots=True)
class Lane:
    name: str
    queues: frozenset[str]
    threads: int


# Threads are made when they are first needed, and mostly wait for the network.
LANES = (
    Lane("urgent", frozenset({"critical", "high"}), 4),
    Lane("network", frozenset({"discovery", "polling"}), 8),
)
ORDINARY_THREADS = 12  # normal, low, and what is not known


class LanePool(TaskPool):  # type: ignore[misc] # celery ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # its own executor serves what is in no lane
        self._lanes = [(lane.queues, _threads(lane)) for lane in LANES]

    def on_apply(
        self,
        target: Any,
        args: Any = None,
        kwargs: Any = None,
        callback: Any = None,
        accept_callback: Any = None,
        **_: Any,
    ) -> Any:
        executor = self._executor_of(_queue_of(args))
        return ApplyResult(executor.submit(apply_target, target, args, kwargs, callback, accept_callback))

    def on_stop(self) -> None:
        # Celery would wait here for running tasks, however long they take. The database remembers what they were doing.
        for executor in (self.executor, *(executor for _, executor in self._lanes)):
            executor.shutdown(wait=False, cancel_futures=True)

    def _executor_of(self, queue: str) -> ThreadPoolExecutor:
        ordinary: ThreadPoolExecutor = self.executor
        return next((executor for queues, executor in self._lanes if queue in queues), ordinary)


def all_threads() -> int:
    return ORDINARY_THREADS + sum(lane.threads for lane in LANES)


def _threads(lane: Lane) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=lane.threads, thread_name_prefix=lane.name)


def _queue_of(args: Any) -> str:
    """Celery hands (task name, id, request, ...) to every pool; the request knows by which queue it came."""
    request: dict[str, Any] = args[2] if args and len(args) > 2 else {}
    return str((request.get("delivery_info") or {}).get("routing_key") or "")
