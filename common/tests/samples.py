"""An event type for tests, in the catalogue like any other."""

from __future__ import annotations

from django.db import transaction

from common.application.events.publishing import publish
from common.domain.events import Event, Priority


class Sampled(Event):
    """Something was sampled."""

    type = "sample.taken"
    number: int
    urgent: bool = False

    def subject(self) -> str:
        return f"sample:{self.number}"

    def effective_priority(self) -> Priority:
        return "critical" if self.urgent else "normal"


class Discarded(Event):
    """A sample was thrown away."""

    type = "sample.discarded"
    priority = "low"
    number: int

    def subject(self) -> str:
        return f"sample:{self.number}"


def take_samples(first: int, last: int, *, source: str = "tests", urgent: bool = False) -> None:
    """Publish one event for each number, in one transaction."""
    with transaction.atomic():
        publish(*(Sampled(number=number, urgent=urgent) for number in range(first, last + 1)), source=source)
