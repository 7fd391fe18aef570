"""Which interface a local port number of LLDP-MIB means.

The MIB does not say: lldpLocPortNum is "the bridge port number or ifIndex or anything". So the port's own ID and
description decide, by their subtype; then the bridge's port table; and only then the number itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from api_clients.network.snmp.mibs.decoding import integer
from api_clients.network.snmp.values import Interface, Value

INTERFACE_ALIAS, PORT_COMPONENT, MAC_ADDRESS, NETWORK_ADDRESS, INTERFACE_NAME, AGENT_CIRCUIT_ID, LOCAL = range(1, 8)

LocalPorts = Mapping[int, tuple[int, str, str]]


class PortMap:
    """Answers for one device; built once, asked for each neighbour."""

    def __init__(
        self,
        interfaces: Sequence[Interface],
        ports: LocalPorts,
        base_ports: Mapping[str, Value] | None = None,
        *,
        if_index_is_port: bool = False,
    ) -> None:
        self._if_index_is_port = if_index_is_port
        self._ports = ports
        self._base_ports = {port: integer(if_index) for port, if_index in (base_ports or {}).items()}
        self._indexes = {one.index for one in interfaces}
        self._by_name = _unique(interfaces, lambda one: one.name)
        self._by_description = _unique(interfaces, lambda one: one.description)
        self._by_alias = _unique(interfaces, lambda one: one.alias)
        self._by_mac = _unique(interfaces, lambda one: one.mac or "")

    def if_index(self, port: int) -> int | None:
        if self._if_index_is_port:
            return port
        subtype, port_id, description = self._ports.get(port, (0, "", ""))
        return (
            self._by_id(subtype, port_id)
            or self._named(description)
            or self._by_alias.get(description)
            or self._existing(self._base_ports.get(str(port)))
            or self._existing(port)
        )

    def _by_id(self, subtype: int, port_id: str) -> int | None:
        if not port_id:
            return None
        if subtype == MAC_ADDRESS:
            return self._by_mac.get(port_id)
        if subtype == INTERFACE_ALIAS:  # many agents put ifName or ifDescr there nevertheless
            return self._by_alias.get(port_id) or self._named(port_id)
        if subtype == LOCAL and port_id.isdecimal():  # Junos and others: the ifIndex in digits
            return self._named(port_id) or self._existing(int(port_id))
        return self._named(port_id) or self._by_alias.get(port_id)

    def _named(self, name: str) -> int | None:
        return self._by_name.get(name) or self._by_description.get(name)

    def _existing(self, if_index: int | None) -> int | None:
        return if_index if if_index in self._indexes else None


def _unique(interfaces: Iterable[Interface], key: Callable[[Interface], str]) -> dict[str, int]:
    """Key -> ifIndex, for keys that name one interface alone: switches often give all ports one MAC address."""
    seen: dict[str, int] = {}
    shared = set()
    for one in interfaces:
        if seen.setdefault(key(one), one.index) != one.index:
            shared.add(key(one))
    return {name: index for name, index in seen.items() if name and name not in shared}
