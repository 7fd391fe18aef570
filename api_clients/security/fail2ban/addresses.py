"""Checks what is to be banned. The server does not: it would run its actions with any word at all."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

MAX_ADDRESSES = 1_000


def checked(addresses: Sequence[str]) -> tuple[str, ...]:
    """Return addresses and networks as they are usually written, each once. Raises ValueError saying which is wrong."""
    if isinstance(addresses, str):
        addresses = [addresses]
    if not addresses:
        raise ValueError("no address is given")
    if len(addresses) > MAX_ADDRESSES:
        raise ValueError(f"more than {MAX_ADDRESSES} addresses at once")
    return tuple(dict.fromkeys(_checked(address) for address in addresses))


def _checked(address: str) -> str:
    text = address.strip() if isinstance(address, str) else ""
    try:
        network = ipaddress.ip_network(text, strict=True)
    except ValueError:
        raise ValueError(_problem(text, address)) from None
    if "%" in text:
        raise ValueError(f"{text!r} has a zone, which means nothing to Fail2ban")
    if network.prefixlen == 0:
        raise ValueError(f"{text!r} is every address there is")
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def _problem(text: str, address: object) -> str:
    try:
        whole = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return f"{str(address)[:60]!r} is no address and no network"
    return f"{text!r} is an address inside of a network; the network is {whole}"
