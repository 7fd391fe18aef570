"""The WebSockets of events over real sockets: uvicorn in a thread, the websockets library as the client."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import websockets
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from rest_framework_simplejwt.tokens import AccessToken
from websockets.asyncio.client import connect

from api_clients.tests.waiting import eventually
from common.application.events.publishing import publish
from common.infrastructure.events.feed import EventFeed
from common.infrastructure.websocket.connection import WebSocket
from common.tests.samples import Discarded, Sampled, take_samples
from common.tests.servers import LiveHub
from common.tests.websocket.talk import PATHS, WAIT_SECONDS, Talk, closed_with, dial, in_thread, publish_elsewhere

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_connection_needs_no_redis(live_hub: LiveHub, viewer_token: str, settings: Any) -> None:
    away = {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": ["redis://127.0.0.1:1"]}}
    settings.CHANNEL_LAYERS = {"default": away}
    async with dial(live_hub, viewer_token) as socket:
        talk = Talk(socket)
        await talk.hear("welcome")
        await talk.subscribe("sample.*")
        await publish_elsewhere(1, 1)
        assert len(await talk.events(1)) == 1


async def test_an_event_arrives_soon_after_its_commit(
    live_hub: LiveHub, viewer_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.api.websocket.events.feed", EventFeed(poll_seconds=3600))
    async with dial(live_hub, viewer_token) as socket:
        talk = Talk(socket)
        assert (await talk.hear("welcome"))["position"] == 0
        await talk.subscribe("sample.*")
        await publish_elsewhere(1, 1)
        (event,) = await talk.events(1)  # woken, not polled
    assert event["position"] == 1
    assert (event["type"], event["version"], event["source"]) == ("sample.taken", 1, "tests")
    assert (event["subject"], event["priority"]) == ("sample:1", "normal")
    assert event["data"] == {"number": 1, "urgent": False}
    assert event["time"].endswith("Z")
    assert set(event) == {
        *("position", "id", "type", "version", "source", "subject", "priority", "time", "actor", "correlation_id"),
        *("causation_id", "data"),
    }


async def test_an_event_of_a_transaction_that_rolls_back_never_arrives(live_hub: LiveHub, viewer_token: str) -> None:
    def fail_after_publishing() -> None:
        with transaction.atomic():
            publish(Sampled(number=1), source="tests")
            transaction.set_rollback(True)

    async with dial(live_hub, viewer_token) as socket:
        talk = Talk(socket)
        await talk.hear("welcome")
        await talk.subscribe("*")
        await asyncio.to_thread(in_thread, fail_after_publishing)
        await publish_elsewhere(2, 2)
        (event,) = await talk.events(1)
    assert (event["data"]["number"], event["position"]) == (2, 1)


async def test_topics_priority_source_and_subject_select(live_hub: LiveHub, viewer_token: str) -> None:
    def mixed() -> None:
        take_samples(1, 2)
        take_samples(3, 3, urgent=True)
        take_samples(4, 4, source="elsewhere")
        with transaction.atomic():
            publish(Discarded(number=5), source="tests")

    cases: list[tuple[list[str], dict[str, Any], list[int]]] = [
        (["sample.taken"], {}, [1, 2, 3, 4]),
        (["*.discarded"], {}, [5]),
        (["*"], {"priority": "high"}, [3]),
        (["sample.*"], {"source": "elsewhere"}, [4]),
        (["sample.*"], {"subject": "sample:2"}, [2]),
        (["sample.*", "sample.taken", "*"], {"priority": "normal"}, [1, 2, 3, 4]),
        (["device.*"], {}, []),
    ]
    sockets = [await dial(live_hub, viewer_token) for _ in cases]
    for socket, (topics, options, _) in zip(sockets, cases, strict=True):
        await Talk(socket).hear("welcome")
        await Talk(socket).subscribe(*topics, **options)
    await asyncio.to_thread(in_thread, mixed)
    for socket, (topics, options, numbers) in zip(sockets, cases, strict=True):
        assert await Talk(socket).numbers(len(numbers)) == numbers, (topics, options)
    await asyncio.gather(*(Talk(socket).silence() for socket in sockets))
    for socket in sockets:
        await socket.close()


async def test_unsubscribing_ends_the_topic_at_once_and_keeps_the_others(live_hub: LiveHub, viewer_token: str) -> None:
    async with dial(live_hub, viewer_token) as socket:
        talk = Talk(socket)
        await talk.hear("welcome")
        await talk.subscribe("sample.taken", "device.*")
        await talk.say(action="unsubscribe", topics=["sample.taken"])
        assert (await talk.hear("unsubscribed"))["remaining"] == ["device.*"]
        await publish_elsewhere(1, 3)
        await talk.silence()
        await talk.say(action="unsubscribe", topics=["sample.taken"])
        assert (await talk.hear("error"))["error"]["code"] == "not_subscribed"


async def test_resuming_gives_what_was_missed_then_goes_on(live_hub: LiveHub, viewer_token: str) -> None:
    await publish_elsewhere(1, 1200)  # several pages of the store
    async with dial(live_hub, viewer_token) as socket:
        talk = Talk(socket)
        assert (await talk.hear("welcome"))["position"] == 1200
        await talk.subscribe("sample.*", after=3)
        await publish_elsewhere(1201, 1202)
        assert await talk.numbers(1199) == list(range(4, 1203))
        await talk.silence()


async def test_resuming_while_events_pour_in_has_no_gap_and_no_duplicate(live_hub: LiveHub, viewer_token: str) -> None:
    def pour() -> None:
        for number in range(1, 301):
            take_samples(number, number)

    pouring = asyncio.create_task(asyncio.to_thread(in_thread, pour))
    received: list[int] = []
    while len(received) < 300:
        async with dial(live_hub, viewer_token) as socket:
            talk = Talk(socket)
            await talk.hear("welcome")
            await talk.subscribe("sample.*", after=len(received))
            received += await talk.numbers(min(40, 300 - len(received)))
            socket.transport.abort()  # the line drops; to close it, with events unread, takes ten seconds
    await pouring
    assert received == list(range(1, 301))


async def test_a_second_subscription_repeats_nothing_of_the_first(live_hub: LiveHub, viewer_token: str) -> None:
    await publish_elsewhere(1, 3)
    async with dial(live_hub, viewer_token) as socket:
        talk = Talk(socket)
        await talk.hear("welcome")
        await talk.subscribe("sample.taken", subject="sample:2", after=0)
        assert await talk.numbers(1) == [2]
        await talk.subscribe("sample.*", after=0)
        assert await talk.numbers(2) == [1, 3]
        await publish_elsewhere(4, 4)
        assert await talk.numbers(1) == [4]
        await talk.silence()


@dataclass(frozen=True, slots=True)
class Stalled:
    """Clients stop reading at position 3, which sets `has_stopped`, until `reading_again` is set."""

    has_stopped: threading.Event = field(default_factory=threading.Event)
    reading_again: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def stalled(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stalled]:
    offer, send_frames = WebSocket.offer, WebSocket.send_frames
    stalled = Stalled()
    reading_again = stalled.reading_again

    def refuse(self: WebSocket, frames: bytes) -> bool:
        return (reading_again.is_set() or b'"position":3,' not in frames) and offer(self, frames)

    async def wait(self: WebSocket, frames: bytes) -> None:
        if b'"position":3,' in frames:
            stalled.has_stopped.set()
            await asyncio.to_thread(reading_again.wait, 120)
        await send_frames(self, frames)

    monkeypatch.setattr(WebSocket, "offer", refuse)
    monkeypatch.setattr(WebSocket, "send_frames", wait)
    yield stalled
    reading_again.set()


async def test_a_client_far_behind_is_left_a_gap_and_can_fetch_it(
    live_hub: LiveHub, viewer_token: str, stalled: Stalled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.api.websocket.events.GAP_LIMIT", 100)
    monkeypatch.setattr("common.api.websocket.events.BATCH", 10)
    feed = EventFeed()
    monkeypatch.setattr("common.api.websocket.events.feed", feed)
    async with dial(live_hub, viewer_token) as socket:
        talk = Talk(socket)
        await talk.hear("welcome")
        await talk.subscribe("sample.*")
        await publish_elsewhere(1, 10)
        await asyncio.to_thread(eventually, stalled.has_stopped.is_set)
        await publish_elsewhere(11, 300)
        await asyncio.to_thread(eventually, lambda: feed._thread is not None and feed._thread.history.position == 300)
        stalled.reading_again.set()
        assert await talk.numbers(10) == list(range(1, 11))
        gap = await talk.hear("gap")
        assert (gap["after"], gap["before"]) == (10, 301)
        await publish_elsewhere(301, 301)
        assert await talk.numbers(1) == [301]
        await talk.subscribe("sample.*", after=gap["after"])
        assert await talk.numbers(290) == list(range(11, 301))
        await talk.silence()


async def test_a_client_that_falls_out_of_the_history_is_served_from_the_store(
    live_hub: LiveHub, viewer_token: str, stalled: Stalled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.api.websocket.events.feed", EventFeed(history_limit=20))
    async with dial(live_hub, viewer_token) as slow, dial(live_hub, viewer_token) as quick:
        for socket in (slow, quick):
            await Talk(socket).hear("welcome")
        await Talk(quick).subscribe("sample.*", priority="high")
        await Talk(slow).subscribe("sample.*")
        await publish_elsewhere(1, 2000)
        await publish_elsewhere(2001, 2001, urgent=True)
        assert await Talk(quick).numbers(1) == [2001]  # another's slowness is not its own
        stalled.reading_again.set()
        assert await Talk(slow).numbers(2001) == list(range(1, 2002))
        await publish_elsewhere(2002, 2002)
        assert await Talk(slow).numbers(1) == [2002]
        await Talk(slow).silence()


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        ("{", "malformed", "JSON"),
        ("[" * 5000, "malformed", "JSON"),
        ("[]", "malformed", "object"),
        (b"\x00\x01", "malformed", "text frames"),
        ('{"action": "dance"}', "unknown_action", "subscribe, unsubscribe, ping"),
        ('{"topics": ["*"]}', "unknown_action", "subscribe"),
        ('{"action": ["subscribe"]}', "unknown_action", "subscribe"),
        ('{"action": "subscribe"}', "invalid", "topics"),
        ('{"action": "subscribe", "topics": []}', "invalid", "topics"),
        ('{"action": "subscribe", "topics": "device.*"}', "invalid", "topics"),
        ('{"action": "subscribe", "topics": ["Device.*"]}', "invalid", "device.discovered"),
        ('{"action": "subscribe", "topics": ["device.**"]}', "invalid", "not a topic"),
        ('{"action": "subscribe", "topics": ["*"], "priority": "urgent"}', "invalid", "priority"),
        ('{"action": "subscribe", "topics": ["*"], "after": -1}', "invalid", "after"),
        ('{"action": "subscribe", "topics": ["*"], "after": "5"}', "invalid", "after"),
        ('{"action": "subscribe", "topics": ["*"], "after": 7}', "unknown_position", "newest is 0"),
        ('{"action": "subscribe", "topics": ["*"], "aftr": 7}', "invalid", "aftr"),
        ('{"action": "ping", "x": "' + "y" * 20000 + '"}', "too_large", "16384"),
    ],
)
@pytest.mark.parametrize("path", PATHS)
async def test_what_cannot_be_understood_gets_a_clear_error_and_the_connection_lives(
    live_hub: LiveHub, viewer_token: str, path: str, text: str | bytes, code: str, word: str
) -> None:
    async with dial(live_hub, viewer_token, path) as socket:
        talk = Talk(socket)
        await talk.hear("welcome")
        await socket.send(text)
        error = (await talk.hear("error"))["error"]
        assert error["code"] == code
        assert word in error["message"]
        await talk.say(action="ping")
        await talk.hear("pong")


@pytest.mark.parametrize("path", PATHS)
async def test_without_a_login_the_connection_closes_with_4401(live_hub: LiveHub, path: str) -> None:
    async with dial(live_hub, None, path) as socket:
        assert (await closed_with(socket))[0] == 4401
    async with dial(live_hub, "not.a.token", path) as socket:
        assert (await closed_with(socket))[0] == 4401


@pytest.mark.parametrize("path", PATHS)
async def test_a_token_in_the_url_is_refused_with_the_better_way(
    live_hub: LiveHub, viewer_token: str, path: str
) -> None:
    async with dial(live_hub, None, f"{path}?token={viewer_token}") as socket:
        code, message = await closed_with(socket)
    assert code == 4401
    assert "Authorization header" in message


@pytest.mark.parametrize("path", PATHS)
async def test_without_a_role_the_connection_closes_with_4403(
    live_hub: LiveHub, make_user: Callable[..., User], token_for: Callable[[User], str], path: str
) -> None:
    token = await sync_to_async(lambda: token_for(make_user(None)))()
    async with dial(live_hub, token, path) as socket:
        assert (await closed_with(socket))[0] == 4403


@pytest.mark.parametrize("path", PATHS)
async def test_a_browser_signs_in_by_subprotocol(live_hub: LiveHub, viewer_token: str, path: str) -> None:
    async with dial(live_hub, None, path, subprotocols=["nms.events", f"bearer.{viewer_token}"]) as socket:
        await Talk(socket).hear("welcome")
        assert socket.subprotocol == "nms.events"


@pytest.mark.parametrize("path", PATHS)
async def test_a_session_cookie_signs_in_until_the_user_logs_out(
    live_hub: LiveHub, make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("common.api.websocket.connection.RECHECK_SECONDS", 0.1)
    user = await sync_to_async(make_user)("viewer")
    browser = Client()
    await sync_to_async(browser.force_login)(user)
    cookie = {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"}
    async with dial(live_hub, None, path, headers=cookie, origin=live_hub.http) as socket:
        await Talk(socket).hear("welcome")
        await Talk(socket).silence(0.4)
        await sync_to_async(browser.logout)()
        assert (await closed_with(socket))[0] == 4401


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://["])
@pytest.mark.parametrize("path", PATHS)
async def test_a_page_of_another_origin_is_refused(
    live_hub: LiveHub, viewer_token: str, path: str, origin: str
) -> None:
    async with dial(live_hub, viewer_token, path, origin=origin) as socket:
        assert (await closed_with(socket))[0] == 4403


async def test_clients_that_hang_up_at_any_moment_leave_nothing_behind(
    live_hub: LiveHub, viewer_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = EventFeed()
    monkeypatch.setattr("common.api.websocket.events.feed", feed)

    async def hang_up(after_seconds: float) -> None:
        async with dial(live_hub, viewer_token) as socket:
            await Talk(socket).say(action="subscribe", topics=["*"])
            await asyncio.sleep(after_seconds)

    await asyncio.gather(*(hang_up(number / 500) for number in range(30)))
    deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
    while not feed.idle and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.02)
    assert feed.idle


async def test_an_unknown_path_closes_with_4404(live_hub: LiveHub) -> None:
    async with connect(f"ws://127.0.0.1:{live_hub.port}/ws/nothing/") as socket:
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(socket.recv(), WAIT_SECONDS)
        assert socket.close_code == 4404


@pytest.mark.parametrize("path", PATHS)
async def test_the_token_ends_the_connection_when_it_expires(
    live_hub: LiveHub, make_user: Callable[..., User], path: str
) -> None:
    user = await sync_to_async(make_user)("viewer")

    def short_token(seconds: float) -> str:
        token = AccessToken.for_user(user)
        token.set_exp(lifetime=timedelta(seconds=seconds))
        return str(token)

    for seconds in (2, 10, 25):  # on a slow machine the first may have expired before its connection stands
        async with dial(live_hub, await sync_to_async(short_token)(seconds), path) as socket:
            if await Talk(socket).first_kind() == "welcome":
                assert (await closed_with(socket))[0] == 4401
                return
    pytest.fail("no token held until its connection stood")
