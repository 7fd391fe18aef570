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
    """Tasks of these queues; with `task` that one alone."""

    name: str
    threads: int
    queues: frozenset[str]
    task: str | None = None

    def takes(self, task: str, queue: str) -> bool:
        return queue in self.queues and self.task in {None, task}


URGENT, ORDINARY = frozenset({"critical", "high"}), frozenset({"normal", "low"})
STEPS = "common.run_steps"  # a step of a workflow may take minutes, a message should not
# The first that takes a task has it. Threads are made when they are first needed, and mostly wait for the network.
LANES = (
    Lane("network", 8, frozenset({"discovery", "polling"})),
    Lane("urgent steps", 6, URGENT, task=STEPS),
    Lane("steps", 12, ORDINARY, task=STEPS),
    Lane("urgent", 4, URGENT),
)
OTHER_THREADS = 8  # normal, low, and what is not known


class LanePool(TaskPool):  # type: ignore[misc] # celery ships no types
    label = "lanes"
    threads = OTHER_THREADS + sum(lane.threads for lane in LANES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # its own executor serves what is in no lane
        self._lanes = [(lane, _threads(lane)) for lane in LANES]

    def on_apply(
        self,
        target: Any,
        args: Any = None,
        kwargs: Any = None,
        callback: Any = None,
        accept_callback: Any = None,
        **_: Any,
    ) -> Any:
        executor = self._executor_of(*_task_and_queue(args))
        return ApplyResult(executor.submit(apply_target, target, args, kwargs, callback, accept_callback))

    def on_stop(self) -> None:
        # Celery would wait here for running tasks, however long they take. The database remembers what they were doing.
        for executor in (self.executor, *(executor for _, executor in self._lanes)):
            executor.shutdown(wait=False, cancel_futures=True)

    def _executor_of(self, task: str, queue: str) -> ThreadPoolExecutor:
        others: ThreadPoolExecutor = self.executor
        return next((executor for lane, executor in self._lanes if lane.takes(task, queue)), others)


def _threads(lane: Lane) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=lane.threads, thread_name_prefix=lane.name)


def _task_and_queue(args: Any) -> tuple[str, str]:
    """Celery hands (task name, id, request, ...) to every pool; the request knows by which queue it came."""
    task, _, request, *_ = args
    return task, str((request.get("delivery_info") or {}).get("routing_key") or "")
