"""Makes events of lines, and counts the lines it cannot: real logs hold syslog's prefixes, lines that were cut when the
disk was full or the process died, bytes that are no UTF-8, the same key twice, and numbers beyond every type.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from api_clients.security.suricata.values import Event


def decode(line: bytes) -> Event | None:
    """Return the event of a line, None where it holds none."""
    start = line.find(b"{")
    if start < 0:
        return None
    document = _load(line[start:] if start else line)
    if document is None:
        document = _second(line, start)
    if type(document) is not dict:
        return None
    return _event(document)


def _second(line: bytes, start: int) -> Any:
    """Return the document after one that was cut: the next was written behind it, on the same line."""
    again = line.rfind(b'{"timestamp"')
    if again <= start:
        again = line.find(b'{"', start + 1)
    return _load(line[again:]) if again > start else None


def _load(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return _load_leniently(text)


def _load_leniently(text: bytes) -> Any:
    """Python's own parser takes what orjson does not: NaN and infinities (None here), and numbers of any length."""
    try:
        return json.loads(text.decode("utf-8", "replace"), parse_constant=_none, parse_float=_finite)
    except (ValueError, RecursionError):
        return None


def _none(_: str) -> None:
    return None


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _event(document: dict[str, Any]) -> Event | None:
    kind = document.get("event_type")
    if type(kind) is not str:
        return None
    get: Callable[[str], Any] = document.get
    return Event(
        moment(get("timestamp")),
        kind,
        _integer(get("flow_id")),
        _text(get("src_ip")),
        _integer(get("src_port")),
        _text(get("dest_ip")),
        _integer(get("dest_port")),
        _text(get("proto")),
        _text(get("app_proto")),
        _text(get("in_iface")),
        document,
    )


def moment(written: Any) -> datetime | None:
    """Read 2022-06-11T09:57:56.660368+0100; one without a zone could be any moment and is none."""
    if type(written) is not str:
        return None
    try:
        read = datetime.fromisoformat(written)
    except ValueError:
        return None
    return read if read.tzinfo is not None else None


def _text(value: Any) -> str:
    return value if type(value) is str else ""


def _integer(value: Any) -> int | None:
    return value if type(value) is int else None


def nested(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the object of that name, empty where it is something else."""
    value = document.get(name)
    return value if isinstance(value, dict) else {}
