"""Runs on PostgreSQL and Redis with two worker processes, while these are killed and restarted.

Each step sleeps a little and then writes one record. A worker that dies between the record and the end of its step
leaves a step to be done again, and its record twice: capabilities that must not do a thing twice keep to
`call.idempotency_key`. So what must hold: every run ends, every step has its effect, and only steps of the worker
that died may have it twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from api_clients.tests.servers import RedisServer, running_redis
from common.tests.servers import PostgreSQL, running_postgresql
from common.tests.worker_stack import WorkerStack, worker_stack

pytestmark = [pytest.mark.needs("postgres", "initdb", "redis-server"), pytest.mark.slow]

RUNS, STEPS = 8, 6
THREADS = 8  # of a worker: as many of its steps may be in the middle


@pytest.fixture
def database(program: Callable[[str], str]) -> Iterator[PostgreSQL]:
    with running_postgresql(initdb=program("initdb"), postgres=program("postgres"), durable=True) as server:
        yield server


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RedisServer]:
    with running_redis(tmp_path) as server:
        yield server


@pytest.fixture
def stack(tmp_path: Path, database: PostgreSQL, broker: RedisServer) -> Iterator[WorkerStack]:
    with worker_stack(tmp_path, database_url=database.url(), redis_url=broker.url) as started:
        yield started


def flows(stack: WorkerStack, *arguments: object) -> Any:
    return stack.run(*arguments, module="common.tests.drill.flows")


def start(stack: WorkerStack, *, runs: int = RUNS, shape: str = "chain", seconds: float = 0.3) -> None:
    """`seconds` is how long each step takes."""
    flows(stack, "start", runs, "--steps", STEPS, "--shape", shape, "--capability", "drill.sleep", "--seconds", seconds)


def rows(database: PostgreSQL, query: str) -> list[tuple[Any, ...]]:
    connection = psycopg2.connect(database.url())
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())
    finally:
        connection.close()


def wait_for_steps(database: PostgreSQL, least: int, *, state: str = "succeeded") -> None:
    deadline = time.monotonic() + 120
    while rows(database, f"SELECT count(*) FROM common_steprun WHERE state = '{state}'")[0][0] < least:
        assert time.monotonic() < deadline, "the runs do not get on"
        time.sleep(0.05)


def assert_all_done(stack: WorkerStack, *, runs: int = RUNS, twice_at_most: int) -> None:
    """`runs` are all that were started so far."""
    ended = flows(stack, "ends", "--of", runs, "--seconds", 240)
    assert (ended["states"], ended["errors"]) == ({"succeeded": runs}, [])
    assert set(ended["steps"]) == {"succeeded"}
    did = flows(stack, "effects")
    assert did["keys"] == runs * STEPS
    assert len(did["twice"]) <= twice_at_most
    assert did["records"] - did["keys"] <= twice_at_most


def assert_events_in_order(database: PostgreSQL) -> None:
    """Each run tells of one beginning and one end, and of each step's end once."""
    ends = rows(
        database,
        "SELECT subject, type, data->>'step', data->>'item', count(*) FROM common_storedevent "
        "WHERE type IN ('workflow.started', 'workflow.succeeded', 'workflow.step_succeeded') "
        "GROUP BY 1, 2, 3, 4 HAVING count(*) > 1",
    )
    assert ends == []
    last = rows(
        database,
        "SELECT DISTINCT ON (subject) type FROM common_storedevent WHERE subject LIKE 'workflow_run:%' "
        "ORDER BY subject, position DESC",
    )
    assert set(last) == {("workflow.succeeded",)}


def test_workers_killed_in_the_middle_of_steps_cost_no_run_its_end(stack: WorkerStack, database: PostgreSQL) -> None:
    # Steps long enough that some are under way when they are looked for, however slow the machine is.
    start(stack, runs=RUNS // 2, shape="chain", seconds=2.0)
    start(stack, runs=RUNS // 2, shape="list", seconds=4.0)
    wait_for_steps(database, 6)
    wait_for_steps(database, 1, state="running")
    for worker in tuple(stack.workers):  # both: one of them may have nothing in hand
        worker.kill()
        stack.start_worker()
    assert_all_done(stack, twice_at_most=3 * THREADS)
    assert_events_in_order(database)
    crashed = rows(database, "SELECT count(*) FROM common_steprun WHERE crashes > 0")[0][0]
    assert 0 < crashed <= 4 * THREADS, "the workers were killed while they did nothing, or took more than their threads"


def test_a_redis_that_forgets_and_a_postgresql_that_crashes_cost_no_run_its_end(
    stack: WorkerStack, database: PostgreSQL, broker: RedisServer
) -> None:
    start(stack)
    wait_for_steps(database, 6)
    broker.flush()
    wait_for_steps(database, 14)
    broker.stop()
    time.sleep(1)
    broker.start()
    assert_all_done(stack, twice_at_most=0)
    start(stack, seconds=1.0)
    wait_for_steps(database, RUNS * STEPS + 6)
    database.restart()
    assert_all_done(stack, runs=2 * RUNS, twice_at_most=2 * THREADS)
    assert_events_in_order(database)


def test_two_workers_never_do_one_step_twice(stack: WorkerStack, database: PostgreSQL) -> None:
    flows(stack, "start", 20, "--steps", 20, "--shape", "wide", "--capability", "drill.record")
    ended = flows(stack, "ends", "--of", 20, "--seconds", 240)
    assert ended["states"] == {"succeeded": 20}
    did = flows(stack, "effects")
    assert (did["keys"], did["records"]) == (400, 400)
    workers = rows(database, "SELECT pid, count(*) FROM drill_drillrecord GROUP BY pid")
    assert len(workers) == 2, "one worker did it all, so nothing was shown"
