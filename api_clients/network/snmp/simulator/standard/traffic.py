"""Counters that move as on a real interface: they never fall, wave around a mean rate, and rest while it is down."""

from __future__ import annotations

import math
import time

from api_clients.network.snmp.wire import ber

_PACKET_OCTETS = 600
_WAVE_SECONDS = 300.0
_WAVE_DEPTH = 0.5  # the rate swings between half and one and a half of its mean, so the counter never turns back


class Traffic:
    """One interface's octets and packets in both directions; its methods are the counters' encoded values, now."""

    __slots__ = ("_before_seconds", "_phase", "_since", "in_octets_rate", "out_octets_rate")

    def __init__(
        self,
        *,
        in_octets_rate: float,
        out_octets_rate: float,
        running_seconds: float = 0.0,
        phase: float = 0.0,
    ) -> None:
        self.in_octets_rate = in_octets_rate
        self.out_octets_rate = out_octets_rate
        self._phase = phase
        self._before_seconds = running_seconds
        self._since: float | None = time.monotonic()

    def stop(self) -> None:
        if self._since is not None:
            self._before_seconds += time.monotonic() - self._since
            self._since = None

    def resume(self) -> None:
        if self._since is None:
            self._since = time.monotonic()

    def _seconds(self) -> float:
        """The integral of the rate's wave over the time the interface was up."""
        elapsed = self._before_seconds
        if self._since is not None:
            elapsed += time.monotonic() - self._since
        angle = 2 * math.pi / _WAVE_SECONDS
        swing = math.cos(self._phase) - math.cos(angle * elapsed + self._phase)
        return elapsed + _WAVE_DEPTH / angle * swing

    def in_octets(self) -> int:
        return int(self.in_octets_rate * self._seconds())

    def out_octets(self) -> int:
        return int(self.out_octets_rate * self._seconds())

    def in_octets_32(self) -> bytes:
        return ber.counter32(self.in_octets())

    def out_octets_32(self) -> bytes:
        return ber.counter32(self.out_octets())

    def in_packets_32(self) -> bytes:
        return ber.counter32(self.in_octets() // _PACKET_OCTETS)

    def out_packets_32(self) -> bytes:
        return ber.counter32(self.out_octets() // _PACKET_OCTETS)

    def in_octets_64(self) -> bytes:
        return ber.counter64(self.in_octets())

    def out_octets_64(self) -> bytes:
        return ber.counter64(self.out_octets())

    def in_packets_64(self) -> bytes:
        return ber.counter64(self.in_octets() // _PACKET_OCTETS)

    def out_packets_64(self) -> bytes:
        return ber.counter64(self.out_octets() // _PACKET_OCTETS)
