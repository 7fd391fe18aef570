"""The smallest SNMP messages that make an agent show itself, and reading just enough of its answers.

A sweep sends the same message to thousands of addresses and only wants to know who answers to what; a session per
address (socket, engine discovery, varbinds) would cost a hundred times more. Messages are those of RFC 3416 (v1, v2c)
and RFC 3412/3414 (v3 engine discovery); nothing here sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from api_clients.network.snmp.status import AUTHORIZATION_ERROR
from api_clients.network.snmp.values import Community, Credential
from api_clients.network.snmp.wire import ber

_GET, _RESPONSE = 0xA0, 0xA2
_SYS_OBJECT_ID = ber.tlv(ber.SEQUENCE, ber.object_identifier("1.3.6.1.2.1.1.2.0") + ber.null())
_VERSIONS = {"1": 0, "2c": 1}
_V3 = 3


@dataclass(frozen=True, slots=True)
class Probe:
    """One way to greet an agent: with a community, or (None) with the engine discovery every v3 agent answers."""

    community: Community | None

    def message(self, request_id: int) -> bytes:
        """Return the datagram; `request_id` is between 0 and 2^31-1 and comes back in the answer."""
        if self.community is None:
            return _engine_discovery(request_id)
        version = _VERSIONS[self.community.version]
        head = ber.integer(version) + ber.octets(self.community.community)
        return ber.tlv(ber.SEQUENCE, head + _get(request_id, _SYS_OBJECT_ID))


def probe_for(credential: Credential) -> Probe:
    return Probe(credential if isinstance(credential, Community) else None)


@dataclass(frozen=True, slots=True)
class Greeting:
    """An answer that is SNMP: which request it belongs to, and whether the agent accepted who asked."""

    request_id: int
    kind: Literal["community", "engine"]
    accepted: bool


def read_greeting(datagram: bytes) -> Greeting:
    """Read the head of an answer. Raises BerError for anything that is not a complete SNMP response or report."""
    at, _ = ber.expect(datagram, 0, ber.SEQUENCE)
    version, at = ber.read_integer(datagram, at)
    if version == _V3:
        at, _ = ber.expect(datagram, at, ber.SEQUENCE)
        message_id, _ = ber.read_integer(datagram, at)
        return Greeting(message_id, "engine", accepted=True)
    if version not in _VERSIONS.values():
        raise ber.BerError(f"SNMP version field is {version}")
    _, at = ber.read_octets(datagram, at)
    at, _ = ber.expect(datagram, at, _RESPONSE)
    request_id, at = ber.read_integer(datagram, at)
    error_status, _ = ber.read_integer(datagram, at)
    return Greeting(request_id, "community", accepted=error_status != AUTHORIZATION_ERROR)


def _engine_discovery(message_id: int) -> bytes:
    """RFC 3414 section 4: an unauthenticated, reportable request to nobody; the agent reports its engine ID."""
    nothing = ber.octets(b"")
    header = ber.integer(message_id) + ber.integer(65507) + ber.octets(b"\x04") + ber.integer(3)
    usm = nothing + ber.integer(0) + ber.integer(0) + nothing * 3
    scoped = nothing * 2 + _get(message_id, b"")
    return ber.tlv(
        ber.SEQUENCE,
        ber.integer(_V3)
        + ber.tlv(ber.SEQUENCE, header)
        + ber.octets(ber.tlv(ber.SEQUENCE, usm))
        + ber.tlv(ber.SEQUENCE, scoped),
    )


def _get(request_id: int, varbinds: bytes) -> bytes:
    head = ber.integer(request_id) + ber.integer(0) + ber.integer(0)
    return ber.tlv(_GET, head + ber.tlv(ber.SEQUENCE, varbinds))
