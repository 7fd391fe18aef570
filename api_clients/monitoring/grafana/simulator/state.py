"""What the simulated Grafana holds: documents as it answers them, by uid or id."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
STARTED = "2026-01-01T12:00:00Z"


@dataclass
class State:
    folders: dict[str, Document] = field(default_factory=dict)
    dashboards: dict[str, Document] = field(default_factory=dict)
    datasources: dict[str, Document] = field(default_factory=dict)
    annotations: dict[int, Document] = field(default_factory=dict)
    rules: dict[str, Document] = field(default_factory=dict)
    alerts: list[Document] = field(default_factory=list)
    silences: dict[str, Document] = field(default_factory=dict)
    contact_points: dict[str, Document] = field(default_factory=dict)
    organisations: dict[int, Document] = field(default_factory=dict)
    users: dict[int, Document] = field(default_factory=dict)
    accounts: dict[int, Document] = field(default_factory=dict)
    tokens: dict[int, dict[int, Document]] = field(default_factory=dict)
    last_number: int = 100

    def next_number(self) -> int:
        self.last_number += 1
        return self.last_number
