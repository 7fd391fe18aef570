"""The bytes of one console: connect, read without telnet's options, write, close.

    stream = await TelnetStream.connect("127.0.0.1", 5000, timeout_seconds=3)
    await stream.write(b"\\r")
    data = await stream.read()          # b"" once the console has hung up
    await stream.close()

For programs that want answers there is `session`; this is for whoever wants the terminal itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
from types import TracebackType
from typing import Final

from api_clients.domain.errors import InvalidRequest, Overloaded, Unreachable

from .errors import HungUp
from .telnet import Screen, TelnetCodec
from .values import Protocol

READ_SIZE: Final = 65_536
_OUR_OWN_LACK: Final = (errno.EMFILE, errno.ENFILE)  # of file descriptors: says nothing of the console


class TelnetStream:
    """One reader and one writer at a time. Every failure is of the tree in `api_clients.domain.errors`."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, where: str, codec: TelnetCodec | None
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._where = where
        self._codec = codec

    @classmethod
    async def connect(
        cls,
        host: str,
        port: int,
        *,
        timeout_seconds: float = 3.0,
        protocol: Protocol = "telnet",
        screen: Screen | None = None,
    ) -> TelnetStream:
        """Open the console. Unreachable: refused (a stopped node is), timed out, no way there, name unknown."""
        where = f"{host}:{port}"
        if not 1 <= port <= 65535:
            raise InvalidRequest(f"port {port} is not between 1 and 65535", service="console", target=where)
        try:
            async with asyncio.timeout(timeout_seconds):
                reader, writer = await asyncio.open_connection(host, port, limit=READ_SIZE)
        except TimeoutError as error:
            raise _unreachable(f"no connection within {timeout_seconds:g} s", where) from error
        except (OSError, UnicodeError) as error:
            if isinstance(error, OSError) and error.errno in _OUR_OWN_LACK:
                raise Overloaded("this process has no file descriptor left", service="console", target=where) from error
            raise _unreachable(_why(error), where) from error
        return cls(reader, writer, where=where, codec=TelnetCodec(screen) if protocol == "telnet" else None)

    async def read(self) -> bytes:
        """Wait for data and return all that is there; b"" is the end."""
        while True:
            try:
                chunk = await self._reader.read(READ_SIZE)
            except OSError as error:
                raise HungUp(f"the connection broke: {_why(error)}", service="console", target=self._where) from error
            if not chunk or self._codec is None:
                return chunk
            data = self._codec.receive(chunk)
            if replies := self._codec.replies():
                await self._send(replies)
            if data:
                return data

    async def write(self, data: bytes) -> None:
        """Send what a person would type: Enter is CR."""
        await self._send(self._codec.encode(data) if self._codec else data)

    async def resize(self, columns: int, rows: int) -> None:
        """Tell a console that asked for it how large our terminal is now."""
        if self._codec and (told := self._codec.resize(columns, rows)):
            await self._send(told)

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(1.0):  # a peer that reads nothing must not hold us
                await self._writer.wait_closed()

    async def __aenter__(self) -> TelnetStream:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _send(self, data: bytes) -> None:
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as error:
            raise HungUp(f"the connection broke: {_why(error)}", service="console", target=self._where) from error


def _why(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "refused: nobody listens there, as for a node that is stopped"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def _unreachable(reason: str, where: str) -> Unreachable:
    return Unreachable(reason, service="console", target=where)
