"""Frames, compression, and servers that are not uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import requests
import websockets
from asgiref.sync import sync_to_async
from channels.routing import get_default_application
from django.contrib.auth.models import User
from django.db import OperationalError
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from common.api.websocket.events import MAX_PENDING, EventConnection
from common.infrastructure.websocket import connection as websocket
from common.infrastructure.websocket.connection import text_frame, texts_of
from common.infrastructure.websocket.metrics import RecentDelays, recent_delays
from common.tests.servers import LiveHub
from common.tests.websocket.talk import WAIT_SECONDS, Talk, closed_with, dial, publish_elsewhere


@given(st.lists(st.one_of(st.text(), st.sampled_from([125, 126, 127, 65535, 65536]).map(lambda size: "x" * size))))
def test_frames_are_what_the_websockets_library_writes_and_can_be_taken_apart(texts: list[str]) -> None:
    for text in texts:
        assert text_frame(text.encode()) == Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
    assert list(texts_of(b"".join(text_frame(text.encode()) for text in texts))) == texts


@pytest.mark.django_db(transaction=True)
async def test_a_client_that_offers_compression_is_served_without(live_hub: LiveHub, viewer_token: str) -> None:
    async with dial(live_hub, viewer_token, compression="deflate") as socket:
        assert socket.response is not None
        assert "Sec-WebSocket-Extensions" not in socket.response.headers
        talk = Talk(socket)
        await talk.hear("welcome")
        await talk.subscribe("sample.*")
        await publish_elsewhere(1, 2)
        assert await talk.numbers(2) == [1, 2]


@pytest.mark.django_db(transaction=True)
async def test_a_message_far_too_large_ends_the_connection_before_it_is_held(
    live_hub: LiveHub, viewer_token: str
) -> None:
    async with dial(live_hub, viewer_token) as socket:
        await Talk(socket).hear("welcome")
        with contextlib.suppress(websockets.ConnectionClosed):
            await socket.send("x" * 100_000)
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(socket.recv(), WAIT_SECONDS)
        assert socket.close_code == 1009


@pytest.mark.django_db(transaction=True)
async def test_who_asks_for_more_without_waiting_for_answers_is_closed_with_4429(
    live_hub: LiveHub, viewer_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(self: EventConnection, message: object) -> None:
        await asyncio.sleep(600)

    monkeypatch.setattr(EventConnection, "_subscribe", never)
    async with dial(live_hub, viewer_token) as socket:
        await Talk(socket).hear("welcome")
        for _ in range(MAX_PENDING + 2):
            await Talk(socket).say(action="subscribe", topics=["*"])
        code, message = await closed_with(socket)
    assert code == 4429
    assert "Wait for the answers" in message


@pytest.mark.django_db(transaction=True)
async def test_a_database_that_does_not_answer_closes_with_1011_and_without_a_traceback(
    live_hub: LiveHub, viewer_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(credentials: object) -> None:
        raise OperationalError("as told")

    monkeypatch.setattr("common.api.websocket.connection.identify", fail)
    async with dial(live_hub, viewer_token) as socket:
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(socket.recv(), WAIT_SECONDS)
        assert socket.close_code == 1011
        assert "connect again" in (socket.close_reason or "")


@pytest.mark.django_db(transaction=True)
async def test_a_server_whose_connections_we_do_not_know_sends_the_same(
    live_hub: LiveHub, viewer_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket._Wire, "behind", classmethod(lambda cls, send: None))
    await publish_elsewhere(1, 250)
    async with dial(live_hub, viewer_token) as first, dial(live_hub, viewer_token) as second:
        for socket in (first, second):
            await Talk(socket).hear("welcome")
        await Talk(first).subscribe("sample.*", after=100)
        await Talk(second).subscribe("sample.*")
        assert await Talk(first).numbers(150) == list(range(101, 251))
        for number in range(251, 261):
            await publish_elsewhere(number, number)
        assert await Talk(first).numbers(10) == list(range(251, 261))
        assert await Talk(second).numbers(10) == list(range(251, 261))
        await Talk(first).say(action="unsubscribe", topics=["sample.*"])
        await Talk(first).hear("unsubscribed")
        await publish_elsewhere(261, 261)
        assert await Talk(second).numbers(1) == [261]
        await Talk(first).silence()


@pytest.mark.django_db(transaction=True)
async def test_a_client_that_does_not_read_holds_up_no_check_of_other_logins(
    live_hub: LiveHub,
    make_user: Callable[..., User],
    token_for: Callable[[User], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("common.api.websocket.connection.RECHECK_SECONDS", 0.2)
    deaf, other = await sync_to_async(lambda: (make_user("viewer", "deaf"), make_user("viewer", "other")))()
    deaf_token, other_token = await sync_to_async(lambda: (token_for(deaf), token_for(other)))()
    reading = threading.Event()
    send = websocket.WebSocket.send

    async def send_unless_deaf(self: websocket.WebSocket, text: str) -> None:
        if deaf_token.encode() in dict(self.scope["headers"]).get(b"authorization", b"") and "error" in text:
            await asyncio.to_thread(reading.wait, 120)
        await send(self, text)

    monkeypatch.setattr(websocket.WebSocket, "send", send_unless_deaf)
    try:
        async with dial(live_hub, deaf_token) as silent, dial(live_hub, other_token) as socket:
            for each in (silent, socket):
                await Talk(each).hear("welcome")
            await sync_to_async(User.objects.update)(is_active=False)
            assert (await closed_with(socket))[0] == 4401
            reading.set()
            assert (await closed_with(silent))[0] == 4401
    finally:
        reading.set()


def test_quantiles_of_delays_are_those_of_the_last_events(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr("common.infrastructure.websocket.metrics.time", SimpleNamespace(time=lambda: now))
    delays = RecentDelays()
    assert delays.quantiles() == {}
    delays.observe([now - milliseconds / 1000 for milliseconds in range(1, 101)])
    quantiles = delays.quantiles()
    assert [round(quantiles[share] * 1000) for share in (0.5, 0.95, 0.99)] == [50, 95, 99]
    delays.observe([now + 5])  # a publisher whose clock is ahead
    assert min(delays._delays) == 0.0


async def test_the_servers_process_settles_its_memory_before_it_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr("common.infrastructure.lifespan._settle_memory", lambda: done.append("settled"))
    heard = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> dict[str, str]:
        return {"type": next(heard)}

    async def send(message: dict[str, str]) -> None:
        done.append(message["type"])

    await get_default_application()({"type": "lifespan"}, receive, send)
    assert done == ["settled", "lifespan.startup.complete", "lifespan.shutdown.complete"]


@pytest.mark.django_db(transaction=True)
async def test_connections_events_and_delays_stand_on_the_metrics_page(live_hub: LiveHub, viewer_token: str) -> None:
    recent_delays._delays.clear()  # of events that other tests published, however old

    async def metrics() -> dict[str, float]:
        headers = {"Authorization": f"Bearer {viewer_token}"}
        answer = await asyncio.to_thread(requests.get, f"{live_hub.http}/metrics", headers=headers, timeout=60)
        lines = (line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in lines}

    before = await metrics()
    async with dial(live_hub, viewer_token) as first, dial(live_hub, viewer_token, "/ws/gns3/events/") as second:
        for socket in (first, second):
            await Talk(socket).hear("welcome")
            await Talk(socket).subscribe("sample.*")
        await publish_elsewhere(1, 7, source="gns3")
        assert await Talk(first).numbers(7) == await Talk(second).numbers(7)
        after = await metrics()
    for path in ("events", "gns3"):
        name = f'nms_websocket_connections{{path="{path}"}}'
        assert after[name] - before.get(name, 0) == 1
    assert after["nms_websocket_events_sent_total"] - before["nms_websocket_events_sent_total"] == 14
    assert after["nms_events_distributed_total"] - before["nms_events_distributed_total"] == 7
    name = "nms_event_distribution_delay_seconds"
    assert after[f"{name}_count"] - before[f"{name}_count"] == 7
    assert 0 < after[f'{name}_bucket{{le="+Inf"}}'] - before[f'{name}_bucket{{le="+Inf"}}'] <= 7
    recent = "nms_event_distribution_delay_recent_seconds"
    assert 0 < after[f'{recent}{{quantile="0.5"}}'] <= after[f'{recent}{{quantile="0.99"}}'] < 60
    deadline = time.monotonic() + WAIT_SECONDS
    name = 'nms_websocket_connections{path="gns3"}'
    while (await metrics())[name] > before.get(name, 0) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    assert (await metrics())[name] == before.get(name, 0)
