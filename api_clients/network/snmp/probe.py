"""The smallest SNMP messages that make an agent show itself, and reading just enough of its answers.

A sweep sends the same message to thousands of addresses and only wants to know who answers to what; a session per
address (socket, engine discovery, varbinds) would cost a hundred times more. Encoding is BER (ITU-T X.690) of
RFC 3416 (v1, v2c) and RFC 3412/3414 (v3 engine discovery); nothing here sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from api_clients.network.snmp.values import Community, Credential

_INTEGER, _OCTETS, _NULL, _SEQUENCE = 0x02, 0x04, 0x05, 0x30
_GET, _RESPONSE = 0xA0, 0xA2
_SYS_OBJECT_ID = bytes.fromhex("06082b06010201010200")  # 1.3.6.1.2.1.1.2.0
_VERSIONS = {"1": 0, "2c": 1}
_V3 = 3
_AUTHORIZATION_ERROR = 16  # RFC 3416: the community is known but may read nothing


@dataclass(frozen=True, slots=True)
class Probe:
    """One way to greet an agent: with a community, or (None) with the engine discovery every v3 agent answers."""

    community: Community | None

    def message(self, request_id: int) -> bytes:
        """Return the datagram; `request_id` is between 0 and 2^31-1 and comes back in the answer."""
        if self.community is None:
            return _engine_discovery(request_id)
        version = _VERSIONS[self.community.version]
        pdu = _pdu(request_id, _tlv(_SEQUENCE, _SYS_OBJECT_ID + _tlv(_NULL, b"")))  # one varbind
        return _tlv(_SEQUENCE, _integer(version) + _tlv(_OCTETS, self.community.community.encode()) + pdu)


def probe_for(credential: Credential) -> Probe:
    return Probe(credential if isinstance(credential, Community) else None)


@dataclass(frozen=True, slots=True)
class Greeting:
    """An answer that is SNMP: which request it belongs to, and whether the agent accepted who asked."""

    request_id: int
    kind: Literal["community", "engine"]
    accepted: bool


class Unreadable(ValueError):
    """A datagram that is not an SNMP answer; the message says what is wrong with it."""


def read_greeting(datagram: bytes) -> Greeting:
    """Read the head of an answer. Raises Unreadable for anything that is not a complete SNMP response or report."""
    message = _Reader(datagram).enter(_SEQUENCE)
    version = message.integer()
    if version == _V3:
        return Greeting(message.enter(_SEQUENCE).integer(), "engine", accepted=True)
    if version not in _VERSIONS.values():
        raise Unreadable(f"SNMP version field is {version}")
    message.skip(_OCTETS)
    pdu = message.enter(_RESPONSE)
    request_id, error_status = pdu.integer(), pdu.integer()
    return Greeting(request_id, "community", accepted=error_status != _AUTHORIZATION_ERROR)


class _Reader:
    """A cursor over BER. Every step raises Unreadable where the bytes end early or hold another type."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def enter(self, tag: int) -> _Reader:
        return _Reader(self._take(tag))

    def skip(self, tag: int) -> None:
        self._take(tag)

    def integer(self) -> int:
        return int.from_bytes(self._take(_INTEGER), "big", signed=True)

    def _take(self, tag: int) -> bytes:
        data = self._data
        if len(data) < 2:
            raise Unreadable("the message is truncated")
        if data[0] != tag:
            raise Unreadable(f"tag 0x{data[0]:02x} where 0x{tag:02x} belongs")
        length, start = data[1], 2
        if length & 0x80:
            start += length & 0x7F
            if not 1 <= length & 0x7F <= 4 or len(data) < start:
                raise Unreadable("a length field is not valid")
            length = int.from_bytes(data[2:start], "big")
        if len(data) < start + length:
            raise Unreadable("the message is truncated")
        self._data = data[start + length :]
        return data[start : start + length]


def _engine_discovery(message_id: int) -> bytes:
    """RFC 3414 section 4: an unauthenticated, reportable request to nobody; the agent reports its engine ID."""
    header = _integer(message_id) + _integer(65507) + _tlv(_OCTETS, b"\x04") + _integer(3)
    usm = _tlv(_OCTETS, b"") + _integer(0) + _integer(0) + _tlv(_OCTETS, b"") * 3
    scoped = _tlv(_OCTETS, b"") * 2 + _pdu(message_id, b"")
    return _tlv(
        _SEQUENCE,
        _integer(_V3) + _tlv(_SEQUENCE, header) + _tlv(_OCTETS, _tlv(_SEQUENCE, usm)) + _tlv(_SEQUENCE, scoped),
    )


def _pdu(request_id: int, varbinds: bytes) -> bytes:
    return _tlv(_GET, _integer(request_id) + _integer(0) + _integer(0) + _tlv(_SEQUENCE, varbinds))


def _integer(value: int) -> bytes:
    return _tlv(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content
