"""One end of the UDP tunnels in which GNS3 carries Ethernet frames, a datagram each."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable

from api_clients.network.gns3.tests.standins.hypervisor import Loop

BURST = 64  # frames taken from one tunnel before the others get their turn
LARGEST = 65535


class Tunnel:
    def __init__(self, loop: Loop, local_port: int, remote_host: str, remote_port: int) -> None:
        self.ends = (local_port, remote_host, remote_port)
        self.received: Callable[[bytes], None] = lambda frame: None
        self._remote = (socket.gethostbyname(remote_host), remote_port)
        self._loop = loop
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1" if self._remote[0].startswith("127.") else "", local_port))
        loop.watch(self._socket, self._read)

    def send(self, frame: bytes) -> None:
        with contextlib.suppress(OSError):  # as on a cable, nobody needs to be there
            self._socket.sendto(frame, self._remote)

    def close(self) -> None:
        self.received = lambda frame: None
        self._loop.forget(self._socket)
        self._socket.close()

    def _read(self) -> None:
        for _ in range(BURST):
            try:
                frame = self._socket.recv(LARGEST)
            except ConnectionRefusedError:  # an earlier frame met nobody
                continue
            except OSError:  # no more, or closed by what the last one led to
                return
            self.received(frame)
