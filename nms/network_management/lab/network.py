"""The generated lab at run time: every device of a topology as an agent, and what happens to it.

A link that goes down changes ifOperStatus at both ends, stops their counters and takes the LLDP and CDP rows of both
away, as when a cable is pulled. ifAdminStatus, sysName, sysContact and sysLocation can be SET with the write community
or the v3 user. A device's view is built at the start, and again after a change, when it is next asked.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from api_clients.network.snmp.simulator import Agent, MibView, Writable
from api_clients.network.snmp.simulator.standard.interfaces import IF_ADMIN_STATUS, SimulatedInterface
from api_clients.network.snmp.simulator.standard.system import SYS_CONTACT, SYS_LOCATION, SYS_NAME
from api_clients.network.snmp.simulator.standard.traffic import Traffic
from api_clients.network.snmp.wire import ber
from nms.network_management.lab.mib import DeviceView, NeighborView, device_objects
from nms.network_management.lab.serving import V3_USER, Lab, LabError, Served
from nms.network_management.lab.topology import LabDevice, LabInterface, LabLink, Topology

_DAY = 86400
_ADMIN_UP, _ADMIN_DOWN = 1, 2
_LOGICAL_RATE = 2_000.0  # octets/s over loopbacks and VLAN interfaces


class GeneratedLab(Lab):
    def __init__(
        self, topology: Topology, *, port: int = 0, community: str = "public", write_community: str = "private"
    ) -> None:
        self.topology = topology
        self._down: set[LabLink] = set()
        self._nodes = {device.name: _Node(device) for device in topology.devices}
        self._links: dict[tuple[str, str], LabLink] = {}
        for link in topology.links:
            self._links[(link.a.device, link.a.interface)] = self._links[(link.b.device, link.b.interface)] = link
        served = [
            Served(device.name, device.address, community, self._agent(device, community, write_community))
            for device in topology.devices
        ]
        super().__init__(served, port=port)

    def describe(self) -> dict[str, Any]:
        described = super().describe()
        for entry, device in zip(described["devices"], self.topology.devices, strict=True):
            platform = device.platform
            entry |= {"role": device.role, "vendor": platform.vendor, "model": platform.model}
            entry |= {"version": platform.version, "serial": device.serial}
        described["links"] = [_link_entry(link) for link in self.topology.links]
        described["v3_user"] = {
            "name": V3_USER.name,
            "auth_protocol": V3_USER.auth_protocol,
            "auth_password": V3_USER.auth_password,
            "priv_protocol": V3_USER.priv_protocol,
            "priv_password": V3_USER.priv_password,
        }
        return described

    def link_at(self, device: str, interface: str) -> LabLink:
        """The link on a port, by ifName or ifDescr. Raises LabError where there is none."""
        node = self._nodes[self.device(device).name]
        try:
            return self._links[(device, node.device.interface(interface).port.name)]
        except KeyError:
            ports = ", ".join(name for owner, name in self._links if owner == device)
            raise LabError(f"{device} has no link on {interface!r}; it has links on {ports or 'no port'}") from None

    def link_down(self, link: LabLink) -> None:
        self._down.add(link)
        self._settle(link)

    def link_up(self, link: LabLink) -> None:
        self._down.discard(link)
        self._settle(link)

    def reboot(self, name: str) -> None:
        """sysUpTime and counters start from zero, snmpEngineBoots counts up."""
        agent = self.device(name).agent
        self._nodes[name].reboot()
        agent.engine.reboot()
        agent.refresh()

    def restore(self, name: str | None = None) -> None:
        super().restore(name)
        for link in [link for link in self._down if name in (None, link.a.device, link.b.device)]:
            self.link_up(link)

    def is_up(self, link: LabLink) -> bool:
        return link not in self._down and not any(
            end.interface in self._nodes[end.device].disabled for end in (link.a, link.b)
        )

    def set_admin_status(self, device: str, interface: str, value: bytes) -> None:
        """What a SET of ifAdminStatus does; raises ValueError for anything but up and down."""
        status = int.from_bytes(value, "big", signed=True)
        if status not in (_ADMIN_UP, _ADMIN_DOWN):
            raise ValueError(f"ifAdminStatus {status}")
        node = self._nodes[device]
        (node.disabled.add if status == _ADMIN_DOWN else node.disabled.discard)(interface)
        link = self._links.get((device, interface))
        if link is not None:
            self._settle(link)
        node.note_change(interface)
        self.device(device).agent.refresh()

    def _settle(self, link: LabLink) -> None:
        """Let both ends see the link as it now is."""
        up = self.is_up(link)
        for end in (link.a, link.b):
            node = self._nodes[end.device]
            traffic = node.traffic_of(end.interface, link)
            (traffic.resume if up else traffic.stop)()
            node.note_change(end.interface)
            self.device(end.device).agent.refresh()

    def _agent(self, device: LabDevice, community: str, write_community: str) -> Agent:
        # SnmpEngineID of format 3: the enterprise with the first bit set, then the MAC address (RFC 3411).
        engine_id = (device.platform.enterprise | 1 << 31).to_bytes(4, "big") + b"\x03" + device.mac
        agent = Agent(
            lambda: self._view(device, agent),
            communities=[community],
            write_communities=[write_community],
            users=[V3_USER],
            write_users=[V3_USER.name],
            engine_id=engine_id,
        )
        return agent

    def _view(self, device: LabDevice, agent: Agent) -> MibView:
        node = self._nodes[device.name]
        view = DeviceView(
            device=device,
            engine=agent.engine,
            name=node.name,
            contact=node.contact,
            location=node.location,
            booted=node.booted,
            interfaces=tuple(self._interface(node, interface) for interface in device.interfaces),
            neighbors=tuple(self._neighbors(device)),
        )
        return MibView(device_objects(view), writable=self._writable(node))

    def _interface(self, node: _Node, interface: LabInterface) -> SimulatedInterface:
        port = interface.port
        link = self._links.get((node.device.name, port.name))
        enabled = port.name not in node.disabled
        return SimulatedInterface(
            index=port.index,
            name=port.name,
            description=port.description,
            type=port.type,
            mtu=port.mtu,
            speed_bps=port.speed_bps,
            mac=interface.mac,
            alias=interface.alias,
            admin_up=enabled,
            oper_up=enabled and (port.logical if link is None else self.is_up(link)),
            connector=not port.logical,
            traffic=node.traffic_of(port.name, link),
            last_change_ticks=node.changes.get(port.name, 0),
        )

    def _neighbors(self, device: LabDevice) -> list[NeighborView]:
        found = []
        for interface in device.interfaces:
            link = self._links.get((device.name, interface.port.name))
            if link is None or not self.is_up(link):
                continue
            end = link.other(device.name)
            remote = self._nodes[end.device]
            found.append(NeighborView(interface, remote.device, remote.device.interface(end.interface), remote.name))
        return found

    def _writable(self, node: _Node) -> dict[ber.Oid, Writable]:
        name = node.device.name
        writable = {
            (*IF_ADMIN_STATUS, interface.port.index): Writable(ber.INTEGER, self._admin_setter(name, interface))
            for interface in node.device.interfaces
        }
        for oid, attribute in ((SYS_NAME, "name"), (SYS_CONTACT, "contact"), (SYS_LOCATION, "location")):
            writable[oid] = Writable(ber.OCTET_STRING, self._text_setter(node, attribute))
        return writable

    def _admin_setter(self, device: str, interface: LabInterface) -> Callable[[bytes], None]:
        return lambda value: self.set_admin_status(device, interface.port.name, value)

    def _text_setter(self, node: _Node, attribute: str) -> Callable[[bytes], None]:
        def apply(value: bytes) -> None:
            setattr(node, attribute, value.decode())
            for link in self.topology.links:  # neighbours announce the new name as well
                if node.device.name in (link.a.device, link.b.device):
                    self.device(link.other(node.device.name).device).agent.refresh()
            self.device(node.device.name).agent.refresh()

        return apply


class _Node:
    """What changes about a device while the lab runs."""

    def __init__(self, device: LabDevice) -> None:
        self.device = device
        self.name = device.name
        self.contact = "noc@lab.example"
        self.location = f"Lab, pod {device.pod + 1}, rack {device.number % 8 + 1}"
        self.disabled: set[str] = set()
        self.changes: dict[str, int] = {}  # interface name: sysUpTime at its last change, in hundredths
        self.booted = time.monotonic() - _draw(device.name).uniform(_DAY, 300 * _DAY)
        self._traffic: dict[str, Traffic] = {}

    def reboot(self) -> None:
        self.booted = time.monotonic()
        self._traffic.clear()
        self.changes.clear()

    def note_change(self, interface: str) -> None:
        self.changes[interface] = int((time.monotonic() - self.booted) * 100)

    def traffic_of(self, interface: str, link: LabLink | None) -> Traffic:
        """One Traffic for each interface, kept so that its counters survive a new view."""
        if interface not in self._traffic:
            self._traffic[interface] = self._new_traffic(interface, link)
        return self._traffic[interface]

    def _new_traffic(self, interface: str, link: LabLink | None) -> Traffic:
        if link is None:
            logical = self.device.interface(interface).port.logical
            rate = _LOGICAL_RATE if logical else 0.0
            return Traffic(in_octets_rate=rate, out_octets_rate=rate, running_seconds=time.monotonic() - self.booted)
        # What one end sends is what the other receives.
        draw = _draw(f"{link.a.device} {link.a.interface}")
        speed = self.device.interface(interface).port.speed_bps / 8
        one_way, other_way = draw.uniform(0.005, 0.2) * speed, draw.uniform(0.005, 0.2) * speed
        a_side = link.a.device == self.device.name
        return Traffic(
            in_octets_rate=one_way if a_side else other_way,
            out_octets_rate=other_way if a_side else one_way,
            running_seconds=time.monotonic() - self.booted,
            phase=draw.uniform(0, 6),
        )


def _draw(key: str) -> random.Random:
    return random.Random(key)  # noqa: S311 - the same at each start, not a secret


def _link_entry(link: LabLink) -> dict[str, Any]:
    return {
        "a": {"device": link.a.device, "interface": link.a.interface},
        "b": {"device": link.b.device, "interface": link.b.interface},
    }
