"""Arguments as Grafana spells them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from api_clients.domain.errors import InvalidRequest

MATCHER = re.compile(r"\s*([^\s=!~\"{},]+)\s*(=~|!~|!=|=)\s*(.*?)\s*\Z", re.DOTALL)
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\Z', re.DOTALL)
ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def matcher(text: str) -> dict[str, Any]:
    """Return the document of a matcher spelled as in amtool. Raises InvalidRequest.

    >>> matcher('severity=~"low|info"')
    {'name': 'severity', 'value': 'low|info', 'isRegex': True, 'isEqual': True}
    """
    found = MATCHER.match(text)
    if found is None:
        raise InvalidRequest(
            f'{text[:80]!r} is no matcher; write name=value, name!=value, name=~"regex" or name!~"regex"'
        )
    name, sign, spelled = found.groups()
    quoted = QUOTED.match(spelled)
    if spelled.startswith('"') and quoted is None:
        raise InvalidRequest(f"{text[:80]!r} is no matcher: its quotation mark is not closed")
    value = ESCAPE.sub(r"\1", quoted.group(1)) if quoted else spelled
    return {"name": name, "value": value, "isRegex": "~" in sign, "isEqual": "!" not in sign}


def rfc3339(moment: datetime) -> str:
    """Raises InvalidRequest for a moment without a zone, for it could be any."""
    return _zoned(moment).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def epoch_milliseconds(moment: datetime) -> int:
    return round(_zoned(moment).timestamp() * 1000)


def duration(seconds: float) -> str:
    """Raises InvalidRequest."""
    if not 0 <= seconds <= 31_536_000:
        raise InvalidRequest("pending_seconds should be from 0 to a year")
    return f"{seconds:.0f}s"


def named(text: str, what: str) -> str:
    """Raises InvalidRequest for what is only blank."""
    if not text.strip():
        raise InvalidRequest(f"{what} is empty")
    return text


def _zoned(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise InvalidRequest("a moment without a zone could be any; write 2026-01-31T12:00:00Z")
    return moment
