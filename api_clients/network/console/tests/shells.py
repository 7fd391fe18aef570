"""Real shells behind a small telnet server, as GNS3 has a container's console: one terminal, shared by all visitors."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from api_clients.network.console.simulator.server import OPENING
from api_clients.network.console.telnet import TelnetCodec


class ShellConsole:
    def __init__(self, command: Sequence[str], *, environment: dict[str, str] | None = None) -> None:
        self._command = command
        self._environment = environment or {}
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.printed = b""

    @property
    def text(self) -> str:
        return self.printed.decode("utf-8", "replace")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ShellConsole]:
        master, slave = pty.openpty()
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C", **self._environment}
        shell = subprocess.Popen(
            self._command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True, cwd="/"
        )
        os.close(slave)
        os.set_blocking(master, False)
        loop = asyncio.get_running_loop()
        loop.add_reader(master, self._from_shell, master)
        server = await asyncio.start_server(lambda r, w: self._visit(r, w, master), "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            loop.remove_reader(master)
            for writer in list(self._writers):
                writer.transport.abort()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
            shell.wait(10)
            os.close(master)

    def _from_shell(self, master: int) -> None:
        with contextlib.suppress(OSError):
            data = os.read(master, 65536)
            self.printed += data
            for writer in self._writers:
                writer.write(data.replace(b"\xff", b"\xff\xff"))

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, master: int) -> None:
        codec = TelnetCodec()
        writer.write(OPENING)
        self._writers.add(writer)
        try:
            while chunk := await reader.read(4096):
                keys = codec.receive(chunk)
                codec.replies()
                os.write(master, keys)
        except (OSError, asyncio.CancelledError):
            pass  # the visitor went away, or the test is over
        finally:
            self._writers.discard(writer)
            writer.close()
