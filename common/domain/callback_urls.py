"""Where the hub may be told to call: any web address of a host, but none that only this machine's surroundings know.

Modules are registered by admins and usually run beside the hub, so loopback and private addresses are fine. Refused are
link-local ones (169.254.169.254 hands out credentials of cloud machines), multicast, broadcast and unspecified ones.
A name is not resolved here: whom it leads to is the business of whoever may register.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import urlsplit

MAX_LENGTH = 500
_PRINTABLE = re.compile(r"[!-~]+")
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?")
_PATH = re.compile(r"/?|(/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)+")
_LOOKS_NUMERIC = re.compile(r"(0[xX][0-9a-fA-F]*|[0-9]+)(\.(0[xX][0-9a-fA-F]*|[0-9]+))*\.?")


def callback_url_problem(url: str) -> str | None:
    """What is wrong with the URL, or None."""
    if len(url) > MAX_LENGTH or not _PRINTABLE.fullmatch(url):
        return f"write a URL of at most {MAX_LENGTH} printable ASCII characters"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        return f"this is no URL: {error}"
    if parts.scheme not in {"http", "https"} or not host:
        return "write http:// or https://, a host and, if need be, a port and a path"
    if parts.username is not None or parts.password is not None:
        return "a URL with a user name or password would end in logs; the shared secret signs each request"
    if parts.query or parts.fragment or "?" in url or "#" in url:
        return "a query or fragment is not sent; write the path alone"
    if (
        not _PATH.fullmatch(parts.path)
        or "//" in parts.path
        or any(segment in {".", ".."} for segment in parts.path.lower().replace("%2e", ".").split("/"))
    ):
        return "the path has empty or dotted segments, or characters that must be percent-encoded"
    if port == 0:
        return "port 0 cannot be called"
    return _host_problem(host)


def _host_problem(host: str) -> str | None:
    address = _address(host)
    if address is None:
        if ":" in host or _LOOKS_NUMERIC.fullmatch(host) or not _HOST_NAME.fullmatch(host):
            return f"{host[:80]!r} is neither a host name nor an address"
        return None
    # ::ffff:169.254.169.254 reaches the same as 169.254.169.254.
    address = getattr(address, "ipv4_mapped", None) or address
    for forbidden, what in (
        (address.is_unspecified, "an unspecified"),
        (address.is_multicast, "a multicast"),
        (address.is_link_local, "a link-local"),
        (address == ipaddress.IPv4Address("255.255.255.255"), "a broadcast"),
    ):
        if forbidden:
            return f"{address} is {what} address, which no module is called at"
    return None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that `host` spells, also in the ways of inet_aton (2852039166, 0xa9.254.43518), or None."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    if _LOOKS_NUMERIC.fullmatch(host):
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host.rstrip(".")))
        except OSError:
            return None
    return None
