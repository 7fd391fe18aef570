"""Moments, written as JSON and people read them, and read as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def zulu(moment: datetime) -> str:
    """ISO 8601 in UTC, with the Z: 2026-01-31T12:00:00.5Z for half a second after noon."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_time(text: Any) -> datetime:
    """ISO 8601 with a zone, in UTC; raises ValueError for anything else, also for a time outside of the calendar."""
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise ValueError(f"{text!r:.60} is no time such as 2030-01-31T12:00:00Z") from None
    if time.tzinfo is None:
        raise ValueError(f"{text!r:.60} has no zone; write it with one, as in 2030-01-31T12:00:00Z")
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r:.60} is outside of the years 1 to 9999 in UTC") from None
