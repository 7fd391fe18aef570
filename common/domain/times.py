"""Moments as JSON and people read them."""

from __future__ import annotations

from datetime import UTC, datetime


def zulu(moment: datetime) -> str:
    """ISO 8601 in UTC, with the Z: 2026-01-31T12:00:00.5Z for one half a second after noon."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
