"""An agent made of a function: it gets each request taken apart and returns the datagrams to send back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from api_clients.network.snmp.values import SnmpTarget
from api_clients.network.snmp.wire import ber

GET, GET_NEXT, RESPONSE, GET_BULK = 0xA0, 0xA1, 0xA2, 0xA5
NULL = b"\x05\x00"


@dataclass(frozen=True)
class Asked:
    """A v1 or v2c request; `second` and `third` are status and index, or non-repeaters and max-repetitions."""

    raw: bytes
    version: int
    community: bytes
    kind: int
    request_id: int
    second: int
    third: int
    oids: tuple[str, ...]

    def answer(
        self,
        *varbinds: bytes,
        status: int = 0,
        index: int = 0,
        request_id: int | None = None,
        community: bytes | None = None,
        version: int | None = None,
        kind: int = RESPONSE,
    ) -> bytes:
        """A response to this request, right in all that is not given."""
        head = ber.integer(self.request_id if request_id is None else request_id)
        body = head + ber.integer(status) + ber.integer(index) + ber.tlv(ber.SEQUENCE, b"".join(varbinds))
        message = ber.integer(self.version if version is None else version)
        message += ber.octets(self.community if community is None else community) + ber.tlv(kind, body)
        return ber.tlv(ber.SEQUENCE, message)

    def refuse(self, status: int, index: int = 1) -> bytes:
        """An error-status with the request's varbinds echoed, as RFC 3416 wants it."""
        return self.answer(*(varbind(oid, NULL) for oid in self.oids), status=status, index=index)


def varbind(oid: str, value: bytes) -> bytes:
    return ber.tlv(ber.SEQUENCE, ber.object_identifier(oid) + value)


def read(raw: bytes) -> Asked:
    at, _ = ber.expect(raw, 0, ber.SEQUENCE)
    version, at = ber.read_integer(raw, at)
    community, at = ber.read_octets(raw, at)
    kind = raw[at]
    at, _ = ber.expect(raw, at, kind)
    request_id, at = ber.read_integer(raw, at)
    second, at = ber.read_integer(raw, at)
    third, at = ber.read_integer(raw, at)
    at, end = ber.expect(raw, at, ber.SEQUENCE)
    oids = []
    while at < end:
        inside, at = ber.expect(raw, at, ber.SEQUENCE)
        oid_at, oid_end = ber.expect(raw, inside, ber.OBJECT_IDENTIFIER)
        oids.append(".".join(map(str, ber.parse_oid_content(raw[oid_at:oid_end]))))
    return Asked(raw, version, community, kind, request_id, second, third, tuple(oids))


Answers = list[bytes] | bytes | None


class FakeAgent(asyncio.DatagramProtocol):
    """Set `on_request`; what it returns is sent. `seen` keeps the requests."""

    def __init__(self) -> None:
        self.seen: list[Asked] = []
        self.on_request: Callable[[Asked], Answers] = lambda _: None
        self.on_datagram: Callable[[bytes], Answers] | None = None  # for what is not v1 or v2c
        self.peer: tuple[str, int] = ("", 0)
        self._transport: asyncio.DatagramTransport | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))

    def stop(self) -> None:
        assert self._transport is not None
        self._transport.close()

    @property
    def target(self) -> SnmpTarget:
        assert self._transport is not None
        address, port = self._transport.get_extra_info("sockname")
        return SnmpTarget(address, port)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.peer = addr
        if self.on_datagram is not None:
            answers = self.on_datagram(data)
        else:
            request = read(data)
            self.seen.append(request)
            answers = self.on_request(request)
        for answer in [answers] if isinstance(answers, bytes) else answers or []:
            self.send(answer)

    def send(self, datagram: bytes) -> None:
        """To whoever asked last."""
        assert self._transport is not None
        self._transport.sendto(datagram, self.peer)
