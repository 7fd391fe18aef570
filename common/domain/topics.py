"""Which events a subscriber asked for: topics with wildcards, a minimum priority, a source, a subject.

A topic is an event type (`device.discovered`) or a pattern: `*` stands for one or more whole words at its place
when it is last (`device.*`, `*`), for exactly one word elsewhere (`*.status_changed`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol, get_args

Priority = Literal["low", "normal", "high", "critical"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
RANK = {priority: rank for rank, priority in enumerate(PRIORITIES)}

_WORD = r"[a-z][a-z0-9_]*"
_TOPIC = re.compile(rf"(?:\*|{_WORD})(?:\.(?:\*|{_WORD}))*")
MAX_TOPIC_LENGTH = 100


class TopicInvalid(ValueError):
    """The text is no topic; the message says what one looks like."""


def check_topic(topic: object) -> str:
    """Return `topic` if it is one, else raise TopicInvalid."""
    if not isinstance(topic, str) or len(topic) > MAX_TOPIC_LENGTH or not _TOPIC.fullmatch(topic):
        shown = repr(topic) if len(repr(topic)) <= 60 else repr(topic)[:60] + "..."
        raise TopicInvalid(f"{shown} is not a topic; write an event type such as device.discovered, or device.* or *")
    return topic


@lru_cache(maxsize=4096)
def _pattern(topic: str) -> re.Pattern[str]:
    words = topic.split(".")
    parts = [r"[^.]+" if word == "*" else re.escape(word) for word in words]
    if words[-1] == "*":
        parts[-1] = r".+"
    return re.compile(r"\.".join(parts))


def topic_matches(topic: str, event_type: str) -> bool:
    return _pattern(topic).fullmatch(event_type) is not None


class Described(Protocol):
    """What is asked of an event, in whichever shape it comes."""

    @property
    def type(self) -> str: ...

    @property
    def priority(self) -> str: ...

    @property
    def source(self) -> str: ...

    @property
    def subject(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Interest:
    """One subscription: an event is wanted if its type matches one of the topics and the rest agrees.

    A `subject` stands for itself and for what is below it: gns3:<project> for gns3:<project>/<node> as well.
    """

    topics: tuple[str, ...]
    priority: Priority = "low"
    source: str | None = None
    subject: str | None = None

    def wants(self, event: Described) -> bool:
        return (
            RANK[event.priority] >= RANK[self.priority]  # type: ignore[index] # stored priorities are of that table
            and (self.source is None or self.source == event.source)
            and (self.subject is None or self.subject == event.subject or event.subject.startswith(f"{self.subject}/"))
            and any(topic_matches(topic, event.type) for topic in self.topics)
        )
