"""Events in real workers on PostgreSQL and Redis: handed to a module and to channels, whatever dies meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from api_clients.tests.servers import RedisServer, running_redis
from common.tests.servers import running_postgresql
from common.tests.worker_stack import ROOT, WorkerStack, wait_until, worker_stack

pytestmark = [pytest.mark.needs("postgres", "initdb", "redis-server"), pytest.mark.slow]

LOOK = """
import json
import django
django.setup()
from common.infrastructure.events import event_store
from common.models import EventCursor
from common.tests.drill.models import DrillRecord
rows = DrillRecord.objects.filter(key__startswith="event:").values_list("key", "value")
print(json.dumps({
    "head": event_store.last_position(),
    "cursors": dict(EventCursor.objects.values_list("name", "position")),
    "seen": [value["number"] for _, value in rows],
    "seconds": sorted(value["seconds"] for _, value in rows),
}))
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RedisServer]:
    with running_redis(tmp_path) as server:
        yield server


@pytest.fixture(params=[True])
def stack(
    request: pytest.FixtureRequest, program: Callable[[str], str], tmp_path: Path, broker: RedisServer
) -> Iterator[WorkerStack]:
    """With the sweep, unless a test asks for one without."""
    postgresql = running_postgresql(initdb=program("initdb"), postgres=program("postgres"), durable=False)
    with (
        postgresql as database,
        worker_stack(tmp_path, database_url=database.url(), redis_url=broker.url, beat=request.param) as ready,
    ):
        yield ready


def publisher(stack: WorkerStack, count: int, rate: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "common.tests.drill.publisher", str(count), str(rate)]
    return subprocess.Popen(command, cwd=ROOT, env=stack.environment, stdout=subprocess.PIPE, text=True)


def look(stack: WorkerStack) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def wait_for_all(stack: WorkerStack, count: int) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def so() -> bool:
        found.update(look(stack))
        return len(set(found["seen"])) == count and set(found["cursors"].values()) == {found["head"]}

    wait_until("every consumer had everything", so, 300)
    return found


def test_a_killed_worker_and_a_redis_that_forgets_and_restarts_lose_no_event_and_double_none(
    stack: WorkerStack, broker: RedisServer
) -> None:
    publishing = publisher(stack, 1200, 150)
    time.sleep(2)
    stack.workers[0].kill()
    time.sleep(1)
    broker.flush()
    stack.workers[0].start()
    time.sleep(1)
    broker.stop()
    time.sleep(1)
    broker.start()
    publishing.communicate(timeout=300)
    assert publishing.returncode == 0, "whoever publishes does not notice"
    found = wait_for_all(stack, 1200)
    twice = [number for number, times in Counter(found["seen"]).items() if times > 1]
    assert twice == []


@pytest.mark.parametrize("stack", [False], indirect=True, ids=["without_a_sweep"])
def test_a_channel_gets_each_event_soon_and_in_order(stack: WorkerStack, broker: RedisServer) -> None:
    with redis.Redis.from_url(broker.url) as client, client.pubsub(ignore_subscribe_messages=True) as channel:
        channel.psubscribe("modules:events:*")
        channel.get_message(timeout=30)
        publishing = publisher(stack, 300, 100)
        numbers: list[int] = []
        deadline = time.monotonic() + 300
        while len(numbers) < 300 and time.monotonic() < deadline:
            message = channel.get_message(timeout=1)
            if message is not None:
                assert message["channel"] == b"modules:events:drill:drill.happened"
                numbers.append(json.loads(message["data"])["data"]["number"])
        publishing.communicate(timeout=300)
    assert numbers == list(range(300))
    seconds = wait_for_all(stack, 300)["seconds"]
    assert seconds[len(seconds) // 2] < 30.0  # woken, for no sweep finds them here
