"""Addresses in the order of their numbers. Pure."""

from __future__ import annotations

import ipaddress
import socket


def address_sort_key(address: str) -> str:
    """Return text that sorts addresses as numbers, IPv4 first. Raises ValueError for what is no address."""
    try:
        return f"4{socket.inet_pton(socket.AF_INET, address).hex()}"  # a tenth of what ipaddress takes
    except OSError:
        parsed = ipaddress.ip_address(address)
    return f"{parsed.version}{parsed.packed.hex()}"
