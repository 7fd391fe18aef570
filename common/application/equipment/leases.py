"""DHCP leases as devices print them: whose MAC was given which address. Pure.

Cisco writes the client identifier (01 and the MAC) in groups of four, RouterOS and dnsmasq the MAC itself.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from api_clients.network.console.addressing import mac

# What a console of this dialect is asked; a device that serves no DHCP refuses it or prints nothing.
COMMANDS: Final = {
    "cisco": "show ip dhcp binding",
    "mikrotik": "/ip dhcp-server lease print terse without-paging",
    "linux": "cat /var/lib/misc/dnsmasq.leases /tmp/dhcp.leases /var/lib/dhcp/dhcpd.leases 2>/dev/null",
}

_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_CLIENT_ID = re.compile(r"(?<![0-9a-f.])01([0-9a-f]{2}\.[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{2})(?![0-9a-f.])")
_MAC = re.compile(
    r"(?<![0-9a-f:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![0-9a-f:-])|(?<![0-9a-f.])(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}(?![0-9a-f.])"
)
_ISC_LEASE = re.compile(r"lease\s+(\d[\d.]+)\s*\{(.*?)\}", re.DOTALL)


def read_leases(text: str) -> tuple[tuple[str, str], ...]:
    """(address, MAC) of each lease, once; lines that are none are passed over."""
    text = text.lower()
    lines = [f"{address} {body}".replace("\n", " ") for address, body in _ISC_LEASE.findall(text)]
    found = {pair for line in lines or text.splitlines() for pair in _pair(line)}
    return tuple(sorted(found))


def _pair(line: str) -> Iterator[tuple[str, str]]:
    address = _IPV4.search(line)
    hardware = _CLIENT_ID.search(line)
    written = hardware[1] if hardware else (found[0] if (found := _MAC.search(line)) else "")
    if address is None or not written:
        return
    try:
        yield str(ipaddress.ip_address(address[0])), mac(written)
    except ValueError:
        return
