"""Recorded tasks in real workers on PostgreSQL and Redis: killed, flushed, revoked, terminated, watched."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import requests

from api_clients.tests.servers import RedisServer, free_port, running_redis
from api_clients.tests.waiting import eventually
from common.tests.servers import running_postgresql
from common.tests.worker_stack import CELERY, QUEUES, ROOT, Process, WorkerStack, wait_until, worker_stack

pytestmark = [pytest.mark.needs("postgres", "initdb", "redis-server"), pytest.mark.slow]

BEGIN = """
import json, sys
import django
django.setup()
from uuid import UUID
from common.application.system import workforce
from common.application.work import recorded_tasks as tasks
from common.models import TaskRecord
from common.tests.drill.models import DrillRecord
def told(record):
    record.refresh_from_db()
    return {name: getattr(record, name) for name in ("state", "attempts", "worker", "error", "result")}
def ask(key, **more):
    return told(tasks.request_task("drill.toil", {"key": key, **more}, actor="ada"))
def effects(key):
    return DrillRecord.objects.filter(key=key).count()
def look(key):
    record = TaskRecord.objects.get(arguments__key=key)
    return told(record) | {"begun": effects(f"{key}.begun"), "done": effects(key)}
def revoke(key, **more):
    return told(tasks.revoke_task(TaskRecord.objects.get(arguments__key=key).pk, actor="ada", **more))
for line in sys.stdin:
    print(json.dumps(eval(line), default=str), flush=True)
