"""A fast SNMPv2c responder for benchmarks: one process answers on every 127.x.y.z at once, as 2,540 devices would.

Each answer is encoded once and then copied, so that the responder costs about a tenth of what the client does and
the client is what gets measured. All its devices have the same content: a system group and an ifTable. It knows
GET and GETBULK of one varbind list, and nothing else; devices that behave live in the lab.
"""

from __future__ import annotations

import argparse
import socket
import struct
from bisect import bisect_right
from typing import Final

from api_clients.network.snmp.wire import ber
from api_clients.network.snmp.wire.ber import Oid

_IP_PKTINFO: Final = 8  # Linux; the socket module names it from Python 3.12 on
_PKTINFO: Final = struct.Struct("@I4s4s")
_GET, _GET_BULK, _RESPONSE = 0xA0, 0xA5, 0xA2


def objects(interfaces: int) -> list[tuple[Oid, bytes]]:
    """SNMPv2-MIB's system group and IF-MIB's ifTable with all its 22 columns, values encoded, in order."""
    system: list[bytes] = [
        ber.octets(b"Benchmark Router OS, version 7.1, compiled for loopback"),
        ber.object_identifier((1, 3, 6, 1, 4, 1, 8072, 3, 2, 10)),
        ber.time_ticks(123_456_789),
        ber.octets(b"noc@example.net"),
        ber.octets(b"router.example.net"),
        ber.octets(b"rack 4"),
        ber.integer(78),
    ]
    found: list[tuple[Oid, bytes]] = [((1, 3, 6, 1, 2, 1, 1, at, 0), value) for at, value in enumerate(system, 1)]
    found.extend(
        ((1, 3, 6, 1, 2, 1, 2, 2, 1, column, index), _if_entry(column, index))
        for column in range(1, 23)
        for index in range(1, interfaces + 1)
    )
    found.append(((1, 3, 6, 1, 2, 1, 4, 1, 0), ber.integer(1)))
    return found


def _if_entry(column: int, index: int) -> bytes:
    match column:
        case 2:
            return ber.octets(b"GigabitEthernet0/%d" % index)
        case 6:
            return ber.octets(b"\x02\x00" + index.to_bytes(4, "big"))
        case 22:
            return ber.object_identifier((0, 0))
        case 5:
            return ber.gauge32(1_000_000_000)
        case 9:
            return ber.time_ticks(4321)
        case 1 | 3 | 4 | 7 | 8:
            return ber.integer({1: index, 3: 6, 4: 1500}.get(column, 1))
        case _:
            return ber.counter32(index * 7_654_321 + column)


class Responder:
    """Turns a request into its response; keeps each encoded answer under the request's bytes after its ID."""

    def __init__(self, interfaces: int) -> None:
        content = objects(interfaces)
        self._oids = [oid for oid, _ in content]
        self._values = dict(content)
        self._varbinds = [ber.tlv(ber.SEQUENCE, ber.object_identifier(oid) + value) for oid, value in content]
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
        return ber.tlv(ber.SEQUENCE, request[at:pdu] + ber.tlv(_RESPONSE, request[body:tail] + rest))

    def _encode(self, kind: int, rest: bytes) -> bytes:
        repetitions = int.from_bytes(rest[5 : 5 + rest[4]], "big")
        asked = self._asked(rest[3 + 2 + rest[4] :])
        if kind == _GET:
            varbinds = [
                ber.tlv(ber.SEQUENCE, ber.object_identifier(oid) + self._values.get(oid, ber.NO_SUCH_OBJECT))
                for oid in asked
            ]
        elif kind == _GET_BULK:
            start = bisect_right(self._oids, asked[0])
            end = ber.tlv(ber.SEQUENCE, ber.object_identifier(asked[0]) + ber.END_OF_MIB_VIEW)
            varbinds = self._varbinds[start : start + repetitions] or [end]
        else:
            raise ValueError(f"this responder does not know PDU 0x{kind:02x}")
        return ber.integer(0) + ber.integer(0) + ber.tlv(ber.SEQUENCE, b"".join(varbinds))

    @staticmethod
    def _asked(encoded: bytes) -> list[Oid]:
        at = 2 if encoded[1] < 0x80 else 2 + (encoded[1] & 0x7F)
        asked = []
        while at < len(encoded):
            length = encoded[at + 1]
            asked.append(ber.parse_oid_content(encoded[at + 4 : at + 4 + encoded[at + 3]]))
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
    serve(options.port, options.interfaces)
