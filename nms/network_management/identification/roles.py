"""A device's role where no rule says it: from sysServices (RFC 3418)."""

from __future__ import annotations

BRIDGING, ROUTING, APPLICATIONS = 2, 4, 64


def role_of_services(services: int | None) -> str:
    """Equipment that bridges is a switch even where it routes as well.

    A host is nothing in particular, since printers, sensors and servers all say 72. Agents that claim every
    layer say nothing.
    """
    if services is None or services >= 127 or services < 0:
        return ""
    if services & BRIDGING:
        return "switch"
    return "router" if services & ROUTING and not services & APPLICATIONS else ""
