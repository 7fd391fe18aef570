"""What the hub refuses or cannot do, as one tree. REST answers each with the status beside it.

HubError                 code, message
+ Invalid        400     what was asked for makes no sense
+ Unknown        404     there is nothing of that name
+ Conflict       409     it contradicts what is there
+ Failed         502     whoever was asked could not do it
+ Unavailable    503     nobody can do it now
+ TimedOut       504     whoever was asked did not answer in time
"""

from __future__ import annotations


class HubError(Exception):
    """`code` is for programs, the text for people: what happened, to what, and what to do next."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class Invalid(HubError):
    """`details` has one entry for each problem: {"field", "code", "message"}."""

    def __init__(self, message: str, *, code: str = "invalid", details: tuple[dict[str, str], ...] = ()) -> None:
        super().__init__(message, code=code)
        self.details = details


class Unknown(HubError):
    def __init__(self, message: str, *, code: str = "not_found") -> None:
        super().__init__(message, code=code)


class Conflict(HubError):
    def __init__(self, message: str, *, code: str = "conflict") -> None:
        super().__init__(message, code=code)


class Unavailable(HubError):
    """`retry_after_seconds` where it is known when somebody may be able to."""

    def __init__(self, message: str, *, code: str = "unavailable", retry_after_seconds: float | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after_seconds = retry_after_seconds


class Failed(HubError):
    def __init__(self, message: str, *, code: str = "failed") -> None:
        super().__init__(message, code=code)


class TimedOut(HubError):
    def __init__(self, message: str, *, code: str = "timed_out") -> None:
        super().__init__(message, code=code)
