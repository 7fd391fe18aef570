"""Addresses as devices write them, turned into the one form of the values. All raise ValueError at what is none."""

from __future__ import annotations

import ipaddress
import re

from .values import Address

_NOT_HEX = re.compile(r"[^0-9a-fA-F]")


def address_with_prefix(text: str, mask: str | int | None = None) -> Address:
    """`10.0.0.1/24`, `10.0.0.1/255.255.255.0`, an address and its mask or prefix length, or an address alone."""
    written, _, length = text.strip().partition("/")
    length = str(mask) if mask not in (None, "") else length
    address = ipaddress.ip_address(written.partition("%")[0])
    if not length:
        return Address(str(address))
    return Address(str(address), ipaddress.ip_interface(f"{address}/{length}").network.prefixlen)


def ip(text: str) -> str:
    return str(ipaddress.ip_address(text.strip().partition("%")[0]))


def mac(text: str) -> str:
    """`0050.7966.6800`, `00:50:79:66:68:00`, `00-50-...` and their kin; 12 hex digits."""
    digits = _NOT_HEX.sub("", text).lower()
    if len(digits) != 12:
        raise ValueError("not 12 hexadecimal digits")
    return ":".join(digits[position : position + 2] for position in range(0, 12, 2))
