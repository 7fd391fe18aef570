"""An event with all that the store knows of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from common.domain.times import zulu
from common.domain.topics import Priority


@dataclass(frozen=True, slots=True)
class Envelope:
    """Its fields are the envelope on WebSockets, in Redis channels, in messages to modules and in REST answers."""

    position: int
    id: UUID
    type: str
    version: int
    source: str
    subject: str
    priority: Priority
    time: datetime
    actor: str
    correlation_id: str
    causation_id: str  # the event, message or step that led to it
    data: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """As it is on the wire, and as expressions see it."""
        plain = {name: getattr(self, name) for name in ENVELOPE_FIELDS}
        return {**plain, "id": str(self.id), "time": zulu(self.time)}


ENVELOPE_FIELDS = tuple(field.name for field in fields(Envelope))
