"""Redis is away for a while, with wake-ups in the workers' hands that were not acknowledged."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from api_clients.tests.servers import running_redis
from common.tests.servers import PostgreSQL
from common.tests.worker_stack import wait_until, worker_stack

AWAY_SECONDS = 4.0


@pytest.mark.slow
@pytest.mark.needs("postgres", "initdb", "redis-server")
def test_busy_workers_outlive_a_broker_that_is_away_for_seconds(tmp_path: Path, postgresql: PostgreSQL) -> None:
    url = postgresql.fresh_database("broker_outage")
    with (
        running_redis(tmp_path) as redis,
        worker_stack(tmp_path, database_url=url, redis_url=redis.url) as stack,
    ):
        delivered = "SELECT count(*) FROM common_message WHERE state = 'delivered'"
        stack.run("send", 800, "--many", 400, "--type", "drill.linger")
        wait_until("handlers are at it", lambda: stack.query("SELECT 1 FROM common_message WHERE state = 'running'"))
        redis.stop()
        threading.Event().wait(AWAY_SECONDS)
        redis.start()
        stack.run("send", 10, "--many", 10, "--prefix", "later")
        wait_until("all are delivered", lambda: stack.query(delivered) == [(810,)], 240)
        assert [worker.alive for worker in stack.workers] == [True, True]
