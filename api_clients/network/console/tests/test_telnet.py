from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_clients.domain.errors import InvalidRequest, Unreachable
from api_clients.network.console.simulator.server import OPENING
from api_clients.network.console.stream import TelnetStream
from api_clients.network.console.telnet import MAX_SUBNEGOTIATION, Screen, TelnetCodec
from api_clients.tests.servers import free_port

IAC = b"\xff"


def test_the_options_of_gns3_are_answered_once_and_never_again() -> None:
    codec = TelnetCodec()
    assert codec.receive(OPENING) == b""
    # do echo, do suppress go-ahead, do binary, will binary, won't echo
    assert codec.replies() == b"\xff\xfd\x01\xff\xfd\x03\xff\xfd\x00\xff\xfb\x00\xff\xfc\x01"
    codec.receive(OPENING)
    assert codec.replies() == b""


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (b"\xff\xfd\x18", b"\xff\xfb\x18"),
        (b"\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0", b"\xff\xfb\x18\xff\xfa\x18\x00dumb\xff\xf0"),
        (b"\xff\xfd\x1f", b"\xff\xfb\x1f\xff\xfa\x1f\x00\xfa\x03\xe8\xff\xf0"),
        (b"\xff\xfd\x27", b"\xff\xfc\x27"),  # our environment is nobody's business
        (b"\xff\xfb\x22", b"\xff\xfe\x22"),
        (b"\xff\xfb\x01\xff\xfc\x01", b"\xff\xfd\x01\xff\xfe\x01"),
        (b"\xff\xf1", b""),
    ],
)
def test_each_option_is_answered(asked: bytes, answer: bytes) -> None:
    codec = TelnetCodec()
    assert codec.receive(asked) == b""
    assert codec.replies() == answer


def test_data_comes_without_commands_however_it_is_cut() -> None:
    wire = b"one" + OPENING + b"\xff\xfftwo\xff\xfa\x18\x01\xff\xf0\xff\xf9three\xff\xfd\x18"
    for size in range(1, len(wire)):
        codec = TelnetCodec()
        pieces = [codec.receive(wire[place : place + size]) for place in range(0, len(wire), size)]
        assert b"".join(pieces) == b"one\xfftwothree"


@pytest.mark.parametrize("cut", range(6))
def test_the_padding_of_a_carriage_return_goes_however_it_is_cut(cut: int) -> None:
    codec, wire = TelnetCodec(), b"ab\r\x00cd"
    codec.receive(b"\xff\xf1")
    assert codec.receive(wire[:cut]) + codec.receive(wire[cut:]) == b"ab\rcd"


def test_a_subnegotiation_that_never_ends_is_dropped() -> None:
    codec = TelnetCodec()
    assert codec.receive(b"\xff\xfa\x18" + b"x" * (MAX_SUBNEGOTIATION + 1)) == b""
    assert codec.receive(b"data") == b"data"


@given(st.lists(st.binary(max_size=20), max_size=10))
def test_any_bytes_are_taken(chunks: list[bytes]) -> None:
    codec = TelnetCodec()
    for chunk in chunks:
        codec.receive(chunk)
        codec.replies()


@given(st.binary(max_size=60))
def test_binary_data_survives_the_way_there_and_back(data: bytes) -> None:
    near, far = TelnetCodec(), TelnetCodec()
    for one, other in ((near, far), (far, near), (near, far)):
        one.receive(b"\xff\xfb\x00\xff\xfd\x00")
        other.receive(one.replies())
    near.replies(), far.replies()
    assert far.receive(near.encode(data)) == data


def test_enter_is_padded_unless_binary_was_agreed_and_untouched_without_telnet() -> None:
    plain, telnet, binary = TelnetCodec(), TelnetCodec(), TelnetCodec()
    telnet.receive(b"\xff\xfb\x01")
    binary.receive(OPENING)
    assert [codec.encode(b"show\r\xff") for codec in (plain, telnet, binary)] == [
        b"show\r\xff",
        b"show\r\x00\xff\xff",
        b"show\r\xff\xff",
    ]


@pytest.mark.parametrize("screen", [("x" * 41, 80, 24), ("a\r", 80, 24), ("vt100", 0, 24), ("vt100", 80, 70_000)])
def test_a_screen_that_is_none_is_refused(screen: tuple[str, int, int]) -> None:
    with pytest.raises(ValueError):
        Screen(*screen)


# --- the stream ---


@asynccontextmanager
async def server(visit: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[int]:
    served = await asyncio.start_server(visit, "127.0.0.1", 0)
    try:
        yield served.sockets[0].getsockname()[1]
    finally:
        served.close()


async def test_a_stream_reads_data_answers_options_and_tells_its_size_anew() -> None:
    heard = bytearray()

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\xff\xfb\x01\xff\xfd\x1f")
        writer.write(b"hello\xff")
        writer.write(b"\xff")
        while chunk := await reader.read(100):
            heard.extend(chunk)
            if b"bye" in heard:
                break
        writer.close()

    async with server(visit) as port:
        screen = Screen("xterm-256color", 80, 24)
        async with await TelnetStream.connect("127.0.0.1", port, screen=screen) as stream:
            data = b""
            while len(data) < 6:
                data += await stream.read()
            assert data == b"hello\xff"
            await stream.resize(132, 43)
            await stream.write(b"bye\r")
            assert await stream.read() == b""
    assert bytes(heard).startswith(b"\xff\xfd\x01\xff\xfb\x1f\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0")
    assert b"\xff\xfa\x1f\x00\x84\x00\x2b\xff\xf0bye\r\x00" in heard


async def test_a_raw_stream_leaves_every_byte_alone() -> None:
    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\xff\xfb\x01" + await reader.read(100))
        writer.close()

    async with server(visit) as port, await TelnetStream.connect("127.0.0.1", port, protocol="raw") as stream:
        await stream.write(b"\xff\r")
        data = b""
        while piece := await stream.read():
            data += piece
    assert data == b"\xff\xfb\x01\xff\r"


async def test_nobody_listening_is_unreachable_and_names_the_usual_reason() -> None:
    with pytest.raises(Unreachable, match="a node that is stopped"):
        await TelnetStream.connect("127.0.0.1", free_port())


@pytest.mark.parametrize("host", ["no-such-host.invalid", "", "a" * 70 + ".example"])
async def test_a_host_that_is_none_is_unreachable(host: str) -> None:
    with pytest.raises(Unreachable):
        await TelnetStream.connect(host, 23 if host else free_port(), timeout_seconds=2.0)


@pytest.mark.parametrize("port", [0, -1, 65_536])
async def test_a_port_that_is_none_is_refused(port: int) -> None:
    with pytest.raises(InvalidRequest):
        await TelnetStream.connect("127.0.0.1", port)


async def test_a_connection_that_is_reset_is_unreachable() -> None:
    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        linger = struct.pack("ii", 1, 0)  # on, zero seconds: a reset instead of a closing handshake
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.close()

    async with server(visit) as port, await TelnetStream.connect("127.0.0.1", port) as stream:
        with pytest.raises(Unreachable, match="the connection broke"):
            await stream.read()
