"""Times and spans as Grafana spells them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from api_clients.infrastructure import documents

UNITS = {"y": 31_536_000.0, "w": 604_800.0, "d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[ywdhms])")


def moment(value: Any) -> datetime | None:
    """Read RFC 3339; the year 1 is how Go says never."""
    read = documents.moment(value)
    return None if read is None or read.year == 1 else read


def milliseconds(value: Any) -> datetime:
    """Read Unix milliseconds."""
    return datetime.fromtimestamp(float(value) / 1000, UTC)


def duration_seconds(value: Any) -> float:
    """Read Grafana's durations.

    >>> duration_seconds("1h30m")
    5400.0
    """
    if value in (None, "", "0"):
        return 0.0
    parts = PART.findall(value)
    if "".join(count + unit for count, unit in parts) != value:
        raise ValueError("not a duration")
    return sum(float(count) * UNITS[unit] for count, unit in parts)
