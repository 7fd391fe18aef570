"""The part of BER (X.690) that SNMP uses: definite lengths, a handful of tags, and OIDs.

Encoders return a whole TLV; an Oid is a tuple of numbers, its content the bytes after tag and length. Reading
refuses what an agent must not guess about: BerError, and the caller drops the datagram.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

Bytes = bytes | bytearray
Oid = tuple[int, ...]

INTEGER = 0x02
OCTET_STRING = 0x04
NULL = 0x05
OBJECT_IDENTIFIER = 0x06
SEQUENCE = 0x30
IP_ADDRESS = 0x40
COUNTER32 = 0x41
GAUGE32 = 0x42
TIME_TICKS = 0x43
OPAQUE = 0x44
COUNTER64 = 0x46
NO_SUCH_OBJECT = b"\x80\x00"
NO_SUCH_INSTANCE = b"\x81\x00"
END_OF_MIB_VIEW = b"\x82\x00"

MAX_SUB_IDENTIFIERS = 128  # RFC 2578, 3.5
MAX_SUB_IDENTIFIER = 2**32 - 1


class BerError(ValueError):
    """The bytes are not the BER that was expected."""


def tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    if size < 0x100:
        return bytes((tag, 0x81, size)) + content
    return bytes((tag, 0x82, size >> 8, size & 0xFF)) + content  # a datagram has at most 65,507 bytes


def integer(value: int, tag: int = INTEGER) -> bytes:
    """INTEGER, or with another tag Counter32, Gauge32, TimeTicks or Counter64."""
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1  # one bit more than the magnitude, for the sign
    return bytes((tag, size)) + value.to_bytes(size, "big", signed=True)


def octets(value: bytes | str) -> bytes:
    return tlv(OCTET_STRING, value.encode() if isinstance(value, str) else value)


def counter32(value: int) -> bytes:
    return integer(value & 0xFFFFFFFF, COUNTER32)


def gauge32(value: int) -> bytes:
    """A gauge latches at its maximum instead of wrapping (RFC 2578, 7.1.7)."""
    return integer(min(value, 0xFFFFFFFF), GAUGE32)


def counter64(value: int) -> bytes:
    return integer(value & 0xFFFFFFFFFFFFFFFF, COUNTER64)


def time_ticks(hundredths: int) -> bytes:
    return integer(hundredths & 0xFFFFFFFF, TIME_TICKS)


def ip_address(text: str) -> bytes:
    return tlv(IP_ADDRESS, ipaddress.IPv4Address(text).packed)


def object_identifier(dotted: str | Oid) -> bytes:
    return tlv(OBJECT_IDENTIFIER, oid_content(parse_oid(dotted) if isinstance(dotted, str) else dotted))


def null() -> bytes:
    return b"\x05\x00"


def parse_oid(dotted: str) -> Oid:
    """'1.3.6' or '.1.3.6' as numbers. Raises BerError for anything BER cannot carry."""
    try:
        oid = tuple(int(part) for part in dotted.removeprefix(".").split("."))
    except ValueError:
        raise BerError(f"not an OID: {dotted!r}") from None
    if len(oid) < 2 or len(oid) > MAX_SUB_IDENTIFIERS or oid[0] > 2 or (oid[0] < 2 and oid[1] > 39):
        raise BerError(f"not an OID: {dotted!r}")
    if min(oid) < 0 or max(oid) > MAX_SUB_IDENTIFIER:
        raise BerError(f"a sub-identifier is out of range: {dotted!r}")
    return oid


@lru_cache(maxsize=65536)
def oid_content(oid: Oid) -> bytes:
    content = bytearray()
    for number in (oid[0] * 40 + oid[1], *oid[2:]):
        if number < 0x80:
            content.append(number)
        else:
            content += _base128(number)
    return bytes(content)


def _base128(number: int) -> bytes:
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))


@lru_cache(maxsize=65536)
def parse_oid_content(content: bytes) -> Oid:
    if not content or content[-1] & 0x80:
        raise BerError("an OID ends in the middle of a sub-identifier")
    numbers: list[int] = []
    number = 0
    for byte in content:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    oid = (first, numbers[0] - first * 40, *numbers[1:])
    if len(oid) > MAX_SUB_IDENTIFIERS or max(oid) > MAX_SUB_IDENTIFIER:
        raise BerError("an OID is longer, or a sub-identifier larger, than SNMP allows")
    return oid


def opening(data: Bytes, at: int, tag: int) -> tuple[int, int]:
    """(start, end) of the content of the TLV at `at`, which must carry `tag` and may end beyond the data."""
    try:
        found, size = data[at], data[at + 1]
    except IndexError:
        raise BerError("truncated: the data ends where a value belongs") from None
    if found != tag:
        raise BerError(f"tag 0x{found:02x} where 0x{tag:02x} was expected")
    start = at + 2
    if size & 0x80:
        count = size & 0x7F
        if not 1 <= count <= 4:
            raise BerError("a length that SNMP does not use")
        size = int.from_bytes(data[start : start + count], "big")
        start += count
    return start, start + size


def expect(data: Bytes, at: int, tag: int) -> tuple[int, int]:
    """As opening(), of a TLV that must be whole."""
    start, end = opening(data, at, tag)
    if end > len(data):
        raise BerError("truncated: the data ends inside a value")
    return start, end


def header(data: Bytes, at: int) -> tuple[int, int, int]:
    """(tag, where the content starts, where it ends) of the TLV at `at`, whatever it carries."""
    if at >= len(data):
        raise BerError("truncated: the data ends where a value belongs")
    tag = data[at]
    return tag, *expect(data, at, tag)


def read_integer(data: Bytes, at: int) -> tuple[int, int]:
    """(value, where the next TLV starts) of the INTEGER at `at`."""
    start, end = expect(data, at, INTEGER)
    if not 1 <= end - start <= 4:
        raise BerError("an INTEGER of no usable size")
    return int.from_bytes(data[start:end], "big", signed=True), end


def read_octets(data: Bytes, at: int) -> tuple[bytes, int]:
    """(value, where the next TLV starts) of the OCTET STRING at `at`."""
    start, end = expect(data, at, OCTET_STRING)
    return bytes(data[start:end]), end
