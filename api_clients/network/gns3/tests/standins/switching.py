"""How Dynamips' Ethernet switch and hub hand on frames: learning, and access, 802.1Q and QinQ ports."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from api_clients.network.gns3.tests.standins.pcap import Capture
from api_clients.network.gns3.tests.standins.tunnel import Tunnel

LEARNT_SECONDS = 300.0
TPID = b"\x81\x00"
SMALLEST = 14

Mode = Literal["access", "dot1q", "qinq"]


class Nio:
    """A port's end of a cable."""

    def __init__(self, name: str, tunnel: Tunnel) -> None:
        self.name = name
        self.owner: Hub | None = None
        self.mode: Mode = "access"
        self.vlan = 1
        self._tunnel = tunnel
        self._capture: Capture | None = None
        tunnel.received = self._received

    def send(self, frame: bytes) -> None:
        if self._capture:
            self._capture.record(frame)
        self._tunnel.send(frame)

    def capture(self, path: str | None) -> None:
        if self._capture:
            self._capture.close()
        self._capture = Capture(path) if path else None

    def close(self) -> None:
        self.capture(None)
        self._tunnel.close()

    def _received(self, frame: bytes) -> None:
        if self._capture:
            self._capture.record(frame)
        if self.owner and len(frame) >= SMALLEST:
            self.owner.forward(self, frame)


class Hub:
    def __init__(self) -> None:
        self._ports: list[Nio] = []

    def connect(self, nio: Nio) -> None:
        self._ports.append(nio)
        nio.owner = self

    def disconnect(self, nio: Nio) -> None:
        self._ports.remove(nio)
        nio.owner = None

    def close(self) -> None:
        for nio in list(self._ports):
            self.disconnect(nio)

    def forward(self, source: Nio, frame: bytes) -> None:
        for nio in self._ports:
            if nio is not source:
                nio.send(frame)


@dataclass(frozen=True, slots=True)
class Learnt:
    nio: Nio
    at: float


class Switch(Hub):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: dict[tuple[int, bytes], Learnt] = {}  # by VLAN and MAC address

    def disconnect(self, nio: Nio) -> None:
        super().disconnect(nio)
        self.addresses = {key: learnt for key, learnt in self.addresses.items() if learnt.nio is not nio}

    def set_port(self, nio: Nio, mode: Mode, vlan: int) -> None:
        nio.mode, nio.vlan = mode, vlan
        self.addresses.clear()

    def forward(self, source: Nio, frame: bytes) -> None:
        is_tagged = frame[12:14] == TPID and len(frame) >= SMALLEST + 4
        if source.mode == "access" and is_tagged:
            return
        vlan = source.vlan
        if source.mode == "dot1q" and is_tagged:
            vlan = int.from_bytes(frame[14:16], "big") & 0xFFF
            frame = frame[:12] + frame[16:]
        if not frame[6] & 1:  # a group address never sends
            self.addresses[vlan, frame[6:12]] = Learnt(source, time.monotonic())
        for nio in self._targets(vlan, frame[:6]):
            if nio is not source and (nio.mode == "dot1q" or nio.vlan == vlan):
                nio.send(_tagged(frame, vlan) if nio.mode == "dot1q" and nio.vlan != vlan else frame)

    def _targets(self, vlan: int, address: bytes) -> list[Nio]:
        learnt = self.addresses.get((vlan, address))
        if learnt and time.monotonic() - learnt.at < LEARNT_SECONDS:
            return [learnt.nio]
        return self._ports


def _tagged(frame: bytes, vlan: int) -> bytes:
    return frame[:12] + TPID + vlan.to_bytes(2, "big") + frame[12:]
