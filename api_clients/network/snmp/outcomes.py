"""How a question to an agent can end, other than with values; see `errors` for what leaves the client."""

from __future__ import annotations

from typing import Final

NOT_IN_TIME_WINDOW: Final = 2
UNKNOWN_ENGINE: Final = 4
DISCOVERY_REPORTS: Final = (NOT_IN_TIME_WINDOW, UNKNOWN_ENGINE)  # how an agent tells its clock and engine, RFC 3414, 4


class End:
    """gufo's "nothing there": no such instance, or the end of a walk."""


END: Final = End()


class Silence(Exception):
    """No fitting answer in time; what arrived instead is counted."""

    def __init__(self, *, unreadable: int = 0, strays: int = 0, forged: int = 0) -> None:
        super().__init__()
        self.unreadable = unreadable
        self.strays = strays
        self.forged = forged

    @property
    def is_complete(self) -> bool:
        """Nothing came at all."""
        return not (self.unreadable or self.strays or self.forged)


class Refused(Exception):
    """The network answered instead of the agent: port closed, no route."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class CutOff(Exception):
    """The answer was longer than a datagram that gufo can read."""


class ErrorStatus(Exception):
    """The agent answered with a non-zero error-status."""

    def __init__(self, status: int, index: int) -> None:
        super().__init__()
        self.status = status
        self.index = index


class Report(Exception):
    """SNMPv3: the agent answered with a Report PDU; the number of the usmStats object in it, if any."""

    def __init__(self, statistic: int | None) -> None:
        super().__init__()
        self.statistic = statistic
