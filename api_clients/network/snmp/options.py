"""The limits under which the client asks."""

from __future__ import annotations

from dataclasses import dataclass

from . import bulk


@dataclass(frozen=True, slots=True)
class Limits:
    """What one session may cost its agent and its caller.

    A question is sent `1 + retries` times, `timeout_seconds` apart, before the agent counts as silent.
    `max_concurrent` questions are in flight to one agent at most. A walk ends with WalkTooLong past
    `walk_varbinds` objects or `walk_seconds` seconds.
    """

    timeout_seconds: float = 1.0
    retries: int = 1
    max_concurrent: int = 2
    get_size: int = 24
    bulk_start: int = bulk.START
    bulk_limit: int = bulk.LIMIT
    walk_varbinds: int = 500_000
    walk_seconds: float = 120.0

    def __post_init__(self) -> None:
        if self.timeout_seconds <= 0 or self.walk_seconds <= 0:
            raise ValueError("time limits are positive seconds")
        if self.retries < 0:
            raise ValueError("retries is zero or more")
        if min(self.max_concurrent, self.get_size, self.bulk_start, self.bulk_limit, self.walk_varbinds) < 1:
            raise ValueError("sizes and counts are at least one")
