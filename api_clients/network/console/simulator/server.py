"""Consoles on TCP ports of this machine, each as GNS3 serves one: telnet options first, no banner, shared by all.

One thread with an event loop of its own serves them all, so that synchronous and asynchronous tests can use them.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Final

from ..telnet import BINARY, DO, ECHO, IAC, SUPPRESS_GO_AHEAD, WILL, TelnetCodec
from .device import Device
from .faults import Faults
from .personality import Personality

OPENING: Final = bytes(
    (IAC, WILL, ECHO, IAC, WILL, SUPPRESS_GO_AHEAD, IAC, WILL, BINARY, IAC, DO, BINARY, IAC, DO, ECHO)
)
_BOOT_LINE: Final = "Booting... loading kernel, starting services\r\n"
_BOOT_STEP: Final = 0.1


class SimulatedConsole:
    """One console; `device` is what stands behind it. `raw` ones send no telnet options."""

    def __init__(self, personality: Personality, *, faults: Faults | None = None, raw: bool = False) -> None:
        self.faults = faults or Faults()
        self.device = Device(personality, log_line=self.faults.log_line)
        self.port = 0
        self.visitors = 0
        self.halted = False
        self._raw = raw
        self.loop: asyncio.AbstractEventLoop
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._sent = 0
        self._intrusions = 0
        self._starts_at = 0.0

    @property
    def boots(self) -> bool:
        return monotonic() < self._starts_at + self.faults.boot_seconds

    async def start(self) -> None:
        """A second start takes the same port."""
        self._starts_at = monotonic()
        self.loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._visit, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        self._server = None

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visitors += 1
        self._writers.add(writer)
        booting = asyncio.create_task(self._boot(writer)) if self.boots else None
        try:
            await self._serve(reader, writer)
        except OSError:
            pass  # the visitor went away
        finally:
            self._writers.discard(writer)
            writer.close()
            if booting:
                booting.cancel()

    async def _boot(self, writer: asyncio.StreamWriter) -> None:
        while self.boots and not self.halted:
            writer.write(_BOOT_LINE.encode())
            await asyncio.sleep(_BOOT_STEP)
        writer.write(b"\r\nboot: " if self.halted else self.device.press("\r").encode())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        codec = None if self._raw else TelnetCodec()
        if not self._raw:
            writer.write(OPENING)
        if self.faults.garbage:
            writer.write(self.faults.garbage)
        while chunk := await reader.read(4096):
            keys = codec.receive(chunk) if codec else chunk
            if codec:
                codec.replies()  # what it would answer stands in the opening already
            if keys and not self.faults.silent:
                await self._press(keys.decode("utf-8", "replace"), writer)

    async def _press(self, keys: str, writer: asyncio.StreamWriter) -> None:
        if self.boots:
            self.halted = True
            return
        if self.faults.intruder and len(keys) > 3 and keys[0].isalnum() and self._intrusions < self.faults.intrusions:
            self._intrusions += 1
            keys = keys[:2] + self.faults.intruder + keys[2:]
        if self.faults.delay_seconds:
            await asyncio.sleep(self.faults.delay_seconds)
        await self._print(self.device.press(keys).encode("utf-8"), writer)

    async def _print(self, data: bytes, visitor: asyncio.StreamWriter) -> None:
        limit = self.faults.hang_up_after_bytes
        if limit is not None and self._sent + len(data) > limit:
            visitor.write(data[: max(0, limit - self._sent)])
            self._sent = limit
            visitor.close()
            return
        self._sent += len(data)
        for writer in list(self._writers):
            writer.write(data if self._raw else data.replace(b"\xff", b"\xff\xff"))


class _Loop:
    """An event loop in a thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="consoles", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5.0)

    def _run(self) -> None:
        self.loop.run_forever()
        self.loop.run_until_complete(self._cancel_all())
        self.loop.close()

    async def _cancel_all(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def serve_consoles(
    consoles: Sequence[Personality | SimulatedConsole],
) -> Iterator[tuple[SimulatedConsole, ...]]:
    """Serve these while the block lasts; each console knows its port then."""
    served = tuple(item if isinstance(item, SimulatedConsole) else SimulatedConsole(item) for item in consoles)
    thread = _Loop()

    async def start() -> None:
        for console in served:
            await console.start()

    async def stop() -> None:
        for console in served:
            await console.stop()

    try:
        asyncio.run_coroutine_threadsafe(start(), thread.loop).result(10.0)
        yield served
    finally:
        asyncio.run_coroutine_threadsafe(stop(), thread.loop).result(10.0)
        thread.close()
