"""What an event is, and the catalogue of every type that exists.

An event is a fact in the past tense. Modules declare theirs in their `events.py`:

    class DeviceDiscovered(Event):
        type = "device.discovered"
        device_id: int
        name: str

        def subject(self) -> str:
            return f"device:{self.device_id}"

The fields are the `data` of the envelope. A change of fields that old readers would not understand raises `version`.
"""

from __future__ import annotations

import inspect
import re
import sys
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from common.domain.topics import PRIORITIES, RANK, Interest, Priority, TopicInvalid, check_topic, topic_matches

__all__ = [
    "PRIORITIES",
    "RANK",
    "Event",
    "EventTypeInvalid",
    "Interest",
    "Priority",
    "TopicInvalid",
    "check_topic",
    "event_types",
    "topic_matches",
]

_TYPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
MAX_TYPE_LENGTH = 100

_catalogue: dict[str, type[Event]] = {}


class EventTypeInvalid(TypeError):
    """A class declares an event type that is malformed or already taken."""


class Event(BaseModel):
    """Base of every event type; a subclass that sets `type` enters the catalogue."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: ClassVar[str] = ""
    version: ClassVar[int] = 1
    priority: ClassVar[Priority] = "normal"

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "type" in cls.__dict__:
            _register(cls)

    def subject(self) -> str:
        """What the event is about, as `kind:id`, so that all events of one thing can be asked for."""
        raise NotImplementedError(f"{type(self).__name__} must say what it is about: define subject()")

    def effective_priority(self) -> Priority:
        """The priority of this instance; override where it depends on what happened (a core switch went down)."""
        return self.priority


def _register(cls: type[Event]) -> None:
    if not _TYPE.fullmatch(cls.type) or len(cls.type) > MAX_TYPE_LENGTH:
        raise EventTypeInvalid(f"{cls.__qualname__}: {cls.type!r} is not an event type such as device.discovered")
    if cls.priority not in RANK:
        raise EventTypeInvalid(f"{cls.__qualname__}: {cls.priority!r} is not one of {', '.join(PRIORITIES)}")
    taken = _catalogue.get(cls.type)
    if taken is not None and (taken.__module__, taken.__qualname__) != (cls.__module__, cls.__qualname__):
        raise EventTypeInvalid(f"{cls.type} is declared by {taken.__module__}.{taken.__qualname__} already")
    _catalogue[cls.type] = cls


def event_types() -> dict[str, type[Event]]:
    """Every declared type, by name, in alphabetical order."""
    return {name: _catalogue[name] for name in sorted(_catalogue)}


def describe(cls: type[Event]) -> str:
    """The first paragraph of the type's own docstring, as one line."""
    own = inspect.cleandoc(cls.__doc__ or "") if "__doc__" in cls.__dict__ else ""
    return " ".join(own.partition("\n\n")[0].split())


def depends_on_instance(cls: type[Event]) -> bool:
    """Whether the priority of an event of the type follows from what happened."""
    return cls.effective_priority is not Event.effective_priority


def source_of(cls: type[Event]) -> str:
    """The module that publishes the type: SOURCE of the file that declares it, else the hub or the package's name."""
    declared: str = getattr(sys.modules[cls.__module__], "SOURCE", "")
    package = cls.__module__.split(".")
    return declared or ("hub" if package[0] == "common" else package[-2])
