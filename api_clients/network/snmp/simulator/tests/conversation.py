"""A few lines of SNMPv2c for tests: requests as bytes, answers as (OID, tag, content)."""

from __future__ import annotations

from dataclasses import dataclass

from api_clients.network.snmp.simulator import Agent, pdu
from api_clients.network.snmp.wire import ber

Found = tuple[str, int, bytes]
SYS_NAME = "1.3.6.1.2.1.1.5.0"


@dataclass(frozen=True, slots=True)
class Answer:
    request_id: int
    status: int
    index: int
    varbinds: list[Found]


def request(
    kind: int,
    oids: list[str],
    *,
    first: int = 0,
    second: int = 0,
    version: int = pdu.V2C,
    community: str = "public",
    request_id: int = 7,
    values: list[bytes] | None = None,
) -> bytes:
    pairs = zip(oids, values or [ber.null()] * len(oids), strict=True)
    varbinds = b"".join(ber.tlv(ber.SEQUENCE, ber.object_identifier(oid) + value) for oid, value in pairs)
    body = ber.integer(request_id) + ber.integer(first) + ber.integer(second) + ber.tlv(ber.SEQUENCE, varbinds)
    return ber.tlv(ber.SEQUENCE, ber.integer(version) + ber.octets(community) + ber.tlv(kind, body))


def read_answer(datagram: bytes) -> Answer:
    start, end = ber.expect(datagram, 0, ber.SEQUENCE)
    assert end == len(datagram)
    _, at = ber.read_integer(datagram, start)
    _, at = ber.read_octets(datagram, at)
    start, end = ber.expect(datagram, at, pdu.RESPONSE)
    assert end == len(datagram)
    request_id, at = ber.read_integer(datagram, start)
    status, at = ber.read_integer(datagram, at)
    index, at = ber.read_integer(datagram, at)
    at, end = ber.expect(datagram, at, ber.SEQUENCE)
    varbinds = []
    while at < end:
        start, at = ber.expect(datagram, at, ber.SEQUENCE)
        name_start, name_end = ber.expect(datagram, start, ber.OBJECT_IDENTIFIER)
        tag, value_start, value_end = ber.header(datagram, name_end)
        assert value_end == at
        name = ".".join(map(str, ber.parse_oid_content(datagram[name_start:name_end])))
        varbinds.append((name, tag, datagram[value_start:value_end]))
    return Answer(request_id, status, index, varbinds)


def ask(agent: Agent, kind: int, oids: list[str], **options: object) -> Answer:
    """Raises AssertionError where the agent keeps silent."""
    reply = agent.answer(request(kind, oids, **options))
    assert reply is not None, "the agent kept silent"
    return read_answer(reply)


def walk(agent: Agent, root: str, *, count: int = 25) -> list[Found]:
    """A GETBULK walk of a subtree."""
    found: list[Found] = []
    at = root if "." in root else f"{root}.0"  # BER has no OID of one number
    while True:
        for name, tag, content in ask(agent, pdu.GET_BULK, [at], second=count).varbinds:
            if not name.startswith(f"{root}.") or tag == 0x82:
                return found
            found.append((name, tag, content))
        at = found[-1][0]
