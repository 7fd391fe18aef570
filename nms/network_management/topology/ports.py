"""Which of a device's ports an announced port ID means. Pure.

The best witness is the device itself: where it serves LLDP-MIB it says how it announces each port. Then the
subtype says what the ID is (IEEE 802.1AB, LldpPortIdSubtype); the port description decides what is left open.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from nms.network_management.topology.values import Hearing, Node, Port

INTERFACE_ALIAS, PORT_COMPONENT, MAC_ADDRESS, NETWORK_ADDRESS, INTERFACE_NAME, CIRCUIT_ID, LOCAL = range(1, 8)


_NAME = re.compile(r"(?P<word>[a-z]+)[ -]?(?P<numbers>\d[\d/.:]*)")


class PortIndex:
    """The ports of one node, found by any of their names."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def find(self, heard: Hearing) -> Port | None:
        """Return the port that `heard` announces; None where none fits or several do."""
        if heard.protocol == "gns3":
            return self.named_in_gns3(heard.port_id)
        for candidates in self._attempts(heard):
            found = {port.id: port for port in candidates}
            if len(found) == 1:
                return next(iter(found.values()))
            if found and (told := self._described(found.values(), heard.port_description)):
                return told
        return None

    def named_in_gns3(self, name: str) -> Port | None:
        """Return the port that GNS3 calls `name`: the one of that name, else of its MAC, else of a name in short.

        An agent may call Ethernet0 eth0, and GigabitEthernet0/0 Gi0/0.
        """
        mac = self._node.gns3_ports.get(name)
        for candidates in (
            self._by_name.get(name, ()),
            self._by_mac.get(mac, ()) if mac else (),
            (
                port
                for port in self._node.ports
                if any(same_port_name(one, name) for one in (port.name, port.description))
            ),
        ):
            found = {port.id: port for port in candidates}
            if len(found) == 1:
                return next(iter(found.values()))
        return None

    def _attempts(self, heard: Hearing) -> Iterable[Iterable[Port]]:
        port_id, subtype = heard.port_id, heard.port_subtype
        if not port_id:
            return
        if subtype is not None:
            yield self._announced.get((subtype, port_id), ())
        if subtype == MAC_ADDRESS:
            yield self._by_mac.get(port_id.lower(), ())
        elif subtype == NETWORK_ADDRESS:
            yield (port for port in self._node.ports if port.id == self._node.addresses.get(port_id))
        else:
            yield self._by_name.get(port_id, ())
            yield self._by_alias.get(port_id, ())
            if subtype in {LOCAL, PORT_COMPONENT, CIRCUIT_ID} and port_id.isdigit():
                yield self._by_index.get(int(port_id), ())
        if heard.port_description:
            yield self._by_name.get(heard.port_description, ())

    @staticmethod
    def _described(ports: Iterable[Port], description: str) -> Port | None:
        named = [port for port in ports if description and description in {port.name, port.description, port.alias}]
        return named[0] if len(named) == 1 else None

    @cached_property
    def _announced(self) -> dict[tuple[int | None, str], list[Port]]:
        found = defaultdict(list)
        for port in self._node.ports:
            if port.announced_id:
                found[port.announced_subtype, port.announced_id].append(port)
        return found

    @cached_property
    def _by_mac(self) -> dict[str, list[Port]]:
        found = defaultdict(list)
        for port in self._node.ports:
            if port.mac:
                found[port.mac].append(port)
        return found

    @cached_property
    def _by_name(self) -> dict[str, list[Port]]:
        found = defaultdict(list)
        for port in self._node.ports:
            for name in {port.name, port.description} - {""}:
                found[name].append(port)
        return found

    @cached_property
    def _by_alias(self) -> dict[str, list[Port]]:
        found = defaultdict(list)
        for port in self._node.ports:
            if port.alias:
                found[port.alias].append(port)
        return found

    @cached_property
    def _by_index(self) -> dict[int, list[Port]]:
        return {port.if_index: [port] for port in self._node.ports}


def same_port_name(one: str, other: str) -> bool:
    """Whether the names are equal, or one is short for the other: equal numbers, and words that begin alike (eth0)."""
    if one.strip().lower() == other.strip().lower():
        return True
    words = [_NAME.fullmatch(name.strip().lower()) for name in (one, other)]
    if not (words[0] and words[1]) or words[0]["numbers"] != words[1]["numbers"]:
        return False
    first, second = words[0]["word"], words[1]["word"]
    return first.startswith(second) or second.startswith(first)
