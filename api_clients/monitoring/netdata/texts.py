"""Netdata's way with JSON: texts with HTML entities, numbers and truths as texts, times in seconds since 1970."""

from __future__ import annotations

import html
import math
from datetime import UTC, datetime
from typing import Any

UNKNOWN = frozenset({"", "unknown", "none", "null", "nan", "-"})


def unescaped(document: Any) -> Any:
    """Return the document with every text, names included, freed of HTML entities (`&gt;`)."""
    if isinstance(document, str):
        return html.unescape(document) if "&" in document else document
    if isinstance(document, dict):
        return {unescaped(name): unescaped(value) for name, value in document.items()}
    return [unescaped(item) for item in document] if isinstance(document, list) else document


def number(value: Any) -> float | None:
    """Read a number that may be a text; None where there is none. Raises ValueError at another text."""
    if value is None or (isinstance(value, str) and value.strip().lower() in UNKNOWN):
        return None
    if isinstance(value, bool):
        raise TypeError("a truth is no number")
    read = float(value)
    return read if math.isfinite(read) else None


def whole(value: Any) -> int | None:
    read = number(value)
    return None if read is None else int(read)


def truth(value: Any) -> bool:
    """The alarm log says "true" and "false" as texts, the alarms as JSON."""
    return value.lower() == "true" if isinstance(value, str) else bool(value)


def moment(value: Any) -> datetime | None:
    """Read seconds since 1970, None where that is 0: never."""
    seconds = number(value)
    return datetime.fromtimestamp(seconds, tz=UTC) if seconds else None


def text(value: Any) -> str:
    return "" if value is None else str(value)
