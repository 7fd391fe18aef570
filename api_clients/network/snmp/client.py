"""SNMP v1, v2c and v3 from one event loop: thousands of agents at once, each asked gently.

    client = SnmpClient(timeout_seconds=1.0, retries=1)
    async with client.session(SnmpTarget("192.0.2.1"), Community("public")) as session:
        name = await session.get("1.3.6.1.2.1.1.5.0")
        rows = await session.walk("1.3.6.1.2.1.2.2.1")

Polling is gufo-snmp's work (Rust), writing pysnmp's. A synchronous caller uses asyncio.run.
"""

from __future__ import annotations

import asyncio
import resource
from dataclasses import replace
from typing import Final
from weakref import WeakKeyDictionary

from api_clients.domain.ports import Breakers, Meter

from .options import Limits
from .session import SnmpSession
from .values import Credential, SnmpTarget

MAX_SOCKETS: Final = 1000
_DESCRIPTORS_FOR_OTHERS: Final = 128


class SnmpClient:
    """Makes sessions; keeps the limits they share. One client may serve several event loops, one after another."""

    def __init__(
        self,
        *,
        timeout_seconds: float = 1.0,
        retries: int = 1,
        breakers: Breakers | None = None,
        meter: Meter | None = None,
        max_concurrent_per_device: int = 2,
        max_sockets: int | None = None,
        limits: Limits | None = None,
    ) -> None:
        """`limits` replaces the other limits where given; `max_sockets` is for all sessions of one event loop."""
        self._limits = limits or Limits(
            timeout_seconds=timeout_seconds, retries=retries, max_concurrent=max_concurrent_per_device
        )
        self._breakers = breakers
        self._meter = meter
        self._max_sockets = max_sockets or _affordable_sockets(self._limits.max_concurrent)
        self._sockets: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    def session(self, target: SnmpTarget, credential: Credential) -> SnmpSession:
        """A session for `async with`; raises InvalidTarget or InvalidCredential before anything is sent."""
        breaker = self._breakers.for_target("snmp", f"{target.address}:{target.port}") if self._breakers else None
        return SnmpSession(
            target,
            credential,
            limits=self._limits,
            sockets=self._sockets_of_this_loop(),
            breaker=breaker,
            meter=self._meter,
        )

    def with_patience(self, *, timeout_seconds: float, retries: int) -> SnmpClient:
        """The same client with other patience and no breakers, for what somebody wants tried now."""
        limits = replace(self._limits, timeout_seconds=timeout_seconds, retries=retries)
        return SnmpClient(limits=limits, meter=self._meter, max_sockets=self._max_sockets)

    def _sockets_of_this_loop(self) -> asyncio.Semaphore:
        loop = asyncio.get_running_loop()
        sockets = self._sockets.get(loop)
        if sockets is None:
            sockets = self._sockets[loop] = asyncio.Semaphore(self._max_sockets)
        return sockets


def _affordable_sockets(per_session: int) -> int:
    """Sessions at a time, so that their sockets stay inside the process's limit of open files."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MAX_SOCKETS
    return max(1, min(MAX_SOCKETS, (soft - _DESCRIPTORS_FOR_OTHERS) // per_session))
