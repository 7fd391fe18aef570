"""TCP port probes: a connection is opened, timed and dropped at once."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections.abc import Sequence
from time import perf_counter
from typing import Final

from .values import Echo, PortProbe

_DROP: Final = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: reset instead of a closing handshake


async def probe_port(address: str, port: int, *, timeout_seconds: float) -> PortProbe:
    """Connect once. A refusal is an answer; silence and what routers say count as filtered."""
    try:
        opened = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        if error.errno != errno.EAFNOSUPPORT:
            raise
        return PortProbe(address, port, "filtered")  # a machine without IPv6 hears nothing from there
    loop = asyncio.get_running_loop()
    with opened as connection:
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DROP)
        started = perf_counter()
        try:
            async with asyncio.timeout(timeout_seconds):
                await loop.sock_connect(connection, (address, port))
        except OSError as error:  # TimeoutError is one too
            if error.errno == errno.ECONNREFUSED:
                return PortProbe(address, port, "closed", perf_counter() - started)
            return PortProbe(address, port, "filtered")
        return PortProbe(address, port, "open", perf_counter() - started)


async def probe_host(address: str, ports: Sequence[int], *, timeout_seconds: float) -> Echo:
    """Whether the host answers at any of these ports, accepting or refusing; all are tried at once."""
    probes = [asyncio.create_task(probe_port(address, port, timeout_seconds=timeout_seconds)) for port in ports]
    try:
        for finished in asyncio.as_completed(probes):
            probe = await finished
            if probe.state != "filtered":
                return Echo(address, "tcp", alive=True, rtt_seconds=probe.rtt_seconds, port=probe.port)
    finally:
        for task in probes:
            task.cancel()
    reason = "no answer at TCP ports " + ", ".join(map(str, ports))
    return Echo(address, "tcp", alive=False, reason=reason)
