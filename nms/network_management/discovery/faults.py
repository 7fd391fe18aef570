"""Errors of the SNMP client in the words of a discovery: which kind of problem, and what to do about it."""

from __future__ import annotations

from api_clients.domain.errors import Malformed, Rejected, ServiceError, Unauthorized
from nms.network_management.discovery.outcome import Kind, Problem, Step

_ADVICE: tuple[tuple[type[ServiceError], Kind, str], ...] = (
    (
        Unauthorized,
        "wrong_credentials",
        "add the device's SNMP user or community to the credentials, or correct its passwords and protocols",
    ),
    (Malformed, "malformed", "the agent breaks the SNMP standard: update its firmware or restart its SNMP service"),
    (Rejected, "rejected", "let the agent's SNMP view or access list include what was asked"),
    (ServiceError, "unreachable", "check that the agent runs on this port and that its access list lets NMS in"),
)


def problem_of(error: ServiceError, *, address: str, port: int, step: Step) -> Problem:
    kind, advice = next((kind, advice) for cls, kind, advice in _ADVICE if isinstance(error, cls))
    return Problem(address, port, step, kind, f"{error.reason}; {advice}")


def more_telling(first: ServiceError | None, second: ServiceError) -> ServiceError:
    """Of two failed attempts with one agent, return the one that says more of it (silence says least)."""
    if first is None:
        return second
    order = [cls for cls, _, _ in _ADVICE]

    def rank(error: ServiceError) -> int:
        return next(position for position, cls in enumerate(order) if isinstance(error, cls))

    return min(first, second, key=rank)
