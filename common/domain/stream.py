"""The messages of ws/events/: what a client may say, checked, and what the server answers.

client  {"action": "subscribe", "topics": ["device.*"], "priority"?, "source"?, "subject"?, "after"?}
        {"action": "unsubscribe", "topics": ["device.*"]}
        {"action": "ping"}
server  welcome, subscribed, unsubscribed, event, gap, pong, error
"""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from common.domain.problem_texts import listed, problems_in
from common.domain.topics import Interest, Priority, check_topic

MAX_TOPICS = 50
MAX_MESSAGE_BYTES = 16 * 1024

Topic = Annotated[str, AfterValidator(check_topic)]
Topics = Annotated[list[Topic], Field(min_length=1, max_length=MAX_TOPICS)]


class MessageInvalid(ValueError):
    """What the client sent cannot be understood; `code` for programs, the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Subscribe(_Message):
    action: Literal["subscribe"]
    topics: Topics
    priority: Priority = "low"
    source: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    subject: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    after: Annotated[int, Field(ge=0, lt=2**63)] | None = None

    def interest(self, topic: str) -> Interest:
        return Interest((topic,), self.priority, self.source, self.subject)


class Unsubscribe(_Message):
    action: Literal["unsubscribe"]
    topics: Topics


class Ping(_Message):
    action: Literal["ping"]


ClientMessage = Subscribe | Unsubscribe | Ping
_ACTIONS: dict[str, TypeAdapter[ClientMessage]] = {
    "subscribe": TypeAdapter(Subscribe),
    "unsubscribe": TypeAdapter(Unsubscribe),
    "ping": TypeAdapter(Ping),
}


def parse(text: str | None) -> ClientMessage:
    """Read a text frame (None stands for a binary one). Raises MessageInvalid."""
    if text is None:
        raise MessageInvalid("malformed", "Send text frames with JSON, not binary ones.")
    if len(text) > MAX_MESSAGE_BYTES:
        raise MessageInvalid("too_large", f"A message holds at most {MAX_MESSAGE_BYTES} bytes.")
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MessageInvalid("malformed", "This is not JSON.") from error
    if not isinstance(raw, dict):
        raise MessageInvalid("malformed", 'Send a JSON object such as {"action": "subscribe", "topics": ["device.*"]}.')
    action = raw.get("action")
    adapter = _ACTIONS.get(action) if isinstance(action, str) else None
    if adapter is None:
        raise MessageInvalid("unknown_action", f"Unknown action; known: {', '.join(_ACTIONS)}.")
    try:
        return adapter.validate_python(raw)
    except ValidationError as error:
        raise MessageInvalid("invalid", listed(problems_in(error), most=MAX_TOPICS)) from error
