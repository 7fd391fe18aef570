"""What the session must read from a datagram itself, because gufo-snmp does not hand it on.

gufo decodes varbinds in Rust, and fast; it drops error-status and error-index, and reports every SNMPv3
Report PDU as "authentication failed". Both stand near the front of the message, in plain BER, unless the
message is encrypted; so the channel peeks at the front and this module reads it when an answer looks odd.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_SEQUENCE: Final = 0x30
_INTEGER: Final = 0x02
_OCTET_STRING: Final = 0x04
_GET_RESPONSE: Final = 0xA2
_USM_STATS: Final = bytes.fromhex("2b060106030f0101")  # 1.3.6.1.6.3.15.1.1, usmStats of RFC 3414
_SIGNED_FLAG: Final = 0x01
_ENCRYPTED_FLAG: Final = 0x02


Decrypt = Callable[[bytes, bytes, int, int], bytes]  # ciphertext, salt, engine boots and time; to plaintext


class Unreadable(ValueError):
    """The bytes are not the front of an SNMP message."""


@dataclass(frozen=True, slots=True)
class Head:
    """The front of a response; `encrypted` hides status and index, which are then 0."""

    version: int
    status: int
    error_index: int
    encrypted: bool = False


def read_head(datagram: bytes | bytearray) -> Head:
    """Read version, error-status and error-index; raise Unreadable where they are not there to be read."""
    try:
        at, _ = _open(datagram, 0, _SEQUENCE)
        version, at = _integer(datagram, at)
        return _v3_head(datagram, at) if version == 3 else _community_head(datagram, at, version)
    except IndexError:
        raise Unreadable("the datagram ends inside its header") from None


def spans_datagram(front: bytes | bytearray, datagram_bytes: int) -> bool:
    """Whether the datagram is one SEQUENCE from its first byte to its last, as every SNMP message is.

    gufo panics on some bytes that are no BER at all, and Rust prints a backtrace for each panic. This check
    costs half a microsecond and keeps nearly all of them from it.
    """
    if datagram_bytes < 2 or front[0] != _SEQUENCE:
        return False
    length = front[1]
    if length < 0x80:
        return datagram_bytes == 2 + length
    size = length & 0x7F
    return 1 <= size <= 4 and datagram_bytes == 2 + size + int.from_bytes(front[2 : 2 + size], "big")


def usm_statistic(datagram: bytes | bytearray) -> int | None:
    """Which usmStats object a Report PDU carries (1 unsupported level ... 6 decryption error); None without one."""
    found = datagram.find(_USM_STATS)
    if found < 0 or found + len(_USM_STATS) >= len(datagram):
        return None
    return datagram[found + len(_USM_STATS)]


def _community_head(data: bytes | bytearray, at: int, version: int) -> Head:
    at, length = _open(data, at, _OCTET_STRING)
    status, index = _response_status(data, at + length)
    return Head(version, status, index)


def _v3_head(data: bytes | bytearray, at: int) -> Head:
    global_at, length = _open(data, at, _SEQUENCE)
    _, inner = _integer(data, global_at)  # msgID
    _, inner = _integer(data, inner)  # msgMaxSize
    flags_at, _ = _open(data, inner, _OCTET_STRING)
    security_at, security_length = _open(data, global_at + length, _OCTET_STRING)
    if data[flags_at] & _ENCRYPTED_FLAG:
        return Head(3, 0, 0, encrypted=True)
    status, index = _scoped_status(data, security_at + security_length)
    return Head(3, status, index)


def engine_id_of(datagram: bytes | bytearray) -> bytes:
    """msgAuthoritativeEngineID of an SNMPv3 message; empty where it cannot be read."""
    try:
        at, _ = _security_parameters(datagram)
        at, length = _open(datagram, at, _OCTET_STRING)
    except (IndexError, Unreadable):
        return b""
    return bytes(datagram[at : at + length])


def digest_place(datagram: bytes | bytearray) -> tuple[int, int] | None:
    """Start and end of msgAuthenticationParameters; None in a message that is not signed. Unreadable otherwise."""
    try:
        at, _ = _open(datagram, 0, _SEQUENCE)
        _, at = _integer(datagram, at)  # msgVersion
        at, _ = _open(datagram, at, _SEQUENCE)  # msgGlobalData
        _, at = _integer(datagram, at)  # msgID
        _, at = _integer(datagram, at)  # msgMaxSize
        at, _ = _open(datagram, at, _OCTET_STRING)  # msgFlags
        if not datagram[at] & _SIGNED_FLAG:
            return None
        at, _ = _security_parameters(datagram)
        at, length = _open(datagram, at, _OCTET_STRING)  # msgAuthoritativeEngineID
        _, at = _integer(datagram, at + length)
        _, at = _integer(datagram, at)
        at, length = _open(datagram, at, _OCTET_STRING)  # msgUserName
        at, length = _open(datagram, at + length, _OCTET_STRING)
    except IndexError:
        raise Unreadable("the datagram ends inside its header") from None
    return at, at + length


def read_encrypted_head(datagram: bytes | bytearray, decrypt: Decrypt) -> Head:
    """Like read_head for an encrypted message, whose front is enough: the ciphers run from its start."""
    try:
        at, payload_at = _security_parameters(datagram)
        at, length = _open(datagram, at, _OCTET_STRING)  # msgAuthoritativeEngineID
        boots, at = _integer(datagram, at + length)
        time, at = _integer(datagram, at)
        for _ in ("msgUserName", "msgAuthenticationParameters"):
            at, length = _open(datagram, at, _OCTET_STRING)
            at += length
        at, length = _open(datagram, at, _OCTET_STRING)
        salt = bytes(datagram[at : at + length])
        secret_at, _ = _open(datagram, payload_at, _OCTET_STRING)
        secret = bytes(datagram[secret_at:])
        status, index = _scoped_status(decrypt(secret[: len(secret) // 8 * 8], salt, boots, time), 0)
    except IndexError:
        raise Unreadable("the datagram ends inside its header") from None
    return Head(3, status, index)


def _security_parameters(data: bytes | bytearray) -> tuple[int, int]:
    """Where the fields of UsmSecurityParameters start, and where what comes after them does."""
    at, _ = _open(data, 0, _SEQUENCE)
    _, at = _integer(data, at)  # msgVersion
    at, length = _open(data, at, _SEQUENCE)  # msgGlobalData
    at, length = _open(data, at + length, _OCTET_STRING)
    fields_at, _ = _open(data, at, _SEQUENCE)
    return fields_at, at + length


def _scoped_status(data: bytes | bytearray, at: int) -> tuple[int, int]:
    at, _ = _open(data, at, _SEQUENCE)
    for _ in ("contextEngineID", "contextName"):
        at, length = _open(data, at, _OCTET_STRING)
        at += length
    return _response_status(data, at)


def _response_status(data: bytes | bytearray, at: int) -> tuple[int, int]:
    at, _ = _open(data, at, _GET_RESPONSE)
    _, at = _integer(data, at)  # request-id
    status, at = _integer(data, at)
    index, _ = _integer(data, at)
    return status, index


def _open(data: bytes | bytearray, at: int, tag: int) -> tuple[int, int]:
    """Where the content of the element at `at` starts, and its length."""
    if data[at] != tag:
        raise Unreadable(f"tag 0x{data[at]:02x} where 0x{tag:02x} belongs")
    length = data[at + 1]
    at += 2
    if length & 0x80:
        size = length & 0x7F
        length = int.from_bytes(data[at : at + size], "big")
        at += size
    return at, length


def _integer(data: bytes | bytearray, at: int) -> tuple[int, int]:
    at, length = _open(data, at, _INTEGER)
    return int.from_bytes(data[at : at + length], "big", signed=True), at + length
