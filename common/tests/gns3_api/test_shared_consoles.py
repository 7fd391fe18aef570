"""One console, many viewers: bounded towards the slow, nothing missed or doubled for the quick."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from api_clients.domain.errors import Unreachable
from api_clients.tests.servers import free_port
from common.api.websocket import console as console_socket
from common.application.consoles.finding import Farewell, FoundConsole
from common.domain.consoles import FrameTooLong, Ping, Resize, WordUnknown, read_frame
from common.infrastructure.consoles import shared
from common.infrastructure.consoles.outgoing import FRAME_BYTES, Outgoing, Portion
from common.tests.gns3_api.fake_console import FakeConsole, fake_console
from common.tests.gns3_api.terminal import WAIT_SECONDS, Terminal
from common.tests.servers import LiveHub
from common.tests.websocket.talk import dial

PATH = "/ws/gns3/console/5f4b3c8e-8d0f-4a55-a9e5-3ab5f4f9a001/5f4b3c8e-8d0f-4a55-a9e5-3ab5f4f9b001/"


@pytest.fixture
def console() -> Iterator[FakeConsole]:
    with fake_console() as running:
        yield running


@pytest.fixture
def known(console: FakeConsole, monkeypatch: pytest.MonkeyPatch) -> FakeConsole:
    """The hub takes it for the console of a node that runs."""
    found = FoundConsole("main", "p", "n", "A", "vpcs", "telnet", "127.0.0.1", console.port)
    monkeypatch.setattr(console_socket, "find_console", lambda project, node: found)
    monkeypatch.setattr(console_socket, "why_ended", lambda found, fresh: None)
    hung_up = Farewell("console_closed", "The console of A hung up: connect again.")
    monkeypatch.setattr(console_socket, "why_hung_up", lambda found: hung_up)
    return console


@pytest.fixture
def operator_token(make_user: Callable[[Any], User], token_for: Callable[[User], str]) -> str:
    return token_for(make_user("operator"))


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    shared._shared.clear()
    yield
    shared._shared.clear()


class Listener:
    def __init__(self) -> None:
        self.seen = b""
        self.over = asyncio.Event()

    def show(self, data: bytes) -> None:
        self.seen += data

    def hung_up(self) -> None:
        self.over.set()


async def until(wanted: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not wanted():
            await asyncio.sleep(0.01)


# --- The buffer of one viewer ---


async def test_a_buffer_hands_out_what_came_in_order_and_in_frames() -> None:
    buffer = Outgoing()
    buffer.put(b"a" * FRAME_BYTES)
    buffer.put(b"b" * 10)
    assert await buffer.take() == Portion(b"a" * FRAME_BYTES)
    assert await buffer.take() == Portion(b"b" * 10)
    assert buffer.is_empty


async def test_a_full_buffer_drops_the_oldest_and_tells_how_much() -> None:
    buffer = Outgoing(limit_bytes=100)
    for number in range(30):
        buffer.put(f"line {number:04}\n".encode())
    portion = await buffer.take()
    assert len(portion.data) == 100
    assert portion.dropped == 200
    assert portion.data.endswith(b"line 0029\n")
    buffer.put(b"next")
    assert await buffer.take() == Portion(b"next")


async def test_one_piece_larger_than_the_buffer_leaves_its_end() -> None:
    buffer = Outgoing(limit_bytes=10)
    buffer.put(b"0123456789abcdef")
    assert await buffer.take() == Portion(b"6789abcdef", dropped=6)


async def test_taking_waits_until_something_comes() -> None:
    buffer = Outgoing()
    waiting = asyncio.create_task(buffer.take())
    await asyncio.sleep(0.02)
    assert not waiting.done()
    buffer.put(b"x")
    assert (await waiting).data == b"x"


# --- What a frame says ---


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (b"show ip\r", b"show ip\r"),
        ("show ip\r", b"show ip\r"),
        ('{"action": "input", "data": "é"}', "é".encode()),
        ('{"action": "ping"}', Ping(action="ping")),
        ('{"action": "resize", "columns": 80, "rows": 24}', Resize(action="resize", columns=80, rows=24)),
        (b'{"action": "ping"}', b'{"action": "ping"}'),
        (b'{"action": "reboot"}', b'{"action": "reboot"}'),
        ('{"interface": "e0"}', b'{"interface": "e0"}'),
        ('["action"]', b'["action"]'),
        ('{"action"', b'{"action"'),
        ("", b""),
        ("\x00\x1b[A", b"\x00\x1b[A"),
    ],
)
def test_binary_is_typed_and_text_is_typed_unless_it_is_a_word(frame: str | bytes, said: object) -> None:
    assert read_frame(frame) == said


@pytest.mark.parametrize(
    "frame",
    [
        '{"action": "nonsense"}',
        '{ "action": null}',
        '{"action": "input"}',
        '{"action": "input", "data": 7}',
        '{"action": "input", "data": "x", "more": 1}',
        '{"action": "resize", "columns": 0, "rows": 24}',
        '{"action": "resize", "columns": "80", "rows": 24}',
    ],
)
def test_an_action_that_is_none_is_refused_and_not_typed(frame: str) -> None:
    with pytest.raises(WordUnknown, match="Nothing was typed"):
        read_frame(frame)


def test_a_frame_is_no_file() -> None:
    with pytest.raises(FrameTooLong):
        read_frame(b"x" * 16_385)


# --- One connection for all viewers ---


async def test_viewers_share_one_connection_and_the_last_one_hangs_up(console: FakeConsole) -> None:
    one, other = Listener(), Listener()
    first = await shared.join("127.0.0.1", console.port, one)
    assert await shared.join("127.0.0.1", console.port, other) is first
    await until(lambda: len(console.connections) == 1)
    console.write(b"hello")
    await until(lambda: one.seen == other.seen == b"hello")
    await first.leave(one)
    console.write(b"!")
    await until(lambda: other.seen == b"hello!")
    assert one.seen == b"hello"
    await first.leave(other)
    assert shared._shared == {}
    again = await shared.join("127.0.0.1", console.port, one)
    await until(lambda: len(console.connections) == 2)
    await again.leave(one)


async def test_who_joins_while_it_is_being_connected_misses_and_doubles_nothing(console: FakeConsole) -> None:
    listeners = [Listener() for _ in range(20)]
    joined = await asyncio.gather(*(shared.join("127.0.0.1", console.port, each) for each in listeners))
    await until(lambda: console.connections)
    assert len(console.connections) == 1
    for number in range(50):
        console.write(f"{number} ".encode())
        if number % 10 == 0:
            listeners.append(Listener())
            joined.append(await shared.join("127.0.0.1", console.port, listeners[-1]))
    whole = b"".join(f"{number} ".encode() for number in range(50))
    await until(lambda: all(each.seen == whole for each in listeners))
    for each, place in zip(listeners, joined, strict=True):
        await place.leave(each)
    assert shared._shared == {}


async def test_the_past_of_a_console_is_bounded(console: FakeConsole) -> None:
    one = Listener()
    place = await shared.join("127.0.0.1", console.port, one)
    await until(lambda: console.connections)
    await asyncio.to_thread(_flood, console, b"x" * 10_000, 40)
    await until(lambda: len(one.seen) == 400_000)
    late = Listener()
    await place.enter(late)
    assert 0 < len(late.seen) <= shared.RECENT_BYTES
    await place.leave(one)
    await place.leave(late)


async def test_a_console_that_hangs_up_tells_all_and_the_next_one_connects_anew(console: FakeConsole) -> None:
    one, other = Listener(), Listener()
    place = await shared.join("127.0.0.1", console.port, one)
    await place.enter(other)
    await until(lambda: console.connections)
    console.hang_up()
    async with asyncio.timeout(WAIT_SECONDS):
        await one.over.wait()
        await other.over.wait()
    late = Listener()
    again = await shared.join("127.0.0.1", console.port, late)
    assert again is not place
    assert not late.over.is_set()
    for each, where in ((one, place), (other, place), (late, again)):
        await where.leave(each)
    assert shared._shared == {}


async def test_a_console_that_refuses_leaves_nothing_behind() -> None:
    with pytest.raises(Unreachable, match="refused"):
        await shared.join("127.0.0.1", free_port(), Listener())
    assert shared._shared == {}


async def test_no_more_viewers_than_the_limit(console: FakeConsole, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "MAX_VIEWERS", 2)
    one, other = Listener(), Listener()
    place = await shared.join("127.0.0.1", console.port, one)
    await place.enter(other)
    with pytest.raises(shared.TooManyViewers):
        await place.enter(Listener())
    await place.leave(one)
    await place.enter(Listener())
    for viewer in tuple(place._viewers):
        await place.leave(viewer)


# --- Over the WebSocket ---


@pytest.mark.django_db(transaction=True)
async def test_who_does_not_read_loses_the_oldest_and_nobody_else_does(
    live_hub: LiveHub, operator_token: str, known: FakeConsole
) -> None:
    async with (
        dial(live_hub, operator_token, PATH, max_queue=1) as deaf,
        dial(live_hub, operator_token, PATH) as quick,
    ):
        reader = Terminal(quick)
        await reader.hear("opened")
        await until(lambda: known.connections)
        total = 12 * 1024 * 1024  # more than all the sockets' own buffers between here and there
        block = b"0123456789abcdef" * 4096
        writing = asyncio.create_task(asyncio.to_thread(_flood, known, block, total // len(block)))
        seen = 0
        while seen < total and not any(word["type"] == "gap" for word in reader.words):
            async with asyncio.timeout(WAIT_SECONDS):
                await reader.take()
            seen += len(reader.screen)
            reader.screen = b""
        await writing
        quick_lost = sum(word["bytes"] for word in reader.words if word["type"] == "gap")
        late = Terminal(deaf)
        received = lost = 0
        while received + lost < total:
            async with asyncio.timeout(WAIT_SECONDS):
                await late.take()
            received += len(late.screen)
            late.screen = b""
            lost = sum(word["bytes"] for word in late.words if word["type"] == "gap")
        assert lost > 0, "the hub kept it all"
        assert received + lost == total
        assert quick_lost <= lost


def _flood(console: FakeConsole, block: bytes, times: int) -> None:
    for _ in range(times):
        console.write(block)


@pytest.mark.django_db(transaction=True)
async def test_a_console_that_hangs_up_ends_the_session_after_its_last_words(
    live_hub: LiveHub, operator_token: str, known: FakeConsole
) -> None:
    async with dial(live_hub, operator_token, PATH) as socket:
        terminal = Terminal(socket)
        await terminal.hear("opened")
        await until(lambda: known.connections)
        known.write(b"\xff\xfb\x01\xff\xfb\x03login: \xff\xff!")
        await terminal.see("login: ")
        known.write(b"good bye")
        known.hang_up()
        assert (await terminal.hear("closed"))["reason"] == "console_closed"
        assert b"good bye" in terminal.screen
        assert await terminal.end() == 4410


@pytest.mark.django_db(transaction=True)
async def test_telnet_options_are_answered_by_the_hub(
    live_hub: LiveHub, operator_token: str, known: FakeConsole
) -> None:
    async with dial(live_hub, operator_token, PATH) as socket:
        terminal = Terminal(socket)
        await terminal.hear("opened")
        await until(lambda: known.connections)
        known.write(b"\xff\xfb\x01\xff\xfd\x18$ ")
        await terminal.see("$ ")
        await until(lambda: b"\xff\xfd\x01" in known.typed and b"\xff\xfb\x18" in known.typed)
        await terminal.type("ls\r")
        await until(lambda: known.typed.endswith(b"ls\r\x00"))
