"""What a message to a module is, checked before it is stored."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from common.domain.errors import Invalid
from common.domain.names import dotted_name_problem
from common.domain.problem_texts import Problem, listed, problems_in
from common.domain.topics import Priority

MAX_BODY_BYTES = 256 * 1024
MAX_SECONDS = 30 * 24 * 3600.0
MAX_ATTEMPTS = 100
DEFAULT_ATTEMPTS = 5
KEY_HOURS = 24
MAX_KEY_LENGTH = 255

Kind = Literal["direct", "broadcast", "request", "reply", "event"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# PostgreSQL's JSON holds every character but this one. An even number of backslashes before it spells a backslash.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def _no_control_characters(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("no control characters")
    return text


def _name(text: str) -> str:
    if problem := dotted_name_problem(text):
        raise ValueError(problem)
    return text


Name = Annotated[str, AfterValidator(_name)]
Line = Annotated[str, AfterValidator(_no_control_characters)]


class Draft(BaseModel):
    """A message before it is sent. Raises Invalid through `draft()`, with one detail for each wrong field."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    type: Name
    body: dict[str, Any] = Field(default_factory=dict)
    recipient: Name
    sender: Annotated[Line, Field(min_length=1, max_length=160)]
    kind: Kind = "direct"
    priority: Priority = "normal"
    actor: Annotated[Line, Field(max_length=150)] = ""
    correlation_id: Annotated[Line, Field(max_length=100)] = ""
    causation_id: Annotated[Line, Field(max_length=100)] = ""
    idempotency_key: Annotated[Line, Field(min_length=1, max_length=MAX_KEY_LENGTH)] | None = None
    expires_in_seconds: Annotated[float, Field(gt=0, le=MAX_SECONDS, allow_inf_nan=False)] | None = None
    delay_seconds: Annotated[float, Field(ge=0, le=MAX_SECONDS, allow_inf_nan=False)] = 0.0
    max_attempts: Annotated[int, Field(ge=1, le=MAX_ATTEMPTS)] = DEFAULT_ATTEMPTS

    _written: bytes = PrivateAttr(b"")

    @model_validator(mode="after")
    def _agrees(self) -> Draft:
        if self.expires_in_seconds is not None and self.expires_in_seconds <= self.delay_seconds:
            raise ValueError("expires_in_seconds: it would expire before it is due")
        object.__setattr__(self, "__pydantic_private__", {"_written": write_body(self.body)})
        return self

    @property
    def written(self) -> bytes:
        """The body as JSON."""
        return self._written


def draft(**fields: Any) -> Draft:
    """Return the checked draft. Raises Invalid."""
    try:
        return Draft(**fields)
    except ValidationError as error:
        details = tuple(_with_field(problem) for problem in problems_in(error))
        raise Invalid(f"The message cannot be sent: {listed(details)}", details=details) from error


def write_body(body: Mapping[str, Any]) -> bytes:
    """The body as JSON. Raises ValueError for what JSON or the database cannot hold."""
    try:
        written = orjson.dumps(body)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"body: not JSON: {error}") from error
    if len(written) > MAX_BODY_BYTES:
        raise ValueError(f"body: {len(written)} bytes of JSON; at most {MAX_BODY_BYTES} are sent")
    if b"\\u0000" in written and _NUL.search(written):
        raise ValueError("body: the character NUL cannot be stored")
    if b"null" in written:
        _refuse_nan(body)  # orjson writes what is no number as null, which would say something else
    return written


def _refuse_nan(body: Mapping[str, Any]) -> None:
    try:
        json.dumps(body, allow_nan=False, default=str)
    except ValueError as error:
        raise ValueError("body: JSON has no NaN and no infinity") from error


def _with_field(problem: Problem) -> Problem:
    """The field of the message; what was found between fields names it itself."""
    field, message = problem["field"].partition(".")[0], problem["message"]
    if not field and ": " in message:
        field, message = message.split(": ", 1)
    return {**problem, "field": field, "message": message}
