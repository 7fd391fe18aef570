"""What comes in, checked strictly: an unknown key is refused, and a number is no text.

Ids are any text here: whether something has that id is not a question of form, so a wrong one is a 404.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from common.domain.events import event_types, source_of, topic_matches
from common.domain.hub_events.gns3 import SOURCE
from common.domain.manifest import MAX_TOPICS, Topic
from common.domain.topics import Priority

MAX_COORDINATE = 1_000_000
_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,94}")


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("one line of printable characters")
    if text != text.strip():
        raise ValueError("no spaces around it")
    return text


def _pcap(text: str) -> str:
    if text and not _FILE_NAME.fullmatch(text):
        raise ValueError("up to 95 letters, digits, dots, hyphens and underscores, beginning with no dot")
    return text if not text or text.endswith(".pcap") else f"{text}.pcap"


def _of_gns3(topic: str) -> str:
    known = [name for name, kind in event_types().items() if source_of(kind) == SOURCE]
    if not any(topic_matches(topic, name) for name in known):
        raise ValueError(f"{topic} stands for no event of GNS3; there are {', '.join(known)}")
    return topic


Id = Annotated[str, Field(min_length=1, max_length=100)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
Server = Annotated[str, Field(min_length=1, max_length=100)]
Coordinate = Annotated[int, Field(ge=-MAX_COORDINATE, le=MAX_COORDINATE)]
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]


class Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Empty(Body):
    """Nothing, or {}."""


class OnNode(Body):
    project_id: Id
    node_id: Id


class StartProject(Body):
    project_id: Id
    parallel: Annotated[int, Field(ge=1, le=32)] = 4
    wait_seconds: Seconds = 60.0
    require_all: bool = False
    discover: bool = True


class StopProject(Body):
    project_id: Id
    close: bool = False
    wait_seconds: Seconds = 60.0


class Refresh(Body):
    """Without a project all open ones of the server; with a node that node alone."""

    project_id: Id | None = None
    node_id: Id | None = None
    server: Server | None = None

    @model_validator(mode="after")
    def fits(self) -> Refresh:
        if self.node_id is not None and self.project_id is None:
            raise ValueError("node_id needs the project_id")
        if self.server is not None and self.project_id is not None:
            raise ValueError("give a server or a project: a project is on one server")
        return self


class NewProject(Body):
    name: Name
    server: Server | None = None


class Named(Body):
    name: Name


class NewNode(Body):
    """Of a template, by its id or name, or else of a type such as vpcs."""

    name: Name
    template: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")] | None = None
    x: Coordinate = 0
    y: Coordinate = 0
    compute_id: Id | None = None
    properties: dict[str, Any] = {}

    @model_validator(mode="after")
    def is_made_of_one_thing(self) -> NewNode:
        if (self.template is None) == (self.type is None):
            raise ValueError("give either a template or a type")
        if self.template is not None and self.properties:
            raise ValueError("the properties are the template's; give them with a type")
        return self


class NodeChanges(Body):
    name: Name | None = None
    x: Coordinate | None = None
    y: Coordinate | None = None
    z: Annotated[int, Field(ge=0, le=1000)] | None = None

    def given(self) -> dict[str, Any]:
        return self.model_dump(exclude_none=True)

    @model_validator(mode="after")
    def changes_something(self) -> NodeChanges:
        if not self.given():
            raise ValueError("give a name, x, y or z")
        return self


class End(Body):
    node_id: Id
    adapter_number: Annotated[int, Field(ge=0, le=1000)] = 0
    port_number: Annotated[int, Field(ge=0, le=1000)] = 0


class NewLink(Body):
    ends: Annotated[list[End], Field(min_length=2, max_length=2)]

    @model_validator(mode="after")
    def joins_two_nodes(self) -> NewLink:
        if self.ends[0].node_id == self.ends[1].node_id:
            raise ValueError("a link joins two nodes")
        return self


class Filters(Body):
    """By name with their arguments; {} for none."""

    filters: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=50)], Annotated[list[int | str], Field(max_length=10)]],
        Field(max_length=20),
    ]


class NewCapture(Body):
    file_name: Annotated[str, AfterValidator(_pcap)] = ""


class ConsoleInput(Body):
    """`line` is typed and what comes is read; `command` waits for the prompt before and after it."""

    line: Annotated[str, Field(max_length=1000)] | None = None
    command: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    wait_seconds: Annotated[float, Field(gt=0, le=30, allow_inf_nan=False)] = 5.0

    @model_validator(mode="after")
    def is_one_of_two(self) -> ConsoleInput:
        if (self.line is None) == (self.command is None):
            raise ValueError("give either a line or a command")
        text = self.line if self.line is not None else self.command
        if text and not text.isprintable():
            raise ValueError("one line of printable characters; Enter is pressed after it")
        return self


class NewSubscription(Body):
    """Without a project: those of all."""

    topics: Annotated[list[Annotated[Topic, AfterValidator(_of_gns3)]], Field(min_length=1, max_length=MAX_TOPICS)] = [
        "*"
    ]
    project_id: Id | None = None
    priority: Priority = "low"


OutputKind = Literal["quiet", "time", "prompt", "size"]
