"""Wait for what happens elsewhere, with an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(look: Callable[[], T | None], *, seconds: float = 10.0, otherwise: str = "it did not happen") -> T:
    """Look until something is seen, and return it."""
    until = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < until, otherwise
        time.sleep(0.02)
    return seen
