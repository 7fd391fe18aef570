"""A module inside the test process whose handlers do what each test tells them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from common.application.messages import delivery
from common.application.modules import activity, registry
from common.domain.modules import Call, Handler, Module
from common.infrastructure.work.claims import claim
from common.models import EventSnapshot, Message

T0 = datetime(2026, 1, 1, tzinfo=UTC)
Behaviour = Callable[[Any], "Answer | None"]


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str = ""
    then: str = ""


class Answer(BaseModel):
    said: str


@dataclass
class SampleModule:
    """`received` has (key, call) of each message as its handler began; `behave` decides what happens then."""

    received: list[tuple[str, Call]] = field(default_factory=list)
    behave: Behaviour = lambda note: None

    def handle(self, note: Note, call: Call) -> Answer | None:
        self.received.append((note.key, call))
        EventSnapshot.objects.create(
            projection="sample", subject=note.key, position=EventSnapshot.objects.count(), time=T0, state={}
        )
        return self.behave(note)

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.received]

    @property
    def effects(self) -> list[str]:
        """The keys of what was written to the database and stayed there."""
        return list(EventSnapshot.objects.filter(projection="sample").order_by("id").values_list("subject", flat=True))


@pytest.fixture
def sample(db: None) -> Iterator[SampleModule]:
    module = SampleModule()
    handlers = (
        Handler("sample.record", module.handle, Note),
        Handler("sample.outside", module.handle, Note, transactional=False),
        Handler("sample.ask", module.handle, Note),
    )
    registry.register_module(Module("sample", "1.0", "For tests.", handlers=handlers))
    registry.register_module(
        Module(
            "listener",
            "1.0",
            "Takes what the sample takes, and replies.",
            handlers=(
                Handler("sample.record", module.handle, Note),
                Handler("sample.ask.reply", lambda body, call: module.received.append((body.said, call)), Answer),
            ),
        )
    )
    try:
        yield module
    finally:
        registry.unregister_module("sample")
        registry.unregister_module("listener")
        activity.flush()


def deliver(queue: str = "low", *, limit: int = 100) -> int:
    """Claim once and perform, as a worker would; how many rows it had."""
    batch = claim(Message, queue, limit=limit)
    if batch is None:
        return 0
    delivery.perform(batch)
    return len(batch.rows)
