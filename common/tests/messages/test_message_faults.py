"""What must hold when things die: real workers, a real PostgreSQL, a real Redis."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from api_clients.tests.servers import RedisServer, running_redis
from common.tests.servers import PostgreSQL, running_postgresql
from common.tests.worker_stack import WorkerStack, result_of, wait_until, worker_stack

pytestmark = [pytest.mark.slow, pytest.mark.needs("postgres", "initdb", "redis-server")]

MESSAGES = 400


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with running_redis(tmp_path) as server:
        yield server


@pytest.fixture
def stack(tmp_path: Path, postgresql: PostgreSQL, redis: RedisServer) -> Iterator[WorkerStack]:
    url = postgresql.fresh_database("faults")
    with worker_stack(tmp_path, database_url=url, redis_url=redis.url) as running:
        yield running


def states(stack: WorkerStack, prefix: str = "m") -> dict[str, int]:
    counted = f"SELECT state, count(*) FROM common_message WHERE body->>'key' LIKE '{prefix}%' GROUP BY state"
    return dict(stack.query(counted))


def all_delivered(stack: WorkerStack, number: int) -> Callable[[], bool]:
    return lambda: states(stack) == {"delivered": number}


def assert_each_exactly_once(stack: WorkerStack, number: int) -> None:
    counted = stack.run("counts")
    assert counted["states"] == {"delivered": number}
    assert (counted["records"], counted["keys"], counted["twice"]) == (number, number, [])


def pause(seconds: float) -> None:
    threading.Event().wait(seconds)


def test_workers_killed_in_mid_delivery_lose_nothing_and_duplicate_nothing(stack: WorkerStack) -> None:
    sender = stack.begin("send", MESSAGES, "--type", "drill.linger", "--rate", 200, "--keys")
    for worker in list(stack.workers):
        wait_until("messages are being handled", lambda: states(stack).get("running"))
        worker.kill()
        stack.start_worker()
        pause(0.5)
    result_of(sender)
    wait_until("all are delivered", all_delivered(stack, MESSAGES), 240)
    assert_each_exactly_once(stack, MESSAGES)
    assert "work of a dead worker is taken up again" in "".join(worker.log for worker in stack.workers)


def test_a_message_that_kills_its_worker_ends_dead_and_the_others_are_delivered(stack: WorkerStack) -> None:
    with kept_at_two_workers(stack):
        for number, kind in enumerate(["drill.die", "drill.die_outside"], start=1):
            stack.run("send", 1, "--type", kind, "--prefix", f"poison-{kind}", "--attempts", 2)
            stack.run("send", 40, "--many", 40, "--prefix", f"m{number}-")
            wait_until("the poison is dead", lambda kind=kind: states(stack, f"poison-{kind}") == {"dead": 1}, 300)
            wait_until("the others are delivered", all_delivered(stack, 40 * number), 120)
    assert_each_exactly_once(stack, 80)
    assert len(stack.workers) == 2 + 2 * 2  # each attempt cost one


@contextmanager
def kept_at_two_workers(stack: WorkerStack) -> Iterator[None]:
    ended = threading.Event()

    def supervise() -> None:
        while not ended.wait(0.2):
            if sum(worker.alive for worker in stack.workers) < 2:
                stack.start_worker()

    supervisor = threading.Thread(target=supervise)
    supervisor.start()
    try:
        yield
    finally:
        ended.set()
        supervisor.join()


def test_a_redis_that_is_flushed_and_restarted_in_a_burst_costs_nothing(stack: WorkerStack, redis: RedisServer) -> None:
    sender = stack.begin("send", MESSAGES, "--rate", 100, "--keys")
    pause(1)
    redis.flush()
    pause(1)
    redis.stop()
    pause(1)
    redis.start()
    result_of(sender)
    wait_until("all are delivered", all_delivered(stack, MESSAGES), 240)
    assert_each_exactly_once(stack, MESSAGES)


def test_a_postgresql_that_is_restarted_in_a_burst_costs_nothing(
    tmp_path: Path, redis: RedisServer, program: Callable[[str], str]
) -> None:
    with running_postgresql(initdb=program("initdb"), postgres=program("postgres"), durable=True) as server:
        run_burst_across_a_restart(tmp_path, redis, server)


def run_burst_across_a_restart(folder: Path, redis: RedisServer, server: PostgreSQL) -> None:
    with worker_stack(folder, database_url=server.url(), redis_url=redis.url) as stack:
        sender: Any = stack.begin("send", MESSAGES, "--rate", 100, "--keys", "--patient")
        pause(1.5)
        server.restart()
        result_of(sender)
        wait_until("all are delivered", all_delivered(stack, MESSAGES), 240)
        assert_each_exactly_once(stack, MESSAGES)
