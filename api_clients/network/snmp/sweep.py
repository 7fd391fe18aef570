"""Who answers? One socket greets thousands of addresses and listens, so a range costs packets, not sessions.

The addresses are greeted in passes: each pass sends one probe (probe.py) to every address that is still silent, at a
bounded rate; a short pause between probes lets an agent that accepts the first credential answer before it would see
a second one, which it might report as an intrusion. Knows nothing of what the agents are.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import secrets
import socket
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass

from api_clients.network.snmp.probe import Probe, read_greeting
from api_clients.network.snmp.wire.ber import BerError

_RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
_BURST = 64
_MAX_STAGGER_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Answer:
    """`address` answered to `probes[probe]`; probe None: with something that no SNMP client can use, see `fault`."""

    address: str
    probe: int | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a sweep waits and how fast it sends. Two thousand packets a second are about 2 Mbit/s."""

    timeout_seconds: float = 1.0
    retries: int = 1
    packets_per_second: int = 4000

    @property
    def stagger_seconds(self) -> float:
        return min(_MAX_STAGGER_SECONDS, self.timeout_seconds / 4)


async def sweep(
    addresses: Sequence[str],
    probes: Sequence[Probe],
    *,
    port: int = 161,
    pace: Pace | None = None,
    preferred: Mapping[str, int] | None = None,
) -> AsyncGenerator[Answer]:
    """Yield an Answer for each address that answers, as it does; silent addresses yield nothing.

    Ends as soon as all have answered, else after `retries + 1` passes. `preferred` names for an address the probe to
    begin with (the one it accepted last time). Unusable answers come at the end, of addresses that gave no better.
    """
    if not addresses or not probes:
        return
    state = _Sweep(addresses, probes, port=port, pace=pace or Pace(), preferred=preferred or {})
    sending = asyncio.create_task(state.send_all())
    try:
        while (answer := await state.next_answer(sending)) is not None:
            yield answer
        for address, fault in state.faults.items():
            yield Answer(address, None, fault)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        state.close()


class _Sweep:
    def __init__(
        self, addresses: Sequence[str], probes: Sequence[Probe], *, port: int, pace: Pace, preferred: Mapping[str, int]
    ) -> None:
        self._addresses = [str(ipaddress.ip_address(address)) for address in addresses]
        self._probes = probes
        self._port = port
        self._pace = pace
        self._preferred = preferred
        self._silent = dict.fromkeys(self._addresses)
        self.faults: dict[str, str] = {}
        self._answers: asyncio.Queue[Answer] = asyncio.Queue()
        self._all_answered = asyncio.Event()
        # A request ID is a position xor this salt: it tells address and probe without a table of what was sent.
        self._salt = secrets.randbits(31)
        self._loop = asyncio.get_running_loop()
        self._sockets = {version: self._open(version) for version in {_version(item) for item in self._addresses}}

    async def send_all(self) -> None:
        """Send every pass. Ends when all have answered or the last pass had its timeout."""
        for _ in range(self._pace.retries + 1):
            for turn in range(len(self._probes)):
                await self._send_pass(turn)
                last = turn == len(self._probes) - 1
                if await self._wait(self._pace.timeout_seconds if last else self._pace.stagger_seconds):
                    return

    async def next_answer(self, sending: asyncio.Task[None]) -> Answer | None:
        """Return the next answer, None once sending has ended and all answers are handed out."""
        if self._answers.empty() and not sending.done():
            waiting = asyncio.create_task(self._answers.get())
            try:
                await asyncio.wait({waiting, sending}, return_when=asyncio.FIRST_COMPLETED)
                if waiting.done():
                    return waiting.result()
            finally:
                waiting.cancel()
        if sending.done() and not sending.cancelled() and (error := sending.exception()):
            raise error
        return None if self._answers.empty() else self._answers.get_nowait()

    def close(self) -> None:
        for opened in filter(None, self._sockets.values()):
            self._loop.remove_reader(opened)
            opened.close()

    async def _wait(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._all_answered.wait()
        except TimeoutError:
            return False
        return True

    async def _send_pass(self, turn: int) -> None:
        for sent, (position, probe) in enumerate(self._due(turn), start=1):
            await self._send(position, probe)
            if sent % _BURST == 0:
                await asyncio.sleep(_BURST / self._pace.packets_per_second)

    def _due(self, turn: int) -> Iterator[tuple[int, int]]:
        for position, address in enumerate(self._addresses):
            if address in self._silent:
                yield position, self._order(address)[turn]

    def _order(self, address: str) -> Sequence[int]:
        order = range(len(self._probes))
        first = self._preferred.get(address)
        if first is None:
            return order
        return [first, *(probe for probe in order if probe != first)]

    async def _send(self, position: int, probe: int) -> None:
        address = self._addresses[position]
        request_id = (position * len(self._probes) + probe) ^ self._salt
        datagram = self._probes[probe].message(request_id)
        opened = self._sockets[_version(address)]
        while opened is not None:
            try:
                opened.sendto(datagram, (address, self._port))
            except BlockingIOError:
                await asyncio.sleep(0.001)
            except OSError:
                # No route, or a broadcast address that the kernel will not send to: nobody to hear from.
                return
            else:
                return

    def _open(self, version: int) -> socket.socket | None:
        try:
            opened = socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
        except OSError as error:
            if error.errno != errno.EAFNOSUPPORT:
                raise
            return None  # a machine without IPv6: nobody there answers it
        opened.setblocking(False)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        self._loop.add_reader(opened, self._receive, opened)
        return opened

    def _receive(self, opened: socket.socket) -> None:
        for _ in range(_BURST):
            try:
                datagram, source = opened.recvfrom(65535)
            except OSError:
                return  # drained, or an ICMP error of an earlier datagram
            if source[1] == self._port:
                self._accept(_canonical(source[0]), datagram)

    def _accept(self, address: str, datagram: bytes) -> None:
        if address not in self._silent:
            return
        try:
            greeting = read_greeting(datagram)
        except BerError as fault:
            self.faults[address] = str(fault)
            return
        position, probe = divmod(greeting.request_id ^ self._salt, len(self._probes))
        if not (0 <= position < len(self._addresses) and self._addresses[position] == address):
            self.faults[address] = "the answer carries another request's ID"
        elif greeting.accepted:
            self._answered(Answer(address, probe))

    def _answered(self, answer: Answer) -> None:
        del self._silent[answer.address]
        self.faults.pop(answer.address, None)
        self._answers.put_nowait(answer)
        if not self._silent:
            self._all_answered.set()


def _version(address: str) -> int:
    return 6 if ":" in address else 4


def _canonical(source: str) -> str:
    """The kernel writes some IPv6 addresses (scoped, IPv4-compatible) in a way of its own."""
    return str(ipaddress.ip_address(source.partition("%")[0])) if ":" in source else source
