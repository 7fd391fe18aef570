"""Web processes killed, Redis emptied and restarted: no subscriber misses an event or gets one twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from api_clients.tests.servers import RedisServer, running_redis
from common.tests.servers import PostgreSQL
from common.tests.websocket.web_processes import Follower, WebProcesses, web_processes
from common.tests.worker_stack import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.needs("postgres", "initdb", "redis-server")]

FOLLOWERS = 200
EVENTS = 500
HALF = 250
PER_SECOND = 50.0
SECONDS = 300.0


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    with running_redis(tmp_path) as server:
        yield server


@pytest.fixture
def hub(postgresql: PostgreSQL, redis_server: RedisServer, tmp_path: Path) -> Iterator[WebProcesses]:
    import psycopg2

    connection = psycopg2.connect(postgresql.url())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS websocket_faults WITH (FORCE)")
        cursor.execute("CREATE DATABASE websocket_faults")
    connection.close()
    url = postgresql.url("websocket_faults")
    with web_processes(tmp_path, database_url=url, redis_url=redis_server.url, count=2) as hub:
        yield hub


def check(follower: Follower, events: int) -> None:
    assert follower.numbers == list(range(1, events + 1))
    assert follower.positions == list(range(1, events + 1))
    assert follower.others == []


async def test_killed_web_processes_cost_two_hundred_subscribers_nothing(hub: WebProcesses) -> None:
    first, second = hub.servers
    followers = [Follower(hub, number=0) for _ in range(FOLLOWERS)]  # all begin at the first
    following = asyncio.gather(*(follower.follow(EVENTS) for follower in followers))
    try:
        with hub.publishing(1, HALF, per_second=PER_SECOND):
            await _have(followers, 50)
            first.kill()  # everybody goes to the second
            await _have(followers, HALF)
        first.start()
        await asyncio.to_thread(wait_until, "the first listens again", first.listens)
        with hub.publishing(HALF + 1, EVENTS - 1, per_second=PER_SECOND):
            await _have(followers, HALF + 50)
            second.kill()  # and back
        with hub.publishing(EVENTS, EVENTS, per_second=PER_SECOND):  # nobody was done before the second was killed
            await asyncio.wait_for(following, SECONDS)
    finally:
        following.cancel()
    for follower in followers:
        check(follower, EVENTS)
        assert follower.connections >= 3  # the first, the second, the first


async def test_a_redis_that_is_emptied_and_restarted_costs_nothing(
    hub: WebProcesses, redis_server: RedisServer
) -> None:
    followers = [Follower(hub, number) for number in range(20)]  # on both servers
    following = asyncio.gather(*(follower.follow(EVENTS) for follower in followers))
    try:
        with hub.publishing(1, EVENTS, per_second=PER_SECOND):
            await _have(followers, 50)
            redis_server.flush()
            await _have(followers, 100)
            redis_server.stop()
            await _have(followers, 250)  # by polling
            redis_server.start()
            await asyncio.wait_for(following, SECONDS)
    finally:
        following.cancel()
    for follower in followers:
        check(follower, EVENTS)
        assert follower.connections == 1  # Redis is none of the clients' business


async def _have(followers: list[Follower], count: int) -> None:
    """Wait until each follower has that many events."""
    async with asyncio.timeout(SECONDS):
        while any(len(follower.numbers) < count for follower in followers):
            await asyncio.sleep(0.05)
