"""Reads the body of a remote write, the other way round from remote_write.py and from the same description."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from cramjam import snappy

INT64 = 2**63
Received = tuple[dict[str, str], list[tuple[int, float]]]


def decode(body: bytes) -> list[Received]:
    """Return label sets with (milliseconds, value). Raises ValueError."""
    try:
        message = bytes(snappy.decompress_raw(body))
    except Exception as error:  # the library has one error of its own for whatever is wrong
        raise ValueError("snappy: corrupt input") from error
    return [_series(content) for number, content in _fields(message) if number == 1 and isinstance(content, bytes)]


def _series(message: bytes) -> Received:
    labels: dict[str, str] = {}
    samples: list[tuple[int, float]] = []
    for number, content in _fields(message):
        assert isinstance(content, bytes)
        parts = dict(_fields(content))
        if number == 1:
            labels[_text(parts[1])] = _text(parts[2])
        elif number == 2:
            stamp = int(parts.get(2, 0))
            samples.append((stamp - 2 * INT64 if stamp >= INT64 else stamp, float(parts.get(1, 0.0))))
    return labels, samples


def _fields(message: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire_type = key >> 3, key & 7
        if wire_type == 0:
            value, at = _varint(message, at)
            yield number, value
        elif wire_type == 1:
            yield number, struct.unpack_from("<d", message, at)[0]
            at += 8
        elif wire_type == 2:
            length, at = _varint(message, at)
            yield number, message[at : at + length]
            at += length
        else:
            raise ValueError(f"proto: illegal wireType {wire_type}")


def _varint(message: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        if at >= len(message):
            raise ValueError("unexpected EOF")
        byte = message[at]
        number |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return number, at


def _text(content: int | float | bytes) -> str:
    assert isinstance(content, bytes)
    return content.decode("utf-8")
