"""A fast SNMPv2c responder for benchmarks: one process answers on every 127.x.y.z at once, as 2,540 devices would.

Each answer is encoded once and then copied, so that the responder costs about a tenth of what the client does and
the client is what gets measured. All its devices have the same content: a system group and an ifTable. It knows
GET and GETBULK of one varbind list, and nothing else; devices that behave live in the lab.
"""

from __future__ import annotations

import argparse
import socket
import struct
import sys
from bisect import bisect_right
from typing import Final

_IP_PKTINFO: Final = 8  # Linux; the socket module names it from Python 3.12 on
_PKTINFO: Final = struct.Struct("@I4s4s")
_GET, _GET_BULK, _RESPONSE = 0xA0, 0xA5, 0xA2
_END_OF_MIB_VIEW: Final = b"\x82\x00"
_NO_SUCH_OBJECT: Final = b"\x80\x00"

Oid = tuple[int, ...]


def tlv(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    if length < 0x100:
        return bytes((tag, 0x81, length)) + content
    return bytes((tag, 0x82, length >> 8, length & 0xFF)) + content


def integer(value: int, tag: int = 0x02) -> bytes:
    return tlv(tag, value.to_bytes(max(1, value.bit_length() // 8 + 1), "big", signed=True))


def encode_oid(oid: Oid) -> bytes:
    encoded = bytearray()
    for arc in (oid[0] * 40 + oid[1], *oid[2:]):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        encoded += bytes(reversed(groups))
    return tlv(0x06, bytes(encoded))


def decode_oid(content: bytes) -> Oid:
    arcs: list[int] = []
    value = 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            arcs.append(value)
            value = 0
    return (arcs[0] // 40, arcs[0] % 40, *arcs[1:])


def objects(interfaces: int) -> list[tuple[Oid, bytes]]:
    """SNMPv2-MIB's system group and IF-MIB's ifTable with all its 22 columns, values encoded, in order."""
    system: list[bytes] = [
        tlv(0x04, b"Benchmark Router OS, version 7.1, compiled for loopback"),
        encode_oid((1, 3, 6, 1, 4, 1, 8072, 3, 2, 10)),
        integer(123_456_789, 0x43),
        tlv(0x04, b"noc@example.net"),
        tlv(0x04, b"router.example.net"),
        tlv(0x04, b"rack 4"),
        integer(78),
    ]
    found: list[tuple[Oid, bytes]] = [((1, 3, 6, 1, 2, 1, 1, at, 0), value) for at, value in enumerate(system, 1)]
    found.extend(
        ((1, 3, 6, 1, 2, 1, 2, 2, 1, column, index), _if_entry(column, index))
        for column in range(1, 23)
        for index in range(1, interfaces + 1)
    )
    found.append(((1, 3, 6, 1, 2, 1, 4, 1, 0), integer(1)))
    return found


def _if_entry(column: int, index: int) -> bytes:
    match column:
        case 2:
            return tlv(0x04, b"GigabitEthernet0/%d" % index)
        case 6:
            return tlv(0x04, b"\x02\x00" + index.to_bytes(4, "big"))
        case 22:
            return encode_oid((0, 0))
        case 5:
            return integer(1_000_000_000, 0x42)
        case 9:
            return integer(4321, 0x43)
        case 1 | 3 | 4 | 7 | 8:
            return integer({1: index, 3: 6, 4: 1500}.get(column, 1))
        case _:
            return integer((index * 7_654_321 + column) % 2**32, 0x41)


class Responder:
    """Turns a request into its response; keeps each encoded answer under the request's bytes after its ID."""

    def __init__(self, interfaces: int) -> None:
        content = objects(interfaces)
        self._oids = [oid for oid, _ in content]
        self._values = dict(content)
        self._varbinds = [tlv(0x30, encode_oid(oid) + value) for oid, value in content]
        self._answers: dict[bytes, bytes] = {}

    def answer(self, request: bytes) -> bytes:
        at = 2 if request[1] < 0x80 else 2 + (request[1] & 0x7F)
        pdu = at + 3 + 2 + request[at + 4]  # version, then the community
        body = pdu + (2 if request[pdu + 1] < 0x80 else 2 + (request[pdu + 1] & 0x7F))
        tail = body + 2 + request[body + 1]  # behind the request ID
        key = request[pdu : pdu + 1] + request[tail:]
        rest = self._answers.get(key)
        if rest is None:
            rest = self._answers[key] = self._encode(request[pdu], request[tail:])
        return tlv(0x30, request[at:pdu] + tlv(_RESPONSE, request[body:tail] + rest))

    def _encode(self, kind: int, rest: bytes) -> bytes:
        repetitions = int.from_bytes(rest[5 : 5 + rest[4]], "big")
        asked = self._asked(rest[3 + 2 + rest[4] :])
        if kind == _GET:
            varbinds = [tlv(0x30, encode_oid(oid) + self._values.get(oid, _NO_SUCH_OBJECT)) for oid in asked]
        elif kind == _GET_BULK:
            start = bisect_right(self._oids, asked[0])
            end = tlv(0x30, encode_oid(asked[0]) + _END_OF_MIB_VIEW)
            varbinds = self._varbinds[start : start + repetitions] or [end]
        else:
            raise ValueError(f"this responder does not know PDU 0x{kind:02x}")
        return integer(0) + integer(0) + tlv(0x30, b"".join(varbinds))

    @staticmethod
    def _asked(encoded: bytes) -> list[Oid]:
        at = 2 if encoded[1] < 0x80 else 2 + (encoded[1] & 0x7F)
        asked = []
        while at < len(encoded):
            length = encoded[at + 1]
            asked.append(decode_oid(encoded[at + 4 : at + 4 + encoded[at + 3]]))
            at += 2 + length
        return asked


def serve(port: int, interfaces: int) -> None:
    """Answer for ever on all of loopback, each time from the address that was asked; print the port first."""
    responder = Responder(interfaces)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 20)
        listener.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        listener.bind(("", port))
        print(listener.getsockname()[1], flush=True)
        while True:
            request, ancillary, _, source = listener.recvmsg(4096, 64)
            _, local, _ = _PKTINFO.unpack(ancillary[0][2])
            control = [(socket.IPPROTO_IP, _IP_PKTINFO, _PKTINFO.pack(0, local, bytes(4)))]
            listener.sendmsg([responder.answer(request)], control, 0, source)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--interfaces", type=int, default=8)
    options = parser.parse_args()
    sys.exit(serve(options.port, options.interfaces))
