"""ICMP echo to many addresses at once: one icmplib socket for each IP version, one event loop, no task per host.

icmplib's own `async_multiping` opens a socket and runs a task for each host; for a range it is enough to send
all requests and to match the replies by address and sequence number.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from icmplib import ICMPReply, ICMPRequest, ICMPv4Socket, ICMPv6Socket
from icmplib.exceptions import ICMPLibError
from icmplib.utils import unique_identifier

from .values import Echo, Method

EchoSocket: TypeAlias = ICMPv4Socket | ICMPv6Socket

_BURST: Final = 32  # requests between two looks at what came back, so that no receive buffer overflows
_REPLY: Final = {4: 0, 6: 129}
_UNREACHABLE: Final = {4: 3, 6: 1}
_RECEIVE_BUFFER_BYTES: Final = 1 << 20
_RECEIVE_SECONDS: Final = 0.01  # the descriptor is readable already; this bounds a datagram that is no ICMP


class NotPermitted(Exception):
    """The kernel gives this process no ICMP socket of this kind: it may not, or there is no IPv6 here."""


def open_socket(version: int, *, privileged: bool) -> EchoSocket:
    kind = ICMPv6Socket if version == 6 else ICMPv4Socket
    try:
        opened = kind(privileged=privileged)
    except ICMPLibError as error:
        raise NotPermitted(str(error)) from error
    opened.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
    return opened


def waiting_replies(opened: EchoSocket) -> Iterator[ICMPReply]:
    """What has arrived; icmplib itself would wait for more."""
    arrived = select.poll()
    arrived.register(opened.sock, select.POLLIN)
    while arrived.poll(0):
        with contextlib.suppress(ICMPLibError):
            yield opened.receive(None, _RECEIVE_SECONDS)


class EchoSweep:
    """Asks a number of addresses of one IP version, `attempts` times those that keep silent."""

    def __init__(self, opened: EchoSocket, version: int, addresses: Sequence[str], *, method: Method) -> None:
        self._socket = opened
        self._version = version
        self._addresses = addresses
        self._method = method
        self._identifier = unique_identifier()
        self._requests: dict[tuple[int, str], ICMPRequest] = {}
        self._sequences: dict[int, str] = {}
        self._attempt = 0
        self._found: dict[str, Echo] = {}
        self._all_answered = asyncio.Event()

    async def run(self, *, timeout_seconds: float, attempts: int) -> list[Echo]:
        loop = asyncio.get_running_loop()
        loop.add_reader(self._socket.sock, self._on_readable)
        try:
            for self._attempt in range(1, attempts + 1):
                await self._send_all()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(timeout_seconds):
                        await self._all_answered.wait()
                if self._all_answered.is_set():
                    break
        finally:
            loop.remove_reader(self._socket.sock)
            self._socket.close()
        return [self._found.get(address) or self._silent(address) for address in self._addresses]

    async def _send_all(self) -> None:
        for position, address in enumerate(self._unanswered()):
            sequence = position & 0xFFFF
            request = ICMPRequest(address, self._identifier, sequence)
            try:
                self._socket.send(request)
            except ICMPLibError as error:
                self._note(Echo(address, self._method, alive=False, attempts=self._attempt, reason=str(error)))
                continue
            self._requests[request.sequence, address] = request
            self._sequences[request.sequence] = address
            if position % _BURST == _BURST - 1:
                await asyncio.sleep(0)

    def _unanswered(self) -> Iterator[str]:
        return iter([address for address in self._addresses if address not in self._found])

    def _on_readable(self) -> None:
        """Take all that is there: a raw socket hears every echo of the machine, its own requests too."""
        for reply in waiting_replies(self._socket):
            self._on_message(reply)

    def _on_message(self, reply: ICMPReply) -> None:
        if reply.type == _REPLY[self._version]:
            self._on_reply(reply)
        elif reply.type == _UNREACHABLE[self._version]:
            self._on_unreachable(reply)

    def _on_reply(self, reply: ICMPReply) -> None:
        request = self._requests.get((reply.sequence, reply.source))
        if request is not None and request.id == reply.id:
            rtt = max(reply.time - request.time, 0.0)
            self._note(Echo(reply.source, self._method, alive=True, rtt_seconds=rtt, attempts=self._attempt))

    def _on_unreachable(self, reply: ICMPReply) -> None:
        """A router answered for the host; only a raw socket hears that."""
        address = self._sequences.get(reply.sequence)
        if address is not None and reply.id == self._requests[reply.sequence, address].id:
            reason = f"{reply.source} says: unreachable"
            self._note(Echo(address, self._method, alive=False, attempts=self._attempt, reason=reason))

    def _note(self, echo: Echo) -> None:
        self._found.setdefault(echo.address, echo)
        if len(self._found) == len(self._addresses):
            self._all_answered.set()

    def _silent(self, address: str) -> Echo:
        return Echo(address, self._method, alive=False, attempts=self._attempt, reason="no answer")


def of_version(addresses: Iterable[str], version: int) -> list[str]:
    return [address for address in addresses if (6 if ":" in address else 4) == version]
