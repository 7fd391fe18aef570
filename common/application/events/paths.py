"""What each WebSocket path is about, as interests of which one must agree with an event."""

from __future__ import annotations

from common.application.modules.registry import find_module, modules
from common.domain.errors import Unknown
from common.domain.topics import Interest

EVERY_TOPIC = ("*",)
GNS3_SOURCE = "gns3"


def everything() -> tuple[Interest, ...]:
    return ()


def of_gns3() -> tuple[Interest, ...]:
    return (Interest(EVERY_TOPIC, source=GNS3_SOURCE),)


def of_module(name: str) -> tuple[Interest, ...]:
    """What the module saw happen, and what it asked to be told of. Raises Unknown, naming the modules there are."""
    module = find_module(name)
    if module is None:
        known = ", ".join(other.name for other in modules()) or "none"
        raise Unknown(f"There is no module {name!r:.100}; registered: {known}.", code="unknown_module")
    told_of = {wanted.interest for wanted in module.subscriptions}
    return (Interest(EVERY_TOPIC, source=name), *told_of)
