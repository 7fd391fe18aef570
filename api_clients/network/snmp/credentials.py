"""Credentials checked, and turned into what gufo-snmp's sockets take."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from gufo.snmp._fast import SnmpV1ClientSocket, SnmpV2cClientSocket, SnmpV3ClientSocket
from gufo.snmp.user import (
    Aes128Key,
    Aes192Key,
    Aes256Key,
    BaseAuthKey,
    BasePrivKey,
    DesKey,
    KeyExpansion,
    KeyType,
    Md5Key,
    Sha1Key,
    Sha224Key,
    Sha256Key,
    Sha384Key,
    Sha512Key,
    User,
)

from api_clients.domain.errors import Unreachable

from .values import Community, Credential, SnmpTarget, UsmUser

MIN_PASSWORD: Final = 8  # RFC 3414, 11.2; agents refuse to create users with less
MAX_USER_NAME: Final = 32  # RFC 3414, SnmpAdminString (SIZE(0..32))
_OUR_OWN_LACK: Final = ("os error 23)", "os error 24)")  # of file descriptors: says nothing of the agent

GufoSocket = SnmpV1ClientSocket | SnmpV2cClientSocket | SnmpV3ClientSocket

_AUTH: Final[dict[str, type[BaseAuthKey]]] = {
    "MD5": Md5Key,
    "SHA": Sha1Key,
    "SHA-224": Sha224Key,
    "SHA-256": Sha256Key,
    "SHA-384": Sha384Key,
    "SHA-512": Sha512Key,
}
_PRIV: Final[dict[str, type[BasePrivKey]]] = {
    "DES": DesKey,
    "AES-128": Aes128Key,
    "AES-192": Aes192Key,
    "AES-256": Aes256Key,
    "AES-192-C": Aes192Key,
    "AES-256-C": Aes256Key,
}


class InvalidTarget(ValueError):
    """The address or port cannot be asked; nothing was sent."""


class InvalidCredential(ValueError):
    """The credential contradicts itself or the protocol; nothing was sent. The message never holds a secret."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The numbers and bytes with which gufo describes a user's keys."""

    user_name: str
    auth_algorithm: int
    auth_key: bytes
    priv_algorithm: int
    priv_key: bytes

    def without_privacy(self) -> Keys:
        return replace(self, priv_algorithm=0, priv_key=b"")


def check_credential(credential: Credential) -> None:
    """Raise InvalidCredential unless this credential could be sent."""
    if isinstance(credential, Community):
        if not 1 <= len(credential.community.encode()) <= 255:
            raise InvalidCredential("a community has 1 to 255 bytes")
        return
    _check_user(credential)


def _check_user(user: UsmUser) -> None:
    if not 1 <= len(user.name.encode()) <= MAX_USER_NAME:
        raise InvalidCredential(f"an SNMPv3 user name has 1 to {MAX_USER_NAME} bytes")
    if user.priv_protocol and not user.auth_protocol:
        raise InvalidCredential(f"user {user.name}: privacy needs authentication too (RFC 3411, 3.4.3)")
    for kind, protocol, known, password in (
        ("authentication", user.auth_protocol, _AUTH, user.auth_password),
        ("privacy", user.priv_protocol, _PRIV, user.priv_password),
    ):
        if protocol is None:
            continue
        if protocol not in known:
            raise InvalidCredential(f"user {user.name}: {kind} protocol {protocol} is none of {', '.join(known)}")
        if not password or len(password.encode()) < MIN_PASSWORD:
            raise InvalidCredential(f"user {user.name}: the {kind} password needs at least {MIN_PASSWORD} characters")


def keys_of(user: UsmUser) -> Keys:
    """The keys as RFC 3414's Ku; gufo localizes them once it knows the agent's engine ID."""
    if user.auth_protocol is None:
        return Keys(user.name, 0, b"", 0, b"")
    auth_kind = _AUTH[user.auth_protocol]
    auth = auth_kind(_master_key(user.auth_protocol, user.auth_password or ""), KeyType.Master)
    priv = None
    if user.priv_protocol is not None:
        # The privacy password goes through the authentication hash too (RFC 3414, 2.6).
        priv = _PRIV[user.priv_protocol](_master_key(user.auth_protocol, user.priv_password or ""), KeyType.Master)
    expansion = KeyExpansion.Cisco if (user.priv_protocol or "").endswith("-C") else KeyExpansion.Blumenthal
    gufo = User(user.name, auth_key=auth, priv_key=priv, key_expansion=expansion)
    return Keys(user.name, gufo.get_auth_alg(), gufo.get_auth_key(), gufo.get_priv_alg(), gufo.get_priv_key())


@lru_cache(maxsize=128)
def _master_key(auth_protocol: str, password: str) -> bytes:
    """Hashing a megabyte, by design: milliseconds, which a thousand devices of one user need not pay each."""
    return _AUTH[auth_protocol].get_master_key(password.encode())


def socket_address(target: SnmpTarget) -> str:
    """`address:port` as gufo parses it; raise InvalidTarget where it is no address."""
    if not 1 <= target.port <= 65535:
        raise InvalidTarget(f"port {target.port} is not between 1 and 65535")
    try:
        address = ipaddress.ip_address(target.address)
    except ValueError:
        raise InvalidTarget(f"{target.address!r} is neither an IPv4 nor an IPv6 address") from None
    return f"[{address}]:{target.port}" if address.version == 6 else f"{address}:{target.port}"


def open_socket(target: SnmpTarget, credential: Credential) -> GufoSocket:
    """A non-blocking UDP socket connected to the agent; an SNMPv3 one still knows neither engine nor user.

    Unreachable where this machine knows no way to the address.
    """
    address = socket_address(target)
    try:
        return _connected(address, credential)
    except OSError as error:
        if any(lack in str(error) for lack in _OUR_OWN_LACK):
            raise
        raise Unreachable(f"nothing can be sent there: {error}", service="snmp", target=address) from error


def _connected(address: str, credential: Credential) -> GufoSocket:
    if isinstance(credential, UsmUser):
        return SnmpV3ClientSocket(address, b"", "", 0, b"", 0, b"", 0, 0, 0, 0)
    if credential.version == "1":
        return SnmpV1ClientSocket(address, credential.community, 0, 0, 0, 0)
    return SnmpV2cClientSocket(address, credential.community, 0, 0, 0, 0)
