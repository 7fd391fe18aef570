"""Which known device a neighbour is. Pure.

    announced                                   matches
    LLDP chassis ID, any subtype                the chassis ID that the device itself announces (subtype and text)
    LLDP chassis ID of subtype MAC              the MAC of one of its interfaces
    LLDP chassis ID of subtype network address  one of its IP addresses
    node of a GNS3 project (at a cable)         being that node
    CDP device ID with a serial number          its serial number: "SERIAL(name)" or "name(SERIAL)"
    CDP device ID that is a MAC                 the MAC of one of its interfaces
    CDP device ID that is a name                its sysName, but only where the announced port exists on it too
    none of these                               a management address of its own, where the announced port exists

A system name (LLDP's lldpRemSysName) is never asked. Where several devices fit, the announced port, then the
management address, then who hears whom decide; if that leaves several, the neighbour stays unresolved.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from nms.network_management.topology.ports import PortIndex
from nms.network_management.topology.values import Hearing, Node, Port

CHASSIS_MAC, CHASSIS_NETWORK_ADDRESS = 4, 5
_WITH_SERIAL = re.compile(r"(?P<one>[^()]+)\((?P<other>[^()]+)\)")


class Neighborhood:
    """Knows a set of nodes and finds announced ones among them."""

    def __init__(self, nodes: Collection[Node], hearings: Collection[Hearing] = ()) -> None:
        self.nodes = {node.id: node for node in nodes}
        self._ports = {node.id: PortIndex(node) for node in nodes}
        self._chassis: dict[tuple[int | None, str], set[int]] = defaultdict(set)
        self._macs: dict[str, set[int]] = defaultdict(set)
        self._addresses: dict[str, set[int]] = defaultdict(set)
        self._serials: dict[str, set[int]] = defaultdict(set)
        self._names: dict[str, set[int]] = defaultdict(set)
        for node in nodes:
            self._enter(node)
        self._gns3 = {node.gns3: node.id for node in nodes if node.gns3}
        self._heard_by: dict[int, list[Hearing]] = defaultdict(list)
        for hearing in hearings:
            self._heard_by[hearing.device_id].append(hearing)

    def _enter(self, node: Node) -> None:
        if node.chassis_id:
            self._chassis[node.chassis_subtype, node.chassis_id].add(node.id)
        for port in node.ports:
            if port.mac:
                self._macs[port.mac].add(node.id)
        for address in node.addresses:
            self._addresses[address].add(node.id)
        if node.serial:
            self._serials[node.serial.lower()].add(node.id)
        for name in name_forms(node.name):
            self._names[name].add(node.id)

    def find(self, heard: Hearing) -> tuple[Node, Port | None] | None:
        """Return the device that `heard` announces, and its port where that can be told."""
        direct = self._by_identifier(heard)
        found = self._single(direct, heard) if direct else self._single(self._by_hint(heard), heard)
        if found is None:
            return None
        return self.nodes[found], self._ports[found].find(heard)

    def gns3_port(self, device_id: int, name: str) -> Port | None:
        """Return the port of a device that GNS3 calls `name`, where that can be told."""
        ports = self._ports.get(device_id)
        return ports.named_in_gns3(name) if ports else None

    def _by_identifier(self, heard: Hearing) -> set[int]:
        if heard.protocol == "gns3":
            return {self._gns3[heard.chassis_id]} if heard.chassis_id in self._gns3 else set()
        if heard.protocol == "cdp":
            return self._by_cdp_identifier(heard.chassis_id)
        if not heard.chassis_id:
            return set()
        if own := self._chassis.get((heard.chassis_subtype, heard.chassis_id)):
            return set(own)
        if heard.chassis_subtype == CHASSIS_MAC:
            return set(self._macs.get(heard.chassis_id.lower(), ()))
        if heard.chassis_subtype == CHASSIS_NETWORK_ADDRESS:
            return set(self._addresses.get(heard.chassis_id, ()))
        return set()

    def _by_cdp_identifier(self, device_id: str) -> set[int]:
        found = set(self._macs.get(device_id.lower(), ()))
        for serial in serial_forms(device_id):
            found |= self._serials.get(serial, set())
        return found

    def _by_hint(self, heard: Hearing) -> set[int]:
        """Devices that only fit if the announced port is theirs."""
        found: set[int] = set()
        if heard.protocol == "cdp":
            for name in name_forms(heard.chassis_id):
                found |= self._names.get(name, set())
        for address in heard.management_addresses:
            found |= self._addresses.get(address, set())
        return {node for node in found if self._has_port(node, heard)}

    def _single(self, candidates: set[int], heard: Hearing) -> int | None:
        tests: Iterable[Callable[[int], bool]] = (
            lambda node: self._has_port(node, heard),
            lambda node: any(address in self.nodes[node].addresses for address in heard.management_addresses),
            lambda node: self._hears(node, heard),
        )
        for fits in tests:
            if len(candidates) < 2:
                break
            candidates = {node for node in candidates if fits(node)} or candidates
        return next(iter(candidates)) if len(candidates) == 1 else None

    def _has_port(self, node: int, heard: Hearing) -> bool:
        return self._ports[node].find(heard) is not None

    def _hears(self, node: int, heard: Hearing) -> bool:
        """Whether `node` hears the device that heard it, on the port on which it was heard."""
        listener = self._ports.get(heard.device_id)
        if listener is None:
            return False
        for back in self._heard_by[node]:
            if heard.device_id in (self._by_identifier(back) or self._by_hint(back)):
                port = listener.find(back)
                if port is not None and port.id == heard.interface_id:
                    return True
        return False


def name_forms(name: str) -> set[str]:
    """A name and its first label, in lower case: agents differ in whether they add the domain."""
    lower = name.strip().lower()
    return {lower, lower.partition(".")[0]} - {""}


def serial_forms(device_id: str) -> set[str]:
    match = _WITH_SERIAL.fullmatch(device_id.strip())
    return {match["one"].lower(), match["other"].lower()} if match else set()
