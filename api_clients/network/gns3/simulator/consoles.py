"""The console ports of nodes: telnet, one terminal for all who are connected, closed while the node is stopped.

All of them live in one thread, which is started with the first and costs nothing before.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
from collections.abc import Coroutine
from typing import Any

from api_clients.network.gns3.simulator.shells import Shell
from api_clients.network.gns3.simulator.telnet import OPENING, Stripper

KEPT_CHARACTERS = 65536  # of what is printed while nobody looks
CALL_SECONDS = 5.0
FIRST_NUMBER = 5000


class Consoles:
    """With `listening` the ports are real, chosen by the system; without it they are numbers and nothing more."""

    def __init__(self, *, host: str = "127.0.0.1", listening: bool = False) -> None:
        self.host = host
        self._listening = listening
        self._numbers = itertools.count(FIRST_NUMBER)
        self._reserved: dict[int, socket.socket] = {}
        self._terminals: dict[int, Terminal] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.RLock()

    def reserve(self) -> int:
        """Return a port; it refuses connections until it is opened."""
        if not self._listening:
            return next(self._numbers)
        with self._lock:
            reserved = _bound(self.host, 0)
            port: int = reserved.getsockname()[1]
            self._reserved[port] = reserved
            return port

    def open(self, port: int, shell: Shell) -> None:
        if not self._listening:
            return
        with self._lock:
            listener = self._reserved.pop(port)
            listener.listen()
            terminal = Terminal(shell)
            self._terminals[port] = terminal
            self._call(terminal.start(listener))

    def close(self, port: int | None) -> None:
        """Cut who is connected, and keep the port."""
        with self._lock:
            terminal = self._terminals.pop(port, None) if port is not None else None
            if terminal is not None and port is not None:
                self._call(terminal.stop())
                self._reserved[port] = _bound(self.host, port)

    def release(self, port: int | None) -> None:
        self.close(port)
        with self._lock:
            reserved = self._reserved.pop(port, None) if port is not None else None
            if reserved is not None:
                reserved.close()

    def shell(self, port: int | None) -> Shell | None:
        """Return what answers on a port, None while nothing does. Without a lock: terminals ask while others wait."""
        terminal = self._terminals.get(port) if port is not None else None
        return terminal.shell if terminal else None

    def stop(self) -> None:
        with self._lock:
            for port in [*self._terminals, *self._reserved]:
                self.release(port)
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._loop = None

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, name="gns3-consoles", daemon=True).start()
        asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_SECONDS)


class Terminal:
    """One line editor, however many are connected: what one types, all see."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self._writers: set[asyncio.StreamWriter] = set()
        self._unseen = ""
        self._line = ""
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._work: asyncio.Task[None] | None = None
        self._command: asyncio.Task[None] | None = None
        self._server: asyncio.Server | None = None

    async def start(self, listener: socket.socket) -> None:
        self._server = await asyncio.start_server(self._visit, sock=listener)
        self._work = asyncio.create_task(self._obey())

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in (self._command, self._work):
            if task is not None:
                task.cancel()
        for writer in self._writers:
            writer.transport.abort()

    def say(self, text: str) -> None:
        if not self._writers:  # the first to come reads it
            self._unseen = (self._unseen + text)[-KEPT_CHARACTERS:]
        for writer in self._writers:
            writer.write(text.encode())

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OPENING + self._unseen.encode())
        self._unseen = ""
        self._writers.add(writer)
        stripper = Stripper()
        try:
            while received := await reader.read(4096):
                for character in stripper.strip(received).decode(errors="replace"):
                    self._press(character)
        except ConnectionError:
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def _press(self, character: str) -> None:
        if character == "\r":
            self._lines.put_nowait(self._line)
            self._line = ""
            self.say("\r\n")
        elif character == "\x03":
            self._interrupt()
        elif character in "\b\x7f":
            if self._line:
                self._line = self._line[:-1]
                self.say("\b \b")
        elif character.isprintable():
            self._line += character
            self.say(character)

    def _interrupt(self) -> None:
        self._line = ""
        while not self._lines.empty():
            self._lines.get_nowait()
        if self._command is not None and not self._command.done():
            self._command.cancel()

    async def _obey(self) -> None:
        await self.shell.begin(self.say)
        self.say(f"\r{self.shell.prompt}")
        while True:
            line = (await self._lines.get()).strip()
            if line:
                self._command = asyncio.create_task(self.shell.run(line, self.say))
                await asyncio.wait([self._command])
            self.say(f"\r{self.shell.prompt}")


def _bound(host: str, port: int) -> socket.socket:
    """A port that is taken and refuses connections."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound
