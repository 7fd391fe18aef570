"""What each WebSocket path is about: everything, GNS3, or one module."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import websockets

from common.application.modules.registry import register_module, unregister_module
from common.domain.modules import Call, EventReceived, EventSubscription, Module
from common.tests.samples import take_samples
from common.tests.servers import LiveHub
from common.tests.websocket.talk import PATHS, WAIT_SECONDS, Talk, closed_with, dial, in_thread

pytestmark = pytest.mark.django_db(transaction=True)


def _ignore(event: EventReceived, call: Call) -> None:
    pass


@pytest.fixture
def sampler() -> Iterator[str]:
    """A module that sees samples, and is told of urgent ones and of labs."""
    subscriptions = (
        EventSubscription(("sample.*",), _ignore, priority="critical"),
        EventSubscription(("project.*", "node.*"), _ignore),
    )
    register_module(Module("sampler", "1.0", "Takes samples.", subscriptions=subscriptions))
    yield "sampler"
    unregister_module("sampler")


def _of_many_sources() -> None:
    take_samples(1, 1, source="gns3")
    take_samples(2, 2, source="sampler")
    take_samples(3, 3, source="elsewhere")
    take_samples(4, 4, source="elsewhere", urgent=True)
    take_samples(5, 5, source="gns3", urgent=True)


@pytest.mark.parametrize(
    ("path", "options", "numbers"),
    [
        ("/ws/events/", {}, [1, 2, 3, 4, 5]),
        ("/ws/gns3/events/", {}, [1, 5]),
        ("/ws/gns3/events/", {"priority": "high"}, [5]),
        ("/ws/gns3/events/", {"source": "elsewhere"}, []),
        ("/ws/gns3/events/", {"subject": "sample:1"}, [1]),
        ("/ws/gns3/module/sampler/", {}, [2, 4, 5]),
        ("/ws/gns3/module/sampler/", {"source": "sampler"}, [2]),
        ("/ws/gns3/module/sampler/", {"source": "elsewhere"}, [4]),
        ("/ws/gns3/module/hub/", {}, []),
    ],
)
@pytest.mark.parametrize("live", [True, False])
async def test_a_path_limits_what_its_subscriptions_can_ask_for(
    live_hub: LiveHub,
    viewer_token: str,
    sampler: str,
    path: str,
    options: dict[str, str],
    numbers: list[int],
    live: bool,
) -> None:
    if not live:
        await asyncio.to_thread(in_thread, _of_many_sources)
    async with dial(live_hub, viewer_token, path) as socket:
        talk = Talk(socket)
        await talk.hear("welcome")
        await talk.subscribe("sample.*", after=0, **options)
        if live:
            await asyncio.to_thread(in_thread, _of_many_sources)
        assert await talk.numbers(len(numbers)) == numbers
        await talk.silence(0.2)


@pytest.mark.parametrize("name", ["samplr", "Sampler", "a" * 300, "%F0%9F%90%8D", "x%27%20OR%201=1"])
async def test_an_unknown_module_closes_with_4404_and_the_names_that_are_known(
    live_hub: LiveHub, viewer_token: str, sampler: str, name: str
) -> None:
    async with dial(live_hub, viewer_token, f"/ws/gns3/module/{name}/") as socket:
        code, message = await closed_with(socket)
    assert code == 4404
    assert "There is no module" in message
    assert "hub" in message
    assert "sampler" in message


async def test_a_module_that_registers_again_is_followed_by_what_it_asks_for_then(
    live_hub: LiveHub, viewer_token: str, sampler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.api.websocket.connection.RECHECK_SECONDS", 0.1)
    async with dial(live_hub, viewer_token, "/ws/gns3/module/sampler/") as socket:
        talk = Talk(socket)
        await talk.hear("welcome")
        await talk.subscribe("sample.*")
        await asyncio.to_thread(in_thread, take_samples, 1, 1, source="elsewhere")
        await talk.silence()
        unregister_module("sampler")
        wants_all = EventSubscription(("sample.*",), _ignore)
        register_module(Module("sampler", "2.0", "Takes more samples.", subscriptions=(wants_all,)))
        newest, heard = 1, None
        while heard is None:  # until the connection has been looked at again
            newest += 1
            assert newest < 100, "it is not followed"
            await asyncio.to_thread(in_thread, take_samples, newest, newest, source="elsewhere")
            heard = await talk.number_within(0.5)
        await asyncio.to_thread(in_thread, take_samples, newest + 1, newest + 1, source="elsewhere")
        assert await talk.numbers(newest + 1 - heard) == list(range(heard + 1, newest + 2))
        unregister_module("sampler")
        assert (await closed_with(socket))[0] == 4404


async def test_a_defect_while_a_connection_is_looked_at_again_is_logged_and_ends_it(
    live_hub: LiveHub,
    viewer_token: str,
    sampler: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("common.api.websocket.connection.RECHECK_SECONDS", 0.1)
    async with dial(live_hub, viewer_token, "/ws/gns3/module/sampler/") as socket:
        talk = Talk(socket)
        await talk.hear("welcome")
        await talk.subscribe("sample.*")

        def broken(name: str) -> None:
            raise TypeError("no such module, they say")

        monkeypatch.setattr("common.api.websocket.events.event_paths.of_module", broken)
        code, message = await closed_with(socket)
    assert (code, "connect again" in message) == (1011, True)
    assert any("they say" in (record.exc_text or str(record.msg)) for record in caplog.records)


async def test_strangers_are_not_told_which_modules_there_are(live_hub: LiveHub, sampler: str) -> None:
    async with dial(live_hub, None, "/ws/gns3/module/samplr/") as socket:
        code, message = await closed_with(socket)
    assert code == 4401
    assert "sampler" not in message


@pytest.mark.parametrize("path", ["/ws/gns3/", "/ws/gns3/module/", "/ws/gns3/module/a/b/", "/ws/events", "/"])
async def test_a_path_that_is_not_there_closes_with_4404(live_hub: LiveHub, viewer_token: str, path: str) -> None:
    async with dial(live_hub, viewer_token, path) as socket:
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(socket.recv(), WAIT_SECONDS)
        assert socket.close_code == 4404
        for known in ("/ws/events/", "/ws/gns3/events/", "/ws/gns3/module/<name>/"):
            assert known in (socket.close_reason or "")


@pytest.mark.parametrize("path", PATHS)
async def test_every_path_resumes_and_tells_its_positions_alike(
    live_hub: LiveHub, viewer_token: str, path: str
) -> None:
    source = {"/ws/events/": "anyone", "/ws/gns3/events/": "gns3"}.get(path, "hub")
    await asyncio.to_thread(in_thread, take_samples, 1, 5, source=source)
    async with dial(live_hub, viewer_token, path) as socket:
        talk = Talk(socket)
        assert (await talk.hear("welcome"))["position"] == 5
        assert await talk.subscribe("sample.*", after=3) == {
            "type": "subscribed",
            "topics": ["sample.*"],
            "after": 3,
            "position": 5,
        }
        assert await talk.numbers(2) == [4, 5]
        await asyncio.to_thread(in_thread, take_samples, 6, 6, source=source)
        assert await talk.numbers(1) == [6]
        await talk.say(action="unsubscribe", topics=["sample.*"])
        await talk.hear("unsubscribed")
        await asyncio.to_thread(in_thread, take_samples, 7, 8, source=source)
        await talk.subscribe("sample.*", after=7)
        assert await talk.numbers(1) == [8]