"""


class Desk:
    """A process of its own that does what a web process would do, one expression after the other."""

    def __init__(self, stack: WorkerStack, broker: RedisServer) -> None:
        self.stack, self.broker = stack, broker
        self._process = subprocess.Popen(
            [sys.executable, "-c", BEGIN],
            cwd=ROOT,
            env=stack.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, expression: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{expression}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the desk died of {expression}"
        return json.loads(answer)

    def close(self) -> None:
        self._process.kill()
        self._process.wait(10)

    def wait_for(self, key: str, state: str, seconds: float = 120.0) -> dict[str, Any]:
        found: dict[str, Any] = {}

        def so() -> bool:
            found.update(self.do(f"look({key!r})"))
            return found["state"] == state

        wait_until(f"{key} is {state}", so, seconds)
        return found

    def wait_for_all(self, keys: list[str], *states: str, seconds: float = 120.0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []

        def so() -> bool:
            found[:] = self.do(f"[look(key) for key in {keys!r}]")
            return all(one["state"] in states for one in found)

        wait_until(f"all are {' or '.join(states)}", so, seconds)
        return found

    def worker_of(self, told: dict[str, Any]) -> Process:
        return next(worker for worker in self.stack.workers if told["worker"].startswith(f"{worker.name}@"))


@pytest.fixture(scope="module")
def metrics_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def desk(program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory, metrics_port: int) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("workers")
    postgresql = running_postgresql(initdb=program("initdb"), postgres=program("postgres"), durable=False)
    with postgresql as database, running_redis(folder) as broker:
        stack = worker_stack(
            folder,
            database_url=database.url(),
            redis_url=broker.url,
            NMS_WORKER_METRICS_PORT=str(metrics_port),
        )
        with stack as ready:
            desk = Desk(ready, broker)
            yield desk
            desk.close()


def test_a_task_survives_the_kill_of_its_worker(desk: Desk) -> None:
    desk.do("ask('survivor', seconds=4)")
    first = desk.wait_for("survivor", "running")
    victim = desk.worker_of(first)
    victim.kill()
    try:
        last = desk.wait_for("survivor", "succeeded")
    finally:
        victim.start()
    assert (last["attempts"], last["begun"], last["done"]) == (2, 2, 1)
    assert last["worker"] != first["worker"]
    desk.stack.wait_until_ready()


def test_a_task_whose_message_redis_lost_is_run_all_the_same(desk: Desk) -> None:
    blockers = [f"blocker{number}" for number in range(16)]  # all threads are busy
    desk.do(f"[ask(key, seconds=6) for key in {blockers!r}]")
    desk.wait_for_all(blockers, "running", "succeeded")  # where beginning takes long, the first are done by now
    desk.do("ask('flushed')")
    with redis.Redis.from_url(desk.broker.url) as client:
        client.flushall()
    found = desk.wait_for("flushed", "succeeded")
    assert (found["attempts"], found["done"]) == (1, 1)
    assert [one["done"] for one in desk.wait_for_all(blockers, "succeeded")] == [1] * 16


def test_a_waiting_task_that_is_revoked_never_runs_and_a_running_one_stops(desk: Desk) -> None:
    busy = [f"busy{number}" for number in range(16)]
    desk.do(f"[ask(key, seconds=120) for key in {busy!r}]")
    desk.wait_for_all(busy, "running")
    desk.do("ask('queued')")
    assert desk.do("revoke('queued')")["state"] == "revoked"
    assert {one["state"] for one in desk.do(f"[revoke(key) for key in {busy!r}]")} <= {"running", "revoked"}
    assert [one["done"] for one in desk.wait_for_all(busy, "revoked", seconds=60)] == [0] * 16
    desk.do("ask('afterwards')")
    desk.wait_for("afterwards", "succeeded")
    never = desk.do("look('queued')")
    assert (never["state"], never["attempts"], never["begun"], never["done"]) == ("revoked", 0, 0, 0)


def test_workers_and_queues_are_seen_with_what_they_do(desk: Desk) -> None:
    desk.do("ask('watched', seconds=500)")
    running = desk.wait_for("watched", "running")

    def described() -> dict[str, Any] | None:
        told = desk.do("workforce.describe_workers()")
        assert told["broker_error"] is None
        worker: dict[str, Any] = {worker["name"]: worker for worker in told["workers"]}[running["worker"]]
        return worker if worker["active_tasks"] else None  # a busy one may take longer to answer than it is asked

    worker = eventually(described, seconds=60)
    assert (worker["state"], worker["pool"], worker["concurrency"]) == ("live", "thread", 8)
    assert set(worker["queues"]) == {"critical", "high", "normal", "low", "discovery", "polling"}
    assert "drill.toil" in [task["name"] for task in worker["active_tasks"]]
    queues = desk.do("workforce.describe_queues()")
    assert queues["broker_error"] is None
    assert all(queue["wakeups"] is not None for queue in queues["queues"])
    assert all(len(queue["workers"]) == 2 for queue in queues["queues"])
    desk.do("revoke('watched')")
    desk.wait_for("watched", "revoked")


def test_a_worker_serves_its_metrics_and_a_second_one_on_the_port_says_so(desk: Desk, metrics_port: int) -> None:
    text = requests.get(f"http://127.0.0.1:{metrics_port}/metrics", timeout=30).text
    assert "# TYPE gns3_events_total counter" in text
    assert "nms_active_modules" not in text, "the installation's metrics are the web's to tell"
    logs = [worker.log for worker in desk.stack.workers]
    assert sum("metrics served" in log for log in logs) >= 1
    assert sum("another worker has the port" in log for log in logs) >= 1


def test_the_process_of_a_stubborn_task_is_ended_where_the_pool_has_processes(desk: Desk, tmp_path: Path) -> None:
    command = [*CELERY, "worker", "--pool", "prefork", "--concurrency", "1", "--hostname", "forked@%h", *QUEUES]
    kept = list(desk.stack.workers)
    for worker in kept:
        worker.stop()
    forked = Process("forked", command, {**desk.stack.environment, "NMS_WORKER_METRICS_PORT": ""}, tmp_path)
    try:
        row = f"SELECT 1 FROM common_workerrecord WHERE pid = {forked.pid}"  # which tells what pool it has
        wait_until("forked is ready", lambda: desk.stack.query(row))
        desk.do("ask('stubborn', seconds=300, stubborn=True)")
        assert desk.wait_for("stubborn", "running")["worker"].startswith("forked@")
        assert desk.do("revoke('stubborn', terminate=True)")["state"] in {"running", "revoked"}
        found = desk.wait_for("stubborn", "revoked")
        assert (found["begun"], found["done"]) == (1, 0)
        desk.do("ask('next')")
        desk.wait_for("next", "succeeded")
        assert desk.do("look('stubborn')")["begun"] == 1, "its message came again and found it revoked"
    finally:
        forked.stop()
        for worker in kept:
            worker.start()
    desk.stack.wait_until_ready()


def test_a_worker_that_ends_signs_off_and_gives_back_what_it_was_at(desk: Desk) -> None:
    desk.do("ask('handed', seconds=5)")
    first = desk.wait_for("handed", "running")
    leaving = desk.worker_of(first)
    leaving.stop(60)
    try:
        last = desk.wait_for("handed", "succeeded")
        assert last["worker"] != first["worker"]
        assert last["attempts"] == 1, "a task that was given back was not tried"
        names = [worker["name"] for worker in desk.do("workforce.describe_workers()")["workers"]]
        assert first["worker"] not in names
    finally:
        leaving.start()
