"""Who is there, how far away, and by which way: ICMP echo, TCP ports, traceroute.

    client = IcmpClient()
    for echo in await client.sweep(addresses):
        print(echo.address, echo.alive, echo.rtt_seconds, echo.method)

A host that keeps silent is a finding, not an error.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final

from icmplib.exceptions import ICMPLibError

from api_clients.domain.errors import Unreachable

from .echo import EchoSweep, NotPermitted, of_version, open_socket
from .tcp import probe_host, probe_port
from .traceroute import trace_icmp, trace_udp
from .values import Echo, Method, PortProbe, Route

METHODS: Final[tuple[Method, ...]] = ("icmp", "icmp-raw", "tcp")
PROBED_PORTS: Final = (22, 80, 443, 23)  # what equipment listens on, for the TCP probe in place of an echo
MAX_CONNECTIONS: Final = 256


class InvalidAddress(ValueError):
    """The text is no IP address; nothing was sent."""


class IcmpClient:
    """Stateless but for its limits; `methods` are tried in order until this process is permitted one."""

    def __init__(
        self,
        *,
        timeout_seconds: float = 0.5,
        attempts: int = 2,
        methods: Sequence[Method] = METHODS,
        probed_ports: Sequence[int] = PROBED_PORTS,
    ) -> None:
        if timeout_seconds <= 0 or attempts < 1 or not methods:
            raise ValueError("a timeout is positive seconds, attempts at least one, and one method is needed")
        self._timeout_seconds = timeout_seconds
        self._attempts = attempts
        self._methods = tuple(methods)
        self._ports = tuple(probed_ports)

    def with_patience(self, *, timeout_seconds: float, attempts: int) -> IcmpClient:
        """The same client with other patience, for what somebody asked for by it."""
        return IcmpClient(
            timeout_seconds=timeout_seconds, attempts=attempts, methods=self._methods, probed_ports=self._ports
        )

    async def echo(self, address: str) -> Echo:
        """Ask one host; silence is an Echo that is not alive, not an error."""
        return (await self.sweep([address]))[0]

    async def sweep(self, addresses: Iterable[str]) -> list[Echo]:
        """Ask many at once, each once per attempt; the answers in the order of the addresses."""
        asked = list(dict.fromkeys(map(_checked, addresses)))
        versions = [(version, of_version(asked, version)) for version in (4, 6)]
        swept = await asyncio.gather(*(self._sweep(version, part) for version, part in versions if part))
        found = {echo.address: echo for part in swept for echo in part}
        return [found[address] for address in asked]

    async def probe_port(self, address: str, port: int) -> PortProbe:
        """Try one TCP port."""
        if not 1 <= port <= 65535:
            raise ValueError(f"port {port} is not between 1 and 65535")
        return await probe_port(_checked(address), port, timeout_seconds=self._timeout_seconds)

    async def traceroute(self, address: str, *, max_hops: int = 30) -> Route:
        """The routers on the way, each asked once; Unreachable where nothing can be sent at all."""
        address = _checked(address)
        if not 1 <= max_hops <= 255:
            raise ValueError("max_hops is between 1 and 255")
        try:
            return await self._trace(address, max_hops, self._timeout_seconds * self._attempts)
        except (ICMPLibError, OSError) as error:
            raise Unreachable(str(error), service="icmp", operation="traceroute", target=address) from error

    async def _trace(self, address: str, max_hops: int, timeout_seconds: float) -> Route:
        if "icmp-raw" in self._methods:
            with contextlib.suppress(NotPermitted):  # without privileges the UDP way below
                opened = open_socket(6 if ":" in address else 4, privileged=True)
                return await trace_icmp(opened, address, max_hops=max_hops, timeout_seconds=timeout_seconds)
        return await trace_udp(address, max_hops=max_hops, timeout_seconds=timeout_seconds)

    async def _sweep(self, version: int, addresses: list[str]) -> list[Echo]:
        for method in self._methods:
            if method == "tcp":
                return await self._connect(addresses)
            try:
                opened = open_socket(version, privileged=method == "icmp-raw")
            except NotPermitted:
                continue
            sweep = EchoSweep(opened, version, addresses, method=method)
            return await sweep.run(timeout_seconds=self._timeout_seconds, attempts=self._attempts)
        last = self._methods[-1]
        return [Echo(address, last, alive=False, reason="this process cannot send ICMP") for address in addresses]

    async def _connect(self, addresses: Sequence[str]) -> list[Echo]:
        turn = asyncio.Semaphore(max(1, MAX_CONNECTIONS // len(self._ports)))

        async def probe(address: str) -> Echo:
            async with turn:
                return await probe_host(address, self._ports, timeout_seconds=self._timeout_seconds)

        return list(await asyncio.gather(*map(probe, addresses)))


def _checked(address: str) -> str:
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        raise InvalidAddress(f"{address!r} is neither an IPv4 nor an IPv6 address") from None
