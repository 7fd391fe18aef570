"""Events on Redis channels, with a real Redis that comes and goes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import redis
from django.utils import timezone
from structlog.testing import capture_logs

from api_clients.tests.servers import RedisServer
from common.application.events import distribution
from common.domain.envelope import Envelope
from common.infrastructure.events import redis_channels
from common.models import EventCursor
from common.tests.samples import take_samples

ENVELOPE = Envelope(
    position=1,
    id=UUID(int=1),
    type="device.discovered",
    version=1,
    source="network_management",
    subject="device:7",
    priority="normal",
    time=datetime(2026, 1, 31, tzinfo=UTC),
    actor="",
    correlation_id="",
    causation_id="",
    data={},
)


@pytest.mark.parametrize(
    ("changes", "channels"),
    [
        ({}, ["modules:events:network_management:device.discovered"]),
        ({"source": "gns3", "type": "node.started"}, ["gns3:events:node.started"]),
        ({"source": "hub", "type": "module.lost", "priority": "high"}, ["system:events:module.lost", "alerts:high"]),
        ({"priority": "critical"}, ["modules:events:network_management:device.discovered", "alerts:critical"]),
        (
            {"source": "monitoring", "type": "alert.closed", "priority": "low"},
            ["modules:events:monitoring:alert.closed", "alerts:low"],
        ),
    ],
)
def test_where_an_event_goes(changes: dict[str, Any], channels: list[str]) -> None:
    assert list(redis_channels.channels_of(replace(ENVELOPE, **changes))) == channels


@pytest.fixture
def server(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    settings.REDIS_URL = server.url
    monkeypatch.setattr(redis_channels, "SOCKET_TIMEOUT_SECONDS", 30.0)  # a busy machine is no outage
    monkeypatch.setattr(redis_channels, "_client", None)
    monkeypatch.setattr(distribution, "TURN_SECONDS", 60.0)
    monkeypatch.setattr(distribution, "_consumers", {})
    distribution.register_consumer(
        "redis",
        redis_channels.publish_to_channels,
        transactional=False,
        forget_after_seconds=redis_channels.FORGET_AFTER_SECONDS,
    )
    yield server
    server.stop()


@pytest.mark.needs("redis-server")
@pytest.mark.django_db(transaction=True)
def test_events_go_on_where_they_were_when_redis_comes_back(server: RedisServer) -> None:
    distribution.make_cursors()
    with listening(server) as heard:
        take_samples(1, 2)
        distribution.distribute()
        assert [heard.next() for _ in range(2)] == [1, 2]
    server.stop()
    take_samples(3, 4)
    with capture_logs() as logs:
        for _ in range(2):
            distribution.distribute()
            EventCursor.objects.update(retry_at=timezone.now())
    assert [entry["log_level"] for entry in logs if entry.get("consumer") == "redis"] == ["warning"]
    server.start()
    with listening(server) as heard:
        take_samples(5, 5)
        distribution.distribute()
        assert [heard.next() for _ in range(3)] == [3, 4, 5]


class listening:
    """Hears the numbers of samples on modules:events:*."""

    def __init__(self, server: RedisServer) -> None:
        self._client = redis.Redis.from_url(server.url)
        self._channel = self._client.pubsub()

    def __enter__(self) -> listening:
        self._channel.psubscribe("modules:events:*")
        confirmed = self._channel.get_message(timeout=30)
        assert confirmed is not None
        assert confirmed["type"] == "psubscribe"
        return self

    def next(self) -> int:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            message = self._channel.get_message(timeout=0.5)
            if message is not None:
                assert message["channel"] == b"modules:events:tests:sample.taken"
                number: int = json.loads(message["data"])["data"]["number"]
                return number
        raise TimeoutError("nothing was published")

    def __exit__(self, *_: object) -> None:
        self._channel.close()
        self._client.close()
