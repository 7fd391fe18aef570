"""Which port of GNS3 an interface is that a device or a configuration speaks of. Pure.

GNS3 knows Ethernet0 (e0) where VPCS says eth0; GigabitEthernet0/0 is Gi0/0 to Cisco. A MAC says it best.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from api_clients.network.gns3.values import Port

_PARTS = re.compile(r"^\s*(?P<kind>[A-Za-z-]+)\s*(?P<number>[0-9][0-9/.:]*)?\s*$")
_SUBINTERFACE = re.compile(r"(?<=\d)\.\d+$")


def port_of(ports: Sequence[Port], name: str, mac: str = "") -> Port | None:
    """By MAC, by either of its names, or by the beginning of its name and the same number; None where none fits."""
    if mac and (found := [port for port in ports if (port.mac or "").lower() == mac]):
        return next((port for port in found if _named(port, name)), found[0])
    base = _SUBINTERFACE.sub("", name.strip())
    exact = [port for port in ports if _named(port, base)]
    if exact:
        return exact[0]
    alike = [port for port in ports if _alike(port.name, base)]
    return alike[0] if len(alike) == 1 else None


def port_name(ports: Sequence[Port], name: str, mac: str = "") -> str:
    """The port's name, or the device's own word for what is no port (Loopback0, lo)."""
    port = port_of(ports, name, mac)
    return port.name if port is not None else name


def _named(port: Port, name: str) -> bool:
    return name.casefold() in {port.name.casefold(), port.short_name.casefold()}


def _alike(port: str, name: str) -> bool:
    ours, theirs = _PARTS.match(port), _PARTS.match(name)
    if ours is None or theirs is None or ours["number"] != theirs["number"]:
        return False
    one, other = ours["kind"].casefold(), theirs["kind"].casefold()
    return one.startswith(other) or other.startswith(one)
