"""Wake-ups across processes through a real Redis, and life without it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import connection
from structlog.testing import capture_logs
from websockets.asyncio.client import connect

from api_clients.tests.servers import RedisServer
from api_clients.tests.waiting import eventually
from common.infrastructure.events import wakeups
from common.infrastructure.events.feed import EventFeed
from common.tests.hub_process import ROOT
from common.tests.servers import LiveHub

pytestmark = pytest.mark.needs("redis-server")


PUBLISH = """
import django
django.setup()
from common.tests.samples import take_samples
take_samples(1, 1)
"""


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def listening(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """An event that only Redis can set."""
    monkeypatch.setattr(wakeups, "QUIET_SECONDS", 0.2)
    monkeypatch.setattr(wakeups, "_announcer", None)  # another test's may have told of a dead Redis already
    woken = threading.Event()
    listener = wakeups.RedisListener(redis_server.url, woken)
    listener.start()
    assert woken.wait(30), "it wakes once it listens, for what was missed before"
    woken.clear()
    yield woken
    listener.stop()
    listener.join(30)
    assert not listener.is_alive()


def test_a_commit_wakes_the_feeds_of_other_processes(
    listening: threading.Event, redis_server: RedisServer, settings: Any
) -> None:
    settings.REDIS_URL = redis_server.url
    wakeups.notify()
    assert listening.wait(30)


def test_one_dead_redis_does_not_silence_another(
    listening: threading.Event, redis_server: RedisServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeups, "QUIET_SECONDS", 60)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with capture_logs() as lines:
        wakeups.notify()
        eventually(lambda: any("take wake-ups" in line["event"] for line in lines), seconds=30)
    settings.REDIS_URL = redis_server.url
    wakeups.notify()
    assert listening.wait(30)


def test_a_dead_redis_delays_commits_hardly_and_is_logged_once(
    listening: threading.Event, redis_server: RedisServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    announcing: set[threading.Thread] = set()
    announce = wakeups._Announcer.announce

    def note(announcer: wakeups._Announcer) -> None:
        announcing.add(threading.current_thread())
        announce(announcer)

    monkeypatch.setattr(wakeups._Announcer, "announce", note)
    settings.REDIS_URL = redis_server.url
    wakeups.notify()
    assert listening.wait(30)
    redis_server.stop()
    with capture_logs() as lines:
        started = time.monotonic()
        for _ in range(50):
            wakeups.notify()
        assert time.monotonic() - started < 5
        eventually(lambda: any("take wake-ups" in line["event"] for line in lines), seconds=30)
        for _ in range(50):
            wakeups.notify()
            time.sleep(0.002)
    assert [line["event"] for line in lines if "take wake-ups" in line["event"]] == [
        "redis does not take wake-ups; events arrive by polling"
    ]
    assert announcing, "somebody asked Redis"
    assert threading.current_thread() not in announcing, "whoever commits does not wait for Redis"
    redis_server.start()
    listening.clear()
    deadline = time.monotonic() + 30
    while not listening.is_set() and time.monotonic() < deadline:
        wakeups.notify()
        time.sleep(0.1)
    assert listening.is_set()


@pytest.mark.django_db(transaction=True)
async def test_an_event_of_another_process_arrives_at_once_without_waiting_for_the_poll(
    live_hub: LiveHub,
    redis_server: RedisServer,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    make_user: Callable[..., User],
    token_for: Callable[[User], str],
) -> None:
    settings.REDIS_URL = redis_server.url
    monkeypatch.setattr("common.api.websocket.events.feed", EventFeed(poll_seconds=60))
    token = await sync_to_async(lambda: token_for(make_user("viewer")))()
    async with connect(live_hub.websocket, additional_headers={"Authorization": f"Bearer {token}"}) as socket:
        assert json.loads(await socket.recv())["type"] == "welcome"
        await socket.send(json.dumps({"action": "subscribe", "topics": ["sample.*"]}))
        assert json.loads(await socket.recv())["type"] == "subscribed"
        await sync_to_async(eventually)(lambda: listeners(redis_server.url), seconds=30)
        await sync_to_async(publish_in_another_process)(redis_server.url)
        message = json.loads(await asyncio.wait_for(socket.recv(), 30))
    assert message["event"]["data"]["number"] == 1


def listeners(url: str) -> int:
    with redis.Redis.from_url(url) as client:
        return int(client.pubsub_numsub(wakeups.CHANNEL)[0][1])


def publish_in_another_process(redis_url: str) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "nms.settings",
        "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
        "REDIS_URL": redis_url,
    }
    subprocess.run([sys.executable, "-c", PUBLISH], cwd=ROOT, env=environment, timeout=120, check=True)
