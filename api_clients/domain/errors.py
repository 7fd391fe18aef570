"""The one error tree of every client. Vendor exceptions are translated into it once, in the adapter.

    ServiceError(service, operation)      retried                      counts against the breaker
    + Unreachable    refused, timed out   yes                          yes
    |                other 5xx
      + DeadlineExceeded  no time left    no                           neutral
    + Overloaded     429, 503             yes, after Retry-After       yes
      + Throttled    our own limit, unsent yes, after its wait         neutral
    + Malformed      unreadable success   no                           yes
      + TooLarge     more than we take    no                           neutral
    + Unauthorized   401, 403             no                           neutral
    + Rejected       other 4xx, 501, 505  no                           neutral
      + InvalidRequest    never sent      no                           neutral
    + CircuitOpen    never sent           no                           neutral

What is neutral says nothing of the service's health: it neither trips nor heals a breaker. A 500, 502 or 504 is
Unreachable: something answered, but not the service that was asked for, and another attempt may find it. A 501
or 505 will be the same the next time, so it is Rejected.
"""

from __future__ import annotations

from typing import ClassVar, Literal

Verdict = Literal["failure", "neutral"]
NOT_FOUND = 404  # the status of Rejected where a thing is not there, whatever codes a service has of its own


class ServiceError(Exception):
    """A service could not do what was asked; `service` and `operation` say which, `reason` why.

    `status` is the service's own code where it gave one (an HTTP status, an SNMP error-status).
    """

    retryable: ClassVar[bool] = False
    verdict: ClassVar[Verdict] = "neutral"

    def __init__(
        self, reason: str, *, status: int | None = None, service: str = "", operation: str = "", target: str = ""
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.service = service
        self.operation = operation
        self.target = target

    def __str__(self) -> str:
        where = " ".join(part for part in (self.service, self.operation, self.target) if part)
        return f"{where}: {self.reason}" if where else self.reason


class Unreachable(ServiceError):
    """Nobody answered: refused, timed out, no route, name unknown, or a server error in the service's stead.

    `timed_out`: nothing came for as long as one waits, which a server that hangs and one that is off have in common.
    """

    timed_out: bool = False
    retryable = True
    verdict: ClassVar[Verdict] = "failure"


class DeadlineExceeded(Unreachable):
    """Not sent: the caller's time was up before an attempt could be made."""

    retryable = False
    verdict: ClassVar[Verdict] = "neutral"


class Overloaded(ServiceError):
    """The service asked for a pause (429, 503); `retry_after_seconds` where it said how long."""

    retryable = True
    verdict: ClassVar[Verdict] = "failure"

    def __init__(
        self,
        reason: str,
        *,
        retry_after_seconds: float | None = None,
        status: int | None = None,
        service: str = "",
        operation: str = "",
        target: str = "",
    ) -> None:
        super().__init__(reason, status=status, service=service, operation=operation, target=target)
        self.retry_after_seconds = retry_after_seconds


class Throttled(Overloaded):
    """Not sent: our own rate limit or bulkhead had no room in time."""

    verdict: ClassVar[Verdict] = "neutral"


class Malformed(ServiceError):
    """The service answered with success and something that cannot be read."""

    verdict: ClassVar[Verdict] = "failure"


class TooLarge(Malformed):
    """The answer is longer than `max_response_bytes`: the question asked for too much, which is no fault of the service
    and must not open the circuit for those who ask for less.
    """

    verdict: ClassVar[Verdict] = "neutral"


class Unauthorized(ServiceError):
    """The service refused who we are (401, 403, an SNMPv3 authentication failure)."""


class Rejected(ServiceError):
    """The service understood and refused the request (other 4xx, an SNMP error-status); `status` is its code."""


class InvalidRequest(Rejected):
    """Not sent: the request itself is not one that may leave this process."""


class CircuitOpen(ServiceError):
    """Not sent: the circuit of this target is open; `retry_in_seconds` until the next trial is let through."""

    def __init__(
        self, reason: str, *, retry_in_seconds: float = 0.0, service: str = "", operation: str = "", target: str = ""
    ) -> None:
        super().__init__(reason, service=service, operation=operation, target=target)
        self.retry_in_seconds = retry_in_seconds
