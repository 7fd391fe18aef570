"""Whether to try again, and after how long: exponential backoff with full jitter, inside the deadline.

Full jitter (M. Brooker, AWS Architecture Blog, "Exponential Backoff And Jitter"): each wait is drawn evenly from
zero to the exponential bound, so that callers who failed together do not come back together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from api_clients.domain.errors import Overloaded, ServiceError
from api_clients.domain.policies.deadline import Deadline

MOST_STEPS = 64  # who tries for hours would otherwise come to a power that no float holds


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`attempts` counts the first one too; 1 never tries again."""

    attempts: int = 3
    base_seconds: float = 0.1
    max_seconds: float = 5.0
    multiplier: float = 2.0

    def longest_wait(self, failed_attempts: int) -> float:
        """The exponential bound after so many failures in a row, however many they are."""
        steps = min(failed_attempts - 1, MOST_STEPS)
        return min(self.max_seconds, self.base_seconds * self.multiplier**steps)


def next_wait(
    policy: RetryPolicy,
    error: ServiceError,
    *,
    failed_attempts: int,
    now: float,
    deadline: Deadline | None,
    draw: Callable[[], float],
) -> float | None:
    """Return the seconds to wait before the next attempt, or None to give up and raise `error`.

    `draw` gives a number from 0 to 1. A wait that the service asked for is kept in full, and the jitter added to
    it; where it does not fit before the deadline there is no point in waiting at all.
    """
    if not error.retryable or failed_attempts >= policy.attempts:
        return None
    wait = policy.longest_wait(failed_attempts) * draw()
    if isinstance(error, Overloaded) and error.retry_after_seconds is not None:
        wait += error.retry_after_seconds
    if deadline is not None and not deadline.allows(wait, now=now):
        return None
    return wait
