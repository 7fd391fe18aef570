"""Alerts of any service in one shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Severity = Literal["critical", "high", "medium", "low", "info"]

# What people write in the label `severity` of their rules; the first of each line is ours.
_WORDS: dict[Severity, str] = {
    "critical": "critical page emergency emerg fatal disaster p1",
    "high": "high error major alert p2",
    "medium": "medium warning warn average moderate p3",
    "low": "low minor notice p4",
    "info": "info information informational none debug ok p5",
}
_SEVERITIES = {word: severity for severity, words in _WORDS.items() for word in words.split()}


def severity_of(word: str) -> Severity:
    """Return what a service's own word for a severity means; medium where it says nothing that is known."""
    return _SEVERITIES.get(word.strip().lower(), "medium")


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
