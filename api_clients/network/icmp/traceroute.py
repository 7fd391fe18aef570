"""The way to a host: packets of every hop limit at once, and what the routers on the way say.

As root by ICMP echo, which firewalls let through most often. Without privileges by UDP to ports where nobody
listens, reading the kernel's error queue as tracepath does (ip(7), IP_RECVERR).
"""

from __future__ import annotations

import asyncio
import socket
import struct
from ipaddress import ip_address
from time import perf_counter
from typing import Final

from icmplib import ICMPRequest
from icmplib.utils import unique_identifier

from .echo import EchoSocket, waiting_replies
from .values import Hop, Route

FIRST_PORT: Final = 33434  # where traceroute has always started
_ECHO_REQUEST: Final = {4: 8, 6: 128}

# linux/in.h, linux/in6.h, linux/errqueue.h
_IP_RECVERR: Final = 11
_IPV6_RECVERR: Final = 25
_EXTENDED_ERROR: Final = struct.Struct("=IBBBBII")
_ORIGIN_ICMP: Final = (2, 3)
_TIME_EXCEEDED: Final = {4: 11, 6: 3}


class _Trace:
    """What came back so far, by distance."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.heard: dict[int, Hop] = {}
        self.end: int | None = None
        self.reached = False
        self.settled = asyncio.Event()

    def note(self, distance: int, source: str, rtt_seconds: float, *, is_end: bool) -> None:
        self.heard.setdefault(distance, Hop(distance, source, rtt_seconds))
        if is_end and (self.end is None or distance < self.end):
            self.end = distance
            self.reached = ip_address(source) == ip_address(self.address)
        if self.end is not None and all(at in self.heard for at in range(1, self.end + 1)):
            self.settled.set()

    def hops(self) -> tuple[Hop, ...]:
        last = self.end or max(self.heard, default=0)
        return tuple(self.heard.get(at) or Hop(at, None, None) for at in range(1, last + 1))

    async def wait(self, timeout_seconds: float) -> None:
        try:
            async with asyncio.timeout(timeout_seconds):
                await self.settled.wait()
        except TimeoutError:
            return


async def trace_icmp(opened: EchoSocket, address: str, *, max_hops: int, timeout_seconds: float) -> Route:
    """Over a raw socket, which this closes."""
    version = ip_address(address).version
    trace = _Trace(address)
    identifier = unique_identifier()
    requests: dict[int, ICMPRequest] = {}

    def on_readable() -> None:
        for reply in waiting_replies(opened):
            request = requests.get(reply.sequence)
            if request is None or reply.id != identifier or reply.type == _ECHO_REQUEST[version]:
                continue
            is_end = reply.type != _TIME_EXCEEDED[version]  # the host itself, or a router that knows no way
            trace.note(reply.sequence, reply.source, max(reply.time - request.time, 0.0), is_end=is_end)

    loop = asyncio.get_running_loop()
    loop.add_reader(opened.sock, on_readable)
    try:
        for distance in range(1, max_hops + 1):
            requests[distance] = ICMPRequest(address, identifier, distance, ttl=distance)
            opened.send(requests[distance])
        await trace.wait(timeout_seconds)
    finally:
        loop.remove_reader(opened.sock)
        opened.close()
    return Route(address, "icmp-raw", trace.reached, trace.hops())


async def trace_udp(address: str, *, max_hops: int, timeout_seconds: float) -> Route:
    """Without privileges: the port of the lost datagram, in the error queue, tells its distance."""
    version = ip_address(address).version
    trace = _Trace(address)
    sent: dict[int, float] = {}
    with socket.socket(socket.AF_INET6 if version == 6 else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.setblocking(False)
        probe.setsockopt(*(_level(version), _IPV6_RECVERR if version == 6 else _IP_RECVERR), 1)

        def on_error() -> None:
            for distance, source, kind in _errors(probe, version):
                if distance in sent:
                    is_end = kind != _TIME_EXCEEDED[version]
                    trace.note(distance, source, perf_counter() - sent[distance], is_end=is_end)

        loop = asyncio.get_running_loop()
        loop.add_reader(probe, on_error)
        try:
            for distance in range(1, max_hops + 1):
                hop_limit = socket.IPV6_UNICAST_HOPS if version == 6 else socket.IP_TTL
                probe.setsockopt(_level(version), hop_limit, distance)
                sent[distance] = perf_counter()
                _send_past_errors(probe, (address, FIRST_PORT + distance))
            await trace.wait(timeout_seconds)
        finally:
            loop.remove_reader(probe)
    return Route(address, "udp", trace.reached, trace.hops())


def _send_past_errors(probe: socket.socket, destination: tuple[str, int]) -> None:
    """Linux reports the error of an earlier datagram at the next send, which it then does not make."""
    for _ in range(3):
        try:
            probe.sendto(b"", destination)
        except OSError:
            continue
        return


def _level(version: int) -> int:
    return socket.IPPROTO_IPV6 if version == 6 else socket.IPPROTO_IP


def _errors(probe: socket.socket, version: int) -> list[tuple[int, str, int]]:
    """Drain the error queue: (distance, who said it, ICMP type)."""
    found: list[tuple[int, str, int]] = []
    while True:
        try:
            _, ancillary, _, destination = probe.recvmsg(512, 512, socket.MSG_ERRQUEUE)
        except OSError:
            return found
        for _, _, data in ancillary:
            if len(data) < _EXTENDED_ERROR.size:
                continue
            _, origin, kind, _, _, _, _ = _EXTENDED_ERROR.unpack_from(data)
            if origin in _ORIGIN_ICMP:
                found.append((destination[1] - FIRST_PORT, _offender(data, version), kind))


def _offender(data: bytes, version: int) -> str:
    """SO_EE_OFFENDER: a sockaddr behind the error, its address four bytes in (eight for IPv6)."""
    at = _EXTENDED_ERROR.size
    packed = data[at + 8 : at + 24] if version == 6 else data[at + 4 : at + 8]
    return str(ip_address(packed))
