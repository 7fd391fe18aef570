"""Events of the configured services: how they are, what was found, what was healed.

Each change of health is told once: what leads to unhealthy is service.unhealthy, what ends that service.recovered, and
only the rest (healthy and degraded, one to the other) service.health_changed.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from common.domain.events import Event
from common.domain.hub_events.system import Status
from common.domain.topics import Priority


class _ServiceEvent(Event):
    service: str  # service/target, as in the clients' file

    def subject(self) -> str:
        return f"service:{self.service}"


class ServiceUnhealthy(_ServiceEvent):
    """A configured service does not answer its health check, or not in time; once until it recovers."""

    type = "service.unhealthy"
    priority: ClassVar[Priority] = "high"
    before: Status
    reason: str


class ServiceRecovered(_ServiceEvent):
    """A service that was unhealthy answers again, healthy or degraded, after so many seconds."""

    type = "service.recovered"
    after: Status
    detail: str
    seconds: float

    def effective_priority(self) -> Priority:
        return "high" if self.after == "degraded" else "normal"


class ServiceHealthChanged(_ServiceEvent):
    """A configured service went from healthy to degraded or back."""

    type = "service.health_changed"
    before: Status
    after: Status
    detail: str

    def effective_priority(self) -> Priority:
        return "high" if self.after == "degraded" else "normal"


class _ProposalEvent(Event):
    proposal_id: int
    kind: str  # the service's name in the catalogue
    url: str

    def subject(self) -> str:
        return f"service_proposal:{self.proposal_id}"


class ServiceDiscovered(_ProposalEvent):
    """A service was found that is not configured; it is a proposal, and nothing uses it."""

    type = "service.discovered"
    source: Literal["docker", "network", "configuration"]
    service_version: str
    evidence: str


class ServiceAccepted(_ProposalEvent):
    """Somebody (the actor) took a proposal into the clients' file."""

    type = "service.accepted"
    service: str  # service/target


class ServiceDismissed(_ProposalEvent):
    """Somebody (the actor) does not want a found service; it is not proposed again."""

    type = "service.dismissed"


class _HealingEvent(_ServiceEvent):
    policy_id: int
    container: str


class ServiceRestarted(_HealingEvent):
    """The container of an unhealthy service was restarted, as a policy says."""

    type = "service.restarted"
    priority: ClassVar[Priority] = "high"
    reason: str
    failures: int
    restarts_in_hour: int
    restarts_per_hour: int


class ServiceRestartFailed(_HealingEvent):
    """A container should have been restarted, as a policy says, and could not be."""

    type = "service.restart_failed"
    priority: ClassVar[Priority] = "high"
    reason: str
    error: str


class _PolicyEvent(_ServiceEvent):
    policy_id: int
    container: str


class HealingPolicyCreated(_PolicyEvent):
    """Somebody (the actor) made a policy that says which container is restarted for an unhealthy service."""

    type = "healing_policy.created"
    enabled: bool
    after_failures: int
    restarts_per_hour: int


class HealingPolicyChanged(_PolicyEvent):
    """Somebody (the actor) changed a healing policy."""

    type = "healing_policy.changed"
    changed: tuple[str, ...]
    enabled: bool
    after_failures: int
    restarts_per_hour: int


class HealingPolicyDeleted(_PolicyEvent):
    """Somebody (the actor) deleted a healing policy."""

    type = "healing_policy.deleted"
