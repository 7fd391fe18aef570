"""Small parts of documents: texts, label sets, moments, durations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from api_clients.monitoring.prometheus.values import LabelSet

UNITS = {"y": 31_536_000.0, "w": 604_800.0, "d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[ywdhms])")


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def texts(values: Iterable[Any]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise TypeError("a text, not a list of them")
    return tuple(text(value) for value in values)


def labels(document: Any) -> LabelSet:
    if not isinstance(document, dict):
        raise TypeError("not a label set")
    return {text(name): text(value) for name, value in document.items()}


def moment(value: Any) -> datetime | None:
    """Read RFC 3339; the year 1 is how Go says never."""
    read = datetime.fromisoformat(text(value))
    if read.tzinfo is None:
        raise ValueError("a time without a zone")
    return None if read.year == 1 else read.astimezone(UTC)


def instant(seconds: Any) -> datetime:
    """Read Unix seconds."""
    return datetime.fromtimestamp(float(seconds), UTC)


def milliseconds(value: Any) -> datetime | None:
    """Read Unix milliseconds; an empty head block says the largest or smallest number there is."""
    number = int(value)
    return None if abs(number) >= 2**62 else instant(number / 1000)


def duration_seconds(value: Any) -> float:
    """Read Prometheus' own spelling, 1h30m or 500ms, or Go's with fractions.

    >>> duration_seconds("1h30m")
    5400.0
    """
    spelled = text(value)
    parts = PART.findall(spelled)
    if "".join(number + unit for number, unit in parts) != spelled or not parts:
        if spelled == "0":
            return 0.0
        raise ValueError("not a duration")
    return sum(float(number) * UNITS[unit] for number, unit in parts)
