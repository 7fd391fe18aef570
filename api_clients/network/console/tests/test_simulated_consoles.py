"""The contract, kept by every device of the simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api_clients.network.console.simulator import (
    Personality,
    arista,
    booted_cisco,
    cisco,
    juniper,
    linux,
    mikrotik,
    serve_consoles,
    vpcs,
)
from api_clients.network.console.tests.contract import ConsoleContract, Rig


class Simulated(ConsoleContract):
    personality: Personality

    @asynccontextmanager
    async def rig(self) -> AsyncIterator[Rig]:
        with serve_consoles([self.personality]) as (console,):
            yield Rig(console.port, lambda: "\n".join(console.device.commands))


class TestVpcs(Simulated):
    personality = vpcs("PC1")
    device_type, name, address, mac = "vpcs", "PC1", "10.0.0.1/24", "00:50:79:66:68:00"
    reachable = "10.0.0.2"


class TestCisco(Simulated):
    personality = cisco("R1")
    device_type, name, address, mac = "dynamips", "R1", "10.0.12.1/24", "ca:01:0b:5c:00:00"
    reachable = "10.0.12.2"


class TestCiscoInUserMode(TestCisco):
    personality = cisco("R1", enabled=False)


class TestCiscoThatHasJustBooted(TestCisco):
    personality = booted_cisco("R1")


class TestLinux(Simulated):
    personality = linux("box")
    device_type, name, address, mac = "docker", "box", "10.0.0.3/24", "02:42:5e:0f:0a:00"
    reachable = "10.0.0.254"


class TestMikroTik(Simulated):
    personality = mikrotik("MikroTik")
    device_type, name, address, mac = "mikrotik", "MikroTik", "10.0.0.254/24", "0c:3a:21:00:00:00"
    reachable = "10.0.0.1"


class TestArista(Simulated):
    personality = arista("leaf1")
    device_type, name, address, mac = "arista", "leaf1", "10.1.0.1/31", "50:00:00:03:37:01"
    reachable = "10.1.0.0"


class TestJuniper(Simulated):
    personality = juniper("vmx1")
    device_type, name, address, mac = "juniper", "vmx1", "10.2.0.1/24", "00:05:86:71:00:01"
    reachable = "10.2.0.2"
