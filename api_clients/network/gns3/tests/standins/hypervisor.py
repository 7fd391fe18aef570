"""The text protocol that uBridge and Dynamips share, and the event loop under it.

A request is a line `module command argument ...`, arguments quoted as in a shell. The answer is any number of lines
`101 text`, then `100-text` where it worked or `2xx-text` where it did not, each ending in CR LF.
"""

from __future__ import annotations

import heapq
import itertools
import selectors
import shlex
import socket
import time
from collections.abc import Callable

UNPARSEABLE, UNKNOWN_MODULE, UNKNOWN_COMMAND, BAD_ARGUMENT, EXISTS, NOT_FOUND, FAILED = (
    200,
    201,
    202,
    204,
    206,
    208,
    215,
)
NOBODY_CAME_SECONDS = 30.0


class Refused(Exception):
    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Loop:
    """Waits for sockets and moments in one thread."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()  # of two timers for one moment the older comes first
        self._ended = False

    def watch(self, connection: socket.socket, readable: Callable[[], None]) -> None:
        self._selector.register(connection, selectors.EVENT_READ, readable)

    def forget(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> None:
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._numbers), callback))

    def end(self) -> None:
        self._ended = True

    def run(self) -> None:
        while not self._ended:
            wait = max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None
            for key, _ in self._selector.select(wait):
                if key.fileobj in self._selector.get_map():  # not forgotten by the one before it
                    key.data()
            while self._timers and self._timers[0][0] <= time.monotonic():
                heapq.heappop(self._timers)[2]()


Module = Callable[[str, list[str]], list[str]]  # a command and its arguments; what it returns are the lines


class Hypervisor:
    """Obeys one client, the server that started this program, and ends with it."""

    def __init__(self, version: str, modules: dict[str, Module], loop: Loop) -> None:
        self._version = version
        self._modules = modules
        self._loop = loop

    def serve(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        with socket.create_server((host, int(port))) as listener:
            listener.settimeout(NOBODY_CAME_SECONDS)
            client, _ = listener.accept()
        client.settimeout(None)
        pending = bytearray()
        self._loop.watch(client, lambda: self._read(client, pending))
        self._loop.run()

    def _read(self, client: socket.socket, pending: bytearray) -> None:
        try:
            received = client.recv(4096)
        except ConnectionError:
            received = b""
        if not received:
            self._loop.end()
        pending += received
        while b"\n" in pending:
            line, _, rest = bytes(pending).partition(b"\n")
            pending[:] = rest
            client.sendall(self.answer(line.decode()))

    def answer(self, line: str) -> bytes:
        try:
            lines, last = self._obey(line)
        except Refused as refused:
            return f"{refused.code}-{refused}\r\n".encode()
        except (OSError, ValueError, IndexError, TypeError) as error:  # what the arguments led to
            return f"{FAILED}-{error}\r\n".encode()
        return "".join([*(f"101 {line}\r\n" for line in lines), f"100-{last}\r\n"]).encode()

    def _obey(self, line: str) -> tuple[list[str], str]:
        try:
            module, command, *arguments = shlex.split(line)
        except ValueError:
            raise Refused(UNPARSEABLE, "At least a module and a command must be specified") from None
        if module == "hypervisor":
            return [], self._control(command)
        if module not in self._modules:
            raise Refused(UNKNOWN_MODULE, f"Unknown module '{module}'")
        return self._modules[module](command, arguments), "OK"

    def _control(self, command: str) -> str:
        if command == "version":
            return self._version
        if command == "stop":
            self._loop.end()
        elif command not in ("working_dir", "close"):
            raise Refused(UNKNOWN_COMMAND, f"Unknown command '{command}'")
        return "OK"
