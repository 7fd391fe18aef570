"""What can be kept: JSON of a bounded size, without the NUL character, which PostgreSQL does not store."""

from __future__ import annotations

import re
from typing import Any

from common.domain.stored_json import write

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def problem_of(value: Any, *, limit: int) -> str | None:
    """Why `value` cannot be kept, or None."""
    try:
        document = write(value)
    except (TypeError, ValueError) as error:
        return f"it is no JSON: {error}"
    if len(document) > limit:
        return f"it has {len(document):,} bytes; at most {limit:,} are kept"
    return "it has a NUL character, which cannot be stored" if _NUL.search(document) else None
