"""The Retry-After header (RFC 9110, 10.2.3): a number of seconds, or the date to come back at."""

from __future__ import annotations

from email.utils import parsedate_to_datetime


def retry_after_seconds(value: str | None, *, wall_now: float) -> float | None:
    """Return the seconds to wait, never negative; None where there is no header or it cannot be understood."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit() and len(text) <= 10:
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - wall_now)
    except (ValueError, TypeError, OverflowError):
        return None
