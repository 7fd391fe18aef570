"""The lab's network, drawn from a seed: pods of up to forty devices, joined by a ring of their first routers.

    router --- core === core --- router        === two links side by side
               /  \\ X /  \\
           distribution pairs                  each pair linked to each other
              |  X  |
            access switches                    each to both of its pair
              |     |
            servers                            some to two access switches

Pure: the same arguments give the same network. What happens to it later (faults) is network.py's.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from api_clients.network.snmp.simulator.standard.interfaces import LOOPBACK
from nms.network_management.lab import platforms
from nms.network_management.lab.addresses import AddressPlan, agent_addresses
from nms.network_management.lab.platforms import VLAN_TYPES, Platform, Port

MAX_DEVICES = 5000
VLANS = {10: "users", 20: "servers", 30: "voice"}
_PORTS_PER_DEVICE = 256  # MAC addresses set aside for each device
_SERIALS = 9973  # a prime above MAX_DEVICES: multiplying modulo it gives each device its own number
# The order in which a pod grows: whatever its size, every device has something to hang on.
_GROWTH = ("router", "core", "core", "distribution", "distribution", "access", "server", "access", "server", "router")
_GROWTH_LATER = ("distribution", "distribution", *(("access", "server") * 14))
_POD_SIZE = len(_GROWTH) + len(_GROWTH_LATER)
_PREFIXES = {"core": "core", "router": "edge", "distribution": "dist", "access": "access", "server": "server"}


@dataclass(frozen=True, slots=True)
class LabInterface:
    """A port of a device: `addresses` are (address, prefix length)."""

    port: Port
    mac: bytes
    alias: str = ""
    addresses: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class LabDevice:
    number: int
    name: str
    role: str
    pod: int
    platform: Platform
    address: str  # where the agent answers
    serial: str
    mac: bytes  # chassis ID
    interfaces: tuple[LabInterface, ...]

    def interface(self, name: str) -> LabInterface:
        """By ifName or ifDescr. Raises KeyError."""
        for interface in self.interfaces:
            if name in (interface.port.name, interface.port.description):
                return interface
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class End:
    device: str
    interface: str  # ifName


@dataclass(frozen=True, slots=True)
class LabLink:
    a: End
    b: End

    def other(self, device: str) -> End:
        return self.b if self.a.device == device else self.a


@dataclass(frozen=True, slots=True)
class Topology:
    devices: tuple[LabDevice, ...]
    links: tuple[LabLink, ...]


def draw_topology(*, devices: int = 40, seed: int = 1, base_address: str = "127.10.0.1") -> Topology:
    """Raises ValueError for a size or base address that no lab can have."""
    if not 1 <= devices <= MAX_DEVICES:
        raise ValueError(f"A lab has 1 to {MAX_DEVICES} devices, not {devices}")
    return _Drawing(agent_addresses(base_address, devices), random.Random(seed)).finish()  # noqa: S311 - reproducible


class _Draft:
    """A device while cables are being laid: which ports are taken, which addresses they carry."""

    def __init__(
        self, number: int, role: str, pod: int, platform: Platform, name: str, address: str, stock: int
    ) -> None:
        self.number, self.role, self.pod, self.platform, self.name = number, role, pod, platform, name
        self.address = address
        self._stock = stock
        self.free_uplinks: Iterator[str] = iter(platform.uplinks)
        self.free_downlinks: Iterator[str] = iter(platform.downlinks)
        self.aliases: dict[str, str] = {}
        self.addresses: dict[str, list[tuple[str, int]]] = {platform.management_port: [(address, 32)]}
        if platform.family == "linux":
            # The agent's address lies inside the loopback network that every Linux box has.
            self.addresses["lo"] = [("127.0.0.1", 8), (address, 8)]
        self.vlan_ports: list[Port] = []

    def take(self, *, up: bool) -> str:
        return next(self.free_uplinks if up else self.free_downlinks)

    def add_vlan_port(self, vlan: int, address: tuple[str, int]) -> None:
        name = self.platform.vlan_port.format(vlan=vlan)
        description = name.replace("Vl", "Vlan") if self.platform.family == "ios" else name
        index = 1000 + vlan
        kind = VLAN_TYPES[self.platform.family]
        self.vlan_ports.append(Port(index, name, description, platforms.GIGABIT, kind, logical=True))
        self.addresses[name] = [address]
        self.aliases[name] = VLANS[vlan]

    def mac(self, offset: int) -> bytes:
        number = self._stock + self.number * _PORTS_PER_DEVICE + offset
        return bytes.fromhex(self.platform.oui) + (number % 2**24).to_bytes(3, "big")

    def finish(self) -> LabDevice:
        ports = (*self.platform.ports, *self.vlan_ports)
        interfaces = tuple(
            LabInterface(
                port,
                b"" if port.type == LOOPBACK else self.mac(offset),
                self.aliases.get(port.name, ""),
                tuple(self.addresses.get(port.name, ())),
            )
            for offset, port in enumerate(ports, 1)
        )
        digits = (self.number * 7919 + self._stock) % _SERIALS
        return LabDevice(
            self.number,
            self.name,
            self.role,
            self.pod,
            self.platform,
            self.address,
            self.platform.serial_format.format(n=digits),
            self.mac(0),
            interfaces,
        )


class _Drawing:
    def __init__(self, addresses: list[str], draw: random.Random) -> None:
        self._draw = draw
        self._stock = draw.randrange(2**23)  # another seed is other equipment: its serials and MACs differ
        self._plan = AddressPlan()
        self._drafts: list[_Draft] = []
        self._links: list[LabLink] = []
        self._counts: dict[str, int] = {}
        self._place(addresses)

    def _place(self, addresses: list[str]) -> None:
        size = len(addresses)
        for number, address in enumerate(addresses):
            pod, place = divmod(number, _POD_SIZE)
            role = (_GROWTH + _GROWTH_LATER)[place]
            count = self._counts[role] = self._counts.get(role, 0) + 1
            width = 2 if role in ("access", "server") and size > 10 else 1
            name = f"{_PREFIXES[role]}-{count:0{width}d}"
            self._drafts.append(_Draft(number, role, pod, self._platform(role, count), name, address, self._stock))

    def _platform(self, role: str, count: int) -> Platform:
        if role == "core":
            return platforms.CORES[0]
        if role == "distribution":  # both of a pair are the same model
            return platforms.DISTRIBUTIONS[(count - 1) // 2 % len(platforms.DISTRIBUTIONS)]
        choices = {"router": platforms.ROUTERS, "access": platforms.ACCESSES, "server": platforms.SERVERS}[role]
        if count <= len(choices):  # every model appears before chance decides
            return choices[count - 1]
        return self._draw.choice(choices)

    def finish(self) -> Topology:
        pods = self._drafts[-1].pod + 1
        for pod in range(pods):
            self._cable_pod(self._drafts[pod * _POD_SIZE : (pod + 1) * _POD_SIZE], pod)
        self._cable_ring(pods)
        return Topology(tuple(draft.finish() for draft in self._drafts), tuple(self._links))

    def _cable_pod(self, drafts: list[_Draft], pod: int) -> None:
        of = {role: [draft for draft in drafts if draft.role == role] for role in _PREFIXES}
        cores, routers, dists = of["core"], of["router"], of["distribution"]
        if len(cores) == 2:
            self._join_routed(cores[0], cores[1], up=(True, True))
            self._join_routed(cores[0], cores[1], up=(True, True))
        for router in routers:
            for core in cores:
                self._join_routed(router, core, up=(True, False))
        if len(routers) == 2:
            self._join_routed(routers[0], routers[1], up=(False, False))
        pairs = [dists[start : start + 2] for start in range(0, len(dists), 2)]
        for number, pair in enumerate(pairs):
            for dist in pair:
                for core in cores:
                    self._join_routed(dist, core, up=(True, False))
            if len(pair) == 2:
                self._join(pair[0], pair[1], up=(True, True))
            self._add_gateways(pair, pod, number)
        for number, access in enumerate(of["access"]):
            for dist in pairs[number % len(pairs)]:
                self._join(access, dist, up=(True, False))
        self._cable_servers(of["server"], of["access"], len(pairs), pod)

    def _cable_servers(self, servers: list[_Draft], accesses: list[_Draft], pairs: int, pod: int) -> None:
        for number, server in enumerate(servers):
            place = number % len(accesses)
            port = self._join(server, accesses[place], up=(True, False))
            server.addresses[port] = [self._plan.server(pod, place % pairs, number)]
            if number % 4 == 3:  # every fourth has a second cable, to the next access switch
                self._join(server, accesses[(place + 1) % len(accesses)], up=(True, False))

    def _cable_ring(self, pods: int) -> None:
        firsts = [self._drafts[pod * _POD_SIZE] for pod in range(pods)]  # a pod begins with its router
        for left, right in pairwise(firsts):
            self._join_routed(left, right, up=(True, True))
        if len(firsts) > 2:
            self._join_routed(firsts[-1], firsts[0], up=(True, True))

    def _add_gateways(self, pair: list[_Draft], pod: int, number: int) -> None:
        for vlan in VLANS:
            for place, dist in enumerate(pair):
                dist.add_vlan_port(vlan, self._plan.gateway(pod, number, vlan, place))

    def _join(self, a: _Draft, b: _Draft, *, up: tuple[bool, bool]) -> str:
        """Lay one cable; the name of the port at `a`."""
        a_port, b_port = a.take(up=up[0]), b.take(up=up[1])
        a.aliases[a_port] = f"to {b.name} {b_port}"
        b.aliases[b_port] = f"to {a.name} {a_port}"
        self._links.append(LabLink(End(a.name, a_port), End(b.name, b_port)))
        return a_port

    def _join_routed(self, a: _Draft, b: _Draft, *, up: tuple[bool, bool]) -> None:
        """Lay a cable with a /31 on it."""
        self._join(a, b, up=up)
        link = self._links[-1]
        left, right = self._plan.next_link()
        a.addresses[link.a.interface] = [(left, 31)]
        b.addresses[link.b.interface] = [(right, 31)]
