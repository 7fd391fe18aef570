"""What the session must read from a datagram itself, because gufo-snmp does not hand it on.

gufo decodes varbinds in Rust, and fast; it drops error-status and error-index, and reports every SNMPv3
Report PDU as "authentication failed". Both stand near the front of the message, in plain BER, unless the
message is encrypted; so the channel peeks at the front and this module reads it when an answer looks odd.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .wire import ber
from .wire.ber import BerError, Bytes

_GET_RESPONSE: Final = 0xA2
_USM_STATS: Final = bytes.fromhex("2b060106030f0101")  # 1.3.6.1.6.3.15.1.1, usmStats of RFC 3414
_SIGNED_FLAG: Final = 0x01
_ENCRYPTED_FLAG: Final = 0x02


Decrypt = Callable[[bytes, bytes, int, int], bytes]  # ciphertext, salt, engine boots and time; to plaintext


@dataclass(frozen=True, slots=True)
class Head:
    """The front of a response; `encrypted` hides status and index, which are then 0."""

    status: int
    error_index: int
    encrypted: bool = False


def read_head(datagram: Bytes) -> Head:
    """Read error-status and error-index; raise BerError where they are not there to be read."""
    at, _ = ber.opening(datagram, 0, ber.SEQUENCE)
    version, at = ber.read_integer(datagram, at)
    return _v3_head(datagram, at) if version == 3 else _community_head(datagram, at)


def spans_datagram(front: Bytes, datagram_bytes: int) -> bool:
    """Whether the datagram is one SEQUENCE from its first byte to its last, as every SNMP message is.

    gufo panics on some bytes that are no BER at all, and Rust prints a backtrace for each panic. This check
    costs half a microsecond and keeps nearly all of them from it.
    """
    if datagram_bytes < 2 or front[0] != ber.SEQUENCE:
        return False
    length = front[1]
    if length < 0x80:
        return datagram_bytes == 2 + length
    size = length & 0x7F
    return 1 <= size <= 4 and datagram_bytes == 2 + size + int.from_bytes(front[2 : 2 + size], "big")


def usm_statistic(datagram: Bytes) -> int | None:
    """Which usmStats object a Report PDU carries (1 unsupported level ... 6 decryption error); None without one."""
    found = datagram.find(_USM_STATS)
    if found < 0 or found + len(_USM_STATS) >= len(datagram):
        return None
    return datagram[found + len(_USM_STATS)]


def _community_head(data: Bytes, at: int) -> Head:
    _, at = ber.expect(data, at, ber.OCTET_STRING)
    status, index = _response_status(data, at)
    return Head(status, index)


def _v3_head(data: Bytes, at: int) -> Head:
    flags, at = _flags(data, at)
    _, at = ber.expect(data, at, ber.OCTET_STRING)  # msgSecurityParameters
    if flags & _ENCRYPTED_FLAG:
        return Head(0, 0, encrypted=True)
    status, index = _scoped_status(data, at)
    return Head(status, index)


def engine_id_of(datagram: Bytes) -> bytes:
    """msgAuthoritativeEngineID of an SNMPv3 message; empty where it cannot be read."""
    try:
        at, _ = _security_parameters(datagram)
        return ber.read_octets(datagram, at)[0]
    except BerError:
        return b""


def digest_place(datagram: Bytes) -> tuple[int, int] | None:
    """Start and end of msgAuthenticationParameters; None in a message that is not signed. BerError otherwise."""
    at, _ = ber.opening(datagram, 0, ber.SEQUENCE)
    _, at = ber.read_integer(datagram, at)  # msgVersion
    flags, _ = _flags(datagram, at)
    if not flags & _SIGNED_FLAG:
        return None
    at, _ = _security_parameters(datagram)
    _, at = ber.read_octets(datagram, at)  # msgAuthoritativeEngineID
    _, at = ber.read_integer(datagram, at)
    _, at = ber.read_integer(datagram, at)
    _, at = ber.read_octets(datagram, at)  # msgUserName
    return ber.expect(datagram, at, ber.OCTET_STRING)


def read_encrypted_head(datagram: Bytes, decrypt: Decrypt) -> Head:
    """Like read_head for an encrypted message."""
    at, payload_at = _security_parameters(datagram)
    _, at = ber.read_octets(datagram, at)  # msgAuthoritativeEngineID
    boots, at = ber.read_integer(datagram, at)
    time, at = ber.read_integer(datagram, at)
    _, at = ber.read_octets(datagram, at)  # msgUserName
    _, at = ber.read_octets(datagram, at)  # msgAuthenticationParameters
    salt, _ = ber.read_octets(datagram, at)
    secret, _ = ber.read_octets(datagram, payload_at)
    status, index = _scoped_status(decrypt(secret, salt, boots, time), 0)
    return Head(status, index)


def _flags(data: Bytes, at: int) -> tuple[int, int]:
    """msgFlags of the msgGlobalData at `at`, and where what comes after that starts."""
    at, end = ber.expect(data, at, ber.SEQUENCE)
    _, at = ber.read_integer(data, at)  # msgID
    _, at = ber.read_integer(data, at)  # msgMaxSize
    flags, _ = ber.read_octets(data, at)
    if len(flags) != 1:
        raise BerError("msgFlags is one octet")
    return flags[0], end


def _security_parameters(data: Bytes) -> tuple[int, int]:
    """Where the fields of UsmSecurityParameters start, and where what comes after them does."""
    at, _ = ber.opening(data, 0, ber.SEQUENCE)
    _, at = ber.read_integer(data, at)  # msgVersion
    _, at = ber.expect(data, at, ber.SEQUENCE)  # msgGlobalData
    at, end = ber.expect(data, at, ber.OCTET_STRING)
    at, _ = ber.expect(data, at, ber.SEQUENCE)
    return at, end


def _scoped_status(data: Bytes, at: int) -> tuple[int, int]:
    at, _ = ber.opening(data, at, ber.SEQUENCE)
    _, at = ber.expect(data, at, ber.OCTET_STRING)  # contextEngineID
    _, at = ber.expect(data, at, ber.OCTET_STRING)  # contextName
    return _response_status(data, at)


def _response_status(data: Bytes, at: int) -> tuple[int, int]:
    at, _ = ber.opening(data, at, _GET_RESPONSE)
    _, at = ber.read_integer(data, at)  # request-id
    status, at = ber.read_integer(data, at)
    index, _ = ber.read_integer(data, at)
    return status, index
