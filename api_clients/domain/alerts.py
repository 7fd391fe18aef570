"""Alerts of any service in one shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Severity = Literal["critical", "high", "medium", "low", "info"]


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert that is active now. `id` is the same each time the service tells of it; `source` is what it is about
    (a host, a chart, an address). `is_silenced`: the service knows it and tells nobody.
    """

    id: str
    severity: Severity
    title: str
    source: str = ""
    description: str = ""
    since: datetime | None = None
    is_silenced: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
