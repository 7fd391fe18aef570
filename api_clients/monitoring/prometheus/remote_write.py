"""The body of a remote write 1.0 (https://prometheus.io/docs/specs/prw/remote_write_spec/): protobuf in a snappy block.

    message WriteRequest { repeated TimeSeries timeseries = 1; }
    message TimeSeries   { repeated Label labels = 1; repeated Sample samples = 2; }
    message Label        { string name = 1; string value = 2; }
    message Sample       { double value = 1; int64 timestamp = 2; }      // milliseconds

Four messages need no compiler and no runtime of Google's; docs/decisions.md says more.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from datetime import datetime

from cramjam import snappy

from api_clients.monitoring.prometheus.values import NAME, LabelSet, Point, Series

HEADERS = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}
METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
VARINT, FIXED64, BYTES = 0, 1, 2  # wire types
INT64 = 2**64


def encode(series: Iterable[Series]) -> bytes:
    """Return the compressed body. Raises ValueError naming what a server would refuse."""
    return bytes(snappy.compress_raw(b"".join(_field(1, _series(item)) for item in series)))


def _series(item: Series) -> bytes:
    if not item.points:
        raise ValueError(f"{_shown(item.labels)} has no points")
    points = sorted(item.points, key=lambda point: point.time)
    return b"".join(
        (*(_field(1, label) for label in _labels(item.labels)), *(_field(2, _sample(point)) for point in points))
    )


def _labels(labels: LabelSet) -> Iterable[bytes]:
    """Sorted by name, as the specification wants them; an empty value is the same as no label."""
    if not METRIC_NAME.fullmatch(labels.get(NAME, "")):
        raise ValueError(f"{_shown(labels)} has no {NAME} that names a metric")
    for name in sorted(labels):
        if not LABEL_NAME.fullmatch(name):
            raise ValueError(f"{name[:80]!r} is not the name of a label")
        if labels[name]:
            yield _field(1, name.encode()) + _field(2, labels[name].encode())


def _sample(point: Point) -> bytes:
    if point.value is None:
        raise ValueError("a native histogram cannot be written")
    return _key(1, FIXED64) + struct.pack("<d", point.value) + _key(2, VARINT) + _varint(_milliseconds(point.time))


def _milliseconds(time: datetime) -> int:
    if time.tzinfo is None:
        raise ValueError("a point's time has no time zone")
    return round(time.timestamp() * 1000) % INT64  # two's complement, for a time before 1970


def _field(number: int, content: bytes) -> bytes:
    return _key(number, BYTES) + _varint(len(content)) + content


def _key(number: int, wire_type: int) -> bytes:
    return bytes([number << 3 | wire_type])


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _shown(labels: LabelSet) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items()))[:120] + "}"
