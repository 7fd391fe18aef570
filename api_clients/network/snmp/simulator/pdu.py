"""PDUs: the request as bytes, a view, and the Response-PDU as bytes (RFC 1157, RFC 3416, RFC 3584).

Knows nothing of messages: communities and users are decided before, sizes are given as a budget for the varbinds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from api_clients.network.snmp.simulator.mib import MibView
from api_clients.network.snmp.wire import ber

GET, GET_NEXT, RESPONSE, SET, GET_BULK, REPORT = 0xA0, 0xA1, 0xA2, 0xA3, 0xA5, 0xA8
V1, V2C, V3 = 0, 1, 3

NO_ERROR, TOO_BIG, NO_SUCH_NAME, BAD_VALUE, GEN_ERR = 0, 1, 2, 3, 5
NO_ACCESS, WRONG_TYPE, WRONG_VALUE, AUTHORIZATION_ERROR, NOT_WRITABLE = 6, 7, 10, 16, 17
V1_STATUS = {NO_ACCESS: NO_SUCH_NAME, NOT_WRITABLE: NO_SUCH_NAME, WRONG_TYPE: BAD_VALUE, WRONG_VALUE: BAD_VALUE}
MAX_REPETITIONS = 1000  # more than any datagram holds; keeps a hostile number from building a long list

_ZEROS = b"\x02\x01\x00\x02\x01\x00"  # error-status noError, error-index 0


@dataclass(frozen=True, slots=True)
class Body:
    """A request PDU after its request-id: error-status/non-repeaters, error-index/max-repetitions, varbinds."""

    first: int
    second: int
    names: tuple[bytes, ...]
    values: tuple[bytes, ...]
    varbinds: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """One request PDU; `request_id` is the whole INTEGER, echoed as it came."""

    kind: int
    request_id: bytes
    body: Body


def parse_request(data: bytes, at: int) -> Request:
    """Raises BerError for what is no request PDU."""
    kind, start, end = ber.header(data, at)
    if kind not in (GET, GET_NEXT, SET, GET_BULK):
        raise ber.BerError(f"0x{kind:02x} is not a request")
    body_at = ber.expect(data, start, ber.INTEGER)[1]
    return Request(kind, data[start:body_at], parse_body(data[body_at:end]))


@lru_cache(maxsize=8192)
def parse_body(data: bytes) -> Body:
    """Cached: polling asks many agents the same thing, and only the request-id differs."""
    first, at = ber.read_integer(data, 0)
    second, at = ber.read_integer(data, at)
    at, end = ber.expect(data, at, ber.SEQUENCE)
    varbinds = data[at:end]
    names, values = [], []
    while at < end:
        start, at = ber.expect(data, at, ber.SEQUENCE)
        name_start, name_end = ber.expect(data, start, ber.OBJECT_IDENTIFIER)
        ber.parse_oid_content(data[name_start:name_end])
        names.append(data[name_start:name_end])
        values.append(data[name_end:at])
    return Body(first, second, tuple(names), tuple(values), varbinds)


def respond(request: Request, view: MibView, *, version: int, may_write: bool, budget: int) -> bytes:
    """The Response-PDU; `budget` is the room for varbinds in bytes."""
    body = request.body
    if request.kind == GET_BULK:
        if version == V1:
            raise ber.BerError("GETBULK in SNMPv1")
        return response(request.request_id, b"".join(_bulk(view, body, budget)))
    if request.kind == SET:
        status, index = _set(view, body, may_write)
        if version == V1:
            status = V1_STATUS.get(status, status)
        return error(request, status, index) if status else response(request.request_id, body.varbinds)
    found = view.get(body.names) if request.kind == GET else _next(view, body.names, version)
    if version == V1 and (missing := _first_unknown_to_v1(view, found)):
        return error(request, NO_SUCH_NAME, missing)
    encoded = b"".join(found)
    if len(encoded) > budget and len(found) > 1:
        return error(request, TOO_BIG, 0) if version == V1 else response(request.request_id, b"", TOO_BIG)
    return response(request.request_id, encoded)


def response(request_id: bytes, varbinds: bytes, status: int = 0, index: int = 0, kind: int = RESPONSE) -> bytes:
    outcome = ber.integer(status) + ber.integer(index) if status else _ZEROS
    return ber.tlv(kind, request_id + outcome + ber.tlv(ber.SEQUENCE, varbinds))


def error(request: Request, status: int, index: int) -> bytes:
    """A response that refuses: the varbinds come back as they were sent."""
    return response(request.request_id, request.body.varbinds, status, index)


def _end_of_view(content: bytes) -> bytes:
    return ber.tlv(ber.SEQUENCE, ber.tlv(ber.OBJECT_IDENTIFIER, content) + ber.END_OF_MIB_VIEW)


def _next(view: MibView, names: tuple[bytes, ...], version: int) -> list[bytes]:
    found = []
    for content in names:
        following = view.bulk(content, 1)
        if version == V1:
            # SNMPv1 has no Counter64: GETNEXT steps over them (RFC 3584, 4.2.2.1).
            while following and view.value_tag(following[0]) == ber.COUNTER64:
                following = view.bulk(_name_of(following[0]), 1)
        found.append(following[0] if following else _end_of_view(content))
    return found


def _name_of(varbind: bytes) -> bytes:
    start, _ = ber.expect(varbind, 0, ber.SEQUENCE)
    start, end = ber.expect(varbind, start, ber.OBJECT_IDENTIFIER)
    return varbind[start:end]


def _first_unknown_to_v1(view: MibView, found: list[bytes]) -> int:
    """The 1-based index of the first varbind SNMPv1 cannot carry (exceptions, Counter64); 0 where all are fine."""
    for index, varbind in enumerate(found, 1):
        tag = view.value_tag(varbind)
        if tag >= 0x80 or tag == ber.COUNTER64:
            return index
    return 0


def _bulk(view: MibView, body: Body, budget: int) -> list[bytes]:
    non_repeaters = min(max(body.first, 0), len(body.names))
    repetitions = min(max(body.second, 0), MAX_REPETITIONS)
    found = _next(view, body.names[:non_repeaters], V2C)
    repeaters = body.names[non_repeaters:]
    if len(repeaters) == 1:
        run = view.bulk(repeaters[0], repetitions)
        if len(run) < repetitions:
            run = [*run, _end_of_view(_name_of(run[-1]) if run else repeaters[0])]
        found = found + run if found else run
    elif repeaters:
        found += chain.from_iterable(_rows(view, repeaters, repetitions))
    return found if sum(map(len, found)) <= budget else _cut(found, budget)


def _rows(view: MibView, repeaters: tuple[bytes, ...], repetitions: int) -> list[tuple[bytes, ...]]:
    """Row by row over all repeaters; a repeater at its end goes on saying so while others have more."""
    columns = []
    longest = 0
    for content in repeaters:
        run = view.bulk(content, repetitions)
        longest = max(longest, len(run))
        if len(run) < repetitions:
            end = _end_of_view(_name_of(run[-1]) if run else content)
            run = run + [end] * (repetitions - len(run))
        columns.append(run)
    return list(zip(*columns, strict=True))[: longest + 1]


def _cut(found: list[bytes], budget: int) -> list[bytes]:
    """As many varbinds as fit; a GETBULK answer may be shorter than asked (RFC 3416, 4.2.3).

    The first one always goes out: a walk over a value larger than the budget would otherwise never get past it.
    """
    size = 0
    for count, varbind in enumerate(found):
        size += len(varbind)
        if size > budget:
            return found[: max(count, 1)]
    return found


def _set(view: MibView, body: Body, may_write: bool) -> tuple[int, int]:
    """(error-status, error-index): every varbind is checked before the first one is applied."""
    for index, (content, value) in enumerate(zip(body.names, body.values, strict=True), 1):
        target = view.writable.get(ber.parse_oid_content(content))
        if not may_write:
            return NO_ACCESS, index
        if target is None:
            return NOT_WRITABLE, index
        if not value or value[0] != target.tag:
            return WRONG_TYPE, index
    for index, (content, value) in enumerate(zip(body.names, body.values, strict=True), 1):
        target = view.writable[ber.parse_oid_content(content)]
        _, start, end = ber.header(value, 0)
        try:
            if target.apply is None:
                view.replace(content, value)
            else:
                target.apply(value[start:end])
        except ValueError:
            return WRONG_VALUE, index
    return NO_ERROR, 0
