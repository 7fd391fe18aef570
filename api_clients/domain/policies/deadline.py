"""One moment by which an operation has to be over, shared by all its attempts, waits and pages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Deadline:
    """`at` is a moment of the monotonic clock of this process; it means nothing to another process."""

    at: float

    @classmethod
    def after(cls, seconds: float, *, now: float) -> Deadline:
        return cls(now + seconds)

    def remaining(self, now: float) -> float:
        """Return the seconds left, 0.0 once it has passed."""
        return max(0.0, self.at - now)

    def has_passed(self, now: float) -> bool:
        return now >= self.at

    def allows(self, wait_seconds: float, *, now: float) -> bool:
        """True where something can still be done after waiting that long."""
        return now + wait_seconds < self.at


def earlier(one: Deadline | None, other: Deadline | None) -> Deadline | None:
    """Return the stricter of two; None is no deadline at all."""
    if one is None or other is None:
        return one or other
    return min(one, other)


def clip(seconds: float, deadline: Deadline | None, *, now: float) -> float:
    """Return `seconds`, or what is left until the deadline where that is less."""
    return seconds if deadline is None else min(seconds, deadline.remaining(now))
