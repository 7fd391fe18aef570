"""What a client of a console's WebSocket may say: the terminal's bytes, or a word about the session.

binary  what is typed, as it is
text    {"action": "input", "data": "show ip\\r"}   what is typed
        {"action": "resize", "columns": 120, "rows": 40}
        {"action": "ping"}
        an object with another action, or with wrong values, is refused; anything else is typed as it is: terminals in
        browsers send text
"""

from __future__ import annotations

from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from common.domain.problem_texts import first_of, problems_in

MAX_FRAME_BYTES = 16 * 1024


class FrameTooLong(ValueError):
    """More than a person types or pastes at once."""


class WordUnknown(ValueError):
    """It has an action, so it is meant for us, but is none of the words."""


class _Word(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Input(_Word):
    action: Literal["input"]
    data: str


class Resize(_Word):
    """Understood and ignored: a console has one size and many viewers."""

    action: Literal["resize"]
    columns: Annotated[int, Field(ge=1, le=65535)]
    rows: Annotated[int, Field(ge=1, le=65535)]


class Ping(_Word):
    action: Literal["ping"]


_WORDS: TypeAdapter[Input | Resize | Ping] = TypeAdapter(
    Annotated[Input | Resize | Ping, Field(discriminator="action")]
)


def read_frame(frame: str | bytes) -> bytes | Resize | Ping:
    """What is typed, or a word about the session. Raises FrameTooLong and WordUnknown."""
    data = frame.encode("utf-8", "surrogatepass") if isinstance(frame, str) else frame
    if len(data) > MAX_FRAME_BYTES:
        raise FrameTooLong(f"One frame has at most {MAX_FRAME_BYTES} bytes; send the rest in more of them.")
    word = _word(data) if isinstance(frame, str) else None
    if word is None:
        return data
    return word.data.encode("utf-8", "surrogatepass") if isinstance(word, Input) else word


def _word(data: bytes) -> Input | Resize | Ping | None:
    if not data.lstrip().startswith(b"{"):
        return None
    try:
        said = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    if "action" not in said:
        return None
    try:
        return _WORDS.validate_python(said)
    except ValidationError as error:
        wrong = first_of(problems_in(error))
        raise WordUnknown(f"Nothing was typed, for this is no input, resize or ping as they are: {wrong}") from None
